"""Titres by definition: likelihoods climbed by golden sections, samples gone through one by one."""

from math import erf, erfc, exp, inf, log, pi, sqrt

GOLDEN = (sqrt(5) - 1) / 2


def log_normal(low, high, mean, sd):
    """Return the log-likelihood of a value known exactly, or to lie between two ends."""
    a, b = (low - mean) / sd, (high - mean) / sd
    if low == high:
        return -0.5 * a * a - log(sd * sqrt(2 * pi))
    if a > 0:
        a, b = -b, -a
    if b > 0:
        p = 0.5 * (erf(b / sqrt(2)) - erf(a / sqrt(2))) if a > -inf else 1 - 0.5 * erfc(b / sqrt(2))
    else:
        p = 0.5 * (erfc(-b / sqrt(2)) - (erfc(-a / sqrt(2)) if a > -inf else 0.0))
    return log(p) if p > 0 else -inf


def climb(f, low, high, steps=90):
    """Return where f is largest, by golden sections."""
    for _ in range(steps):
        a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if f(a) < f(b):
            low = a
        else:
            high = b
    return 0.5 * (low + high)


def curve(share, half_life, time):
    """Return the log of A(t) / A(0)."""
    return [log(share * 2 ** (-t / half_life) + 1 - share) for t in time]


def loglik_of_level(low, high, offset, level, sd=None):
    """Return the log-likelihood of a level, over all scatter unless it is given."""

    def at(log_sd):
        each = zip(low, high, offset, strict=True)
        return sum(log_normal(a, b, level + o, exp(log_sd)) for a, b, o in each)

    return at(log(sd)) if sd is not None else at(climb(at, -6, 3, 60))


def loglik(low, high, offset, sd=None):
    """Return the largest log-likelihood over all levels."""

    def at(level):
        return loglik_of_level(low, high, offset, level, sd)

    ends = [x for x in (*low, *high) if abs(x) < inf]
    return at(climb(at, min(ends) - max(offset) - 3, max(ends) - min(offset) + 3, 70))


def seroconversion(samples, uln, confirm, start=0.0):
    """Return (status, left, right) of (day, value) pairs of one patient."""
    samples = sorted(samples)
    before = [value for day, value in samples if day <= start]
    after = [(day - start, value > uln) for day, value in samples if day > start]
    if not before:
        return "no-baseline", None, None
    if before[-1] <= uln:
        return "negative-at-baseline", None, None
    if not after:
        return "no-follow-up", None, None
    for k in range(len(after) - confirm + 1):
        if not any(positive for _, positive in after[k : k + confirm]):
            earlier = [day for day, positive in after[:k] if positive]
            return "converted", max(earlier, default=0.0), after[k][0]
    left = max((day for day, positive in after if positive), default=0.0)
    return "positive" if after[-1][1] else "unconfirmed", left, inf
