"""Pooled rates by definition: the mixed model on a fine grid, Q and the likelihoods in full."""

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


def restricted_loglik(tau2, y, v):
    """Restricted log-likelihood of a common mean, up to a constant."""
    w = 1 / (v + tau2)
    mean = np.sum(w * y) / w.sum()
    return 0.5 * (np.log(w).sum() - np.log(w.sum()) - np.sum(w * (y - mean) ** 2))
