"""Mean cumulative functions by definition: each patient's influence at each time, one at a time."""

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
