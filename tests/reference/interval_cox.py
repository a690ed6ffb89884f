"""Proportional hazards of interval-censored times by definition, and by plain expectation steps."""

import itertools

import numpy as np

from tests.reference.turnbull import innermost


def cells(left, right):
    """Return the innermost intervals, and of each row the first cell and one past the last."""
    intervals, holds = innermost(left, right)
    begin = holds.argmax(axis=1)
    return intervals, begin, begin + holds.sum(axis=1)


def probabilities(hazard, coef, X, begin, end):
    """Return each row's probability; `hazard` has one entry a cell but the last."""
    sums = np.concatenate(([0.0], np.cumsum(hazard), [np.inf]))
    ratio = np.exp(X @ coef)
    return np.exp(-ratio * sums[begin]) - np.exp(-ratio * sums[end])


def log_likelihood(hazard, coef, X, begin, end):
    """Return the sum of logarithms of the probabilities; minus infinity where one is 0."""
    with np.errstate(divide="ignore"):
        return float(np.log(probabilities(hazard, coef, X, begin, end)).sum())


def slopes(hazard, coef, X, begin, end):
    """Return the log-likelihood, its slopes in the coefficients, and in each hazard."""
    sums = np.concatenate(([0.0], np.cumsum(hazard), [np.inf]))
    ratio = np.exp(X @ coef)
    low, high = ratio * sums[begin], ratio * sums[end]
    p = np.exp(-low) - np.exp(-high)
    high = np.where(np.isinf(high), 1e3, high)  # exp(-1000) is 0
    tail = high * np.exp(-high)
    score = X.T @ ((tail - low * np.exp(-low)) / p)
    of_hazard = [
        np.sum(ratio * ((j < end) * np.exp(-high) - (j < begin) * np.exp(-low)) / p)
        for j in range(len(hazard))
    ]
    return float(np.log(p).sum()), score, np.array(of_hazard)


def at_risk(coef, X, begin, cell):
    """Return the sum of hazard ratios of the rows that are still free of the event after a cell."""
    return float(np.sum(np.exp(X @ coef)[begin > cell]))


def gap(hazard, coef, X, begin, end):
    """Return by how much a hazard could still gain, as a part of those at risk."""
    _, _, of_hazard = slopes(hazard, coef, X, begin, end)
    risk = np.array([at_risk(coef, X, begin, j) for j in range(len(hazard))])
    return max(0.0, (of_hazard / risk).max())


def maximise(left, right, X, fixed=None, most=200_000):
    """Return coefficients, hazards and log-likelihood by plain steps, slowly.

    A hazard gives each row Poisson counts, which the data say to be 0 up to `begin` and not all 0
    from there to `end`: their expectation, then the hazards of greatest likelihood given these, and
    one step of Newton's for the coefficients given the hazards. `fixed` maps columns to values.
    """
    X = np.asarray(X, float).reshape(len(left), -1)
    _, begin, end = cells(left, right)
    m = max(end)
    coef = np.zeros(X.shape[1])
    fixed = fixed or {}
    for j, value in fixed.items():
        coef[j] = value
    free = [j for j in range(X.shape[1]) if j not in fixed]
    cell = np.arange(m - 1)
    seen = end < m
    wanted = seen[:, None] & (begin[:, None] <= cell) & (cell < end[:, None])
    exposed = np.where(seen, end, begin)[:, None] > cell
    hazard = np.full(m - 1, 1 / m)
    for step in range(most):
        ratio = np.exp(X @ coef)
        sums = np.concatenate(([0.0], np.cumsum(hazard)))
        between = ratio * (sums[np.minimum(end, m - 1)] - sums[begin])
        count = np.where(seen, ratio / -np.expm1(-np.where(seen, between, 1.0)), 0.0)
        hazard = hazard * (count @ wanted) / (ratio @ exposed)
        if free:
            z = X[:, free]
            sums = np.concatenate(([0.0], np.cumsum(hazard)))
            exposure = ratio * sums[np.where(seen, end, begin)]
            between = ratio * (sums[np.minimum(end, m - 1)] - sums[begin])
            events = np.where(seen, between / -np.expm1(-np.where(seen, between, 1.0)), 0.0)
            information = (z * exposure[:, None]).T @ z
            change = np.linalg.solve(information, z.T @ (events - exposure))
            before = log_likelihood(hazard, coef, X, begin, end)
            trial = coef.copy()
            trial[free] += change
            while log_likelihood(hazard, trial, X, begin, end) < before - 1e-12:
                change = change / 2
                trial[free] = coef[free] + change
            coef = trial
        if step % 200 == 199:
            _, score, _ = slopes(hazard, coef, X, begin, end)
            if gap(hazard, coef, X, begin, end) < 1e-10 and np.all(np.abs(score[free]) < 1e-9):
                break
    return coef, hazard, slopes(hazard, coef, X, begin, end)[0]


def ordered_pairs(left, right, X):
    """Return covariates of the earlier row less those of the later, where the order is known."""
    X = np.asarray(X, float).reshape(len(left), -1)
    _, begin, end = cells(left, right)
    m = max(end)
    rows = range(len(left))
    pairs = [X[i] - X[j] for i in rows for j in rows if end[i] < m and end[i] <= begin[j]]
    return np.array(pairs).reshape(-1, X.shape[1])


def is_monotone(left, right, X):
    """Decide, for one or two whole-numbered covariates, whether some coefficient is infinite.

    A direction along which no earlier row loses may be turned until one pair is equal in it.
    """
    pairs = ordered_pairs(left, right, X)
    if pairs.shape[1] == 1:
        candidates = [np.array([1.0]), np.array([-1.0])]
    else:
        edges = [np.array([-b, a]) for a, b in pairs]
        candidates = [sign * edge for edge, sign in itertools.product(edges, (1, -1))]
    return any((pairs @ d >= 0).all() and (pairs @ d > 0).any() for d in candidates)
