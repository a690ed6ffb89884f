"""Pooled rates by definition: the mixed model on a fine grid, Q and the likelihoods in full."""

from math import exp, lgamma

import numpy as np


def mixed_loglik(mean, deviation, events, n, nodes):
    """Binomial-normal log-likelihood by adaptive Gauss-Hermite, the mode found on a fine grid."""
    t, w = np.polynomial.hermite.hermgauss(nodes)
    grid, total = np.linspace(-12, 12, 2_400_001), 0.0
    for x, of in zip(events, n, strict=True):

        def log_integrand(z, x=x, of=of):
            eta = mean + deviation * z
            return -x * np.logaddexp(0, -eta) - (of - x) * np.logaddexp(0, eta) - z * z / 2

        mode = grid[np.argmax(log_integrand(grid))]
        for _ in range(3):  # from the grid to the last digit
            rate = 1 / (1 + np.exp(-(mean + deviation * mode)))
            slope = deviation * (x - of * rate) - mode
            mode += slope / (1 + deviation**2 * of * rate * (1 - rate))
        rate = 1 / (1 + np.exp(-(mean + deviation * mode)))
        scale = (2 / (1 + deviation**2 * of * rate * (1 - rate))) ** 0.5
        terms = np.exp(log_integrand(mode + scale * t) + t * t) * w
        total += np.log(scale * terms.sum() / (2 * np.pi) ** 0.5)
    return total


def restricted_loglik(tau2, y, v, full=False):
    """Restricted (or full) log-likelihood of a common mean, up to a constant."""
    w = 1 / (v + tau2)
    mean = np.sum(w * y) / w.sum()
    price = 0 if full else np.log(w.sum())
    return 0.5 * (np.log(w).sum() - price - np.sum(w * (y - mean) ** 2))


def integrated_loglik(mean, deviation, events, n):
    """Binomial-normal log-likelihood, each integral a fine sum of equal steps."""
    z, step = np.linspace(-14, 14, 400_001, retstep=True)
    eta = mean + deviation * z
    density = -z * z / 2 - 0.5 * np.log(2 * np.pi)
    total = 0.0
    for x, of in zip(events, n, strict=True):
        log_rate, log_rest = -np.logaddexp(0, -eta), -np.logaddexp(0, eta)
        total += np.log(np.exp(x * log_rate + (of - x) * log_rest + density).sum() * step)
    return total


def beta_loglik(mean, correlation, events, n):
    """Beta-binomial log-likelihood by its beta functions, for a correlation above 0."""
    rate = 1 / (1 + exp(-mean))
    a = rate * (1 / correlation - 1)
    b = (1 - rate) * (1 / correlation - 1)
    start = lgamma(a) + lgamma(b) - lgamma(a + b)
    return sum(
        lgamma(a + x) + lgamma(b + of - x) - lgamma(a + b + of) - start
        for x, of in zip(events, n, strict=True)
    )


def peak(loglik, start, reach, rounds=70):
    """Return the highest point of a function of two parameters by a grid that shrinks."""
    centre, reach = np.array(start, float), np.array(reach, float)
    steps = np.linspace(-1, 1, 7)
    for _ in range(rounds):
        grid = [(centre[0] + a * reach[0], centre[1] + b * reach[1]) for a in steps for b in steps]
        centre = np.array(max(grid, key=lambda at: loglik(*at)))
        reach = reach * 0.7
    return centre
