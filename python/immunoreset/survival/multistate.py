"""State occupation of patients. Formulas: docs/methods/survival/multistate.md."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, has_column, labels
from immunoreset._result import Grouped, Result, number, percent_of
from immunoreset.errors import InputError, SmallRiskSetWarning
from immunoreset.survival.kaplan_meier import as_asked, counted
from immunoreset.survival.kaplan_meier_summary import reached
from immunoreset.survival.multistate_after import (
    ExpectedTime,
    OccupationAt,
    TransitionProbability,
)
from immunoreset.survival.multistate_labels import Model, model_of
from immunoreset.survival.recurrent import patient_numbers

Interval = Literal["log-log", "logit", "log", "plain"]
Variance = Literal["jackknife", "greenwood"]


@dataclass(frozen=True, slots=True)
class StateOccupation(Result):
    """The probability of being in one state: one row for each distinct time, in order.

    Attributes
    ----------
    state
        Its label.
    time : ndarray
        Distinct times at which a patient changes state, or is last seen.
    at_risk, entered, left, censored : ndarray of int
        Patients under observation in the state just before the time, those who come to it from
        another state at the time, leave it for another one, and are last seen in it.
    estimate, std_error, low, high : ndarray
        At the time, and until the next row.
    n, merged, variance, interval, level, timefix
        As those of `MultiState`.
    """

    state: Any
    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    entered: NDArray[np.int64]
    left: NDArray[np.int64]
    censored: NDArray[np.int64]
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: int
    merged: int
    variance: str
    interval: str
    level: float
    timefix: bool
    _all: MultiState
    _place: int

    def at(self, times: ArrayLike) -> OccupationAt:
        """Return the probability of being in the state at chosen times.

        Parameters
        ----------
        times : float or array_like
            From 0 on. A time within rounding of a row's time is that time (`timefix`).

        Returns
        -------
        OccupationAt
        """
        estimate, std_error, low, high, at_risk = _one(self._all._at(times), self._place)
        return OccupationAt(
            self.state, as_asked(times), estimate, std_error, low, high, at_risk, self.level,
            self.interval, self.variance,
        )  # fmt: skip

    def expected_time(self, tau: float) -> ExpectedTime:
        """Return the expected time in the state before `tau`: the area under the curve.

        Parameters
        ----------
        tau : float
            The horizon: at most the last follow-up, unless all are in states that nobody leaves.

        Returns
        -------
        ExpectedTime
        """
        estimate, std_error, low, high = _one(self._all._time(tau), self._place)
        return ExpectedTime(
            self.state, float(tau), estimate, std_error, low, high, self.level, self.variance
        )

    def _table(self) -> dict[str, Any]:
        names = (
            "time", "at_risk", "entered", "left", "censored", "estimate", "std_error", "low",
            "high",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return (
            f"{counted(self.n, 'patient')}, {self.state} at {reached(self.time[-1])}: probability "
            f"{number(self.estimate[-1])} ({percent_of(self.level)} {self.interval} "
            f"{number(self.low[-1])} to {number(self.high[-1])})"
        )

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the curve; see `immunoreset.plots.multistate.occupation` for the options."""
        from immunoreset.plots.multistate import occupation

        return occupation(self._all, states=[self.state], ax=ax, **options)


@dataclass(frozen=True, slots=True)
class MultiState(Result):
    """State occupation of patients over time: one row for each distinct time, in order.

    Attributes
    ----------
    states : tuple
        The labels of the states.
    transitions : tuple of (from, to)
        Those given, or those seen, by the order of the states.
    time : ndarray
        Distinct times at which a patient changes state, or is last seen.
    at_risk, censored : ndarray of int, one row a state
        Patients under observation in the state just before the time, and those last seen in it at
        the time.
    known : ndarray of int
        Patients whose state at the time is known: followed so far, or in a state nobody leaves.
    events : ndarray of int, one row a transition
        Patients who make the transition at the time.
    cumulative_hazard, cumulative_hazard_std_error : ndarray, one row a transition
        Nelson-Aalen.
    estimate, std_error, low, high : ndarray, one row a state
        The probability of being in the state at the time and until the next row (Aalen-Johansen);
        `state` has those of one of them. Limits of 0 and of 1 are Clopper-Pearson's of none and of
        all of the patients `known`.
    last_at_risk : ndarray, one value a state
        The last time at which somebody is under observation in the state, NaN where nobody is. A
        probability that is left in it after that stays as it is for want of patients.
    initial : ndarray, one value a state
        The probability of being in the state before the first change.
    n, merged : int
        Patients; distinct times of the whole call merged into an earlier one (`timefix`).
    variance, interval, level, timefix
        How it was made.
    """

    states: tuple[Any, ...]
    transitions: tuple[tuple[Any, Any], ...]
    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    censored: NDArray[np.int64]
    known: NDArray[np.int64]
    events: NDArray[np.int64]
    cumulative_hazard: NDArray[np.float64]
    cumulative_hazard_std_error: NDArray[np.float64]
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    last_at_risk: NDArray[np.float64]
    n: int
    initial: NDArray[np.float64]
    merged: int
    variance: str
    interval: str
    level: float
    timefix: bool
    _columns: tuple[Any, ...]

    def state(self, label: Any) -> StateOccupation:
        """Return the occupation of one state.

        Parameters
        ----------
        label
            One of `states`.

        Returns
        -------
        StateOccupation
        """
        k = self._numbered(label, "state")
        entered, left = self._moved(k, 1), self._moved(k, 0)
        return StateOccupation(
            self.states[k], self.time, self.at_risk[k], entered, left, self.censored[k],
            self.estimate[k], self.std_error[k], self.low[k], self.high[k], self.n, self.merged,
            self.variance, self.interval, self.level, self.timefix, self, k,
        )  # fmt: skip

    def at(self, times: ArrayLike) -> OccupationAt:
        """Return the probability of being in each state at chosen times.

        Parameters
        ----------
        times : float or array_like
            From 0 on. A time within rounding of a row's time is that time (`timefix`).

        Returns
        -------
        OccupationAt
            One row a state.
        """
        estimate, std_error, low, high, at_risk = self._at(times)
        return OccupationAt(
            self.states, as_asked(times), estimate, std_error, low, high, at_risk, self.level,
            self.interval, self.variance,
        )  # fmt: skip

    def expected_time(self, tau: float) -> ExpectedTime:
        """Return the expected time in each state before `tau`: they add up to `tau`.

        Parameters
        ----------
        tau : float
            The horizon: at most the last follow-up, unless all are in states that nobody leaves.

        Returns
        -------
        ExpectedTime
        """
        estimate, std_error, low, high = self._time(tau)
        return ExpectedTime(
            self.states, float(tau), estimate, std_error, low, high, self.level, self.variance
        )

    def transition(
        self, origin: Any, to: Any, since: float, times: ArrayLike
    ) -> TransitionProbability:
        """Return the probability of being in a state at `times`, given another one at `since`.

        It holds where the future depends on the state and the time only, not on how or when the
        state was entered (Markov), which state occupation itself does not ask for.

        Parameters
        ----------
        origin
            The state of a patient at `since`, one of `states`.
        to
            The state in question, one of `states`, or None for all of them, one row each.
        since : float
            From 0 on. What happens at that time itself is over.
        times : float or array_like
            From `since` on.

        Returns
        -------
        TransitionProbability
        """
        values, at_risk = _core.multistate_transition(
            self._numbered(origin, "origin"), since, times, self._columns, self.variance,
            self.interval, self.level, self.timefix,
        )  # fmt: skip
        if to is not None:
            values = _one(values, self._numbered(to, "to"))
        estimate, std_error, low, high = values
        return TransitionProbability(
            origin, float(since), self.states if to is None else to, as_asked(times), estimate,
            std_error, low, high, at_risk, self.level, self.interval, self.variance,
        )  # fmt: skip

    def _at(self, times: ArrayLike) -> Any:
        return _core.multistate_at(
            times, self._columns, self.variance, self.interval, self.level, self.timefix
        )

    def _time(self, tau: float) -> Any:
        return _core.multistate_time(tau, self._columns, self.variance, self.interval, self.level)

    def _numbered(self, label: Any, argument: str) -> int:
        if label not in self.states:
            raise InputError(
                f"{argument} is {label!r}; choose one of {list(self.states)}, or name a state that "
                "nobody was in with states="
            )
        return self.states.index(label)

    def _moved(self, k: int, side: int) -> NDArray[np.int64]:
        chosen = [self.transitions[m][side] == self.states[k] for m in range(len(self.transitions))]
        moved: NDArray[np.int64] = self.events[chosen].sum(axis=0)
        moved.setflags(write=False)
        return moved

    def _table(self) -> dict[str, Any]:
        rows, several = len(self.time), len(self.states)
        names = [str(state) for state in self.states]
        table: dict[str, Any] = {"state": np.repeat(np.array(names), rows)}
        for name in ("time", "known"):
            table[name] = np.tile(getattr(self, name), several)
        for name in ("at_risk", "censored", "estimate", "std_error", "low", "high"):
            table[name] = getattr(self, name).ravel()
        return table

    def transitions_frame(self, backend: str | None = None) -> Any:
        """Return events and cumulative hazards, one row for each transition and time, as a frame.

        Parameters
        ----------
        backend : {"polars", "pandas", "pyarrow"}, optional
            As in `to_frame`.
        """
        from immunoreset._frame import frame

        rows, several = len(self.time), len(self.transitions)
        sides = np.array([[str(a), str(b)] for a, b in self.transitions], str).reshape(-1, 2)
        table = {
            "from": np.repeat(sides[:, 0], rows), "to": np.repeat(sides[:, 1], rows),
            "time": np.tile(self.time, several), "events": self.events.ravel(),
            "cumulative_hazard": self.cumulative_hazard.ravel(),
            "std_error": self.cumulative_hazard_std_error.ravel(),
        }  # fmt: skip
        return frame(table, backend)

    def __str__(self) -> str:
        totals = zip(self.transitions, self.events.sum(axis=1).tolist(), strict=True)
        listed = ", ".join(f"{total} {a} to {b}" for (a, b), total in totals)
        return (
            f"{counted(self.n, 'patient')}, transitions: {listed or 'none'}, "
            f"{int(self.censored.sum())} censored"
        )

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the states stacked; see `immunoreset.plots.multistate.occupation` for options."""
        from immunoreset.plots.multistate import occupation

        return occupation(self, ax=ax, **options)


@overload
def multistate(
    patient: ArrayLike | str,
    time: ArrayLike | str,
    event: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = ...,
    initial: Any = ...,
    group: None = ...,
    states: Sequence[Any] | None = ...,
    transitions: Sequence[tuple[Any, Any]] | None = ...,
    absorbing: Sequence[Any] | None = ...,
    censored: int | str = ...,
    variance: Variance = ...,
    interval: Interval = ...,
    level: float = ...,
    timefix: bool = ...,
    data: Any = ...,
) -> MultiState: ...


@overload
def multistate(
    patient: ArrayLike | str,
    time: ArrayLike | str,
    event: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = ...,
    initial: Any = ...,
    group: ArrayLike | str,
    states: Sequence[Any] | None = ...,
    transitions: Sequence[tuple[Any, Any]] | None = ...,
    absorbing: Sequence[Any] | None = ...,
    censored: int | str = ...,
    variance: Variance = ...,
    interval: Interval = ...,
    level: float = ...,
    timefix: bool = ...,
    data: Any = ...,
) -> Grouped[MultiState]: ...


def multistate(
    patient: ArrayLike | str,
    time: ArrayLike | str,
    event: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = None,
    initial: Any = None,
    group: ArrayLike | str | None = None,
    states: Sequence[Any] | None = None,
    transitions: Sequence[tuple[Any, Any]] | None = None,
    absorbing: Sequence[Any] | None = None,
    censored: int | str = 0,
    variance: Variance = "jackknife",
    interval: Interval = "log-log",
    level: float = 0.95,
    timefix: bool = True,
    data: Any = None,
) -> MultiState | Grouped[MultiState]:
    """Estimate the probability of being in each of several states over time, and what leads there.

    Active disease, B cell aplasia, drug-free remission, relapse, death: patients come and go
    between such states, and are censored in any of them. This is the Aalen-Johansen estimate.

    Parameters
    ----------
    patient : array_like of int or str, or str
        Whose row it is; rows may come in any order.
    time : array_like of float, or str
        The end of the row: when the state changed, or the patient was last seen.
    event : array_like of int or str, or str
        The state that is entered at `time`, or `censored`. A row that ends in the state that the
        patient is in goes on in the next one.
    entry : array_like of float, or str, optional
        The start of the row: at risk on ``(entry, time]``. Rows of a patient follow each other
        without gap; the first may begin late (delayed entry). Without it each row begins where the
        one before ends, the first one at 0.
    initial : label, array_like, or str, optional
        The state of all patients at the start of follow-up, or that of each row's patient. By
        default the first of `states`, or "initial". With `data` text is a column where there is
        one of that name, and otherwise a state.
    group : array_like, or str, optional
        One result for each label; a patient belongs to one group.
    states : sequence, optional
        The labels of the states in the order wanted, also of those nobody was in. By default those
        found: of `initial`, then of `event`, ascending.
    transitions : sequence of (from, to), optional
        Those that there are: any other one is an error. States without one out of them are then
        known to last.
    absorbing : sequence, optional
        States after which a patient has no row: another one is an error.
    censored : int or str, default 0
        The code of a row that ends without a change. Where `event` is text it must be given.
    variance : {"jackknife", "greenwood"}, default "jackknife"
        "jackknife", the infinitesimal one of patients, as in R's survival, holds also where the
        future depends on the past of a state; "greenwood" as in R's etm takes transitions to be
        independent.
    interval : {"log-log", "logit", "log", "plain"}, default "log-log"
        The scale on which the limits are symmetric.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    timefix : bool, default True
        Times that differ by rounding alone (0.1 + 0.2 and 0.3) are one time, as in R.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    MultiState, or a mapping from label to MultiState with `group`

    Raises
    ------
    InputError
        For a time that is missing, negative or infinite; rows of a patient that overlap or leave a
        gap; a transition that is not among `transitions`; a row after an absorbing state; an event
        that is no state; two initial states or groups of a patient; text events without the label
        of the censored; columns of different lengths; no rows. It names row and patient.

    Warns
    -----
    SmallRiskSetWarning
        When patients change who came late to a state of which the estimate is 0 by then, so that
        what they do counts for nothing.

    Notes
    -----
    Aalen and Johansen 1978; Datta and Satten 2001 (without the Markov assumption); Andersen,
    Borgan, Gill and Keiding 1993 ("greenwood"). At a tied time changes come before ends of
    follow-up.

    Examples
    --------
    Days of six patients to illness or death, and on from there:

    >>> from immunoreset import survival
    >>> patient = [1, 1, 2, 3, 3, 4, 5, 5, 6]
    >>> start = [0, 5, 0, 0, 3, 0, 0, 2, 0]
    >>> stop = [5, 9, 7, 3, 8, 4, 2, 10, 11]
    >>> event = ["ill", "dead", "none", "ill", "none", "dead", "ill", "none", "dead"]
    >>> ms = survival.multistate(
    ...     patient, stop, event, entry=start, states=["well", "ill", "dead"], censored="none"
    ... )
    >>> print(ms)
    6 patients, transitions: 3 well to ill, 2 well to dead, 1 ill to dead, 3 censored
    >>> print(ms.state("ill").at(6))
    ill at 6: probability 0.5 (95% log-log 0.1109 to 0.8037)
    >>> print(ms.state("ill").expected_time(10))
    ill before 10: expected time 3.083 (95% 0 to 6.599)
    >>> print(ms.transition("ill", "dead", 5, 10))
    dead at 10 given ill at 5: probability 0.5 (95% log-log 0.005983 to 0.9104)
    """
    rows, names, model = read_rows(
        patient, time, event, entry, initial, group, states, transitions, absorbing, censored, data
    )
    given: Any = (*rows, variance, interval, level, timefix)
    return results(
        _core.multistate(*given), model.states, names, (variance, interval, level, timefix)
    )


def read_rows(
    patient: Any,
    time: Any,
    event: Any,
    entry: Any,
    initial: Any,
    group: Any,
    states: Sequence[Any] | None,
    transitions: Sequence[tuple[Any, Any]] | None,
    absorbing: Sequence[Any] | None,
    censored: Any,
    data: Any,
) -> tuple[Any, list[Any] | None, Model]:
    """Return the rows as the core takes them, the labels of the groups, and the model."""
    if data is not None:
        patient, time, event, entry, group = columns(
            data, patient=patient, time=time, event=event, entry=entry, group=group
        )
        if isinstance(initial, str) and has_column(data, initial):
            (initial,) = columns(data, initial=initial)
    model = model_of(event, initial, states, transitions, absorbing, censored, data is not None)
    numbers, words = patient_numbers(patient)
    names, groups = (None, None) if group is None else labels(group)
    rows = (
        numbers, words, time, model.event, entry, model.initial, model.first, groups,
        1 if names is None else len(names), model.states, model.allowed, model.absorbing,
    )  # fmt: skip
    return rows, names, model


def results(
    answer: tuple[tuple[Any, ...], int, bytes],
    states: tuple[Any, ...],
    names: list[Any] | None,
    how: tuple[Any, ...],
) -> MultiState | Grouped[MultiState]:
    """Return what the core fitted; names: the labels of the groups."""
    fitted, merged, closed = answer
    made = (merged, *how)
    if names is None:
        return _result(fitted[0], states, made, closed)
    from immunoreset.plots.multistate import occupation

    curves = {}
    for name, group in zip(names, fitted, strict=True):
        curves[name] = _result(group, states, made, closed, f" in group {name!r}")
    return Grouped(curves, occupation)


def _result(
    fitted: Any, states: tuple[Any, ...], made: Any, closed: bytes, where: str = ""
) -> MultiState:
    lost_row, lost_state = fitted[17:]
    if lost_row >= 0:
        warnings.warn(
            f"the probability of {states[lost_state]!r} is 0 at "
            f"{reached(fitted[0][lost_row])}{where}, where patients change who came to it late: "
            "what they do counts for nothing",
            SmallRiskSetWarning,
            stacklevel=4,
        )
    sides = [[states[k] for k in side] for side in fitted[14].tolist()]
    moves = tuple(zip(*sides, strict=True))
    columns = (*fitted[:5], *fitted[7:11], *fitted[13:17], closed)
    return _core.frozen(MultiState, (states, moves, *fitted[:13], fitted[13][0], *made, columns))


def _one(values: tuple[Any, ...], k: int) -> Any:
    """Return the numbers of state k out of rows of all states."""
    return [value[k].item() if value.ndim == 1 else value[k] for value in values]
