"""Regression of event counts with exposure. Formulas: docs/methods/survival/rate_regression.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import as_matrix, columns_and_covariates, labels
from immunoreset._result import Result, number, percent_of, pvalue_words

RateFamily = Literal["poisson", "quasi-poisson", "negative-binomial"]
RateVariance = Literal["model", "HC0", "HC1"]
RateInformation = Literal["expected", "observed"]
RateInterval = Literal["profile", "profile-fixed-theta", "wald"]


@dataclass(frozen=True, slots=True)
class RateRegression(Result):
    """A regression of event counts; every array has the intercept first.

    Attributes
    ----------
    names : tuple of str
        "intercept", then the columns.
    coef : ndarray
        Log rate ratios (of the intercept: the log rate where all columns are 0). Minus infinity or
        infinity where the likelihood rises for ever, as for an arm without events; NaN where it
        does so in directions that leave the coefficient open.
    std_error : ndarray
        By the `variance` chosen; infinite for a coefficient without a finite estimate, and where a
        robust variance is 0, as of an arm that is one cluster.
    low, high : ndarray
        Limits of the coefficients. The profile of an infinite one has one finite limit.
    pvalue : ndarray
        Of the hypothesis 0: of likelihood ratio tests for profile limits, of Wald's otherwise (NaN
        for an infinite coefficient).
    rate_ratio, rate_ratio_low, rate_ratio_high : ndarray
        exp of `coef`, `low` and `high`.
    cov : ndarray
        Covariance of the coefficients; NaN in rows and columns of infinite ones.
    loglik, aic : float
        The log-likelihood with its constants, and -2 loglik + 2 parameters (theta counts as one).
        NaN for "quasi-poisson", which has no likelihood.
    deviance, null_deviance, pearson : float
        At the fit's theta; Pearson's chi-squared.
    dispersion : float
        Pearson's chi-squared over its degrees of freedom for "quasi-poisson", otherwise 1.
    theta, theta_std_error, theta_low, theta_high : float
        Of "negative-binomial", whose variance is mean + mean^2 / theta; the limits are those of the
        profile. Infinity is Poisson: at the estimate when `boundary`, at the upper limit when the
        data do not refute it. NaN for the other families.
    boundary : bool
        The likelihood is highest at theta = infinity: the fit is that of Poisson.
    infinite : bool
        Some coefficients are infinite.
    score_norm : float
        The certificate: the length of the score, each direction in units of its standard error.
    iterations, n, df_residual : int
        Steps of all climbs; rows; rows less coefficients.
    events, exposure : float
        Their sums.
    clusters : int or None
        Clusters behind a robust variance, None without `cluster`.
    family, variance, information, interval, level
        How the fit was done.
    """

    names: tuple[str, ...]
    coef: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    rate_ratio: NDArray[np.float64]
    rate_ratio_low: NDArray[np.float64]
    rate_ratio_high: NDArray[np.float64]
    cov: NDArray[np.float64]
    loglik: float
    aic: float
    deviance: float
    null_deviance: float
    pearson: float
    dispersion: float
    theta: float
    theta_std_error: float
    theta_low: float
    theta_high: float
    boundary: bool
    infinite: bool
    score_norm: float
    iterations: int
    n: int
    df_residual: int
    events: float
    exposure: float
    clusters: int | None
    family: str
    variance: str
    information: str
    interval: str
    level: float

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"term": list(self.names)}
        for name in (
            "coef", "std_error", "low", "high", "pvalue",
            "rate_ratio", "rate_ratio_low", "rate_ratio_high",
        ):  # fmt: skip
            table[name] = getattr(self, name)
        return table

    def __str__(self) -> str:
        terms = "; ".join(
            f"{name}: rate ratio {number(self.rate_ratio[j], 3)}, {percent_of(self.level)} "
            f"{self.interval} interval {number(self.rate_ratio_low[j], 3)} to "
            f"{number(self.rate_ratio_high[j], 3)}, "
            + ("p = NA" if np.isnan(self.pvalue[j]) else pvalue_words(float(self.pvalue[j])))
            for j, name in enumerate(self.names)
            if j
        )
        kind = self.family.replace("-", " ")
        theta = "" if np.isnan(self.theta) else f", theta {number(self.theta, 3)}"
        return (
            f"{number(self.events)} events in {number(self.exposure)} ({kind}{theta})"
            f"{'; ' if terms else ''}{terms}"
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the rate ratios of the covariates as a forest plot and return its axes."""
        from immunoreset.plots.incidence import rate_ratios

        return rate_ratios(self, ax=ax)


def rate_regression(
    events: ArrayLike | str,
    X: ArrayLike | str | Sequence[str] | None = None,
    *,
    exposure: ArrayLike | str | None = None,
    family: RateFamily = "negative-binomial",
    variance: RateVariance | None = None,
    cluster: ArrayLike | str | None = None,
    information: RateInformation = "expected",
    interval: RateInterval | None = None,
    level: float = 0.95,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> RateRegression:
    """Regress event counts (relapses, infections) on covariates, with the time at risk as offset.

    Parameters
    ----------
    events : array_like of int, or str
        Events of each row, usually a patient: 0 to 1000000.
    X : array_like of float, or str, or sequence of str, optional
        One row a patient, one column a covariate (a single one may be one-dimensional); an
        intercept is added. With `data`, a column name or several. By default one rate for all.
    exposure : array_like of float, or str, optional
        Time at risk of each row, above 0; by default 1.
    family : {"negative-binomial", "poisson", "quasi-poisson"}, default "negative-binomial"
        "negative-binomial" lets patients differ in their rates (NB2, gamma mixing; Poisson where
        they do not), "quasi-poisson" multiplies the variance by a dispersion, and uses t.
    variance : {"model", "HC0", "HC1"}, optional
        "model" (the default), or the sandwich: "HC0", or "HC1" with n / (n - p). With `cluster` the
        default is "HC1", with g / (g - 1) (n - 1) / (n - p) for g clusters.
    cluster : array_like, or str, optional
        A label a row; rows of one label (episodes or phases of one patient) may depend on each
        other.
    information : {"expected", "observed"}, default "expected"
        Behind the standard errors of "negative-binomial": expected with theta as known (R's
        ``glm.nb``), or observed jointly with theta (SAS). For Poisson they are the same.
    interval : {"profile", "profile-fixed-theta", "wald"}, optional
        Limits by the likelihood ratio ("profile", the default, climbs in theta as well;
        "profile-fixed-theta" keeps it, as R's ``confint`` does), or from standard errors, which is
        the default of a robust variance and its only choice.
    level : float, default 0.95
        Of the limits.
    names : sequence of str, optional
        Of the columns; by default their names in `data`, or x1, x2, ...
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    RateRegression

    Raises
    ------
    InputError
        For a count that is negative, missing or no whole number, a row without time at risk, a
        covariate that is missing, constant or a combination of others, no event at all; it names
        argument, row and value.

    Notes
    -----
    Lawless 1987 (Can J Stat 15:209); White 1982 (Econometrica 50:1) for the sandwich. Events of one
    patient are hardly ever Poisson: patients differ, and "poisson" limits are then too narrow.

    Examples
    --------
    Relapses of two arms, one of them without any:

    >>> from immunoreset import survival
    >>> relapses, arm = [3, 1, 2, 0, 4, 1, 0, 0, 0, 0, 0, 0], [0] * 6 + [1] * 6
    >>> years = [1, 1.1, 0.9, 1, 1, 0.7, 1, 1.2, 0.8, 1, 1, 1]
    >>> fit = survival.rate_regression(relapses, arm, exposure=years, family="poisson",
    ...                                names=["arm"])
    >>> print(fit)
    11 events in 11.7 (poisson); arm: rate ratio 0, 95% profile interval 0 to 0.181, p < 0.0001
    """
    if data is not None:
        found, X, names = columns_and_covariates(
            data, X, names, events=events, exposure=exposure, cluster=cluster
        )
        events, exposure, cluster = found
    values, terms = as_matrix(np.empty((np.size(events), 0)) if X is None else X, names)
    groups, codes = (None, None) if cluster is None else labels(cluster, "cluster")
    chosen = variance or ("model" if codes is None else "HC1")
    limits = interval or ("profile" if chosen == "model" else "wald")
    arrays, fitted, theta, score_norm, iterations, boundary, infinite, total, time = (
        _core.rate_regression(
            events, exposure, values, codes, 0 if groups is None else len(groups), family, chosen,
            information, limits, level,
        )
    )  # fmt: skip
    loglik, *rest = fitted
    n, p = values.shape[0], values.shape[1] + 1
    if family == "quasi-poisson":
        loglik = float("nan")
    aic = 2 * (p + (family == "negative-binomial")) - 2 * loglik
    return _core.frozen(
        RateRegression,
        (
            ("intercept", *terms), *arrays, loglik, aic, *rest, *theta, bool(boundary),
            bool(infinite), score_norm, iterations, n, n - p, total, time,
            None if groups is None else len(groups), family, chosen, information, limits, level,
        ),
    )  # fmt: skip
