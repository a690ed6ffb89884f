"""Expansion curves of a cohort, the slow obvious way: integrals over a grid of two parameters."""

import math

import numpy as np

from tests.reference.detection_limit import normal_lower

PARAMETERS = ("cmax", "tmax", "fold", "alpha", "slow_share", "beta")


def log_curve(day, theta):
    """Theta: logarithms of the parameters, the logit of the share (or no share and beta)."""
    peak, fold, alpha = math.exp(theta["tmax"]), theta["fold"], math.exp(theta["alpha"])
    since = day - peak
    if since < 0:
        return theta["cmax"] + fold * (day / peak - 1)
    if "beta" not in theta:
        return theta["cmax"] - alpha * since
    share = 1 / (1 + math.exp(-theta["slow_share"]))
    fast = (1 - share) * math.exp(-alpha * since)
    return theta["cmax"] + math.log(fast + share * math.exp(-math.exp(theta["beta"]) * since))


def density(rows, theta, sd):
    """Of one patient's (day, log copies or log limit, below)."""
    total = 1.0
    for day, value, below in rows:
        z = (value - log_curve(day, theta)) / sd
        total *= normal_lower(z) if below else math.exp(-z * z / 2) / (sd * math.sqrt(2 * math.pi))
    return total


def loglik(patients, theta, between, sd, steps=60, far=5.0):
    """Two parameters differ: `between` maps their names to standard deviations."""
    (one, w1), (two, w2) = between.items()
    width = 2 * far / steps
    grid = -far + (np.arange(steps) + 0.5) * width
    weight = np.exp(-(grid**2) / 2) * width / math.sqrt(2 * math.pi)
    total = 0.0
    for rows in patients:
        integral = 0.0
        for a, wa in zip(grid, weight, strict=True):
            for b, wb in zip(grid, weight, strict=True):
                own = {**theta, one: theta[one] + w1 * a, two: theta[two] + w2 * b}
                integral += wa * wb * density(rows, own, sd)
        total += math.log(integral)
    return total
