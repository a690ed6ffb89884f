"""Wilcoxon's tests of scores. Formulas: docs/methods/response/rank_test.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Result, number, percent_of, pvalue_words
from immunoreset.errors import InputError
from immunoreset.response.proportion import Alternative

Method = Literal["auto", "exact", "asymptotic"]
Zeros = Literal["wilcoxon", "pratt"]


def _shift_words(result: Any) -> str:
    return (
        f"shift {number(result.estimate)}, {percent_of(result.level)} interval "
        f"{number(result.low)} to {number(result.high)}, "
        f"{result.alternative} {result.method} {pvalue_words(result.pvalue)}"
    )


@dataclass(frozen=True, slots=True)
class SignedRank(Result):
    """Wilcoxon's signed rank test, with the Hodges-Lehmann estimate and its interval.

    Attributes
    ----------
    n, zeros, ties : int
        Pairs, differences of `mu`, and other differences that share their rank.
    statistic : float
        The sum of the ranks of the differences above `mu` (V of R).
    pvalue : float
    estimate, low, high : float
        The shift: the median of the averages of two differences, and its limits, infinite where
        the test rejects no shift on that side.
    achieved_level : float
        1 less the larger p-value just outside the limits; at least `level`.
    mu, method, alternative, zero_rule, correct, level
        How it was computed; `method` is "exact" or "asymptotic".
    """

    n: int
    zeros: int
    ties: int
    statistic: float
    pvalue: float
    estimate: float
    low: float
    high: float
    achieved_level: float
    mu: float
    method: str
    alternative: str
    zero_rule: str
    correct: bool
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("n", "statistic", "pvalue", "estimate", "low", "high", "achieved_level")
        return self._broadcast("estimate", names)

    def __str__(self) -> str:
        return f"{self.n} differences: {_shift_words(self)}"


@dataclass(frozen=True, slots=True)
class RankSum(Result):
    """Wilcoxon's rank sum test, with the Hodges-Lehmann estimate of the shift and its interval.

    Attributes
    ----------
    groups : tuple or None
        The labels of the two groups, the first one that of x.
    n_x, n_y, ties : int
        Patients of each group, and scores that share their rank.
    statistic : float
        The pairs in which x - `mu` exceeds y, a tie counting 1/2 (Mann-Whitney; W of R).
    pvalue : float
    probability : float
        The probabilistic index: the share of those pairs, P(x > y) + P(x = y)/2 for a `mu` of 0.
    estimate, low, high : float
        The shift of x against y: the median of the differences of a score of x and one of y, and
        its limits, infinite where the test rejects no shift on that side.
    achieved_level : float
        1 less the larger p-value just outside the limits; at least `level`.
    mu, method, alternative, correct, level
        How it was computed; `method` is "exact" or "asymptotic".
    """

    groups: tuple[Any, Any] | None
    n_x: int
    n_y: int
    ties: int
    statistic: float
    pvalue: float
    probability: float
    estimate: float
    low: float
    high: float
    achieved_level: float
    mu: float
    method: str
    alternative: str
    correct: bool
    level: float

    def _table(self) -> dict[str, Any]:
        names = (
            "n_x", "n_y", "statistic", "pvalue", "probability", "estimate", "low", "high",
            "achieved_level",
        )  # fmt: skip
        return self._broadcast("estimate", names)

    def __str__(self) -> str:
        x, y = ("", "") if self.groups is None else (f" of {label}" for label in self.groups)
        return (
            f"{self.n_x} patients{x} against {self.n_y}{y}: probability of exceeding "
            f"{number(self.probability)}, {_shift_words(self)}"
        )


def signed_rank(
    x: ArrayLike | str,
    y: ArrayLike | str | None = None,
    *,
    mu: float = 0.0,
    method: Method = "auto",
    alternative: Alternative = "two-sided",
    zeros: Zeros = "wilcoxon",
    correct: bool = True,
    level: float = 0.95,
    data: Any = None,
) -> SignedRank:
    """Test whether scores of the same patients changed, and estimate by how much.

    Parameters
    ----------
    x, y : array_like of float, or str
        Scores of the same patients, in the same order, before and after; or the differences as x
        alone. The differences are x - y.
    mu : float, default 0
        The shift of the null hypothesis.
    method : {"auto", "exact", "asymptotic"}, default "auto"
        The exact distribution over all signs, given the ranks with their ties; or the normal one
        with its variance corrected for ties. "auto" is exact up to 271 pairs.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": the shift exceeds `mu`; the interval then has a lower limit only.
    zeros : {"wilcoxon", "pratt"}, default "wilcoxon"
        Differences of `mu` are left out before ranking, or after it (Pratt). The estimate and
        the interval use all differences.
    correct : bool, default True
        Correct the asymptotic test for continuity.
    level : float, default 0.95
        Of the interval.
    data : frame or mapping of arrays, optional
        Where the scores are column names.

    Returns
    -------
    SignedRank
        When every difference is `mu`, the exact p-value is 1 and the asymptotic one NaN. With too
        few pairs for the level a limit is infinite.

    Raises
    ------
    InputError
        For a score that is missing or infinite, for columns of different lengths, for no row, for
        more than 736 pairs with "exact"; it names argument, row and value.

    Notes
    -----
    Wilcoxon 1945 (Biometrics Bulletin 1:80); Pratt 1959 (JASA 54:655); Hodges and Lehmann 1963
    (Ann Math Stat 34:598).

    Examples
    --------
    Depression scores of nine patients at two visits (Hollander and Wolfe 1973, page 29):

    >>> from immunoreset import response
    >>> first = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    >>> second = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    >>> print(response.signed_rank(first, second))
    9 differences: shift 0.46, 95% interval 0.01 to 0.786, two-sided exact p = 0.0391
    """
    if data is not None:
        x, y = columns(data, x=x, y=y)
    (
        statistic, pvalue, estimate, low, high, achieved, n, _, n_zeros, ties, is_exact,
    ) = _core.signed_rank(x, y, mu, alternative, method, zeros, correct, level)  # fmt: skip
    return SignedRank(
        n, n_zeros, ties, statistic, pvalue, estimate, low, high, achieved, mu,
        "exact" if is_exact else "asymptotic", alternative, zeros,
        not is_exact and bool(correct), level,
    )  # fmt: skip


def rank_sum(
    x: ArrayLike | str,
    y: ArrayLike | str | None = None,
    *,
    group: ArrayLike | str | None = None,
    mu: float = 0.0,
    method: Method = "auto",
    alternative: Alternative = "two-sided",
    correct: bool = True,
    level: float = 0.95,
    data: Any = None,
) -> RankSum:
    """Test whether scores of two groups of patients differ, and estimate by how much.

    Parameters
    ----------
    x, y : array_like of float, or str
        Scores of the two groups; or all scores as x, with `group`.
    group : array_like or str, optional
        In place of y: one label a score, two labels in all, the first of which in sorted order
        takes the place of x.
    mu : float, default 0
        The shift of the null hypothesis.
    method : {"auto", "exact", "asymptotic"}, default "auto"
        The exact distribution over all ways to divide the scores, given their ties; or the normal
        one with its variance corrected for ties. "auto" is exact up to 47 patients a group, and for
        larger groups against smaller ones.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": x exceeds y by more than `mu`; the interval then has a lower limit only. The
        exact two-sided p-value adds the values of the statistic at least as far from its mean.
    correct : bool, default True
        Correct the asymptotic test for continuity.
    level : float, default 0.95
        Of the interval.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    RankSum
        When all scores are tied, the exact p-value is 1 and the asymptotic one NaN. With too few
        patients for the level a limit is infinite.

    Raises
    ------
    InputError
        For a score that is missing or infinite, for an empty group, for labels that are not two,
        for more than 100 patients a group with "exact"; it names argument, row and value.

    Notes
    -----
    Mann and Whitney 1947 (Ann Math Stat 18:50); Hodges and Lehmann 1963 (Ann Math Stat 34:598).

    Examples
    --------
    Permeability of membranes at term and at 12 to 26 weeks (Hollander and Wolfe 1973, page 69):

    >>> from immunoreset import response
    >>> term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    >>> early = [1.15, 0.88, 0.90, 0.74, 1.21]
    >>> test = response.rank_sum(term, early, alternative="greater")
    >>> print(f"W = {test.statistic:g}, p = {test.pvalue:.4f}, P(X > Y) = {test.probability:g}")
    W = 35, p = 0.1272, P(X > Y) = 0.7
    """
    if data is not None:
        x, y, group = columns(data, x=x, y=y, group=group)
    if (y is None) == (group is None):
        raise InputError("y and group: give the second group's scores as y, or labels as group")
    groups: tuple[Any, Any] | None = None
    first: Any = x
    second: Any = y
    if group is not None:
        distinct, codes = labels(group)
        scores = np.asarray(x)
        if len(distinct) != 2:
            raise InputError(f"group has {len(distinct)} labels, {distinct[:5]}; give two groups")
        if scores.shape != codes.shape:
            raise InputError(
                f"group has {codes.size} rows and x has {scores.size}; give both from the same rows"
            )
        groups = (distinct[0], distinct[1])
        first, second = scores[codes == 0], scores[codes == 1]
    (
        statistic, pvalue, estimate, low, high, achieved, n_x, n_y, _, ties, is_exact,
    ) = _core.rank_sum(first, second, mu, alternative, method, correct, level)  # fmt: skip
    return RankSum(
        groups, n_x, n_y, ties, statistic, pvalue, statistic / (n_x * n_y), estimate, low, high,
        achieved, mu, "exact" if is_exact else "asymptotic", alternative,
        not is_exact and bool(correct), level,
    )  # fmt: skip
