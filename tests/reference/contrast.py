"""Two response rates by definition: bisection on likelihoods, sums over all tables."""

from fractions import Fraction
from math import comb, exp, inf, log, sqrt

import numpy as np

TIE = 1 + Fraction(1, 10**7)


def bisect(f, low, high, steps=200):
    """Where an increasing f changes its sign."""
    for _ in range(steps):
        middle = (low + high) / 2
        if f(middle) > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def rates_at(measure, x1, n1, x2, n2, value):
    """The pair of rates of the greatest likelihood whose contrast is `value`."""

    def pair(p2):
        if measure == "difference":
            return p2 + value, p2
        if measure == "ratio":
            return p2 * value, p2
        return value * p2 / (1 - p2 + value * p2), p2

    def speed(p1, p2):  # d p1 / d p2
        return {"difference": 1, "ratio": value}.get(measure, value / (1 - p2 + value * p2) ** 2)

    def falling(p2):  # minus the slope of the log-likelihood in p2
        p1, p2 = pair(p2)
        slope = (x1 - n1 * p1) / (p1 * (1 - p1)) * speed(p1, p2) + (x2 - n2 * p2) / (p2 * (1 - p2))
        return -slope

    low, high = 0.0, 1.0
    if measure == "difference":
        low, high = max(0.0, -value), min(1.0, 1 - value)
    if measure == "ratio":
        high = min(1.0, 1 / value)
    edge = 1e-15 * (high - low)
    return pair(bisect(falling, low + edge, high - edge))


def score_statistic(measure, x1, n1, x2, n2, value, factor=True, corrected=False):
    """Score statistic; `corrected` subtracts Gart's bias of the odds ratio."""
    p1, p2 = rates_at(measure, x1, n1, x2, n2, value)
    v1, v2 = p1 * (1 - p1) / n1, p2 * (1 - p2) / n2
    if measure == "difference":
        score, variance = x1 / n1 - x2 / n2 - value, v1 + v2
    elif measure == "ratio":
        score, variance = x1 / n1 - value * x2 / n2, v1 + value**2 * v2
    else:
        score = (x1 / n1 - p1) / (n1 * v1) - (x2 / n2 - p2) / (n2 * v2)
        variance = 1 / (n1**2 * v1) + 1 / (n2**2 * v2)
        if corrected:
            score -= (p1 - p2) / (n1**2 * v1 + n2**2 * v2)
    if factor:
        variance *= (n1 + n2) / (n1 + n2 - 1)
    return score / sqrt(variance)


def skewed_excess(measure, x1, n1, x2, n2, value, z):
    """Laud's equation for the limit: score / sd - (z^2 - 1) third / (6 sd^3) - z."""
    p1, p2 = rates_at(measure, x1, n1, x2, n2, value)
    v1, v2 = p1 * (1 - p1) / n1, p2 * (1 - p2) / n2
    third1, third2 = v1 * (1 - 2 * p1) / n1, v2 * (1 - 2 * p2) / n2
    factor = (n1 + n2) / (n1 + n2 - 1)
    if measure == "difference":
        variance, third = (v1 + v2) * factor, third1 - third2
    elif measure == "ratio":
        variance, third = (v1 + value**2 * v2) * factor, third1 - value**3 * third2
    else:
        variance = (1 / (n1**2 * v1) + 1 / (n2**2 * v2)) * factor
        third = third1 / (n1 * v1) ** 3 - third2 / (n2 * v2) ** 3
    statistic = score_statistic(measure, x1, n1, x2, n2, value, corrected=True)
    return statistic - (z * z - 1) * third / (6 * variance**1.5) - z


def limits(measure, excess):
    """Both limits where `excess(value, sign)` falls through 0, on the scale of the measure."""
    if measure == "difference":
        ends = [bisect(lambda v, s=s: -excess(v, s), -1 + 1e-12, 1 - 1e-12) for s in (1, -1)]
    else:
        ends = [exp(bisect(lambda v, s=s: -excess(exp(v), s), -25, 25)) for s in (1, -1)]
    return tuple(ends)


def wilson(x, n, z):
    """Both Wilson limits."""
    centre, spread = x + z * z / 2, z * sqrt(x * (n - x) / n + z * z / 4)
    return (centre - spread) / (n + z * z), (centre + spread) / (n + z * z)


def newcombe(x1, n1, x2, n2, z):
    """Newcombe's method 10."""
    (l1, u1), (l2, u2) = wilson(x1, n1, z), wilson(x2, n2, z)
    p1, p2 = x1 / n1, x2 / n2
    low = p1 - p2 - sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
    return low, p1 - p2 + sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)


# --- conditional --------------------------------------------------------------------------------


def conditional_pmf(x1, n1, x2, n2, odds_ratio):
    """Probabilities of x1 given the margins, by count, as exact fractions."""
    m = x1 + x2
    psi = Fraction(odds_ratio)
    weights = {
        j: comb(n1, j) * comb(n2, m - j) * psi**j for j in range(max(0, m - n2), min(m, n1) + 1)
    }
    total = sum(weights.values())
    return {j: weight / total for j, weight in weights.items()}


def conditional_pvalue(x1, n1, x2, n2, odds_ratio, rule, alternative="two-sided"):
    """Exact p-value of the odds ratio, summed term by term."""
    pmf = conditional_pmf(x1, n1, x2, n2, odds_ratio)
    if len(pmf) == 1:
        return Fraction(1)
    at = pmf[x1] * (Fraction(1, 2) if rule == "mid-p" else 1)
    lower = sum(p for j, p in pmf.items() if j < x1) + at
    upper = sum(p for j, p in pmf.items() if j > x1) + at
    if alternative == "greater":
        return upper
    if alternative == "less":
        return lower
    if rule in ("central", "mid-p"):
        return min(Fraction(1), 2 * min(lower, upper))
    if rule == "minlike":
        return sum(p for p in pmf.values() if p <= pmf[x1] * TIE)
    tail, counts = min(lower, upper), sorted(pmf)
    if lower > upper:
        others = [sum(pmf[j] for j in counts if j < k) for k in counts]
    else:
        others = [sum(pmf[j] for j in counts if j > k) for k in counts]
    return min(Fraction(1), tail + max(p for p in others if p <= tail * TIE))


# --- exact unconditional --------------------------------------------------------------------------


def binomial(n, rates):
    """Point probabilities: one row a rate, one column a count."""
    rates = np.asarray(rates, float)[:, None]
    k = np.arange(n + 1)
    return np.array([comb(n, j) for j in k]) * rates**k * (1 - rates) ** (n - k)


def chan_zhang_pvalue(x1, n1, x2, n2, margin, points=4001):
    """Greatest probability, on a grid of rates, of a score statistic at least as large."""
    statistics = np.array(
        [
            [_statistic_or_infinity(a, n1, b, n2, margin) for b in range(n2 + 1)]
            for a in range(n1 + 1)
        ]
    )
    region = statistics >= statistics[x1, x2] - 1e-8
    rates = np.linspace(max(0, -margin), min(1, 1 - margin), points)
    first, second = binomial(n1, np.clip(rates + margin, 0, 1)), binomial(n2, rates)
    return float(np.einsum("ra,ab,rb->r", first, region, second).max())


def _statistic_or_infinity(x1, n1, x2, n2, margin):
    difference = x1 / n1 - x2 / n2 - margin
    if abs(difference) < 1e-12:
        return 0.0
    if margin == 0:
        p = (x1 + x2) / (n1 + n2)
        return difference / sqrt(p * (1 - p) * (1 / n1 + 1 / n2)) if 0 < p < 1 else inf * difference
    return score_statistic("difference", x1, n1, x2, n2, margin, factor=False)


def log_odds_ratio(x1, n1, x2, n2):
    """Log odds ratio and its standard error (Woolf)."""
    cells = (x1, n1 - x1, x2, n2 - x2)
    return log(cells[0] / cells[1] * cells[3] / cells[2]), sqrt(sum(1 / c for c in cells))
