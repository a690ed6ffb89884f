"""Wilcoxon's tests by definition: every sign, every division of the patients, every shift.

Scores are whole numbers or fractions, so that nothing is rounded.
"""

from fractions import Fraction
from itertools import combinations, pairwise, product
from math import inf


def midranks(values):
    """Return the mean of the ranks that tied values share."""
    return [
        sum(Fraction(v < x) for v in values) + Fraction(sum(v == x for v in values) + 1, 2)
        for x in values
    ]


def pvalue(seen, possible, alternative):
    """Return the share of the possible values that are at least as extreme as the one seen."""
    n, mean = len(possible), Fraction(sum(possible), len(possible))
    if alternative == "greater":
        return Fraction(sum(t >= seen for t in possible), n)
    if alternative == "less":
        return Fraction(sum(t <= seen for t in possible), n)
    return Fraction(sum(abs(t - mean) >= abs(seen - mean) for t in possible), n)


def signed_rank(differences, mu, alternative="two-sided", zeros="wilcoxon"):
    """Return the statistic and its exact p-value."""
    shifted = [Fraction(d) - mu for d in differences]
    if zeros == "wilcoxon":
        shifted = [d for d in shifted if d != 0]
    ranked = list(zip(shifted, midranks([abs(d) for d in shifted]), strict=True))
    ranked = [(d, rank) for d, rank in ranked if d != 0]
    seen = sum((rank for d, rank in ranked if d > 0), Fraction(0))
    possible = [
        sum((rank for (_, rank), sign in zip(ranked, signs, strict=True) if sign), Fraction(0))
        for signs in product((0, 1), repeat=len(ranked))
    ]
    return seen, pvalue(seen, possible, alternative)


def rank_sum(x, y, mu, alternative="two-sided"):
    """Return the statistic and its exact p-value."""
    pooled = [Fraction(v) - mu for v in x] + [Fraction(v) for v in y]
    ranks, m = midranks(pooled), len(x)
    least = Fraction(m * (m + 1), 2)
    divisions = combinations(range(len(pooled)), m)
    possible = [sum(ranks[i] for i in chosen) - least for chosen in divisions]
    seen = sum(ranks[:m]) - least
    return seen, pvalue(seen, possible, alternative)


def walsh(differences):
    """Return the averages of two differences, each with itself included, in order."""
    d = [Fraction(v) for v in differences]
    return sorted((d[i] + d[j]) / 2 for i in range(len(d)) for j in range(i, len(d)))


def gaps(x, y):
    """Return the differences of a score of x and one of y, in order."""
    return sorted(Fraction(a) - Fraction(b) for a in x for b in y)


def median(ordered):
    """Return the middle value, or the mean of the two in the middle."""
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def interval(jumps, pvalue_of, level, alternative="two-sided"):
    """Return the limits, and the larger p-value just outside them.

    The limits enclose each shift that is kept, of those between two jumps; without any, they are
    the median of the jumps.
    """
    distinct = sorted(set(jumps))
    ends = [-inf, *distinct, inf]
    inside = [distinct[0] - 1]
    inside += [(a + b) / 2 for a, b in pairwise(distinct)]
    inside += [distinct[-1] + 1]
    alpha = 1 - Fraction(str(level))
    kept = [i for i, shift in enumerate(inside) if pvalue_of(shift, alternative) >= alpha]
    low, high = (ends[kept[0]], ends[kept[-1] + 1]) if kept else (median(jumps), median(jumps))
    outside = Fraction(0)
    if low != -inf:
        outside = pvalue_of(inside[ends.index(low) - 1], alternative)
    if high != inf:
        outside = max(outside, pvalue_of(inside[ends.index(high)], alternative))
    return low, high, outside
