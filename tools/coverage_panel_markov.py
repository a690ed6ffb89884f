"""Coverage of limits of a Markov model of panel data, for docs/methods/survival/panel_markov.md.

    python tools/coverage_panel_markov.py

Patients move from active disease to remission (0.015 a day) and back (0.008), and die (0.001, on
a day that is known), are seen about every 30 days for a year, and are all active at first.
"""

import numpy as np
from immunoreset import survival
from immunoreset.errors import InputError

COHORTS = 1000
TRUTH = {(0, 1): 0.015, (0, 2): 0.001, (1, 0): 0.008}
LEAVING = (0.016, 0.008)
SHARE = 0.015 / 0.016  # of those who leave active disease for remission


def patient(generator):
    """Return days and states (0 active, 1 remission, 2 dead) of one patient."""
    times, states, day = [0.0], [0], 0.0
    while states[-1] != 2 and day < 365:
        day += generator.exponential(1 / LEAVING[states[-1]])
        times.append(day)
        goes = 1 if generator.random() < SHARE else 2
        states.append(goes if states[-1] == 0 else 0)
    visits = np.concatenate([[0], 30 * np.arange(1, 13) + generator.integers(-4, 5, 12)])
    seen = [states[np.searchsorted(times, day, side="right") - 1] for day in visits]
    days = [float(day) for day, state in zip(visits, seen, strict=True) if state != 2]
    kept = [state for state in seen if state != 2]
    if 2 in states and times[-1] <= visits[-1]:
        days.append(max(np.ceil(times[-1]), days[-1] + 0.5))
        kept.append(2)
    return days, kept


def cohort(generator, n):
    """Return patient, day, state of n patients."""
    each = [patient(generator) for _ in range(n)]
    who = np.repeat(np.arange(n), [len(days) for days, _ in each])
    return who, np.concatenate([d for d, _ in each]), np.concatenate([s for _, s in each])


def main():
    generator = np.random.default_rng(8)
    names = ("active to remission", "active to dead", "remission to active", "stay in active")
    print("| n | limits | " + " | ".join(names) + " | P(remission) on day 90 | no fit |")
    print("| --- | --- |" + " --- |" * 6)
    q = np.array([[-0.016, 0.015, 0.001], [0.008, -0.008, 0], [0, 0, 0]])
    step = np.linalg.matrix_power(np.eye(3) + q / 2**20 * 90, 2**20)
    for n in (8, 15, 30):
        hits, refused = {"profile": np.zeros(5), "wald": np.zeros(5)}, 0
        for _ in range(COHORTS):
            rows = cohort(generator, n)
            try:
                for limits in hits:
                    fit = survival.panel_markov(
                        *rows, transitions=list(TRUTH), exact=2, limits=limits
                    )
                    hit = (fit.low <= list(TRUTH.values())) & (list(TRUTH.values()) <= fit.high)
                    stay = fit.sojourn_low[0] <= 1 / 0.016 <= fit.sojourn_high[0]
                    after = fit.probability(90)
                    held = after.low[0, 1] <= step[0, 1] <= after.high[0, 1]
                    hits[limits] += [*hit, stay, held]
            except InputError:
                refused += 1
        for limits, found in hits.items():
            cells = [f"{hit / (COHORTS - refused):.3f}" for hit in found]
            print(
                f"| {n} | {limits} | " + " | ".join(cells) + f" | {refused / COHORTS:.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
