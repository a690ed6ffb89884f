"""Restricted means by definition: areas, contrasts, adjusted contrasts, influence row by row."""

import itertools
import math
from statistics import NormalDist

import numpy as np

from tests.reference.kaplan_meier import curve


def steps(time, event, tau, entry=None, weight=None):
    """Return the rows of the curve before tau, and how many are at risk after them."""
    rows = curve(time, event, entry, weight)
    before = [row for row in rows if row["time"] < tau]
    after = [row["at_risk"] for row in rows if row["time"] >= tau]
    return before, (after[0] if after else 0)


def mean(time, event, tau, entry=None, weight=None):
    """Return the area under the curve up to tau and Greenwood's standard error."""
    before, _ = steps(time, event, tau, entry, weight)
    edges = [0.0, *(row["time"] for row in before), tau]
    heights = [1.0, *(row["estimate"] for row in before)]
    areas = [h * (b - a) for h, a, b in zip(heights, edges, edges[1:], strict=False)]
    variance = 0.0
    for j, row in enumerate(before):
        r, d = row["at_risk"], row["events"]
        if r > d:
            variance += sum(areas[j + 1 :]) ** 2 * d / (r * (r - d))
    return sum(areas), math.sqrt(variance)


def beta_moments(time, event, tau):
    """Return (mean, variance) of the lower and of the upper area over tau: all pairs of pieces."""
    before, last = steps(time, event, tau)
    before = [row for row in before if row["events"]]
    edges = [0.0, *(row["time"] for row in before), tau]
    gaps = [(b - a) / tau for a, b in itertools.pairwise(edges)]
    upper = [[(row["at_risk"] - row["events"] + 1, row["events"])] for row in before]
    # one after the other, so that the first of the next event can fall to the piece before it
    single = [[(row["at_risk"] - k, 1) for k in range(row["events"])] for row in before]
    lower, firsts = [], [each[0] for each in single] + [(last, 1)]
    for j in range(len(gaps)):
        pieces = single[j - 1][1:] if j else []
        lower.append([*pieces, firsts[j]])
    return moments(gaps, lower), moments(gaps, [[], *upper])


def moments(gaps, factors):
    """The moments of sum gap_j prod_{i <= j} B_i, B_i the product of its independent betas."""
    first = [math.prod(a / (a + b) for a, b in each) for each in factors]
    second = [math.prod(a * (a + 1) / ((a + b) * (a + b + 1)) for a, b in each) for each in factors]
    mean, square = 0.0, 0.0
    for j, g in enumerate(gaps):
        mean += g * math.prod(first[: j + 1])
        for k, h in enumerate(gaps):
            low, high = min(j, k), max(j, k)
            square += g * h * math.prod(second[: low + 1]) * math.prod(first[low + 1 : high + 1])
    return mean, square - mean**2


def contrast(one, other, tau, level=0.95):
    """Return (estimate, std_error, low, high, p) of difference, ratio and ratio of lost times."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    (m, e), (n, f) = one, other
    results = []
    for value, error, back in (
        (m - n, math.hypot(e, f), lambda x: x),
        (math.log(m / n), math.hypot(e / m, f / n), math.exp),
        (math.log((tau - m) / (tau - n)), math.hypot(e / (tau - m), f / (tau - n)), math.exp),
    ):
        p = math.erfc(abs(value) / error / math.sqrt(2))
        results.append((back(value), error, back(value - z * error), back(value + z * error), p))
    return results


def adjusted(time, event, group, covariates, tau, measure):
    """Return the coefficient of group 1 and its standard error (Tian, Zhao and Wei 2014).

    Sums over all pairs of rows: the weights' own variance comes from the martingale of censoring.
    """
    n = len(time)
    known = [bool(event[i]) or time[i] >= tau for i in range(n)]
    y = [min(t, tau) for t in time]
    at_risk, censored = {}, {}
    for g in set(group):
        for u in {y[i] for i in range(n) if group[i] == g and not known[i]}:
            there = [i for i in range(n) if group[i] == g and y[i] >= u]
            at_risk[g, u] = [i for i in there if not (y[i] == u and known[i])]
            censored[g, u] = [i for i in there if y[i] == u and not known[i]]
    weight = np.zeros(n)
    for i in range(n):
        if known[i]:
            past = [(g, u) for g, u in at_risk if g == group[i] and u < y[i]]
            weight[i] = 1 / math.prod(1 - len(censored[k]) / len(at_risk[k]) for k in past)
    design = np.column_stack([np.ones(n), np.array(group) == 1, covariates]).astype(float)
    outcome = tau - np.array(y) if measure == "lost-ratio" else np.array(y)
    beta = np.zeros(design.shape[1])
    if measure == "difference":
        bread = design.T @ design
        beta = np.linalg.solve(design.T @ (weight[:, None] * design), design.T @ (weight * outcome))
        fitted = design @ beta
    else:
        beta[0] = math.log(weight @ outcome / weight.sum())
        for _ in range(200):
            fitted = np.exp(design @ beta)
            score = design.T @ (weight * (outcome - fitted))
            step = np.linalg.solve(design.T @ ((weight * fitted)[:, None] * design), score)
            beta += step / max(1.0, np.abs(design @ step).max())
            if np.abs(design @ beta).max() > 30:
                return math.nan, math.nan  # some lose no time at all, and beta is infinite
        fitted = np.exp(design @ beta)
        bread = design.T @ (fitted[:, None] * design)
    own = (weight * (outcome - fitted))[:, None] * design
    influence = own.copy()
    for (g, u), there in at_risk.items():
        later = sum((own[i] for i in range(n) if group[i] == g and y[i] > u), np.zeros(len(beta)))
        for i in censored[g, u]:
            influence[i] += later / len(there)
        for i in there:
            influence[i] -= later * len(censored[g, u]) / len(there) ** 2
    inverse = np.linalg.inv(bread)
    return beta[1], math.sqrt((inverse @ influence.T @ influence @ inverse)[1, 1])
