"""Two curves at one time: the tests of Klein and others (2007), limits by square and add."""

import math
from statistics import NormalDist

from tests.reference.kaplan_meier import curve, limits


def at(time, event, t):
    """Return the row in force at t, or None before the first."""
    rows = [row for row in curve(time, event) if row["time"] <= t]
    return rows[-1] if rows else None


SCALES = {
    "plain": (lambda s: s, lambda s: 1.0),
    "log": (math.log, lambda s: 1 / s),
    "log-log": (lambda s: -math.log(-math.log(s)), lambda s: -1 / (s * math.log(s))),
    "logit": (lambda s: math.log(s / (1 - s)), lambda s: 1 / (s * (1 - s))),
    "arcsine": (lambda s: math.asin(math.sqrt(s)), lambda s: 0.5 / math.sqrt(s * (1 - s))),
}


def compare(one, other, transform, level=0.95):
    """Return (difference, low, high, statistic, p) of two rows, survival of both inside (0, 1)."""
    scale, slope = SCALES[transform]
    s, r = one["estimate"], other["estimate"]
    errors = [row["estimate"] * row["log_error"] for row in (one, other)]
    spread = math.hypot(errors[0] * slope(s), errors[1] * slope(r))
    z = (scale(s) - scale(r)) / spread
    if transform == "plain":
        half = NormalDist().inv_cdf((1 + level) / 2) * math.hypot(*errors)
        low, high = max(-1.0, s - r - half), min(1.0, s - r + half)
    else:
        (a, b), (c, d) = limits(one, transform, level), limits(other, transform, level)
        low = s - r - math.hypot(s - a, d - r)
        high = s - r + math.hypot(b - s, r - c)
    return s - r, low, high, z, math.erfc(abs(z) / math.sqrt(2))
