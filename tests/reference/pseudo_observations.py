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


def incidence(time, cause, t):
    """Cumulative incidence of cause 1 at t, of 1 and 2."""
    total, survival_before = 0.0, 1.0
    for row in curve(time, [int(c > 0) for c in cause]):
        if row["time"] <= t:
            own = sum(c == 1 and u == row["time"] for u, c in zip(time, cause, strict=True))
            total += survival_before * own / row["at_risk"]
            survival_before = row["estimate"]
    return total


def pseudo(time, event, t, of):
    """Return n times the estimate less n - 1 times each one without a patient; ties are merged."""
    n = len(time)
    value = {"survival": survival, "rmst": area, "incidence": incidence}[of]
    whole = value(time, event, t)
    if n == 1:
        return np.array([whole])
    without = [
        value([*time[:i], *time[i + 1 :]], [*event[:i], *event[i + 1 :]], t) for i in range(n)
    ]
    return n * whole - (n - 1) * np.array(without)
