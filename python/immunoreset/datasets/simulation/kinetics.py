"""CAR T cells and B cells in blood over time: exact curves, without noise.

Day 0 is the infusion. The curves are those of the published models named in `parameters.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from immunoreset.datasets.simulation import parameters
from immunoreset.datasets.simulation.draws import Draws

LAST_DAY = 36_500.0


@dataclass(frozen=True, slots=True)
class CarTCurve:
    """CAR T cells/uL: they rise to a peak and fall with two rates (Stein 2019)."""

    peak_day: float
    peak: float
    contraction: float

    @property
    def growth(self) -> float:
        """Rate of growth a day before the peak."""
        return math.log(parameters.FOLD_EXPANSION) / self.peak_day

    def at(self, day: float) -> float:
        """Return the count on a day; 0 before the infusion."""
        if day < 0:
            return 0.0
        since = day - self.peak_day
        if since < 0:
            return self.peak * math.exp(self.growth * since)
        persistent = parameters.PERSISTENT_FRACTION
        return self.peak * (
            (1 - persistent) * math.exp(-self.contraction * since)
            + persistent * math.exp(-parameters.PERSISTENT_DECLINE * since)
        )

    def falls_below(self, threshold: float) -> float:
        """Return the day after the peak on which the count falls to the threshold."""
        low, high = self.peak_day, LAST_DAY
        if self.peak <= threshold:
            return low
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if self.at(middle) > threshold else (low, middle)
        return high


@dataclass(frozen=True, slots=True)
class BCellCurve:
    """B cells/uL: lost to lymphodepletion and CAR T cells, back once these are gone (Park 2025)."""

    baseline: float
    car_t: CarTCurve
    half_kill: float
    return_day: float
    rate: float
    ceiling: float

    def at(self, day: float) -> float:
        """Return the count on a day."""
        return self._left(day) + self._returned(day)

    def first_day(self, count: float, after: float) -> float:
        """Return the first day after another on which so many B cells have returned."""
        if count >= self.ceiling:
            return math.inf
        wait = -math.log1p(-count / self.ceiling) * self.ceiling / self.rate
        return max(after, self.return_day + wait)

    def _left(self, day: float) -> float:
        since = min(max(day - parameters.LD_DAY, 0.0), float(-parameters.LD_DAY))
        return self.baseline * math.exp(-parameters.LD_LOSS * since - self._kill(day))

    def _kill(self, day: float) -> float:
        """Return the cumulative kill: KILL times the integral of C / (C + half_kill)."""
        if day <= 0:
            return 0.0
        car_t, growing = self.car_t, min(day, self.car_t.peak_day)
        risen = (car_t.at(growing) + self.half_kill) / (car_t.at(0.0) + self.half_kill)
        # After the peak the kill goes on near its largest rate; by then B cells are gone.
        return parameters.KILL * (math.log(risen) / car_t.growth + max(0.0, day - growing))

    def _returned(self, day: float) -> float:
        since = day - self.return_day
        if since <= 0:
            return 0.0
        return self.ceiling * -math.expm1(-self.rate * since / self.ceiling)


def draw_curves(draws: Draws) -> tuple[CarTCurve, BCellCurve]:
    """Draw the CAR T and B cell curves of one patient."""
    car_t = CarTCurve(
        peak_day=draws.lognormal(*parameters.PEAK_DAY),
        peak=draws.lognormal(*parameters.PEAK),
        contraction=draws.lognormal(*parameters.CONTRACTION),
    )
    prepared = draws.chance(parameters.B_PREPARED)
    baseline = draws.lognormal(
        *(parameters.B_PREPARED_COUNT if prepared else parameters.B_BASELINE)
    )
    half_kill = draws.lognormal(*parameters.HALF_KILL)
    threshold = draws.lognormal(*parameters.RETURN_THRESHOLD)
    return car_t, BCellCurve(
        baseline=baseline,
        car_t=car_t,
        half_kill=half_kill,
        return_day=car_t.falls_below(threshold),
        rate=draws.lognormal(*parameters.RETURN_RATE),
        ceiling=draws.lognormal(*parameters.RETURN_CEILING),
    )
