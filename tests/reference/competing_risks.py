"""Cumulative incidence the slow way: each time looks at all patients."""

import math
from itertools import pairwise
from statistics import NormalDist


def counts(time, cause, causes, entry=None, weight=None):
    """Return (time, at risk, events by cause, censored) at each distinct time."""
    n = len(time)
    entry = [-1.0] * n if entry is None else entry
    weight = [1] * n if weight is None else weight
    rows = []
    for t in sorted({time[i] for i in range(n) if weight[i] > 0}):
        here = [(cause[i], weight[i]) for i in range(n) if time[i] == t]
        rows.append(
            {
                "time": t,
                "at_risk": sum(weight[i] for i in range(n) if entry[i] < t <= time[i]),
                "events": [sum(w for c, w in here if c == k) for k in causes],
                "censored": sum(w for c, w in here if c not in causes),
            }
        )
    return rows


def hypergeometric(events, at_risk):
    """Return the variance of a count of events, times at_risk / (at_risk - events): d if d < 2."""
    return events if events < 2 else events * (at_risk - events) / (at_risk - 1)


def jump(row, k, before, after, later, variance):
    """Return what the jumps of one time add to the variance of F(t), given F(t) - F(time)."""
    r, own, every = row["at_risk"], row["events"][k], sum(row["events"])
    ratio = later / after if after > 0 else 0.0  # nothing moves once nobody is left
    if variance == "aalen":
        # Gray 1988: an own event moves F(t) by S(t-)/r (1 - ratio), another one by -S(t-)/r ratio
        own_part = hypergeometric(own, r) * (1 - ratio) ** 2
        return (before / r) ** 2 * (own_part + hypergeometric(every - own, r) * ratio**2)
    # the multinomial covariance of (own events, all events) out of r
    p, q = own / r, every / r
    gain, loss = before * 1.0, before * ratio  # derivatives of F(t) by p and by q
    return (gain**2 * p * (1 - p) - 2 * gain * loss * p * (1 - q) + loss**2 * q * (1 - q)) / r


def curves(time, cause, causes, entry=None, weight=None, variance="aalen"):
    """Return the rows with event_free, and lists estimate and std_error, one item a cause."""
    rows = counts(time, cause, causes, entry, weight)
    before = 1.0
    totals = [0.0] * len(causes)
    for row in rows:
        row["before"] = before
        for k, events in enumerate(row["events"]):
            totals[k] += before * events / row["at_risk"]
        before *= 1 - sum(row["events"]) / row["at_risk"]
        row["event_free"] = before
        row["estimate"] = list(totals)
    for j, row in enumerate(rows):
        row["std_error"] = [
            math.sqrt(
                max(
                    0.0,
                    sum(
                        jump(past, k, past["before"], past["event_free"],
                             row["estimate"][k] - past["estimate"][k], variance)
                        for past in rows[: j + 1]
                    ),
                )
            )
            for k in range(len(causes))
        ]  # fmt: skip
    return rows


def still_followed(rows, j):
    """Return how many are free of a cause that nobody had, just before the censorings of row j.

    Those who had another event count by their chance of not being censored since.
    """
    fewest = rows[0]["at_risk"]
    for last in range(j):
        weight = 0.0
        for i in range(last + 1):
            chance = 1.0
            for row in rows[i : last + 1]:
                left = row["at_risk"] - sum(row["events"])
                if row["censored"] > 0:
                    chance *= 1 - row["censored"] / left
            weight += sum(rows[i]["events"]) * chance
        left = rows[last]["at_risk"] - sum(rows[last]["events"]) - rows[last]["censored"]
        fewest = min(fewest, left + weight)
    return fewest


def limits(rows, j, k, interval, level=0.95):
    """Return the limits of cause k at row j; None for a lower one of the beta product."""
    f, error, z = rows[j]["estimate"][k], rows[j]["std_error"][k], NormalDist().inv_cdf(
        (1 + level) / 2
    )  # fmt: skip
    past = [row for row in rows[: j + 1] if row["before"] > 0]
    if sum(row["events"][k] for row in past) == 0:
        m = still_followed(rows, j)
        return 0.0, 1.0 if m == 0 else 1 - ((1 - level) / 2) ** (1 / m)
    others = sum(sum(row["events"]) - row["events"][k] for row in past)
    if rows[j]["event_free"] == 0 and others == 0:
        return None, 1.0
    if interval == "plain":
        pair = f - z * error, f + z * error
    elif interval == "log":
        pair = math.exp(math.log(f) - z * error / f), math.exp(math.log(f) + z * error / f)
    elif interval == "log-log":
        centre, width = math.log(-math.log(f)), z * error / (f * -math.log(f))
        pair = math.exp(-math.exp(centre + width)), math.exp(-math.exp(centre - width))
    else:
        centre, width = math.log(f / (1 - f)), z * error / (f * (1 - f))
        pair = 1 / (1 + math.exp(width - centre)), 1 / (1 + math.exp(-width - centre))
    return min(max(pair[0], 0.0), 1.0), min(max(pair[1], 0.0), 1.0)


def time_lost(rows, k, tau, variance):
    """Return the area under F up to tau, and its standard error, jump by jump."""

    def area(start, level):
        """Return the area between F and a level from start to tau."""
        edges = sorted({start, tau, *(r["time"] for r in rows if start < r["time"] < tau)})
        total = 0.0
        for a, b in pairwise(edges):
            value = ([0.0] + [r["estimate"][k] for r in rows if r["time"] <= a])[-1]
            total += (b - a) * (value - level)
        return total

    total = 0.0
    for row in rows:
        if row["time"] >= tau:
            continue
        r, own, every = row["at_risk"], row["events"][k], sum(row["events"])
        rest, gain = tau - row["time"], area(row["time"], row["estimate"][k])
        ratio = gain / row["event_free"] if row["event_free"] > 0 else 0.0
        if variance == "aalen":
            total += (row["before"] / r) ** 2 * (
                hypergeometric(own, r) * (rest - ratio) ** 2
                + hypergeometric(every - own, r) * ratio**2
            )
        else:
            p, q = own / r, every / r
            up, down = row["before"] * rest, row["before"] * ratio
            total += (up**2 * p * (1 - p) - 2 * up * down * p * (1 - q) + down**2 * q * (1 - q)) / r
    return area(0.0, 0.0), math.sqrt(max(total, 0.0))
