"""Size of the tests of interval-censored times: share of data sets with p <= 0.05.

There is no difference: exponential times of mean 84 days, visits every `days` days up to day 168,
each missed with probability 0.1; two groups.
`python tools/size_interval_logrank.py [data sets]`, 10,000 by default.
"""

import sys

import numpy as np
from immunoreset import survival
from immunoreset.errors import InputError

TESTS = (("asymptotic", "sun"), ("asymptotic", "wilcoxon"), ("score", "sun"), ("exact", "sun"))


def data_set(rng, n, days):
    time = rng.exponential(84, n)
    visits = np.arange(days, 169, days)
    seen = rng.random((n, len(visits))) >= 0.1
    before = np.where(seen & (visits < time[:, None]), visits, 0).max(axis=1)
    after = np.where(seen & (visits >= time[:, None]), visits, np.inf).min(axis=1)
    return before, after


def pvalue(left, right, group, **options):
    """Return the p-value, 1 where the information is not positive (one data set in thousands)."""
    try:
        return survival.interval_logrank(left, right, group, **options).pvalue
    except InputError:
        return 1.0


def main(sets):
    print(
        "| n in all | divided | visits every |", " | ".join(" ".join(test) for test in TESTS), "|"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for first, second in ((4, 4), (5, 10), (10, 10), (20, 20)):
        group = np.array([0] * first + [1] * second)
        for days in (14, 28, 84):
            rng = np.random.default_rng(first * 100 + days)
            rejected = np.zeros(len(TESTS))
            for _ in range(sets):
                left, right = data_set(rng, len(group), days)
                for i, (method, scores) in enumerate(TESTS):
                    rejected[i] += pvalue(left, right, group, scores=scores, method=method) <= 0.05
            shares = " | ".join(f"{100 * share:.1f}" for share in rejected / sets)
            print(f"| {len(group)} | {first} + {second} | {days} | {shares} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
