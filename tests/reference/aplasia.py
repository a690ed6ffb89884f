"""A duration between two intervals, as the definitions say it.

The parametric log-likelihood is an average over onsets, one after the other; the nonparametric
estimate is found by expectation and maximisation over single days.
"""

from itertools import combinations
from math import erf, exp, inf, lgamma, log, pi, sqrt

PARTS = 2000  # of an onset, equal, with two points of Gauss in each
POINTS = (0.5 - 0.5 / sqrt(3), 0.5 + 0.5 / sqrt(3))


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


def gamma_survival(mean, sigma, time):
    """Return 1 less the power series of the incomplete gamma function."""
    k = 1 / sigma**2
    x = k * time / mean
    term = total = exp(k * log(x) - x - lgamma(k + 1))
    if term == 0:  # below all numbers: nearly all or nothing is left
        return 0.0 if x > k else 1.0
    n = 0
    while term > 1e-17 * total or n < x - k:
        n += 1
        term *= x / (k + n)
        total += term
    return 1 - total


def gamma_density(mean, sigma, time):
    """Return the density in the logarithm of the time."""
    k = 1 / sigma**2
    x = k * time / mean
    return exp(k * log(x) - x - lgamma(k))


def longer_than(distribution, mu, sigma, time):
    if time <= 0:
        return 1.0
    if distribution == "gamma":
        return 0.0 if time == inf else gamma_survival(exp(mu), sigma, time)
    return 0.0 if time == inf else survival(distribution, (log(time) - mu) / sigma)


def probability(distribution, mu, sigma, onset_left, onset_right, recovery_left, recovery_right):
    width = onset_right - onset_left
    parts = 1 if width == 0 else PARTS // 10 if distribution == "gamma" else PARTS
    points = [i + point for i in range(parts) for point in POINTS]
    total = 0.0
    for point in points:
        onset = onset_left + width * point / parts
        if recovery_left == recovery_right:
            time = recovery_left - onset
            if distribution == "gamma":
                total += gamma_density(exp(mu), sigma, time) / time
                continue
            total += density(distribution, (log(time) - mu) / sigma) / (sigma * time)
        else:
            total += longer_than(distribution, mu, sigma, recovery_left - onset)
            total -= longer_than(distribution, mu, sigma, recovery_right - onset)
    return total / len(points)


def loglik(distribution, mu, sigma, rows):
    return sum(log(probability(distribution, mu, sigma, *row)) for row in rows)


# --- nonparametric, on whole days; a row is onset_left, onset_right, recovery_left, recovery_right


def onset_days(row):
    return [row[1]] if row[0] == row[1] else list(range(row[0] + 1, row[1] + 1))


def durations(row, onset, longest):
    """Return the days of duration that an onset leaves; longest + 1 stands for all longer ones."""
    if row[2] == row[3]:
        return [row[2] - onset]
    last = longest + 1 if row[3] == inf else row[3] - onset
    return list(range(row[2] - onset + 1, last + 1))


def expectation_maximisation(rows, estimate_onset, rounds):
    """Return the masses of duration days, those of onset days, and the log-likelihood."""
    longest = max((row[2] if row[3] == inf else row[3]) - row[0] for row in rows)
    days = sorted({day for row in rows for day in onset_days(row)})
    onset = dict.fromkeys(days, 1 / len(days))
    mass = [1 / (longest + 2)] * (longest + 2)
    loglik = -inf
    for _ in range(rounds):
        loglik, new_mass, new_onset = 0.0, [0.0] * len(mass), dict.fromkeys(days, 0.0)
        for row in rows:
            own = onset_days(row)
            joint = {
                (day, t): (onset[day] if estimate_onset else 1 / len(own)) * mass[t]
                for day in own
                for t in durations(row, day, longest)
            }
            p = sum(joint.values())
            loglik += log(p)
            for (day, t), share in joint.items():
                new_mass[t] += share / p / len(rows)
                new_onset[day] += share / p / len(rows)
        mass, onset = new_mass, new_onset
    return mass, onset, loglik


def scores(rows, mass):
    """Return of each row the derivative of log P in the logarithm of its hazard."""
    longest = max((row[2] if row[3] == inf else row[3]) - row[0] for row in rows)
    after = [sum(mass[t:]) for t in range(len(mass))] + [0.0]
    found = []
    for row in rows:
        change = p = 0.0
        for day in onset_days(row):
            t = durations(row, day, longest)
            high, low = after[t[0]], after[t[-1] + 1]
            change += sum(sign * s * log(s) for sign, s in ((1, high), (-1, low)) if s > 1e-12)
            p += high - low
        found.append(change / p)
    return found


def permutation_pvalue(score, second):
    """Return the two-sided p-value over all ways to choose the second group."""
    # masses are good to 1e-8, and x log x of such a one is 2e-7
    n, observed = len(score), abs(sum(score[i] for i in second))
    sums = [abs(sum(score[i] for i in chosen)) for chosen in combinations(range(n), len(second))]
    return sum(value >= observed - 1e-6 for value in sums) / len(sums)
