"""The log-likelihood of a duration between two intervals, as the definition says it.

It is an average over onsets, one after the other.
"""

from math import erf, exp, inf, log, pi, sqrt

PARTS = 4000  # onsets, at the middle of equal parts


def survival(distribution, z):
    if distribution == "weibull":
        return exp(-exp(z))
    if distribution == "lognormal":
        return 0.5 * (1 - erf(z / sqrt(2)))
    return 1 / (1 + exp(z))


def density(distribution, z):
    if distribution == "weibull":
        return exp(z - exp(z))
    if distribution == "lognormal":
        return exp(-z * z / 2) / sqrt(2 * pi)
    return exp(z) / (1 + exp(z)) ** 2


def longer_than(distribution, mu, sigma, time):
    if time <= 0:
        return 1.0
    return 0.0 if time == inf else survival(distribution, (log(time) - mu) / sigma)


def probability(distribution, mu, sigma, onset_left, onset_right, recovery_left, recovery_right):
    width = onset_right - onset_left
    parts = 1 if width == 0 else PARTS
    total = 0.0
    for i in range(parts):
        onset = onset_left + width * (i + 0.5) / parts
        if recovery_left == recovery_right:
            time = recovery_left - onset
            total += density(distribution, (log(time) - mu) / sigma) / (sigma * time)
        else:
            total += longer_than(distribution, mu, sigma, recovery_left - onset)
            total -= longer_than(distribution, mu, sigma, recovery_right - onset)
    return total / parts


def loglik(distribution, mu, sigma, rows):
    return sum(log(probability(distribution, mu, sigma, *row)) for row in rows)
