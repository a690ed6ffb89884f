"""What follows from a Markov model of panel data: probabilities, expected times, prevalence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunoreset._result import Result, number, percent_of


@dataclass(frozen=True, slots=True)
class PanelProbability(Result):
    """Probabilities of each state some days after a state, or expected days in it until then.

    Attributes
    ----------
    days : float or ndarray
        The times asked for.
    estimate, std_error, low, high : ndarray
        The axes of `days`, then (without `start`) the state now, then the state afterwards. Limits
        are symmetric on the scale of the logit (of the share of the days). NaN where the delta
        method says nothing: an estimate of 0 or 1 which is one only because intensities are 0; and
        after states that no patient entered.
    states : tuple
        In the order of the axes.
    start : object or None
        The state now, where one was asked for.
    kind : {"probability", "expected time"}
        What it is.
    level : float
        Of the limits.
    """

    days: Any
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    states: tuple[Any, ...]
    start: Any
    kind: str
    level: float

    def _starts(self) -> tuple[Any, ...]:
        return self.states if self.start is None else (self.start,)

    def _table(self) -> dict[str, Any]:
        days = np.ravel(self.days)
        begin, end = self._starts(), self.states
        table: dict[str, Any] = {
            "days": np.repeat(days, len(begin) * len(end)),
            "start": [a for _ in days for a in begin for _ in end],
            "state": [b for _ in days for _ in begin for b in end],
        }
        for name in ("estimate", "std_error", "low", "high"):
            table[name] = np.ravel(getattr(self, name))
        return table

    def __str__(self) -> str:
        limits = f"{percent_of(self.level)} limits"
        if np.ndim(self.days) or self.start is None:
            return (
                f"{self.kind} of {len(self.states)} states at {np.size(self.days)} times, {limits}"
            )
        parts = ", ".join(
            f"{state} {number(self.estimate[j], 3)} ({number(self.low[j], 3)} to "
            f"{number(self.high[j], 3)})"
            for j, state in enumerate(self.states)
        )
        return f"{self.kind} {number(self.days)} days after {self.start}: {parts}; {limits}"


@dataclass(frozen=True, slots=True)
class PanelPrevalence(Result):
    """Patients in each state, observed and expected, some days after their first visits.

    Attributes
    ----------
    days : float or ndarray
        Days after a patient's first visit.
    observed : ndarray of int
        The axes of `days`, then the states: at the last visit until then.
    expected : ndarray
        What the model expects of the same patients, given their first states.
    at_risk : int or ndarray of int
        Patients who are followed: seen then or later, or in a state that nobody leaves.
    states : tuple
        In the order of the axis.
    """

    days: Any
    observed: NDArray[np.int64]
    expected: NDArray[np.float64]
    at_risk: Any
    states: tuple[Any, ...]

    def _table(self) -> dict[str, Any]:
        days = np.ravel(self.days)
        return {
            "days": np.repeat(days, len(self.states)),
            "state": [state for _ in days for state in self.states],
            "observed": np.ravel(self.observed),
            "expected": np.ravel(self.expected),
            "at_risk": np.repeat(np.ravel(self.at_risk), len(self.states)),
        }

    def __str__(self) -> str:
        if np.ndim(self.days):
            return f"prevalence of {len(self.states)} states at {np.size(self.days)} times"
        parts = ", ".join(
            f"{self.observed[j]} {state} (expected {number(self.expected[j], 3)})"
            for j, state in enumerate(self.states)
        )
        return f"{number(self.days)} days after the first visit, of {self.at_risk}: {parts}"
