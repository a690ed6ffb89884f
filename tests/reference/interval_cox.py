"""Proportional hazards of interval-censored times, slow and obvious: EM for the hazards.

Each patient has a Poisson number of events in each interval, with the mean hazard times ratio; the
event came in the first interval with one (Wang, McMahan, Hudgens and Qureshi 2016). Coefficients by
trying.
"""

import numpy as np

from tests.reference import turnbull


def cells(left, right):
    """Return which of all intervals but the last each row holds, and which come before its own."""
    intervals, holds = turnbull.innermost(left, right)
    m = len(intervals) - 1
    first = holds.argmax(axis=1)
    before = np.arange(m) < first[:, None]
    seen = ~holds[:, m]
    within = holds[:, :m] & seen[:, None]
    return before, within, seen


def loglik(hazard, ratio, before, within, seen):
    """Return the log-likelihood."""
    total = -ratio @ (before @ hazard)
    return float(total + np.log(-np.expm1(-(ratio * (within @ hazard))[seen])).sum())


def profile(left, right, X, coef, most=20_000, gap=1e-11):
    """Return the largest log-likelihood over all hazards, and the hazards."""
    before, within, seen = cells(left, right)
    ratio = np.exp(np.asarray(X, float).reshape(len(seen), -1) @ np.atleast_1d(coef))
    hazard = np.full(before.shape[1], 1.0)
    exposed = ratio @ (before | within)
    for _ in range(most):
        inside = -np.expm1(-ratio * (within @ hazard))
        expected = (ratio * seen / np.where(seen, inside, 1)) @ within
        new = hazard * expected / exposed
        done = np.abs(new - hazard).max() < gap * new.max()
        hazard = new
        if done:
            break
    return loglik(hazard, ratio, before, within, seen), hazard


def fit(left, right, x, low=-4.0, high=4.0, steps=40):
    """Return the coefficient of one covariate by golden sections, and the log-likelihood there."""
    golden = (np.sqrt(5) - 1) / 2
    inner, outer = high - golden * (high - low), low + golden * (high - low)
    at_inner, at_outer = (profile(left, right, x, b)[0] for b in (inner, outer))
    for _ in range(steps):
        if at_inner > at_outer:
            high, outer, at_outer = outer, inner, at_inner
            inner = high - golden * (high - low)
            at_inner = profile(left, right, x, inner)[0]
        else:
            low, inner, at_inner = inner, outer, at_outer
            outer = low + golden * (high - low)
            at_outer = profile(left, right, x, outer)[0]
        if high - low < 1e-6:
            break
    best = (low + high) / 2
    return best, profile(left, right, x, best)[0]
