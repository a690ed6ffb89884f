"""Seeded data of the benchmarks: simulated, and alike in every run."""

import numpy as np


def survival(n, kind, seed=20260101):
    """Times with about 30% censoring: continuous ("continuous") or whole days ("days")."""
    rng = np.random.default_rng([seed, n])
    event = rng.exponential(400.0, n)
    censoring = rng.uniform(100.0, 1500.0, n)
    time = np.minimum(event, censoring)
    if kind == "days":
        time = np.ceil(time)
    return time, event <= censoring


def rates(rows, seed=20260102):
    """Responders and patients of many groups of 10 to 500."""
    rng = np.random.default_rng([seed, rows])
    n = rng.integers(10, 501, rows)
    return rng.binomial(n, rng.random(rows)), n


def visits(n, kind, seed=20260103):
    """Returns of B cells in (last visit without, first visit with], inf if never seen."""
    rng = np.random.default_rng([seed, n])
    time = rng.weibull(2.0, n) * 150.0
    step = rng.uniform(20.0, 40.0, n)
    if kind == "days":
        step = np.round(step)
    k = np.floor(time / step)
    left, right = k * step, (k + 1) * step
    lost = rng.random(n) < 0.15
    return left, np.where(lost, np.inf, right)


def regression(n, p, kind, seed=20260104):
    """Times of `survival` whose hazard depends on p covariates, half of them with an effect."""
    rng = np.random.default_rng([seed, n, p])
    x = rng.standard_normal((n, p))
    effect = np.where(np.arange(p) % 2, 0.0, 0.2)
    event = rng.exponential(400.0, n) * np.exp(-x @ effect)
    censoring = rng.uniform(100.0, 1500.0, n)
    time = np.minimum(event, censoring)
    return np.ceil(time) if kind == "days" else time, event <= censoring, x


def scores(n, seed=20260104):
    """Scores of n pairs, or of two groups of n: continuous, with a small shift."""
    rng = np.random.default_rng([seed, n])
    return rng.normal(0.2, 1.0, n), rng.normal(0.0, 1.0, n)


def two_groups(rows, seed=20260104):
    """Responders and patients of two groups of 5 to 70, many times over."""
    rng = np.random.default_rng([seed, rows])
    n1, n2 = rng.integers(5, 71, (2, rows))
    return rng.binomial(n1, rng.random(rows)), n1, rng.binomial(n2, rng.random(rows)), n2


def competing(n, kind, seed=20260104):
    """Times with two causes and about a third censored, three groups and three covariates."""
    rng = np.random.default_rng([seed, n])
    X = np.column_stack([rng.normal(size=n), rng.random(n) < 0.4, rng.normal(size=n)])
    event = rng.exponential(400.0 * np.exp(-0.3 * X[:, 0]))
    censoring = rng.uniform(50.0, 1500.0, n)
    time = np.minimum(event, censoring)
    cause = np.where(event <= censoring, rng.integers(1, 3, n), 0)
    if kind == "days":
        time = np.ceil(time)
    return time, cause, rng.integers(0, 3, n), X.astype(float)


def counts(patients, visits=12, seed=20260105):
    """B cell counts of patients: gone by day 10, back after 50 to 300 days; limits of 1."""
    rng = np.random.default_rng([seed, patients])
    day = np.concatenate(([-7, 3], np.arange(14, 14 + 28 * (visits - 2), 28)))
    back = rng.uniform(50.0, 300.0, patients)
    number = np.repeat(np.arange(patients), visits)
    days = np.tile(day, patients).astype(float)
    level = rng.uniform(40.0, 200.0, len(days))
    count = np.where((days < 0) | (days >= back[number]), level, 0.0)
    return np.char.add("P", np.char.zfill(number.astype(str), 6)), days, count
