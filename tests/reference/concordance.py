"""Concordance over all pairs of rows, with the jackknife out of the pairs of each."""

import math


def time_weight(method, rows, t, everybody):
    """Return what a pair weighs whose event is at t, from the rows of one stratum."""
    there = sum(w for entry, time, _, w in rows if entry < t <= time)
    survival = uncensored = 1.0
    for u in sorted({time for _, time, _, _ in rows if time < t}):
        risk = sum(w for entry, time, _, w in rows if entry < u <= time)
        events = sum(w for _, time, event, w in rows if time == u and event)
        censored = sum(w for _, time, event, w in rows if time == u and not event)
        survival *= 1 - events / risk
        if censored and method in ("uno", "schemper"):
            uncensored *= 1 - censored / (risk - events)
    return {
        "harrell": 1.0,
        "uno": 1 / uncensored**2,
        "peto": everybody * survival / there,
        "schemper": everybody * survival / (uncensored * there),
        "equal": 1 / there,
    }[method]


def concordance(
    time, event, score, method="harrell", entry=None, weight=None, stratum=None, tau=math.inf
):
    """Return (estimate, standard error, the five counts)."""
    n = len(time)
    entry = [-1.0] * n if entry is None else entry
    weight = [1.0] * n if weight is None else weight
    stratum = [0] * n if stratum is None else stratum
    counts = [0.0] * 5
    half, pairs = [0.0] * n, [0.0] * n
    for i in range(n):
        if not event[i] or time[i] > tau or not weight[i]:
            continue
        rows = [
            (entry[k], time[k], event[k], weight[k]) for k in range(n) if stratum[k] == stratum[i]
        ]
        pair = time_weight(method, rows, time[i], sum(row[3] for row in rows))
        for j in range(n):
            if j == i or stratum[j] != stratum[i] or not entry[j] < time[i] or not weight[j]:
                continue
            both = pair * weight[i] * weight[j]
            if time[j] == time[i] and event[j]:
                counts[4 if score[i] == score[j] else 3] += both / 2
            elif time[j] >= time[i]:
                kind = 0 if score[j] > score[i] else 1 if score[j] < score[i] else 2
                counts[kind] += both
                for k, other in ((i, j), (j, i)):
                    half[k] += pair * weight[other] * (1, 0, 0.5)[kind]
                    pairs[k] += pair * weight[other]
    ordered = sum(counts[:3])
    if ordered == 0:
        return math.nan, math.nan, counts
    c = (counts[0] + counts[2] / 2) / ordered
    moved = [weight[k] * (half[k] - c * pairs[k]) / ordered for k in range(n)]
    return c, math.sqrt(sum(x * x for x in moved)), counts
