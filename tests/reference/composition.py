"""Compositions by definition: every sign and every division of the patients, one at a time."""

from itertools import combinations, product
from math import exp, log, sqrt

SAME = 1e-9


def closed(row, limits=None):
    """Return shares that sum to 1, a zero being 0.65 of its limit."""
    total = sum(row)
    given = [0.65 * limits[j] / total if x == 0 else 0.0 for j, x in enumerate(row)]
    return [g if x == 0 else x / total * (1 - sum(given)) for x, g in zip(row, given, strict=True)]


def clr(row):
    """Return the log-ratios to the geometric mean."""
    product_of_all = 1.0
    for share in row:
        product_of_all *= share
    middle = product_of_all ** (1 / len(row))
    return [log(share / middle) for share in row]


def centre(rows):
    """Return the geometric means, closed."""
    means = [exp(sum(map(log, column)) / len(rows)) for column in zip(*rows, strict=True)]
    return [mean / sum(means) for mean in means]


def arrangements_of_pairs(differences):
    """Yield the sums of the signed differences, for all signs."""
    for signs in product((1, -1), repeat=len(differences)):
        yield [
            sum(s * d for s, d in zip(signs, column, strict=True))
            for column in zip(*differences, strict=True)
        ]


def arrangements_of_groups(rows, second):
    """Yield the sums of the second group's rows, less their means, for all divisions."""
    columns = list(zip(*rows, strict=True))
    means = [sum(column) / len(rows) for column in columns]
    for members in combinations(range(len(rows)), second):
        yield [
            sum(column[i] - mean for i in members)
            for column, mean in zip(columns, means, strict=True)
        ]


def permutation(seen, sums):
    """Return the p-values of each subset alone, of all at once, and of no difference at all."""
    parts = range(len(seen))
    deviation = [sqrt(sum(s[j] ** 2 for s in sums) / len(sums)) for j in parts]
    z = [[abs(s[j]) / deviation[j] if deviation[j] > SAME else 0 for j in parts] for s in sums]
    of_seen = [abs(seen[j]) / deviation[j] if deviation[j] > SAME else 0 for j in parts]
    alone = [sum(row[j] >= of_seen[j] - SAME for row in z) / len(z) for j in parts]
    order = sorted(parts, key=lambda j: of_seen[j])
    adjusted = [0.0] * len(seen)
    least = 0.0
    for k in reversed(parts):
        j = order[k]
        p = sum(max(row[i] for i in order[: k + 1]) >= of_seen[j] - SAME for row in z) / len(z)
        adjusted[j] = least = max(least, p)
    square = sum(x * x for x in seen)
    every = sum(sum(x * x for x in s) >= square * (1 - SAME) - SAME for s in sums) / len(sums)
    return alone, adjusted, every
