"""Tests of interval-censored times by definition: models in which eta moves the curve.

The score of a row is the derivative of the logarithm of its probability in eta, at 0; the
information is minus the matrix of second derivatives. Both are taken by finite differences.
"""

from itertools import combinations

import numpy as np

from tests.reference import turnbull


def moved(survival, eta, model):
    """Return the curve after each interval under a shift of eta; positive is sooner."""
    survival = np.asarray(survival, float)
    if model == "finkelstein":  # proportional hazards
        return survival ** np.exp(eta)
    if model == "wilcoxon":  # proportional odds
        return survival / (survival + np.exp(eta) * (1 - survival))
    # Sun: proportional odds of the hazard at each interval (Cox 1972)
    before = np.concatenate(([1.0], survival[:-1]))
    hazard = np.where(before > 0, 1 - survival / np.where(before > 0, before, 1), 1)
    return np.cumprod((1 - hazard) / (1 - hazard + hazard * np.exp(eta)))


def log_probabilities(survival, eta, model, first, end):
    """Return the logarithm of each row's probability, each with its own eta."""
    found = []
    for shift, i, j in zip(eta, first, end, strict=True):
        curve = np.concatenate(([1.0], moved(survival, shift, model)))
        found.append(np.log(curve[i] - curve[j]))
    return np.array(found)


def pooled(left, right):
    """Return the curve after each interval with mass, and the range of intervals of each row."""
    _, mass, _ = turnbull.npmle(left, right)
    _, holds = turnbull.innermost(left, right)
    kept = mass > 1e-9
    mass, holds = mass[kept] / mass[kept].sum(), holds[:, kept]
    first = holds.argmax(axis=1)
    survival = 1 - np.cumsum(mass)
    survival[-1] = 0
    return survival, first, first + holds.sum(axis=1)


def scores(left, right, model, step=1e-5):
    """Return the score of each row."""
    survival, first, end = pooled(left, right)
    ones = np.ones(len(first))
    up = log_probabilities(survival, step * ones, model, first, end)
    down = log_probabilities(survival, -step * ones, model, first, end)
    return (up - down) / (2 * step)


def permutation_z(score, second, stratum=None):
    """Return the excess of the second group over its permutation standard deviation."""
    second = np.asarray(second, float)
    stratum = np.zeros(len(second)) if stratum is None else np.asarray(stratum)
    excess, variance = 0.0, 0.0
    for layer in np.unique(stratum):
        c, z = score[stratum == layer], second[stratum == layer]
        excess += z @ c
        if len(c) > 1:
            variance += np.sum((c - c.mean()) ** 2) / (len(c) - 1) * np.sum((z - z.mean()) ** 2)
    return excess / np.sqrt(variance)


def exact_pvalue(score, second, alternative="two-sided"):
    """Return the share of deals of the labels that are as extreme."""
    second = np.asarray(second)
    seen = score[second == 1].sum()
    sums = np.array(
        [score[list(rows)].sum() for rows in combinations(range(len(score)), second.sum())]
    )
    least = 1e-9 * np.abs(score).sum()
    if alternative == "greater":
        return np.mean(sums >= seen - least)
    if alternative == "less":
        return np.mean(sums <= seen + least)
    return np.mean(np.abs(sums) >= abs(seen) - least)


def information(left, right, z, model, step=2e-4):
    """Return the excess of each column of z, and its information given the curve."""
    survival, first, end = pooled(left, right)
    z = np.asarray(z, float).reshape(len(first), -1)
    k, m = z.shape[1], len(survival) - 1

    def loglik(unknowns):
        curve = np.append(unknowns[k:], 0.0)
        return log_probabilities(curve, z @ unknowns[:k], model, first, end).sum()

    at = np.concatenate((np.zeros(k), survival[:-1]))
    # steps of the curve are small against its smallest fall
    falls = -np.diff(np.concatenate(([1.0], survival)))
    steps = np.concatenate((np.full(k, step), np.full(m, step * falls.min())))
    hessian = np.zeros((k + m, k + m))
    for i in range(k + m):
        for j in range(i + 1):
            total = 0.0
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                there = at.copy()
                there[i] += a * steps[i]
                there[j] += b * steps[j]
                total += a * b * loglik(there)
            hessian[i, j] = hessian[j, i] = total / (4 * steps[i] * steps[j])
    inner = -hessian
    given = inner[:k, :k]
    if m > 0:
        given = given - inner[:k, k:] @ np.linalg.solve(inner[k:, k:], inner[k:, :k])
    return z.T @ scores(left, right, model), given
