"""Landmark analysis and rows split at a change. Definitions: docs/methods/survival/landmark.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, number
from immunoreset.errors import InputError


@dataclass(frozen=True, slots=True)
class Landmark(Result):
    """Patients still followed up, without the event, at a landmark; one row a patient.

    Attributes
    ----------
    row : ndarray of int
        The patient's row in the data.
    time : ndarray of float
        Time to the event or the end of follow-up, since the landmark.
    event : ndarray of bool
    changed : ndarray of bool
        Whether the change was seen by the landmark: the groups to compare.
    at : float
        The landmark.
    n : int
        Patients in the data.
    events_before, censored_before : int
        Patients left out: those with the event by the landmark, and those whose follow-up ended
        by it.
    merged : int
        Distinct times that were merged into an earlier one (`timefix`).
    timefix : bool
    """

    row: NDArray[np.int64]
    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    changed: NDArray[np.bool_]
    at: float
    n: int
    events_before: int
    censored_before: int
    merged: int
    timefix: bool

    def _table(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("row", "time", "event", "changed")}

    def __str__(self) -> str:
        return (
            f"landmark {number(self.at)}: {len(self.row)} of {self.n} patients followed beyond it, "
            f"{int(self.changed.sum())} changed by then; left out: {self.events_before} with an "
            f"earlier event, {self.censored_before} censored"
        )


@dataclass(frozen=True, slots=True)
class ChangeRows(Result):
    """Follow-up cut in two where the status changed: rows (entry, time] for a Cox regression.

    Attributes
    ----------
    row : ndarray of int
        The patient's row in the data.
    entry, time : ndarray of float
        Start and end of the row.
    event : ndarray of bool
        Whether the row ends in the event.
    changed : ndarray of bool
        The status during the row.
    n : int
        Patients in the data.
    merged : int
        Distinct times that were merged into an earlier one (`timefix`).
    timefix : bool
    """

    row: NDArray[np.int64]
    entry: NDArray[np.float64]
    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    changed: NDArray[np.bool_]
    n: int
    merged: int
    timefix: bool

    def _table(self) -> dict[str, Any]:
        names = ("row", "entry", "time", "event", "changed")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return (
            f"{self.n} patients in {len(self.row)} rows; events before the change: "
            f"{int(self.event[~self.changed].sum())}, after it: "
            f"{int(self.event[self.changed].sum())}"
        )


def landmark(
    time: ArrayLike | str,
    event: ArrayLike | str,
    change: ArrayLike | str,
    *,
    at: float,
    timefix: bool = True,
    data: Any = None,
) -> Landmark:
    """Compare what follows a landmark by what was known at it.

    Does relapse follow the return of B cells? Who "ever" had them back has by definition lived long
    enough without the end of follow-up for that to be seen; a comparison by "ever" credits that
    immortal time to the return. At a landmark only what was seen by then counts, and only what
    comes after it is compared.

    Parameters
    ----------
    time : array_like of float, or str
        Time to the event or the end of follow-up, from the origin (infusion); one a patient.
    event : array_like of bool, or str
        True, or 1, for an event at `time`.
    change : array_like of float, or str
        The time at which the change was seen (the visit with B cells), from the same origin;
        infinity where it was not seen. A yes or no is refused: it does not say when.
    at : float
        The landmark, from the same origin; chosen before looking at the data.
    timefix : bool, default True
        Take times that differ by rounding alone for one, by R's rule.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Landmark
        Its `time`, `event` and `changed` go to `kaplan_meier`, `logrank` or `cox`. An event at the
        landmark itself comes before it, a change at the landmark counts as seen.

    Raises
    ------
    InputError
        For a change after the end of follow-up, which nobody can have seen; for yes or no in place
        of a time; when nobody is followed up beyond the landmark. It names argument, row and value.

    Notes
    -----
    Anderson, Cain and Gelber 1983 (J Clin Oncol 1:710).

    Examples
    --------
    >>> from immunoreset import survival
    >>> inf = float("inf")
    >>> lm = survival.landmark([60, 200, 300, 400], [1, 1, 0, 0], [inf, 150, 90, inf], at=100)
    >>> print(lm)
    landmark 100: 3 of 4 patients followed beyond it, 1 changed by then; left out: 1 with an \
earlier event, 0 censored
    >>> lm.time, lm.changed
    (array([100., 200., 300.]), array([False,  True, False]))
    """
    given = _columns(data, time, event, change)
    row, left, observed, changed, before, censored, merged = _core.landmark(*given, at, timefix)
    n = len(row) + before + censored
    return Landmark(row, left, observed, changed, at, n, before, censored, merged, timefix)


def split_at_change(
    time: ArrayLike | str,
    event: ArrayLike | str,
    change: ArrayLike | str,
    *,
    timefix: bool = True,
    data: Any = None,
) -> ChangeRows:
    """Cut each follow-up where the status changed, for a covariate that depends on time.

    Parameters
    ----------
    time : array_like of float, or str
        Time to the event or the end of follow-up, from the origin; above 0, one a patient.
    event : array_like of bool, or str
        True, or 1, for an event at `time`.
    change : array_like of float, or str
        The time at which the change was seen, from the same origin; infinity where it was not. A
        yes or no is refused: it does not say when.
    timefix : bool, default True
        Take times that differ by rounding alone for one, by R's rule.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    ChangeRows
        One row a patient, two for those who changed in between. An event at the time of the change
        belongs to the status before it.

    Raises
    ------
    InputError
        For a change after the end of follow-up, for yes or no in place of a time, and for a
        follow-up of 0. It names argument, row and value.

    Notes
    -----
    Andersen and Gill 1982 (Ann Stat 10:1100).

    Examples
    --------
    >>> from immunoreset import survival
    >>> rows = survival.split_at_change([60, 200, 300], [1, 1, 0], [float("inf"), 150, 0])
    >>> print(rows)
    3 patients in 4 rows; events before the change: 1, after it: 1
    >>> rows.entry, rows.time
    (array([  0.,   0., 150.,   0.]), array([ 60., 150., 200., 300.]))
    >>> rows.changed
    array([False, False,  True,  True])
    """
    given = _columns(data, time, event, change)
    row, entry, end, observed, changed, merged = _core.landmark_split(*given, timefix)
    return ChangeRows(row, entry, end, observed, changed, int(row[-1]) + 1, merged, timefix)


def _columns(data: Any, time: Any, event: Any, change: Any) -> tuple[Any, Any, Any]:
    """Return the three columns; a change that is a yes or no would bring immortal time."""
    if data is not None:
        time, event, change = columns(data, time=time, event=event, change=change)
    if np.asarray(change).dtype == np.bool_:
        raise InputError(
            "change is yes or no; give the time at which the change was seen (inf where it was "
            "not): who ever changed was followed up until then, which is immortal time"
        )
    return time, event, change
