"""B cell return between visits, with competing events: docs/methods/recovery/reconstitution.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Grouped, Result, number, percent_of
from immunoreset.errors import InputError
from immunoreset.recovery.depletion import Depletion

UNSEEN = ("competing", "return")
CONVENTION = "return in (left, right]; a competing event before `right` comes first"
SAME_PROBABILITY = 1e-8


@dataclass(frozen=True, slots=True)
class ReconstitutionAt(Result):
    """The probability of B cell return up to given times.

    Attributes
    ----------
    time : ndarray
        The times asked for.
    estimate : ndarray
        The probability; NaN inside an innermost interval, and after the last censoring, where the
        data do not determine it.
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
        return f"returned by {number(self.time[0], 6)}: {share} ({limits})"


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


@dataclass(frozen=True, slots=True)
class Reconstitution(Result):
    """The cumulative incidence of B cell return.

    Attributes
    ----------
    left, right, mass : ndarray
        The innermost intervals (left, right] (one time where equal) in which return has probability
        `mass`; the data do not say where inside.
    estimate : ndarray
        The probability of return up to `right`.
    innermost_left, innermost_right, innermost_mass : ndarray
        All innermost intervals, most of them without mass.
    competing_time, competing_cause, competing_mass : ndarray
        The times of competing events, their causes and probabilities.
    rest, last_censored : float
        The probability of neither up to `last_censored`, which is NaN where nobody is censored.
    n, n_returned, n_competing, n_unseen : int
        Patients; those who returned, or had a competing event, first; competing events before which
        B cells may have returned unseen.
    loglik, kkt_gap : float
        The log-likelihood, and its certificate: no masses have one larger by more than n * kkt_gap.
    iterations, merged : int
        Evaluations of the gradient; times merged into one that differs by rounding alone.
    unseen, convention : str
        What a competing event after the last visit without B cells counts as; what a row means.
    timefix : bool
        Whether times that differ by rounding alone were merged.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    mass: NDArray[np.float64]
    estimate: NDArray[np.float64]
    innermost_left: NDArray[np.float64]
    innermost_right: NDArray[np.float64]
    innermost_mass: NDArray[np.float64]
    competing_time: NDArray[np.float64]
    competing_cause: list[Any]
    competing_mass: NDArray[np.float64]
    rest: float
    last_censored: float
    n: int
    n_returned: int
    n_competing: int
    n_unseen: int
    loglik: float
    kkt_gap: float
    iterations: int
    merged: int
    unseen: str
    convention: str
    timefix: bool
    _rows: tuple[Any, Any, Any, Any, int, bool, bool] = field(repr=False, compare=False)

    def at(self, times: ArrayLike, *, level: float = 0.95) -> ReconstitutionAt:
        """Return the probability of return up to each time, with likelihood-ratio limits.

        Parameters
        ----------
        times : float or array_like of float
            Days, 0 or more.
        level : float, default 0.95
            The confidence level of each time for itself.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> rc = recovery.reconstitution([84, 56, 112], [112, 84, float("inf")])
        >>> print(rc.at(112))
        returned by 112: 66.7% (95% 16.1% to 97.7%)
        """
        when = np.array(times, np.float64, ndmin=1)
        low, high = _core.reconstitution_limits(*self._rows, level, False, when)
        share = np.concatenate(([0.0], self.estimate))
        ended = np.searchsorted(self.right, when, side="right")
        begun = np.maximum(ended, np.searchsorted(self.left, when, side="left"))
        least, most = share[ended], share[begun]
        if self.rest > 0:
            most = np.where(when > self.last_censored, most + self.rest, most)
        estimate = np.where(least == most, least, np.nan)
        others = np.concatenate(([0.0], np.cumsum(self.competing_mass)))
        others = others[np.searchsorted(self.competing_time, when, side="right")]
        return ReconstitutionAt(when, estimate, least, most, low, high, others, level)

    def band(self, *, level: float = 0.95) -> ReconstitutionBand:
        """Return likelihood-ratio limits between all days of the rows: what `plot` draws.

        Parameters
        ----------
        level : float, default 0.95
            The confidence level of each day for itself.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> recovery.reconstitution([0, 28], [28, float("inf")]).band().high.round(3)
        array([0.962])
        """
        ends = np.concatenate([np.ravel(column) for column in self._rows[:3] if column is not None])
        ends = np.unique(np.append(ends[np.isfinite(ends)], 0.0))
        left, right = ends[:-1], ends[1:]
        low, high = _core.reconstitution_limits(
            *self._rows, level, False, left + (right - left) / 2
        )
        return ReconstitutionBand(left, right, low, high, level)

    def quantile(self, p: float, *, level: float = 0.95) -> ReconstitutionQuantile:
        """Return when a share `p` of all patients has returned, with likelihood-ratio limits.

        Parameters
        ----------
        p : float
            A share of all patients, strictly between 0 and 1.
        level : float, default 0.95
            The confidence level.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> print(recovery.reconstitution([84, 56, 112], [112, 84, float("inf")]).quantile(0.5))
        50% between day 84 and day 112 (95% 56 to inf)
        """
        if not 0 < p < 1:
            raise InputError(f"p is {p:g}; a share strictly between 0 and 1 is needed here")
        first = int(np.searchsorted(self.estimate, p - SAME_PROBABILITY))
        last = int(np.searchsorted(self.estimate, p + SAME_PROBABILITY))
        reached = float(self.estimate[-1]) if len(self.estimate) else 0.0
        after = self.last_censored if reached + self.rest >= p - SAME_PROBABILITY else np.inf
        left = float(self.left[first]) if first < len(self.left) else float(after)
        right = float(self.right[last]) if last < len(self.right) else np.inf
        limits = _core.reconstitution_limits(*self._rows, level, True, [p])
        low, high = (float(limit[0]) for limit in limits)
        return ReconstitutionQuantile(float(p), left, right, low, high, level)

    def plot(self, ax: Any = None, *, level: float | None = 0.95) -> Any:
        """Draw return from below with its limits, competing events from above.

        `level` None leaves the limits (those of ``band()``) out.
        """
        return _draw({"": self}, ax=ax, level=level)

    def _table(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("left", "right", "mass", "estimate")}

    def __str__(self) -> str:
        patients = "1 patient" if self.n == 1 else f"{self.n} patients"
        words = f"{patients}, {self.n_returned} with B cell return, {self.n_competing} competing"
        return f"{words} ({self.n_unseen} with a gap before)" if self.n_unseen else words


Unseen = Literal["competing", "return"]


@overload
def reconstitution(
    left: ArrayLike | str | Depletion,
    right: ArrayLike | str | None = None,
    *,
    competing: ArrayLike | Mapping[Any, float] | str | None = None,
    cause: ArrayLike | str | None = None,
    group: None = None,
    unseen: Unseen = "competing",
    timefix: bool = True,
    data: Any = None,
) -> Reconstitution: ...


@overload
def reconstitution(
    left: ArrayLike | str | Depletion,
    right: ArrayLike | str | None = None,
    *,
    competing: ArrayLike | Mapping[Any, float] | str | None = None,
    cause: ArrayLike | str | None = None,
    group: ArrayLike | str,
    unseen: Unseen = "competing",
    timefix: bool = True,
    data: Any = None,
) -> Grouped[Reconstitution]: ...


def reconstitution(
    left: ArrayLike | str | Depletion,
    right: ArrayLike | str | None = None,
    *,
    competing: ArrayLike | Mapping[Any, float] | str | None = None,
    cause: ArrayLike | str | None = None,
    group: ArrayLike | str | None = None,
    unseen: Unseen = "competing",
    timefix: bool = True,
    data: Any = None,
) -> Reconstitution | Grouped[Reconstitution]:
    """Estimate the cumulative incidence of B cell return when other events may come first.

    Parameters
    ----------
    left : array_like of float, str, or Depletion
        The last day without B cells of each patient; or the episodes, which give `left` and
        `right` (those of ``return_intervals()``).
    right : array_like of float, or str
        The first day with B cells; infinity where no return was seen.
    competing : array_like of float, mapping, or str, optional
        The day of death, rescue B-cell-depleting therapy or re-infusion; infinity where there was
        none. With episodes a mapping from patient; who is not in it had none.
    cause : array_like, or str, optional
        A label a patient: what the competing event was.
    group : array_like, or str, optional
        A label a patient; each group gets a curve of its own.
    unseen : {"competing", "return"}, default "competing"
        A competing event after the last visit without B cells: "competing" takes it as the first
        event, return as *seen* return; "return" supposes that B cells returned in between. The two
        are the extremes of what the data leave open.
    timefix : bool, default True
        Take times that differ by rounding alone for one, by R's rule; all rows together.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Reconstitution or Grouped of Reconstitution
        With `group`, a mapping from label to curve.

    Raises
    ------
    InputError
        For no rows, missing or negative times, `left` after `right`; it names argument, row, value.
    ConvergenceError
        When the certificate of 1e-8 is not reached.

    Notes
    -----
    Hudgens, Satten and Longini 2001 (the estimate); Groeneboom, Maathuis and Wellner 2008; Wang
    2007 (steps by quadratic programmes).

    Examples
    --------
    Two returns between visits, one death on day 100, one patient still without B cells:

    >>> from immunoreset import recovery
    >>> inf = float("inf")
    >>> rc = recovery.reconstitution(
    ...     [84, 56, 84, 140], [112, 84, inf, inf], competing=[inf, inf, 100, inf]
    ... )
    >>> print(rc)
    4 patients, 2 with B cell return, 1 competing (1 with a gap before)
    >>> rc.estimate
    array([0.25, 0.5 ])
    """
    if isinstance(left, Depletion):
        if right is not None:
            raise InputError("right is given beside episodes, which have their own; leave it out")
        episodes = left.return_intervals()
        left, right = episodes.left, episodes.right
        if isinstance(competing, Mapping):
            strangers = [name for name in competing if name not in set(episodes.patient)]
            if strangers:
                raise InputError(
                    f"competing names {strangers[0]!r}, who has no return to wait for; leave it out"
                )
            competing = [competing.get(name, np.inf) for name in episodes.patient]
    elif right is None:
        raise InputError("right is None; give the first day with B cells, or inf, for each row")
    if isinstance(competing, Mapping):
        raise InputError("competing is a mapping; give one day a row, or pass episodes first")
    if unseen not in UNSEEN:
        raise InputError(f"unseen is {unseen!r}; give one of {list(UNSEEN)}")
    if data is not None:
        left, right, competing, cause, group = columns(
            data, left=left, right=right, competing=competing, cause=cause, group=group
        )
    names, codes = ([None], None) if group is None else labels(group)
    causes, cause_codes = (["competing"], None) if cause is None else labels(cause, "cause")
    merged, answers = _core.reconstitution(
        cast(Any, left), right, cast(Any, competing), cause_codes, len(causes), codes, len(names),
        unseen == "return", timefix,
    )  # fmt: skip
    first, last, others = (
        None if column is None else np.array(column, np.float64)
        for column in (left, right, competing)
    )
    curves = {
        name: _curve(
            answer, causes, merged, unseen, timefix,
            (first, last, others, codes, code, unseen == "return", timefix),
        )
        for code, (name, answer) in enumerate(zip(names, answers, strict=True))
    }  # fmt: skip
    return curves[None] if group is None else Grouped(curves, _draw)


def _curve(
    answer: tuple[Any, ...],
    causes: list[Any],
    merged: int,
    unseen: str,
    timefix: bool,
    rows: tuple[Any, Any, Any, Any, int, bool, bool],
) -> Reconstitution:
    n, n_returned, n_competing, n_unseen, *arrays = answer
    left, right, mass, estimate, inner_left, inner_right, inner_mass, time, code, point, *rest = (
        arrays
    )
    share, last_censored, loglik, kkt_gap, iterations = rest
    return Reconstitution(
        left=left, right=right, mass=mass, estimate=estimate,
        innermost_left=inner_left, innermost_right=inner_right, innermost_mass=inner_mass,
        competing_time=time, competing_cause=[causes[int(c)] for c in code], competing_mass=point,
        rest=share, last_censored=last_censored,
        n=n, n_returned=n_returned, n_competing=n_competing, n_unseen=n_unseen,
        loglik=loglik, kkt_gap=kkt_gap, iterations=iterations, merged=merged,
        unseen=unseen, convention=CONVENTION, timefix=timefix, _rows=rows,
    )  # fmt: skip


def _draw(curves: Mapping[Any, Reconstitution], ax: Any = None, level: float | None = 0.95) -> Any:
    from immunoreset.plots.reconstitution import reconstitution as draw

    return draw(curves, ax=ax, level=level)
