"""Cox regression with a shared gamma frailty. Formulas: docs/methods/survival/cox_frailty.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns_and_covariates, labels
from immunoreset._result import Result, number, percent_of, pvalue_words
from immunoreset.survival import cox_table

FrailtyTies = Literal["efron", "breslow"]


@dataclass(frozen=True, slots=True)
class CoxFrailties(Result):
    """What is known of the frailty of each cluster: a gamma distribution, given all else.

    Attributes
    ----------
    cluster : tuple
        The labels.
    events : ndarray of int
        Events.
    expected : ndarray
        The events expected at a frailty of 1.
    estimate, std_error : ndarray
        Mean and standard deviation of the frailty, (1 + theta events) / (1 + theta expected) the
        mean.
    low, high : ndarray
        The quantiles that enclose it with probability `level`.
    level : float
        That probability. Variance, coefficients and baseline hazard are taken as known.
    """

    cluster: tuple[Any, ...]
    events: NDArray[np.int64]
    expected: NDArray[np.float64]
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"cluster": list(self.cluster)}
        for name in ("events", "expected", "estimate", "std_error", "low", "high"):
            table[name] = getattr(self, name)
        return table

    def __str__(self) -> str:
        return (
            f"frailties of {len(self.cluster)} clusters from {number(self.estimate.min(), 3)} to "
            f"{number(self.estimate.max(), 3)}"
        )


@dataclass(frozen=True, slots=True)
class CoxFrailty(Result):
    """A proportional hazards regression in which the rows of a cluster share a frailty.

    Attributes
    ----------
    names : tuple of str
        The covariates.
    coef, std_error : ndarray
        Log hazard ratios within a cluster, and their standard errors with `theta` taken as known.
    hazard_ratio : ndarray
        exp(coef).
    low, high : ndarray
        Wald limits of `coef`; `hazard_ratio_low` and `hazard_ratio_high` are their exponentials.
    z, pvalue : ndarray
        coef / std_error and the two-sided p-values.
    cov : ndarray
        Covariance of the coefficients, with `theta` taken as known.
    frailties : CoxFrailties
        One row a cluster.
    theta, theta_low, theta_high : float
        The variance of the frailty, and the limits of its profile likelihood: 0 where no frailty is
        at least as likely. Where no two clusters are ever at risk at the same event nothing is
        known, and the limits are 0 and inf.
    test_statistic, test_pvalue : float
        Likelihood ratio test of theta = 0. As that is the least value, the p-value is half of that
        of a chi-squared variable with one degree of freedom, and 1 where theta is 0.
    loglik, loglik_no_frailty : float
        The marginal log-likelihood (frailties integrated out) at `theta`, and at 0, where it is
        the log partial likelihood of `survival.cox`.
    loglik_partial : float
        The log partial likelihood at `coef`, the frailties taken as known.
    df : float
        Effective parameters, the coefficients and those that the frailties amount to.
    score_norm : float
        The certificate: the length of the score of all parameters, in units of its standard error.
        At most 1e-8, else a ConvergenceError is raised.
    n, events, merged : int
        Rows, events, and distinct times that were merged into an earlier one.
    iterations : int
        Newton steps, over all values of theta that were tried.
    strata : tuple or None
        The labels of the strata.
    ties, level, timefix
        How the fit was done.
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
    frailties: CoxFrailties
    theta: float
    theta_low: float
    theta_high: float
    loglik: float
    loglik_no_frailty: float
    loglik_partial: float
    df: float
    score_norm: float
    test_statistic: float
    test_pvalue: float
    n: int
    events: int
    merged: int
    iterations: int
    strata: tuple[Any, ...] | None
    ties: FrailtyTies
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

    def _table(self) -> dict[str, Any]:
        return cox_table.table(self)

    def __str__(self) -> str:
        terms = cox_table.words(self, "wald interval")
        return (
            f"{self.events} events in {self.n} rows of {len(self.frailties.cluster)} clusters "
            f"({self.ties} ties); {terms}; variance of the gamma frailty {number(self.theta, 3)}, "
            f"{percent_of(self.level)} profile interval {number(self.theta_low, 3)} to "
            f"{number(self.theta_high, 3)}, {pvalue_words(self.test_pvalue)}"
        )


def cox_frailty(
    time: ArrayLike | str,
    event: ArrayLike | str,
    X: ArrayLike | str | Sequence[str],
    cluster: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = None,
    strata: ArrayLike | str | None = None,
    offset: ArrayLike | str | None = None,
    ties: FrailtyTies = "efron",
    level: float = 0.95,
    timefix: bool = True,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> CoxFrailty:
    """Regress the hazard on covariates where patients of a centre, or events of one, are alike.

    Parameters
    ----------
    time : array_like of float, or str
        Follow-up of each row, from 0 on.
    event : array_like of bool or {0, 1}, or str
        True where the event was seen at `time`, False where follow-up ended without it.
    X : array_like of float, or str, or sequence of str
        One row a row of `time`, one column a covariate (a single covariate may be
        one-dimensional). With `data`, a column name or several.
    cluster : array_like, or str
        The patient or centre of each row. Its hazard is multiplied by a frailty, which has a gamma
        distribution with mean 1 and variance theta over the clusters.
    entry : array_like of float, or str, optional
        When each row came under observation: at risk on ``(entry, time]``. For episodes of one
        patient, and covariates that change; clusters of whom some were lost before they could
        enter have another distribution of the frailty, which is not modelled.
    strata : array_like, or str, optional
        Each label has a baseline hazard of its own.
    offset : array_like of float, or str, optional
        A known log hazard ratio of each row.
    ties : {"efron", "breslow"}, default "efron"
        The rule for ties, as in `survival.cox`.
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
    CoxFrailty

    Raises
    ------
    InputError
        As `survival.cox`; where the frailty has a variance above 1,000,000; and where hazard ratios
        are more than e^300 apart.
    ConvergenceError
        When the certificate of 1e-8 is not reached.

    Notes
    -----
    Nielsen, Gill, Andersen and Sorensen 1992; Klein 1992; Therneau and Grambsch 2000, chapter 9.
    The variance is that of the highest marginal likelihood, found over all of its maxima, 0
    included. With few clusters it is too small on average, and its interval too short: see the
    table on the method page.

    Examples
    --------
    Months to a flare of patients in four centres:

    >>> from immunoreset import survival
    >>> months = [2, 3, 4, 7, 9, 14, 18, 24, 3, 5, 6, 8, 12, 20, 24, 24]
    >>> flare = [1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0]
    >>> high_dose = [0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    >>> centre = ["A"] * 4 + ["B"] * 4 + ["C"] * 4 + ["D"] * 4
    >>> fit = survival.cox_frailty(months, flare, high_dose, centre, names=["high dose"])
    >>> print(fit)  # doctest: +NORMALIZE_WHITESPACE
    11 events in 16 rows of 4 clusters (efron ties); high dose: hazard ratio 0.285, 95% wald
    interval 0.0703 to 1.15, p = 0.0787; variance of the gamma frailty 2.38, 95% profile interval
    0.403 to 11.1, p = 0.0015
    >>> fit.frailties.estimate.round(2)
    array([2.68, 0.05, 1.24, 0.03])
    """
    if data is not None:
        found, X, names = columns_and_covariates(
            data, X, names, time=time, event=event, cluster=cluster, entry=entry, strata=strata,
            offset=offset,
        )  # fmt: skip
        time, event, cluster, entry, strata, offset = found
    n_strata, strata_labels = 1, None
    if strata is not None:
        distinct, strata = labels(strata, "strata")
        n_strata, strata_labels = max(len(distinct), 1), tuple(distinct)
    clusters, codes = labels(cluster, "cluster")
    given = None if names is None else tuple(names)
    arrays, frailties, values, test, counts = _core.cox_frailty(
        time, event, X, codes, len(clusters), entry, offset, strata, n_strata, ties, level,
        timefix, given,
    )  # fmt: skip
    return _core.frozen(
        CoxFrailty,
        (
            given or tuple(f"x{j + 1}" for j in range(len(arrays[0]))), *arrays,
            _core.frozen(CoxFrailties, (tuple(clusters), *frailties, level)), *values, *test,
            *counts, strata_labels, ties, level, timefix,
        ),
    )  # fmt: skip


def _exponential(column: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        values = np.exp(column)
    values.setflags(write=False)
    return values
