"""Actual coverage of limits for a log odds ratio from logistic regression, by exact enumeration.

It prints the table of docs/methods/response/logistic.md. Two groups of n patients, a binary
covariate: all (n + 1)^2 outcomes are fitted. The true rates run over 0.01, 0.03, ..., 0.99 in both
groups. "Wald" is Firth's coefficient with its standard error; without a penalty separated data have
no limits. The width is that of the odds ratio r on the scale r / (1 + r).
"""

from itertools import product

import numpy as np
from coverage_contrast import RATES, over_pairs, truth
from enumeration import Z, binomial, print_table, width
from immunoreset import response


def limits(kind, n):
    """Return the limits of the odds ratio for each pair of counts."""
    low, high = np.empty((2, n + 1, n + 1))
    group = np.repeat([1.0, 0.0], n)[:, None]
    for x1, x2 in product(range(n + 1), repeat=2):
        event = np.concatenate([np.arange(n) < x1, np.arange(n) < x2])
        fit = response.logistic(event, group)
        if kind == "profile":
            ends = fit.low[1], fit.high[1]
        else:
            ends = fit.coef[1] - Z * fit.std_error[1], fit.coef[1] + Z * fit.std_error[1]
        low[x1, x2], high[x1, x2] = np.exp(ends)
    return low, high


def coverage(kind, n):
    low, high = limits(kind, n)
    weights = binomial(n, RATES)
    covered = over_pairs(low, high, truth("odds-ratio"), weights)
    return covered, weights @ width(low, high, is_ratio=True) @ weights.T


if __name__ == "__main__":
    print_table(["limits"], [("profile",), ("Wald",)], coverage)
