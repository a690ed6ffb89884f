"""State occupation the slow and obvious way: matrices, and patients weighed by hand."""

import math
from itertools import pairwise

import numpy as np


def histories(patient, time, event, entry, initial):
    """Return for each patient a list of stretches (start, stop, state, next or None)."""
    found = {}
    for who in sorted(set(patient)):
        rows = sorted(i for i in range(len(patient)) if patient[i] == who)
        rows.sort(key=lambda i: time[i])
        state, stretches = initial[rows[0]], []
        start = -math.inf if entry is None else entry[rows[0]]
        for i in rows:
            goes = event[i] is not None and event[i] != state
            if goes or i == rows[-1]:
                stretches.append((start, time[i], state, event[i] if goes else None))
                start = time[i]
            if goes:
                state = event[i]
        found[who] = stretches
    return found


def times(found):
    return sorted({stop for stretches in found.values() for _, stop, _, _ in stretches})


def changes(found):
    return sorted({b for s in found.values() for _, b, _, to in s if to is not None})


def at_risk(found, state, t):
    return sum(a < t <= b and s == state for one in found.values() for a, b, s, _ in one)


def start_of(found, states, weight):
    """Shares of those who come before the first change."""
    first = min(changes(found), default=math.inf)
    begin = {who: s[0] for who, s in found.items() if s[0][0] < first}
    total = sum(weight[who] for who in begin)
    return np.array(
        [sum(weight[w] for w, s in begin.items() if s[2] == state) / total for state in states]
    )


def matrix(found, states, weight, t):
    """The matrix of the transitions at t, patients counted by their weights; and its Greenwood
    covariances, one for each row."""
    m, spread = np.eye(len(states)), []
    for h, state in enumerate(states):
        there = [
            (weight[who], to if b == t else None)
            for who, one in found.items()
            for a, b, s, to in one
            if s == state and a < t <= b
        ]
        risk = sum(w for w, _ in there)
        if any(to is not None for _, to in there):
            m[h] = [
                sum(w for w, to in there if (state if to is None else to) == k) / risk
                for k in states
            ]
        spread.append((np.diag(m[h]) - np.outer(m[h], m[h])) / max(risk, 1e-300))
    return m, spread


def occupation(found, states, at, weight=None, start=None, since=-math.inf):
    """Shares of the states at `at`."""
    weight = weight or dict.fromkeys(found, 1.0)
    p = start_of(found, states, weight) if start is None else np.array(start, float)
    for t in changes(found):
        if since < t <= at:
            p = p @ matrix(found, states, weight, t)[0]
    return p


def greenwood(found, states, at, start=None, since=-math.inf):
    """Variances of the shares: what each change adds, carried on by the product after it."""
    weight = dict.fromkeys(found, 1.0)
    when = [t for t in changes(found) if since < t <= at]
    steps = [matrix(found, states, weight, t) for t in when]
    after = [np.eye(len(states))]
    for m, _ in reversed(steps):
        after.append(m @ after[-1])
    after.reverse()
    if start is None:
        p = start_of(found, states, weight)
        first = min(changes(found), default=math.inf)
        n = sum(s[0][0] < first for s in found.values())
        total = after[0].T @ ((np.diag(p) - np.outer(p, p)) / n) @ after[0]
    else:
        p, total = np.array(start, float), np.zeros((len(states),) * 2)
    for k, (m, spread) in enumerate(steps):
        for h in range(len(states)):
            total = total + p[h] ** 2 * after[k + 1].T @ spread[h] @ after[k + 1]
        p = p @ m
    return np.diag(total)


def jackknife(found, value, step=1e-5):
    """Sum of squares of the derivatives of value(weight) by each patient's weight."""
    total = 0
    for who in found:
        turned = []
        for by in (step, -step):
            weight = dict.fromkeys(found, 1.0)
            weight[who] += by
            turned.append(value(weight))
        total = total + ((turned[0] - turned[1]) / (2 * step)) ** 2
    return total


def time_in(found, states, tau, weight=None):
    """The areas under the shares up to tau."""
    grid = [0.0, *[t for t in changes(found) if 0 < t < tau], tau]
    return sum((b - a) * occupation(found, states, a, weight) for a, b in pairwise(grid))
