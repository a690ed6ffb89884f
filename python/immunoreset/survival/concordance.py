"""Concordance of scores with survival times. Formulas: docs/methods/survival/concordance.md."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Result, number, percent_of

Method = Literal["harrell", "uno", "peto", "schemper", "equal"]


@dataclass(frozen=True, slots=True)
class Concordance(Result):
    """How often the order of a score is that of the times. Columns have a value a score.

    Attributes
    ----------
    estimate : float or ndarray
        The share of the pairs whose order of times is known in which the score has that order, ties
        of the score counting half; NaN where there is no such pair.
    std_error, low, high : float or ndarray
        By the infinitesimal jackknife; limits are NaN where it is 0, as at an estimate of 1.
    concordant, discordant, tied_score : float or ndarray
        Weights of those pairs: whole numbers with Harrell's method and no weights.
    tied_time, tied_both : float or ndarray
        Weights of pairs with both events at one time, which do not count.
    difference, difference_std_error, difference_low, difference_high, difference_pvalue
        Each score against the first one, in the same patients.
    covariance : ndarray
        Of the estimates.
    n : int
        Patients.
    method, risk, tau, level, timefix
        As they were given.
    """

    estimate: Any
    std_error: Any
    low: Any
    high: Any
    concordant: Any
    discordant: Any
    tied_score: Any
    tied_time: Any
    tied_both: Any
    difference: Any
    difference_std_error: Any
    difference_low: Any
    difference_high: Any
    difference_pvalue: Any
    covariance: NDArray[np.float64]
    n: int
    method: str
    risk: bool
    tau: float | None
    level: float
    timefix: bool

    def _table(self) -> dict[str, Any]:
        names = self.__slots__[: 14 if np.ndim(self.estimate) else 9]
        return {name: np.atleast_1d(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        if np.ndim(self.estimate):
            return f"concordance ({self.method}) of {np.size(self.estimate)} scores, n = {self.n}"
        return (
            f"concordance ({self.method}) {number(self.estimate)} ({percent_of(self.level)} "
            f"{number(self.low)} to {number(self.high)}), n = {self.n}"
        )


def concordance(
    time: ArrayLike | str,
    event: ArrayLike | str,
    score: Any,
    *,
    method: Method = "harrell",
    risk: bool = False,
    tau: float | None = None,
    entry: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None,
    strata: ArrayLike | str | None = None,
    level: float = 0.95,
    timefix: bool = True,
    data: Any = None,
) -> Concordance:
    """Estimate how well a score puts patients into the order of their event times.

    Parameters
    ----------
    time, event : array_like, or str
        As in `kaplan_meier`.
    score : array_like of float, or str or list of str
        One number a patient, or a column for each of several scores that are compared.
    method : {"harrell", "uno", "peto", "schemper", "equal"}, default "harrell"
        How pairs are weighted: all alike; by ``1 / G^2``, so that the estimate does not depend on
        the censoring; by ``N S / n``; by ``N S / (G n)``; by ``1 / n``. They are R's timewt "n",
        "n/G2", "S", "S/G" and "I".
    risk : bool, default False
        True where high scores go with early events (a risk, the linear predictor of a Cox model);
        otherwise high scores go with long times.
    tau : float, optional
        Events after it do not count: with Uno's method choose one that some patients are followed
        beyond.
    entry : array_like, or str, optional
        Delayed entry: a pair counts if the later one is under observation at the event.
    weights : array_like, or str, optional
        Weights of patients. The standard error takes each row for one patient.
    strata : array_like, or str, optional
        Only pairs within a stratum count.
    level : float, default 0.95
        Confidence level.
    timefix : bool, default True
        Times that differ by rounding alone are one time.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    Concordance
        Numbers, or arrays with several scores.

    Raises
    ------
    InputError
        For a missing score or time, an event other than 0 and 1, a negative weight, delayed entry
        with a method that needs the chance of censoring.

    Notes
    -----
    Harrell and others 1982; Uno and others 2011; Therneau and Watson 2015. At a tied time events
    come before censorings.

    Examples
    --------
    >>> from immunoreset import survival
    >>> print(survival.concordance([2, 4, 6, 8, 9], [1, 1, 0, 1, 0], [1, 3, 2, 4, 5]))
    concordance (harrell) 0.875 (95% 0.591 to 1), n = 5
    """
    if data is not None:
        time, event, entry, weights, strata = columns(
            data, time=time, event=event, entry=entry, weights=weights, strata=strata
        )
        score = _score_columns(data, score)
    codes, count = None, 1
    if strata is not None:
        names, codes = labels(strata, "strata")
        count = len(names) or 1
    matrix = np.asarray(score)
    single = matrix.ndim < 2
    values = _core.concordance(
        time, event, matrix.reshape(-1, 1) if single else matrix, entry, weights, codes, count,
        method, risk, math.nan if tau is None else tau, level, timefix,
    )  # fmt: skip
    covariance = values[-1]
    shown = [column.item() for column in values[:-1]] if single else values[:-1]
    made = (len(matrix), method, risk, tau, float(level), timefix)
    return _core.frozen(Concordance, (*shown, covariance, *made))


def _score_columns(data: Any, score: Any) -> Any:
    if isinstance(score, str):
        return columns(data, score=score)[0]
    if isinstance(score, (list, tuple)) and score and all(isinstance(s, str) for s in score):
        return np.column_stack([np.asarray(columns(data, score=name)[0]) for name in score])
    return score
