"""Logistic regression of a response. Formulas: docs/methods/response/logistic.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import as_matrix, columns_and_covariates
from immunoreset._result import Result, number, percent_of, pvalue_words
from immunoreset.errors import InputError

Penalty = Literal["firth"]


@dataclass(frozen=True, slots=True)
class Logistic(Result):
    """A logistic regression; every array has the intercept first.

    Attributes
    ----------
    names : tuple of str
        "intercept", then the columns.
    coef, std_error, low, high, pvalue : ndarray
        Log odds ratios, their standard errors from the information, profile likelihood limits and
        p-values of likelihood ratio tests.
    odds_ratio : ndarray
        exp(coef).
    cov : ndarray
        Covariance of the coefficients.
    loglik, penalized_loglik : float
        The log-likelihood, without and with Firth's penalty (the latter up to a constant of the
        design).
    score_norm : float
        The certificate: the length of the (penalised) score, in units of its standard error.
    iterations, n, events : int
        Steps of the fit, rows and responders.
    separated : bool
        Without a penalty some coefficient would be infinite.
    penalty, level
        How the fit was done.
    """

    names: tuple[str, ...]
    coef: Any
    std_error: Any
    low: Any
    high: Any
    pvalue: Any
    odds_ratio: Any
    cov: Any
    loglik: float
    penalized_loglik: float
    score_norm: float
    iterations: int
    n: int
    events: int
    separated: bool
    penalty: str | None
    level: float

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"term": list(self.names)}
        for name in ("coef", "std_error", "low", "high", "pvalue", "odds_ratio"):
            table[name] = getattr(self, name)
        return table

    def __str__(self) -> str:
        terms = "; ".join(
            f"{name}: odds ratio {number(self.odds_ratio[j], 3)}, {percent_of(self.level)} profile "
            f"interval {number(np.exp(self.low[j]), 3)} to {number(np.exp(self.high[j]), 3)}, "
            f"{pvalue_words(self.pvalue[j])}"
            for j, name in enumerate(self.names)
            if j
        )
        kind = "Firth's penalty" if self.penalty else "no penalty"
        return f"{self.events}/{self.n} responded ({kind}); {terms}"


def logistic(
    event: ArrayLike | str,
    X: ArrayLike | str | Sequence[str],
    *,
    penalty: Penalty | None = "firth",
    level: float = 0.95,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> Logistic:
    """Regress a response on covariates, finite also where they separate the responders.

    Parameters
    ----------
    event : array_like of bool, or str
        1 for a responder, 0 otherwise.
    X : array_like of float, or str, or sequence of str
        One row a patient, one column a covariate (a single covariate may be one-dimensional); an
        intercept is added. With `data`, a column name or several.
    penalty : {"firth"} or None, default "firth"
        Firth's penalty keeps every estimate finite and removes its first-order bias; None is plain
        maximum likelihood, which ends in an error where the data are separated.
    level : float, default 0.95
        Of the profile likelihood limits.
    names : sequence of str, optional
        Of the columns; by default their names in `data`, or x1, x2, ...
    data : frame or mapping of arrays, optional
        Where `event` and `X` are column names.

    Returns
    -------
    Logistic

    Raises
    ------
    InputError
        For a missing or non-binary response, a covariate that is missing, constant or a combination
        of others, and, with ``penalty=None``, for separation; it names the column.

    Notes
    -----
    Firth 1993 (Biometrika 80:27); Heinze and Schemper 2002 (Stat Med 21:2409).

    Examples
    --------
    All 8 patients with product A and 2 of 8 with product B responded:

    >>> from immunoreset import response
    >>> fit = response.logistic([1] * 10 + [0] * 6, [1] * 8 + [0] * 8, names=["product A"])
    >>> fit.coef.round(3), fit.low.round(3), fit.high.round(3)
    (array([-0.956,  3.789]), array([-2.649,  1.209]), array([0.407, 8.794]))
    >>> fit.separated
    True
    """
    if data is not None:
        (event,), X, names = columns_and_covariates(data, X, names, event=event)
    values, labels = as_matrix(X, names)
    if penalty not in ("firth", None):
        raise InputError(f"penalty is {penalty!r}; choose 'firth' or None")
    arrays, loglik, penalized, iterations, score_norm, separated = _core.logistic(
        event, values, penalty or "none", level
    )
    coef, std_error, low, high, pvalue, cov = arrays
    odds_ratio = np.exp(coef)
    odds_ratio.setflags(write=False)
    responded = np.asarray(event)
    return Logistic(
        ("intercept", *labels), coef, std_error, low, high, pvalue, odds_ratio, cov, loglik,
        penalized, score_norm, iterations, int(responded.size), int(np.sum(responded)),
        bool(separated), penalty, level,
    )  # fmt: skip
