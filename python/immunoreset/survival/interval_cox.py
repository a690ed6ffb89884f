"""Proportional hazards of interval-censored times: docs/methods/survival/interval_cox.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, number, percent_of, pvalue_words

CONVENTION = "(left, right]; left == right is exact; right = inf is right-censored"


@dataclass(frozen=True, slots=True)
class IntervalCox(Result):
    """Proportional hazards of interval-censored times: one row of its table for each covariate.

    Attributes
    ----------
    names : tuple of str
        The covariates.
    coef : ndarray
        Log hazard ratios of one unit each; infinite where the likelihood only rises
        (``infinite=True``).
    std_error : ndarray
        From the curvature of the profile of the log-likelihood; infinite with `coef`.
    low, high : ndarray
        Limits of `coef` by the profile of the likelihood; infinite where there is none.
    statistic, pvalue : ndarray
        Likelihood ratio chi-squared on 1 degree of freedom of a coefficient of 0.
    covariance : ndarray
        Of `coef`; 0 where one of the two is infinite.
    mean : ndarray
        Of each covariate: the patient that the baseline is of.
    baseline_left, baseline_right : ndarray
        The innermost intervals with mass of the baseline.
    baseline : ndarray
        Its probability of an event after each `baseline_right`.
    loglik, null_loglik : float
        At the maximum, and with all coefficients 0.
    n : int
        Patients.
    kkt_gap : float
        The certificate: the largest violation of the conditions of the maximum, over the patients.
        At most 1e-8, else a ConvergenceError is raised.
    iterations : int
        Quadratic programmes for the hazards, those of the limits included.
    merged : int
        Distinct end points merged into an earlier one.
    level, timefix, convention
        How it was made.
    """

    names: tuple[str, ...]
    coef: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    statistic: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    covariance: NDArray[np.float64]
    mean: NDArray[np.float64]
    baseline_left: NDArray[np.float64]
    baseline_right: NDArray[np.float64]
    baseline: NDArray[np.float64]
    loglik: float
    null_loglik: float
    n: int
    kkt_gap: float
    iterations: int
    merged: int
    level: float
    timefix: bool
    convention: str

    @property
    def hazard_ratio(self) -> NDArray[np.float64]:
        """Return the hazard ratio of one unit of each covariate."""
        return np.exp(self.coef)

    @property
    def hazard_ratio_low(self) -> NDArray[np.float64]:
        """Return its lower limits."""
        return np.exp(self.low)

    @property
    def hazard_ratio_high(self) -> NDArray[np.float64]:
        """Return its upper limits."""
        return np.exp(self.high)

    def _table(self) -> dict[str, Any]:
        names = ("coef", "std_error", "low", "high", "statistic", "pvalue")
        table: dict[str, Any] = {"name": np.array(self.names)}
        return table | {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        terms = "; ".join(
            f"{name}: hazard ratio {number(self.hazard_ratio[j], 3)}, {percent_of(self.level)} "
            f"profile interval {number(self.hazard_ratio_low[j], 3)} to "
            f"{number(self.hazard_ratio_high[j], 3)}, {pvalue_words(self.pvalue[j])}"
            for j, name in enumerate(self.names)
        )
        return f"{self.n} patients, interval-censored; {terms}"


def interval_cox(
    left: ArrayLike | str,
    right: ArrayLike | str,
    X: ArrayLike | str | Sequence[str],
    *,
    infinite: bool = False,
    level: float = 0.95,
    timefix: bool = True,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> IntervalCox:
    """Regress the hazard of a time seen only between two visits on covariates.

    Parameters
    ----------
    left, right : array_like of float, or str
        The event lies in (left, right], as in `survival.turnbull`: `right` is infinite where none
        was seen, and equal to `left` where its very time is known.
    X : array_like of float, or str, or sequence of str
        One row a patient, one column a covariate (a single covariate may be one-dimensional). With
        `data`, a column name or several.
    infinite : bool, default False
        Where the likelihood rises for ever with a coefficient, as with a group without events,
        give it as infinite, with the one limit that there is, in place of an error.
    level : float, default 0.95
        Of the limits.
    timefix : bool, default True
        Take end points that differ by rounding alone for one, by R's rule.
    names : sequence of str, optional
        Of the columns; by default x1, x2, ..., or the names of the columns of `data`.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    IntervalCox

    Raises
    ------
    InputError
        For rows as in `survival.turnbull`; for a covariate that is missing, constant or a
        combination of others, or whose coefficient is infinite; where one interval lies in all
        rows. It names argument, row or column.
    ConvergenceError
        When the certificate of 1e-8 is not reached.

    Notes
    -----
    Finkelstein 1986 (the model); Murphy and van der Vaart 2000 (profile likelihood); Wang 2007 (the
    quadratic programmes). The baseline may have any shape.

    Examples
    --------
    B cells came back between two visits in ten patients, of two doses:

    >>> from immunoreset import survival
    >>> last_absent = [28, 56, 56, 84, 28, 84, 112, 56, 140, 84]
    >>> first_present = [56, 84, 112, 140, 84, 140, 140, 84, float("inf"), float("inf")]
    >>> high_dose = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    >>> print(survival.interval_cox(last_absent, first_present, high_dose, names=["high dose"]))
    10 patients, interval-censored; high dose: hazard ratio 0.124, 95% profile interval 0.00574 \
to 0.815, p = 0.0276
    """
    if data is not None:
        listed = [X] if isinstance(X, str) else X
        others = {"left": left, "right": right}
        if isinstance(listed, Sequence) and all(isinstance(name, str) for name in listed):
            names = [str(name) for name in listed] if names is None else names
            others |= {f"X[{j}]": name for j, name in enumerate(listed)}
        left, right, *found = columns(data, **others)
        if found:
            X = np.column_stack([np.asarray(column) for column in found])
    given = None if names is None else tuple(names)
    numbers = _core.interval_cox(left, right, X, level, infinite, timefix, given)
    return _core.frozen(
        IntervalCox,
        (
            given or tuple(f"x{j + 1}" for j in range(len(numbers[0]))),
            *numbers,
            level,
            timefix,
            CONVENTION,
        ),
    )
