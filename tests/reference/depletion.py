"""Depletion episodes of one patient, straight from the definitions: lists, and no cleverness.

A sample is (day, low, high, open, unseen): its count lies from low to high, below high where open;
unseen where it is below the limit of its own sample.
"""

from fractions import Fraction
from itertools import pairwise
from math import inf, log10, nan

NUMBERS = [
    "baseline", "baseline_day", "pre_infusion", "pre_infusion_day", "nadir", "nadir_day", "depth",
    "onset_left", "onset_right", "recovery_left", "recovery_right", "duration_left",
    "duration_right", "unconfirmed_day", "deficit_low", "deficit_high", "last_day",
]  # fmt: skip


def sample(day, count, lloq=None):
    """Read one row."""
    if lloq is not None and count < lloq:
        return (day, 0, lloq, True, True)
    return (day, count, count, False, False)


def one_a_day(samples, rule):
    """Combine the samples of each day, which are in the order of the rows."""
    days = {}
    for row in samples:
        days.setdefault(row[0], []).append(row)
    return [combine(rows, rule) for rows in days.values()]


def combine(rows, rule):
    if rule == "first" or len(rows) == 1:
        return rows[0]
    if rule == "last":
        return rows[-1]
    day, lows, highs, opens, unseen = (list(column) for column in zip(*rows, strict=True))
    if rule == "mean":
        n = len(rows)
        low, high = sum(map(Fraction, lows)) / n, sum(map(Fraction, highs)) / n
        return (day[0], low, high, any(opens), all(unseen))
    if rule == "min":  # below the least high end where one of those that have it is open
        high = min(highs)
        is_open = any(o for h, o in zip(highs, opens, strict=True) if h == high)
        return (day[0], min(lows), high, is_open, any(unseen))
    high = max(highs)
    is_open = all(o for h, o in zip(highs, opens, strict=True) if h == high)
    return (day[0], max(lows), high, is_open, all(unseen))


def episodes(samples, infusions, lymphodepletion, *, end=inf, **rule):
    """Describe the episode of each infusion in its own clock."""
    found = []
    for i, infusion in enumerate(infusions):
        before = infusions[i - 1] if i else -inf
        after = infusions[i + 1] if i + 1 < len(infusions) else inf
        seen = [(s[0] - infusion, *s[1:]) for s in samples if before < s[0] <= after]
        start = lymphodepletion[i]
        found.append(
            episode(
                seen,
                lymphodepletion=None if start is None else start - infusion,
                end=end - infusion,
                **rule,
            )
            | {"episode": i + 1, "infusion_day": infusion, "next_infusion_day": after - infusion}
        )
    return found


def episode(
    samples,
    *,
    threshold,
    recovery,
    fraction=None,
    confirm=2,
    apart=0,
    lymphodepletion=None,
    end=inf,
):
    """Describe one episode by definition.

    `samples` are in any order, one a day; a threshold None is the limit of each sample. Days and
    counts may be fractions. None stands for "nothing to say".
    """
    everything = sorted(samples)
    used = [s for s in everything if s[0] <= end]
    before = [s for s in used if s[0] <= 0]
    after = [s for s in used if s[0] > 0]
    out = dict.fromkeys(NUMBERS)
    out |= {"samples": len(used), "samples_after_end": len(everything) - len(used), "blips": 0}
    out |= {"onset": "none", "baseline_below": False, "pre_infusion_below": False}
    out |= {"nadir_below": False, "last_day": used[-1][0] if used else None}
    if lymphodepletion is not None and any(s[0] <= lymphodepletion for s in before):
        last = [s for s in before if s[0] <= lymphodepletion][-1]
        out |= {"baseline": most(last), "baseline_day": last[0], "baseline_below": hidden(last)}
    if before:
        last = before[-1]
        out |= {"pre_infusion": most(last), "pre_infusion_day": last[0]}
        out["pre_infusion_below"] = hidden(last)
    if not after:
        return out | {"status": "no-samples"}

    least = min(after, key=lambda s: (most(s), s[1], s[0]))
    out |= {"nadir": most(least), "nadir_day": least[0], "nadir_below": any(map(hidden, after))}
    usable = out["baseline"] is not None and out["baseline"] > 0 and not out["baseline_below"]
    if usable:
        out["depth"] = inf if most(least) == 0 else log10(out["baseline"] / most(least))
    if fraction is not None:
        if not usable:
            return out | {"status": "no-baseline"}
        level = fraction * out["baseline"]
        recovery = recovery if recovery is None else min(recovery, level)
        threshold = threshold if threshold is None else min(threshold, level)

    if any(straddles(s, level) for s in used for level in (threshold, recovery)):
        return out | {"status": "undecided"}
    depleted = [s[4] if threshold is None else is_below(s, threshold) for s in used]
    recovered = [not s[4] if recovery is None else s[1] >= recovery for s in used]
    first = next((i for i in range(len(before), len(used)) if depleted[i]), None)
    if first is None:
        out |= {"onset_left": out["last_day"], "onset_right": inf, "status": "never-depleted"}
    else:
        out |= onset(used, depleted, first, lymphodepletion)
        out |= ending(used, recovered, first, confirm, apart)
        out["duration_left"] = out["recovery_left"] - out["onset_right"]
        out["duration_right"] = out["recovery_right"] - out["onset_left"]
    if threshold is not None and before:
        stop = out["recovery_right"] if out["recovery_right"] is not None else inf
        out["deficit_high"] = deficit(used, threshold, stop, lambda s: s[1])
        out["deficit_low"] = deficit(used, threshold, stop, most)
    return out


def hidden(sample):
    """Is the count not exactly known?"""
    return sample[1] < sample[2]


def most(sample):
    """The most the count can be."""
    return sample[2]


def is_below(sample, level):
    """Is every count that is possible less than this?"""
    return sample[2] <= level if sample[3] else sample[2] < level


def straddles(sample, level):
    """Can the count be less than the level, and can it be no less?"""
    return level is not None and sample[1] < level and not is_below(sample, level)


def onset(used, depleted, first, lymphodepletion):
    not_yet = [i for i in range(first) if not depleted[i]]
    begin = not_yet[-1] + 1 if not_yet else 0
    day = used[begin][0]
    left = used[begin - 1][0] if not_yet else -inf
    if day > 0:
        return {
            "onset": "after-infusion" if not_yet else "no-earlier-sample",
            "onset_left": left,
            "onset_right": day,
        }
    if not_yet and lymphodepletion is not None and day > lymphodepletion:
        return {"onset": "lymphodepletion", "onset_left": left, "onset_right": day}
    return {"onset": "depleted-before", "onset_left": -inf, "onset_right": 0}


def ending(used, recovered, first, confirm, apart):
    """Look at each first day of a return, and ask whether what follows confirms it."""
    blips = 0
    for i in range(first, len(used)):
        if not recovered[i] or (i > 0 and recovered[i - 1] and i > first):
            continue
        last_without = [j for j in range(first, i) if not recovered[j]][-1]
        run = [i]
        while run[-1] + 1 < len(used) and recovered[run[-1] + 1]:
            run.append(run[-1] + 1)
        confirming = [i]
        for j in run[1:]:
            if used[j][0] - used[confirming[-1]][0] >= apart:
                confirming.append(j)
        answer = {"blips": blips, "recovery_left": used[last_without][0], "recovery_right": inf}
        if len(confirming) >= confirm:
            return answer | {"status": "recovered", "recovery_right": used[i][0]}
        if run[-1] == len(used) - 1:
            return answer | {"status": "unconfirmed", "unconfirmed_day": used[i][0]}
        blips += 1
    return {
        "blips": blips,
        "recovery_left": used[-1][0],
        "recovery_right": inf,
        "status": "not-recovered",
    }


def deficit(used, threshold, stop, count):
    """Area of max(0, threshold - count) over straight lines, cut where the sign changes."""
    area = Fraction(0)
    for here, there in pairwise(used):
        if there[0] <= 0 or there[0] > stop:
            continue
        t0, t1 = Fraction(here[0]), Fraction(there[0])
        g0 = Fraction(threshold) - Fraction(count(here))
        g1 = Fraction(threshold) - Fraction(count(there))

        def gap(t, t0=t0, t1=t1, g0=g0, g1=g1):
            return g0 + (g1 - g0) * (t - t0) / (t1 - t0)

        cuts = [max(t0, Fraction(0)), t1]
        if g0 * g1 < 0:
            zero = t0 + (t1 - t0) * g0 / (g0 - g1)
            if cuts[0] < zero < t1:
                cuts.insert(1, zero)
        for a, b in pairwise(cuts):
            area += (b - a) * max(0, gap((a + b) / 2))
    return area


def as_number(value):
    """None is NaN."""
    return nan if value is None else float(value)
