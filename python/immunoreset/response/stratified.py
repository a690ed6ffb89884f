"""Two groups compared within strata. Formulas: docs/methods/response/stratified.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, number, percent_of, pvalue_words
from immunoreset.response.proportion import Alternative

Measure = Literal["difference", "ratio", "odds-ratio"]
Method = Literal[
    "mantel-haenszel", "miettinen-nurminen", "miettinen-nurminen-1985", "newcombe", "conditional"
]
TestMethod = Literal[
    "cochran-mantel-haenszel",
    "cochran-mantel-haenszel-cc",
    "conditional-minlike",
    "conditional-central",
]
HomogeneityMethod = Literal["breslow-day", "tarone"]


@dataclass(frozen=True, slots=True)
class Stratified(Result):
    """One contrast of two groups, common to all strata.

    Attributes
    ----------
    x1, n1, x2, n2 : ndarray
        Responders and patients of the two groups, one value a stratum.
    estimate, low, high : float
        The common difference, ratio or odds ratio, and its limits; the estimate is NaN when no
        stratum tells about it.
    measure, method, level
        What was estimated, and how.
    """

    x1: Any
    n1: Any
    x2: Any
    n2: Any
    estimate: float
    low: float
    high: float
    measure: str
    method: str
    level: float

    def _table(self) -> dict[str, Any]:
        return {name: np.array([getattr(self, name)]) for name in ("estimate", "low", "high")}

    def __str__(self) -> str:
        return (
            f"common {self.measure} over {len(self.x1)} strata {number(self.estimate)}, "
            f"{percent_of(self.level)} {self.method} interval {number(self.low)} to "
            f"{number(self.high)}"
        )


@dataclass(frozen=True, slots=True)
class StratifiedTest(Result):
    """A test of two groups over strata.

    Attributes
    ----------
    strata : int
        How many strata came in.
    statistic : float
        The chi-square on one degree of freedom, or the responders of group 1 for an exact test.
    pvalue : float
    method, alternative
        How it was computed.
    """

    strata: int
    statistic: float
    pvalue: float
    method: str
    alternative: str

    def _table(self) -> dict[str, Any]:
        return {name: np.array([getattr(self, name)]) for name in ("statistic", "pvalue")}

    def __str__(self) -> str:
        return (
            f"two groups over {self.strata} strata: {self.alternative} {self.method} "
            f"{pvalue_words(self.pvalue)}"
        )


@dataclass(frozen=True, slots=True)
class HomogeneityTest(Result):
    """A test whether all strata share one odds ratio.

    Attributes
    ----------
    strata, df : int
        How many strata came in, and one less than those that tell about the odds ratio.
    statistic, pvalue : float
        NaN when fewer than two strata tell about it.
    method : str
    """

    strata: int
    df: int
    statistic: float
    pvalue: float
    method: str

    def _table(self) -> dict[str, Any]:
        return {name: np.array([getattr(self, name)]) for name in ("statistic", "df", "pvalue")}

    def __str__(self) -> str:
        return (
            f"one odds ratio in {self.strata} strata: {self.method} chi-square "
            f"{number(self.statistic)} on {self.df} df, {pvalue_words(self.pvalue)}"
        )


@dataclass(frozen=True, slots=True)
class StratifiedProportion(Result):
    """One response rate over strata.

    Attributes
    ----------
    events, n, weights : ndarray
        Responders, patients and the weight of each stratum.
    estimate, low, high : float
        The weighted rate (NaN without patients) and its limits.
    level : float
    """

    events: Any
    n: Any
    weights: Any
    estimate: float
    low: float
    high: float
    level: float

    def _table(self) -> dict[str, Any]:
        return {name: np.array([getattr(self, name)]) for name in ("estimate", "low", "high")}

    def __str__(self) -> str:
        return (
            f"{100 * self.estimate:.1f}% over {len(self.n)} strata, {percent_of(self.level)} "
            f"stratified wilson interval {100 * self.low:.1f}% to {100 * self.high:.1f}%"
        )


def stratified(
    x1: ArrayLike | str,
    n1: ArrayLike | str,
    x2: ArrayLike | str,
    n2: ArrayLike | str,
    *,
    measure: Measure = "difference",
    method: Method = "mantel-haenszel",
    level: float = 0.95,
    data: Any = None,
) -> Stratified:
    """Estimate a difference, ratio or odds ratio that strata have in common.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like of int, or str
        Responders and patients of group 1 and of group 2, one value a stratum.
    measure : {"difference", "ratio", "odds-ratio"}, default "difference"
        Group 1 less group 2, or group 1 over group 2.
    method : str, default "mantel-haenszel"
        "mantel-haenszel" for every measure; "miettinen-nurminen" (score, weights of Mantel and
        Haenszel) and "miettinen-nurminen-1985" (the paper's own weights) for a difference or a
        ratio, "newcombe" for a difference, which keep a width where nobody or everybody responds;
        "conditional" (exact) for an odds ratio.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    data : frame or mapping of arrays, optional
        Where the counts are column names.

    Returns
    -------
    Stratified

    Raises
    ------
    InputError
        For a count that is negative, missing or no whole number, for more responders than
        patients, for no stratum at all, for a method that the measure does not have; it names
        argument, row and value.

    Notes
    -----
    Mantel and Haenszel 1959; variances of Sato 1989 (difference), Greenland and Robins 1985
    (ratio), Robins, Breslow and Greenland 1986 (odds ratio); Miettinen and Nurminen 1985 (Stat Med
    4:213), with its weights or those of Mantel and Haenszel; Newcombe 1998 over strata (Yan and Su
    2010).

    Examples
    --------
    >>> from immunoreset import response
    >>> print(response.stratified([8, 5], [8, 7], [3, 4], [9, 8]))
    common difference over 2 strata 0.4547, 95% mantel-haenszel interval 0.1545 to 0.755
    """
    a, of_a, b, of_b = _counts(data, x1=x1, n1=n1, x2=x2, n2=n2)
    estimate, low, high = _core.stratified(a, of_a, b, of_b, measure, method, level)
    a, of_a, b, of_b = map(_kept, (a, of_a, b, of_b))
    return Stratified(a, of_a, b, of_b, estimate, low, high, measure, method, level)


def stratified_test(
    x1: ArrayLike | str,
    n1: ArrayLike | str,
    x2: ArrayLike | str,
    n2: ArrayLike | str,
    *,
    method: TestMethod = "cochran-mantel-haenszel",
    alternative: Alternative = "two-sided",
    data: Any = None,
) -> StratifiedTest:
    """Test whether two groups respond alike within strata.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like of int, or str
        Responders and patients of group 1 and of group 2, one value a stratum.
    method : str, default "cochran-mantel-haenszel"
        "cochran-mantel-haenszel" (SAS), the same with continuity correction
        "cochran-mantel-haenszel-cc" (default of R), or exact given the margins:
        "conditional-minlike" (R) adds the sums no likelier than the one seen,
        "conditional-central" doubles the smaller tail and belongs to the interval "conditional".
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": group 1 responds more often.
    data : frame or mapping of arrays, optional
        Where the counts are column names.

    Returns
    -------
    StratifiedTest
        When the margins leave one table only, the chi-square and its p-value are NaN, and the
        exact p-value is 1.

    Raises
    ------
    InputError
        As `stratified`, and beyond 4000 possible sums for an exact test.

    Notes
    -----
    Cochran 1954; Mantel and Haenszel 1959; Birch 1964 for the exact test.

    Examples
    --------
    >>> from immunoreset import response
    >>> print(response.stratified_test([8, 5], [8, 7], [3, 4], [9, 8]))
    two groups over 2 strata: two-sided cochran-mantel-haenszel p = 0.0102
    """
    a, of_a, b, of_b = _counts(data, x1=x1, n1=n1, x2=x2, n2=n2)
    statistic, pvalue = _core.stratified_test(a, of_a, b, of_b, method, alternative)
    return StratifiedTest(len(a), statistic, pvalue, method, alternative)


def homogeneity_test(
    x1: ArrayLike | str,
    n1: ArrayLike | str,
    x2: ArrayLike | str,
    n2: ArrayLike | str,
    *,
    method: HomogeneityMethod = "tarone",
    data: Any = None,
) -> HomogeneityTest:
    """Test whether strata share one odds ratio.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like of int, or str
        Responders and patients of group 1 and of group 2, one value a stratum.
    method : {"tarone", "breslow-day"}, default "tarone"
        Tarone's correction makes up for the odds ratio of Mantel and Haenszel, which does not
        maximise the likelihood.
    data : frame or mapping of arrays, optional
        Where the counts are column names.

    Returns
    -------
    HomogeneityTest

    Raises
    ------
    InputError
        As `stratified`.

    Notes
    -----
    Breslow and Day 1980; Tarone 1985. With few patients a stratum both have little power.

    Examples
    --------
    >>> from immunoreset import response
    >>> print(response.homogeneity_test([8, 5], [12, 7], [3, 4], [9, 8]))
    one odds ratio in 2 strata: tarone chi-square 0.1066 on 1 df, p = 0.7441
    """
    a, of_a, b, of_b = _counts(data, x1=x1, n1=n1, x2=x2, n2=n2)
    statistic, df, pvalue = _core.homogeneity_test(a, of_a, b, of_b, method)
    return HomogeneityTest(len(a), df, statistic, pvalue, method)


def stratified_proportion(
    events: ArrayLike | str,
    n: ArrayLike | str,
    *,
    level: float = 0.95,
    data: Any = None,
) -> StratifiedProportion:
    """Estimate a response rate over strata, with stratified Wilson limits.

    Parameters
    ----------
    events, n : array_like of int, or str
        Responders and patients, one value a stratum.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    data : frame or mapping of arrays, optional
        Where `events` and `n` are column names.

    Returns
    -------
    StratifiedProportion
        A stratum without patients has the weight 0.

    Raises
    ------
    InputError
        As `stratified`.

    Notes
    -----
    Yan and Su 2010 (Stat Biopharm Res 2:329): the weights make the sum of squared weighted widths
    smallest.

    Examples
    --------
    >>> from immunoreset import response
    >>> print(response.stratified_proportion([8, 3, 4], [8, 3, 5]))
    96.3% over 3 strata, 95% stratified wilson interval 57.2% to 99.3%
    """
    x, of = _counts(data, events=events, n=n)
    estimate, low, high, weights = _core.stratified_proportion(x, of, level)
    return StratifiedProportion(_kept(x), _kept(of), weights, estimate, low, high, level)


def _counts(data: Any, **counts: Any) -> list[Any]:
    """Return the columns; one number is a single stratum."""
    values = columns(data, **counts) if data is not None else list(counts.values())
    return [[value] if isinstance(value, int) else value for value in values]


def _kept(value: Any) -> Any:
    """Return counts as the result keeps them: a read-only array of int."""
    array = np.array(value, np.int64)
    array.setflags(write=False)
    return array
