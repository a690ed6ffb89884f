"""The slow and obvious log-likelihood of a parametric distribution: its density, integrated."""

import math
from itertools import pairwise

import numpy as np

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def log_density(distribution, t, own):
    """Log density at times t > 0 by the textbook formulas; `own` as Parametric.parameters."""
    t = np.asarray(t, float)
    y = np.log(t)
    if distribution == "exponential":
        return np.log(own["rate"]) - own["rate"] * t
    if distribution == "weibull":
        k, scale = own["shape"], own["scale"]
        return np.log(k / scale) + (k - 1) * np.log(t / scale) - (t / scale) ** k
    if distribution == "lognormal":
        z = (y - own["meanlog"]) / own["sdlog"]
        return -0.5 * z * z - 0.5 * math.log(2 * math.pi) - np.log(own["sdlog"]) - y
    if distribution == "loglogistic":
        k, scale = own["shape"], own["scale"]
        return np.log(k / scale) + (k - 1) * np.log(t / scale) - 2 * np.log1p((t / scale) ** k)
    if distribution == "gamma":
        k, rate = own["shape"], own["rate"]
        return k * np.log(rate) + (k - 1) * y - rate * t - math.lgamma(k)
    if distribution == "gengamma":
        mu, sigma, q = own["mu"], own["sigma"], own["q"]
        w, k = (y - mu) / sigma, q**-2
        return (
            math.log(abs(q)) + k * math.log(k) - math.log(sigma) - y
            + k * (q * w - np.exp(q * w)) - math.lgamma(k)
        )  # fmt: skip
    shape, rate = own["shape"], own["rate"]
    return math.log(rate) + shape * t - rate / shape * np.expm1(shape * t)


def shifted(distribution, own, change):
    """The parameters of a patient whose location is that of X = 0 plus `change`."""
    own = dict(own)
    if distribution in ("exponential", "gamma"):
        own["rate"] *= math.exp(-change)
    elif distribution in ("weibull", "loglogistic"):
        own["scale"] *= math.exp(change)
    elif distribution == "gompertz":
        own["rate"] *= math.exp(change)
    else:
        own["meanlog" if distribution == "lognormal" else "mu"] += change
    return own


def probability(distribution, own, a, b):
    """P(a < T <= b) of those not cured, piece by piece on the scale of log time."""
    if b == math.inf:
        return 1 - probability(distribution, own, 0, a)
    low, high = math.log(a) if a > 0 else -60.0, math.log(b)
    edges = np.linspace(low, high, max(2, 4 + int(8 * (high - low))))
    total = 0.0
    for left, right in pairwise(edges):
        y = 0.5 * (right + left) + 0.5 * (right - left) * NODES
        total += (
            0.5
            * (right - left)
            * np.sum(WEIGHTS * np.exp(log_density(distribution, np.exp(y), own) + y))
        )
    return float(total)


def log_likelihood(distribution, own, rows, changes=None):
    """Sum over rows (left, right, entry, weight); `changes` are what covariates add to location."""
    total, cured = 0.0, own.get("cured", 0.0)
    changes = np.zeros(len(rows)) if changes is None else changes
    for (left, right, entry, weight), change in zip(rows, changes, strict=True):
        mine = shifted(distribution, own, change)
        if left == right:
            value = math.log1p(-cured) + float(log_density(distribution, left, mine))
        elif right == math.inf:
            p = 1 - probability(distribution, mine, 0, left) if left > 0 else 1.0
            value = math.log(cured + (1 - cured) * p)
        else:
            value = math.log((1 - cured) * probability(distribution, mine, left, right))
        if entry > 0:
            p = 1 - probability(distribution, mine, 0, entry)
            value -= math.log(cured + (1 - cured) * p)
        total += weight * value
    return total
