"""The NPMLE of interval-censored times by definition: sets of rows, and plain self-consistency."""

import numpy as np


def innermost(left, right):
    """Return the maximal intersections, as pairs, and which of them each row holds.

    The line is cut at all end points into points and open pieces. What the most rows share, in the
    sense that no other piece is in the same rows and more, can hold mass (Peto 1973).
    """
    left, right = np.asarray(left, float), np.asarray(right, float)
    ends = sorted({*left.tolist(), *right[np.isfinite(right)].tolist()})
    pieces = []
    for i, end in enumerate(ends):
        after = ends[i + 1] if i + 1 < len(ends) else np.inf
        at_end = (left < end) & (end <= right) | (left == end) & (right == end)
        pieces.append((end, end, frozenset(np.flatnonzero(at_end).tolist())))
        between = (left <= end) & (after <= right) & (left < right)
        pieces.append((end, after, frozenset(np.flatnonzero(between).tolist())))
    rows_of = {rows for _, _, rows in pieces if rows}
    largest = [rows for rows in rows_of if not any(rows < others for others in rows_of)]
    intervals = []
    for rows in largest:
        shared = [piece for piece in pieces if piece[2] == rows]
        intervals.append((min(p[0] for p in shared), max(p[1] for p in shared), rows))
    intervals.sort()
    holds = np.array([[row in rows for _, _, rows in intervals] for row in range(len(left))])
    return [(a, b) for a, b, _ in intervals], holds


def gradient(mass, holds):
    """Return the derivative of the log-likelihood in each mass."""
    return (holds / (holds @ mass)[:, None]).sum(axis=0)


def npmle(left, right, most=100_000, gap=1e-11):
    """Return intervals, masses and log-likelihood by self-consistency (Turnbull 1976)."""
    intervals, holds = innermost(left, right)
    holds = holds.astype(float)
    mass = np.full(len(intervals), 1 / len(intervals))
    for _ in range(most):
        slope = gradient(mass, holds) / len(holds)
        mass = mass * slope
        if slope.max() - 1 < gap:
            break
    return intervals, mass, float(np.log(holds @ mass).sum())


def product_limit(time, event):
    """Return the event times and Kaplan-Meier's jumps at them."""
    time, event = np.asarray(time, float), np.asarray(event, bool)
    times = np.unique(time[event])
    survival, jumps = 1.0, []
    for t in times:
        hazard = np.sum((time == t) & event) / np.sum(time >= t)
        jumps.append(survival * hazard)
        survival *= 1 - hazard
    return times, np.array(jumps), survival


def pieces(left, right, time):
    """Return which rows hold each maximal intersection of a line that is cut just after a time.

    The rows are looked at on either side of the cut by themselves; the first array says which of
    the pieces lie before it. A side without a row still has one piece, which no row holds.
    """
    left, right = np.asarray(left, float), np.asarray(right, float)
    ends = np.unique(np.concatenate((left, right[np.isfinite(right)], [0.0, time])))
    before, holds = [], []
    for early in (True, False):
        sets = []
        points = np.concatenate((ends, (ends[1:] + ends[:-1]) / 2, [ends[-1] + 1, ends[0] - 1]))
        for point in points:
            if (point <= time) != early:
                continue
            # a piece between ends may reach over the cut: it is there on both sides
            inside = ((left < point) & (point <= right)) | ((left == point) & (right == point))
            sets.append(frozenset(np.flatnonzero(inside).tolist()))
        # just after the cut, before the next end
        if not early:
            inside = (left <= time) & (right > time)
            sets.append(frozenset(np.flatnonzero(inside & (left < right)).tolist()))
        largest = {rows for rows in sets if not any(rows < other for other in sets)}
        for rows in sorted(largest, key=sorted):
            before.append(early)
            holds.append([row in rows for row in range(len(left))])
    return np.array(before), np.array(holds, float).T


def profile(left, right, time, survival, most=20_000, gap=1e-10):
    """Return the largest log-likelihood of a curve with a given probability of no event by a time.

    Self-consistency, after each step of which both sides are scaled to what they must have.
    """
    before, holds = pieces(left, right, time)
    share = np.where(before, 1 - survival, survival)
    mass = share / np.where(before, before.sum(), (~before).sum())
    for _ in range(most):
        slope = gradient(mass, holds)
        mass = mass * slope
        for side in (before, ~before):
            total = mass[side].sum()
            aim = share[side][0]
            mass[side] = mass[side] / total * aim if total > 0 else aim / side.sum()
        slope = gradient(mass, holds)
        if (1 - survival) * slope[before].max() + survival * slope[~before].max() < len(
            holds
        ) + gap:
            break
    return float(np.log(holds @ mass).sum())


def likelihood_limits(left, right, time, drop, steps=40):
    """Return the range at a time of curves whose log-likelihood is within drop / 2 of the most."""
    best = npmle(left, right)[2]
    at = _survival(*pieces(left, right, time))
    limits = []
    for end in (0.0, 1.0):
        inside, outside = at, end
        for _ in range(steps):
            middle = (inside + outside) / 2
            if 2 * (best - profile(left, right, time, middle)) <= drop:
                inside = middle
            else:
                outside = middle
        limits.append(inside)
    return tuple(limits)


def _survival(before, holds, most=20_000):
    mass = np.full(holds.shape[1], 1 / holds.shape[1])
    for _ in range(most):
        slope = gradient(mass, holds)
        mass = mass * slope / len(holds)
        if slope.max() < len(holds) + 1e-10:
            break
    return float(mass[~before].sum())


def truncated_pieces(left, right, entry):
    """Return points and open pieces of the line, and which of them each row and its entry allow.

    None is left out: that mass lies in innermost intervals alone is for the likelihood to say.
    """
    left, right, entry = (np.asarray(column, float) for column in (left, right, entry))
    ends = np.unique(np.concatenate((left, right, entry)))
    ends = ends[np.isfinite(ends)]
    pieces, holds, seen = [], [], []
    for i, end in enumerate(ends):
        after = ends[i + 1] if i + 1 < len(ends) else np.inf
        pieces += [(end, end), (end, after)]
        holds.append((left < end) & (end <= right) | (left == end) & (right == end))
        holds.append((left <= end) & (after <= right) & (left < right))
        seen.append(entry < end)
        seen.append(entry <= end)
    return pieces, np.array(holds, float).T, np.array(seen, float).T


def truncated_loglik(mass, holds, seen):
    """Return the log of the product of P(row) / P(after its entry)."""
    return float(np.log(holds @ mass).sum() - np.log(seen @ mass).sum())


def truncated_npmle(left, right, entry, most=20_000):
    """Return pieces, masses and log-likelihood by Turnbull's (1976) self-consistency.

    Each row stands for itself and for those, unseen, whose event came before such an entry.
    """
    pieces, holds, seen = truncated_pieces(left, right, entry)
    mass = np.full(len(pieces), 1 / len(pieces))
    for _ in range(most):
        events = (holds / (holds @ mass)[:, None]).sum(axis=0) * mass
        unseen = ((1 - seen) / (seen @ mass)[:, None]).sum(axis=0) * mass
        mass = (events + unseen) / (events + unseen).sum()
    return pieces, mass, truncated_loglik(mass, holds, seen)


def thomas_grunkemeier(time, event, entry, at, drop):
    """Return likelihood ratio limits of S(at) of exact and right-censored times with entries.

    Of those at risk r at an event time, d have it: the hazards d / (r + a) are the most likely with
    their product of 1 - hazard (Thomas and Grunkemeier 1975); bisection finds a.
    """
    time, event, entry = np.asarray(time, float), np.asarray(event, bool), np.asarray(entry, float)
    times = np.unique(time[event & (time <= at)])
    r = np.array([((entry < t) & (time >= t)).sum() for t in times], float)
    d = np.array([((time == t) & event).sum() for t in times], float)

    def fall(a):
        hazard, best = d / (r + a), d / r
        return 2 * np.sum(
            d * np.log(best / hazard)
            + np.where(r > d, (r - d) * np.log((1 - best) / (1 - hazard)), 0)
        )

    limits = []
    for end in (-np.min(r - d), 1e7 * len(time)):
        inside, outside = 0.0, end
        for _ in range(200):
            middle = (inside + outside) / 2
            if fall(middle) <= drop:
                inside = middle
            else:
                outside = middle
        limits.append(float(np.prod(1 - d / (r + inside))))
    return tuple(limits)
