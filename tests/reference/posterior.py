"""Beta posteriors by definition: exact fractions for whole shapes, fine sums for the others."""

from fractions import Fraction
from math import comb, factorial

import numpy as np


def beta_function(a, b):
    """B(a, b) of whole shapes."""
    return Fraction(factorial(a - 1) * factorial(b - 1), factorial(a + b - 1))


def above(a, b, p0):
    """P(X > p0) of Beta(a, b), whole shapes: at most a - 1 successes in a + b - 1 trials."""
    p0, n = Fraction(p0), a + b - 1
    return sum(comb(n, k) * p0**k * (1 - p0) ** (n - k) for k in range(a))


def greater(a, b, c, d):
    """P(X > Y) of Beta(a, b) and Beta(c, d), whole shapes: the integral term by term."""
    n = c + d - 1
    return sum(
        comb(n, k) * beta_function(a + k, b + n - k) / beta_function(a, b) for k in range(c, n + 1)
    )


def predictive(a, b, m):
    """P(y of m), whole shapes."""
    return [
        comb(m, y) * beta_function(a + y, b + m - y) / beta_function(a, b) for y in range(m + 1)
    ]


def success(a, b, m, p0, threshold):
    """Sum of the predictive probabilities of all totals that would convince."""
    return sum(
        p
        for y, p in enumerate(predictive(a, b, m))
        if above(a + y, b + m - y, p0) > Fraction(threshold)
    )


def greater_by_grid(a, b, c, d, margin, nodes=200_000):
    """P(X > Y + margin) from two distribution functions on a grid of log-odds."""
    t = np.linspace(-80, 80, nodes)
    x = 1 / (1 + np.exp(-t))
    log_rest = -np.logaddexp(0, t)
    cumulative = []
    for shape in ((a, b), (c, d)):
        log_density = -shape[0] * np.logaddexp(0, -t) + shape[1] * log_rest
        density = np.exp(log_density - log_density.max())
        cumulative.append(np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)]))
        cumulative[-1] /= cumulative[-1][-1]
    below = np.interp(x - margin, x, cumulative[1], left=0, right=1)
    return float(np.sum(np.diff(cumulative[0]) * (below[1:] + below[:-1]) / 2))
