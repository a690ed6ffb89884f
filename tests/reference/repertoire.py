"""Repertoires by their definitions: probabilities as fractions, sums over clones one by one."""

from fractions import Fraction
from itertools import combinations
from math import comb, exp, log, sqrt


def shannon(count):
    n = sum(count)
    return -sum(x / n * log(x / n) for x in count)


def hill(count, order):
    n = sum(count)
    if order == 1:
        return exp(shannon(count))
    return sum((x / n) ** order for x in count) ** (1 / (1 - order))


def gini(count):
    """Return the mean difference of two clones over twice their mean."""
    differences = sum(abs(x - y) for x in count for y in count)
    return differences / (2 * len(count) * sum(count))


def d50(count):
    held = 0
    for k, x in enumerate(sorted(count, reverse=True), 1):
        held += x
        if 2 * held >= sum(count):
            return k
    raise AssertionError


def drawn(n, size, depth):
    """Return the chance of each number of reads of a clone among `depth` of n."""
    return [
        Fraction(comb(size, k) * comb(n - size, depth - k), comb(n, depth))
        for k in range(min(size, depth) + 1)
    ]


def rarefied_richness(count, depth):
    return float(sum(1 - drawn(sum(count), x, depth)[0] for x in count))


def subsample_sd(count, depth):
    n = sum(count)
    absent = [drawn(n, x, depth)[0] for x in count]
    variance = sum(p * (1 - p) for p in absent)
    for (x, p), (y, q) in combinations(zip(count, absent, strict=True), 2):
        both = drawn(n, x + y, depth)[0]
        variance += 2 * (both - p * q)
    return sqrt(variance)


def rarefied_hill(count, depth, order):
    n = sum(count)
    expected = [Fraction(0)] * (depth + 1)
    for x in count:
        for k, chance in enumerate(drawn(n, x, depth)):
            expected[k] += chance
    ks = range(1, depth + 1)
    if order == 1:
        return exp(-sum(float(expected[k]) * k / depth * log(k / depth) for k in ks))
    return sum(float(expected[k]) * (k / depth) ** order for k in ks) ** (1 / (1 - order))


def chao1(count):
    n, once, twice = sum(count), count.count(1), count.count(2)
    return len(count) + (n - 1) / n * once * (once - 1) / (2 * (twice + 1))


def std_error(count, depth):
    if depth <= 1:
        return 0.0  # one read shows one clone
    n = sum(count)
    present = [float(1 - drawn(n, x, depth)[0]) for x in count]
    return sqrt(max(0.0, sum(p * p for p in present) - sum(present) ** 2 / chao1(count)))


def overlap(before, after):
    """Return shared, Jaccard, weighted Jaccard and Morisita-Horn of two dicts of reads by clone."""
    n, m = sum(before.values()), sum(after.values())
    clones = set(before) | set(after)
    p = {c: before.get(c, 0) / n for c in clones}
    q = {c: after.get(c, 0) / m for c in clones}
    shared = len(set(before) & set(after))
    weighted = sum(min(p[c], q[c]) for c in clones) / sum(max(p[c], q[c]) for c in clones)
    squares = sum(p[c] ** 2 + q[c] ** 2 for c in clones)
    return shared, shared / len(clones), weighted, 2 * sum(p[c] * q[c] for c in clones) / squares


def rarefied_overlap(before, after, depth):
    """Return the same as ratios of expectations over all pairs of subsamples."""
    n, m = sum(before.values()), sum(after.values())
    shared = either = least = most = product = squares = Fraction(0)
    for clone in set(before) | set(after):
        first = drawn(n, before.get(clone, 0), depth)
        second = drawn(m, after.get(clone, 0), depth)
        for k, p in enumerate(first):
            for j, q in enumerate(second):
                shared += p * q * (k > 0 and j > 0)
                either += p * q * (k > 0 or j > 0)
                least += p * q * min(k, j)
                most += p * q * max(k, j)
                product += p * q * k * j
                squares += p * q * (k * k + j * j)
    return (
        float(shared), float(shared / either), float(least / most), float(2 * product / squares),
    )  # fmt: skip
