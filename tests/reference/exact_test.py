"""Exact tests by definition: every table listed, the common rate on a fine grid."""

from itertools import product
from math import comb, factorial, inf, prod, sqrt

import numpy as np

from tests.reference.contrast import binomial, conditional_pvalue


def pooled(x1, n1, x2, n2):
    """z with the pooled variance."""
    p = (x1 + x2) / (n1 + n2)
    difference = x1 * n2 - x2 * n1
    return difference / (n1 * n2) / sqrt(p * (1 - p) * (1 / n1 + 1 / n2)) if difference else 0.0


def unpooled(x1, n1, x2, n2):
    """z with the variance of each group."""
    p1, p2 = x1 / n1, x2 / n2
    variance = p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
    if p1 == p2:
        return 0.0
    return (p1 - p2) / sqrt(variance) if variance else inf * (p1 - p2)


def orders(n1, n2, method, alternative):
    """Return what orders the tables: the smaller, the more extreme."""
    keys = np.empty((n1 + 1, n2 + 1))
    for x1, x2 in product(range(n1 + 1), range(n2 + 1)):
        if method == "boschloo":
            p = conditional_pvalue(x1, n1, x2, n2, 1, "minlike", alternative)
            keys[x1, x2] = float(p)
        else:
            z = (pooled if method == "barnard" else unpooled)(x1, n1, x2, n2)
            keys[x1, x2] = {"less": z, "greater": -z, "two-sided": -abs(z)}[alternative]
    return keys


def unconditional_pvalues(n1, n2, method, alternative, points=2001, within=None):
    """P-values of all tables: the greatest probability of the region over a grid of rates."""
    keys = orders(n1, n2, method, alternative)
    rates = np.linspace(*(within or (0, 1)), points)
    joint = binomial(n1, rates)[:, :, None] * binomial(n2, rates)[:, None, :]
    pvalues = np.empty_like(keys)
    for x in np.ndindex(keys.shape):
        region = keys <= keys[x] + 1e-8 * abs(keys[x]) if np.isfinite(keys[x]) else keys <= keys[x]
        pvalues[x] = (joint * region).sum(axis=(1, 2)).max()
    return np.minimum(pvalues, 1)


def freeman_halton(table):
    """Probability of all tables with these margins that are no likelier, each listed."""
    table = np.asarray(table)
    rows, columns = table.sum(1).tolist(), table.sum(0).tolist()
    scale = prod(map(factorial, rows)) * prod(map(factorial, columns))

    def weight(cells):
        return scale / prod(factorial(x) for x in cells)

    def tables(left, remaining):
        if not remaining:
            if not any(left):
                yield ()
            return
        total = remaining[0]
        for column in product(*(range(min(total, x) + 1) for x in left)):
            if sum(column) == total:
                rest = [x - c for x, c in zip(left, column, strict=True)]
                for more in tables(rest, remaining[1:]):
                    yield column + more

    seen = weight(table.ravel().tolist())
    weights = [weight(cells) for cells in tables(rows, columns)]
    return sum(w for w in weights if w <= seen * (1 + 1e-7)) / sum(weights)


def minlike_by_comb(x1, n1, x2, n2):
    """Fisher's two-sided p-value as most textbooks print it."""
    m = x1 + x2
    ways = [comb(n1, j) * comb(n2, m - j) for j in range(max(0, m - n2), min(m, n1) + 1)]
    seen = comb(n1, x1) * comb(n2, x2)
    return sum(w for w in ways if w <= seen * (1 + 1e-7)) / sum(ways)
