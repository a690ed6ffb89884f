"""Aalen and Johansen's estimate by matrices of all transitions, one day after another."""

from itertools import pairwise
from math import inf

STATES = 6


def state_on(p, day):
    """Return 0 active, 1 aplastic, 2 drug-free, 3 on drugs, 4 relapsed or 5 dead, on a day."""
    if p["dead"] and day >= p["followed"]:
        return 5
    if day >= p["relapse"]:
        return 4
    if day < p["onset"]:
        return 0
    if day < p["back"]:
        return 1
    return 2 if p["from"] <= day < p["to"] else 3


def days_of(some):
    names = ("onset", "back", "relapse", "from", "to", "followed")
    found = {p[name] for p in some for name in names}
    return sorted(day for day in found if 0 < day < inf)


def shares(some, at):
    """Return the share of each state on a day."""
    n = len(some)
    share = [sum(state_on(p, 0) == s for p in some) / n for s in range(STATES)]
    for day in days_of(some):
        if day > at:
            break
        matrix = [[float(i == j) for j in range(STATES)] for i in range(STATES)]
        for h in range(STATES):
            there = [p for p in some if p["followed"] >= day and state_on(p, day - 1e-6) == h]
            for p in there:
                k = state_on(p, day)
                if k != h:
                    matrix[h][k] += 1 / len(there)
                    matrix[h][h] -= 1 / len(there)
        share = [sum(share[h] * matrix[h][k] for h in range(STATES)) for k in range(STATES)]
    return share


def times(some, tau):
    """Return the expected days in each state."""
    days = [0, *(day for day in days_of(some) if day < tau), tau]
    spans = list(pairwise(days))
    by_day = [shares(some, start) for start, _ in spans]
    return [
        sum((end - start) * share[s] for (start, end), share in zip(spans, by_day, strict=True))
        for s in range(STATES)
    ]


def jackknife_error(some, estimate):
    """Return the jackknife's standard error of a number."""
    n = len(some)
    without = [estimate(some[:i] + some[i + 1 :]) for i in range(n)]
    mean = sum(without) / n
    return ((n - 1) / n * sum((x - mean) ** 2 for x in without)) ** 0.5
