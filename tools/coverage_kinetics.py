"""Actual coverage of the 95% limits of recovery.kinetics, by simulation, for its method page.

python tools/coverage_kinetics.py [patients] [seed]
"""

from __future__ import annotations

import sys

import numpy as np
from immunoreset import recovery
from immunoreset.errors import ConvergenceError

TRUTH = {"plateau": 120.0, "midpoint": 120.0, "scale": 18.0}
TRUTH["crossing_day"] = 120 - 18 * np.log(120 / 10 - 1)
TRUTH["rate"] = 1 / 18
NAMES = ("plateau", "midpoint", "rate", "crossing_day")


def simulate(rng, patients, n, error, lloq):
    """Counts of a logistic recovery on n visits from day 20 to 250."""
    day = np.linspace(20, 250, n)
    curve = TRUTH["plateau"] / (1 + np.exp((TRUTH["midpoint"] - day) / TRUTH["scale"]))
    noise = rng.standard_normal((patients, n))
    count = curve * np.exp(0.35 * noise) if error == "log" else curve + 6 * noise
    count = np.where(count < lloq, 0, count)
    return np.repeat(np.arange(patients), n), np.tile(day, patients), count.ravel()


def main(patients: int = 2000, seed: int = 1) -> None:
    print("| error | limit | samples | fitted | " + " | ".join(NAMES) + " | open above: plateau |")
    print("| --- | --- | --- | --- |" + " --- |" * (len(NAMES) + 1))
    for error, lloq in (("log", 0), ("log", 1), ("log", 5), ("additive", 5)):
        for n in (5, 8, 15, 40):
            rng = np.random.default_rng(seed)
            rows = simulate(rng, patients, n, error, lloq)
            fit = recovery.kinetics(
                *rows, error=error, lloq=lloq or None, threshold=10, start="all"
            )
            fitted = fit.status == "fitted"
            shares = []
            for name in NAMES:
                q = fit.quantity(name)
                inside = (q.low[fitted] <= TRUTH[name]) & (TRUTH[name] <= q.high[fitted])
                shares.append(f"{100 * inside.mean():.1f}")
            unbounded = np.isinf(fit.quantity("plateau").high[fitted]).mean()
            print(
                f"| {error} | {lloq or 'none'} | {n} | {100 * fitted.mean():.1f} | "
                f"{' | '.join(shares)} | {100 * unbounded:.1f} |",
                flush=True,
            )


def simulate_cohort(rng, patients, least, most):
    """Counts of logistic recoveries that differ, on visits every other week, some left out."""
    rows = []
    for i in range(patients):
        n = rng.integers(least, most + 1)
        day = np.sort(rng.choice(np.arange(14, 300, 14), n, replace=False)).astype(float)
        plateau = TRUTH["plateau"] * np.exp(0.4 * rng.standard_normal())
        midpoint = TRUTH["midpoint"] + 20 * rng.standard_normal()
        scale = TRUTH["scale"] * np.exp(0.2 * rng.standard_normal())
        count = plateau / (1 + np.exp((midpoint - day) / scale))
        count *= np.exp(0.35 * rng.standard_normal(n))
        rows += [(i, d, c if c >= 1 else 0) for d, c in zip(day, count, strict=True)]
    return map(np.array, zip(*rows, strict=True))


def cohorts(count: int = 200, seed: int = 1) -> None:
    print("| patients | samples each | fitted | " + " | ".join(NAMES) + " | between, median | sd |")
    print("| --- | --- | --- |" + " --- |" * (len(NAMES) + 2))
    for patients, least, most in ((5, 6, 10), (15, 3, 8), (40, 3, 8)):
        rng = np.random.default_rng(seed)
        inside, spread = [], []
        tried = count if patients < 40 else count // 2
        for _ in range(tried):
            rows = simulate_cohort(rng, patients, least, most)
            try:
                fit = recovery.kinetics_cohort(*rows, lloq=1, threshold=10, start="all")
            except ConvergenceError:
                continue
            quantities = [fit.quantity(name) for name in NAMES]
            inside.append(
                [q.low <= TRUTH[n] <= q.high for n, q in zip(NAMES, quantities, strict=True)]
            )
            spread.append([*fit.between, fit.sd])
        shares = " | ".join(f"{100 * share:.1f}" for share in np.mean(inside, axis=0))
        *between, sd = np.median(spread, axis=0)
        print(
            f"| {patients} | {least} to {most} | {100 * len(inside) / tried:.1f} | {shares} | "
            f"{', '.join(f'{value:.2f}' for value in between)} | {sd:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["cohort"]:
        cohorts(*map(int, sys.argv[2:]))
    else:
        main(*map(int, sys.argv[1:]))
