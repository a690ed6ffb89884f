"""Cox regression by definition: every risk set row by row, every order and every choice listed."""

from itertools import combinations, permutations

import numpy as np


def sets(time, event, entry=None, strata=None):
    """Yield (rows with the event, rows at risk) at each time of an event of each stratum."""
    time, event = np.asarray(time, float), np.asarray(event)
    entry = np.full(len(time), -np.inf) if entry is None else np.asarray(entry, float)
    strata = np.zeros(len(time), int) if strata is None else np.asarray(strata)
    for stratum in np.unique(strata):
        inside = strata == stratum
        for t in np.unique(time[inside & (event == 1)]):
            at_risk = inside & (entry < t) & (time >= t)
            yield np.flatnonzero(at_risk & (time == t) & (event == 1)), np.flatnonzero(at_risk)


def loglik(beta, time, event, x, ties="efron", entry=None, strata=None, offset=None):
    """Log partial likelihood of unweighted rows."""
    x = np.asarray(x, float).reshape(len(time), -1)
    eta = x @ np.atleast_1d(beta) + (0 if offset is None else np.asarray(offset))
    total = 0.0
    for tied, at_risk in sets(time, event, entry, strata):
        total += _set(np.exp(eta), list(tied), list(at_risk), ties)
    return total


def _set(risk, tied, at_risk, ties):
    d, everybody = len(tied), risk[at_risk].sum()
    if ties == "breslow":
        return np.sum(np.log(risk[tied])) - d * np.log(everybody)
    if ties == "efron":
        share = risk[tied].sum() / d
        return np.sum(np.log(risk[tied])) - sum(np.log(everybody - i * share) for i in range(d))
    if ties == "exact":
        choices = sum(np.prod(risk[list(c)]) for c in combinations(at_risk, d))
        return np.log(np.prod(risk[tied]) / choices)
    orders = 0.0
    for order in permutations(tied):
        stay = [k for k in at_risk if k not in order]
        orders += np.prod([risk[k] / risk[[*stay, *order[i:]]].sum() for i, k in enumerate(order)])
    return np.log(orders)


def score(beta, *rows, step=1e-5, **options):
    """Return the slope of the log-likelihood, by central differences."""
    beta = np.atleast_1d(np.asarray(beta, float))
    return np.array(
        [
            (loglik(beta + s, *rows, **options) - loglik(beta - s, *rows, **options)) / 2 / step
            for s in np.eye(len(beta)) * step
        ]
    )


def information(beta, time, event, x, ties="efron", entry=None, strata=None):
    """Information of Breslow's or Efron's likelihood: covariances within the risk sets."""
    x = np.asarray(x, float).reshape(len(time), -1)
    risk = np.exp(x @ np.atleast_1d(beta))
    total = np.zeros((x.shape[1],) * 2)
    for tied, at_risk in sets(time, event, entry, strata):
        for i in range(len(tied)):
            share = np.where(np.isin(at_risk, tied), 1 - i / len(tied), 1.0)
            weight = risk[at_risk] * (share if ties == "efron" else 1)
            weight = weight / weight.sum()
            away = x[at_risk] - weight @ x[at_risk]
            total += away.T @ (away * weight[:, np.newaxis])
    return total


def penalized(beta, *rows, **options):
    """Log-likelihood under Firth's penalty."""
    value = np.linalg.slogdet(information(beta, *rows, **options))[1]
    return loglik(beta, *rows, **options) + value / 2


def comparisons(time, event, x, ties="efron", entry=None, strata=None):
    """Return the differences of covariates that must not be negative along a monotone direction."""
    x = np.asarray(x, float).reshape(len(time), -1)
    rows = []
    for tied, at_risk in sets(time, event, entry, strata):
        rivals = at_risk if ties in ("efron", "breslow") else np.setdiff1d(at_risk, tied)
        rows += [x[i] - x[k] for i in tied for k in rivals]
    return np.array(rows).reshape(-1, x.shape[1])


def is_monotone(*rows, **options):
    """Has the likelihood of one or two whole-numbered covariates no finite maximum?

    A cone in the plane that is no point holds one of its edges, which are orthogonal to some
    difference, or is bounded by none, and then holds a difference itself.
    """
    a = comparisons(*rows, **options)
    a = a[np.any(a != 0, axis=1)]
    candidates = np.concatenate([a, -a])
    if a.shape[1] == 2:
        candidates = np.concatenate([candidates, candidates[:, ::-1] * [1, -1]])
    products = candidates @ a.T
    return bool(np.any(np.all(products >= 0, axis=1) & np.any(products > 0, axis=1)))


def residuals(beta, time, event, x, entry=None, strata=None):
    """Martingale and score residuals under Efron's rule, for each row over all sets."""
    x = np.asarray(x, float).reshape(len(time), -1)
    risk = np.exp(x @ np.atleast_1d(beta))
    martingale = np.asarray(event, float).copy()
    shares = np.zeros_like(x)
    for tied, at_risk in sets(time, event, entry, strata):
        d = len(tied)
        for i in range(d):
            share = np.where(np.isin(at_risk, tied), 1 - i / d, 1.0)
            weight = risk[at_risk] * share / np.sum(risk[at_risk] * share)
            mean = weight @ x[at_risk]
            martingale[at_risk] -= weight
            shares[at_risk] -= weight[:, np.newaxis] * (x[at_risk] - mean)
            shares[tied] += (x[tied] - mean) / d
    return martingale, shares
