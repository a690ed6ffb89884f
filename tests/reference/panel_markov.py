"""Markov models of panel data by definition: exponentials by series, likelihoods by loops."""

import math
from itertools import pairwise

import numpy as np


def generator(intensity, transitions, states):
    """The matrix Q of intensities between states that are numbered from 0."""
    q = np.zeros((states, states))
    for rate, (a, b) in zip(intensity, transitions, strict=True):
        q[a, b] += rate
        q[a, a] -= rate
    return q


def exponential(matrix, terms=40):
    """exp of a matrix: Taylor's series of a part of it, squared."""
    halvings = max(0, math.ceil(math.log2(max(np.abs(matrix).sum(1).max(), 1e-300))) + 3)
    part = matrix / 2**halvings
    total, term = np.eye(len(matrix)), np.eye(len(matrix))
    for k in range(1, terms):
        term = term @ part / k
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return total


def expected_time(matrix, t, steps=2000):
    """The integral of exp(matrix u) for u from 0 to t, by Simpson's rule."""
    step = exponential(matrix * t / steps)
    total, now = np.zeros_like(matrix), np.eye(len(matrix))
    for k in range(steps + 1):
        total += now * (1 if k in (0, steps) else 4 if k % 2 else 2)
        now = now @ step
    return total * t / steps / 3


def loglik(intensity, rows, transitions, states, exact=(), sets=None, effects=None):
    """Of rows (patient, day, state, covariates) in order; state >= states is a set.

    effects: for each covariate a log hazard ratio for each transition, the intensities being those
    of covariates of 0.
    """
    total, known = 0.0, {}
    for before, after in pairwise(rows):
        if before[0] != after[0]:
            continue
        rates = np.array(intensity, float)
        for k, x in enumerate(before[3] if len(before) > 3 else ()):
            rates = rates * np.exp(np.asarray(effects[k]) * x)
        q = generator(rates, transitions, states)
        key = (after[1] - before[1], *before[3:])
        if key not in known:
            known[key] = exponential(q * key[0])
        p = known[key][before[2]]
        if after[2] >= states:
            chance = sum(p[s] for s in sets[after[2] - states])
        elif after[2] in exact:
            chance = sum(p[s] * q[s, after[2]] for s in range(states) if s != after[2])
        else:
            chance = p[after[2]]
        total += math.log(chance)
    return total
