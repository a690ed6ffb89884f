"""Actual coverage of the 95% limits of recovery.kinetics, by simulation, for its method page.

python tools/coverage_kinetics.py [patients] [seed]
"""

from __future__ import annotations

import sys

import numpy as np
from immunoreset import recovery

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


def main(patients: int = 1000, seed: int = 1) -> None:
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


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
