"""Coverage of the limits of the duration of aplasia, by simulation.

It prints the table of docs/methods/recovery/aplasia.md: lognormal durations (median 120 days,
sigma 0.4; mean 130) after an onset uniform over days 0 to 10; visits on days 3, 7, 14, 28 and then
every so many days, up to day 540, late or early by 3 days at most. The usual way takes visit dates
for times, leaves out who has not recovered, and gives mean +- 1.96 SE, or mean +- SD. The
restricted mean ends at day 365.

    python tools/coverage_aplasia.py [SAMPLES]     200 by default: some minutes
"""

import sys
from statistics import NormalDist

import numpy as np
from immunoreset import recovery

MEDIAN, SIGMA, ONSET, END = 120.0, 0.4, 10.0, 540
MEAN = MEDIAN * np.exp(SIGMA**2 / 2)
HORIZON = 365
_Z = np.log(HORIZON / MEDIAN) / SIGMA
_EARLY = NormalDist().cdf
RESTRICTED = MEAN * _EARLY(_Z - SIGMA) + HORIZON * (1 - _EARLY(_Z))
DISTRIBUTIONS = ("lognormal", "weibull")


def cohort(rng, n, every):
    rows = np.empty((4, n))
    for i in range(n):
        onset = rng.uniform(0, ONSET)
        back = onset + MEDIAN * np.exp(SIGMA * rng.standard_normal())
        later = np.arange(28 + every, END + 1, every)
        visits = np.concatenate(([0, 3, 7, 14, 28], later + rng.integers(-3, 4, len(later))))
        k, j = np.searchsorted(visits, (onset, back))
        right = visits[j] if j < len(visits) else np.inf
        rows[:, i] = visits[k - 1], visits[k], max(visits[j - 1], visits[k]), right
    return rows


def coverage(n, every, samples):
    """Return how often each interval held the truth, and by how many days visit dates are late."""
    rng = np.random.default_rng((n, every, 20261126))
    held, late = np.zeros(8), 0.0
    for _ in range(samples):
        rows = cohort(rng, n, every)
        ap = recovery.aplasia(*rows, horizon=HORIZON)
        held[0] += ap.median_low <= MEDIAN <= ap.median_high
        held[1] += ap.restricted_mean_low <= RESTRICTED <= ap.restricted_mean_high
        for k, distribution in enumerate(DISTRIBUTIONS):
            ap = recovery.aplasia(*rows, method="parametric", distribution=distribution)
            held[2 + 2 * k] += ap.median_low <= MEDIAN <= ap.median_high
            held[3 + 2 * k] += ap.mean_low <= MEAN <= ap.mean_high
        seen = np.isfinite(rows[3])
        dates = rows[3][seen] - rows[1][seen]
        if len(dates) > 1:
            off, sd = dates.mean() - MEAN, dates.std(ddof=1)
            held[6] += abs(off) <= 1.96 * sd / np.sqrt(len(dates))
            held[7] += abs(off) <= sd
            late += off
    return held / samples, late / samples


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print("| n | visits every | NPMLE: median | restricted mean | lognormal: median | mean "
          "| Weibull: median | mean | visit dates: mean +- 1.96 SE | mean +- SD "
          "| their mean is late by |")  # fmt: skip
    print("| --- |" + " --- |" * 10)
    for n in (5, 15, 40):
        for every in (14, 28, 84):
            held, late = coverage(n, every, samples)
            cells = "".join(f" {share:.3f} |" for share in held)
            print(f"| {n} | {every} days |{cells} {late:.0f} days |", flush=True)


if __name__ == "__main__":
    main()
