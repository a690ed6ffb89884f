"""Limits for the contrast of two rates: 10^6 pairs of groups, and one pair."""

import numpy as np
from data import two_groups
from harness import OURS, Case, installed, report, sizes
from immunoreset import response

Z = 1.959963984540054


def limits(result):
    low, high = result if isinstance(result, tuple) else (result.low, result.high)
    return np.stack([low, high])


def score_by_bisection(x1, n1, x2, n2):
    """Miettinen-Nurminen in NumPy: the paper's cubic, 50 halvings of all rows at once."""
    n, x = n1 + n2, x1 + x2

    def square(d):
        l2 = (n1 + 2 * n2) * d - n - x
        l1 = (n2 * d - n - 2 * x2) * d + x
        l0 = x2 * d * (1 - d)
        q = l2**3 / (3 * n) ** 3 - l1 * l2 / (6 * n**2) + l0 / (2 * n)
        p = np.sign(q) * np.sqrt(np.maximum(l2**2 / (3 * n) ** 2 - l1 / (3 * n), 0))
        with np.errstate(invalid="ignore", divide="ignore"):
            a = (np.pi + np.arccos(np.clip(np.nan_to_num(q / p**3), -1, 1))) / 3
        r2 = np.clip(2 * p * np.cos(a) - l2 / (3 * n), 0, 1)
        r1 = np.clip(r2 + d, 0, 1)
        variance = (r1 * (1 - r1) / n1 + r2 * (1 - r2) / n2) * n / (n - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return (x1 / n1 - x2 / n2 - d) ** 2 / variance

    ends = []
    for side in (-1.0, 1.0):
        inside, outside = x1 / n1 - x2 / n2, np.full(len(x1), side)
        for _ in range(50):
            middle = (inside + outside) / 2
            kept = square(middle) < Z * Z
            inside = np.where(kept, middle, inside)
            outside = np.where(kept, outside, middle)
        ends.append((inside + outside) / 2)
    return tuple(ends)


def cases(rows):
    counts = two_groups(rows)

    def ours(**options):
        return lambda: response.contrast(*counts, **options)

    score = {OURS: ours(), "NumPy, bisection": lambda: score_by_bisection(*counts)}
    hybrid, add_one, wald = ({OURS: ours(method=m)} for m in ("newcombe", "agresti-caffo", "wald"))
    logarithm = {OURS: ours(measure="odds-ratio", method="woolf")}
    left_out = []
    if installed("statsmodels"):
        from statsmodels.stats.proportion import confint_proportions_2indep

        def theirs(method):
            def call():
                with np.errstate(all="ignore"):
                    return confint_proportions_2indep(*counts, method=method)

            return call

        hybrid["statsmodels"] = theirs("newcomb")
        add_one["statsmodels"] = theirs("agresti-caffo")
        wald["statsmodels"] = theirs("wald")
    else:
        left_out.append("statsmodels")
    pairs = f"{rows:,} pairs"
    yield Case(f"Miettinen-Nurminen, {pairs}", score, limits, 1e-5, 3, left_out)
    yield Case(f"Newcombe, {pairs}", hybrid, limits, 1e-9, 5, left_out)
    yield Case(f"Agresti-Caffo, {pairs}", add_one, clipped, 1e-9, 5, left_out)
    yield Case(f"Wald, {pairs}", wald, clipped, 1e-9, 5, left_out)
    yield Case(f"odds ratio, Woolf, {pairs}", logarithm, limits, 1e-9, 5)


def clipped(result):
    return np.clip(limits(result), -1, 1)


def one_pair():
    counts = (10, 14, 3, 12)
    left_out = [] if installed("statsmodels") else ["statsmodels"]
    score = {OURS: lambda: response.contrast(*counts, measure="ratio")}
    hybrid = {OURS: lambda: response.contrast(*counts, method="newcombe")}
    if installed("statsmodels"):
        from statsmodels.stats.proportion import confint_proportions_2indep

        # its limits for a difference are wrong or raise
        score["statsmodels"] = lambda: confint_proportions_2indep(
            *counts, method="score", compare="ratio"
        )
        hybrid["statsmodels"] = lambda: confint_proportions_2indep(*counts, method="newcomb")
    katz = {OURS: lambda: response.contrast(*counts, measure="ratio", method="katz")}
    exact = {OURS: lambda: response.contrast(*counts, measure="odds-ratio", method="conditional")}
    table = [[10, 4], [3, 9]]
    if installed("scipy"):
        from scipy.stats.contingency import odds_ratio, relative_risk

        katz["scipy.stats"] = lambda: relative_risk(*counts).confidence_interval()
        exact["scipy.stats"] = lambda: odds_ratio(table).confidence_interval()
    else:
        left_out.append("scipy")
    yield Case("ratio, Miettinen-Nurminen, one pair", score, limits, 1e-5, left_out=left_out)
    yield Case("Newcombe, one pair", hybrid, limits, 1e-9, left_out=left_out)
    yield Case("ratio, Katz, one pair", katz, limits, 1e-9, left_out=left_out)
    yield Case("odds ratio, conditional, one pair", exact, limits, 1e-6, left_out=left_out)


if __name__ == "__main__":
    jobs = [case for rows in sizes("1e6") for case in cases(rows)]
    report([*one_pair(), *jobs], "Two response rates")
