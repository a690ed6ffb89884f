"""Coverage of limits and size of tests, for docs/methods/survival/recurrent.md.

    python tools/coverage_recurrent.py

Patients have 1.5 relapses a year in the mean, at rates that differ by a gamma distribution with
variance 0 or 0.5 of its squared mean, and are followed for 0.5 to 1.5 years.
"""

import math

import numpy as np
from immunoreset import survival
from immunoreset.errors import InputError

COHORTS = 2000
RATE = 1.5
BY = 1.0
MODELS = ("lwyy", "pwp-total", "pwp-gap", "wlw")
LIMITS = (("robust", "log"), ("sample", "log"), ("poisson", "log"), ("robust", "plain"))


def cohort(generator, n, dispersion):
    """Return patient, time, event of n patients."""
    rate = np.full(n, RATE)
    if dispersion > 0:
        rate = rate * generator.gamma(1 / dispersion, dispersion, n)
    end = generator.uniform(0.5, 1.5, n)
    count = generator.poisson(rate * end)
    patient = np.repeat(np.arange(n), count + 1)
    time = generator.random(len(patient)) * end[patient]
    event = np.ones(len(patient), np.int64)
    last = np.cumsum(count + 1) - 1
    time[last], event[last] = end, 0
    return patient, time, event


def with_deaths(generator, n):
    """Return patient, time, event of n patients who die at 0.5 a year, followed for 0.5 to 1.5."""
    rate = RATE * generator.gamma(2, 0.5, n)
    followed, death = generator.uniform(0.5, 1.5, n), generator.exponential(2, n)
    end = np.minimum(followed, death)
    count = generator.poisson(rate * end)
    patient = np.repeat(np.arange(n), count + 1)
    time = generator.random(len(patient)) * end[patient]
    event = np.ones(len(patient), np.int64)
    last = np.cumsum(count + 1) - 1
    time[last], event[last] = end, 2 * (death < followed)
    return patient, time, event


def deaths_and_models():
    """Print the same with deaths (variance of rates 0.5), and the size of regressions' tests."""
    generator = np.random.default_rng(32)
    truth = RATE * 2 * (1 - math.exp(-BY / 2))  # alive at t with probability exp(-t / 2)
    names = ("n", "with deaths: log", "test, asymptotic", "exact", *MODELS)
    print("\n| " + " | ".join(names) + " |\n|" + " --- |" * len(names))
    for n in (8, 15, 30):
        held, rejected, known = 0, np.zeros(2), 0
        sizes, fitted = np.zeros(len(MODELS)), np.zeros(len(MODELS))
        for _ in range(COHORTS):
            rows = with_deaths(generator, n)
            at = survival.recurrent(*rows).at(BY)
            if np.isfinite(at.estimate):
                known += 1
                held += at.low <= truth <= at.high
            arm = rows[0] % 2
            rejected[0] += survival.recurrent_test(*rows, arm, method="asymptotic").pvalue <= 0.05
            if n <= 15:
                rejected[1] += survival.recurrent_test(*rows, arm, method="exact").pvalue <= 0.05
            for k, model in enumerate(MODELS):
                try:
                    rows = cohort(generator, n, 0.5)
                    found = survival.recurrent_cox(*rows, rows[0] % 2, model=model)
                except InputError:  # no event in an arm, or none of some number
                    continue
                fitted[k] += 1
                sizes[k] += found.pvalue[0] <= 0.05
        shares = [held / known, *rejected / COHORTS, *sizes / fitted]
        cells = [f"{100 * share:.1f} %" for share in shares]
        if n > 15:
            cells[2] = ""
        print(f"| {n} | " + " | ".join(cells) + " |")


def main():
    generator = np.random.default_rng(31)
    print("| variance of rates | n | " + " | ".join(f"{v}, {i}" for v, i in LIMITS), end="")
    print(" | test, asymptotic | exact |")
    print("| --- | --- |" + " --- |" * (len(LIMITS) + 2))
    for dispersion in (0, 0.5):
        for n in (8, 15, 30):
            hits, rejected, known = np.zeros(len(LIMITS)), np.zeros(2), 0
            for _ in range(COHORTS):
                rows = cohort(generator, n, dispersion)
                found = [
                    survival.recurrent(*rows, variance=v, interval=i).at(BY) for v, i in LIMITS
                ]
                if np.isfinite(found[0].estimate):
                    known += 1
                    hits += [at.low <= RATE * BY <= at.high for at in found]
                arm = rows[0] % 2
                normal = survival.recurrent_test(*rows, arm, method="asymptotic")
                rejected[0] += normal.pvalue <= 0.05
                if n <= 15:
                    exact = survival.recurrent_test(*rows, arm, method="exact")
                    rejected[1] += exact.pvalue <= 0.05
            cells = [f"{100 * hit / known:.1f} %" for hit in hits]
            cells.append(f"{100 * rejected[0] / COHORTS:.1f} %")
            cells.append(f"{100 * rejected[1] / COHORTS:.1f} %" if n <= 15 else "")
            print(f"| {dispersion} | {n} | " + " | ".join(cells) + " |")
    deaths_and_models()


if __name__ == "__main__":
    main()
