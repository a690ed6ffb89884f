"""B cell return between visits, with competing events: docs/methods/recovery/reconstitution.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._result import Grouped, Result
from immunoreset.errors import InputError
from immunoreset.recovery.depletion import Depletion
from immunoreset.recovery.reconstitution_answers import (
    ReconstitutionAt,
    ReconstitutionBand,
    ReconstitutionQuantile,
)
from immunoreset.recovery.reconstitution_inputs import Inputs, inputs_of
from immunoreset.recovery.reconstitution_parametric import ReconstitutionParametric, parametric

UNSEEN = ("competing", "return")
CONVENTION = "return in (left, right]; a competing event before `right` comes first"
SAME_PROBABILITY = 1e-8


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
Distribution = Literal["weibull", "lognormal", "loglogistic"]
Reinfusion = Literal["competing", "censored"]
Days = ArrayLike | Mapping[Any, float] | str
Labels = ArrayLike | Mapping[Any, Any] | str


@overload
def reconstitution(
    left: Depletion,
    right: ArrayLike | str | None = None,
    *,
    competing: Days | None = None,
    cause: Labels | None = None,
    group: Labels | None = None,
    method: Literal["npmle"] = "npmle",
    distribution: Distribution = "weibull",
    unseen: Unseen | Literal["unknown"] | None = None,
    reinfusion: Reinfusion = "competing",
    timefix: bool = True,
    data: Any = None,
) -> Reconstitution | Grouped[Reconstitution]: ...


@overload
def reconstitution(
    left: ArrayLike | str,
    right: ArrayLike | str | None = None,
    *,
    competing: Days | None = None,
    cause: Labels | None = None,
    group: None = None,
    method: Literal["npmle"] = "npmle",
    distribution: Distribution = "weibull",
    unseen: Unseen | Literal["unknown"] | None = None,
    reinfusion: Reinfusion = "competing",
    timefix: bool = True,
    data: Any = None,
) -> Reconstitution: ...


@overload
def reconstitution(
    left: ArrayLike | str,
    right: ArrayLike | str | None = None,
    *,
    competing: Days | None = None,
    cause: Labels | None = None,
    group: ArrayLike | str,
    method: Literal["npmle"] = "npmle",
    distribution: Distribution = "weibull",
    unseen: Unseen | Literal["unknown"] | None = None,
    reinfusion: Reinfusion = "competing",
    timefix: bool = True,
    data: Any = None,
) -> Grouped[Reconstitution]: ...


@overload
def reconstitution(
    left: Depletion,
    right: ArrayLike | str | None = None,
    *,
    competing: Days | None = None,
    cause: Labels | None = None,
    group: Labels | None = None,
    method: Literal["parametric"],
    distribution: Distribution = "weibull",
    unseen: Unseen | Literal["unknown"] | None = None,
    reinfusion: Reinfusion = "competing",
    timefix: bool = True,
    data: Any = None,
) -> ReconstitutionParametric | Grouped[ReconstitutionParametric]: ...


@overload
def reconstitution(
    left: ArrayLike | str,
    right: ArrayLike | str | None = None,
    *,
    competing: Days | None = None,
    cause: Labels | None = None,
    group: None = None,
    method: Literal["parametric"],
    distribution: Distribution = "weibull",
    unseen: Unseen | Literal["unknown"] | None = None,
    reinfusion: Reinfusion = "competing",
    timefix: bool = True,
    data: Any = None,
) -> ReconstitutionParametric: ...


@overload
def reconstitution(
    left: ArrayLike | str,
    right: ArrayLike | str | None = None,
    *,
    competing: Days | None = None,
    cause: Labels | None = None,
    group: ArrayLike | str,
    method: Literal["parametric"],
    distribution: Distribution = "weibull",
    unseen: Unseen | Literal["unknown"] | None = None,
    reinfusion: Reinfusion = "competing",
    timefix: bool = True,
    data: Any = None,
) -> Grouped[ReconstitutionParametric]: ...


def reconstitution(
    left: ArrayLike | str | Depletion,
    right: ArrayLike | str | None = None,
    *,
    competing: Days | None = None,
    cause: Labels | None = None,
    group: Labels | None = None,
    method: Literal["npmle", "parametric"] = "npmle",
    distribution: Distribution = "weibull",
    unseen: Unseen | Literal["unknown"] | None = None,
    reinfusion: Reinfusion = "competing",
    timefix: bool = True,
    data: Any = None,
) -> (
    Reconstitution
    | ReconstitutionParametric
    | Grouped[Reconstitution]
    | Grouped[ReconstitutionParametric]
):
    """Estimate the cumulative incidence of B cell return when other events may come first.

    Parameters
    ----------
    left : array_like of float, str, or Depletion
        The last day without B cells of each patient; or the episodes, which give `left` and
        `right` (those of ``return_intervals()``), re-infusions, and `group` where they have it.
    right : array_like of float, or str
        The first day with B cells; infinity where no return was seen.
    competing : array_like of float, mapping, or str, optional
        The day of death, rescue B-cell-depleting therapy or re-infusion; infinity where there was
        none. With episodes a mapping from patient; who is not in it had none.
    cause : array_like, mapping or str, optional
        Of "npmle". A label a patient: what the competing event was ("re-infusion" where that of the
        episodes comes first).
    group : array_like, mapping or str, optional
        A label a patient; each group gets an estimate of its own. A mapping from patient with
        episodes.
    method : {"npmle", "parametric"}, default "npmle"
        Nonparametric maximum likelihood; or a distribution of the time to return beside competing
        events at a constant rate.
    distribution : {"weibull", "lognormal", "loglogistic"}, default "weibull"
        Of "parametric": the time to return, were there no competing events.
    unseen : {"competing", "return", "unknown"}, optional
        A competing event after the last visit without B cells: "competing" takes it as the first
        event, return as *seen* return; "return" supposes that B cells returned in between. The two
        are the extremes of what the data leave open. "unknown", of "parametric" alone, takes it to
        say nothing of return since that visit. By default "competing" of "npmle", "unknown" of
        "parametric".
    reinfusion : {"competing", "censored"}, default "competing"
        Of episodes: the next infusion is a competing event, and of patients with several infusions
        the first episode counts; or it ends what is known, and several rows a patient are refused.
    timefix : bool, default True
        Take times that differ by rounding alone for one, by R's rule; all rows together.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Reconstitution or ReconstitutionParametric, or Grouped of them
        With `group`, or episodes that have one, a mapping from label to estimate.

    Raises
    ------
    InputError
        For no rows, missing or negative times, `left` after `right`; it names argument, row, value.
        For several rows a patient (two series; with "censored" two infusions). With "parametric"
        for exact returns that are all on one day, or on day 0.
    ConvergenceError
        When the certificate of 1e-8 is not reached.

    Notes
    -----
    Hudgens, Satten and Longini 2001 (the estimate); Groeneboom, Maathuis and Wellner 2008; Wang
    2007 (steps by quadratic programmes); Hudgens, Li and Fine 2014 (parametric).

    Examples
    --------
    Two returns between visits, one death on day 100, one patient still without B cells:

    >>> from immunoreset import recovery
    >>> inf = float("inf")
    >>> rows = [84, 56, 84, 140], [112, 84, inf, inf]
    >>> rc = recovery.reconstitution(*rows, competing=[inf, inf, 100, inf])
    >>> print(rc)
    4 patients, 2 with B cell return, 1 competing (1 with a gap before)
    >>> rc.estimate
    array([0.25, 0.5 ])
    >>> print(recovery.reconstitution(*rows, competing=[inf, inf, 100, inf], method="parametric"))
    4 patients, 2 with B cell return, 1 competing: weibull, 76.6% ever return
    """
    if method not in ("npmle", "parametric"):
        raise InputError(f"method is {method!r}; choose 'npmle' or 'parametric'")
    if unseen is None:
        unseen = "competing" if method == "npmle" else "unknown"
    rows = inputs_of(left, right, competing, cause, group, reinfusion, data)
    if method == "parametric":
        fits = parametric(rows, distribution, unseen, timefix)
        return fits[None] if rows.groups is None else Grouped(fits, _draw)
    if unseen not in UNSEEN:
        known = " ('unknown' is of method='parametric')" if unseen == "unknown" else ""
        raise InputError(f"unseen is {unseen!r}; give one of {list(UNSEEN)}{known}")
    curves = _npmle(rows, unseen, timefix)
    return curves[None] if rows.groups is None else Grouped(curves, _draw)


def _npmle(rows: Inputs, unseen: str, timefix: bool) -> dict[Any, Reconstitution]:
    """Return a curve for each group, or one for None."""
    names = [None] if rows.groups is None else rows.groups
    merged, answers = _core.reconstitution(
        rows.left, rows.right, rows.competing, rows.cause_codes, len(rows.causes),
        rows.group_codes, len(names), unseen == "return", timefix,
    )  # fmt: skip
    first, last, others = (
        None if column is None else np.array(column, np.float64)
        for column in (rows.left, rows.right, rows.competing)
    )
    return {
        name: _curve(
            answer, rows.causes, merged, unseen, timefix,
            (first, last, others, rows.group_codes, code, unseen == "return", timefix),
        )
        for code, (name, answer) in enumerate(zip(names, answers, strict=True))
    }  # fmt: skip


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


def _draw(curves: Mapping[Any, Any], ax: Any = None, level: float | None = 0.95) -> Any:
    from immunoreset.plots.reconstitution import reconstitution as draw

    return draw(curves, ax=ax, level=level)
