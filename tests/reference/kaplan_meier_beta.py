"""Slow twin of the beta product limits.

Moments in exact fractions, the incomplete beta function by its continued fraction (DLMF 8.17.22),
every limit by bisection; and the product of betas itself by simulation, without matching moments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Beta = tuple[float, float]
ZERO, ONE = (0.0, 1.0), (1.0, 0.0)  # Beta(0, 1) and Beta(1, 0): constants


def rows(time: Sequence[float], event: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return (at risk, events, censored) of each distinct time."""
    both = list(zip(time, event, strict=True))
    return [
        (sum(u >= t for u in time), both.count((t, 1)), both.count((t, 0)))
        for t in sorted(set(time))
    ]


def factors(table: Sequence[tuple[int, int, int]]) -> list[tuple[list[tuple[int, int]], int]]:
    """Return, for the start and each row, the betas so far and how many are left."""
    stretches: list[tuple[list[tuple[int, int]], int]] = [([], table[0][0])]
    betas: list[tuple[int, int]] = []
    for at_risk, events, censored in table:
        if events:
            betas = [*betas, (at_risk - events + 1, events)]
        stretches.append((betas, at_risk - events - censored))
    return stretches


def matched(betas: Sequence[tuple[int, int]]) -> Beta:
    """Return the beta distribution with the mean and variance of the product."""
    if not betas:
        return ONE
    if any(a == 0 for a, _ in betas):
        return ZERO
    mean = second = Fraction(1)
    for a, b in betas:
        mean *= Fraction(a, a + b)
        second *= Fraction(a, a + b) * Fraction(a + 1, a + b + 1)
    total = mean * (1 - mean) / (second - mean**2) - 1
    return float(mean * total), float((1 - mean) * total)


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Return P(Beta(a, b) <= x)."""
    if a == 0:
        return 1.0
    if b == 0:
        return float(x >= 1)
    if not 0 < x < 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(1 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    fraction = 1.0
    for m in range(50, 0, -1):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1))
        fraction = 1 + odd / (1 + even / fraction)
    return front / a / fraction


def crossing(betas: Sequence[Beta], target: float) -> float:
    """Return the smallest x at which the mean of the distribution functions reaches `target`."""
    low, high = 0.0, 1.0
    if sum(incomplete_beta(0.0, *beta) for beta in betas) >= target * len(betas):
        return 0.0
    for _ in range(50):
        middle = (low + high) / 2
        mean = sum(incomplete_beta(middle, *beta) for beta in betas) / len(betas)
        low, high = (middle, high) if mean < target else (low, middle)
    return high


def limits(
    table: Sequence[tuple[int, int, int]], level: float = 0.95, mid_p: bool = False
) -> list[tuple[float, float]]:
    """Return the limits of the start and of each row; upper ones never rise."""
    tail = (1 - level) / 2
    found = []
    for betas, left in factors(table):
        plus, minus = matched(betas), matched([*betas, (left, 1)])
        lower = crossing([minus, plus] if mid_p else [minus], tail)
        upper = crossing([minus, plus] if mid_p else [plus], 1 - tail)
        found.append((lower, min([upper, *(high for _, high in found)])))
    return found


def simulated(
    table: Sequence[tuple[int, int, int]], draws: int, seed: int
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return draws of W- and W+, the products of betas themselves, for the start and each row."""
    rng = np.random.default_rng(seed)
    found = []
    product = np.ones(draws)
    stretches = factors(table)
    for (before, _), (betas, left) in pairwise([([], 0), *stretches]):
        for a, b in betas[len(before) :]:
            product = product * rng.beta(a, b, draws)
        last = rng.beta(left, 1, draws) if left else np.zeros(draws)
        found.append((product * last, product))
    return found
