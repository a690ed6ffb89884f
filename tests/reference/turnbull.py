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
