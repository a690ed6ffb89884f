"""Counts and titres with limits. Formulas: docs/methods/recovery/detection_limit.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Grouped, Result, number, percent_of, pvalue_words

Method = Literal["maximum-likelihood", "kaplan-meier", "order-statistics"]
Distribution = Literal["lognormal", "gamma", "normal"]
Test = Literal["peto-prentice", "gehan", "peto-peto", "likelihood-ratio"]


@dataclass(frozen=True, slots=True)
class LimitedEstimate(Result):
    """An estimate of which perhaps no more is known than that it lies below a limit.

    Attributes
    ----------
    left, right : float
        It lies between them: one number where they are equal. "Below 5" is from 0 (log-titres:
        ``-inf``) to 5, "above 500" from 500 to ``inf``.
    low, high : float
        Its confidence limits; NaN where the method has none, 0 (``-inf``) and ``inf`` where the
        data leave a side open.
    level : float
        Of the limits.
    """

    left: float
    right: float
    low: float
    high: float
    level: float

    @property
    def estimate(self) -> float:
        """Return the estimate, NaN where it is only known to lie between `left` and `right`."""
        return self.left if self.left == self.right else np.nan

    def _table(self) -> dict[str, Any]:
        return {name: [getattr(self, name)] for name in ("left", "right", "low", "high")}

    def __str__(self) -> str:
        if self.left == self.right:
            words = number(self.left)
        elif self.left == 0 or np.isinf(self.left):
            words = f"<{number(self.right)}"
        elif np.isinf(self.right):
            words = f">{number(self.left)}"
        else:
            words = f"{number(self.left)} to {number(self.right)}"
        if np.isnan(self.low):
            return words
        return f"{words} ({percent_of(self.level)} {number(self.low)} to {number(self.high)})"


@dataclass(frozen=True, slots=True)
class DetectionLimit(Result):
    """One sample of values, some of them known only to lie below (or above) a limit.

    A row of its table is a quantile asked for.

    Attributes
    ----------
    n, detected, below, above : int
        Values; those that were measured, that lie below their limit, and above it.
    mean, sd, median : LimitedEstimate
        Of the values themselves, whatever the distribution.
    p : tuple of float
        The shares asked for.
    quantiles : tuple of LimitedEstimate
        One for each of `p`.
    parameters : dict
        Of the distribution: mean_log and sd_log (normal: mean and sd; the line's intercept and
        slope for "order-statistics"), or shape and scale; empty for "kaplan-meier".
    value, at_or_below, detected_at, censored_at : ndarray
        The curve, from the largest value down: each distinct value or limit, how many lie at it or
        below, how many were measured there and how many lie below that limit. Empty where an upper
        limit lies below another value. If `above` is not 0, the first row is that of the values
        above the least upper limit.
    share_below, share_low, share_high : ndarray
        The Kaplan-Meier estimate of the share of values below `value`, with beta product limits.
    loglik, score_norm : float
        The log-likelihood, and the certificate of its maximum: the length of the score in units of
        its standard error. NaN without likelihood.
    iterations : int
        Steps of the fit.
    method, distribution, level
        How it was done.
    """

    n: int
    detected: int
    below: int
    above: int
    mean: LimitedEstimate
    sd: LimitedEstimate
    median: LimitedEstimate
    p: tuple[float, ...]
    quantiles: tuple[LimitedEstimate, ...]
    parameters: dict[str, float]
    value: NDArray[np.float64]
    at_or_below: NDArray[np.int64]
    detected_at: NDArray[np.int64]
    censored_at: NDArray[np.int64]
    share_below: NDArray[np.float64]
    share_low: NDArray[np.float64]
    share_high: NDArray[np.float64]
    loglik: float
    score_norm: float
    iterations: int
    method: str
    distribution: str
    level: float

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"p": list(self.p)}
        for name in ("left", "right", "low", "high"):
            table[name] = [getattr(quantile, name) for quantile in self.quantiles]
        return table

    def __str__(self) -> str:
        kinds = f"{self.below} below" + (f" and {self.above} above" if self.above else "")
        how = self.method.replace("-", " ")
        if self.method != "kaplan-meier":
            how += f", {self.distribution}"
        return f"{self.n} values, {kinds} their limit: median {self.median}; {how}"

    def plot(self, ax: Any = None) -> Any:
        """Draw the shares below each value, with the fitted distribution; return the axes."""
        return _draw({"": self}, ax=ax)


@overload
def detection_limit(
    value: ArrayLike | str,
    below: ArrayLike | str | None = None,
    *,
    above: ArrayLike | str | None = None,
    method: Method = "maximum-likelihood",
    distribution: Distribution = "lognormal",
    p: Sequence[float] = (0.25, 0.5, 0.75),
    level: float = 0.95,
    group: None = None,
    data: Any = None,
) -> DetectionLimit: ...


@overload
def detection_limit(
    value: ArrayLike | str,
    below: ArrayLike | str | None = None,
    *,
    above: ArrayLike | str | None = None,
    method: Method = "maximum-likelihood",
    distribution: Distribution = "lognormal",
    p: Sequence[float] = (0.25, 0.5, 0.75),
    level: float = 0.95,
    group: ArrayLike | str,
    data: Any = None,
) -> Grouped[DetectionLimit]: ...


def detection_limit(
    value: ArrayLike | str,
    below: ArrayLike | str | None = None,
    *,
    above: ArrayLike | str | None = None,
    method: Method = "maximum-likelihood",
    distribution: Distribution = "lognormal",
    p: Sequence[float] = (0.25, 0.5, 0.75),
    level: float = 0.95,
    group: ArrayLike | str | None = None,
    data: Any = None,
) -> DetectionLimit | Grouped[DetectionLimit]:
    """Summarise counts or titres of which some are known only to lie below a limit.

    Parameters
    ----------
    value : array_like of float, or str
        What was measured, or the limit of that very sample; limits may differ.
    below : array_like of bool, or str, optional
        True where the value lies below the limit given (below, not at it).
    above : array_like of bool, or str, optional
        True where the value lies above the limit given.
    method : str, default "maximum-likelihood"
        "maximum-likelihood": profile likelihood limits. "kaplan-meier": no distribution; what the
        limits hide is said as "<5". "order-statistics": values below a limit are put on the line
        of the detected ones (robust ROS); no limits.
    distribution : {"lognormal", "gamma", "normal"}, default "lognormal"
        Of the values; "normal" for log-titres, which may be negative. It matters to "kaplan-meier"
        for the smallest value there is: 0, or with "normal" none.
    p : sequence of float, default (0.25, 0.5, 0.75)
        Quantiles to estimate; the median is always there.
    level : float, default 0.95
        Of the limits.
    group : array_like, or str, optional
        A label a value (CD19 or BCMA, say); each group is summarised alone.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    DetectionLimit or Grouped of DetectionLimit
        With `group`, a mapping from label to summary.

    Raises
    ------
    InputError
        For a value that is missing, infinite or, unless "normal", not positive; for a row marked
        below and above; where nothing was detected or the values have no spread ("kaplan-meier"
        answers then too); for "order-statistics" with fewer than three detected values.
    ConvergenceError
        When the certificate is not reached.

    Notes
    -----
    Helsel 2012 (Statistics for Censored Environmental Data, 2nd edition); Helsel and Cohn 1988
    (Water Resour Res 24:1997). Half the limit is never put in the place of a value.

    Examples
    --------
    B cells per uL four weeks after infusion: three of six below the limit of their sample

    >>> from immunoreset import recovery
    >>> cells, below = [1, 5, 5, 7, 3, 12], [True, True, True, False, False, False]
    >>> print(recovery.detection_limit(cells, below).median)
    2.544 (95% 0.09946 to 10.43)
    >>> print(recovery.detection_limit(cells, below, method="kaplan-meier"))
    6 values, 3 below their limit: median 3 (95% 0 to 12); kaplan meier
    """
    if data is not None:
        value, below, above, group = columns(
            data, value=value, below=below, above=above, group=group
        )
    names, codes = ([None], None) if group is None else labels(group)
    asked = tuple(float(share) for share in p)
    answers = _core.detection_limit(
        value, below, above, codes, len(names), method, distribution, level, (0.5, *asked)
    )
    results = [_result(answer, asked, method, distribution, level) for answer in answers]
    if group is None:
        return results[0]
    return Grouped(dict(zip(names, results, strict=True)), _draw)


def _result(
    answer: tuple[Any, ...], p: tuple[float, ...], method: str, distribution: str, level: float
) -> DetectionLimit:
    counts, mean, sd, quantiles, curve, _, parameters, loglik, score_norm, iterations = answer
    median, *others = (_estimate(row, level) for row in quantiles.tolist())
    names = {"lognormal": ("mean_log", "sd_log"), "gamma": ("shape", "scale")}
    fitted = zip(names.get(distribution, ("mean", "sd")), parameters, strict=True)
    return _core.frozen(
        DetectionLimit,
        (
            *counts, _estimate(mean, level), _estimate(sd, level), median, p, tuple(others),
            {} if method == "kaplan-meier" else dict(fitted), *curve, loglik, score_norm,
            iterations, method, distribution, level,
        ),
    )  # fmt: skip


def _estimate(ends: Sequence[float], level: float) -> LimitedEstimate:
    left, right, low, high = ends
    return LimitedEstimate(left, right, low, high, level)


def _draw(results: Mapping[Any, DetectionLimit], ax: Any = None) -> Any:
    from immunoreset.plots.detection_limit import detection_limit as draw

    return draw(results, ax=ax)


@dataclass(frozen=True, slots=True)
class DetectionLimitTest(Result):
    """A comparison of groups of values, some known only to lie below (or above) a limit.

    Attributes
    ----------
    statistic, df, pvalue : float, int, float
        Chi-squared on `df` degrees of freedom. Where nothing can be compared (no two groups differ
        in what their limits leave visible) `df` is 0 and `pvalue` 1. The p-value of method "exact"
        is that of the permutation distribution.
    z : float
        The signed root of the statistic of two groups: positive where the second (in the order of
        the labels) has the higher values; NaN otherwise and for "likelihood-ratio".
    effect, low, high : float
        "likelihood-ratio" of two groups: the median of the second over that of the first (normal:
        their difference) with profile limits; 0 or infinite, with one limit, where a group lies
        beyond its limits altogether. Otherwise NaN.
    loglik, loglik_null : float
        Of "likelihood-ratio": with and without a difference; otherwise NaN.
    groups : tuple
        The labels.
    n : int
        Values.
    test, method, distribution, level
        How it was done; `method` is "exact" or "asymptotic".
    """

    statistic: float
    df: int
    pvalue: float
    z: float
    effect: float
    low: float
    high: float
    loglik: float
    loglik_null: float
    groups: tuple[Any, ...]
    n: int
    test: str
    method: str
    distribution: str
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("statistic", "df", "pvalue", "z", "effect", "low", "high")
        return {name: [getattr(self, name)] for name in names}

    def __str__(self) -> str:
        words = (
            f"{self.test} test of {len(self.groups)} groups, {self.n} values: chi-squared "
            f"{number(self.statistic)} on {self.df} df, {self.method} {pvalue_words(self.pvalue)}"
        )
        if np.isnan(self.effect):
            return words
        kind = "ratio of medians" if self.distribution == "lognormal" else "difference of means"
        return (
            f"{words}; {kind} {number(self.effect)} ({percent_of(self.level)} "
            f"{number(self.low)} to {number(self.high)})"
        )


def detection_limit_test(
    value: ArrayLike | str,
    below: ArrayLike | str | None,
    group: ArrayLike | str,
    *,
    above: ArrayLike | str | None = None,
    test: Test = "peto-prentice",
    method: Literal["auto", "asymptotic", "exact"] = "auto",
    distribution: Literal["lognormal", "normal"] = "lognormal",
    level: float = 0.95,
    data: Any = None,
) -> DetectionLimitTest:
    """Test whether groups differ in counts or titres of which some lie below a limit.

    Parameters
    ----------
    value, below, above
        As in `detection_limit`; `below` may be None.
    group : array_like, or str
        A label a value, at least two different ones.
    test : str, default "peto-prentice"
        The generalised Wilcoxon test of the flipped values with the weights of Peto and Prentice;
        "gehan"; "peto-peto" (weights of the Kaplan-Meier curve, R's ``cendiff``); or
        "likelihood-ratio" of `distribution` with one spread.
    method : {"auto", "asymptotic", "exact"}, default "auto"
        "exact": all ways to deal the labels out, for two groups. "auto" is exact for two groups of
        at most 30 values in all, asymptotic for more and for "likelihood-ratio".
    distribution : {"lognormal", "normal"}, default "lognormal"
        Of "likelihood-ratio"; "normal" for log-titres, which may be negative.
    level : float, default 0.95
        Of the limits of the effect.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    DetectionLimitTest

    Raises
    ------
    InputError
        As `detection_limit`; for one group; for "exact" with three or more groups or too many
        values; for a rank test where an upper limit lies below another value or limit.

    Notes
    -----
    Gehan 1965, Peto and Peto 1972, Prentice 1978; Helsel 2012, chapters 9 and 10. The exact test
    takes limits to have nothing to do with the groups: a group measured with poorer limits is
    compared by "likelihood-ratio".

    Examples
    --------
    >>> from immunoreset import recovery
    >>> cells = [1, 1, 3, 4, 9, 12, 1, 2, 5, 7, 20, 31, 44, 1, 60, 75]
    >>> below = [True] + [False] * 5 + [True, True] + [False] * 5 + [True, False, False]
    >>> product = ["CD19"] * 6 + ["BCMA"] * 10
    >>> print(recovery.detection_limit_test(cells, below, product))
    peto-prentice test of 2 groups, 16 values: chi-squared 1.074 on 1 df, exact p = 0.3004
    """
    if data is not None:
        value, below, above, group = columns(
            data, value=value, below=below, above=above, group=group
        )
    names, codes = labels(group)
    chi_squared, z, effect, logliks, way = _core.detection_limit_test(
        value, below, above, codes, len(names), test, distribution, method, level
    )
    return _core.frozen(
        DetectionLimitTest,
        (
            *chi_squared, z, *effect, *logliks, tuple(names), len(codes), test, way, distribution,
            level,
        ),
    )  # fmt: skip
