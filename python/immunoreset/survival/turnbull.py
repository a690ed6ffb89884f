"""A time known only to lie between two visits. Formulas: docs/methods/survival/turnbull.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._random import random_key, replicate_count
from immunoreset._result import Grouped, Result, number, percent_of
from immunoreset.errors import InputError
from immunoreset.survival.kaplan_meier_bootstrap import limit_position

Interval = Literal["likelihood", "bootstrap"]
Rows = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None]
INTERVALS = ["likelihood", "bootstrap"]

CONVENTION = "(left, right]; left == right is exact; right = inf is right-censored"
# a sum of masses counts as equal to a probability that it misses by less
SAME_PROBABILITY = 1e-8
# times that differ by less, as such or in proportion, are one (csrc/core/base/order.h)
TIE = 2.0**-26


@dataclass(frozen=True, slots=True)
class TurnbullAt(Result):
    """The probability of no event up to given times, as far as the data determine it.

    Attributes
    ----------
    time : float or ndarray
        The times asked for.
    estimate : float or ndarray
        The probability; NaN inside an innermost interval, where the curve is not determined.
    estimate_low, estimate_high : float or ndarray
        The least and the largest probability that have the same likelihood: equal to `estimate`
        outside the innermost intervals. They are no confidence limits.
    low, high : float or ndarray
        Confidence limits.
    level, interval
        Of the confidence limits.
    """

    time: Any
    estimate: Any
    estimate_low: Any
    estimate_high: Any
    low: Any
    high: Any
    level: float
    interval: str

    def _table(self) -> dict[str, Any]:
        names = ("time", "estimate", "estimate_low", "estimate_high", "low", "high")
        return {name: np.ravel(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        if np.ndim(self.time):
            return f"{np.size(self.time)} times"
        least, most, low, high = (
            f"{100 * p:.1f}%" for p in (self.estimate_low, self.estimate_high, self.low, self.high)
        )
        words = f"{least}" if least == most else f"between {least} and {most}"
        return (
            f"without the event by {number(self.time, 6)}: {words} "
            f"({percent_of(self.level)} {self.interval} limits {low} to {high})"
        )


@dataclass(frozen=True, slots=True)
class TurnbullQuantile(Result):
    """Times by which given shares have had the event: each is known only to lie in an interval.

    Attributes
    ----------
    p : float or ndarray
        The shares asked for: 0.5 is the median.
    left, right : float or ndarray
        The time lies in (left, right], and is that time where they are equal; `right` is infinite
        where the share may not have been reached by the last visit. Not a confidence interval.
    low, high : float or ndarray
        Confidence limits; `high` is infinite where the share may never be reached.
    level, interval
        Of the confidence limits.
    """

    p: Any
    left: Any
    right: Any
    low: Any
    high: Any
    level: float
    interval: str

    def _table(self) -> dict[str, Any]:
        names = ("p", "left", "right", "low", "high")
        return {name: np.ravel(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        if np.ndim(self.p):
            return f"{np.size(self.p)} quantiles"
        high = "NR" if np.isinf(self.high) else number(self.high, 6)
        return (
            f"{100 * self.p:g}% {_between(self.left, self.right)} "
            f"({percent_of(self.level)} {self.interval} limits {number(self.low, 6)} to {high})"
        )


@dataclass(frozen=True, slots=True)
class Turnbull(Result):
    """The nonparametric maximum likelihood estimate of interval-censored times.

    A row of its table is an innermost interval with mass: the probability `mass` of an event lies
    in it, and the data do not say where.

    Attributes
    ----------
    left, right : ndarray
        Ends of the innermost intervals with mass: half-open (left, right], or one time where they
        are equal. The last `right` is infinite where some events lie beyond the last visit.
    mass : ndarray
        Their probabilities, which sum to 1.
    estimate : ndarray
        The probability of an event after `right`.
    innermost_left, innermost_right, innermost_mass : ndarray
        All innermost intervals (maximal intersections of the rows), most of them without mass.
    innermost_least, innermost_most : ndarray
        The least and the largest probability of an event after each innermost interval, among all
        curves of this likelihood: equal where it is `unique`, as it always is without `entry`.
    rank : int
        Rank of the likelihood's equations for the masses: their number where these are unique.
    n : int
        Patients.
    first_entry : float or None
        The smallest entry: all probabilities are of patients free of the event then.
    loglik : float
        The log-likelihood.
    kkt_gap : float
        The certificate: no other curve has a log-likelihood that is larger by more than this times
        `n`. At most 1e-8, else a ConvergenceError is raised.
    iterations : int
        Evaluations of the gradient.
    merged : int
        Distinct end points (of all groups) that were merged into an earlier one.
    timefix : bool
        Whether end points that differ by rounding alone were merged.
    level : float
        Of the confidence limits that `at` and `quantile` give.
    convention : str
        What a row of the input means.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    mass: NDArray[np.float64]
    estimate: NDArray[np.float64]
    innermost_left: NDArray[np.float64]
    innermost_right: NDArray[np.float64]
    innermost_mass: NDArray[np.float64]
    innermost_least: NDArray[np.float64]
    innermost_most: NDArray[np.float64]
    rank: int
    n: int
    first_entry: float | None
    loglik: float
    kkt_gap: float
    iterations: int
    merged: int
    timefix: bool
    level: float
    convention: str
    _rows: Rows

    @property
    def support(self) -> NDArray[np.bool_]:
        """Return which of all innermost intervals have mass."""
        return self.innermost_mass > 0

    @property
    def unique(self) -> bool:
        """Return whether no other curve has the same likelihood.

        Without `entry` none has: each innermost interval ends where some row ends, so no two sets
        of masses give all rows the same probabilities (docs/methods/survival/turnbull.md).
        """
        return np.array_equal(self.innermost_least, self.innermost_most)

    @property
    def median(self) -> TurnbullQuantile:
        """Return the median time, as the interval in which it lies."""
        return self.quantile(0.5)

    def at(
        self,
        times: ArrayLike,
        *,
        interval: Interval = "likelihood",
        replicates: int = 999,
        rng: Any = None,
    ) -> TurnbullAt:
        """Return the probability of no event up to each time.

        Parameters
        ----------
        times : float or array_like of float
            Times since the origin. A time within rounding of an end is that end (`timefix`).
        interval : {"likelihood", "bootstrap"}, default "likelihood"
            "likelihood": all probabilities that some curve has whose log-likelihood is within half
            a chi-squared quantile of the maximum. "bootstrap": percentiles over resampled patients,
            which need not hold their level however many patients there are (see the method page);
            not with `entry`.
        replicates : int, default 999
            Of the bootstrap.
        rng : int, SeedSequence or Generator
            Required by the bootstrap.

        Examples
        --------
        >>> from immunoreset import survival
        >>> tb = survival.turnbull([0, 0, 2], [1, 1, 3])
        >>> print(tb.at(1.5))
        without the event by 1.5: 33.3% (95% likelihood limits 2.3% to 83.9%)
        >>> print(tb.at(2.5))
        without the event by 2.5: between 0.0% and 33.3% (95% likelihood limits 0.0% to 83.9%)
        """
        asked = _numbers(times, "times")
        when = self._settled(asked) if self.timefix else asked
        ended = np.searchsorted(self.innermost_right, when, side="right")
        begun = np.maximum(ended, np.searchsorted(self.innermost_left, when, side="left"))
        low = np.concatenate(([1.0], self.innermost_least))[begun]
        high = np.concatenate(([1.0], self.innermost_most))[ended]
        estimate = np.where(low == high, low, np.nan)
        limits = self._limits(asked, interval, replicates, rng, shares=False)
        return TurnbullAt(
            time=_plain(asked),
            estimate=_plain(estimate),
            estimate_low=_plain(low),
            estimate_high=_plain(high),
            low=limits[0],
            high=limits[1],
            level=self.level,
            interval=interval,
        )

    def quantile(
        self,
        p: ArrayLike,
        *,
        interval: Interval = "likelihood",
        replicates: int = 999,
        rng: Any = None,
    ) -> TurnbullQuantile:
        """Return the times by which shares of the patients have had the event.

        Where the curve is flat at the share asked for, as it is at the median of two exact times,
        the interval covers the flat stretch: its midpoint is then the quantile of R's survfit.

        Parameters
        ----------
        p : float or array_like of float
            Shares strictly between 0 and 1; 0.5 for the median.
        interval, replicates, rng
            As in `at`.

        Examples
        --------
        >>> from immunoreset import survival
        >>> print(survival.turnbull([0, 0, 2], [1, 1, 3]).quantile(0.5))
        50% between 0 and 1 (95% likelihood limits 0 to 3)
        """
        share = _numbers(p, "p")
        if not np.all((share > 0) & (share < 1)):
            wrong = share[~((share > 0) & (share < 1))].flat[0]
            raise InputError(f"p is {wrong:g}; a share strictly between 0 and 1 is needed here")
        limits = self._limits(share, interval, replicates, rng, shares=True)
        left, right = (_plain(column) for column in self._reach(share))
        return TurnbullQuantile(
            _plain(share), left, right, limits[0], limits[1], self.level, interval
        )

    def _reach(self, share: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the ends of the intervals in which shares of the patients have the event."""
        least, most = -self.innermost_least, -self.innermost_most
        first = np.searchsorted(least, -(1 - share + SAME_PROBABILITY), side="left")
        last = np.searchsorted(most, -(1 - share - SAME_PROBABILITY), side="right")
        return self.innermost_left[first], self.innermost_right[np.minimum(last, len(most) - 1)]

    def _limits(
        self, asked: NDArray[np.float64], interval: str, replicates: int, rng: Any, *, shares: bool
    ) -> tuple[Any, Any]:
        if interval not in INTERVALS:
            raise InputError(f"interval is {interval!r}; choose one of {INTERVALS}")
        if interval == "likelihood":
            of = _core.turnbull_quantile if shares else _core.turnbull_survival
            return of(*self._rows, self.timefix, self.level, asked)
        left, right, entry = self._rows
        if entry is not None:
            raise InputError(
                "interval is 'bootstrap'; with entry a resample may leave times at which nobody is "
                "under observation: use interval='likelihood'"
            )
        count = replicate_count(replicates)
        outside, key = limit_position(count, self.level), random_key(rng)
        low, high = _core.turnbull_bootstrap(
            left, right, self.timefix, asked.ravel(), shares, key, count
        )
        low = np.partition(low, outside - 1, axis=1)[:, outside - 1]
        high = np.partition(high, count - outside, axis=1)[:, count - outside]
        return _plain(low.reshape(asked.shape)), _plain(high.reshape(asked.shape))

    def _settled(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the times, those within rounding of an end being that end."""
        ends = np.unique(np.concatenate((self.innermost_left, self.innermost_right)))
        after = np.searchsorted(ends, times)
        for near in (np.maximum(after - 1, 0), np.minimum(after, len(ends) - 1)):
            tied = np.isclose(times, ends[near], rtol=TIE, atol=TIE)
            times = np.where(tied, ends[near], times)
        return times

    def plot(self, ax: Any = None) -> Any:
        """Draw the curve, innermost intervals and likelihood limits shaded; return the axes."""
        return _draw({"": self}, ax=ax)

    def _table(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("left", "right", "mass", "estimate")}

    def __str__(self) -> str:
        patients = "1 patient" if self.n == 1 else f"{self.n} patients"
        left, right = self._reach(np.array(0.5))
        free = (
            "" if not self.first_entry else f" free of the event at {number(self.first_entry, 6)}"
        )
        several = "" if self.unique else " (several curves are as likely)"
        return f"{patients}{free}, median {_between(float(left), float(right))}{several}"


@overload
def turnbull(
    left: ArrayLike | str,
    right: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = None,
    group: None = None,
    timefix: bool = True,
    level: float = 0.95,
    data: Any = None,
) -> Turnbull: ...


@overload
def turnbull(
    left: ArrayLike | str,
    right: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = None,
    group: ArrayLike | str,
    timefix: bool = True,
    level: float = 0.95,
    data: Any = None,
) -> Grouped[Turnbull]: ...


def turnbull(
    left: ArrayLike | str,
    right: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = None,
    group: ArrayLike | str | None = None,
    timefix: bool = True,
    level: float = 0.95,
    data: Any = None,
) -> Turnbull | Grouped[Turnbull]:
    """Estimate the distribution of a time known only to lie between two visits.

    Parameters
    ----------
    left : array_like of float, or str
        The last time at which a patient was known to be free of the event; 0 for one never seen
        free of it.
    right : array_like of float, or str
        The first time at which the event was known to have come: it lies in (left, right]. Infinity
        where no event was seen (right-censored); equal to `left` where its very time is known.
    entry : array_like of float, or str, optional
        When each patient came under observation (left truncation): whoever had the event before is
        not among the rows. At most `left`, below the time where that is exact; -infinity for a
        patient who would have been seen anyway. The curve is then of patients free of the event at
        the smallest entry.
    group : array_like, or str, optional
        A label a patient; each group gets a curve of its own.
    timefix : bool, default True
        Take end points that differ by rounding alone for one, by R's rule; all rows together.
    level : float, default 0.95
        Of the confidence limits of `at` and `quantile`.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Turnbull or Grouped of Turnbull
        With `group`, a mapping from label to curve.

    Raises
    ------
    InputError
        For no rows; for a `left` that is negative, missing or infinite, or after `right`; for a
        missing `right`; for an `entry` that is missing, negative and finite, or after `left`; for
        an `entry` before which there is a time that nobody is known to have passed under
        observation, so that no data link the curve before and after it. It names argument, row and
        value.
    ConvergenceError
        When the certificate of 1e-8 is not reached.

    Notes
    -----
    Peto 1973 and Turnbull 1976 (innermost intervals and self-consistency); Wellner and Zhan 1997
    (the hybrid of expectation steps and the iterative convex minorant); Gentleman and Geyer 1994
    (certificate and uniqueness); Banerjee and Wellner 2001 (likelihood ratio limits); Frydman 1994
    (innermost intervals with left truncation). Of exact and right-censored rows it is the
    Kaplan-Meier estimate, with the same `entry`.

    Examples
    --------
    Five patients whose B cells came back between two visits, one not yet:

    >>> from immunoreset import survival
    >>> tb = survival.turnbull([84, 56, 112, 84, 140], [112, 84, 140, 126, float("inf")])
    >>> print(tb)
    5 patients, median between 84 and 126
    >>> tb.left, tb.mass.round(3)
    (array([ 56.,  84., 112., 140.]), array([0.2, 0.3, 0.3, 0.2]))
    """
    if data is not None:
        left, right, entry, group = columns(data, left=left, right=right, entry=entry, group=group)
    if not 0 < level < 1:
        raise InputError(f"level is {level}; a level is a probability strictly between 0 and 1")
    names, codes = ([None], None) if group is None else labels(group)
    merged, answers = _core.turnbull(left, right, entry, codes, len(names), timefix)
    entries = None if entry is None else np.array(entry, np.float64)
    rows: Rows = np.array(left, np.float64), np.array(right, np.float64), entries
    curves = []
    for code, answer in enumerate(answers):
        own = rows if codes is None else _of(rows, codes == code)
        curves.append(_curve(answer, merged, timefix, level, own))
    if group is None:
        return curves[0]
    return Grouped(dict(zip(names, curves, strict=True)), _draw)


def _of(rows: Rows, own: NDArray[np.bool_]) -> Rows:
    left, right, entry = rows
    return left[own], right[own], None if entry is None else entry[own]


def _curve(
    answer: tuple[Any, ...],
    merged: int,
    timefix: bool,
    level: float,
    rows: Rows,
) -> Turnbull:
    n, left, right, mass, estimate, *innermost, rank, loglik, kkt_gap, iterations = answer
    innermost_left, innermost_right, innermost_mass, innermost_least, innermost_most = innermost
    return Turnbull(
        left=left,
        right=right,
        mass=mass,
        estimate=estimate,
        innermost_left=innermost_left,
        innermost_right=innermost_right,
        innermost_mass=innermost_mass,
        innermost_least=innermost_least,
        innermost_most=innermost_most,
        rank=rank,
        n=n,
        first_entry=None if rows[2] is None else max(0.0, float(rows[2].min())),
        loglik=loglik,
        kkt_gap=kkt_gap,
        iterations=iterations,
        merged=merged,
        timefix=timefix,
        level=float(level),
        convention=CONVENTION,
        _rows=rows,
    )


def _draw(curves: Mapping[Any, Turnbull], ax: Any = None) -> Any:
    from immunoreset.plots.turnbull import turnbull as draw

    return draw(curves, ax=ax)


def _numbers(value: ArrayLike, argument: str) -> NDArray[np.float64]:
    """Return an array of numbers none of which is NaN."""
    try:
        numbers = np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{argument} is {value!r}; give numbers") from error
    if np.isnan(numbers).any():
        raise InputError(f"{argument} holds nan; give numbers")
    return numbers


def _plain(column: NDArray[np.float64]) -> Any:
    """Return a float for a single number, and a read-only array otherwise."""
    if column.ndim == 0:
        return float(column)
    column = column.copy()
    column.setflags(write=False)
    return column


def _between(left: float, right: float) -> str:
    if left == right:
        return f"at {number(left, 6)}"
    if np.isinf(right):
        return f"after {number(left, 6)}"
    return f"between {number(left, 6)} and {number(right, 6)}"
