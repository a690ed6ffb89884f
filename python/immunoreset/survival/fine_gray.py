"""Regression of a subdistribution hazard. Formulas: docs/methods/survival/fine_gray.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import as_matrix, columns_and_covariates, labels
from immunoreset._result import Result
from immunoreset.errors import InputError
from immunoreset.survival import cox_table
from immunoreset.survival.competing_risks import numbered_causes
from immunoreset.survival.kaplan_meier import as_asked


@dataclass(frozen=True, slots=True)
class FineGrayPrediction(Result):
    """The cumulative incidence that a model predicts.

    Attributes
    ----------
    cause
        The label of the cause.
    time : ndarray
        The times.
    estimate, std_error, low, high : ndarray
        One row for each row of covariates, one column for each time. Before the first event `high`
        is NaN: there is no upper limit.
    level : float
        Of the limits.
    """

    cause: Any
    time: Any
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float

    def _table(self) -> dict[str, Any]:
        patients, times = self.estimate.shape
        return {
            "row": np.repeat(np.arange(patients), times),
            "time": np.tile(self.time, patients),
            "estimate": self.estimate.ravel(),
            "std_error": self.std_error.ravel(),
            "low": self.low.ravel(),
            "high": self.high.ravel(),
        }

    def __str__(self) -> str:
        patients, times = self.estimate.shape
        return f"predicted incidence of {self.cause} of {patients} patients at {times} times"


@dataclass(frozen=True, slots=True)
class FineGray(Result):
    """A regression of the subdistribution hazard; each array has one entry a covariate.

    Attributes
    ----------
    cause
        The label of the cause of interest.
    names : tuple of str
        The covariates.
    coef, std_error : ndarray
        Log ratios of subdistribution hazards, and their robust standard errors.
    hazard_ratio : ndarray
        exp(coef), the ratio for one unit of the covariate.
    low, high : ndarray
        Wald limits of `coef`; `hazard_ratio_low` and `hazard_ratio_high` are their exponentials.
    z, pvalue : ndarray
        coef / std_error, and two-sided p-values of the normal test.
    cov, naive_cov : ndarray
        Robust covariance of the coefficients, and the inverse information.
    loglik, loglik_null : float
        Log partial likelihood at `coef`, and with all coefficients 0.
    score_norm : float
        The certificate: the length of the score at `coef`, in units of its standard error.
    n, events, competing : int
        Patients, those with the event of interest, and those with another one.
    iterations, merged : int
        Newton steps; distinct times that were merged into an earlier one (`timefix`).
    center, time, cumulative_hazard : ndarray
        The means of the covariates, the times of an event of interest, and the cumulative
        subdistribution hazard of a patient who has these means.
    hazard_variance, hazard_covariance : ndarray
        Robust variance of `cumulative_hazard` at each time, and its covariance with `coef`, one row
        a time.
    strata : tuple or None
        The labels of the strata of the censoring distribution.
    level, timefix
        How the fit was done.
    """

    cause: Any
    names: tuple[str, ...]
    coef: Any
    std_error: Any
    hazard_ratio: Any
    low: Any
    high: Any
    z: Any
    pvalue: Any
    cov: Any
    naive_cov: Any
    loglik: float
    loglik_null: float
    score_norm: float
    n: int
    events: int
    competing: int
    iterations: int
    merged: int
    center: Any
    time: Any
    cumulative_hazard: Any
    hazard_variance: Any
    hazard_covariance: Any
    strata: tuple[Any, ...] | None
    level: float
    timefix: bool

    @property
    def hazard_ratio_low(self) -> NDArray[np.float64]:
        """Return the lower limits of the hazard ratios."""
        return _exponential(self.low)

    @property
    def hazard_ratio_high(self) -> NDArray[np.float64]:
        """Return the upper limits of the hazard ratios."""
        return _exponential(self.high)

    def predict(
        self, X: ArrayLike, times: ArrayLike | None = None, *, level: float | None = None
    ) -> FineGrayPrediction:
        """Return the cumulative incidence of patients with given covariates, with limits.

        Parameters
        ----------
        X : array_like of float
            One row a patient, one column a covariate (a single patient may be one-dimensional).
        times : array_like of float, optional
            From 0 on; by default the times of an event of interest. After the last of them the
            prediction stays.
        level : float, optional
            Confidence level; by default that of the fit.

        Returns
        -------
        FineGrayPrediction
        """
        values = np.asarray(X)
        if values.ndim < 2:
            values = values.reshape(-1, len(self.names))
        wanted = self.time if times is None else as_asked(np.atleast_1d(np.asarray(times)))
        model = (
            self.coef, self.center, self.cov, self.time, self.cumulative_hazard,
            self.hazard_variance, self.hazard_covariance,
        )  # fmt: skip
        level = self.level if level is None else float(level)
        predicted = _core.fine_gray_predict(values, wanted, model, level)
        return FineGrayPrediction(self.cause, wanted, *predicted, level)

    def _table(self) -> dict[str, Any]:
        return cox_table.table(self)

    def __str__(self) -> str:
        terms = cox_table.words(self, "interval", "subdistribution hazard ratio")
        return (
            f"{self.events} events of {self.cause} and {self.competing} competing in {self.n} "
            f"patients; {terms}"
        )


def _exponential(values: Any) -> NDArray[np.float64]:
    ratios: NDArray[np.float64] = np.exp(values)
    ratios.setflags(write=False)
    return ratios


def fine_gray(
    time: ArrayLike | str,
    cause: ArrayLike | str,
    X: ArrayLike | str | Sequence[str],
    *,
    cause_of_interest: Any = 1,
    strata: ArrayLike | str | None = None,
    causes: Sequence[Any] | None = None,
    censored: int | str = 0,
    level: float = 0.95,
    names: Sequence[str] | None = None,
    timefix: bool = True,
    data: Any = None,
) -> FineGray:
    """Regress the cumulative incidence of a cause on covariates, by its subdistribution hazard.

    Patients who have had a competing event stay at risk, each with the chance of not having been
    censored since.

    Parameters
    ----------
    time : array_like of float, or str
        Follow-up of each patient, from 0 on.
    cause : array_like of int or str, or str
        Which event was seen at `time`, or the code of a patient last seen without one.
    X : array_like of float, or str, or sequence of str
        One row a patient, one column a covariate (a single covariate may be one-dimensional). With
        `data`, a column name or several.
    cause_of_interest : default 1
        The label of the cause; all others compete with it.
    strata : array_like, or str, optional
        Groups that are censored alike: the censoring distribution is estimated in each of them.
    causes : sequence, optional
        The labels of the causes; by default those found.
    censored : int or str, default 0
        The code of a censored patient. Where `cause` is text it must be given.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    names : sequence of str, optional
        Of the columns; by default their names in `data`, or x1, x2, ...
    timefix : bool, default True
        Times that differ by rounding alone (0.1 + 0.2 and 0.3) are one time, as in R.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    FineGray

    Raises
    ------
    InputError
        For a time that is missing, negative or infinite, a covariate that is missing, constant or a
        combination of others, a cause of interest that nobody had, and where a coefficient is
        infinite; it names the column.

    Notes
    -----
    Fine and Gray 1999 (JASA 94:496). Ties by Breslow; the robust variance counts that the censoring
    distribution is estimated.

    Examples
    --------
    >>> from immunoreset import survival
    >>> months = [1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    >>> cause = [1, 2, 1, 0, 1, 2, 0, 1, 0, 2, 1, 0]
    >>> age = [61, 55, 48, 39, 52, 66, 41, 44, 58, 49, 63, 35]
    >>> print(survival.fine_gray(months, cause, age, names=["age"]))
    5 events of 1 and 3 competing in 12 patients; age: subdistribution hazard ratio 1.02, 95% \
interval 0.952 to 1.1, p = 0.5459
    """
    if data is not None:
        (time, cause, strata), X, names = columns_and_covariates(
            data, X, names, time=time, cause=cause, strata=strata
        )
    values, terms = as_matrix(X, names)
    codes, given, code_censored, words = numbered_causes(cause, causes, censored)
    interest = code_of(cause_of_interest, words)
    distinct, in_stratum = (None, None) if strata is None else labels(strata, "strata")
    _, arrays, numbers = _core.fine_gray(
        time, codes, values, interest, code_censored, given, in_stratum,
        1 if not distinct else len(distinct), level, timefix,
    )  # fmt: skip
    coef, std_error, low, high, z, pvalue, cov, naive_cov, *baseline = arrays
    loglik, loglik_null, score_norm, iterations, events, competing, merged, n = numbers
    in_strata = None if distinct is None else tuple(distinct)
    fields = (
        cause_of_interest, terms, coef, std_error, _exponential(coef), low, high, z, pvalue,
        cov, naive_cov, loglik, loglik_null, score_norm, n, events, competing, iterations, merged,
        *baseline, in_strata, level, timefix,
    )  # fmt: skip
    return _core.frozen(FineGray, fields)


def code_of(label: Any, words: tuple[Any, ...] | None) -> int:
    """Return the number that stands for the cause of interest."""
    if words is not None:
        if label not in words:
            raise InputError(
                f"cause_of_interest is {label!r}; it is not among the causes: choose one of "
                f"{list(words)}"
            )
        return words.index(label) + 1
    if isinstance(label, (int, float, np.number)) and int(label) == label:
        return int(label)
    raise InputError(f"cause_of_interest is {label!r}; give the number that stands for it in cause")
