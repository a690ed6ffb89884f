"""Actual coverage of each interval for two responses of the same patients, by exact enumeration.

It prints the table of docs/methods/response/paired.md. For each n all tables (both, first,
second, neither) are listed. Both true rates run over 0.05, 0.15, ..., 0.95, and the odds ratio
that links the two responses over 1, 4 and 16: 300 multinomial distributions. Printed are the mean
and the smallest coverage of the difference of the rates, or of the odds of a change in the one
direction, and the mean width (of odds r on the scale r / (1 + r)).
"""

from functools import cache
from math import lgamma

import numpy as np
from enumeration import holds, print_table, width
from immunoreset import response

RATES = np.arange(0.05, 1, 0.1)
LINKS = (1, 4, 16)
METHODS = {
    "difference": ("tango", "newcombe", "wald"),
    "odds-ratio": ("conditional", "conditional-mid-p"),
}


def both_rate(first, second, link):
    """Return the probability of two responses: Plackett's, with that odds ratio."""
    if link == 1:
        return first * second
    b = 1 + (first + second) * (link - 1)
    return (b - np.sqrt(b * b - 4 * link * (link - 1) * first * second)) / (2 * (link - 1))


def cells():
    """Return the four probabilities of each distribution: one row each."""
    rows = []
    for link in LINKS:
        for first in RATES:
            for second in RATES:
                both = both_rate(first, second, link)
                rows.append((both, first - both, second - both, 1 - first - second + both))
    return np.array(rows)


@cache
def tables(n):
    """Return all tables of n patients, and the probability of each under each distribution."""
    counts = [
        (a, b, c, n - a - b - c)
        for a in range(n + 1)
        for b in range(n + 1 - a)
        for c in range(n + 1 - a - b)
    ]
    ways = np.array([lgamma(n + 1) - sum(lgamma(x + 1) for x in row) for row in counts])
    return np.array(counts), np.exp(ways + np.log(cells()) @ np.array(counts).T)


def coverage(measure, method, n):
    counts, weights = tables(n)
    interval = response.paired(*counts.T, measure=measure, method=method)
    _, first, second, _ = cells().T
    is_ratio = measure == "odds-ratio"
    truth = first / second if is_ratio else first - second
    covered = holds(interval.low, interval.high, truth[:, None])
    wide = width(interval.low, interval.high, is_ratio=is_ratio)
    return (covered * weights).sum(axis=1), weights @ wide


if __name__ == "__main__":
    rows = [(measure, method) for measure, methods in METHODS.items() for method in methods]
    print_table(["measure", "method"], rows, coverage)
