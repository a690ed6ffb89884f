"""Survival curves by definition: each time looked at on its own, over all patients, slowly."""

import math
from itertools import pairwise
from statistics import NormalDist

import numpy as np

TOLERANCE = 2.0**-26  # R's timefix: the square root of the double's epsilon


def merge(*columns):
    """Return the columns with times that differ by rounding alone made one, and how many those are.

    Neighbours among all distinct times whose gap is at most TOLERANCE, absolutely or of the mean of
    the distinct times, take the value of the first of their run.
    """
    distinct = sorted({float(t) for column in columns for t in column})
    mean = sum(distinct) / len(distinct)
    becomes = {distinct[0]: distinct[0]}
    for before, here in pairwise(distinct):
        near = here - before <= TOLERANCE or (here - before) / mean <= TOLERANCE
        becomes[here] = becomes[before] if near else here
    merged = len(distinct) - len(set(becomes.values()))
    return [[becomes[float(t)] for t in column] for column in columns], merged


def curve(time, event, entry=None, weight=None, cluster=None, form="kaplan-meier", robust=False):
    """Return the rows of the curve as a list of dicts; times have been merged already."""
    n = len(time)
    entry = [-1.0] * n if entry is None else entry
    weight = [1] * n if weight is None else weight
    cluster = list(range(n)) if cluster is None else cluster
    keep = [i for i in range(n) if weight[i] != 0]
    rows = []
    s, h, v_log, v_h = 1.0, 0.0, 0.0, 0.0
    for t in sorted({time[i] for i in keep}):
        there = [i for i in keep if entry[i] < t <= time[i]]
        dying = [i for i in there if time[i] == t and event[i]]
        r, d = sum(weight[i] for i in there), sum(weight[i] for i in dying)
        s *= 0.0 if len(dying) == len(there) else 1 - d / r
        if form == "fleming-harrington":
            steps = hazard_steps(r, d, len(dying) if robust else d)
            h += sum(steps)
            v_h += sum(x * x for x in steps)
        else:
            h += d / r
            v_h += d / r**2
        v_log += math.inf if len(dying) == len(there) else d / (r * (r - d))
        rows.append(
            {
                "time": t,
                "at_risk": len(there) if robust else r,
                "events": len(dying) if robust else d,
                "censored": sum(
                    1 if robust else weight[i] for i in there if time[i] == t and not event[i]
                ),
                "estimate": s if form == "kaplan-meier" else math.exp(-h),
                "log_error": math.sqrt(v_log if form == "kaplan-meier" else v_h),
                "cumulative_hazard": h,
                "cumulative_hazard_std_error": math.sqrt(v_h),
            }
        )
    if robust:
        robust_errors(rows, time, event, entry, weight, cluster, form)
    for row in rows:
        dead = row["estimate"] == 0
        row["std_error"] = (
            (0.0 if robust else math.nan) if dead else row["estimate"] * row["log_error"]
        )
    return rows


def hazard_steps(r, d, deaths):
    """Return the tied deaths one after the other, each with the mean of their weights."""
    return [(d / deaths) / (r - k * d / deaths) for k in range(int(deaths))]


def functions_of_weights(time, event, entry, weight, form):
    """Return (S, H) at each distinct time for weights that may be complex."""
    survival, hazard = [], []
    s, h = 1, 0
    for t in sorted(set(time)):
        there = [i for i in range(len(time)) if entry[i] < t <= time[i]]
        dying = [i for i in there if time[i] == t and event[i]]
        r, d = sum(weight[i] for i in there), sum(weight[i] for i in dying)
        s = 0 * s if len(dying) == len(there) else s * (1 - d / r)
        if form == "fleming-harrington":
            h = h + sum((d / len(dying)) / (r - k * d / len(dying)) for k in range(len(dying)))
        else:
            h = h + d / r
        survival.append(s if form == "kaplan-meier" else np.exp(-h))
        hazard.append(h)
    return np.array(survival), np.array(hazard)


def robust_errors(rows, time, event, entry, weight, cluster, form):
    """Fill the infinitesimal jackknife: the derivative by each weight, by a complex step."""
    keep = [i for i in range(len(time)) if weight[i] != 0]
    time, event, entry, weight, cluster = (
        [column[i] for i in keep] for column in (time, event, entry, weight, cluster)
    )
    moves_s, moves_h = {}, {}
    for i in range(len(time)):
        moved = [complex(w) for w in weight]
        moved[i] += 1e-100j
        survival, hazard = functions_of_weights(time, event, entry, moved, form)
        for moves, values in ((moves_s, survival), (moves_h, hazard)):
            move = weight[i] * np.imag(values) / 1e-100
            moves[cluster[i]] = moves.get(cluster[i], 0) + move
    error_s = np.sqrt(sum(move**2 for move in moves_s.values()))
    error_h = np.sqrt(sum(move**2 for move in moves_h.values()))
    for row, of_s, of_h in zip(rows, error_s, error_h, strict=True):
        row["log_error"] = of_s / row["estimate"] if row["estimate"] > 0 else math.nan
        row["cumulative_hazard_std_error"] = of_h


def robust_area_error(time, event, entry, weight, cluster, form, tau):
    """Return the jackknife's error of the area up to tau, by a complex step."""
    entry = [-1.0] * len(time) if entry is None else entry
    grid = sorted(set(time))
    moves = {}
    for i in range(len(time)):
        moved = [complex(w) for w in weight]
        moved[i] += 1e-100j
        survival, _ = functions_of_weights(time, event, entry, moved, form)
        edges = [min(t, tau) for t in grid] + [tau]
        area = sum(s * (b - a) for s, a, b in zip(survival, edges, edges[1:], strict=False))
        moves[cluster[i]] = moves.get(cluster[i], 0) + weight[i] * np.imag(area) / 1e-100
    return math.sqrt(sum(move**2 for move in moves.values()))


def limits(row, interval, level=0.95):
    """Return the pointwise limits of a row, on the scale of the interval."""
    s, e, z = row["estimate"], row["log_error"], NormalDist().inv_cdf((1 + level) / 2)
    if s == 0 or (s == 1 and interval == "arcsine"):
        return math.nan, math.nan
    if s == 1:
        return 1.0, 1.0
    if interval == "plain":
        pair = s - z * e * s, s + z * e * s
    elif interval == "log":
        pair = math.exp(math.log(s) - z * e), math.exp(math.log(s) + z * e)
    elif interval == "log-log":
        centre, width = math.log(-math.log(s)), z * e / -math.log(s)
        pair = math.exp(-math.exp(centre + width)), math.exp(-math.exp(centre - width))
    elif interval == "logit":
        centre, width = math.log(s / (1 - s)), z * e / (1 - s)
        pair = 1 / (1 + math.exp(width - centre)), 1 / (1 + math.exp(-width - centre))
    else:
        centre, width = math.asin(math.sqrt(s)), z / 2 * e * math.sqrt(s / (1 - s))
        pair = (
            math.sin(max(centre - width, 0)) ** 2,
            math.sin(min(centre + width, math.pi / 2)) ** 2,
        )
    return min(max(pair[0], 0), 1), min(max(pair[1], 0), 1)


def quantile(times, values, p, tolerance=1e-8):
    """Return the middle of the times at which a curve stands at 1 - p; NaN if it does not."""
    reached = [j for j, v in enumerate(values) if v <= 1 - p + tolerance]
    if not reached:
        return math.nan
    first = reached[0]
    if abs(values[first] - (1 - p)) > tolerance:
        return times[first]
    below = [j for j in reached if values[j] < 1 - p - tolerance]
    return (times[first] + times[below[0] if below else -1]) / 2


def restricted_mean(rows, tau):
    """Return the area up to tau and Greenwood's error of it, term by term."""
    times = [row["time"] for row in rows]

    def area(start):
        edges = sorted({start, tau, *(t for t in times if start < t < tau)})
        return sum((b - a) * survival_at(rows, a) for a, b in pairwise(edges))

    variance = sum(
        area(row["time"]) ** 2 * row["events"] / (row["at_risk"] * (row["at_risk"] - row["events"]))
        for row in rows
        if row["time"] < tau and row["events"] < row["at_risk"]
    )
    return area(0.0), math.sqrt(variance)


def survival_at(rows, t):
    """Return the curve at t: 1 before the first row."""
    return ([1.0] + [row["estimate"] for row in rows if row["time"] <= t])[-1]
