"""What a parametric fit says of times, shares and patients: docs/methods/survival/parametric.md."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunoreset._result import Result, number, percent_of


def _time(value: float) -> str:
    return number(value) if value < 10_000 or math.isinf(value) else f"{value:.0f}"


@dataclass(frozen=True, slots=True)
class ParametricAt(Result):
    """The probability of no event up to given times.

    Attributes
    ----------
    time : float or ndarray
        The times asked for.
    estimate, std_error, low, high : float or ndarray
        The probability, its standard error by the delta method, and its limits.
    level, interval
        Of the limits.
    """

    time: Any
    estimate: Any
    std_error: Any
    low: Any
    high: Any
    level: float
    interval: str

    def _table(self) -> dict[str, Any]:
        return self._columns_of("time", "estimate", "std_error", "low", "high")

    def _columns_of(self, *names: str) -> dict[str, Any]:
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
class ParametricQuantile(Result):
    """Times by which given shares have had the event.

    Attributes
    ----------
    p : float or ndarray
        The shares asked for: 0.5 is the median.
    estimate, low, high : float or ndarray
        The time and its limits; infinite where the share is never reached, as beyond a cure
        fraction, or where the likelihood leaves the limit open.
    std_error : float or ndarray
        By the delta method; NaN where the share is never reached.
    level, interval
        Of the limits.
    """

    p: Any
    estimate: Any
    std_error: Any
    low: Any
    high: Any
    level: float
    interval: str

    def _table(self) -> dict[str, Any]:
        names = ("p", "estimate", "std_error", "low", "high")
        return {name: np.atleast_1d(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        limits = f"{percent_of(self.level)} {self.interval}"
        if np.ndim(self.p):
            return f"{np.size(self.p)} quantiles, {limits}"
        name = "median" if self.p == 0.5 else f"{percent_of(self.p)} quantile"
        return f"{name} {_time(self.estimate)} ({limits} {_time(self.low)} to {_time(self.high)})"


@dataclass(frozen=True, slots=True)
class ParametricResiduals(Result):
    """Residuals, one row a patient.

    Attributes
    ----------
    cox_snell_left, cox_snell_right : ndarray
        The cumulative hazard from entry to both ends of the row: under the model the interval of a
        unit exponential time, so ``turnbull(cox_snell_left, cox_snell_right)`` is its estimate.
        Equal for an exact time; the right one is infinite for a right-censored one.
    martingale : ndarray
        1 less the expected cumulative hazard at the event, given the row (Lagakos; Farrington
        2000): the event indicator less the cumulative hazard for exact and right-censored times.
    deviance : ndarray or None
        Residuals of that name of R's survreg. None with left truncation or a cure fraction, for
        which they are not defined.
    """

    cox_snell_left: NDArray[np.float64]
    cox_snell_right: NDArray[np.float64]
    martingale: NDArray[np.float64]
    deviance: NDArray[np.float64] | None

    def _table(self) -> dict[str, Any]:
        names = ["cox_snell_left", "cox_snell_right", "martingale"]
        names += [] if self.deviance is None else ["deviance"]
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return f"residuals of {len(self.martingale)} patients"
