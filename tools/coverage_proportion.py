"""Actual coverage of each interval for one response rate, by exact enumeration.

It prints the table of docs/methods/response/proportion.md. For each n the true rate runs over
0.0005, 0.0015, ..., 0.9995; the coverage at a rate is the summed binomial probability of the counts
whose interval holds it. Printed are the mean and the smallest coverage over the rates.
"""

from typing import get_args

import numpy as np
from immunoreset import response
from immunoreset.response.proportion import IntervalMethod

RATES = np.arange(0.0005, 1, 0.001)
SIZES = (5, 8, 15, 30)


def coverage(method, n, level=0.95):
    x = np.arange(n + 1)
    interval = response.proportion(x, n, method=method, level=level)
    covered = (interval.low <= RATES[:, None]) & (RATES[:, None] <= interval.high)
    less = response.proportion_test(x, n, RATES[:, None], alternative="less").pvalue
    return (covered * np.diff(less, axis=1, prepend=0)).sum(axis=1)


def main():
    print("| method |" + "".join(f" n = {n} |" for n in SIZES))
    print("| --- |" + " --- |" * len(SIZES))
    for method in get_args(IntervalMethod):
        by_size = [coverage(method, n) for n in SIZES]
        print(f"| {method} |" + "".join(f" {c.mean():.3f} / {c.min():.3f} |" for c in by_size))


if __name__ == "__main__":
    main()
