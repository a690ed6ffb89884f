"""Actual coverage of each interval for a contrast of two rates, by exact enumeration.

It prints the table of docs/methods/response/contrast.md. For each n, the size of both groups, both
true rates run over 0.01, 0.03, ..., 0.99; the coverage at a pair of rates is the summed probability
of the tables whose interval holds the true contrast. Printed are the mean and the smallest coverage
over the 2500 pairs.
"""

import numpy as np
from immunoreset import response

RATES = np.arange(0.01, 1, 0.02)
SIZES = (5, 8, 15, 30)
METHODS = {
    "difference": (
        "miettinen-nurminen", "mee", "scas", "newcombe", "agresti-caffo", "wald", "chan-zhang",
    ),
    "ratio": ("miettinen-nurminen", "koopman", "scas", "katz"),
    "odds-ratio": (
        "miettinen-nurminen", "miettinen-nurminen-1985", "scas", "woolf", "conditional",
        "conditional-mid-p", "conditional-minlike", "conditional-blaker",
    ),
}  # fmt: skip


def truth(measure):
    """Return the contrast of each pair of rates."""
    first, second = RATES[:, None], RATES
    if measure == "difference":
        return first - second
    if measure == "ratio":
        return first / second
    return first / (1 - first) / (second / (1 - second))


def probabilities(n):
    """Return the probability of each count: one row a rate."""
    counts = np.arange(n + 1)
    less = response.proportion_test(counts, n, RATES[:, None], alternative="less").pvalue
    return np.diff(less, axis=1, prepend=0)


def coverage(measure, method, n, level=0.95):
    """Return the coverage at each pair of rates."""
    counts = np.arange(n + 1)
    interval = response.contrast(
        counts[:, None], n, counts, n, measure=measure, method=method, level=level
    )
    values, weights = truth(measure), probabilities(n)
    covered = np.empty_like(values)
    for i in range(len(RATES)):
        for j in range(len(RATES)):
            # rounding does not decide where a limit and the truth are one
            inside = (interval.low <= values[i, j] + 1e-12) & (
                values[i, j] <= interval.high + 1e-12
            )
            covered[i, j] = weights[i] @ inside @ weights[j]
    return covered


def main():
    print("| measure | method |" + "".join(f" n = {n} |" for n in SIZES))
    print("| --- | --- |" + " --- |" * len(SIZES))
    for measure, methods in METHODS.items():
        for method in methods:
            by_size = [coverage(measure, method, n) for n in SIZES]
            cells = "".join(f" {c.mean():.3f} / {c.min():.3f} |" for c in by_size)
            print(f"| {measure} | {method} |{cells}", flush=True)


if __name__ == "__main__":
    main()
