"""Actual size and power of the tests for a trend, by exact enumeration.

It prints the table of docs/methods/response/trend.md: for three groups of n patients the largest
probability of a two-sided p-value of 0.05 or less over common rates 0.01, 0.02, ..., 0.99, and the
mean of that probability over rising rates (power): all triples of 0.1, 0.3, 0.5, 0.7, 0.9 that
never fall and do rise.
"""

from itertools import combinations_with_replacement

import numpy as np
from enumeration import SIZES, binomial
from immunoreset import response

METHODS = ("cochran-armitage", "exact")
COMMON = np.arange(0.01, 1, 0.01)
RATES = (0.1, 0.3, 0.5, 0.7, 0.9)
RISING = np.array([r for r in combinations_with_replacement(RATES, 3) if r[0] < r[2]])


def size_and_power(method, n):
    rejects = np.empty((n + 1,) * 3)
    for x in np.ndindex(rejects.shape):
        # NaN, where nobody or everybody responds, rejects nothing
        rejects[x] = response.trend_test(x, (n, n, n), method=method).pvalue <= 0.05
    common = binomial(n, COMMON)
    size = np.einsum("abc,ra,rb,rc->r", rejects, common, common, common, optimize=True)
    rising = [binomial(n, column) for column in RISING.T]
    return size.max(), np.einsum("abc,ra,rb,rc->r", rejects, *rising, optimize=True).mean()


def main():
    print("| test |" + "".join(f" 3 groups of {n} |" for n in SIZES))
    print("| --- |" + " --- |" * len(SIZES))
    for method in METHODS:
        cells = (" {:.4f} / {:.3f} |".format(*size_and_power(method, n)) for n in SIZES)
        print(f"| {method} |" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
