"""Distributions fitted to the same rows: docs/methods/survival/parametric.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._result import Result
from immunoreset.errors import ConvergenceError, InputError
from immunoreset.survival.parametric import (
    DISTRIBUTIONS,
    Distribution,
    Parametric,
    _distribution,
    _read,
    _result,
)


@dataclass(frozen=True, slots=True)
class ParametricComparison(Result):
    """Distributions fitted to the same rows, the smallest AIC first.

    Attributes
    ----------
    distribution : tuple of str
        Those that could not be fitted come last.
    parameters : ndarray of int
        Their number.
    loglik, aic, aicc, bic : ndarray
        NaN where there is a problem.
    problem : tuple of str
        Why there is no fit; empty where there is one.
    n : int
        Patients.
    fits : dict from str to Parametric
        The fits.
    """

    distribution: tuple[str, ...]
    parameters: NDArray[np.int64]
    loglik: NDArray[np.float64]
    aic: NDArray[np.float64]
    aicc: NDArray[np.float64]
    bic: NDArray[np.float64]
    problem: tuple[str, ...]
    n: int
    fits: dict[str, Parametric]

    def _table(self) -> dict[str, Any]:
        names = ("parameters", "loglik", "aic", "aicc", "bic")
        table: dict[str, Any] = {"distribution": list(self.distribution)}
        return table | {n: getattr(self, n) for n in names} | {"problem": list(self.problem)}

    def __str__(self) -> str:
        best = self.distribution[0]
        return f"{self.n} patients, {len(self.fits)} distributions; smallest AIC: {best}"


def parametric_comparison(
    left: ArrayLike | str,
    right: ArrayLike | str | None = None,
    *,
    event: ArrayLike | str | None = None,
    distributions: Sequence[Distribution] = DISTRIBUTIONS,
    X: ArrayLike | str | Sequence[str] | None = None,
    entry: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> ParametricComparison:
    """Fit several distributions to the same rows and compare them by AIC, AICc and BIC.

    Parameters
    ----------
    left, right, event, X, entry, weights, names, data
        As for `parametric`.
    distributions : sequence of str
        Which; by default all.

    Returns
    -------
    ParametricComparison
        The smallest AIC first. A distribution whose likelihood has no maximum comes last, with the
        reason. The fits have Wald limits.

    Raises
    ------
    InputError
        For bad input, and where no distribution can be fitted.

    Examples
    --------
    >>> from immunoreset import survival
    >>> times = [9, 13, 18, 23, 31, 34, 45, 48]
    >>> table = survival.parametric_comparison(times, distributions=["exponential", "weibull"])
    >>> print(table)
    8 patients, 2 distributions; smallest AIC: weibull
    >>> table.aic.round(2)
    array([67.53, 71.1 ])
    """
    rows, labels_of, _, _ = _read(left, right, event, X, entry, weights, None, names, data)
    fits: dict[str, Parametric] = {}
    problems: dict[str, str] = {}
    failure: Exception | None = None
    for name in distributions:
        made = (name, False, "wald", 0.95, labels_of)
        try:
            (answer,) = _core.parametric(
                rows, None, 1, _distribution(name), False, "wald", 0.95, labels_of
            )
            fits[name] = _result(answer, made, rows)
        except (InputError, ConvergenceError) as error:
            problems[name] = str(error)
            failure = error
    if not fits:
        raise failure or InputError("distributions is empty; give at least one")
    order = sorted(fits, key=lambda name: fits[name].aic)
    found = [fits[name] for name in order]
    gaps = [math.nan] * len(problems)

    def column(name: str) -> NDArray[np.float64]:
        return np.array([getattr(fit, name) for fit in found] + gaps)

    return ParametricComparison(
        distribution=(*order, *problems),
        parameters=np.array([len(fit.names) for fit in found] + [0] * len(problems), np.int64),
        loglik=column("loglik"),
        aic=column("aic"),
        aicc=column("aicc"),
        bic=column("bic"),
        problem=(*("" for _ in order), *problems.values()),
        n=found[0].n,
        fits={name: fits[name] for name in order},
    )
