"""Actual coverage of each interval for two groups over two strata, by exact enumeration.

It prints the tables of docs/methods/response/stratified.md. n patients in each group: 60% of
group 1 are in the first stratum and 60% of group 2 in the second. All tables are listed. The
rates of group 2 run over 0.1, 0.3, 0.5, 0.7, 0.9 in each stratum, and the common contrast over a
few values, as far as the rates of group 1 stay below 1. One rate over strata is the same in both.
Printed are the mean and the smallest coverage, and the mean width (of a ratio r on the scale r /
(1 + r)).
"""

from functools import cache
from itertools import product

import numpy as np
from enumeration import binomial, holds, print_table, width
from immunoreset import response

RATES = (0.1, 0.3, 0.5, 0.7, 0.9)
CONTRASTS = {
    "difference": (-0.4, -0.2, 0.0, 0.2, 0.4), "ratio": (0.25, 0.5, 1.0, 2.0, 4.0),
    "odds-ratio": (1 / 9, 1 / 3, 1.0, 3.0, 9.0),
}  # fmt: skip
METHODS = {
    "difference": ("mantel-haenszel", "miettinen-nurminen", "miettinen-nurminen-1985", "newcombe"),
    "ratio": ("mantel-haenszel", "miettinen-nurminen", "miettinen-nurminen-1985"),
    "odds-ratio": ("mantel-haenszel", "conditional"),
}


def sizes(n):
    """Return the patients of group 1 and of group 2 in each stratum."""
    most = round(0.6 * n)
    return (most, n - most), (n - most, most)


def other_rate(measure, rate, contrast):
    if measure == "difference":
        return rate + contrast
    if measure == "ratio":
        return rate * contrast
    return contrast * rate / (1 - rate + contrast * rate)


@cache
def truths(measure):
    """Return (contrast, rates of group 1, rates of group 2): one row a true state."""
    rows = []
    for contrast, *rates in product(CONTRASTS[measure], RATES, RATES):
        first = [other_rate(measure, rate, contrast) for rate in rates]
        if min(first) > 0.005 and max(first) < 0.995:
            rows.append((contrast, *first, *rates))
    return np.array(rows)


def coverage(measure, method, n):
    (a1, a2), (b1, b2) = sizes(n)
    shape = (a1 + 1, a2 + 1, b1 + 1, b2 + 1)
    low, high = np.empty((2, *shape))
    for x in np.ndindex(shape):
        s = response.stratified(x[:2], (a1, a2), x[2:], (b1, b2), measure=measure, method=method)
        low[x], high[x] = s.low, s.high
    states = truths(measure)
    weights = [binomial(m, states[:, i + 1]) for i, m in enumerate((a1, a2, b1, b2))]
    wide = width(low, high, is_ratio=measure != "difference")
    covered, widths = np.empty((2, len(states)))
    for i, (contrast, *_) in enumerate(states):
        joint = [one[i] for one in weights]
        covered[i] = np.einsum("abcd,a,b,c,d", holds(low, high, contrast) * 1.0, *joint)
        widths[i] = np.einsum("abcd,a,b,c,d", wide, *joint)
    return covered, widths


def coverage_of_one_rate(_, n):
    rates = np.arange(0.005, 1, 0.01)
    m1, m2 = sizes(n)[0]
    low, high = np.empty((2, m1 + 1, m2 + 1))
    for x in np.ndindex(low.shape):
        s = response.stratified_proportion(x, (m1, m2))
        low[x], high[x] = s.low, s.high
    first, second = binomial(m1, rates), binomial(m2, rates)
    held = [holds(low, high, rate) for rate in rates]
    covered = np.einsum("ra,rab,rb->r", first, held, second)
    return covered, np.einsum("ra,ab,rb->r", first, high - low, second)


if __name__ == "__main__":
    rows = [(measure, method) for measure, methods in METHODS.items() for method in methods]
    print_table(["measure", "method"], rows, coverage)
    print()
    print_table(["one rate"], [("stratified wilson",)], coverage_of_one_rate)
