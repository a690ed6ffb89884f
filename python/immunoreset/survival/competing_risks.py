"""Cumulative incidence of competing events. Formulas: docs/methods/survival/competing_risks.md."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import as_array, columns, labels
from immunoreset._result import Grouped, Result, number, percent_of
from immunoreset.errors import InputError, SmallRiskSetWarning
from immunoreset.survival.kaplan_meier import as_asked, counted
from immunoreset.survival.kaplan_meier_summary import Quantile, reached

Interval = Literal["plain", "log", "log-log", "logit"]
Variance = Literal["aalen", "greenwood"]


@dataclass(frozen=True, slots=True)
class IncidenceAt(Result):
    """The cumulative incidence of a cause at chosen times.

    Attributes
    ----------
    cause
        The label of the cause.
    time : float or ndarray
        The times asked for.
    estimate, std_error, low, high : float or ndarray
        NaN after the last follow-up, unless all patients have had an event by then.
    at_risk : int or ndarray
        How many are under observation and free of any event.
    level, interval, variance
        Of the limits.
    """

    cause: Any
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
            return f"cumulative incidence of {self.cause} at {np.size(self.time)} times, {limits}"
        return (
            f"cumulative incidence of {self.cause} at {number(self.time)} is "
            f"{number(self.estimate)} ({limits} {number(self.low)} to {number(self.high)})"
        )


@dataclass(frozen=True, slots=True)
class TimeLost(Result):
    """The mean time lost before a horizon: the area under a cumulative incidence.

    Attributes
    ----------
    cause
        The label of the cause, or a tuple of all of them; with a tuple the numbers are arrays.
    tau : float
        The horizon.
    estimate, std_error, low, high : float or ndarray
        Normal limits, clipped to 0 and `tau`; without an event before `tau` the upper limit is
        `tau` times that of the cumulative incidence.
    level, variance
        Of the limits.
    """

    cause: Any
    tau: float
    estimate: Any
    std_error: Any
    low: Any
    high: Any
    level: float
    variance: str

    def _table(self) -> dict[str, Any]:
        names = ("estimate", "std_error", "low", "high")
        several = isinstance(self.cause, tuple)
        table: dict[str, Any] = {"cause": list(self.cause) if several else [self.cause]}
        table["tau"] = np.full(len(table["cause"]), self.tau)
        return table | {name: np.atleast_1d(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        if isinstance(self.cause, tuple):
            return f"mean time lost before {number(self.tau)} to each of {len(self.cause)} causes"
        return (
            f"mean time lost to {self.cause} before {number(self.tau)} is {number(self.estimate)} "
            f"({percent_of(self.level)} {number(self.low)} to {number(self.high)})"
        )


@dataclass(frozen=True, slots=True)
class CumulativeIncidence(Result):
    """The cumulative incidence of one cause: one row for each distinct time, in order.

    Attributes
    ----------
    cause
        Its label.
    time : ndarray
        Distinct times, of any event or censoring.
    at_risk, events, competing, censored : ndarray of int
        Patients under observation just before the time, those with an event of this cause at it,
        of another cause, and those last seen at it; sums of weights.
    estimate, std_error, low, high : ndarray
        Where the estimate is 0 the limits are 0 and that of no event among those followed; where it
        is 1 they are that of the beta product and 1.
    n, merged : int
        Patients; distinct times of the whole call merged into an earlier one (`timefix`).
    interval, level, variance, timefix
        How it was made.
    """

    cause: Any
    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    competing: NDArray[np.int64]
    censored: NDArray[np.int64]
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: int
    merged: int
    interval: str
    level: float
    variance: str
    timefix: bool
    _all: CompetingRisks
    _place: int

    def at(self, times: ArrayLike) -> IncidenceAt:
        """Return the cumulative incidence at chosen times.

        Parameters
        ----------
        times : float or array_like
            From 0 on. A time within rounding of a row's time is that time (`timefix`).

        Returns
        -------
        IncidenceAt
        """
        values = _core.competing_risks_at(
            times, self._all._columns, self._all._entries, self._place, self._all._start_high,
            self.level, self.timefix,
        )  # fmt: skip
        return IncidenceAt(
            self.cause, as_asked(times), *values, self.level, self.interval, self.variance
        )

    def quantile(self, p: ArrayLike) -> Quantile:
        """Return the times by which fractions `p` of all patients have had the event of this cause.

        Parameters
        ----------
        p : float or array_like
            Strictly between 0 and 1.

        Returns
        -------
        Quantile
            NaN where the incidence, or its limit, never comes to `p`. By R's rule the middle of the
            stretch at which it equals `p` within 1e-8.
        """
        values = _core.competing_risks_quantile(
            p, self._all._columns, self._place, self._all._start_high
        )
        return Quantile(as_asked(p), *values, self.level, self.interval)

    def time_lost(self, tau: float) -> TimeLost:
        """Return the mean time lost to this cause before `tau`: the area under the incidence.

        Parameters
        ----------
        tau : float
            The horizon: at most the last follow-up, unless all patients had an event by then.

        Returns
        -------
        TimeLost
        """
        values = _core.competing_risks_time_lost(
            tau, self._all._columns, self._place, self.variance, self.level, self.timefix
        )
        return TimeLost(self.cause, float(tau), *values, self.level, self.variance)

    def _table(self) -> dict[str, Any]:
        names = (
            "time",
            "at_risk",
            "events",
            "competing",
            "censored",
            "estimate",
            "std_error",
            "low",
            "high",
        )
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return (
            f"{counted(self.n, 'patient')}, {counted(int(self.events.sum()), 'event')} of "
            f"{self.cause}, cumulative incidence {number(self.estimate[-1])} at "
            f"{reached(self.time[-1])} ({percent_of(self.level)} {self.interval} "
            f"{number(self.low[-1])} to {number(self.high[-1])})"
        )

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the curve; see `immunoreset.plots.competing_risks.incidence` for the options."""
        from immunoreset.plots.competing_risks import incidence

        return incidence(self._all, causes=[self.cause], ax=ax, **options)


@dataclass(frozen=True, slots=True)
class CompetingRisks(Result):
    """Cumulative incidences of all causes: one row for each distinct time, in order.

    Attributes
    ----------
    causes : tuple
        The labels of the causes.
    time : ndarray
        Distinct times, of any event or censoring.
    at_risk, censored : ndarray of int
        Patients under observation just before the time, and those last seen at it; sums of weights.
    event_free, event_free_std_error : ndarray
        Survival without an event of any cause (Kaplan-Meier), and Greenwood's error, NaN where it
        is 0; `survival.kaplan_meier` has its limits.
    events : ndarray of int, one row a cause
        Patients with an event of the cause at the time.
    estimate, std_error, low, high : ndarray, one row a cause
        Their cumulative incidence: `cause` has those of one of them.
    n, merged : int
        Patients; distinct times of the whole call merged into an earlier one (`timefix`).
    interval, level, variance, timefix
        How it was made.
    """

    causes: tuple[Any, ...]
    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    censored: NDArray[np.int64]
    event_free: NDArray[np.float64]
    event_free_std_error: NDArray[np.float64]
    events: NDArray[np.int64]
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: int
    merged: int
    interval: str
    level: float
    variance: str
    timefix: bool
    _start_high: float
    _remaining: NDArray[np.float64]
    _entries: tuple[Any, Any] | None

    def cause(self, label: Any) -> CumulativeIncidence:
        """Return the cumulative incidence of one cause.

        Parameters
        ----------
        label
            One of `causes`.

        Returns
        -------
        CumulativeIncidence
        """
        if label not in self.causes:
            raise InputError(
                f"cause is {label!r}; choose one of {list(self.causes)}, or name a cause that "
                "nobody had with causes="
            )
        k = self.causes.index(label)
        competing = self.events.sum(axis=0) - self.events[k]
        competing.setflags(write=False)
        return CumulativeIncidence(
            self.causes[k], self.time, self.at_risk, self.events[k], competing, self.censored,
            self.estimate[k], self.std_error[k], self.low[k], self.high[k], self.n, self.merged,
            self.interval, self.level, self.variance, self.timefix, self, k,
        )  # fmt: skip

    def time_lost(self, tau: float) -> TimeLost:
        """Return the mean time lost to each cause before `tau`: they and the mean time left add up.

        Parameters
        ----------
        tau : float
            The horizon: at most the last follow-up, unless all patients had an event by then.

        Returns
        -------
        TimeLost
        """
        lost = [self.cause(label).time_lost(tau) for label in self.causes]
        numbers = np.array([[x.estimate, x.std_error, x.low, x.high] for x in lost]).reshape(-1, 4)
        numbers.setflags(write=False)
        estimate, std_error, low, high = numbers.T
        return TimeLost(
            self.causes, float(tau), estimate, std_error, low, high, self.level, self.variance
        )

    @property
    def _columns(self) -> tuple[Any, ...]:
        return (
            self.time, self.at_risk, self.event_free, self._remaining, self.events, self.estimate,
            self.std_error, self.low, self.high,
        )  # fmt: skip

    def _table(self) -> dict[str, Any]:
        rows, several = len(self.time), len(self.causes)
        table: dict[str, Any] = {"cause": np.repeat(np.array(self.causes), rows)}
        for name in ("time", "at_risk", "censored", "event_free"):
            table[name] = np.tile(getattr(self, name), several)
        for name in ("events", "estimate", "std_error", "low", "high"):
            table[name] = getattr(self, name).ravel()
        return table

    def __str__(self) -> str:
        totals = zip(self.causes, self.events.sum(axis=1).tolist(), strict=True)
        listed = ", ".join(f"{total} of {label}" for label, total in totals)
        return (
            f"{counted(self.n, 'patient')}, events: {listed or 'none'}, "
            f"{int(self.censored.sum())} censored"
        )

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the curves; see `immunoreset.plots.competing_risks.incidence` for the options."""
        from immunoreset.plots.competing_risks import incidence

        return incidence(self, ax=ax, **options)


@overload
def competing_risks(
    time: ArrayLike | str,
    cause: ArrayLike | str,
    group: None = ...,
    *,
    entry: ArrayLike | str | None = ...,
    weights: ArrayLike | str | None = ...,
    causes: Sequence[Any] | None = ...,
    censored: int | str = ...,
    variance: Variance = ...,
    interval: Interval = ...,
    level: float = ...,
    timefix: bool = ...,
    data: Any = ...,
) -> CompetingRisks: ...


@overload
def competing_risks(
    time: ArrayLike | str,
    cause: ArrayLike | str,
    group: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = ...,
    weights: ArrayLike | str | None = ...,
    causes: Sequence[Any] | None = ...,
    censored: int | str = ...,
    variance: Variance = ...,
    interval: Interval = ...,
    level: float = ...,
    timefix: bool = ...,
    data: Any = ...,
) -> Grouped[CompetingRisks]: ...


def competing_risks(
    time: ArrayLike | str,
    cause: ArrayLike | str,
    group: ArrayLike | str | None = None,
    *,
    entry: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None,
    causes: Sequence[Any] | None = None,
    censored: int | str = 0,
    variance: Variance = "aalen",
    interval: Interval = "log-log",
    level: float = 0.95,
    timefix: bool = True,
    data: Any = None,
) -> CompetingRisks | Grouped[CompetingRisks]:
    """Estimate the cumulative incidence of each of several events that exclude each other.

    One less the Kaplan-Meier curve of one cause, the others taken as censorings, is no cumulative
    incidence: it is too high. This is the Aalen-Johansen estimate.

    Parameters
    ----------
    time : array_like of float, or str
        Follow-up of each patient, from 0 on.
    cause : array_like of int or str, or str
        Which event was seen at `time`, or the code of a patient last seen without one.
    group : array_like, or str, optional
        One result for each label.
    entry : array_like of float, or str, optional
        When each patient came under observation (delayed entry): at risk on ``(entry, time]``.
    weights : array_like of int, or str, optional
        How many patients a row stands for. A row of weight 0 is as if it were not there.
    causes : sequence, optional
        The labels of the causes, in the order wanted; one that nobody had is estimated too. By
        default those found, ascending.
    censored : int or str, default 0
        The code of a censored patient. Where `cause` is text it must be given.
    variance : {"aalen", "greenwood"}, default "aalen"
        "aalen" as in R's cmprsk and SAS, nearer to the truth in small groups; "greenwood" as in R's
        survival, prodlim and etm.
    interval : {"log-log", "plain", "log", "logit"}, default "log-log"
        The scale on which the limits are symmetric.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    timefix : bool, default True
        Times that differ by rounding alone (0.1 + 0.2 and 0.3) are one time, as in R.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    CompetingRisks, or a mapping from label to CompetingRisks with `group`

    Raises
    ------
    InputError
        For a time that is missing, negative or infinite, an entry at or after its time, a
        fractional weight, a cause that is not among `causes`, text causes without the label of the
        censored, columns of different lengths, no rows.

    Warns
    -----
    SmallRiskSetWarning
        When all of a small early risk set have an event, so that nothing changes ever after
        although patients enter later.

    Notes
    -----
    Aalen and Johansen 1978; Aalen 1978 and Gray 1988 ("aalen"); Dinse and Larson 1986
    ("greenwood").
    At a tied time events come before censorings, and events of different causes are simultaneous.

    Examples
    --------
    Months to relapse (1) or death in remission (2); 0 is still in remission:

    >>> from immunoreset import survival
    >>> months = [1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    >>> cause = [1, 2, 1, 0, 1, 2, 0, 1, 0, 2, 1, 0]
    >>> ci = survival.competing_risks(months, cause)
    >>> print(ci)
    12 patients, events: 5 of 1, 3 of 2, 4 censored
    >>> print(ci.cause(1).at(10))
    cumulative incidence of 1 at 10 is 0.5229 (95% log-log 0.1124 to 0.8251)
    >>> print(ci.cause(2).time_lost(10))
    mean time lost to 2 before 10 is 1.285 (95% 0 to 2.809)
    """
    if data is not None:
        time, cause, group, entry, weights = columns(
            data, time=time, cause=cause, group=group, entry=entry, weights=weights
        )
    codes, listed, code_censored, words = numbered_causes(cause, causes, censored)
    names, groups = (None, None) if group is None else labels(group)
    found, fitted = _core.competing_risks(
        time, codes, entry, weights, groups, 1 if not names else len(names), code_censored, listed,
        interval, variance, level, timefix,
    )  # fmt: skip
    made = (found if words is None else words, (interval, level, variance, timefix))
    if names is None:
        return _result(fitted, *made)
    from immunoreset.plots.competing_risks import incidence

    return Grouped(
        {
            name: _result(curves, *made, f" in group {name!r}")
            for name, curves in zip(names, fitted, strict=True)
        },
        incidence,
    )


def numbered_causes(
    cause: Any, causes: Sequence[Any] | None, censored: Any
) -> tuple[Any, Any, int, tuple[Any, ...] | None]:
    """Return codes of the rows, of the causes (None: those found) and of the censored, and words.

    Words are the labels of the causes where these are text, and None where they are numbers.
    """
    values = as_array(cause)
    if values.dtype.kind in "biuf":
        return values, causes, _whole(censored), None
    found, codes = labels(values, "cause")
    if not any(isinstance(name, str) for name in found):
        return values, causes, _whole(censored), None
    if not isinstance(censored, str):
        raise InputError(
            f"censored is {censored!r}; cause holds text, so give the label of a censored patient: "
            f"the labels are {found}"
        )
    if causes is None:
        if censored not in found:
            raise InputError(
                f"censored is {censored!r}, which is no label of cause: the labels are {found}; "
                "if nobody is censored, list the causes with causes="
            )
        listed = [name for name in found if name != censored]
    else:
        listed = list(causes)
        if censored in listed:
            raise InputError(
                f"causes[{listed.index(censored)}] is {censored!r}, the label of a censored "
                "patient; leave it out"
            )
    places = {censored: 0} | {name: place for place, name in enumerate(listed, 1)}
    for place, name in enumerate(found):
        if name not in places:
            raise InputError(
                f"cause[{int(np.argmax(codes == place))}] is {name!r}; it is neither one of causes "
                "nor the label of a censored patient: correct it, or add it to causes"
            )
    if len(places) != len(listed) + 1 or not listed:
        raise InputError(f"causes is {listed}; give each label once, and at least one")
    numbers = np.array([places[name] for name in found], np.int64)[codes]
    return numbers, range(1, len(listed) + 1), 0, tuple(listed)


def _whole(censored: Any) -> int:
    if isinstance(censored, (int, float, np.number)) and int(censored) == censored:
        return int(censored)
    raise InputError(f"censored is {censored!r}; give the number that stands for it in cause")


def _result(fitted: Any, causes: tuple[Any, ...], made: Any, where: str = "") -> CompetingRisks:
    collapse = fitted[12]
    if collapse >= 0:
        warnings.warn(
            f"all {fitted[1][collapse]} at risk at time {reached(fitted[0][collapse])}{where} have "
            "an event, so nothing changes from there on although patients enter later",
            SmallRiskSetWarning,
            stacklevel=3,
        )
    return _core.frozen(CompetingRisks, (causes, *fitted[:12], *made, *fitted[13:]))
