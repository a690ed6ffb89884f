"""Slow twin of the bootstrap.

The random words are written out (Salmon and others 2011; Brackett-Rozinsky and Lemire 2024), each
resample is a list of patients, its curve is in exact fractions, its quantile by R's rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

MASK = 2**32 - 1
TOLERANCE = Fraction(1, 10**8)


def philox(counter: list[int], key: list[int]) -> list[int]:
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def words(key: Sequence[int], stream: int) -> Iterator[int]:
    """Yield the words of a stream of the key (two numbers of 64 bits)."""
    block = 0
    while True:
        yield from philox(
            [block, stream, key[1] & MASK, key[1] >> 32], [key[0] & MASK, key[0] >> 32]
        )
        block += 1


def resample(n: int, key: Sequence[int], stream: int) -> list[int]:
    """Return n patients drawn with replacement, several out of one word."""
    batch = 1
    while batch < 16 and n ** (batch + 1) <= 2**28:
        batch += 1
    drawn: list[int] = []
    source = words(key, stream)
    while len(drawn) < n:
        word = next(source)
        some = []
        for _ in range(batch):
            word *= n
            some.append(word >> 32)
            word &= MASK
        if word >= 2**32 % n**batch:
            drawn += some
    return drawn[:n]


def quantile(time: Sequence[float], event: Sequence[int], p: float) -> float:
    """Return the quantile of one sample: the middle of the flat stretch, if there is one."""
    fraction = 1 - Fraction(p)
    survival = Fraction(1)
    reached = None
    for t in sorted(set(time)):
        events = sum(1 for u, d in zip(time, event, strict=True) if u == t and d)
        at_risk = sum(u >= t for u in time)
        if reached is not None and events:
            return reached + (t - reached) / 2
        survival *= Fraction(at_risk - events, at_risk)
        if reached is None and survival <= fraction + TOLERANCE:
            if abs(survival - fraction) > TOLERANCE:
                return t
            reached = t
    return math.inf if reached is None else reached + (max(time) - reached) / 2


def replicates(
    time: Sequence[float], event: Sequence[int], p: float, key: Sequence[int], count: int
) -> list[float]:
    """Return replicates 0 to count - 1. Patient i is the i-th in order of time, events first."""
    order = sorted(range(len(time)), key=lambda i: (time[i], not event[i]))
    found = []
    for i in range(count):
        rows = [order[j] for j in resample(len(time), key, i)]
        found.append(quantile([time[j] for j in rows], [event[j] for j in rows], p))
    return found
