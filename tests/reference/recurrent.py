"""Mean cumulative functions by definition: each patient's influence at each time, one at a time."""

from itertools import combinations
from math import nan, sqrt


def patients_of(patient, time, event, entry=None):
    """Return for each patient (intervals, times of events, time of death or None)."""
    found = []
    for one in sorted(set(patient)):
        rows = [i for i, other in enumerate(patient) if other == one]
        events = [time[i] for i in rows if event[i] == 1]
        deaths = [time[i] for i in rows if event[i] == 2]
        if entry is None:
            intervals = [(-1.0, max(time[i] for i in rows if event[i] != 1))]
        else:
            intervals = [(entry[i], time[i]) for i in rows]
        found.append((intervals, events, deaths[0] if deaths else None))
    return found


def at_risk(one, t):
    return any(start < t <= stop for start, stop in one[0])


def mean_count(patients, t):
    """Return (mean, robust, Poisson, sample variance) at t."""
    times = sorted(
        {u for one in patients for u in one[1] if u <= t}
        | {one[2] for one in patients if one[2] is not None and one[2] <= t}
    )
    mean, survival, poisson = 0.0, 1.0, 0.0
    steps = []  # time, at risk, events, deaths, survival before, mean after
    for u in times:
        risk = sum(at_risk(one, u) for one in patients)
        events = sum(one[1].count(u) for one in patients)
        deaths = sum(one[2] == u for one in patients)
        mean += survival * events / risk
        poisson += events / risk**2
        steps.append((u, risk, events, deaths, survival, mean))
        survival *= 1 - deaths / risk
    robust = 0.0
    for one in patients:
        influence = 0.0
        for u, risk, events, deaths, before, after in steps:
            here = at_risk(one, u)
            influence += before * (one[1].count(u) - here * events / risk) / risk
            influence -= (mean - after) * ((one[2] == u) - here * deaths / risk) / risk
        robust += influence**2
    return mean, robust, poisson, sample_variance(patients, steps)


def sample_variance(patients, steps):
    """Return Nelson's sum of variances and covariances of the mean increments."""
    total = 0.0
    for later, (v, risk, events, *_) in enumerate(steps):
        if events == 0:
            continue
        if risk == 1:
            return nan
        there = [one for one in patients if at_risk(one, v)]
        share = [one[1].count(v) - events / risk for one in there]
        total += sum(x * x for x in share) / (risk - 1) / risk
        for u, risk_before, *_ in steps[:later]:
            own = [one[1].count(u) for one in there]
            covariance = sum(x * y for x, y in zip(share, own, strict=True)) / (risk - 1)
            total += 2 * covariance / risk_before
    return total


def standard_error(variance):
    """Return the root, or nan where the variance says nothing."""
    return sqrt(variance) if variance > 1e-12 else nan


def comparison(patients, group, gehan=False):
    """Return the excess of group 1, its robust variance, and the permuted score of each patient."""
    times = sorted({u for one in patients for u in (*one[1], one[2]) if u is not None})
    everyone = range(len(patients))
    samples = ([i for i in everyone if group[i] == 0], [i for i in everyone if group[i] == 1])
    areas, influences = [], [0.0] * len(patients)
    for own, other in (samples, samples[::-1]):
        area, found = influence_on_area(patients, own, other, times, gehan)
        areas.append(area)
        for i, value in zip(own, found, strict=True):
            influences[i] = value
    _, scores = influence_on_area(patients, everyone, None, times, gehan)
    return areas[1] - areas[0], sum(x * x for x in influences), scores


def influence_on_area(patients, own, other, times, gehan):
    """Return the weighted sum of the increments of the mean of `own`, and each one's influence."""
    survival, area, steps = 1.0, 0.0, []
    for u in times:
        mine = sum(at_risk(patients[i], u) for i in own)
        others = sum(at_risk(patients[i], u) for i in other or ())
        if mine == 0:
            continue
        weight = (mine + others) / len(patients) if gehan else 1
        factor = weight * mine * (1 if other is None else others / (mine + others))
        events = sum(patients[i][1].count(u) for i in own)
        deaths = sum(patients[i][2] == u for i in own)
        area += factor * survival * events / mine
        steps.append((u, mine, factor * survival / mine, events, deaths, area))
        survival *= 1 - deaths / mine
    found = []
    for i in own:
        influence = 0.0
        for u, risk, scale, events, deaths, after in steps:
            here = at_risk(patients[i], u)
            influence += scale * (patients[i][1].count(u) - here * events / risk)
            death = (patients[i][2] == u) - here * deaths / risk
            influence -= (area - after) * death / risk
        found.append(influence)
    return area, found


def permutation(scores, group):
    """Return the share of all deals of the labels whose excess is at least as far from 0."""
    second = sum(group)
    seen = abs(sum(score for score, label in zip(scores, group, strict=True) if label))
    sums = [abs(sum(deal)) for deal in combinations(scores, second)]
    return sum(x >= seen - 1e-9 for x in sums) / len(sums)
