"""The parametric form of B cell return by definition: sums over time, a grid of parameters."""

import math
from statistics import NormalDist

import numpy as np

_NORMAL = np.vectorize(NormalDist().cdf)


def cdf(distribution, z):
    """Return the distribution function of W."""
    z = np.clip(z, -600, 600)
    if distribution == "weibull":
        return -np.expm1(-np.exp(np.minimum(z, 6.5)))
    return _NORMAL(z) if distribution == "lognormal" else 1 / (1 + np.exp(-z))


def rows_of(left, right, competing, unseen):
    """Return between which times each return lies, events, and the days followed, by the rules."""
    times, events, followed = [], 0, 0.0
    for start, r, c in zip(left, right, competing, strict=True):
        if math.isfinite(r) and r <= c:
            times.append((start, r))
            followed += r
        elif math.isfinite(c):
            last = c if unseen == "competing" else start
            end = c if unseen == "return" and start < c else math.inf
            times.append((last, end))
            events += 1
            followed += c
        else:
            times.append((start, math.inf))
            followed += start
    return times, events, followed


def loglik(distribution, rows, mu, sigma, rate):
    """Return the log-likelihood; of rows without exact returns."""
    times, events, followed = rows
    from_, to = (np.array(column) for column in zip(*times, strict=True))
    with np.errstate(divide="ignore"):
        lower = np.where(from_ > 0, cdf(distribution, (np.log(from_) - mu) / sigma), 0)
        upper = np.where(np.isfinite(to), cdf(distribution, (np.log(to) - mu) / sigma), 1)
        total = np.log(upper - lower).sum()
    return total + (events * math.log(rate) if events else 0) - rate * followed


def share(distribution, mu, sigma, rate, time):
    """Return the share with a return up to a time, by a sum over the time to return."""
    grid = np.concatenate((np.linspace(-46, 10, 6_000), [40.0]))
    grid = np.minimum(grid, (math.log(time) - mu) / sigma)
    mass = np.diff(cdf(distribution, grid))
    middle = np.exp(np.minimum(mu + sigma * (grid[:-1] + grid[1:]) / 2, 600))
    return float((mass * np.exp(-rate * middle)).sum())


def grid_limits(distribution, rows, time, start, drop, points=40):
    """Return the least and the largest share on a grid whose log-likelihood is within `drop`.

    The grid is over (mu, log sigma, log rate) round `start`, and is drawn in on what is compatible.
    The best log-likelihood is the second answer.
    """
    centre = np.array(start, float)
    width = np.array([2.0, 1.2, 2.5])
    best = -math.inf
    for _ in range(3):
        axes = [np.linspace(c - w, c + w, points) for c, w in zip(centre, width, strict=True)]
        inside = []
        for mu in axes[0]:
            for log_sigma in axes[1]:
                if not math.log(0.05) <= log_sigma <= math.log(4):
                    continue
                of_times = loglik(distribution, (rows[0], 0, 0), mu, math.exp(log_sigma), 0)
                for log_rate in axes[2]:
                    rate = math.exp(log_rate)
                    value = of_times + rows[1] * log_rate - rate * rows[2]
                    inside.append((value, mu, log_sigma, log_rate))
        inside = np.array(inside)
        best = max(best, inside[:, 0].max())
        kept = inside[inside[:, 0] >= best - drop]
        low, high = kept[:, 1:].min(axis=0), kept[:, 1:].max(axis=0)
        step = 2 * width / (points - 1)
        centre, width = (low + high) / 2, (high - low) / 2 + step
    shares = [share(distribution, m, math.exp(s), math.exp(r), time) for _, m, s, r in kept]
    return min(shares), max(shares), best
