"""Regression of repeated values with limits. Formulas: docs/methods/recovery/tobit_mixed.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import as_matrix, columns_and_covariates, labels
from immunoreset._result import Result, number, pvalue_words
from immunoreset.recovery.tobit import coefficient_table, coefficient_words, kinds_of_rows


@dataclass(frozen=True, slots=True)
class PatientEffects(Result):
    """How far each patient lies above or below what the coefficients say.

    Attributes
    ----------
    patient : tuple
        The labels.
    rows : ndarray of int
        Values of each.
    effect : ndarray
        The conditional mode: the most likely effect given the values and the estimates.
    std_dev : ndarray
        The standard deviation of the effect given the same.
    """

    patient: tuple[Any, ...]
    rows: NDArray[np.int64]
    effect: NDArray[np.float64]
    std_dev: NDArray[np.float64]

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"patient": list(self.patient)}
        for name in ("rows", "effect", "std_dev"):
            table[name] = getattr(self, name)
        return table

    def __str__(self) -> str:
        return (
            f"effects of {len(self.patient)} patients from {number(self.effect.min(), 3)} to "
            f"{number(self.effect.max(), 3)}"
        )


@dataclass(frozen=True, slots=True)
class TobitMixed(Result):
    """A Tobit regression with an effect of each patient; every array has the intercept first.

    Attributes
    ----------
    names : tuple of str
        "intercept", then the columns.
    coef, std_error, low, high, pvalue : ndarray
        Coefficients, their standard errors from the observed information, profile likelihood limits
        and p-values of likelihood ratio tests of 0, both in terms of Student's distribution with
        `df` degrees of freedom.
    df : ndarray
        Degrees of freedom of each coefficient: patients less the columns (with the intercept) that
        are constant within patients; of other columns, rows less patients and those columns. With
        none left the limits are infinite and the p-value 1.
    cov : ndarray
        Covariance of the coefficients.
    sd, sd_low, sd_high : float
        The residual standard deviation, within patients, with profile limits.
    patient_sd, patient_sd_low, patient_sd_high : float
        The standard deviation of the patients' effects, with profile limits: 0 where no effect is
        as likely as `level` asks.
    effects : PatientEffects
        One row a patient.
    test_statistic, test_pvalue : float
        Likelihood ratio test that patients do not differ, against `recovery.tobit`. As 0 is the
        least value of `patient_sd`, the p-value is half of that of a chi-squared variable with one
        degree of freedom, and 1 where `patient_sd` is 0.
    loglik, loglik_no_patient : float
        The log-likelihood, and that of `recovery.tobit`.
    score_norm : float
        The certificate: the length of the score, in units of its standard error.
    quadrature_error : float
        The change of `loglik` as the nodes are doubled, at most 1e-9.
    nodes : int
        Nodes of the quadrature, of the patient who needs most.
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
    df: Any
    cov: Any
    sd: float
    sd_low: float
    sd_high: float
    patient_sd: float
    patient_sd_low: float
    patient_sd_high: float
    effects: PatientEffects
    test_statistic: float
    test_pvalue: float
    loglik: float
    loglik_no_patient: float
    score_norm: float
    quadrature_error: float
    nodes: int
    iterations: int
    n: int
    exact: int
    below: int
    above: int
    between: int
    level: float

    @property
    def icc(self) -> float:
        """Return the share of the variance that is between patients."""
        return self.patient_sd**2 / (self.patient_sd**2 + self.sd**2)

    def _table(self) -> dict[str, Any]:
        return coefficient_table(self)

    def __str__(self) -> str:
        return (
            f"{self.n} values of {len(self.effects.patient)} patients "
            f"({kinds_of_rows(self)}); {coefficient_words(self)}; sd of patients "
            f"{number(self.patient_sd, 3)} ({number(self.patient_sd_low, 3)} to "
            f"{number(self.patient_sd_high, 3)}), {pvalue_words(self.test_pvalue)}, within them "
            f"{number(self.sd, 3)} ({number(self.sd_low, 3)} to {number(self.sd_high, 3)})"
        )


def tobit_mixed(
    low: ArrayLike | str,
    high: ArrayLike | str,
    patient: ArrayLike | str,
    X: ArrayLike | str | Sequence[str] | None = None,
    *,
    level: float = 0.95,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> TobitMixed:
    """Regress repeated log counts or log titres, of which some have limits, on covariates.

    Parameters
    ----------
    low, high : array_like of float, or str
        The ends between which each value lies: equal where it is known exactly; ``-inf`` and the
        limit where it is below one; the limit and ``inf`` where it is above one; two limits where
        it lies between them, as a titre between two dilutions. Take logarithms before the call.
    patient : array_like, or str
        Whose value it is. Patients differ by an effect that is normal with mean 0.
    X : array_like of float, or str, or sequence of str, optional
        One row a value, one column a covariate (a single covariate may be one-dimensional), such as
        the product or the day; an intercept is added. With `data`, a column name or several.
    level : float, default 0.95
        Of the profile likelihood limits.
    names : sequence of str, optional
        Of the columns; by default their names in `data`, or x1, x2, ...
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    TobitMixed

    Raises
    ------
    InputError
        As `recovery.tobit`: where nothing was detected, where a column separates rows beyond their
        limits from all others. Where there is one patient, or no patient with two values; where
        patients differ by more than 100 times what their values do.
    ConvergenceError
        Where the certificates are not reached.

    Notes
    -----
    Hughes 1999 (Biometrics 55:625); Jacqmin-Gadda, Thiebaut, Chene and Commenges 2000
    (Biostatistics 1:355). A patient may lie below the limit at all visits. By maximum likelihood,
    as lme4 with ``REML = FALSE``: with few patients their sd is too small on average, and the
    limits too narrow; see the table on the method page.

    Examples
    --------
    Log10 B cells per uL at three visits of four patients each after CD19 and BCMA products; those
    at 0 are below 1 per uL:

    >>> import numpy as np
    >>> from immunoreset import recovery
    >>> cd19 = [1, 2, 9, 1, 1, 3, 1, 4, 12, 1, 1, 2]
    >>> log = np.log10([*cd19, 1, 6, 30, 3, 22, 41, 1, 2, 7, 2, 9, 25])
    >>> patient = np.repeat(list("abcdefgh"), 3)
    >>> bcma = np.repeat([0, 1], 12)
    >>> month = np.tile([1, 3, 6], 8)
    >>> fit = recovery.tobit_mixed(
    ...     np.where(log > 0, log, -np.inf), log, patient, np.column_stack([bcma, month]),
    ...     names=["BCMA", "month"],
    ... )
    >>> print(fit)  # doctest: +NORMALIZE_WHITESPACE
    24 values of 8 patients (8 below a limit); BCMA: 0.6667 (95% profile interval 0.01258 to
    1.346), p = 0.0469; month: 0.2379 (95% profile interval 0.1924 to 0.2936), p < 0.0001;
    sd of patients 0.307 (0.171 to 0.585), p = 0.0009, within them 0.173 (0.116 to 0.295)
    >>> fit.effects.effect.round(2)
    array([ 0.21, -0.22,  0.37, -0.33, -0.04,  0.35, -0.42,  0.11])
    """
    if data is not None:
        (low, high, patient), X, names = columns_and_covariates(
            data, X, names, low=low, high=high, patient=patient
        )
    patients, codes = labels(patient, "patient")
    values, terms = as_matrix(np.empty((np.size(low), 0)) if X is None else X, names)
    arrays, effects, test, certificate, counts = _core.tobit_mixed(
        low, high, values, codes, len(patients), level
    )
    coef, std_error, lower, upper, pvalue, df, cov = arrays
    rows = np.bincount(codes, minlength=len(patients))
    rows.setflags(write=False)
    return _core.frozen(
        TobitMixed,
        (
            ("intercept", *terms), coef[:-2], std_error, lower[:-2], upper[:-2], pvalue[:-2], df,
            cov,
            float(coef[-2]), float(lower[-2]), float(upper[-2]),
            float(coef[-1]), float(lower[-1]), float(upper[-1]),
            _core.frozen(PatientEffects, (tuple(patients), rows, *effects)), *test, *certificate,
            *counts, level,
        ),
    )  # fmt: skip
