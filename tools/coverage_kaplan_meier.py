"""Actual coverage of the pointwise limits of a survival curve, by simulation.

It prints the tables of docs/methods/survival/kaplan_meier_beta.md: first all intervals of
`survival.kaplan_meier` for right-censored data (exponential events of rate 1, exponential
censoring of rate 0.3, so that 23% are censored), then the beta product with late entries. Each
number is the share of samples whose limits, at the time where S is 0.9, 0.7, 0.5 or 0.25, hold it;
undefined limits are misses. In the second table, how often the lower limit and the upper one miss.
Last the limits of the median (docs/methods/survival/kaplan_meier.md), where an upper limit that is
not reached is infinite and a lower one a miss.

    python tools/coverage_kaplan_meier.py [SAMPLES]     10,000 by default: half a minute
"""

import sys
from pathlib import Path
from typing import get_args

import numpy as np
from immunoreset import survival
from immunoreset.survival.kaplan_meier import Interval

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.reference.kaplan_meier_beta import incomplete_beta, matched

SURVIVAL = np.array([0.9, 0.7, 0.5, 0.25])
TIMES = -np.log(SURVIVAL)
SIZES = (8, 15, 30)
CENSORING = 0.3
# how many patients, the share who enter at the start, the latest entry, the longest follow-up
DESIGNS = ((8, 0.5, 1.0, 2.0), (15, 0.5, 1.0, 3.0), (15, 0.1, 1.0, 3.0), (30, 0.2, 0.5, 3.0))


def coverage(interval, n, samples):
    rng = np.random.default_rng((n, 20261123))
    held = np.zeros(4)
    for _ in range(samples):
        event, censoring = rng.exponential(size=n), rng.exponential(1 / CENSORING, size=n)
        km = survival.kaplan_meier(
            np.minimum(event, censoring), event <= censoring, interval=interval
        )
        at = km.at(TIMES)
        held += (at.low <= SURVIVAL) & (at.high >= SURVIVAL)
    return held / samples


def median_coverage(interval, n, samples):
    rng = np.random.default_rng((n, 20261124))
    held = 0
    for _ in range(samples):
        event, censoring = rng.exponential(size=n), rng.exponential(1 / CENSORING, size=n)
        median = survival.kaplan_meier(
            np.minimum(event, censoring), event <= censoring, interval=interval
        ).median
        held += median.low <= np.log(2) and not median.high < np.log(2)
    return held / samples


def cohort(rng, n, at_start, latest, longest):
    """Draw n patients who were free of the event when they entered."""
    entry = np.where(rng.random(4 * n) < at_start, 0.0, rng.uniform(0, latest, 4 * n))
    event = rng.exponential(size=4 * n)
    kept = np.flatnonzero(event > entry)[:n]
    entry, event = entry[kept], event[kept]
    end = entry + rng.uniform(0, longest, len(kept))
    return entry, np.minimum(event, end), event <= end


def misses(entry, time, event, t, s):
    """Is the lower limit at t above s, and the upper one below it? By the core's rule."""
    betas, since = [], 0.0
    for u in np.unique(time[event & (time <= t)]):
        events = int(np.sum(event & (time == u)))
        betas.append((int(np.sum((entry < u) & (time >= u))) - events + 1, events))
        since = u
    moments = [since, *(u for u in (*entry, *time) if since < u <= t)]
    fewest = min(int(np.sum((entry <= u) & (time > u))) for u in moments)
    low = incomplete_beta(s, *matched([*betas, (fewest, 1)])) < 0.025 and fewest > 0
    high = bool(betas) and 1 - incomplete_beta(s, *matched(betas)) < 0.025
    return np.array([low, high])


def late_entries(design, samples):
    rng = np.random.default_rng(20261123)
    missed = np.zeros((4, 2))
    for _ in range(samples):
        data = cohort(rng, *design)
        missed += [misses(*data, t, s) for t, s in zip(TIMES, SURVIVAL, strict=True)]
    return missed / samples


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| n | S |" + "".join(f" {interval} |" for interval in get_args(Interval)))
    print("| --- | --- |" + " --- |" * len(get_args(Interval)))
    for n in SIZES:
        table = np.array([coverage(interval, n, samples) for interval in get_args(Interval)]).T
        for s, row in zip(SURVIVAL, table, strict=True):
            print(f"| {n} | {s} |" + "".join(f" {value:.3f} |" for value in row))
    print("\n| n |" + "".join(f" {interval} |" for interval in get_args(Interval)))
    print("| --- |" + " --- |" * len(get_args(Interval)))
    for n in SIZES:
        row = [median_coverage(interval, n, samples) for interval in get_args(Interval)]
        print(f"| {n} |" + "".join(f" {value:.3f} |" for value in row))
    print("\n| n | at start | latest entry |" + "".join(f" S = {s} |" for s in SURVIVAL))
    print("| --- | --- | --- |" + " --- |" * 4)
    for design in DESIGNS:
        missed = late_entries(design, max(1, samples // 4))
        print(
            f"| {design[0]} | {design[1]:.0%} | {design[2]} |"
            + "".join(f" {low:.4f}, {high:.4f} |" for low, high in missed)
        )


if __name__ == "__main__":
    main()
