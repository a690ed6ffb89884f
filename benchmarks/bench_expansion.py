"""Noncompartmental analysis of 10,000 patients with 12 samples; beside areas alone by numpy."""

import numpy as np
from harness import OURS, Case, report, sizes
from immunoreset import recovery

DAYS = np.array([0, 1, 3, 5, 7, 10, 14, 21, 28, 60, 90, 180], float)


def courses(patients, seed=20260106):
    """A rise to day 9.3 and two declines, log-normal in height and error."""
    rng = np.random.default_rng(seed)
    since = DAYS - 9.3
    down = 0.9921 * np.exp(-0.16 * since) + 0.0079 * np.exp(-0.0032 * since)
    shape = np.where(since < 0, 3900 ** (since / 9.3), down)
    height = 24000 * np.exp(rng.normal(0, 1, (patients, 1)))
    return shape * height * np.exp(rng.normal(0, 0.56, (patients, len(DAYS))))


def by_hand(copies):
    """The linear area up to day 28 and the peak alone, all patients having the same days."""
    return np.trapezoid(copies[:, :9], DAYS[:9], axis=1)


def answer(result):
    return result.auc_0_28 if isinstance(result, recovery.Expansion) else result


def cases(n):
    copies = courses(n)
    patient, day, value = np.repeat(np.arange(n), 12), np.tile(DAYS, n), copies.ravel()
    names = np.array([f"P{i:05d}" for i in range(n)])[patient]
    yield Case(
        f"{n:,} patients, 12 samples, linear",
        {
            OURS: lambda: recovery.expansion(patient, day, value, method="linear"),
            "numpy by hand, the area alone": lambda: by_hand(copies),
        },
        answer,
    )
    yield Case(
        f"{n:,} patients, 12 samples, limit 50, linear-up-log-down",
        {
            OURS: lambda: recovery.expansion(patient, day, value, lloq=50.0),
            "names as strings": lambda: recovery.expansion(names, day, value, lloq=50.0),
        },
        answer,
    )


if __name__ == "__main__":
    report([case for n in sizes("15,10000") for case in cases(n)], "CAR T expansion")
