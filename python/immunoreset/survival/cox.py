"""Cox's proportional hazards regression. Formulas: docs/methods/survival/cox.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns_and_covariates, labels
from immunoreset._result import Result, number, pvalue_words
from immunoreset.errors import InputError
from immunoreset.survival import cox_after, cox_table
from immunoreset.survival.cox_after import (
    CoxBaseline,
    CoxPrediction,
    CoxProportionalHazards,
    CoxResiduals,
    CurveInterval,
    Kind,
    Transform,
)

Ties = Literal["efron", "breslow", "exact", "exact-marginal"]
WeightsKind = Literal["frequency", "sampling"]
Interval = Literal["wald", "profile"]
Penalty = Literal["firth"]

NAMES = tuple(f"x{j + 1}" for j in range(50))  # of the first columns without names


@dataclass(frozen=True, slots=True)
class CoxTest(Result):
    """A test that all coefficients are 0.

    Attributes
    ----------
    statistic, df, pvalue
        Chi-squared statistic, degrees of freedom and p-value.
    """

    statistic: float
    df: int
    pvalue: float

    def _table(self) -> dict[str, Any]:
        return {"statistic": [self.statistic], "df": [self.df], "pvalue": [self.pvalue]}

    def __str__(self) -> str:
        return f"chi-squared {number(self.statistic)} on {self.df} df, {pvalue_words(self.pvalue)}"


@dataclass(frozen=True, slots=True)
class Cox(Result):
    """A proportional hazards regression; each array has one entry a covariate.

    Attributes
    ----------
    names : tuple of str
        The covariates.
    coef, std_error : ndarray
        Log hazard ratios and their standard errors (robust ones with `robust`).
    hazard_ratio : ndarray
        exp(coef), the ratio for one unit of the covariate.
    low, high : ndarray
        Limits of `coef`; `hazard_ratio_low` and `hazard_ratio_high` are their exponentials. NaN
        where the robust standard error is 0, as of one cluster an arm.
    z, pvalue : ndarray
        coef / std_error; two-sided p-values, of the normal test with Wald limits, of the likelihood
        ratio test with profile limits. NaN where the robust standard error is 0.
    cov, naive_cov : ndarray
        Covariance of the coefficients, and the inverse information (the same without `robust`).
    loglik, loglik_null : float
        Log partial likelihood at `coef` and with all coefficients 0.
    penalized_loglik, penalized_loglik_null : float
        With Firth's penalty; the same as above without one.
    likelihood_ratio_test, score_test, wald_test : CoxTest
        Three tests that all coefficients are 0.
    score_norm : float
        The certificate: the length of the (penalised) score at `coef`, in units of its standard
        error. At most 1e-8, else a ConvergenceError is raised.
    n, events : int
        Rows and events; their sums of weights with frequency weights.
    merged : int
        Distinct times that were merged into an earlier one.
    iterations : int
        Newton steps.
    strata : tuple or None
        The labels of the strata.
    ties, weights_kind, penalty, interval, robust, level, timefix
        How the fit was done; `weights_kind` is None without weights.
    """

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
    penalized_loglik: float
    penalized_loglik_null: float
    likelihood_ratio_test: CoxTest
    score_test: CoxTest
    wald_test: CoxTest
    score_norm: float
    n: int
    events: int
    merged: int
    iterations: int
    strata: tuple[Any, ...] | None
    ties: Ties
    weights_kind: WeightsKind | None
    penalty: Penalty | None
    interval: Interval
    robust: bool
    level: float
    timefix: bool
    _rows: Any

    @property
    def hazard_ratio_low(self) -> NDArray[np.float64]:
        """Return the lower limits of the hazard ratios."""
        with np.errstate(over="ignore"):
            return _frozen(np.exp(self.low))

    @property
    def hazard_ratio_high(self) -> NDArray[np.float64]:
        """Return the upper limits of the hazard ratios."""
        with np.errstate(over="ignore"):
            return _frozen(np.exp(self.high))

    def residuals(self, kind: Kind = "martingale") -> CoxResiduals:
        """Return residuals of each row, or of each event.

        Parameters
        ----------
        kind : str, default "martingale"
            "martingale" (events less expected events) and "deviance" of each row; "score" (each
            row's share of the score) and "dfbeta" (the change of `coef` that it makes) of each row
            and covariate; "schoenfeld" (covariates less their mean at risk) and "scaled-schoenfeld"
            (the coefficient at that time) of each event and covariate. They are of one unit of
            weight, but for "dfbeta" with sampling weights. Not for the exact ties.

        Examples
        --------
        >>> from immunoreset import survival
        >>> fit = survival.cox([5, 8, 9, 12], [1, 1, 1, 0], [0, 1, 0, 1])
        >>> fit.residuals().values.round(3)
        array([ 0.64,  0.64, -0.64, -0.64])
        """
        return cox_after.residuals(self, kind)

    def proportional_hazards(self, transform: Transform = "km") -> CoxProportionalHazards:
        """Test whether the coefficients change with time (Grambsch and Therneau's score test).

        Parameters
        ----------
        transform : {"km", "rank", "identity", "log"}, default "km"
            The function of time they might change with: 1 - the Kaplan-Meier estimate just before
            it, its rank, itself, its logarithm.
        """
        return cox_after.proportional_hazards(self, transform)

    def baseline(self, X: ArrayLike | None = None) -> CoxBaseline:
        """Return the cumulative hazard of one patient at the times of events, by stratum.

        Parameters
        ----------
        X : array_like of float, optional
            The patient's covariates; by default all are 0.
        """
        return cox_after.baseline(self, X)

    def predict(
        self,
        X: ArrayLike,
        times: ArrayLike,
        *,
        strata: ArrayLike | None = None,
        interval: CurveInterval = "log-log",
        level: float | None = None,
    ) -> CoxPrediction:
        """Return the survival of patients at given times.

        Parameters
        ----------
        X : array_like of float
            One row a patient, one column a covariate.
        times : float or array_like of float
            Times since the origin.
        strata : array_like, optional
            The stratum of each patient, where the model has strata.
        interval : {"log-log", "log", "plain"}, default "log-log"
            The scale of the limits.
        level : float, optional
            Confidence level; by default that of the fit.

        Examples
        --------
        >>> from immunoreset import survival
        >>> fit = survival.cox([5, 8, 9, 12, 15], [1, 1, 1, 0, 1], [0, 1, 0, 1, 0])
        >>> fit.predict([[0], [1]], 8).estimate.round(3)
        array([[0.596],
               [0.692]])
        """
        return cox_after.predict(self, X, times, strata, interval, level)

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the hazard ratios; see `immunoreset.plots.forest.hazard_ratios` for the options."""
        from immunoreset.plots.forest import hazard_ratios

        return hazard_ratios(self, ax=ax, **options)

    def _table(self) -> dict[str, Any]:
        return cox_table.table(self)

    def __str__(self) -> str:
        terms = cox_table.words(self, f"{self.interval} interval")
        kind = f"{self.ties} ties" + (", Firth's penalty" if self.penalty else "")
        return f"{self.events} events in {self.n} rows ({kind}); {terms}"


def cox(
    time: ArrayLike | str,
    event: ArrayLike | str,
    X: ArrayLike | str | Sequence[str],
    *,
    entry: ArrayLike | str | None = None,
    strata: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None,
    weights_kind: WeightsKind = "frequency",
    offset: ArrayLike | str | None = None,
    cluster: ArrayLike | str | None = None,
    robust: bool | None = None,
    ties: Ties = "efron",
    penalty: Penalty | None = None,
    interval: Interval | None = None,
    level: float = 0.95,
    timefix: bool = True,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> Cox:
    """Regress the hazard of an event on covariates.

    Parameters
    ----------
    time : array_like of float, or str
        Follow-up of each row, from 0 on.
    event : array_like of bool or {0, 1}, or str
        True where the event was seen at `time`, False where follow-up ended without it.
    X : array_like of float, or str, or sequence of str
        One row a row of `time`, one column a covariate (a single covariate may be
        one-dimensional). With `data`, a column name or several.
    entry : array_like of float, or str, optional
        When each row came under observation: at risk on ``(entry, time]``. A covariate that changes
        makes a patient into several rows.
    strata : array_like, or str, optional
        Each label has a baseline hazard of its own.
    weights : array_like, or str, optional
        See `weights_kind`. A row of weight 0 is as if it were not there.
    weights_kind : {"frequency", "sampling"}, default "frequency"
        Frequency weights are whole numbers, and the same as that many equal rows under every rule
        for ties. Sampling weights are any numbers, and imply the robust variance; under Efron's
        rule tied events share their mean weight, as in R.
    offset : array_like of float, or str, optional
        A known log hazard ratio of each row.
    cluster : array_like, or str, optional
        Rows that belong together; implies the robust variance.
    robust : bool, optional
        The sandwich of the rows' (or clusters') influences in place of the inverse information.
    ties : {"efron", "breslow", "exact", "exact-marginal"}, default "efron"
        "exact" is the partial likelihood of discrete times (R's "exact"), "exact-marginal" that of
        continuous times whose order was lost (SAS's "exact").
    penalty : {"firth"} or None, default None
        Firth's penalty keeps every estimate finite, also where one arm has no events.
    interval : {"wald", "profile"}, optional
        Limits from the standard error, or from the profile of the likelihood. By default "profile"
        with a penalty and "wald" without.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    timefix : bool, default True
        Times that differ by rounding alone (0.1 + 0.2 and 0.3) are one time, as in R.
    names : sequence of str, optional
        Of the columns of X; by default their names in `data`, or x1, x2, ...
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    Cox

    Raises
    ------
    InputError
        For a missing or negative time, an event other than 0 and 1, an entry at or after its time,
        no event at all, a covariate that is missing, constant or a combination of others, a
        fractional frequency weight; and for a monotone likelihood, whose maximum is infinite: it
        names the column, the profile limit that there is, and the remedy.
    ConvergenceError
        When the certificate of 1e-8 is not reached.

    Notes
    -----
    Cox 1972; Breslow 1974 and Efron 1977 (ties); Gail, Lubin and Rubinstein 1981 ("exact"); DeLong,
    Guirguis and So 1994 ("exact-marginal"); Lin and Wei 1989 (robust); Firth 1993, Heinze and
    Schemper 2001 (penalty).

    Examples
    --------
    Time in remission (weeks) after maintained chemotherapy (0) or none (1), Embury and others 1977:

    >>> from immunoreset import survival
    >>> weeks = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161]
    >>> weeks += [5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
    >>> relapse = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
    >>> fit = survival.cox(weeks, relapse, [0] * 11 + [1] * 12, names=["none"])
    >>> print(fit)  # doctest: +NORMALIZE_WHITESPACE
    18 events in 23 rows (efron ties); none: hazard ratio 2.5, 95% wald interval 0.916 to 6.81,
    p = 0.0737
    """
    if data is not None:
        found, X, names = columns_and_covariates(
            data, X, names, time=time, event=event, entry=entry, strata=strata, weights=weights,
            offset=offset, cluster=cluster,
        )  # fmt: skip
        time, event, entry, strata, weights, offset, cluster = found
    names_of_strata = names_of_clusters = None
    if strata is not None:
        names_of_strata, strata = labels(strata, "strata")
    if cluster is not None:
        names_of_clusters, cluster = labels(cluster, "cluster")
    sampling = weights is not None and weights_kind == "sampling"
    if robust is None:
        robust = cluster is not None or sampling
    elif not robust and (cluster is not None or sampling):
        what = "cluster" if cluster is not None else "sampling weights"
        raise InputError(f"robust is False; {what} give the robust variance: leave robust out")
    if penalty not in ("firth", None):
        raise InputError(f"penalty is {penalty!r}; choose 'firth' or None")
    return fit_codes(
        time, event, X, entry, weights, offset, strata, names_of_strata, cluster,
        0 if names_of_clusters is None else len(names_of_clusters), ties, weights_kind, penalty,
        interval, level, robust, timefix, names,
    )  # fmt: skip


def fit_codes(
    time: Any,
    event: Any,
    X: Any,
    entry: Any,
    weights: Any,
    offset: Any,
    strata: Any,
    names_of_strata: Sequence[Any] | None,
    cluster: Any,
    clusters: int,
    ties: str,
    weights_kind: str,
    penalty: str | None,
    interval: str | None,
    level: float,
    robust: bool,
    timefix: bool,
    names: Sequence[str] | None,
) -> Cox:
    """Fit what `cox` fits, of strata and clusters that are numbered from 0."""
    n_strata = 1 if names_of_strata is None else max(len(names_of_strata), 1)
    if interval is None:
        interval = "profile" if penalty else "wald"
    given = None if names is None else tuple(names)
    arrays, values, tests, counts, rows = _core.cox(
        time, event, X, entry, weights, offset, strata, n_strata, cluster, clusters, ties,
        weights_kind, penalty or "none", interval, level, robust, timefix, given,
    )  # fmt: skip
    p = len(arrays[0])
    if given is None:
        given = NAMES[:p] if p <= len(NAMES) else tuple(f"x{j + 1}" for j in range(p))
    frozen = _core.frozen
    return frozen(
        Cox,
        (
            given, *arrays, *values[:4], frozen(CoxTest, (tests[0], p, tests[1])),
            frozen(CoxTest, (tests[2], p, tests[3])), frozen(CoxTest, (tests[4], p, tests[5])),
            values[4], *counts, None if names_of_strata is None else tuple(names_of_strata), ties,
            None if weights is None else weights_kind, penalty, interval, robust, level, timefix,
            rows,
        ),
    )  # fmt: skip


def _frozen(column: NDArray[np.float64]) -> NDArray[np.float64]:
    column.setflags(write=False)
    return column
