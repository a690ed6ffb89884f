"""Coverage of the limits of a median and a mean when many values lie below a limit, by simulation.

It prints the table of docs/methods/recovery/detection_limit.md: log-normal values (mean of the log
0, sd 1), each with one of two limits, the second three times the first, such that 20, 50 or 80% lie
below; beside half the limit in the place of a value with Student's and Cox's intervals of the logs.

    python tools/coverage_detection_limit.py [SAMPLES]     1,000 by default: two minutes
"""

import sys

import numpy as np
from immunoreset import recovery
from immunoreset.errors import InputError

SIZES = (5, 15, 40)
SHARES = (0.2, 0.5, 0.8)
STUDENT = {5: 2.7764451051977934, 15: 2.1447866879169273, 40: 2.0226909200367595}
MEAN = np.exp(0.5)  # of the values; their median is 1


def limit_of(share):
    """Return the lower limit for which this share lies below, if half have three times that."""
    from statistics import NormalDist

    normal = NormalDist()
    low, high = -6.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        below = (normal.cdf(middle) + normal.cdf(middle + np.log(3))) / 2
        low, high = (middle, high) if below < share else (low, middle)
    return np.exp(low)


def inside(estimate, truth):
    return estimate.low <= truth <= estimate.high


def half_the_limit(value, below, n):
    y = np.log(np.where(below, value / 2, value))
    mean, variance, t = y.mean(), y.var(ddof=1), STUDENT[n]
    if variance == 0:
        return None
    around_mean = t * np.sqrt(variance / n + variance**2 / (2 * (n - 1)))
    return (
        abs(mean) <= t * np.sqrt(variance / n),
        abs(mean + variance / 2 - np.log(MEAN)) <= around_mean,
    )


def coverage(n, share, samples):
    """Return (covered, answered) of median and mean by each method, and samples left out."""
    rng = np.random.default_rng((n, int(100 * share), 20261126))
    limit = limit_of(share)
    covered = {name: [] for name in ("median", "mean", "curve", "half median", "half mean")}
    for _ in range(samples):
        value = np.exp(rng.normal(size=n))
        limits = limit * rng.choice([1.0, 3.0], n)
        below = value < limits
        value = np.maximum(value, limits)
        curve = recovery.detection_limit(value, below, method="kaplan-meier", p=())
        covered["curve"].append(inside(curve.median, 1))
        half = half_the_limit(value, below, n)
        if half is not None:
            covered["half median"].append(half[0])
            covered["half mean"].append(half[1])
        try:
            fit = recovery.detection_limit(value, below, p=())
        except InputError:
            continue
        covered["median"].append(inside(fit.median, 1))
        covered["mean"].append(inside(fit.mean, MEAN))
    left_out = samples - len(covered["median"])
    return {name: 100 * np.mean(hits) for name, hits in covered.items()}, 100 * left_out / samples


def main(samples):
    print(
        "| n | below | median, likelihood | median, curve | median, LOD/2 | mean, likelihood |"
        " mean, LOD/2 | left out |"
    )
    print("| --- " * 8 + "|")
    for n in SIZES:
        for share in SHARES:
            rate, left_out = coverage(n, share, samples)
            cells = " | ".join(
                f"{rate[name]:.1f}"
                for name in ("median", "curve", "half median", "mean", "half mean")
            )
            print(f"| {n} | {100 * share:.0f}% | {cells} | {left_out:.1f}% |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
