"""Actual coverage of the limits of survival.turnbull: tables of the method page.

``python tools/coverage_turnbull.py [data sets]``. Times are exponential with median 84 days; visits
come every 14, 28 or 84 days up to day 252, on the day or within some days of it, each missed with
probability 0.1. Limits at 95% of S(84), and of the median, by the likelihood ratio with the
chi-squared quantile 3.841, the same with 2.269 (the 0.95 quantile of Banerjee and Wellner's D), and
the percentiles of the bootstrap.
"""

import sys

import numpy as np
from immunoreset import _core
from immunoreset.survival.kaplan_meier_bootstrap import limit_position

D_LEVEL = 0.86803  # the chi-squared level whose quantile is 2.26916
AT = 84.0
REPLICATES = 199
MEAN = AT / np.log(2)


def data_set(rng, n, days, spread):
    """Return the last visit without and the first with the event."""
    time = rng.exponential(MEAN, n)
    visits = np.arange(days, 253, days)[None, :] + np.zeros((n, 1))
    if spread:
        visits = visits + rng.integers(-spread, spread + 1, visits.shape)
    seen = rng.random(visits.shape) >= 0.1
    left = np.where(seen & (visits < time[:, None]), visits, 0).max(axis=1)
    right = np.where(seen & (visits >= time[:, None]), visits, np.inf).min(axis=1)
    return left, right


def bootstrap_holds(rows, rng):
    """Return whether the percentile limits of S(84) hold the truth."""
    key = tuple(int(word) for word in rng.integers(0, 2**63, 2))
    low, high = _core.turnbull_bootstrap(*rows, True, [AT], False, key, REPLICATES)
    k = limit_position(REPLICATES, 0.95)
    return np.sort(low[0])[k - 1] <= 0.5 <= np.sort(high[0])[-k]


def main(sets):
    print(
        "| n | visits every | S(84), chi-squared | D | median, chi-squared | D | S(84), bootstrap |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for n in (5, 15, 40):
        for days, spread in ((14, 0), (14, 3), (28, 0), (28, 3), (84, 0), (84, 7)):
            rng = np.random.default_rng(1000 * n + days + spread)
            hits = np.zeros(5)
            for _ in range(sets):
                rows = data_set(rng, n, days, spread)
                for i, level in enumerate((0.95, D_LEVEL)):
                    low, high = _core.turnbull_survival(*rows, None, True, level, AT)
                    hits[i] += low <= 0.5 <= high
                    low, high = _core.turnbull_quantile(*rows, None, True, level, 0.5)
                    hits[2 + i] += low <= AT <= high
                hits[4] += bootstrap_holds(rows, rng)
            cells = " | ".join(f"{100 * hit:.1f}" for hit in hits / sets)
            print(f"| {n} | {days}{f' +- {spread}' if spread else ''} | {cells} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
