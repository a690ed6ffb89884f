"""Actual coverage of the limits of survival.parametric where patients are seen at visits only.

It prints the table of docs/methods/survival/parametric.md. Times to the return of B cells are
Weibull of shape 1.5 and median 110 days. Patients are seen every 14, 28 or 84 days, and followed
for 120 to 365 days, uniformly: the event is known to lie between two visits, or to be after the
last. Coverage is the share of the samples with a fit whose limits hold the true value; beside it
the share without a fit, nearly always because one time agrees with all rows.

    python tools/coverage_parametric.py [SAMPLES]     2,000 by default: two minutes
"""

import sys

import numpy as np
from immunoreset import survival
from immunoreset.errors import ConvergenceError, InputError

SHAPE, MEDIAN = 1.5, 110.0
SCALE = MEDIAN / np.log(2) ** (1 / SHAPE)
AT = 180.0
SURVIVAL = float(np.exp(-((AT / SCALE) ** SHAPE)))
INTERVALS = ("profile", "wald")
SIZES, GAPS = (5, 15, 40), (14, 28, 84)


def cohort(rng, n, gap):
    """Return the last visit without the event and the first one with it."""
    time = SCALE * rng.weibull(SHAPE, n)
    last = gap * np.maximum(np.floor(rng.uniform(120, 365, n) / gap), 1)
    left = np.floor(time / gap) * gap
    seen = left + gap <= last
    return np.where(seen, left, last), np.where(seen, left + gap, np.inf)


def coverage(n, gap, samples):
    """Return the share without a fit, and for each interval how often both true values are held."""
    rng = np.random.default_rng((n, gap, 20261126))
    held = {interval: np.zeros(2) for interval in INTERVALS}
    fitted = 0
    for _ in range(samples):
        left, right = cohort(rng, n, gap)
        try:
            for interval in INTERVALS:
                fit = survival.parametric(left, right, interval=interval)
                median, at = fit.median, fit.at(AT)
                held[interval] += (
                    median.low <= MEDIAN <= median.high,
                    at.low <= SURVIVAL <= at.high,
                )
        except (ConvergenceError, InputError):
            continue
        fitted += 1
    return 1 - fitted / samples, {name: count / fitted for name, count in held.items()}


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    print("| n | visits every | no fit | median: profile | wald | S(180): profile | wald |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for n in SIZES:
        for gap in GAPS:
            none, held = coverage(n, gap, samples)
            cells = "".join(f" {held[name][k]:.3f} |" for k in (0, 1) for name in INTERVALS)
            print(f"| {n} | {gap} days | {none:.3f} |{cells}", flush=True)


if __name__ == "__main__":
    main()
