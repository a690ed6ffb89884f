"""What is read off a survival curve: values at times, quantiles, the restricted mean, bands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from immunoreset._result import Result, number, percent_of

BandKind = Literal["hall-wellner", "equal-precision"]
MeanInterval = Literal["plain", "t", "beta-product", "beta-product-mid-p"]
BandTransform = Literal["plain", "log-log", "arcsine"]


def reached(value: float) -> str:
    """Return a time as a sentence wants it: NR for one that is not reached."""
    if not math.isfinite(value):
        return "NR"
    return number(value) if abs(value) < 10_000 else f"{value:.0f}"


@dataclass(frozen=True, slots=True)
class AtTimes(Result):
    """A survival curve at chosen times.

    Attributes
    ----------
    time : float or ndarray
        The times asked for.
    estimate, std_error, low, high : float or ndarray
        NaN after the last follow-up, unless the curve has come to 0.
    at_risk : int or ndarray
        How many are under observation: those of the row at that time, or, between two rows, who
        have entered by then and not left.
    level, interval
        Of the limits.
    """

    time: Any
    estimate: Any
    std_error: Any
    low: Any
    high: Any
    at_risk: Any
    level: float
    interval: str

    def _table(self) -> dict[str, Any]:
        names = ("time", "at_risk", "estimate", "std_error", "low", "high")
        return {name: np.atleast_1d(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        limits = f"{percent_of(self.level)} {self.interval}"
        if np.ndim(self.time):
            return f"survival at {np.size(self.time)} times, {limits}"
        return (
            f"survival at {number(self.time)} is {number(self.estimate)} "
            f"({limits} {number(self.low)} to {number(self.high)})"
        )


@dataclass(frozen=True, slots=True)
class Quantile(Result):
    """Times by which chosen fractions of patients have had the event.

    Attributes
    ----------
    p : float or ndarray
        The fractions: 0.5 is the median.
    estimate, low, high : float or ndarray
        NaN where not reached; a limit of the beta product is infinite there.
    level, interval
        Of the limits.
    """

    p: Any
    estimate: Any
    low: Any
    high: Any
    level: float
    interval: str

    def _table(self) -> dict[str, Any]:
        return {n: np.atleast_1d(getattr(self, n)) for n in ("p", "estimate", "low", "high")}

    def __str__(self) -> str:
        limits = f"{percent_of(self.level)} {self.interval}"
        if np.ndim(self.p):
            return f"{np.size(self.p)} quantiles, {limits}"
        name = "median" if self.p == 0.5 else f"{percent_of(self.p)} quantile"
        low, high = reached(self.low), reached(self.high)
        return f"{name} {reached(self.estimate)} ({limits} {low} to {high})"


@dataclass(frozen=True, slots=True)
class RestrictedMean(Result):
    """The mean time without the event up to a horizon: the area under the curve, and the time lost.

    Attributes
    ----------
    tau : float
        The horizon.
    estimate, std_error, low, high : float
        Limits within 0 and `tau`.
    lost, lost_low, lost_high : float
        The mean time lost, `tau` less the mean, with its limits; its standard error is the same.
    n, events : int
        Patients; events before `tau`. Sums of frequency weights.
    interval, level
        Of the limits.
    """

    tau: float
    estimate: float
    std_error: float
    low: float
    high: float
    lost: float
    lost_low: float
    lost_high: float
    n: int
    events: int
    interval: str
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("tau", "n", "events", "estimate", "std_error", "low", "high")
        lost = ("lost", "lost_low", "lost_high")
        return {name: np.atleast_1d(getattr(self, name)) for name in names + lost}

    def __str__(self) -> str:
        kind = "" if self.interval == "plain" else f" {self.interval}"
        return (
            f"mean up to {number(self.tau)} is {number(self.estimate)} "
            f"({percent_of(self.level)}{kind} {number(self.low)} to {number(self.high)})"
        )


@dataclass(frozen=True, slots=True)
class Band(Result):
    """Limits that hold for a whole stretch of the curve at once.

    Attributes
    ----------
    time, estimate, low, high : ndarray
        The rows of the curve in force within the stretch; limits are clipped to 0 and 1.
    critical : float
        The critical value, computed for this stretch.
    kind, transform, level
        How the band was made.
    """

    time: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    critical: float
    kind: str
    transform: str
    level: float

    def _table(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("time", "estimate", "low", "high")}

    def __str__(self) -> str:
        return (
            f"{percent_of(self.level)} {self.kind} band ({self.transform}) from "
            f"{number(self.time[0])} to {number(self.time[-1])}"
        )
