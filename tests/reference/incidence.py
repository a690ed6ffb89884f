"""Rates by definition: Poisson probabilities added up, and the score by bisection."""

import math


def pmf(k, mean):
    """P(X = k)."""
    return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) if mean > 0 else float(k == 0)


def at_most(k, mean):
    """P(X <= k)."""
    return math.fsum(pmf(j, mean) for j in range(int(k) + 1))


def at_least(k, mean):
    """P(X >= k), by its own sum."""
    most = int(mean + k + 60 + 12 * math.sqrt(mean + k))
    return math.fsum(pmf(j, mean) for j in range(int(k), most))


def central(x, mean):
    return min(1.0, 2 * min(at_most(x, mean), at_least(x, mean)))


def mid_p(x, mean):
    half = 0.5 * pmf(x, mean)
    return min(1.0, 2 * min(at_most(x, mean) - half, at_least(x, mean) - half))


def blaker(x, mean):
    """The smaller tail, and the largest other tail that is no larger."""
    low, high = at_most(x, mean), at_least(x, mean)
    if low < high:
        others = (at_least(k, mean) for k in range(x + 1, int(4 * mean + 4 * x + 60)))
        return min(1.0, low + next(t for t in others if t <= low * (1 + 1e-12)))
    others = (at_most(k, mean) for k in range(x - 1, -1, -1))
    return min(1.0, high + next((t for t in others if t <= high * (1 + 1e-12)), 0.0))


def score(x, mean):
    return math.erfc(abs(x - mean) / math.sqrt(2 * mean))


PVALUES = {"garwood": central, "mid-p": mid_p, "blaker": blaker, "score": score}


def ratio_pvalue(x1, t1, x2, t2, ratio, rule):
    """P-value of rate 1 = ratio times rate 2 given the total: central, mid-p or minlike."""
    n, share = x1 + x2, ratio * t1 / (ratio * t1 + t2)
    p = [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    if rule == "minlike":
        return min(1.0, math.fsum(q for q in p if q <= p[x1] * (1 + 1e-7)))
    half = 0.5 * p[x1] if rule == "mid-p" else 0.0
    return min(1.0, 2 * min(math.fsum(p[: x1 + 1]) - half, math.fsum(p[x1:]) - half))


def restricted_score(x1, t1, x2, t2, difference):
    """Score of the difference of two rates at the likeliest rates that have it, by bisection."""
    low, high = max(0.0, -difference), (x1 + x2 + 1) / min(t1, t2) + abs(difference)

    def slope(rate2):
        return (x1 / (rate2 + difference) if x1 else 0.0) + (x2 / rate2 if x2 else 0.0) - t1 - t2

    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    rate2 = 0.5 * (low + high)
    return (x1 / t1 - x2 / t2 - difference) / math.sqrt((rate2 + difference) / t1 + rate2 / t2)
