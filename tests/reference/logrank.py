"""Log-rank tests, slow and obvious: each time is looked at over all patients, each deal listed."""

from itertools import combinations, product

import numpy as np


def tables(time, event, group, entry=None, stratum=None):
    """Yield the patients at risk and the events of each group at each time of each stratum."""
    time, event, group = np.asarray(time, float), np.asarray(event), np.asarray(group)
    entry = np.full(len(time), -1.0) if entry is None else np.asarray(entry, float)
    stratum = np.zeros(len(time)) if stratum is None else np.asarray(stratum)
    groups = np.unique(group)
    for layer in np.unique(stratum):
        for t in np.unique(time[(event == 1) & (stratum == layer)]):
            here = (stratum == layer) & (entry < t) & (t <= time)
            died = here & (time == t) & (event == 1)
            at_risk = np.array([np.sum(here & (group == g)) for g in groups], float)
            events = np.array([np.sum(died & (group == g)) for g in groups], float)
            yield layer, t, at_risk, events


def weighted(rows, weights="logrank", rho=0, gamma=0):
    """Yield layer, time, weight, at risk and events, with S of the pooled patients."""
    layer = None
    for here, t, at_risk, events in rows:
        if here != layer:
            layer, survival, peto = here, 1.0, 1.0
        n, d = at_risk.sum(), events.sum()
        peto *= 1 - d / (n + 1)
        weight = {
            "logrank": 1.0,
            "gehan": n,
            "tarone-ware": n**0.5,
            "peto": peto,
            "fleming-harrington": survival**rho * (1 - survival) ** gamma,
        }[weights]
        survival *= 1 - d / n
        yield here, t, weight, at_risk, events


def logrank(time, event, group, entry=None, stratum=None, **options):
    """Return observed, expected, covariance and the chi-squared with its degrees of freedom."""
    k = len(np.unique(group))
    observed, expected, covariance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for _, _, w, r, d in weighted(tables(time, event, group, entry, stratum), **options):
        n, dead = r.sum(), d.sum()
        observed += w * d
        expected += w * dead * r / n
        if n > 1:
            p = r / n
            covariance += w**2 * dead * (n - dead) / (n - 1) * (np.diag(p) - np.outer(p, p))
    excess = observed - expected
    scale = max(np.abs(covariance).max(), 1e-300)
    inverse = np.linalg.pinv(covariance / scale, rcond=1e-9) / scale
    df = int(np.linalg.matrix_rank(covariance / scale, tol=1e-9)) if covariance.any() else 0
    return observed, expected, covariance, excess @ inverse @ excess, df


def scores(time, event, group, entry=None, stratum=None, **options):
    """Return a score a patient: the weight of the event less the hazards lived through."""
    n = len(time)
    entry = np.full(n, -1.0) if entry is None else np.asarray(entry, float)
    stratum = np.zeros(n) if stratum is None else np.asarray(stratum)
    a = np.zeros(n)
    for layer, t, w, r, d in weighted(tables(time, event, group, entry, stratum), **options):
        for i in range(n):
            if stratum[i] == layer and entry[i] < t <= time[i]:
                a[i] += w * (event[i] and time[i] == t) - w * d.sum() / r.sum()
    return a


def exact(a, second, stratum, alternative="two-sided"):
    """Return the share of all deals of the labels, within strata, that are as extreme."""
    stratum, second = np.asarray(stratum), np.asarray(second, bool)
    choices = []
    for layer in np.unique(stratum):
        rows = np.flatnonzero(stratum == layer)
        choices.append([a[list(c)].sum() for c in combinations(rows, int(second[rows].sum()))])
    sums = np.array([sum(parts) for parts in product(*choices)])
    observed = a[second].sum()
    extreme = {
        "two-sided": np.abs(sums) >= abs(observed) - 1e-9,
        "greater": sums >= observed - 1e-9,
        "less": sums <= observed + 1e-9,
    }[alternative]
    return extreme.mean()
