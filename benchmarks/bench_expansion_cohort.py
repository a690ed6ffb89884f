"""Expansion curves of a cohort and of its patients; beside nlme, which linearises them."""

import numpy as np
from harness import OURS, Case, report, sizes, time_r
from immunoreset import recovery

DAYS = np.array([1.0, 3, 5, 7, 9, 11, 14, 21, 28])
TWO = {"decline": "exponential", "random": ["cmax", "tmax"]}

NLME = """
    shape <<- function(t, logt, fold, alpha) { # where nlme looks for it
      peak <- exp(logt)
      ifelse(t < peak, fold * (t / peak - 1), -exp(alpha) * (t - peak))
    }
    d <- data.frame(who = who, day = day, y = y)
    suppressWarnings(nlme::nlme(y ~ cmax + shape(day, tmax, fold, alpha), d,
      fixed = cmax + tmax + fold + alpha ~ 1, random = nlme::pdDiag(cmax + tmax ~ 1),
      groups = ~who, start = c(10, 2.2, 8.3, -1.8), method = "ML",
      control = nlme::nlmeControl(returnObject = TRUE, msMaxIter = 200, maxIter = 200)))
"""


def courses(patients, seed=2019):
    """Rows of a cohort whose patients differ in the height and the day of their peak."""
    rng = np.random.default_rng([seed, patients])
    height = 10.1 + 0.8 * rng.normal(size=(patients, 1))
    peak = np.exp(2.2 + 0.35 * rng.normal(size=(patients, 1)))
    shape = np.where(peak > DAYS, 8.3 * (DAYS / peak - 1), -0.165 * (DAYS - peak))
    y = height + shape + 0.4 * rng.normal(size=shape.shape)
    return np.repeat(np.arange(patients), len(DAYS)), np.tile(DAYS, patients), y.ravel()


def cases(n):
    who, day, y = courses(n)
    copies = np.exp(y)
    one = {"decline": "exponential", "limits": False}
    yield Case(
        f"{n} patients, 9 samples, one phase, two parameters differ",
        {
            OURS: lambda: recovery.expansion_cohort(who, day, copies, **TWO),
            "all four differ": lambda: recovery.expansion_cohort(
                who, day, copies, decline="exponential"
            ),
            "each patient alone": lambda: recovery.expansion_fit(who, day, copies, **one),
        },
        lambda _: 0.0,
    )


if __name__ == "__main__":
    patients = sizes("15,40")
    report([case for n in patients for case in cases(n)], "expansion curves of a cohort")
    for n in patients:
        who, day, y = courses(n)
        took = time_r(NLME, {"who": who, "day": day, "y": y})
        if took is not None:
            print(f"\nR nlme, {n} patients, linearised: {1e3 * took:.3g} ms")
