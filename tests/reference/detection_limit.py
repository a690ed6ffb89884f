"""Values with limits, the slow obvious way: likelihoods row by row, profiles by golden section, the
curve by sharing out what lies below a limit, plotting positions as Helsel and Cohn write them."""

import math
from itertools import combinations

import numpy as np


def normal_lower(z):
    return 0.5 * math.erfc(-z / math.sqrt(2))


def gamma_lower(x, shape):
    """P(X <= x) by its power series."""
    term = total = 1 / shape
    k = 0
    while term > 1e-17 * total:
        k += 1
        term *= x / (shape + k)
        total += term
    return min(1.0, math.exp(shape * math.log(x) - x - math.lgamma(shape)) * total)


def loglik(rows, distribution, a, b):
    """Log-likelihood of (value, kind): a, b are mean and sd of (log) values, or shape and scale."""
    total = 0.0
    for value, kind in rows:
        if distribution == "gamma":
            lower = gamma_lower(value / b, a)
            density = (a - 1) * math.log(value) - value / b - math.lgamma(a) - a * math.log(b)
        else:
            y = math.log(value) if distribution == "lognormal" else value
            z = (y - a) / b
            lower = normal_lower(z)
            density = -z * z / 2 - math.log(b) - math.log(2 * math.pi) / 2
            density -= y if distribution == "lognormal" else 0
        chance = {"below": lower, "above": 1 - lower}.get(kind)
        total += density if chance is None else math.log(max(chance, 1e-300))
    return total


def profile(rows, distribution, asked, value):
    """The largest log-likelihood with this mean or median ("normal", "lognormal")."""

    def at(log_sd):
        sd = math.exp(log_sd)
        if distribution == "normal":
            return loglik(rows, distribution, value, sd)
        shift = sd * sd / 2 if asked == "mean" else 0
        return loglik(rows, distribution, math.log(value) - shift, sd)

    grid = np.linspace(-4, 6, 201)
    best = grid[int(np.argmax([at(x) for x in grid]))]
    low, high = best - 0.1, best + 0.1
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if at(left) > at(right) else (left, high)
    return at((low + high) / 2)


def share_below(rows, x, rounds=4000):
    """The share below x: each "<limit" is shared out among what lies below it, again and again."""
    cells = sorted({value for value, kind in rows if kind == "detected"})
    floor = min(value for value, _ in rows) - 1  # all that lies below every value and limit
    support = [floor, *cells]
    mass = np.full(len(support), 1 / len(support))
    allowed = np.array(
        [
            [c == value if kind == "detected" else c < value for c in support]
            for value, kind in rows
        ],
        float,
    )
    for _ in range(rounds):
        weight = allowed * mass
        mass = (weight / weight.sum(axis=1, keepdims=True)).mean(axis=0)
    return sum(m for m, c in zip(mass, support, strict=True) if c < x)


def positions(rows):
    """Plotting positions of the detected values, ascending, and of each limit's rows."""
    limits = sorted({value for value, kind in rows if kind == "below"})
    edges = [-math.inf, *limits, math.inf]
    exceed = [0.0] * (len(edges))
    detected = [value for value, kind in rows if kind == "detected"]
    for j in range(len(limits), -1, -1):
        a = sum(edges[j] <= v < edges[j + 1] for v in detected)
        b = sum(v < edges[j] for v in detected)
        b += sum(v <= edges[j] for v, kind in rows if kind == "below")
        above = exceed[j + 1]
        exceed[j] = 1.0 if j == 0 else above + a / (a + b) * (1 - above)
    found = []
    for j in range(len(limits) + 1):
        inside = sorted(v for v in detected if edges[j] <= v < edges[j + 1])
        for rank, value in enumerate(inside, 1):
            place = 1 - exceed[j] + (exceed[j] - exceed[j + 1]) * rank / (len(inside) + 1)
            found.append((place, value, "detected"))
        if j:
            same = sum(v == edges[j] for v, kind in rows if kind == "below")
            found += [
                ((1 - exceed[j]) * i / (same + 1), edges[j], "below") for i in range(1, same + 1)
            ]
    return found


def gehan_pvalue(rows, group):
    """The permutation p-value of Gehan's scores: how many are surely lower, less those higher."""

    def beats(one, other):
        (x, kind), (y, other_kind) = one, other
        if kind == "below":
            return False
        return x >= y if other_kind == "below" else x > y

    score = [sum(beats(r, s) - beats(s, r) for s in rows) for r in rows]
    second = [i for i, g in enumerate(group) if g]
    observed = abs(sum(score[i] for i in second))
    sums = [abs(sum(score[i] for i in c)) for c in combinations(range(len(rows)), len(second))]
    return sum(s >= observed for s in sums) / len(sums)
