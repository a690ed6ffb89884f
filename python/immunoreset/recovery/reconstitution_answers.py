"""What both forms of `recovery.reconstitution` answer: docs/methods/recovery/reconstitution.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunoreset._result import Result, number, percent_of


@dataclass(frozen=True, slots=True)
class ReconstitutionAt(Result):
    """The probability of B cell return up to given times.

    Attributes
    ----------
    time : ndarray
        The times asked for; infinity for ever.
    estimate : ndarray
        The probability; NaN inside an innermost interval, and after the last censoring, where the
        data do not determine it. Of "parametric" it is a number at any time.
    estimate_low, estimate_high : ndarray
        The least and the largest probability that have the same likelihood; no confidence limits.
    low, high : ndarray
        Likelihood-ratio limits of the probability.
    competing : ndarray
        The probability that a competing event came first up to then.
    level : float
        The confidence level.
    """

    time: NDArray[np.float64]
    estimate: NDArray[np.float64]
    estimate_low: NDArray[np.float64]
    estimate_high: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    competing: NDArray[np.float64]
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("time", "estimate", "estimate_low", "estimate_high", "low", "high", "competing")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        if len(self.time) != 1:
            return f"{len(self.time)} times"
        a, b = (f"{100 * column[0]:.1f}%" for column in (self.estimate_low, self.estimate_high))
        share = a if a == b else f"between {a} and {b}"
        low, high = (f"{100 * column[0]:.1f}%" for column in (self.low, self.high))
        limits = f"{percent_of(self.level)} {low} to {high}"
        day = self.time[0]
        when = "ever returned" if np.isinf(day) else f"returned by {number(day, 6)}"
        return f"{when}: {share} ({limits})"


@dataclass(frozen=True, slots=True)
class ReconstitutionBand(Result):
    """Likelihood-ratio limits of the curve of return: a row for each stretch between two days.

    Attributes
    ----------
    left, right : ndarray
        The limits are those of every day strictly between these two.
    low, high : ndarray
        Limits of the probability of return up to such a day.
    level : float
        The confidence level, of each day for itself.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float

    def _table(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("left", "right", "low", "high")}

    def __str__(self) -> str:
        return f"{percent_of(self.level)} limits of {len(self.left)} stretches of time"


@dataclass(frozen=True, slots=True)
class ReconstitutionQuantile(Result):
    """The day by which a share of all patients has returned.

    Attributes
    ----------
    p : float
        The share asked for: 0.5 is the median.
    left, right : float
        The day lies in (left, right], and is that day where they are equal; both infinite where the
        share is never reached, `right` alone where that is not known. Not a confidence interval.
    low, high : float
        The days at which a probability of return of `p` is not rejected lie between these two;
        `high` is infinite where that has no end, both where it is on no day of the data.
    level : float
        The confidence level.
    """

    p: float
    left: float
    right: float
    low: float
    high: float
    level: float

    def _table(self) -> dict[str, Any]:
        return {name: [getattr(self, name)] for name in ("p", "left", "right", "low", "high")}

    def __str__(self) -> str:
        limits = f"{percent_of(self.level)} {number(self.low, 6)} to {number(self.high, 6)}"
        if np.isinf(self.left):
            return f"{100 * self.p:g}% not reached ({limits})"
        if self.left == self.right:
            return f"{100 * self.p:g}% on day {number(self.left, 6)} ({limits})"
        end = f"and day {number(self.right, 6)}" if np.isfinite(self.right) else "or never"
        word = "between" if np.isfinite(self.right) else "after"
        return f"{100 * self.p:g}% {word} day {number(self.left, 6)} {end} ({limits})"
