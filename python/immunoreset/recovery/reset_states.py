"""The state of patients after CAR T, over time. Formulas: docs/methods/recovery/reset.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import labels
from immunoreset._result import Grouped, Result, number, percent_of
from immunoreset.errors import InputError
from immunoreset.recovery.reset_inputs import Column, read_columns

STATES: tuple[str, ...] = _core.reset_state_words()
_TURNS = {"left": 0.0, "middle": 0.5, "right": 1.0}

ReturnAt = Literal["left", "middle", "right"]


@dataclass(frozen=True, slots=True)
class ResetStates(Result):
    """Shares of patients in each state on given days, and expected days in each.

    Attributes
    ----------
    states : tuple of str
        "active" (not yet depleted), "aplastic", "recovered, drug-free", "recovered, not drug-free",
        "relapsed", "dead".
    at : ndarray
        Days, ascending.
    share, low, high : ndarray
        Days by states: Aalen-Johansen estimates. Limits are Clopper-Pearson's where nobody was
        censored before (`complete`), otherwise the jackknife's on the logit scale; of estimates of
        0 and 1, Clopper-Pearson's of the patients known.
    known : ndarray of int
        Patients followed up to the day, or dead.
    complete : ndarray of bool
    present : ndarray of int
        Days by states: patients under observation in it. Where there is none, but a share, nobody
        is left who could be seen to leave the state: the share stays as it is.
    time, time_low, time_high : ndarray
        Expected days in each state up to `tau`, with jackknife limits.
    tau : float
    return_at : str
        Where in its interval the return was taken to be.
    n : int
        Patients.
    level : float
    """

    states: tuple[str, ...]
    at: NDArray[np.float64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    known: NDArray[np.int64]
    complete: NDArray[np.bool_]
    present: NDArray[np.int64]
    time: NDArray[np.float64]
    time_low: NDArray[np.float64]
    time_high: NDArray[np.float64]
    tau: float
    return_at: str
    n: int
    level: float
    _columns: dict[str, Any]

    def _table(self) -> dict[str, Any]:
        days, count = len(self.at), len(self.states)
        return {
            "day": np.repeat(self.at, count), "state": np.tile(np.array(self.states), days),
            "share": self.share.ravel(), "low": self.low.ravel(), "high": self.high.ravel(),
            "present": self.present.ravel(), "known": np.repeat(self.known, count),
            "complete": np.repeat(self.complete, count),
        }  # fmt: skip

    def times_frame(self, backend: str | None = None) -> Any:
        """Return the expected days in each state as a frame.

        Parameters
        ----------
        backend : {"polars", "pandas", "pyarrow"}, optional
            As in `to_frame`.
        """
        from immunoreset._frame import frame

        table = {
            "state": list(self.states), "days": self.time, "low": self.time_low,
            "high": self.time_high,
        }  # fmt: skip
        return frame(table, backend)

    def plot(self, ax: Any = None) -> Any:
        """Draw the shares of the states as stacked areas up to `tau`; return the axes."""
        from immunoreset.plots.reset_states import states

        return states(self, ax=ax)

    def __str__(self) -> str:
        words = [
            f"{name} {number(days)} ({number(low)} to {number(high)})"
            for name, days, low, high in zip(
                self.states, self.time, self.time_low, self.time_high, strict=True
            )
            if days > 0
        ]
        return (
            f"{self.n} patients, expected days up to day {number(self.tau)} "
            f"({percent_of(self.level)}): {', '.join(words)}"
        )


@overload
def reset_states(
    onset: ArrayLike | str,
    return_left: ArrayLike | str,
    return_right: ArrayLike | str,
    followed: ArrayLike | str,
    relapse: ArrayLike | str,
    *,
    at: ArrayLike,
    drug_free_from: Column = None,
    drug_free_to: Column = None,
    dead: Column = None,
    tau: float | None = None,
    return_at: ReturnAt = "right",
    level: float = 0.95,
    group: None = None,
    data: Any = None,
) -> ResetStates: ...


@overload
def reset_states(
    onset: ArrayLike | str,
    return_left: ArrayLike | str,
    return_right: ArrayLike | str,
    followed: ArrayLike | str,
    relapse: ArrayLike | str,
    *,
    at: ArrayLike,
    drug_free_from: Column = None,
    drug_free_to: Column = None,
    dead: Column = None,
    tau: float | None = None,
    return_at: ReturnAt = "right",
    level: float = 0.95,
    group: ArrayLike | str,
    data: Any = None,
) -> Grouped[ResetStates]: ...


def reset_states(
    onset: ArrayLike | str,
    return_left: ArrayLike | str,
    return_right: ArrayLike | str,
    followed: ArrayLike | str,
    relapse: ArrayLike | str,
    *,
    at: ArrayLike,
    drug_free_from: Column = None,
    drug_free_to: Column = None,
    dead: Column = None,
    tau: float | None = None,
    return_at: ReturnAt = "right",
    level: float = 0.95,
    group: ArrayLike | str | None = None,
    data: Any = None,
) -> ResetStates | Grouped[ResetStates]:
    """Estimate which share of patients is active, aplastic, recovered or relapsed on given days.

    Parameters
    ----------
    onset : array_like of float, or str
        The first day on which a patient was depleted, from infusion; inf where never, 0 where it
        was so before.
    return_left, return_right, followed, relapse : array_like of float, or str
        As in `reset`; both of the return may be nan, which here is as inf.
    at : array_like of float
        Days, none beyond the last follow-up.
    drug_free_from, drug_free_to : array_like of float, or str, optional
        Drug-free remission from day to day, as in `reset`. Without them nobody is drug-free.
    dead : array_like of bool, or str, optional
        Whether `followed` ends in death; otherwise it ends in censoring.
    tau : float, optional
        The horizon of expected days; by default the largest of `at`.
    return_at : {"right", "middle", "left"}, default "right"
        Where in its interval the return is taken to be: the visit at which it was seen, the middle,
        or the visit before. Compare them: no estimate here can know.
    level : float, default 0.95
        Of the limits.
    group : array_like, or str, optional
        A label a patient; each group is estimated alone.
    data : frame or mapping of arrays, optional
        Where the arguments (not `at`) are column names.

    Returns
    -------
    ResetStates or Grouped of ResetStates
        A patient is recovered, drug-free only while both hold; relapsed for good from the first
        relapse on. The share of those at risk alone would be biased by censoring.

    Raises
    ------
    InputError
        For days out of order or after the end of follow-up, days of `at` or a `tau` that nobody
        was followed to. It names argument, row and value.

    Notes
    -----
    Aalen and Johansen 1978 (Scand J Stat 5:141); Datta and Satten 2001 (Stat Probab Lett 55:403):
    valid for shares of states without the Markov assumption, if censoring is independent.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> inf = float("inf")
    >>> s = recovery.reset_states(
    ...     [7, 7, 14], [80, 80, 60], [100, 100, inf], [400, 300, 90], [inf, 250, inf],
    ...     drug_free_from=[20, 20, 20], drug_free_to=[inf] * 3, at=[90, 300],
    ... )
    >>> s.share[1].round(3)
    array([0. , 0. , 0.5, 0. , 0.5, 0. ])
    """
    if return_at not in _TURNS:
        raise InputError(f"return_at is {return_at!r}; choose 'right', 'middle' or 'left'")
    given = {
        "onset": onset, "return_left": return_left, "return_right": return_right,
        "followed": followed, "relapse": relapse, "drug_free_from": drug_free_from,
        "drug_free_to": drug_free_to, "dead": dead,
    }  # fmt: skip
    columns, _, of_groups = read_columns(data, given, None, group)
    days = np.sort(np.atleast_1d(np.asarray(at, np.float64)))
    if days.size == 0 and tau is None:
        raise InputError("at is empty; give days, or tau")
    horizon = float(days[-1]) if tau is None else float(tau)
    if of_groups is None:
        return _states_of(columns, days, horizon, return_at, level)
    keys, codes = labels(of_groups)
    results = {}
    for code, key in enumerate(keys):
        some = {k: None if v is None else v[codes == code] for k, v in columns.items()}
        results[key] = _states_of(some, days, horizon, return_at, level)
    return Grouped(results)


def _states_of(
    columns: dict[str, Any], days: NDArray[np.float64], tau: float, return_at: str, level: float
) -> ResetStates:
    share, low, high, known, complete, present, *times = _estimates(
        columns, _TURNS[return_at], days, tau, level
    )
    return _core.frozen(
        ResetStates,
        (
            STATES, days, share, low, high, known, complete.astype(bool), present, *times, tau,
            return_at, len(columns["followed"]), level, columns,
        ),
    )  # fmt: skip


def _estimates(
    columns: dict[str, Any], turn: float, days: NDArray[np.float64], tau: float, level: float
) -> tuple[NDArray[Any], ...]:
    return _core.reset_states(
        columns["onset"], columns["return_left"], columns["return_right"], columns["followed"],
        columns["relapse"], columns["drug_free_from"], columns["drug_free_to"], columns["dead"],
        turn, days, tau, level,
    )  # fmt: skip


def shares_by_day(result: ResetStates) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the days up to `tau` on which the shares change, and the shares: what is drawn."""
    columns = result._columns
    turn = _TURNS[result.return_at]
    left, right = columns["return_left"], columns["return_right"]
    back = left + turn * (right - left) if turn < 1 else right
    names = ("onset", "followed", "relapse", "drug_free_from", "drug_free_to")
    days = [columns[name] for name in names if columns[name] is not None]
    found = np.concatenate([[0.0, result.tau], back, *days])
    change = np.unique(found[np.isfinite(found) & (found <= result.tau)])
    return change, _estimates(columns, turn, change, result.tau, result.level)[0]
