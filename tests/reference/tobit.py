"""Tobit regression, the slow obvious way: the log-likelihood row by row."""

import math

import numpy as np

from tests.reference.detection_limit import normal_lower


def loglik(coef, sd, low, high, x):
    total = 0.0
    for a, b, row in zip(low, high, np.atleast_2d(x), strict=True):
        fitted = coef[0] + float(np.dot(coef[1:], row))
        p, q = (a - fitted) / sd, (b - fitted) / sd
        if a == b:
            total += -p * p / 2 - math.log(sd) - math.log(2 * math.pi) / 2
        else:
            p, q = (-q, -p) if p > 0 else (p, q)
            total += math.log(normal_lower(q) - normal_lower(p))
    return total


def gradient(coef, sd, low, high, x, step=1e-5):
    """Numerical derivatives in the coefficients and log sd."""
    point = np.array([*coef, math.log(sd)])

    def at(theta):
        return loglik(theta[:-1], math.exp(theta[-1]), low, high, x)

    steps = step * np.eye(len(point))
    return np.array([(at(point + e) - at(point - e)) / (2 * step) for e in steps])
