"""Regression of counts by definition: log-likelihoods, and their slopes by differences."""

import math

import numpy as np


def means(beta, x, exposure):
    design = np.column_stack([np.ones(len(exposure)), x])
    return np.asarray(exposure) * np.exp(design @ np.asarray(beta, float))


def loglik(beta, theta, y, x, exposure):
    """Negative binomial with variance mean + mean^2 / theta; theta = inf is Poisson."""
    total = 0.0
    for count, mean in zip(y, means(beta, x, exposure), strict=True):
        total -= math.lgamma(count + 1)
        if math.isinf(theta):
            total += count * math.log(mean) - mean
        else:
            total += math.lgamma(count + theta) - math.lgamma(theta)
            total += theta * math.log(theta / (theta + mean))
            total += count * math.log(mean / (theta + mean))
    return total


def gradient(beta, theta, y, x, exposure, step=1e-5):
    """Slope in each coefficient, and in log theta unless theta is infinite."""
    slopes = []
    for unit in np.eye(len(beta)) * step:
        up = loglik(np.add(beta, unit), theta, y, x, exposure)
        down = loglik(np.subtract(beta, unit), theta, y, x, exposure)
        slopes.append((up - down) / (2 * step))
    if not math.isinf(theta):
        up = loglik(beta, theta * math.exp(step), y, x, exposure)
        down = loglik(beta, theta * math.exp(-step), y, x, exposure)
        slopes.append((up - down) / (2 * step))
    return np.array(slopes)


def sandwich(beta, y, x, exposure, clusters):
    """Robust covariance of a Poisson fit, without a correction."""
    design = np.column_stack([np.ones(len(exposure)), x])
    mean = means(beta, x, exposure)
    bread = np.linalg.inv(design.T @ (design * mean[:, None]))
    scores = design * (np.asarray(y) - mean)[:, None]
    sums = np.array([scores[clusters == c].sum(0) for c in np.unique(clusters)])
    return bread @ sums.T @ sums @ bread
