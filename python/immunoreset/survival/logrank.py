"""The log-rank test and its family. Formulas: docs/methods/survival/logrank.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._random import random_key, replicate_count
from immunoreset._result import Result, number, percent_of, pvalue_words
from immunoreset.errors import InputError
from immunoreset.response.proportion import Alternative

Weights = Literal["logrank", "gehan", "tarone-ware", "peto", "fleming-harrington"]
Method = Literal["asymptotic", "exact", "monte-carlo"]

METHODS = ["asymptotic", "exact", "monte-carlo"]
LABELS_A_TASK = 2**25  # labels dealt out by one task of an executor: about 0.1 seconds
FEWEST_A_TASK = 64  # each task sorts the data once


@dataclass(frozen=True, slots=True)
class Logrank(Result):
    """A log-rank test: one row of its table for each group.

    Attributes
    ----------
    groups : tuple
        The labels, sorted.
    n, events : ndarray of int
        Patients and events of each group (sums of frequency weights).
    observed, expected : ndarray
        Weighted events, and what is expected of them if all groups have one hazard. Without
        weights of the times `observed` equals `events`.
    covariance : ndarray
        Of `observed` less `expected`, hypergeometric.
    statistic : float
        The chi-squared; 0 where no two groups were ever at risk together at an event.
    df : int
        Its degrees of freedom: 1 for a trend, otherwise the groups less the sets of groups that
        were never at risk together (usually one); 0 where nothing can be compared.
    pvalue : float
        From the chi-squared or normal distribution, or the permutation distribution (`method`).
    z : float
        With its sign: positive where the second of two groups has more events than expected, or the
        hazard rises with the scores. NaN without a direction.
    hazard_ratio, low, high : float
        Peto's estimate for the second of two groups against the first, with limits; NaN with other
        weights, scores or more groups. A ratio far from 1 is drawn towards 1 (a Cox model is not).
        Where nothing can be compared the ratio is NaN and the limits are 0 and infinity.
    permutation_z : float
        The same excess divided by its permutation standard deviation, for "exact" and
        "monte-carlo"; otherwise NaN.
    merged : int
        Distinct times merged into an earlier one (`timefix`).
    strata : int
    weights, rho, gamma, trend, method, replicates, alternative, level, timefix
        How it was made.
    """

    groups: tuple[Any, ...]
    n: NDArray[np.int64]
    events: NDArray[np.int64]
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    covariance: NDArray[np.float64]
    statistic: float
    df: int
    pvalue: float
    z: float
    hazard_ratio: float
    low: float
    high: float
    permutation_z: float
    merged: int
    strata: int
    weights: str
    rho: float
    gamma: float
    trend: tuple[float, ...] | None
    method: str
    replicates: int | None
    alternative: str
    level: float
    timefix: bool

    def _table(self) -> dict[str, Any]:
        return {
            "group": np.array(self.groups),
            "n": self.n,
            "events": self.events,
            "observed": self.observed,
            "expected": self.expected,
        }

    def __str__(self) -> str:
        name = "log-rank" if self.weights == "logrank" else f"{self.weights} log-rank"
        if self.trend is not None:
            name += " trend"
        if self.alternative != "two-sided":
            name += f" ({self.alternative})"
        how = "" if self.method == "asymptotic" else f"{self.method} "
        words = (
            f"{name} test of {len(self.groups)} groups: chi-squared {number(self.statistic)} on "
            f"{self.df} df, {how}{pvalue_words(self.pvalue)}"
        )
        if not math.isnan(self.hazard_ratio):
            words += (
                f"; hazard ratio {number(self.hazard_ratio)} ({percent_of(self.level)} "
                f"{number(self.low)} to {number(self.high)})"
            )
        return words


def logrank(
    time: ArrayLike | str,
    event: ArrayLike | str,
    group: ArrayLike | str,
    *,
    strata: ArrayLike | str | None = None,
    entry: ArrayLike | str | None = None,
    weights: Weights = "logrank",
    rho: float = 0,
    gamma: float = 0,
    case_weights: ArrayLike | str | None = None,
    trend: Sequence[float] | Mapping[Any, float] | None = None,
    method: Method = "asymptotic",
    replicates: int = 9999,
    rng: Any = None,
    alternative: Alternative = "two-sided",
    level: float = 0.95,
    timefix: bool = True,
    executor: Any = None,
    progress: Callable[[int, int], Any] | None = None,
    data: Any = None,
) -> Logrank:
    """Test whether groups have the same hazard.

    Parameters
    ----------
    time : array_like of float, or str
        Follow-up of each patient, from 0 on.
    event : array_like of bool or {0, 1}, or str
        True where the event was seen at `time`, False where the patient was last seen without it.
    group : array_like, or str
        A label a patient, at least two different ones.
    strata : array_like, or str, optional
        Patients are compared within a stratum only (disease, centre).
    entry : array_like of float, or str, optional
        When each patient came under observation: at risk on ``(entry, time]``.
    weights : str, default "logrank"
        How much a time counts: "logrank" each event alike, "gehan" by the patients at risk,
        "tarone-ware" by their square root, "peto" by survival (Peto and Prentice),
        "fleming-harrington" by ``S(t-)**rho * (1 - S(t-))**gamma``.
    rho, gamma : float, default 0
        From 0 to 100, for "fleming-harrington": `rho` stresses early differences, `gamma` late.
    case_weights : array_like of int, or str, optional
        Frequency weights: a row of weight 3 is three equal rows, one of weight 0 is not there.
    trend : sequence of float, or mapping from label to float, optional
        A score a group, in the order of the sorted labels: test whether the hazard rises or falls
        with it, on one degree of freedom.
    method : {"asymptotic", "exact", "monte-carlo"}, default "asymptotic"
        "exact": all ways to deal the labels out within strata, for two groups of up to 42 patients
        in all (more with ties). "monte-carlo": random ones, for any groups.
    replicates : int, default 9999
        Random permutations; ``pvalue = (b + 1) / (replicates + 1)``, where `b` are as extreme.
    rng : int, SeedSequence or Generator
        Required by "monte-carlo"; the same one gives the same digits, whatever the executor.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": the hazard of the second group (in the order of the labels) is the greater one,
        or the hazard rises with the scores. Three or more groups without scores have no direction.
    level : float, default 0.95
        Of the limits of the hazard ratio.
    timefix : bool, default True
        Times that differ by rounding alone (0.1 + 0.2 and 0.3) are one time, as in R.
    executor : concurrent.futures.Executor, optional
        Works random permutations in tasks of about 0.1 seconds.
    progress : callable, optional
        Called as ``progress(done, replicates)`` now and then by "monte-carlo".
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    Logrank

    Raises
    ------
    InputError
        For a time that is missing, negative or infinite, an event other than 0 and 1, an entry at
        or after its time, a fractional weight, fewer than two groups, columns of different
        lengths, too many patients for "exact"; it names argument, row and value.

    Notes
    -----
    Mantel 1966, Peto and Peto 1972, Tarone and Ware 1977, Prentice 1978, Fleming and Harrington
    1991. Below some 20 events report ``method="exact"``.

    Examples
    --------
    Remission of 23 patients with leukaemia, with and without maintenance (Embury and others 1977),
    in weeks:

    >>> from immunoreset import survival
    >>> weeks = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33]
    >>> weeks += [43, 45]
    >>> relapse = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
    >>> arm = ["maintained"] * 11 + ["not maintained"] * 12
    >>> print(survival.logrank(weeks, relapse, arm))
    log-rank test of 2 groups: chi-squared 3.396 on 1 df, p = 0.0653; hazard ratio 2.511 (95% \
0.9432 to 6.684)
    >>> survival.logrank(weeks, relapse, arm, method="exact").pvalue.__round__(4)
    0.0647
    """
    if method not in METHODS:
        raise InputError(f"method is {method!r}; choose one of {METHODS}")
    if data is not None:
        time, event, group, strata, entry, case_weights = columns(
            data, time=time, event=event, group=group, strata=strata, entry=entry,
            case_weights=case_weights,
        )  # fmt: skip
    names, rows = data_rows(time, event, group, strata, entry, case_weights)
    scores = None if trend is None else trend_scores(trend, names)
    numbers = _core.logrank(rows, weights, rho, gamma, scores, alternative, level, timefix)
    pvalue, z, count = numbers[7], math.nan, None
    if method == "exact":
        if scores is not None:
            raise InputError("trend has no exact distribution; use method='monte-carlo'")
        pvalue, z = _core.logrank_exact(rows, weights, rho, gamma, alternative, timefix)
    elif method == "monte-carlo":
        count = replicate_count(replicates)
        kinds = ((weights, rho, gamma),)
        options = (kinds, scores, alternative, timefix)
        pvalue, z = permuted(rows, options, count, rng, executor, progress)
    return _core.frozen(
        Logrank,
        (
            tuple(names), *numbers[:7], pvalue, *numbers[8:12], z, numbers[12], rows[7], weights,
            float(rho), float(gamma), scores, method, count, alternative, level, timefix,
        ),
    )  # fmt: skip


def data_rows(
    time: Any, event: Any, group: Any, strata: Any = None, entry: Any = None, weights: Any = None
) -> tuple[list[Any], tuple[Any, ...]]:
    """Return the labels of the groups, and the columns as the core takes them."""
    names, codes = _coded(group, "group")
    layers = 1
    if strata is not None:
        distinct, strata = _coded(strata, "strata")
        layers = max(1, len(distinct))
    codes = codes.astype(np.uint8, copy=False)
    return names, (time, event, codes, len(names), entry, weights, strata, layers)


def _coded(values: Any, argument: str) -> tuple[list[Any], NDArray[Any]]:
    values = np.asarray(values)
    return _core.logrank_codes(values) or labels(values, argument)


def permuted(
    rows: tuple[Any, ...],
    options: tuple[Any, Any, str, bool],
    count: int,
    rng: Any,
    executor: Any,
    progress: Callable[[int, int], Any] | None,
) -> tuple[float, float]:
    """Return the Monte Carlo p-value and the z with the permutation variance.

    `options` are the weights as (kind, rho, gamma), the scores of a trend, the alternative and
    `timefix`.
    """
    key = random_key(rng)
    if executor is None:
        extreme, z, _ = _core.logrank_monte_carlo(rows, *options, key, 0, count, progress)
        return (extreme + 1) / (count + 1), z
    size = max(FEWEST_A_TASK, LABELS_A_TASK // max(1, rows[2].size))
    tasks = [
        executor.submit(
            _core.logrank_monte_carlo, rows, *options, key, begin, min(begin + size, count), None
        )
        for begin in range(0, count, size)
    ]
    total = 0
    try:
        for number_done, task in enumerate(tasks, 1):
            extreme, z, _ = task.result()
            total += extreme
            if progress is not None:
                progress(min(number_done * size, count), count)
    except BaseException:
        for task in tasks:
            task.cancel()
        raise
    return (total + 1) / (count + 1), z


def trend_scores(
    trend: Sequence[float] | Mapping[Any, float], names: Sequence[Any]
) -> tuple[float, ...]:
    """Return the scores of a test for trend in the order of the labels."""
    if isinstance(trend, Mapping):
        missing = [name for name in names if name not in trend]
        if missing:
            raise InputError(f"trend has no score for group {missing[0]!r}; give every group one")
        trend = [trend[name] for name in names]
    try:
        return tuple(float(score) for score in trend)
    except (TypeError, ValueError) as error:
        raise InputError(f"trend is {trend!r}; give a number a group") from error
