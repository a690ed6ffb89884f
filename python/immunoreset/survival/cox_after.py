"""What a fitted Cox regression can be asked. Formulas: docs/methods/survival/cox.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._result import Result, number, pvalue_words
from immunoreset.errors import InputError

if TYPE_CHECKING:
    from immunoreset.plots.schoenfeld import SchoenfeldSmooth
    from immunoreset.survival.cox import Cox

Kind = Literal["martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaled-schoenfeld"]
Transform = Literal["km", "rank", "identity", "log"]
CurveInterval = Literal["log-log", "log", "plain"]


@dataclass(frozen=True, slots=True)
class CoxResiduals(Result):
    """Residuals of a Cox regression.

    Attributes
    ----------
    kind : str
        Which residuals.
    values : ndarray
        One number a row of the data ("martingale", "deviance"), one row of as many numbers as
        covariates a row of the data ("score", "dfbeta") or an event ("schoenfeld",
        "scaled-schoenfeld"). NaN for rows of weight 0.
    row : ndarray of int
        The row of the data that each residual belongs to.
    time : ndarray or None
        Of residuals of events, when each event was: by stratum, then time.
    names : tuple of str
        The covariates.
    transformed_time : ndarray or None
        Of the residuals of a test of proportional hazards, the function of time that it took.
    """

    kind: Kind
    values: NDArray[np.float64]
    row: NDArray[np.int64]
    time: NDArray[np.float64] | None
    names: tuple[str, ...]
    transformed_time: NDArray[np.float64] | None = None

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"row": self.row}
        if self.time is not None:
            table["time"] = self.time
        if self.transformed_time is not None:
            table["transformed_time"] = self.transformed_time
        if self.values.ndim == 1:
            table[self.kind] = self.values
        else:
            table |= {name: self.values[:, j] for j, name in enumerate(self.names)}
        return table

    def __str__(self) -> str:
        return f"{len(self.values)} {self.kind} residuals"


@dataclass(frozen=True, slots=True)
class CoxProportionalHazards(Result):
    """Score tests of proportional hazards.

    Attributes
    ----------
    names : tuple of str
        The covariates, and "global" for all of them at once.
    statistic, pvalue : ndarray
        Chi-squared statistics and p-values; NaN where all events share one time.
    df : tuple of int
        Degrees of freedom.
    transform : str
        The function of time that the coefficients might change with.
    """

    names: tuple[str, ...]
    statistic: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    df: tuple[int, ...]
    transform: Transform
    _fit: Cox
    _transformed_time: NDArray[np.float64]
    _weight: NDArray[np.float64]

    def residuals(self) -> CoxResiduals:
        """Return the scaled Schoenfeld residuals with the transformed time of each event.

        Examples
        --------
        >>> from immunoreset import survival
        >>> fit = survival.cox([5, 8, 9, 12], [1, 1, 1, 0], [0, 1, 0, 1])
        >>> fit.proportional_hazards("rank").residuals().transformed_time
        array([1., 2., 3.])
        """
        of_events = self._fit.residuals("scaled-schoenfeld")
        return replace(of_events, transformed_time=self._transformed_time)

    def smooth(self, df: int = 4, points: int = 100) -> SchoenfeldSmooth:
        """Return the course of each coefficient over time, as `plot` draws it: a guide to the eye.

        Parameters
        ----------
        df : int, default 4
            Parameters of the natural cubic spline: 2 is a straight line.
        points : int, default 100
            Where it is evaluated: evenly over the transformed time.
        """
        from immunoreset.plots.schoenfeld import smooth

        return smooth(self, df, points)

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the residuals and the smooth; see `immunoreset.plots.schoenfeld.schoenfeld`."""
        from immunoreset.plots.schoenfeld import schoenfeld

        return schoenfeld(self, ax=ax, **options)

    def _table(self) -> dict[str, Any]:
        return {
            "term": list(self.names),
            "statistic": self.statistic,
            "df": list(self.df),
            "pvalue": self.pvalue,
        }

    def __str__(self) -> str:
        return (
            f"proportional hazards ({self.transform}): chi-squared {number(self.statistic[-1])} "
            f"on {self.df[-1]} df, {pvalue_words(self.pvalue[-1])}"
        )


@dataclass(frozen=True, slots=True)
class CoxBaseline(Result):
    """The cumulative hazard of a patient with given covariates, at the times of events.

    Attributes
    ----------
    stratum : tuple or None
        The label of each row's stratum; None without strata.
    time, at_risk, events : ndarray
        Times of events, rows at risk and events there (sums of weights).
    cumulative_hazard, std_error : ndarray
        The hazard added up, and its standard error, that of the coefficients included.
    covariates : ndarray
        Whose hazard it is.
    """

    stratum: tuple[Any, ...] | None
    time: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    events: NDArray[np.float64]
    cumulative_hazard: NDArray[np.float64]
    std_error: NDArray[np.float64]
    covariates: NDArray[np.float64]

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {} if self.stratum is None else {"stratum": list(self.stratum)}
        for name in ("time", "at_risk", "events", "cumulative_hazard", "std_error"):
            table[name] = getattr(self, name)
        return table

    def __str__(self) -> str:
        last = number(self.cumulative_hazard[-1])
        return f"cumulative hazard at {len(self.time)} times of events, {last} in the end"


@dataclass(frozen=True, slots=True)
class CoxPrediction(Result):
    """Survival of given patients at given times, one row a patient, one column a time.

    Attributes
    ----------
    time : ndarray
        The times asked for.
    estimate, low, high : ndarray
        Survival and its limits; NaN after the last follow-up of the stratum.
    cumulative_hazard, std_error : ndarray
        Minus the logarithm of survival, and its standard error, that of the coefficients included.
    interval, level
        How the limits were made.
    """

    time: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    cumulative_hazard: NDArray[np.float64]
    std_error: NDArray[np.float64]
    interval: CurveInterval
    level: float

    def _table(self) -> dict[str, Any]:
        patients, times = self.estimate.shape
        table: dict[str, Any] = {
            "patient": np.repeat(np.arange(patients), times),
            "time": np.tile(self.time, patients),
        }
        for name in ("estimate", "low", "high", "cumulative_hazard", "std_error"):
            table[name] = np.ravel(getattr(self, name))
        return table

    def __str__(self) -> str:
        patients, times = self.estimate.shape
        return f"survival of {patients} patients at {times} times"


def residuals(fit: Cox, kind: Kind) -> CoxResiduals:
    """Return the residuals of a fit; see `Cox.residuals`."""
    values, row, time = _core.cox_residuals(fit._rows, fit.ties, fit.coef, fit.naive_cov, kind)
    of_events = kind.endswith("schoenfeld")
    return CoxResiduals(
        kind, values, row if of_events else np.arange(len(values)), time if of_events else None,
        fit.names,
    )  # fmt: skip


def proportional_hazards(fit: Cox, transform: Transform) -> CoxProportionalHazards:
    """Return the tests of proportional hazards; see `Cox.proportional_hazards`."""
    statistic, pvalue, transformed_time, weight = _core.cox_proportional_hazards(
        fit._rows, fit.ties, fit.coef, fit.naive_cov, transform
    )
    p = len(fit.names)
    return CoxProportionalHazards(
        (*fit.names, "global"), statistic, pvalue, (*[1] * p, p), transform, fit,
        transformed_time, weight,
    )  # fmt: skip


def baseline(fit: Cox, X: ArrayLike | None) -> CoxBaseline:
    """Return a cumulative hazard; see `Cox.baseline`."""
    covariates = np.array(np.zeros(len(fit.names)) if X is None else X, np.float64, ndmin=1)
    covariates.setflags(write=False)
    codes, *table = _core.cox_baseline(fit._rows, fit.ties, fit.coef, fit.cov, covariates)
    labels = None
    if fit.strata is not None:
        labels = tuple(fit.strata[code] for code in codes)
    time, at_risk, events, hazard, std_error = table
    return CoxBaseline(labels, time, at_risk, events, hazard, std_error, covariates)


def predict(
    fit: Cox,
    X: ArrayLike,
    times: ArrayLike,
    strata: ArrayLike | None,
    interval: CurveInterval,
    level: float | None,
) -> CoxPrediction:
    """Return survival of patients; see `Cox.predict`."""
    patients = np.asarray(X)
    if patients.ndim < 2:
        patients = patients.reshape(-1, len(fit.names)) if patients.ndim else patients.reshape(1, 1)
    when = np.array(times, np.float64, ndmin=1)
    when.setflags(write=False)
    level = fit.level if level is None else level
    codes = None if fit.strata is None else np.fromiter(_codes(fit, strata), np.int64)
    if fit.strata is None and strata is not None:
        raise InputError("strata were given; the model has none: leave them out")
    estimate, hazard, std_error, low, high = _core.cox_predict(
        fit._rows, fit.ties, fit.coef, fit.cov, patients, codes, when, interval, level, fit.timefix
    )
    return CoxPrediction(when, estimate, low, high, hazard, std_error, interval, level)


def _codes(fit: Cox, strata: ArrayLike | None) -> Iterator[int]:
    assert fit.strata is not None
    if strata is None:
        raise InputError("strata is None; the model has strata: give that of each patient")
    known = {label: code for code, label in enumerate(fit.strata)}
    for row, label in enumerate(np.atleast_1d(np.asarray(strata)).tolist()):
        if label not in known:
            raise InputError(f"strata[{row}] is {label!r}; the strata are {list(fit.strata)}")
        yield known[label]
