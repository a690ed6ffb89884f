"""Recurrent events: the mean cumulative function. Formulas: docs/methods/survival/recurrent.md."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import as_array, columns, labels
from immunoreset._result import Grouped, Result, counts_of, number, percent_of
from immunoreset.errors import InputError
from immunoreset.survival.kaplan_meier import as_asked, counted
from immunoreset.survival.kaplan_meier_summary import reached

Variance = Literal["robust", "poisson", "sample"]
Interval = Literal["log", "plain"]


@dataclass(frozen=True, slots=True)
class MeanCount(Result):
    """The mean number of events of a patient by chosen times.

    Attributes
    ----------
    time : float or ndarray
        The times asked for.
    estimate, std_error, low, high : float or ndarray
        NaN after the last follow-up.
    at_risk : int or ndarray
        Patients under observation just before the row at that time, or the next one after it.
    level, interval, variance
        How the limits were made.
    """

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
        names = ("time", "at_risk", "estimate", "std_error", "low", "high")
        return {name: np.atleast_1d(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        limits = f"{percent_of(self.level)} {self.interval}"
        if np.ndim(self.time):
            return f"mean number of events by {np.size(self.time)} times, {limits}"
        return (
            f"mean number of events by {reached(self.time)} is {number(self.estimate)} "
            f"({limits} {number(self.low)} to {number(self.high)})"
        )


@dataclass(frozen=True, slots=True)
class MeanCumulativeFunction(Result):
    """The mean number of events of a patient: one row for each distinct time, in order.

    Attributes
    ----------
    time : ndarray
        Distinct times of events, terminal events and ends of observation.
    at_risk : ndarray of int
        Patients under observation just before the time.
    events, terminal, censored : ndarray of int
        Events at the time, terminal events, and patients whose observation ends (or pauses) at it
        without one.
    survival : ndarray
        Kaplan-Meier estimate of being free of the terminal event; 1 where nobody has one.
    estimate : ndarray
        Mean number of events up to and at the time.
    std_error, low, high : ndarray
        NaN where the variance says nothing: all patients had the same events at the same times
        ("robust", "sample"; one patient, say), or it is negative, or one patient is left
        ("sample"). Without any event so far the limits are 0 and the exact one of a Poisson count.
    n, joined, merged : int
        Patients; events of the whole call that were one with an earlier one (`window`); distinct
        times of the whole call merged into an earlier one (`timefix`).
    variance, interval, level, window, timefix
        How it was made.
    """

    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    terminal: NDArray[np.int64]
    censored: NDArray[np.int64]
    survival: NDArray[np.float64]
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: int
    _start_high: float
    joined: int
    merged: int
    variance: str
    interval: str
    level: float
    window: float | None
    timefix: bool

    def at(self, times: ArrayLike) -> MeanCount:
        """Return the mean number of events by chosen times.

        Parameters
        ----------
        times : float or array_like
            From 0 on. A time within rounding of a row's time is that time (`timefix`).

        Returns
        -------
        MeanCount
            After the last follow-up it is not known: NaN.
        """
        estimate, std_error, low, high, at_risk = _core.recurrent_at(
            times,
            (self.time, self.at_risk, self.estimate, self.std_error, self.low, self.high),
            self._start_high,
            self.timefix,
        )
        return MeanCount(
            as_asked(times), estimate, std_error, low, high, counts_of(at_risk), self.level,
            self.interval, self.variance,
        )  # fmt: skip

    def _table(self) -> dict[str, Any]:
        names = (
            "time", "at_risk", "events", "terminal", "censored", "survival", "estimate",
            "std_error", "low", "high",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return (
            f"{counted(self.n, 'patient')}, {counted(int(self.events.sum()), 'event')}, mean "
            f"number {number(self.estimate[-1])} by {reached(self.time[-1])} "
            f"({percent_of(self.level)} {self.interval} {number(self.low[-1])} to "
            f"{number(self.high[-1])})"
        )

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the curve; see `immunoreset.plots.recurrent.mean_count` for the options."""
        from immunoreset.plots.recurrent import mean_count

        return mean_count(self, ax=ax, **options)


@overload
def recurrent(
    patient: ArrayLike | str,
    time: ArrayLike | str,
    event: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = ...,
    group: None = ...,
    window: float | None = ...,
    variance: Variance = ...,
    interval: Interval = ...,
    level: float = ...,
    timefix: bool = ...,
    data: Any = ...,
) -> MeanCumulativeFunction: ...


@overload
def recurrent(
    patient: ArrayLike | str,
    time: ArrayLike | str,
    event: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = ...,
    group: ArrayLike | str,
    window: float | None = ...,
    variance: Variance = ...,
    interval: Interval = ...,
    level: float = ...,
    timefix: bool = ...,
    data: Any = ...,
) -> Grouped[MeanCumulativeFunction]: ...


def recurrent(
    patient: ArrayLike | str,
    time: ArrayLike | str,
    event: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = None,
    group: ArrayLike | str | None = None,
    window: float | None = None,
    variance: Variance = "robust",
    interval: Interval = "log",
    level: float = 0.95,
    timefix: bool = True,
    data: Any = None,
) -> MeanCumulativeFunction | Grouped[MeanCumulativeFunction]:
    """Estimate the mean number of events of a patient over time, events that may recur.

    Parameters
    ----------
    patient : array_like of int or str, or str
        Whose row it is; rows may come in any order.
    time : array_like of float, or str
        When the event was, or follow-up ended, from 0 on; with `entry` the end of an interval.
    event : array_like of {0, 1, 2}, or str
        1: an event (relapse, infection) at `time`. 0: none. 2: a terminal event (death), after
        which there can be no other; the estimate is then the mean over all patients, dead ones
        having no more events. Without `entry` each patient has one row of 0 or 2, the end of
        follow-up, even where the last event was on that day.
    entry : array_like of float, or str, optional
        Each row is an interval ``(entry, time]`` under observation. Intervals of a patient may
        leave gaps (then not at risk), not overlap.
    group : array_like, or str, optional
        One result for each label; a patient belongs to one group.
    window : float, optional
        An event less than this after one that counts is the same event, and the first date holds:
        31 days for relapses of NMOSD, as in SAkuraSky and SAkuraStar.
    variance : {"robust", "poisson", "sample"}, default "robust"
        "robust" holds whatever the dependence of a patient's events (with terminal events, that of
        Ghosh and Lin); "sample" is its unbiased relative, a little larger, which can be negative;
        "poisson" takes events to be independent.
    interval : {"log", "plain"}, default "log"
        The scale on which the limits are symmetric; those of "plain" end at 0.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    timefix : bool, default True
        Times that differ by rounding alone (0.1 + 0.2 and 0.3) are one time, as in R.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    MeanCumulativeFunction, or a mapping from label to MeanCumulativeFunction with `group`

    Raises
    ------
    InputError
        For a time that is missing, negative or infinite; another code of event; intervals of a
        patient that overlap; a row after the end or the terminal event of the patient; no end, or
        two of them; a patient in two groups; a terminal event with another variance than "robust";
        columns of different lengths; no rows. It names row and patient.

    Notes
    -----
    Nelson 1988, 1995 ("sample"); Lawless and Nadeau 1995 ("robust", "poisson"); Ghosh and Lin 2000
    (terminal events). At a tied time events come before terminal ones, and these before ends of
    follow-up.

    Examples
    --------
    Days of infection of four patients, and (0) of their last visit:

    >>> from immunoreset import survival
    >>> patient = [1, 1, 1, 2, 2, 3, 4, 4]
    >>> day = [20, 90, 180, 45, 200, 150, 90, 210]
    >>> event = [1, 1, 0, 1, 0, 0, 1, 0]
    >>> mcf = survival.recurrent(patient, day, event)
    >>> print(mcf)
    4 patients, 4 events, mean number 1 by 210 (95% log 0.5001 to 2)
    >>> print(mcf.at(60))
    mean number of events by 60 is 0.5 (95% log 0.1877 to 1.332)
    """
    if data is not None:
        patient, time, event, entry, group = columns(
            data, patient=patient, time=time, event=event, entry=entry, group=group
        )
    numbers, words = patient_numbers(patient)
    names, groups = (None, None) if group is None else labels(group)
    fitted, joined, merged = _core.recurrent(
        numbers, words, time, event, entry, groups, 1 if names is None else len(names),
        window_or_nan(window), variance, interval, level, timefix,
    )  # fmt: skip
    how = (joined, merged, variance, interval, level, window, timefix)
    if names is None:
        return _core.frozen(MeanCumulativeFunction, (*fitted[0], *how))
    from immunoreset.plots.recurrent import mean_count

    return Grouped(
        {
            name: _core.frozen(MeanCumulativeFunction, (*curve, *how))
            for name, curve in zip(names, fitted, strict=True)
        },
        mean_count,
    )


def patient_numbers(patient: Any) -> tuple[Any, list[Any] | None]:
    """Return whole numbers of the patients, and what they stand for where they are text."""
    values = as_array(patient)
    if values.dtype.kind in "biuf":
        return values, None
    names, codes = labels(values, "patient")
    return codes, names


def window_or_nan(window: float | None) -> float:
    """Return the window as the core takes it: NaN where there is none."""
    if window is None:
        return math.nan
    if math.isnan(window):
        raise InputError("window is nan; give a time above 0, or None to count every event")
    return window
