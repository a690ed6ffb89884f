"""A trend by definition: every way to place the responders, in exact fractions."""

from fractions import Fraction
from itertools import product
from math import comb

TIE = 1 - Fraction(1, 10**7)


def squared_z(events, n, scores):
    """Return z squared as a fraction; ZeroDivisionError when the margins leave no choice."""
    total, responders = sum(n), sum(events)
    rate = Fraction(responders, total)
    score = sum(s * (x - m * rate) for x, m, s in zip(events, n, scores, strict=True))
    first = sum(m * Fraction(s) for m, s in zip(n, scores, strict=True))
    second = sum(m * Fraction(s) ** 2 for m, s in zip(n, scores, strict=True))
    return Fraction(score) ** 2 / (rate * (1 - rate) * (second - first**2 / total))


def pvalues(events, n, scores):
    """Return the exact p-values {alternative: fraction}."""
    responders = sum(events)
    ways = {}
    for choice in product(*(range(m + 1) for m in n)):
        if sum(choice) == responders:
            weight = 1
            for x, m in zip(choice, n, strict=True):
                weight *= comb(m, x)
            total = sum(x * s for x, s in zip(choice, scores, strict=True))
            ways[total] = ways.get(total, 0) + weight
    everything = sum(ways.values())
    seen = sum(x * s for x, s in zip(events, scores, strict=True))
    mean = Fraction(sum(s * w for s, w in ways.items()), everything)
    chosen = {
        "greater": [w for s, w in ways.items() if s >= seen],
        "less": [w for s, w in ways.items() if s <= seen],
        "two-sided": [w for s, w in ways.items() if abs(s - mean) >= abs(seen - mean) * TIE],
    }
    return {name: Fraction(sum(weights), everything) for name, weights in chosen.items()}
