"""Tests of times seen only between two visits: docs/methods/survival/interval_logrank.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._random import random_key, replicate_count
from immunoreset._result import Result, number, pvalue_words
from immunoreset.errors import InputError
from immunoreset.response.proportion import Alternative
from immunoreset.survival.logrank import data_rows, trend_scores

Scores = Literal["sun", "finkelstein", "wilcoxon"]
Method = Literal["asymptotic", "score", "exact", "monte-carlo"]

NO_KEY = (0, 0)


@dataclass(frozen=True, slots=True)
class IntervalLogrank(Result):
    """A test of interval-censored times: one row of its table for each group.

    Attributes
    ----------
    groups : tuple
        The labels, sorted.
    n : ndarray of int
        Patients of each group.
    excess : ndarray
        Sum of the scores of each group: positive where events come sooner than in all together.
        With "sun" and exact times it is observed less expected of the log-rank test.
    covariance : ndarray
        Of `excess`: of all deals of the labels, or from the information (method "score").
    row_score : ndarray
        The score of each patient, in the order of the rows; within each stratum they sum to 0.
    statistic : float
        The chi-squared.
    df : int
        Its degrees of freedom; 0 where nothing can be compared.
    pvalue : float
        From the chi-squared or normal distribution, or the permutation distribution (`method`).
    z : float
        With its sign: positive where the second of two groups is sooner, or events come the sooner
        the higher the scores. NaN without a direction.
    loglik : float
        The log-likelihood of the pooled curve (of all strata).
    kkt_gap : float
        Its certificate, as in `survival.turnbull`.
    merged : int
        Distinct end points merged into an earlier one (`timefix`).
    strata : int
    scores, trend, method, replicates, alternative, timefix
        How it was made.
    """

    groups: tuple[Any, ...]
    n: NDArray[np.int64]
    excess: NDArray[np.float64]
    covariance: NDArray[np.float64]
    row_score: NDArray[np.float64]
    statistic: float
    df: int
    pvalue: float
    z: float
    loglik: float
    kkt_gap: float
    merged: int
    strata: int
    scores: str
    trend: tuple[float, ...] | None
    method: str
    replicates: int | None
    alternative: str
    timefix: bool

    def _table(self) -> dict[str, Any]:
        return {"group": np.array(self.groups), "n": self.n, "excess": self.excess}

    def __str__(self) -> str:
        name = f"interval-censored {_NAMES[self.scores]}"
        if self.trend is not None:
            name += " trend"
        if self.alternative != "two-sided":
            name += f" ({self.alternative})"
        how = "" if self.method == "asymptotic" else f"{self.method} "
        return (
            f"{name} test of {len(self.groups)} groups: chi-squared {number(self.statistic)} on "
            f"{self.df} df, {how}{pvalue_words(self.pvalue)}"
        )


_NAMES = {
    "sun": "log-rank (Sun)",
    "finkelstein": "log-rank (Finkelstein)",
    "wilcoxon": "Wilcoxon",
}


def interval_logrank(
    left: ArrayLike | str,
    right: ArrayLike | str,
    group: ArrayLike | str,
    *,
    strata: ArrayLike | str | None = None,
    scores: Scores = "sun",
    trend: Sequence[float] | Mapping[Any, float] | None = None,
    method: Method = "asymptotic",
    replicates: int = 9999,
    rng: Any = None,
    alternative: Alternative = "two-sided",
    timefix: bool = True,
    progress: Callable[[int, int], Any] | None = None,
    data: Any = None,
) -> IntervalLogrank:
    """Test whether groups have the same distribution of a time seen only between two visits.

    Parameters
    ----------
    left, right : array_like of float, or str
        The event lies in (left, right], as in `survival.turnbull`: `right` is infinite where none
        was seen, and equal to `left` where its very time is known.
    group : array_like, or str
        A label a patient, at least two different ones.
    strata : array_like, or str, optional
        Patients are compared within a stratum only (disease, centre), each with a curve of its own.
    scores : {"sun", "finkelstein", "wilcoxon"}, default "sun"
        "sun": the log-rank test, for exact times the usual one. "finkelstein": the score test of
        proportional hazards, almost the same. "wilcoxon": of proportional odds, which stresses
        early differences.
    trend : sequence of float, or mapping from label to float, optional
        A score a group, in the order of the sorted labels: test whether events come sooner or later
        with it, on one degree of freedom.
    method : {"asymptotic", "score", "exact", "monte-carlo"}, default "asymptotic"
        "asymptotic": the variance over all deals of the labels. It, "exact" (all deals, for two
        groups of up to 42 patients in all, more with ties) and "monte-carlo" (random deals) ask
        that visits do not depend on the group. "score": the variance from the information, which
        does not ask it, but wants many patients and few visit days.
    replicates : int, default 9999
        Random deals; ``pvalue = (b + 1) / (replicates + 1)``, where `b` are as extreme.
    rng : int, SeedSequence or Generator
        Required by "monte-carlo".
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": the second group (in the order of the labels) has its events sooner, or they come
        the sooner the higher the scores. Three or more groups without scores have no direction.
    timefix : bool, default True
        Take end points that differ by rounding alone for one, by R's rule.
    progress : callable, optional
        Called as ``progress(done, replicates)`` now and then by "monte-carlo".
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    IntervalLogrank

    Raises
    ------
    InputError
        For rows as in `survival.turnbull`, fewer than two groups, columns of different lengths, too
        many patients for "exact", information that is not positive. It names argument and row.
    ConvergenceError
        When the certificate of 1e-8 of the pooled curve is not reached.

    Notes
    -----
    Finkelstein 1986, Sun 1996, Fay 1996 and 1999, Fay and Shaw 2010. Below some 20 events report
    ``method="exact"``.

    Examples
    --------
    B cells came back between two visits in ten patients, of two doses:

    >>> from immunoreset import survival
    >>> last_absent = [28, 56, 56, 84, 28, 84, 112, 84, 140, 140]
    >>> first_present = [56, 84, 112, 112, 84, 140, 140, 168, float("inf"), float("inf")]
    >>> dose = ["low"] * 5 + ["high"] * 5
    >>> print(survival.interval_logrank(last_absent, first_present, dose))
    interval-censored log-rank (Sun) test of 2 groups: chi-squared 6.025 on 1 df, p = 0.0141
    >>> exact = survival.interval_logrank(last_absent, first_present, dose, method="exact")
    >>> round(exact.pvalue, 4)
    0.0079
    """
    if data is not None:
        left, right, group, strata = columns(
            data, left=left, right=right, group=group, strata=strata
        )
    names, (*rows, _, _, codes, layers) = data_rows(left, right, group, strata)
    of_groups = None if trend is None else trend_scores(trend, names)
    if of_groups is not None and method == "exact":
        raise InputError("trend has no exact distribution; use method='monte-carlo'")
    count, key = None, NO_KEY
    if method == "monte-carlo":
        count, key = replicate_count(replicates), random_key(rng)
    numbers = _core.interval_logrank(
        (*rows, codes, layers), scores, method, of_groups, alternative, timefix, key, count or 0,
        progress,
    )  # fmt: skip
    return _core.frozen(
        IntervalLogrank,
        (
            tuple(names), *numbers, layers, scores, of_groups, method, count, alternative, timefix,
        ),
    )  # fmt: skip
