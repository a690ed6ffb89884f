"""Two responses of the same patients. Formulas: docs/methods/response/paired.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, counts_of, number, percent_of, pvalue_words
from immunoreset.response.proportion import Alternative

Measure = Literal["difference", "odds-ratio"]
Method = Literal["tango", "newcombe", "wald", "conditional", "conditional-mid-p"]
TestMethod = Literal["exact", "mid-p", "mcnemar", "mcnemar-cc"]

COUNTS = ("both", "first", "second", "neither")


@dataclass(frozen=True, slots=True)
class Paired(Result):
    """Contrasts of two responses of the same patients, with their limits.

    Attributes
    ----------
    both, first, second, neither : int or ndarray
        Patients who responded both times, the first time only, the second time only, never.
    estimate, low, high : float or ndarray
        The first rate less the second, or `first` over `second`, and its limits; NaN where no
        patient tells about it.
    measure, method, level
        What was estimated, and how.
    """

    both: Any
    first: Any
    second: Any
    neither: Any
    estimate: Any
    low: Any
    high: Any
    measure: str
    method: str
    level: float

    def _table(self) -> dict[str, Any]:
        return self._broadcast("estimate", (*COUNTS, "estimate", "low", "high"))

    def __str__(self) -> str:
        if np.ndim(self.estimate):
            return f"{np.size(self.estimate)} paired contrasts, {self.measure}, {self.method}"
        return (
            f"paired {self.measure} {number(self.estimate)}, {percent_of(self.level)} "
            f"{self.method} interval {number(self.low)} to {number(self.high)}"
        )


@dataclass(frozen=True, slots=True)
class PairedTest(Result):
    """Tests of two responses of the same patients.

    Attributes
    ----------
    both, first, second, neither : int or ndarray
        Patients who responded both times, the first time only, the second time only, never.
    statistic : float or ndarray
        The chi-square on one degree of freedom, or `first` for an exact test.
    pvalue : float or ndarray
    method, alternative
        How it was computed.
    """

    both: Any
    first: Any
    second: Any
    neither: Any
    statistic: Any
    pvalue: Any
    method: str
    alternative: str

    def _table(self) -> dict[str, Any]:
        return self._broadcast("pvalue", (*COUNTS, "statistic", "pvalue"))

    def __str__(self) -> str:
        if np.ndim(self.pvalue):
            return f"{np.size(self.pvalue)} paired tests, {self.alternative} {self.method}"
        return (
            f"{self.first} changed one way and {self.second} the other: {self.alternative} "
            f"{self.method} {pvalue_words(self.pvalue)}"
        )


def paired(
    both: ArrayLike | str,
    first: ArrayLike | str,
    second: ArrayLike | str,
    neither: ArrayLike | str,
    *,
    measure: Measure = "difference",
    method: Method | None = None,
    level: float = 0.95,
    data: Any = None,
) -> Paired:
    """Estimate how two responses of the same patients differ.

    Parameters
    ----------
    both, first, second, neither : int or array_like of int, or str
        Patients who responded both times, the first time only, the second time only, and never;
        arrays broadcast.
    measure : {"difference", "odds-ratio"}, default "difference"
        The first rate less the second, or the odds of a change in the one direction rather than
        the other.
    method : str, optional
        For a difference "tango" (default: score limits), "newcombe" (hybrid score) or "wald"; for
        an odds ratio "conditional" (default: exact) or "conditional-mid-p".
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    data : frame or mapping of arrays, optional
        Where the counts are column names.

    Returns
    -------
    Paired
        Floats for a single table, read-only arrays otherwise.

    Raises
    ------
    InputError
        For a count that is negative, missing or no whole number, for a method that the measure does
        not have, for a level outside (0, 1); it names argument, row and value.

    Notes
    -----
    Tango 1998 (Stat Med 17:891); Newcombe 1998 (Stat Med 17:2635), method 10.

    Examples
    --------
    Of 21 children, 8 had responsive airways before or after transplantation, but not both times
    (Fagerland and others 2013):

    >>> from immunoreset import response
    >>> print(response.paired(1, 1, 7, 12))
    paired difference -0.2857, 95% tango interval -0.5172 to -0.026
    >>> print(response.paired(1, 1, 7, 12, measure="odds-ratio"))
    paired odds-ratio 0.1429, 95% conditional interval 0.00317 to 1.112
    """
    if method is None:
        method = "conditional" if measure == "odds-ratio" else "tango"
    if data is not None:
        both, first, second, neither = columns(
            data, both=both, first=first, second=second, neither=neither
        )
    estimate, low, high = _core.paired(both, first, second, neither, measure, method, level)
    a, b, c, d = map(counts_of, (both, first, second, neither))
    return Paired(a, b, c, d, estimate, low, high, measure, method, level)


def paired_test(
    both: ArrayLike | str,
    first: ArrayLike | str,
    second: ArrayLike | str,
    neither: ArrayLike | str,
    *,
    method: TestMethod = "exact",
    alternative: Alternative = "two-sided",
    data: Any = None,
) -> PairedTest:
    """Test whether two responses of the same patients have the same rate (McNemar).

    Parameters
    ----------
    both, first, second, neither : int or array_like of int, or str
        Patients who responded both times, the first time only, the second time only, and never;
        arrays broadcast.
    method : {"exact", "mid-p", "mcnemar", "mcnemar-cc"}, default "exact"
        "exact" and "mid-p" use the binomial distribution of `first` among those who changed;
        "mcnemar" the chi-square, "mcnemar-cc" with continuity correction (default of R).
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": the first rate is the greater one.
    data : frame or mapping of arrays, optional
        Where the counts are column names.

    Returns
    -------
    PairedTest
        Where nobody changed, the chi-square and its p-value are NaN and the exact p-value is 1.

    Raises
    ------
    InputError
        As `paired`.

    Notes
    -----
    Fagerland, Lydersen and Laake 2013 (BMC Med Res Methodol 13:91) recommend "mid-p".

    Examples
    --------
    >>> from immunoreset import response
    >>> print(response.paired_test(1, 1, 7, 12, method="mid-p"))
    1 changed one way and 7 the other: two-sided mid-p p = 0.0391
    """
    if data is not None:
        both, first, second, neither = columns(
            data, both=both, first=first, second=second, neither=neither
        )
    statistic, pvalue = _core.paired_test(both, first, second, neither, method, alternative)
    a, b, c, d = map(counts_of, (both, first, second, neither))
    return PairedTest(a, b, c, d, statistic, pvalue, method, alternative)
