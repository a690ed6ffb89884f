"""Actual coverage of the limits of B cell return, beside those of the usual visit-date estimate.

It prints the tables of docs/methods/recovery/reconstitution.md. Return is log-normal, median 120
days (sd 0.5 of the log), a competing event comes at a rate of 1 in 900 days, follow-up ends on day
364, visits are every 14, 28 or 84 days. The truth is the probability of return before a competing
event: up to day 168, a visit of all three, and up to day 150, a visit of none; and the day by which
40% have returned. The visit-date estimate takes the first visit with B cells for the day of return,
and then Aalen and Johansen's estimate with its default limits. A competing event after the last
visit is what it is, so that what is estimated is seen return.

The second table is that of the parametric form: with the distribution of the samples (log-normal),
and with another one (Weibull).

    python tools/coverage_reconstitution.py [SAMPLES [PARAMETRIC]]     1,000 and 300: 2 minutes
"""

import sys

import numpy as np
from immunoreset import recovery, survival

SIZES, SCHEDULES = (5, 15, 40), (14, 28, 84)
DAYS, SHARE, END = np.array([150, 168]), 0.4, 364


def draw(rng, n):
    return rng.lognormal(np.log(120), 0.5, n), np.floor(rng.exponential(900, n))


def truth():
    time, death = draw(np.random.default_rng(20261126), 4_000_000)
    first = np.where(time < death, time, np.inf)
    return (first[:, None] <= DAYS).mean(axis=0), np.quantile(first, SHARE)


def cohort(rng, n, every):
    time, death = draw(rng, n)
    end = np.minimum(death, END)
    left = np.floor(np.minimum(time, end) / every) * every
    seen = np.ceil(time / every) * every
    right = np.where(seen <= end, seen, np.inf)
    return left, right, np.where(death < END, death, np.inf)


def coverage(n, every, samples, shares, day):
    """Return the share of samples that hold: F at two days, the quantile; F by visit dates."""
    rng = np.random.default_rng((n, every, 20261126))
    held = np.zeros(5)
    for _ in range(samples):
        left, right, death = cohort(rng, n, every)
        curve = recovery.reconstitution(left, right, competing=death)
        at, quantile = curve.at(DAYS), curve.quantile(SHARE)
        returned, died = (right <= death) & np.isfinite(right), death < right
        when = np.where(returned, right, np.where(died, death, left))
        cause = np.where(returned, 1, np.where(died, 2, 0))
        usual = survival.competing_risks(when, cause, causes=[1, 2]).cause(1).at(DAYS)
        held[:2] += (at.low <= shares) & (shares <= at.high)
        held[2] += quantile.low <= day <= quantile.high
        held[3:] += (usual.low <= shares) & (shares <= usual.high)
    return 100 * held / samples


def parametric_coverage(n, every, samples, shares, day):
    """Return the share of samples that hold: F at two days, the quantile; by distribution."""
    rng = np.random.default_rng((n, every, 20261126))
    held = np.zeros(6)
    for _ in range(samples):
        left, right, death = cohort(rng, n, every)
        for i, distribution in enumerate(("lognormal", "weibull")):
            fit = recovery.reconstitution(
                left, right, competing=death, method="parametric", distribution=distribution
            )
            at, quantile = fit.at(DAYS), fit.quantile(SHARE)
            held[3 * i : 3 * i + 2] += (at.low <= shares) & (shares <= at.high)
            held[3 * i + 2] += quantile.low <= day <= quantile.high
    return 100 * held / samples


def print_parametric(samples, shares, day):
    print(f"{samples} samples, parametric; each as F(150), F(168), day of 40%")
    print("| n | visits every | log-normal | | | Weibull | | |")
    print("| --: | --: | --: | --: | --: | --: | --: | --: |")
    for n in SIZES:
        for every in SCHEDULES:
            found = parametric_coverage(n, every, samples, shares, day)
            print(f"| {n} | {every} d | {' | '.join(f'{x:.1f}' for x in found)} |", flush=True)


def main():
    samples, parametric = (
        int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((1, 1_000), (2, 300))
    )
    shares, day = truth()
    print(f"{samples} samples; truth {shares.round(4)} up to days {DAYS}, {SHARE} by day {day:.1f}")
    print("| n | visits every | F(150) | F(168) | day of 40% | F(150), visit dates | F(168) |")
    print("| --: | --: | --: | --: | --: | --: | --: |")
    for n in SIZES:
        for every in SCHEDULES:
            cells = " | ".join(f"{share:.1f}" for share in coverage(n, every, samples, shares, day))
            print(f"| {n} | {every} d | {cells} |", flush=True)
    print_parametric(parametric, shares, day)


if __name__ == "__main__":
    main()
