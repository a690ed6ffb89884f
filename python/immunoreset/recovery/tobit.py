"""Regression of values with limits. Formulas: docs/methods/recovery/tobit.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import as_matrix, columns_and_covariates
from immunoreset._result import Result, number, percent_of, pvalue_words


@dataclass(frozen=True, slots=True)
class Tobit(Result):
    """A Tobit regression; every array has the intercept first.

    Attributes
    ----------
    names : tuple of str
        "intercept", then the columns.
    coef, std_error, low, high, pvalue : ndarray
        Coefficients, their standard errors from the observed information, profile likelihood limits
        and p-values of likelihood ratio tests of 0.
    sd, sd_low, sd_high : float
        The residual standard deviation, with profile limits.
    cov : ndarray
        Covariance of the coefficients and, in the last row and column, of log `sd`.
    loglik : float
        The log-likelihood.
    score_norm : float
        The certificate: the length of the score, in units of its standard error.
    iterations : int
        Steps of the fit.
    n, exact, below, above, between : int
        Rows; those known exactly, below a limit, above a limit, and between two.
    level : float
        Of the limits.
    """

    names: tuple[str, ...]
    coef: Any
    std_error: Any
    low: Any
    high: Any
    pvalue: Any
    sd: float
    sd_low: float
    sd_high: float
    cov: Any
    loglik: float
    score_norm: float
    iterations: int
    n: int
    exact: int
    below: int
    above: int
    between: int
    level: float

    def _table(self) -> dict[str, Any]:
        return coefficient_table(self)

    def __str__(self) -> str:
        return f"{self.n} values ({kinds_of_rows(self)}); {coefficient_words(self)}"


def coefficient_table(fit: Any) -> dict[str, Any]:
    """Return the coefficients of a regression as columns, one row a term."""
    table: dict[str, Any] = {"term": list(fit.names)}
    for name in ("coef", "std_error", "low", "high", "pvalue"):
        table[name] = getattr(fit, name)
    return table


def coefficient_words(fit: Any) -> str:
    """Return the coefficients in words; the intercept only where it is alone."""
    return "; ".join(
        f"{name}: {number(fit.coef[j])} ({percent_of(fit.level)} profile interval "
        f"{number(fit.low[j])} to {number(fit.high[j])}), {pvalue_words(fit.pvalue[j])}"
        for j, name in enumerate(fit.names)
        if j or len(fit.names) == 1
    )


def kinds_of_rows(fit: Any) -> str:
    """Return how many rows lie below a limit, above one and between two, in words."""
    kinds = [
        f"{getattr(fit, name)} {words}"
        for name, words in (
            ("below", "below a limit"), ("above", "above a limit"), ("between", "between two"),
        )
        if getattr(fit, name)
    ]  # fmt: skip
    return ", ".join(kinds) or "all exact"


def tobit(
    low: ArrayLike | str,
    high: ArrayLike | str,
    X: ArrayLike | str | Sequence[str] | None = None,
    *,
    level: float = 0.95,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> Tobit:
    """Regress a log count or log titre (a normal response) of which some values have limits.

    Parameters
    ----------
    low, high : array_like of float, or str
        The ends between which each value lies: equal where it is known exactly; ``-inf`` and the
        limit where it is below one; the limit and ``inf`` where it is above one; two limits where
        it lies between them, as a titre between two dilutions. Take logarithms before the call.
    X : array_like of float, or str, or sequence of str, optional
        One row a value, one column a covariate (a single covariate may be one-dimensional); an
        intercept is added. With `data`, a column name or several.
    level : float, default 0.95
        Of the profile likelihood limits.
    names : sequence of str, optional
        Of the columns; by default their names in `data`, or x1, x2, ...
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Tobit

    Raises
    ------
    InputError
        For ends that are missing, in the wrong order or both open, for a covariate that is missing,
        constant, a combination of others, or that separates rows beyond their limits from all
        others, and where nothing was detected; it names argument, row or column.

    Notes
    -----
    Tobin 1958 (Econometrica 26:24); Olsen 1978 (Econometrica 46:1211): the likelihood has one
    maximum. Rows are independent: for repeated values of a patient see `recovery.tobit_mixed`.

    Examples
    --------
    Log10 B cells per uL four weeks after the infusion of two products; "below 1" is below 0 there:

    >>> import numpy as np
    >>> from immunoreset import recovery
    >>> count = np.array([1, 1, 3, 4, 9, 12, 2, 5, 7, 20, 31, 44])
    >>> below = np.array([1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0], bool)
    >>> log = np.log10(count)
    >>> fit = recovery.tobit(np.where(below, -np.inf, log), log, [0] * 6 + [1] * 6, names=["B"])
    >>> fit.coef.round(3), fit.low.round(3), fit.high.round(3)
    (array([0.407, 0.594]), array([-0.194, -0.14 ]), array([0.91 , 1.381]))
    """
    if data is not None:
        (low, high), X, names = columns_and_covariates(data, X, names, low=low, high=high)
    values, terms = as_matrix(np.empty((np.size(low), 0)) if X is None else X, names)
    arrays, counts, loglik, score_norm, iterations = _core.tobit(low, high, values, level)
    coef, std_error, lower, upper, pvalue, cov = arrays
    return _core.frozen(
        Tobit,
        (
            ("intercept", *terms), coef[:-1], std_error[:-1], lower[:-1], upper[:-1], pvalue[:-1],
            float(coef[-1]), float(lower[-1]), float(upper[-1]), cov, loglik, score_norm,
            iterations, *counts, level,
        ),
    )  # fmt: skip
