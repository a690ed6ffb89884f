"""Random draws that are the same digits on every machine and NumPy version."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from statistics import NormalDist

import numpy as np

STANDARD_NORMAL = NormalDist()
SMALL_MEAN = 50.0


class Draws:
    """One stream of a Philox generator, for one part of one simulated patient.

    Only the raw words of the bit generator are used, which NumPy keeps stable, and every
    distribution is drawn by inversion; the samplers of `numpy.random.Generator` may change.

    Parameters
    ----------
    seed
        The seed of the cohort.
    patient
        Position of the patient: patients have streams of their own.
    part
        Position of the part: the draws of one part do not shift those of another.
    """

    __slots__ = ("_bits",)

    def __init__(self, seed: int, patient: int, part: int) -> None:
        sequence = np.random.SeedSequence(seed, spawn_key=(patient, part))
        self._bits = np.random.Philox(sequence)

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """Draw between low and high, both excluded."""
        word = int(self._bits.random_raw())
        return low + (high - low) * ((word >> 11) + 0.5) * 2.0**-53

    def chance(self, probability: float) -> bool:
        """Draw true with this probability."""
        return self.uniform() < probability

    def normal(self, mean: float = 0.0, sd: float = 1.0) -> float:
        """Draw from a normal distribution."""
        return mean + sd * STANDARD_NORMAL.inv_cdf(self.uniform())

    def lognormal(self, median: float, omega: float) -> float:
        """Draw from the log-normal distribution with this median and SD of the logarithm."""
        return median * math.exp(self.normal(0.0, omega))

    def exponential(self, rate: float) -> float:
        """Draw a waiting time; infinite when the rate is 0."""
        wait = -math.log(self.uniform())
        return wait / rate if rate > 0 else math.inf

    def poisson(self, mean: float) -> int:
        """Draw a count; from 50 on by the normal approximation."""
        if mean >= SMALL_MEAN:
            return max(0, round(self.normal(mean, math.sqrt(mean))))
        left, count = self.uniform(), 0
        term = math.exp(-mean)
        while left > term and count < 10 * SMALL_MEAN:
            left -= term
            count += 1
            term *= mean / count
        return count

    def choice(self, weights: Mapping[str, float]) -> str:
        """Draw a key in proportion to its weight."""
        level = self.uniform(0.0, sum(weights.values()))
        reached = accumulate(weights.values())
        return next(
            key for key, sum_so_far in zip(weights, reached, strict=True) if level <= sum_so_far
        )

    def quantile_of(self, points: Sequence[tuple[float, float]]) -> float:
        """Draw from the distribution whose quantiles are these (level, value), lines between."""
        level = self.uniform()
        (low, start), (high, stop) = next(
            (before, after) for before, after in pairwise(points) if level <= after[0]
        )
        return start + (stop - start) * (level - low) / (high - low)
