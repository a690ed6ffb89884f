"""Actual coverage of rate limits and size of tests: counts enumerated, regressions simulated.

python tools/coverage_incidence.py [ROUNDS]
"""

import math
import sys

import numpy as np
from immunoreset import survival
from immunoreset.errors import InputError

INTERVALS = ("garwood", "mid-p", "blaker", "score", "byar", "jeffreys", "likelihood")
METHODS = ("conditional", "conditional-mid-p", "conditional-minlike", "conditional-blaker", "score")


def poisson(most, mean):
    """Return the probabilities of 0..most."""
    k = np.arange(most + 1)
    return np.exp(k * math.log(mean) - mean - np.array([math.lgamma(j + 1) for j in k]))


def one_rate(n):
    """Print mean and least coverage, n patients with 0.05 to 2 events each."""
    means = n * np.linspace(0.05, 2, 79)
    most = int(4 * means[-1] + 30)
    counts = np.arange(most + 1)
    for interval in INTERVALS:
        r = survival.incidence(counts, 1.0, interval=interval)
        covered = [poisson(most, m)[(r.low <= m) & (m <= r.high)].sum() for m in means]
        print(f"{interval:12s} n = {n:2d}: {np.mean(covered):.3f} / {np.min(covered):.3f}")


def two_rates(n):
    """Print mean and largest size of tests of a ratio: n patients an arm, 0.1 to 2 events each."""
    means = n * np.linspace(0.1, 2, 20)
    most = int(2 * means[-1] + 40)
    x1, x2 = np.meshgrid(np.arange(most + 1), np.arange(most + 1))
    for method in METHODS:
        p = survival.incidence_contrast(x1, 1.0, x2, 1.0, method=method).pvalue
        sizes = [poisson(most, m) @ (p <= 0.05) @ poisson(most, m) for m in means]
        print(f"{method:20s} n = {n:2d}: {np.mean(sizes):.3f} / {np.max(sizes):.3f}")


def difference(n):
    """Print size of the test of a difference, and coverage at half the rate in one arm."""
    means = n * np.linspace(0.1, 2, 20)
    most = int(2 * means[-1] + 40)
    x1, x2 = np.meshgrid(np.arange(most + 1), np.arange(most + 1), indexing="ij")
    r = survival.incidence_contrast(x1, 1.0, x2, 1.0, measure="difference")
    sizes = [poisson(most, m) @ (r.pvalue <= 0.05) @ poisson(most, m) for m in means]
    held = [
        poisson(most, m / 2) @ ((r.low <= -m / 2) & (-m / 2 <= r.high)) @ poisson(most, m)
        for m in means
    ]
    print(
        f"difference           n = {n:2d}: {np.mean(sizes):.3f} / {np.max(sizes):.3f}, "
        f"coverage {np.mean(held):.3f} / {np.min(held):.3f}"
    )


def before_after(n, chosen, rounds):
    """Print how often a treatment without effect is found to lessen relapses, a year on each side.

    Rates are gamma distributed with mean 1 and shape 2; chosen: patients with so many relapses in
    the year before. Also the mean of the relapses after, and of those that regression expects.
    """
    rng = np.random.default_rng(n)
    fallen, after, expected = 0, 0, 0
    for _ in range(rounds):
        rate = rng.gamma(2, 0.5, 60 * n)
        before = rng.poisson(rate)
        who = np.flatnonzero(before >= chosen)[:n]
        year, y = np.ones(n), rng.poisson(rate[who])
        r = survival.incidence_before_after(before[who], year, y, year, mean=1.0, theta=2.0)
        fallen += r.pvalue <= 0.05 and r.ratio < 1
        after += y.sum()
        expected += r.expected
    print(
        f"before-after n = {n:2d}, at least {chosen} before: fall found {fallen / rounds:.3f}, "
        f"after {after / rounds:.2f}, expected {expected / rounds:.2f}"
    )


def regression(n, theta, rounds):
    """Print how often limits of a rate ratio of 0.5 hold it, n patients in all."""
    rng = np.random.default_rng(n)
    arm = np.arange(n) % 2
    ways = {
        "poisson profile": {"family": "poisson"},
        "poisson HC1": {"family": "poisson", "variance": "HC1"},
        "quasi-poisson profile": {"family": "quasi-poisson"},
        "nb wald": {"interval": "wald"},
        "nb profile-fixed-theta": {"interval": "profile-fixed-theta"},
        "nb profile": {},
    }
    held = dict.fromkeys(ways, 0)
    drawn = 0
    for _ in range(rounds):
        years = rng.uniform(0.5, 2, n)
        rate = rng.gamma(theta, 1 / theta, n) if math.isfinite(theta) else np.ones(n)
        y = rng.poisson(2 * rate * years * 0.5**arm)
        if not y.any():
            continue
        drawn += 1
        for name, options in ways.items():
            try:
                fit = survival.rate_regression(y, arm, exposure=years, **options)
            except InputError:
                continue
            held[name] += fit.low[1] <= math.log(0.5) <= fit.high[1]
    for name, count in held.items():
        print(f"{name:24s} n = {n:2d}, theta = {theta}: {count / drawn:.3f}")


if __name__ == "__main__":
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for size in (8, 15, 30):
        one_rate(size)
    for size in (8, 15, 30):
        two_rates(size)
        difference(size)
        for at_least in (0, 1, 2):
            before_after(size, at_least, replicates)
    for size in (8, 15, 30):
        for shape in (1.0, math.inf):
            regression(size, shape, replicates)
