"""Actual coverage of the limits of recovery.expansion_cohort, by simulation, for its method page.

python tools/coverage_expansion_cohort.py [patients] [cohorts] [seed] [exponential]
"""

from __future__ import annotations

import sys
import time

import numpy as np
from immunoreset import recovery
from immunoreset.errors import ConvergenceError

# Stein 2019: the typical curve, and standard deviations between patients
DAYS = np.array([1.0, 3, 5, 7, 9, 11, 14, 21, 28, 60, 90, 180, 365])
MIDDLE = np.array([24000, 9.3, 3900, 0.16, 0.0079 / (1 - 0.0079), 0.0032])
SPREAD = np.sqrt([0.65, 0.38, 2.4, 0.91, 0.80, 0.86])
SD, LLOQ = 0.56, 50
MOST_SECONDS = 110  # of processor time a run
TRUTH = {
    "cmax": 24000, "tmax": 9.3, "doubling_time": 9.3 * np.log(2) / np.log(3900),
    "half_life": np.log(2) / 0.16, "slow_share": 0.0079, "slow_half_life": np.log(2) / 0.0032,
}  # fmt: skip


def log_curve(day, theta):
    """One row a patient."""
    peak, fast, slow = (np.exp(theta[:, [c]]) for c in (1, 3, 5))
    share = 1 / (1 + np.exp(-theta[:, [4]]))
    since = np.maximum(day - peak, 0)
    fall = np.log((1 - share) * np.exp(-fast * since) + share * np.exp(-slow * since))
    return theta[:, [0]] + np.where(day < peak, theta[:, [2]] * (day / peak - 1), fall)


def simulate(rng, patients, days):
    """Parameters and rows of a cohort; each patient misses about one visit in five."""
    theta = np.log(MIDDLE) + SPREAD * rng.standard_normal((patients, 6))
    copies = np.exp(log_curve(days, theta) + SD * rng.standard_normal((patients, len(days))))
    kept = rng.random(copies.shape) > 0.2
    who, at = np.nonzero(kept)
    copies = copies[kept]
    return theta, who, days[at], np.where(copies < LLOQ, 0, copies)


def main(patients: int = 15, cohorts: int = 40, seed: int = 1, decline: str = "biexponential"):
    rng = np.random.default_rng(seed)
    days = DAYS if decline == "biexponential" else DAYS[:9]
    names = list(TRUTH)[: 6 if decline == "biexponential" else 4]
    inside, own, ratios, spread, ends, start = [], [], [], [], 0, time.process_time()
    for tried in range(1, cohorts + 1):
        if time.process_time() - start > MOST_SECONDS:
            tried -= 1
            break
        theta, who, day, copies = simulate(rng, patients, days)
        try:
            fit = recovery.expansion_cohort(
                who, day, copies, lloq=LLOQ, decline=decline, patients=range(patients)
            )
        except ConvergenceError:
            continue
        quantities = [fit.quantity(name) for name in names]
        inside.append([q.low <= TRUTH[n] <= q.high for n, q in zip(names, quantities, strict=True)])
        ratios.append(
            [np.log(q.estimate / TRUTH[n]) for n, q in zip(names, quantities, strict=True)]
        )
        spread.append([*fit.between, fit.sd])
        ends += len(fit.boundary) > 0
        for c, name in ((0, "cmax"), (1, "tmax")):
            q = fit.quantity(name)
            truth = np.exp(theta[:, c])
            own += ((q.individual_low <= truth) & (truth <= q.individual_high)).tolist()
    seconds = (time.process_time() - start) / tried
    shares = " | ".join(f"{100 * share:.0f}" for share in np.mean(inside, axis=0))
    middle = ", ".join(f"{100 * np.expm1(bias):+.0f}" for bias in np.median(ratios, axis=0))
    print(
        f"| {patients} | {tried} | {len(inside)} | {ends} | {shares} | {100 * np.mean(own):.0f} | "
        f"{middle} | {', '.join(f'{value:.2f}' for value in np.median(spread, axis=0))} | "
        f"{seconds:.1f} |",
        flush=True,
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), *sys.argv[4:5])
