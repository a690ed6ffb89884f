"""One response rate by definition: sums of exact fractions, and grids of rates."""

from fractions import Fraction
from math import comb

import numpy as np

TIE = 1 + Fraction(1, 10**7)


def pmf(n, rate):
    """Point probabilities of 0..n responders, as exact fractions."""
    rate = Fraction(rate)
    return [comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(n + 1)]


def pvalue(x, n, rate, method, alternative="two-sided"):
    """Exact p-value of `x` of `n` against `rate`, summed term by term."""
    p = pmf(n, rate)
    lower, upper = sum(p[: x + 1]), sum(p[x:])
    if method == "mid-p":
        lower, upper = lower - p[x] / 2, upper - p[x] / 2
    if alternative == "greater":
        return upper
    if alternative == "less":
        return lower
    if method in ("central", "mid-p"):
        return min(1, 2 * min(lower, upper))
    if method == "minlike":
        return min(1, sum(term for term in p if term <= p[x] * TIE))
    tail = min(lower, upper)
    if lower <= upper:
        others = [sum(p[k:]) for k in range(n + 2)]
    else:
        others = [sum(p[: k + 1]) for k in range(-1, n + 1)]
    return min(1, tail + max(other for other in others if other <= tail * TIE))


def accepted(x, n, method, level, grid):
    """Rates of the grid which the test of the same name does not reject."""
    alpha = 1 - level
    return np.array([rate for rate in grid if pvalue(x, n, rate, method) > alpha])
