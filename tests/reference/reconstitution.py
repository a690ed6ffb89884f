"""Cumulative incidence of return by definition: every piece of the line, plain self-consistency."""

import itertools

import numpy as np


def npmle(left, right, competing, most=200_000, gap=1e-11):
    """Return points of the line, masses of return on it, of competing times, and the rest."""
    ends = sorted({x for x in (*left, *right, *competing) if np.isfinite(x)})
    pieces = [(a, b) for a, b in itertools.pairwise(ends)] + [(t, t) for t in ends]
    deaths = sorted({d for d, r in zip(competing, right, strict=True) if np.isfinite(d) and d < r})
    holds = []
    for a, b, d in zip(left, right, competing, strict=True):
        returned = np.isfinite(b) and b <= d
        died = not returned and np.isfinite(d)
        row = []
        for low, high in pieces:
            inside = (low == high == a) if a == b else (a <= low and high <= b and high > a)
            after = low >= a and high > a
            row.append(inside if returned else not died and after)
        row += [t == d if died else not returned and t > a for t in deaths]
        holds.append([*row, not returned and not died])
    holds = np.array(holds, float)
    mass = np.full(holds.shape[1], 1 / holds.shape[1])
    for _ in range(most):
        slope = (holds / (holds @ mass)[:, None]).sum(axis=0) / len(holds)
        mass = mass * slope
        if slope.max() - 1 < gap:
            break
    return pieces, mass[: len(pieces)], deaths, mass, float(np.log(holds @ mass).sum())
