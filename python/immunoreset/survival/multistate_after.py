"""What is read off state occupation: at times, in expectation, and from one state to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from immunoreset._result import Result, number, percent_of
from immunoreset.survival.kaplan_meier import counted
from immunoreset.survival.kaplan_meier_summary import reached


@dataclass(frozen=True, slots=True)
class OccupationAt(Result):
    """The probability of being in a state at chosen times.

    Attributes
    ----------
    state
        The label of the state, or a tuple of all of them: the numbers then have a row for each.
    time : float or ndarray
        The times asked for.
    estimate, std_error, low, high : float or ndarray
        NaN after the last follow-up, unless all are in states that nobody leaves.
    at_risk : int or ndarray
        Patients under observation in the state just before the row at that time, or the next one.
    level, interval, variance
        Of the limits.
    """

    state: Any
    time: Any
    estimate: Any
    std_error: Any
    low: Any
    high: Any
    at_risk: Any
    level: float
    interval: str
    variance: str

    def _table(self) -> dict[str, Any]:
        return _by_state(self, ("at_risk", "estimate", "std_error", "low", "high"))

    def __str__(self) -> str:
        limits = f"{percent_of(self.level)} {self.interval}"
        if isinstance(self.state, tuple) or np.ndim(self.time):
            return f"{_of_states(self.state)} at {counted(np.size(self.time), 'time')}, {limits}"
        return (
            f"{self.state} at {reached(self.time)}: probability {number(self.estimate)} "
            f"({limits} {number(self.low)} to {number(self.high)})"
        )


@dataclass(frozen=True, slots=True)
class TransitionProbability(Result):
    """The probability of being in a state at chosen times, given a state at an earlier one.

    Attributes
    ----------
    origin, since
        The state that is given, and when.
    state
        The state in question, or a tuple of all of them: the numbers then have a row for each.
    time : float or ndarray
        The times asked for.
    estimate, std_error, low, high : float or ndarray
        NaN after the last follow-up, unless all are in states that nobody leaves.
    at_risk : int
        Patients under observation in `origin` at the first row after `since`.
    level, interval, variance
        Of the limits.
    """

    origin: Any
    since: float
    state: Any
    time: Any
    estimate: Any
    std_error: Any
    low: Any
    high: Any
    at_risk: int
    level: float
    interval: str
    variance: str

    def _table(self) -> dict[str, Any]:
        return _by_state(self, ("estimate", "std_error", "low", "high"))

    def __str__(self) -> str:
        limits = f"{percent_of(self.level)} {self.interval}"
        given = f"given {self.origin} at {number(self.since)}"
        if isinstance(self.state, tuple) or np.ndim(self.time):
            times = counted(np.size(self.time), "time")
            return f"{_of_states(self.state)} at {times} {given}, {limits}"
        return (
            f"{self.state} at {reached(self.time)} {given}: probability {number(self.estimate)} "
            f"({limits} {number(self.low)} to {number(self.high)})"
        )


@dataclass(frozen=True, slots=True)
class ExpectedTime(Result):
    """The expected time in a state up to a horizon: the area under its curve.

    Attributes
    ----------
    state
        The label of the state, or a tuple of all of them: the numbers are then arrays, and the
        estimates add up to `tau`.
    tau : float
        The horizon.
    estimate, std_error, low, high : float or ndarray
        Student's limits, clipped to 0 and `tau`. Where the error is 0 they allow for the share of
        patients that may be elsewhere all the time though none of those followed was.
    level, variance
        Of the limits.
    """

    state: Any
    tau: float
    estimate: Any
    std_error: Any
    low: Any
    high: Any
    level: float
    variance: str

    def _table(self) -> dict[str, Any]:
        states = self.state if isinstance(self.state, tuple) else (self.state,)
        table: dict[str, Any] = {"state": list(states), "tau": np.full(len(states), self.tau)}
        names = ("estimate", "std_error", "low", "high")
        return table | {name: np.atleast_1d(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        if isinstance(self.state, tuple):
            return f"expected time before {number(self.tau)} in each of {len(self.state)} states"
        return (
            f"{self.state} before {number(self.tau)}: expected time {number(self.estimate)} "
            f"({percent_of(self.level)} {number(self.low)} to {number(self.high)})"
        )


def _of_states(state: Any) -> str:
    several = isinstance(state, tuple)
    return f"probabilities of {len(state)} states" if several else f"probability of {state}"


def _by_state(result: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return columns of one row for each state and time."""
    states = result.state if isinstance(result.state, tuple) else (result.state,)
    times = np.atleast_1d(result.time)
    table: dict[str, Any] = {
        "state": np.repeat(np.array([str(state) for state in states]), len(times)),
        "time": np.tile(times, len(states)),
    }
    return table | {name: np.ravel(getattr(result, name)) for name in names}
