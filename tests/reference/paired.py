"""Two responses of the same patients by definition: exact sums, likelihoods searched."""

from fractions import Fraction
from math import comb, log, sqrt

from tests.reference.stratified import wilson


def pvalue(first, second, mid, alternative="two-sided"):
    """Return the exact or mid-P value of McNemar's test as a fraction."""
    n = first + second
    mass = [Fraction(comb(n, k), 2**n) for k in range(n + 1)]
    half = mass[first] / 2 if mid and n else 0
    lower, upper = sum(mass[: first + 1]) - half, sum(mass[first:]) - half
    if alternative == "less":
        return lower
    if alternative == "greater":
        return upper
    return min(1, 2 * min(lower, upper))


def restricted(first, second, rest, difference):
    """Return the rate of `second` of largest likelihood given the difference, by golden section."""
    low, high = max(0.0, -difference), (1 - difference) / 2

    def value(q):
        cells = ((first, q + difference), (second, q), (rest, 1 - 2 * q - difference))
        return sum((k * log(p) if p > 0 else float("-inf")) for k, p in cells if k)

    shrink = (sqrt(5) - 1) / 2
    for _ in range(90):
        a, b = high - shrink * (high - low), low + shrink * (high - low)
        if value(a) >= value(b):
            high = b
        else:
            low = a
    return (low + high) / 2


def tango(table, difference):
    """Return Tango's score statistic."""
    both, first, second, neither = table
    n = sum(table)
    q = restricted(first, second, both + neither, difference)
    variance = (2 * q + difference - difference**2) / n
    return ((first - second) / n - difference) / sqrt(variance)


def newcombe(table, z):
    """Return the limits of Newcombe's method 10."""
    a, b, c, d = table
    n = sum(table)
    p1, p2 = (a + b) / n, (a + c) / n
    (l1, u1), (l2, u2) = wilson(a + b, n, z), wilson(a + c, n, z)
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    phi = a * d - b * c
    if phi > 0:
        phi = max(phi - n / 2, 0)
    phi = phi / sqrt(margins) if margins else 0
    down = (p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2
    up = (u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2
    return p1 - p2 - sqrt(max(0, down)), p1 - p2 + sqrt(max(0, up))
