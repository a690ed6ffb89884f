"""Hazard ratios of times between two visits. Formulas: docs/methods/survival/interval_cox.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns_and_covariates
from immunoreset._result import Result
from immunoreset.errors import InputError
from immunoreset.survival import cox_table
from immunoreset.survival.cox import CoxTest
from immunoreset.survival.turnbull import CONVENTION, TIE

Interval = Literal["profile", "wald"]


@dataclass(frozen=True, slots=True)
class IntervalCoxAt(Result):
    """The probability of no event up to given times, one row a patient, one column a time.

    Attributes
    ----------
    time : ndarray
        The times asked for.
    covariates : ndarray
        One row a patient.
    estimate : ndarray
        The probability; NaN inside an innermost interval, where the curve is not determined.
    estimate_low, estimate_high : ndarray
        The least and the largest probability that have the same likelihood: equal to `estimate`
        outside the innermost intervals. They are no confidence limits.
    """

    time: NDArray[np.float64]
    covariates: NDArray[np.float64]
    estimate: NDArray[np.float64]
    estimate_low: NDArray[np.float64]
    estimate_high: NDArray[np.float64]

    def _table(self) -> dict[str, Any]:
        patients, times = self.estimate.shape
        return {
            "patient": np.repeat(np.arange(patients), times),
            "time": np.tile(self.time, patients),
            "estimate": self.estimate.ravel(),
            "estimate_low": self.estimate_low.ravel(),
            "estimate_high": self.estimate_high.ravel(),
        }

    def __str__(self) -> str:
        patients, times = self.estimate.shape
        return f"probability of no event of {patients} patients at {times} times"


@dataclass(frozen=True, slots=True)
class IntervalCoxBaseline(Result):
    """The curve of one patient.

    Attributes
    ----------
    left, right : ndarray
        Ends of the innermost intervals with mass, as of `turnbull`.
    mass, estimate : ndarray
        The probability of an event in each, and after it.
    covariates : ndarray
        Whose curve it is.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    mass: NDArray[np.float64]
    estimate: NDArray[np.float64]
    covariates: NDArray[np.float64]

    def plot(self, ax: Any = None) -> Any:
        """Draw the curve, its innermost intervals shaded; return the axes."""
        from immunoreset.plots.turnbull import turnbull as draw

        return draw({"": self}, ax=ax)

    def _table(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("left", "right", "mass", "estimate")}

    def __str__(self) -> str:
        return f"curve of one patient with mass in {len(self.mass)} intervals"


@dataclass(frozen=True, slots=True)
class IntervalCox(Result):
    """A proportional hazards regression of interval-censored times; arrays by covariate.

    Attributes
    ----------
    names : tuple of str
        The covariates.
    coef, std_error : ndarray
        Log hazard ratios, and standard errors: the distance at which twice the profile
        log-likelihood has fallen by 1, in the mean of both sides.
    hazard_ratio : ndarray
        exp(coef), the ratio for one unit of the covariate.
    low, high : ndarray
        Limits of `coef`; `hazard_ratio_low` and `hazard_ratio_high` are their exponentials.
    z, pvalue : ndarray
        coef / std_error; two-sided p-values, of the likelihood ratio test with profile limits, of
        the normal test with Wald limits.
    loglik, loglik_null : float
        Log-likelihood at `coef`, and with all coefficients 0 (that of `turnbull`).
    likelihood_ratio_test : CoxTest
        A test that all coefficients are 0.
    score_norm : float
        A certificate: the length of the slopes in coefficients and baseline, in units of their
        standard errors. At most 1e-8, else a ConvergenceError is raised.
    kkt_gap : float
        Another one: given `coef`, no baseline has a log-likelihood that is larger by more than this
        times `events`. At most 1e-8.
    n, events : int
        Rows, and those with a finite `right`.
    merged : int
        Distinct end points that were merged into an earlier one.
    iterations : int
        Newton steps to the maximum.
    interval, level, timefix
        How the fit was done.
    convention : str
        What a row of the input means.
    """

    names: tuple[str, ...]
    coef: NDArray[np.float64]
    std_error: NDArray[np.float64]
    hazard_ratio: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    z: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    loglik: float
    loglik_null: float
    likelihood_ratio_test: CoxTest
    score_norm: float
    kkt_gap: float
    n: int
    events: int
    merged: int
    iterations: int
    interval: Interval
    level: float
    timefix: bool
    convention: str
    _center: NDArray[np.float64]
    _left: NDArray[np.float64]
    _right: NDArray[np.float64]
    _cumulative_hazard: NDArray[np.float64]

    @property
    def hazard_ratio_low(self) -> NDArray[np.float64]:
        """Return the lower limits of the hazard ratios."""
        return _frozen(np.exp(self.low))

    @property
    def hazard_ratio_high(self) -> NDArray[np.float64]:
        """Return the upper limits of the hazard ratios."""
        with np.errstate(over="ignore"):
            return _frozen(np.exp(self.high))

    def baseline(self, X: ArrayLike | None = None) -> IntervalCoxBaseline:
        """Return the curve of one patient.

        Parameters
        ----------
        X : array_like of float, optional
            The patient's covariates; by default all are 0.
        """
        x = np.zeros(len(self.names)) if X is None else _numbers(X, "X")
        estimate = self._survival(x.reshape(1, -1))[0]
        mass = -np.diff(estimate, prepend=1.0)
        return IntervalCoxBaseline(
            self._left, self._right, _frozen(mass), _frozen(estimate), _frozen(x.ravel().copy())
        )

    def at(self, times: ArrayLike, X: ArrayLike) -> IntervalCoxAt:
        """Return the probability of no event up to given times.

        Parameters
        ----------
        times : float or array_like of float
            Times since the origin. A time within rounding of an end is that end (`timefix`).
        X : array_like of float
            One row a patient, one column a covariate.

        Examples
        --------
        >>> from immunoreset import survival
        >>> left, right = [0, 0, 28, 28, 56, 56, 84], [28, 28, 56, 56, 84, 84, float("inf")]
        >>> fit = survival.interval_cox(left, right, [1, 1, 0, 1, 1, 0, 0])
        >>> fit.at([28, 56], [[0], [1]]).estimate.round(3)
        array([[0.887, 0.713],
               [0.569, 0.203]])
        """
        asked = np.atleast_1d(_numbers(times, "times")).ravel().copy()
        x = _numbers(X, "X")
        after = np.insert(self._survival(x), 0, 1.0, axis=1)
        when = self._settled(asked) if self.timefix else asked
        ended = np.searchsorted(self._right, when, side="right")
        begun = np.maximum(ended, np.searchsorted(self._left, when, side="left"))
        low, high = after[:, begun], after[:, ended]
        estimate = np.where(begun == ended, low, np.nan)
        return IntervalCoxAt(*(_frozen(a) for a in (asked, x.copy(), estimate, low, high)))

    def _survival(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return _core.interval_cox_survival(self.coef, self._center, self._cumulative_hazard, x)

    def _settled(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the times, those within rounding of an end being that end."""
        ends = np.unique(np.concatenate((self._left, self._right)))
        after = np.searchsorted(ends, times)
        for near in (np.maximum(after - 1, 0), np.minimum(after, len(ends) - 1)):
            times = np.where(np.isclose(times, ends[near], rtol=TIE, atol=TIE), ends[near], times)
        return times

    def _table(self) -> dict[str, Any]:
        return cox_table.table(self)

    def __str__(self) -> str:
        terms = cox_table.words(self, f"{self.interval} interval")
        return f"{self.events} events in {self.n} rows (interval-censored); {terms}"


def interval_cox(
    left: ArrayLike | str,
    right: ArrayLike | str,
    X: ArrayLike | str | Sequence[str],
    *,
    interval: Interval = "profile",
    level: float = 0.95,
    timefix: bool = True,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> IntervalCox:
    """Regress the hazard of an event on covariates, each time lying between two visits.

    Parameters
    ----------
    left, right : array_like of float, or str
        The event of a row lies in ``(left, right]``: `left` is the last visit before it (0 if
        there is none), `right` the first visit at which it had come (inf where it had not);
        ``left == right`` is an exact time.
    X : array_like of float, or str, or sequence of str
        One row a row of `left`, one column a covariate (a single covariate may be
        one-dimensional). With `data`, a column name or several.
    interval : {"profile", "wald"}, default "profile"
        Limits where the profile of the likelihood has fallen, or from the standard error.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    timefix : bool, default True
        End points that differ by rounding alone are one time, as in R.
    names : sequence of str, optional
        Of the columns of X; by default their names in `data`, or x1, x2, ...
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    IntervalCox

    Raises
    ------
    InputError
        For a row that `turnbull` refuses; no event at all; no two rows of which it is known who had
        the event first; a covariate that is missing, constant or a combination of others, or of
        which a range of coefficients has the same likelihood; and for a monotone likelihood, whose
        maximum is infinite: it names the column, the profile limit that there is, and the remedy.
    ConvergenceError
        When the certificates of 1e-8 are not reached.

    Notes
    -----
    Finkelstein 1986 (the model); Huang 1996 (its theory); Pan 1999 and Anderson-Bergman 2017 (the
    iterative convex minorant); Murphy and van der Vaart 2000 (profiles).

    Examples
    --------
    B cells came back between two visits, sooner after the lower dose:

    >>> from immunoreset import survival
    >>> left = [0, 28, 28, 56, 56, 84, 28, 56, 84, 84, 112, 112]
    >>> right = [28, 56, 56, 84, 112, 112, 56, 84, 112, float("inf"), 140, float("inf")]
    >>> fit = survival.interval_cox(left, right, [1] * 6 + [0] * 6, names=["low dose"])
    >>> print(fit)  # doctest: +NORMALIZE_WHITESPACE
    10 events in 12 rows (interval-censored); low dose: hazard ratio 4.71, 95% profile
    interval 1.1 to 30.6, p = 0.0366
    """
    if data is not None:
        (left, right), X, names = columns_and_covariates(data, X, names, left=left, right=right)
    given = None if names is None else tuple(names)
    *arrays, center, low, high, hazard, values, counts = _core.interval_cox(
        left, right, X, interval, level, timefix, given
    )
    p = len(center)
    loglik, loglik_null, statistic, pvalue, score_norm, kkt_gap = values
    test = _core.frozen(CoxTest, (statistic, p, pvalue))
    return _core.frozen(
        IntervalCox,
        (
            given or tuple(f"x{j + 1}" for j in range(p)), *arrays, loglik, loglik_null, test,
            score_norm, kkt_gap, *counts, interval, level, timefix, CONVENTION, center, low, high,
            hazard,
        ),
    )  # fmt: skip


def _numbers(value: ArrayLike, argument: str) -> NDArray[np.float64]:
    """Return an array of numbers none of which is NaN."""
    try:
        numbers = np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{argument} is {value!r}; give numbers") from error
    if np.isnan(numbers).any():
        raise InputError(f"{argument} holds nan; give numbers")
    return numbers


def _frozen(column: NDArray[np.float64]) -> NDArray[np.float64]:
    column.setflags(write=False)
    return column
