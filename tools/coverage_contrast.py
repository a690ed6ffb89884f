"""Actual coverage of each interval for a contrast of two rates, by exact enumeration.

It prints the table of docs/methods/response/contrast.md. For each n, the size of both groups, both
true rates run over 0.01, 0.03, ..., 0.99; the coverage at a pair of rates is the summed probability
of the tables whose interval holds the true contrast. Printed are the mean and the smallest coverage
over the 2500 pairs, and the mean width (of a ratio r on the scale r / (1 + r)).
"""

from itertools import product

import numpy as np
from enumeration import binomial, holds, print_table, width
from immunoreset import response

RATES = np.arange(0.01, 1, 0.02)
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


def over_pairs(low, high, values, weights):
    """Return the coverage at each pair of rates."""
    covered = np.empty_like(values)
    for i, j in product(range(len(RATES)), repeat=2):
        covered[i, j] = weights[i] @ holds(low, high, values[i, j]) @ weights[j]
    return covered


def coverage(measure, method, n):
    counts = np.arange(n + 1)
    interval = response.contrast(counts[:, None], n, counts, n, measure=measure, method=method)
    weights = binomial(n, RATES)
    wide = width(interval.low, interval.high, is_ratio=measure != "difference")
    covered = over_pairs(interval.low, interval.high, truth(measure), weights)
    return covered, weights @ wide @ weights.T


if __name__ == "__main__":
    rows = [(measure, method) for measure, methods in METHODS.items() for method in methods]
    print_table(["measure", "method"], rows, coverage)
