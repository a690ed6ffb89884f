"""Coverage of the limits of shares and expected days, for docs/methods/recovery/reset.md.

    python tools/coverage_reset_states.py

Cohorts of n patients: depleted about day 7, B cells back about day 110 (log-normal), drug-free from
about day 40 on, a first relapse at a constant rate of one in 900 days, followed for 150 to 700
days, one of them to day 240 at least. The truth is the share of 200,000 patients.
"""

import numpy as np
from immunoreset import recovery

COHORTS = 2000
AT, TAU = np.array([90.0, 180.0]), 240.0


def cohort(generator, n, end=None):
    """Return the columns of n patients, censored between day 150 and 700 or at one day."""
    followed = np.full(n, end) if end else generator.integers(150, 700, n).astype(float)
    followed[0] = max(followed[0], TAU)
    onset = generator.lognormal(np.log(7), 0.3, n).round()
    back = generator.lognormal(np.log(110), 0.35, n).round() + onset + 1
    free = generator.lognormal(np.log(40), 0.5, n).round()
    relapse = np.maximum(1, generator.exponential(900, n).round())
    seen, again = back <= followed, relapse <= followed
    return {
        "onset": onset,
        "return_left": np.where(seen, back - 1, followed),
        "return_right": np.where(seen, back, np.inf),
        "followed": followed,
        "relapse": np.where(again, relapse, np.inf),
        "drug_free_from": np.where(free < np.where(again, relapse, followed), free, np.inf),
        "drug_free_to": np.full(n, np.inf),
    }


def states(generator, n, end=None):
    rows = cohort(generator, n, end)
    return recovery.reset_states(**rows, at=AT, tau=TAU)


def main():
    generator = np.random.default_rng(20261126)
    whole = [states(generator, 2000, 700.0) for _ in range(100)]
    share = np.mean([s.share for s in whole], axis=0)
    days = np.mean([s.time for s in whole], axis=0)
    names = whole[0].states
    print("| n | state | share, day 90 | share, day 180 | days up to 240 |")
    print("| --- | --- | --- | --- | --- |")
    for n in (5, 15, 40):
        held = np.zeros((3, len(names)))
        for _ in range(COHORTS):
            s = states(generator, n)
            held[:2] += (s.low <= share) & (share <= s.high)
            held[2] += (s.time_low <= days) & (days <= s.time_high)
        for k, name in enumerate(names):
            truth = (*share[:, k], days[k])
            cells = [
                f"{100 * h[k] / COHORTS:.1f} ({t:.3g})" for h, t in zip(held, truth, strict=True)
            ]
            print(f"| {n} | {name} | {' | '.join(cells)} |", flush=True)


main()
