"""Two groups over strata by definition: tables enumerated, exact fractions, plain searches."""

from fractions import Fraction
from itertools import product
from math import comb, log, sqrt


def informative(tables):
    """Keep the tables (x1, n1, x2, n2) in which both groups have patients."""
    return [table for table in tables if table[1] and table[3]]


def sums(tables):
    """Return {sum of x1: number of tables}, every choice of x1 in every stratum enumerated."""
    ways = {}
    choices = []
    for x1, n1, x2, n2 in tables:
        m = x1 + x2
        choices.append(
            [(x, comb(n1, x) * comb(n2, m - x)) for x in range(max(0, m - n2), min(n1, m) + 1)]
        )
    for choice in product(*choices):
        weight = 1
        for _, one in choice:
            weight *= one
        total = sum(x for x, _ in choice)
        ways[total] = ways.get(total, 0) + weight
    return ways


def tails(tables, odds_ratio=1):
    """Return exact P(sum <= seen), P(sum >= seen), minlike p-value and mean at an odds ratio."""
    seen = sum(table[0] for table in tables)
    least = min(sums(tables))
    odds = Fraction(odds_ratio)
    mass = {s: weight * odds ** (s - least) for s, weight in sums(tables).items()}
    total = sum(mass.values())
    most = mass[seen] * (1 + Fraction(1, 10**7))
    return tuple(
        Fraction(part, total) if isinstance(part, int) else part / total
        for part in (
            sum(p for s, p in mass.items() if s <= seen),
            sum(p for s, p in mass.items() if s >= seen),
            sum(p for p in mass.values() if p <= most),
            sum(s * p for s, p in mass.items()),
        )
    )


def chi_square(tables, corrected):
    """Return the Cochran-Mantel-Haenszel statistic from exact means and variances."""
    excess, variance = Fraction(0), Fraction(0)
    for x1, n1, x2, n2 in informative(tables):
        n, m = n1 + n2, x1 + x2
        excess += x1 - Fraction(n1 * m, n)
        variance += Fraction(n1 * n2 * m * (n - m), n * n * (n - 1))
    excess = abs(excess)
    if corrected and excess >= Fraction(1, 2):
        excess -= Fraction(1, 2)
    return excess**2 / variance


def common(tables, measure):
    """Return the estimate of Mantel and Haenszel as a fraction."""
    top = bottom = Fraction(0)
    for x1, n1, x2, n2 in informative(tables):
        n, y1, y2 = n1 + n2, n1 - x1, n2 - x2
        if measure == "difference":
            top += Fraction(x1 * n2 - x2 * n1, n)
            bottom += Fraction(n1 * n2, n)
        elif measure == "ratio":
            top += Fraction(x1 * n2, n)
            bottom += Fraction(x2 * n1, n)
        else:
            top += Fraction(x1 * y2, n)
            bottom += Fraction(y1 * x2, n)
    return top / bottom


def standard_error(tables, measure):
    """Return the standard error of the difference, or of the logarithm of the other two."""
    tables = informative(tables)
    if measure == "difference":
        d = common(tables, measure)
        p = q = weights = Fraction(0)
        for x1, n1, x2, n2 in tables:
            n = n1 + n2
            p += Fraction(n1**2 * x2 - n2**2 * x1, n**2) + Fraction(n1 * n2 * (n2 - n1), 2 * n**2)
            q += Fraction(x1 * (n2 - x2) + x2 * (n1 - x1), 2 * n)
            weights += Fraction(n1 * n2, n)
        return sqrt((d * p + q) / weights**2)
    if measure == "ratio":
        top = r = s = Fraction(0)
        for x1, n1, x2, n2 in tables:
            n = n1 + n2
            top += Fraction(n1 * n2 * (x1 + x2) - x1 * x2 * n, n**2)
            r += Fraction(x1 * n2, n)
            s += Fraction(x2 * n1, n)
        return sqrt(top / (r * s))
    r = s = pr = ps_qr = qs = Fraction(0)
    for x1, n1, x2, n2 in tables:
        n = n1 + n2
        one, two = Fraction(x1 * (n2 - x2), n), Fraction((n1 - x1) * x2, n)
        p, q = Fraction(x1 + n2 - x2, n), Fraction(n1 - x1 + x2, n)
        r, s = r + one, s + two
        pr, ps_qr, qs = pr + p * one, ps_qr + p * two + q * one, qs + q * two
    return sqrt(pr / (2 * r**2) + ps_qr / (2 * r * s) + qs / (2 * s**2))


def log_likelihood(x, n, p):
    """Return the binomial log-likelihood with 0 log 0 = 0."""
    return sum(k * log(q) if q > 0 else float("-inf") for k, q in ((x, p), (n - x, 1 - p)) if k)


def restricted(x1, n1, x2, n2, difference):
    """Return the rate of group 2 of largest likelihood, by golden section."""
    low, high = max(0.0, -difference), min(1.0, 1 - difference)

    def value(p):
        p1 = min(max(p + difference, 0.0), 1.0)
        return log_likelihood(x1, n1, p1) + log_likelihood(x2, n2, p)

    shrink = (sqrt(5) - 1) / 2
    for _ in range(90):
        a, b = high - shrink * (high - low), low + shrink * (high - low)
        if value(a) >= value(b):
            high = b
        else:
            low = a
    return (low + high) / 2


def restricted_ratio(x1, n1, x2, n2, ratio):
    """Return the rate of group 2 of largest likelihood given the ratio, by golden section."""
    low, high = 0.0, min(1.0, 1 / ratio)

    def value(p):
        return log_likelihood(x1, n1, min(p * ratio, 1.0)) + log_likelihood(x2, n2, p)

    shrink = (sqrt(5) - 1) / 2
    for _ in range(90):
        a, b = high - shrink * (high - low), low + shrink * (high - low)
        if value(a) >= value(b):
            high = b
        else:
            low = a
    return (low + high) / 2


def own_weights(measure, contrast, rates, sizes):
    """Return the weights of Miettinen and Nurminen 1985 by their iteration."""
    weights = [n1 * n2 / (n1 + n2) for n1, n2 in sizes]
    for _ in range(500):
        r1, r2 = (sum(w * r[i] for w, r in zip(weights, rates, strict=True)) for i in (0, 1))
        r1, r2 = r1 / sum(weights), r2 / sum(weights)
        if measure == "difference":
            v1, v2 = r1 * (1 - r1), r2 * (1 - r2)
        else:
            v1, v2 = 1 - r1, contrast * (1 - r2)
        weights = [1 / (v1 / n1 + v2 / n2) for n1, n2 in sizes]
    return weights


def score(tables, contrast, measure="difference", own=False):
    """Return the Miettinen-Nurminen statistic with Mantel-Haenszel or with its own weights."""
    tables, rates = informative(tables), []
    for table in tables:
        if measure == "difference":
            p2 = restricted(*table, contrast)
            rates.append((min(max(p2 + contrast, 0.0), 1.0), p2))
        else:
            p2 = restricted_ratio(*table, contrast)
            rates.append((min(p2 * contrast, 1.0), p2))
    sizes = [(n1, n2) for _, n1, _, n2 in tables]
    weights = [n1 * n2 / (n1 + n2) for n1, n2 in sizes]
    if own:
        weights = own_weights(measure, contrast, rates, sizes)
    times, top, bottom = (1 if measure == "difference" else contrast), 0.0, 0.0
    for (x1, n1, x2, n2), (p1, p2), w in zip(tables, rates, weights, strict=True):
        n = n1 + n2
        top += w * (x1 / n1 - times * x2 / n2 - (contrast if measure == "difference" else 0))
        bottom += w * w * (p1 * (1 - p1) / n1 + times**2 * p2 * (1 - p2) / n2) * n / (n - 1)
    return top / sqrt(bottom)


def wilson(x, n, z):
    """Return Wilson's limits."""
    p = x / n
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    centre = p + z * z / (2 * n)
    return max(0, (centre - half) / (1 + z * z / n)), min(1, (centre + half) / (1 + z * z / n))


def yan_su_quantile(events, n, weights, z):
    """Return the quantile that the strata share; no variance at all counts as 1 / n."""
    variances = [x / m * (1 - x / m) / m for x, m in zip(events, n, strict=True)]
    if not any(v for v, w in zip(variances, weights, strict=True) if w):
        variances = [1 / m for m in n]
    squares = sum(w * w * v for w, v in zip(weights, variances, strict=True))
    return z * sqrt(squares) / sum(w * sqrt(v) for w, v in zip(weights, variances, strict=True))


def yan_su(events, n, z):
    """Return estimate, limits and weights by repeated substitution; every n is positive."""
    weights = [m / sum(n) for m in n]
    for _ in range(500):
        quantile = yan_su_quantile(events, n, weights, z)
        widths = [
            b - a for a, b in (wilson(x, m, quantile) for x, m in zip(events, n, strict=True))
        ]
        total = sum(1 / width**2 for width in widths)
        weights = [1 / width**2 / total for width in widths]
    limits = [wilson(x, m, quantile) for x, m in zip(events, n, strict=True)]
    return (
        sum(w * x / m for w, x, m in zip(weights, events, n, strict=True)),
        sum(w * limit[0] for w, limit in zip(weights, limits, strict=True)),
        sum(w * limit[1] for w, limit in zip(weights, limits, strict=True)),
        weights,
    )


def newcombe(tables, z):
    """Return Newcombe's limits of the difference over strata with Mantel-Haenszel weights."""
    tables = informative(tables)
    total = sum(n1 * n2 / (n1 + n2) for _, n1, _, n2 in tables)
    weights = [n1 * n2 / (n1 + n2) / total for _, n1, _, n2 in tables]
    limits, spreads = [], []
    for group in (0, 2):
        events, n = [t[group] for t in tables], [t[group + 1] for t in tables]
        quantile = yan_su_quantile(events, n, weights, z)
        pairs = [wilson(x, m, quantile) for x, m in zip(events, n, strict=True)]
        limits.append(
            [
                min(1, sum(w * p[side] for w, p in zip(weights, pairs, strict=True)))
                for side in (0, 1)
            ]
        )
        spreads.append(sum(w * w / m for w, m in zip(weights, n, strict=True)))
    d = float(common(tables, "difference"))
    (l1, u1), (l2, u2) = limits
    return (
        d - z * sqrt(spreads[0] * l1 * (1 - l1) + spreads[1] * u2 * (1 - u2)),
        d + z * sqrt(spreads[0] * u1 * (1 - u1) + spreads[1] * l2 * (1 - l2)),
    )


def breslow_day(tables, odds):
    """Return (Breslow-Day, Tarone) with the fitted counts found by halving."""
    chi = excess = total = 0.0
    for x1, n1, x2, n2 in tables:
        m = x1 + x2
        if not n1 or not n2 or m in (0, n1 + n2):
            continue
        low, high = float(max(0, m - n2)), float(min(n1, m))
        for _ in range(200):
            x = (low + high) / 2
            if x * (n2 - m + x) < odds * (n1 - x) * (m - x):
                low = x
            else:
                high = x
        variance = 1 / (1 / x + 1 / (n1 - x) + 1 / (m - x) + 1 / (n2 - m + x))
        chi += (x1 - x) ** 2 / variance
        excess += x1 - x
        total += variance
    return chi, chi - excess**2 / total
