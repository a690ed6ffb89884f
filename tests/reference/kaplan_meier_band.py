"""Slow twins of the bands: both chances by expansions in eigenfunctions.

The core uses images and a Laplace transform instead. Formulas: Hall and Wellner 1980 (Biometrika
67:133), Nair 1984 (Technometrics 26:265), Klein and Moeschberger 2003, section 4.4.
"""

from __future__ import annotations

import math

import numpy as np

NODES, WEIGHTS = np.polynomial.legendre.leggauss(800)


def bridge_stays(k: float, start: float, stop: float, modes: int = 250) -> float:
    """Return P(|B| <= k on [start, stop]) of a Brownian bridge, 0 < start < stop < 1.

    A Brownian motion killed at -k and k has the density (1/k) sum sin(n pi (u + k) / 2k)
    sin(n pi (v + k) / 2k) exp(-n^2 pi^2 (stop - start) / 8 k^2).
    """
    x = k * NODES
    n = np.arange(1, modes + 1)[:, None]
    sines = np.sin(n * np.pi * (x + k) / (2 * k))
    before = np.exp(-(x**2) / (2 * start)) / math.sqrt(2 * math.pi * start)
    after = np.exp(-(x**2) / (2 * (1 - stop))) / math.sqrt(2 * math.pi * (1 - stop))
    a = sines @ (before * WEIGHTS) * k
    b = sines @ (after * WEIGHTS) * k
    decay = np.exp(-(n[:, 0] ** 2) * np.pi**2 * (stop - start) / (8 * k**2))
    return float(math.sqrt(2 * math.pi) / k * np.sum(a * b * decay))


def diffusion_stays(e: float, duration: float, modes: int = 250) -> float:
    """Return P(|U| <= e on [0, duration]) of the stationary Ornstein-Uhlenbeck process.

    With f = exp(x^2 / 4) g the generator f'' - x f' becomes g'' - (x^2 / 4 - 1/2) g, symmetric, and
    is written in the basis of the sines that vanish at -e and e.
    """
    x = e * NODES
    w = e * WEIGHTS
    n = np.arange(1, modes + 1)
    sines = np.sin(n[:, None] * np.pi * (x + e) / (2 * e)) / math.sqrt(e)
    energy = np.diag((n * np.pi / (2 * e)) ** 2) + (sines * w * (x**2 / 4 - 0.5)) @ sines.T
    rates, vectors = np.linalg.eigh(energy)
    start = vectors.T @ (sines @ (w * np.exp(-(x**2) / 4)))
    return float(np.sum(start**2 * np.exp(-rates * duration)) / math.sqrt(2 * math.pi))


def root(stays: object, level: float, low: float, high: float) -> float:
    """Return the half width at which the path stays within with chance `level`, by bisection."""
    for _ in range(45):
        middle = (low + high) / 2
        if stays(middle) < level:  # type: ignore[operator]
            low = middle
        else:
            high = middle
    return (low + high) / 2


def hall_wellner(level: float, start: float, stop: float) -> float:
    return root(lambda k: bridge_stays(k, start, stop), level, 0.01, 4.0)


def equal_precision(level: float, start: float, stop: float) -> float:
    duration = math.log(stop * (1 - start) / (start * (1 - stop))) / 2
    return root(lambda e: diffusion_stays(e, duration), level, 0.1, 8.0)


def limits(s: float, error: float, scale: str) -> tuple[float, float]:
    """Return the limits of S = s whose relative error is at most `error`."""
    if scale == "plain":
        return max(0.0, s - error * s), min(1.0, s + error * s)
    if scale == "log-log":
        theta = math.exp(error / math.log(s))
        return s ** (1 / theta), s**theta
    angle = math.asin(math.sqrt(s))
    shift = error / 2 * math.sqrt(s / (1 - s))
    return (
        math.sin(max(0.0, angle - shift)) ** 2,
        math.sin(min(math.pi / 2, angle + shift)) ** 2,
    )
