"""Logistic regression by definition: the penalised likelihood, its slope, a grid of profiles."""

import numpy as np


def penalized(beta, event, x, firth=True):
    """Log-likelihood, plus half the log-determinant of the information under Firth's penalty."""
    design = np.column_stack([np.ones(len(event)), x])
    eta = design @ np.asarray(beta, float)
    tail = np.exp(-np.abs(eta))
    value = np.sum(np.where(event, -np.logaddexp(0, -eta), -np.logaddexp(0, eta)))
    if firth:
        information = design.T @ (design * (tail / (1 + tail) ** 2)[:, np.newaxis])
        value += 0.5 * np.linalg.slogdet(information)[1]
    return value


def gradient(beta, event, x, firth=True, step=1e-5):
    """Slope of the penalised likelihood in each direction, by central differences."""
    steps = np.eye(len(beta)) * step
    return np.array(
        [
            (penalized(beta + s, event, x, firth) - penalized(beta - s, event, x, firth)) / 2 / step
            for s in steps
        ]
    )


def profile(beta, j, value, event, x, firth=True):
    """Largest penalised likelihood with coefficient j of two at a value: by ternary search."""
    low, high = -40.0, 40.0
    for _ in range(200):
        thirds = (low + (high - low) / 3, high - (high - low) / 3)
        at = [penalized([t, value] if j else [value, t], event, x, firth) for t in thirds]
        low, high = (thirds[0], high) if at[0] < at[1] else (low, thirds[1])
    best = (low + high) / 2
    return penalized([best, value] if j else [value, best], event, x, firth)
