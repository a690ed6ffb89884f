"""Noncompartmental analysis of one patient, straight from the definitions: lists, no cleverness.

A sample is (day, copies, lloq); it is quantified if its copies are above 0 and not below its limit.
"""

from itertools import pairwise
from math import exp, inf, log, nan

NUMBERS = [
    "cmax", "tmax", "tfirst", "clast", "tlast", "lost_right", "auc_last", "auc_inf", "extrapolated",
    "lambda_z", "half_life", "adjusted_r2", "span", "expansion_rate", "doubling_time", "last_day",
]  # fmt: skip
WORDS = ["status", "lambda_z_status", "samples", "samples_below", "lambda_z_points", "episode"]


def quantified(sample):
    _, copies, lloq = sample
    return copies > 0 and copies >= lloq


def line(points):
    """Slope, R squared and adjusted R squared of a least squares line."""
    n = len(points)
    x, y = sum(p[0] for p in points) / n, sum(p[1] for p in points) / n
    xx = sum((p[0] - x) ** 2 for p in points)
    xy = sum((p[0] - x) * (p[1] - y) for p in points)
    yy = sum((p[1] - y) ** 2 for p in points)
    if xx == 0:
        return nan, nan
    r2 = xy**2 / xx / yy if yy > 0 else nan
    return xy / xx, 1 - (1 - r2) * (n - 1) / (n - 2) if n > 2 else nan


def area(curve, until, method):
    """Piece by piece: from t1 to `until` or to t2, whichever comes first."""
    total = 0
    for (t1, c1), (t2, c2) in pairwise(curve):
        end = min(t2, until)
        if end <= t1:
            break
        if method == "linear-up-log-down" and 0 < c2 < c1 * (1 - 1e-9):
            rate = log(c1 / c2) / (t2 - t1)
            total += c1 * (1 - exp(-rate * (end - t1))) / rate
        else:
            at_end = c1 + (c2 - c1) * (end - t1) / (t2 - t1)
            total += (end - t1) * (c1 + at_end) / 2
    return total


def counted(copies_rule, lloq):
    """What a sample below its limit counts as; None: it is left out."""
    return {"zero": 0, "half": lloq / 2, "missing": None}[copies_rule]


def expansion(samples, infusions, auc_days, method, first, between, last, with_peak, r2, span):
    """Describe each infusion in its own clock."""
    samples = sorted(samples)
    rows = []
    for i, infusion in enumerate(infusions):
        before = infusions[i - 1] if i else -inf
        after = infusions[i + 1] if i + 1 < len(infusions) else inf
        own = [(d - infusion, c, q) for d, c, q in samples if infusion <= d <= after]
        earlier = [s for s in samples if before < s[0] < infusion]
        start = earlier[-1][1] if earlier and quantified(earlier[-1]) else 0
        found = describe(own, start, auc_days, method, first, between, last, with_peak, r2, span)
        rows.append(found | {"episode": i + 1})
    return rows


def describe(own, start, auc_days, method, first, between, last, with_peak, least_r2, least_span):
    found = dict.fromkeys(NUMBERS, nan)
    seen = [s for s in own if quantified(s)]
    found.update(
        samples=len(own), samples_below=len(own) - len(seen), lambda_z_points=0,
        last_day=own[-1][0] if own else nan, lambda_z_status="not-quantified",
        status="never-quantified" if own else "no-samples",
    )  # fmt: skip
    if not seen:
        followed = [own[-1][0] >= day if own else False for day in auc_days]
        found["auc"] = [0 if known else nan for known in followed]
        found["auc_status"] = ["below-limit" if known else "not-followed" for known in followed]
        return found
    cmax = max(c for _, c, _ in seen)
    tmax = min(d for d, c, _ in seen if c == cmax)
    tfirst, tlast, clast = seen[0][0], seen[-1][0], seen[-1][1]
    lost = min([d for d, _, _ in own if d > tlast], default=inf)
    found.update(cmax=cmax, tmax=tmax, tfirst=tfirst, tlast=tlast, clast=clast, lost_right=lost)
    found["status"] = "rising" if tmax == own[-1][0] else "quantified"

    tail = [(d, log(c)) for d, c, _ in seen if d > tmax or (with_peak and d == tmax)]
    lines = [(len(tail) - k, *line(tail[k:])) for k in range(len(tail) - 2)]
    lines = [(n, -slope, fit) for n, slope, fit in lines if slope < 0]
    if len(tail) < 3:
        found["lambda_z_status"] = "too-few-points"
    elif not lines:
        found["lambda_z_status"] = "not-declining"
    else:
        best = max(fit for _, _, fit in lines)
        n, rate, fit = max(row for row in lines if row[2] >= best - 1e-4)
        spanned = (tail[-1][0] - tail[-n][0]) * rate / log(2)
        good = "estimated" if spanned >= least_span else "short-span"
        found.update(
            lambda_z=rate, half_life=log(2) / rate, lambda_z_points=n, adjusted_r2=fit,
            span=spanned, lambda_z_status=good if fit >= least_r2 else "poor-fit",
        )  # fmt: skip

    climb = [(d, c) for d, c, _ in seen if d <= tmax]
    low = min(c for _, c in climb[:-1] or climb)
    begin = max(i for i, (_, c) in enumerate(climb[:-1] or climb) if c == low)
    found["expansion_rate"] = line([(d, log(c)) for d, c in climb[begin:]])[0]
    if found["expansion_rate"] > 0:
        found["doubling_time"] = log(2) / found["expansion_rate"]

    curve = [] if own[0][0] == 0 else [(0, start)]
    gone = False
    for d, c, q in own:
        if quantified((d, c, q)):
            curve.append((d, c))
            continue
        rule = first if d < tfirst else between if d < tlast else last
        value = 0 if d == 0 else counted(rule, q)
        if value is not None and not gone:
            curve.append((d, value))
            gone = d > tlast
    found["auc_last"] = area(curve, tlast, method)
    rate = found["lambda_z"]
    found["auc_inf"] = found["auc_last"] + clast / rate
    found["extrapolated"] = clast / rate / found["auc_inf"]
    found["auc"], found["auc_status"] = [], []
    for day in auc_days:
        total = area(curve, day, method)
        if day <= tlast:
            rests_on = "observed"
        elif last == "zero" and lost < inf:
            rests_on = "below-limit"
        else:
            rests_on = "extrapolated" if rate == rate else "not-followed"
            total += clast * (1 - exp(-rate * (day - tlast))) / rate
        found["auc"].append(total)
        found["auc_status"].append(rests_on)
    return found
