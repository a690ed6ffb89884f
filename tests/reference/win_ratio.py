"""Hierarchies by definition: each pair by each rule, each deal of the labels, one at a time."""

from itertools import combinations, product
from math import atanh, exp, inf, log, sqrt, tanh

SAME = 1e-9


def beats(outcome, i, j):
    """Return whether patient i is known to be better than j by one outcome (a dict)."""
    larger = outcome["better"] == "larger"
    if outcome["kind"] == "score":
        gain = outcome["value"][i] - outcome["value"][j]
        gain = gain if larger else -gain
        if outcome["threshold"] == 0:
            return gain > 0
        return gain >= outcome["threshold"] * (1 - SAME)
    if outcome["kind"] == "time":
        # who had the event first, while the other was followed
        first, last = (j, i) if larger else (i, j)
        t, events = outcome["value"], outcome["second"]
        if not events[first]:
            return False
        return t[last] > t[first] or (t[last] == t[first] and not events[last])
    counts, follow_up = outcome["value"], outcome["second"]
    fewer, more = (i, j) if larger is False else (j, i)
    if not counts[fewer] < counts[more]:
        return False
    # of the one with fewer, all were counted in at least the time of the other
    return follow_up is None or follow_up[fewer] >= follow_up[more]


def verdict(hierarchy, i, j):
    """Return 1, -1 or 0, and the number of the outcome that decided."""
    for level, outcome in enumerate(hierarchy):
        if beats(outcome, i, j):
            return 1, level
        if beats(outcome, j, i):
            return -1, level
    return 0, len(hierarchy)


def by_outcome(hierarchy, treated, others):
    """Return wins, losses and what is still tied, by outcome."""
    levels = len(hierarchy)
    wins, losses = [0] * levels, [0] * levels
    for i, j in product(treated, others):
        sign, level = verdict(hierarchy, i, j)
        if sign > 0:
            wins[level] += 1
        if sign < 0:
            losses[level] += 1
    left = len(treated) * len(others)
    ties = [left - sum(wins[: k + 1]) - sum(losses[: k + 1]) for k in range(levels)]
    return wins, losses, ties


def limits(hierarchy, treated, others, z):
    """Return (estimate, low, high) of win ratio, net benefit and win odds; both groups of two."""
    m, n = len(treated), len(others)
    sign = {(i, j): verdict(hierarchy, i, j)[0] for i, j in product(treated, others)}
    win = sum(s > 0 for s in sign.values()) / (m * n)
    loss = sum(s < 0 for s in sign.values()) / (m * n)

    def variance(a, b):
        value = {pair: a * (s > 0) + b * (s < 0) for pair, s in sign.items()}
        mean = a * win + b * loss
        rows = [sum(value[i, j] for j in others) / n for i in treated]
        columns = [sum(value[i, j] for i in treated) / m for j in others]
        of_rows = sum((x - mean) ** 2 for x in rows) / (m - 1) / m
        of_columns = sum((x - mean) ** 2 for x in columns) / (n - 1) / n
        estimated = of_rows + of_columns
        bound = (a * a * win + b * b * loss - mean * mean) / min(m, n)
        return estimated if estimated > SAME * bound else bound

    ratio = None
    if win > 0 and loss > 0:
        error = sqrt(variance(1 / win, -1 / loss))
        ratio = tuple(exp(log(win / loss) + s * z * error) for s in (0, -1, 1))
    benefit = odds = None
    if abs(win - loss) < 1 and win + loss > 0:
        net = win - loss
        error = sqrt(variance(1, -1)) / (1 - net * net)
        scale = [atanh(net) + s * z * error for s in (0, -1, 1)]
        benefit = tuple(map(tanh, scale))
        odds = tuple(exp(2 * x) if x < 350 else inf for x in scale)
    return ratio, benefit, odds


def pvalue(hierarchy, groups):
    """Return the p-value over all deals of the labels; groups: (treated, others) a stratum."""

    def statistic(deal):
        return sum(
            sum(verdict(hierarchy, i, j)[0] for i, j in product(treated, others))
            / (len(treated) + len(others))
            for treated, others in deal
        )

    def deals(treated, others):
        everybody = [*treated, *others]
        for chosen in combinations(everybody, len(treated)):
            yield list(chosen), [k for k in everybody if k not in chosen]

    seen = abs(statistic(groups))
    found = [
        abs(statistic(deal)) >= seen - SAME for deal in product(*(list(deals(*g)) for g in groups))
    ]
    return sum(found) / len(found)
