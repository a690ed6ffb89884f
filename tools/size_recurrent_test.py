"""Size of the tests of recurrent events by weights, for docs/methods/survival/recurrent.md.

    python tools/size_recurrent_test.py [SAMPLES]     5,000 by default: a minute

Cohorts of tools/coverage_recurrent.py, patients in turn in one of two arms, with rates that differ
by a gamma distribution with variance 0.5 of its squared mean: without deaths, with deaths, and with
the follow-up of the second arm cut at 0.75 years, so that patients of the two are not exchangeable.
A refusal rejects nothing. The standard error of a share of 0.05 of 5,000 is 0.003.
"""

import sys

import numpy as np
from coverage_recurrent import cohort, with_deaths
from immunoreset import survival
from immunoreset.errors import InputError

WAYS = [(w, m) for w in ("gehan", "logrank") for m in ("asymptotic", "exact")]


def plain(rng, n):
    return cohort(rng, n, 0.5)


def cut(rng, n):
    """Return a cohort whose second arm is followed for at most 0.75 years."""
    patient, time, event = cohort(rng, n, 0.5)
    late = (patient % 2 == 1) & (time > 0.75)
    kept = ~(late & (event == 1))
    time = np.where(late, 0.75, time)
    return patient[kept], time[kept], event[kept]


CASES = (("no deaths", plain), ("deaths", with_deaths), ("second arm followed less", cut))


def main(samples):
    print("| | n | " + " | ".join(f"{w}, {m}" for w, m in WAYS) + " | refused |")
    print("| --- | --- |" + " --- |" * (len(WAYS) + 1))
    for name, draw in CASES:
        for n in (8, 15, 30):
            rng = np.random.default_rng((n, 33))
            rejected, refused = np.zeros(len(WAYS)), 0
            for _ in range(samples):
                rows = draw(rng, n)
                for k, (weights, method) in enumerate(WAYS):
                    try:
                        found = survival.recurrent_test(
                            *rows, rows[0] % 2, weights=weights, method=method
                        )
                    except InputError:
                        refused += 1
                        continue
                    rejected[k] += found.pvalue <= 0.05
            cells = " | ".join(f"{100 * share:.1f} %" for share in rejected / samples)
            print(f"| {name} | {n} | {cells} | {refused} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
