"""Tobit regression with patient effects, the slow way: a sum over a fine grid of the effect."""

import math

import numpy as np

from tests.reference.detection_limit import normal_lower

GRID = np.linspace(-10, 10, 4001)  # of the effect, in standard deviations


def row_probability(a, b, mean, sd):
    """Return density or probability of one row, for a mean at each point of the grid."""
    p, q = (a - mean) / sd, (b - mean) / sd
    if a == b:
        return np.exp(-p * p / 2) / (sd * math.sqrt(2 * math.pi))
    left = np.array([-q if m > 0 else p for m, p, q in zip(p + q, p, q, strict=True)])
    right = np.array([-p if m > 0 else q for m, p, q in zip(p + q, p, q, strict=True)])
    lower = np.vectorize(normal_lower)
    return lower(right) - lower(left)


def loglik(coef, sd, patient_sd, low, high, patient, x):
    """Return the marginal log-likelihood: patient by patient the integral over the effect."""
    patient, x = np.asarray(patient), np.reshape(x, (len(low), -1))
    density = np.exp(-GRID * GRID / 2) / math.sqrt(2 * math.pi)
    total = 0.0
    for label in np.unique(patient):
        product = density.copy()
        for i in np.flatnonzero(patient == label):
            mean = coef[0] + float(np.dot(coef[1:], x[i])) + patient_sd * GRID
            product = product * row_probability(low[i], high[i], mean, sd)
        total += math.log(product.sum() * (GRID[1] - GRID[0]))
    return total


def gradient(coef, sd, patient_sd, low, high, patient, x, step=1e-4):
    """Numerical derivatives in the coefficients, log sd and patient_sd."""
    point = np.array([*coef, math.log(sd), patient_sd])

    def at(theta):
        return loglik(theta[:-2], math.exp(theta[-2]), theta[-1], low, high, patient, x)

    steps = step * np.eye(len(point))
    return np.array([(at(point + e) - at(point - e)) / (2 * step) for e in steps])


def closed_form(coef, sd, patient_sd, y, patient, x):
    """Return the log-likelihood without limits: normal, with covariance sd^2 I + patient_sd^2 J."""
    patient, x = np.asarray(patient), np.reshape(x, (len(y), -1))
    total = 0.0
    for label in np.unique(patient):
        rows = patient == label
        away = np.asarray(y)[rows] - coef[0] - x[rows] @ np.asarray(coef[1:])
        covariance = sd**2 * np.eye(rows.sum()) + patient_sd**2
        sign, logarithm = np.linalg.slogdet(2 * math.pi * covariance)
        assert sign > 0
        total -= (logarithm + away @ np.linalg.solve(covariance, away)) / 2
    return total


def modes(coef, sd, patient_sd, low, high, patient, x):
    """Return the most likely effect of each patient, to the step of a finer and finer grid."""
    patient, x = np.asarray(patient), np.reshape(x, (len(low), -1))
    found = []
    for label in np.unique(patient):
        rows = np.flatnonzero(patient == label)
        center, reach = 0.0, 10.0
        for _ in range(12):
            u = np.linspace(center - reach, center + reach, 41)
            value = -u * u / 2
            for i in rows:
                mean = coef[0] + float(np.dot(coef[1:], x[i])) + patient_sd * u
                probability = row_probability(low[i], high[i], mean, sd)
                value = value + np.log(np.maximum(probability, 1e-300))
            center, reach = u[np.argmax(value)], reach / 10
        found.append(patient_sd * center)
    return np.array(found)
