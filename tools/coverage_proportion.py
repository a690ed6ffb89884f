"""Actual coverage of each interval for one response rate, by exact enumeration.

It prints the table of docs/methods/response/proportion.md. For each n the true rate runs over
0.0005, 0.0015, ..., 0.9995; the coverage at a rate is the summed binomial probability of the counts
whose interval holds it. Printed are the mean and the smallest coverage over the rates, and the mean
width.
"""

from typing import get_args

import numpy as np
from enumeration import binomial, holds, print_table
from immunoreset import response
from immunoreset.response.proportion import IntervalMethod

RATES = np.arange(0.0005, 1, 0.001)


def coverage(method, n):
    interval = response.proportion(np.arange(n + 1), n, method=method)
    covered = holds(interval.low, interval.high, RATES[:, None])
    weights = binomial(n, RATES)
    return (covered * weights).sum(axis=1), weights @ (interval.high - interval.low)


if __name__ == "__main__":
    print_table(["method"], [(method,) for method in get_args(IntervalMethod)], coverage)
