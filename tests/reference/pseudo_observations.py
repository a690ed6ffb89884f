"""Pseudo-observations by n curves, each without one patient."""

import numpy as np

from tests.reference.kaplan_meier import curve


def survival(time, event, t):
    """Survival at t; after its last row a curve is carried on."""
    before = [row["estimate"] for row in curve(time, event) if row["time"] <= t]
    return before[-1] if before else 1.0


def area(time, event, tau):
    rows = [row for row in curve(time, event) if row["time"] < tau]
    edges = [0.0, *(row["time"] for row in rows), tau]
    heights = [1.0, *(row["estimate"] for row in rows)]
    return sum(h * (b - a) for h, a, b in zip(heights, edges, edges[1:], strict=False))


def pseudo(time, event, t, of):
    """Return n times the estimate less n - 1 times each one without a patient; ties are merged."""
    n = len(time)
    value = {"survival": survival, "rmst": area}[of]
    whole = value(time, event, t)
    if n == 1:
        return np.array([whole])
    without = [
        value([*time[:i], *time[i + 1 :]], [*event[:i], *event[i + 1 :]], t) for i in range(n)
    ]
    return n * whole - (n - 1) * np.array(without)
