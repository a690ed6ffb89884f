"""One response rate: estimate, interval and test. Formulas: docs/methods/response/proportion.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, counts_of, number, percent_of, pvalue_words, rounded_percent

Alternative = Literal["two-sided", "greater", "less"]
IntervalMethod = Literal[
    "clopper-pearson",
    "mid-p",
    "blaker",
    "minlike",
    "wilson",
    "wilson-cc",
    "agresti-coull",
    "jeffreys",
    "likelihood",
    "logit",
    "arcsine",
    "wald",
]
TestMethod = Literal["minlike", "central", "blaker", "mid-p", "score"]


@dataclass(frozen=True, slots=True)
class Proportion(Result):
    """Response rates with their limits.

    Attributes
    ----------
    events, n : int or ndarray
        Responders and patients.
    estimate, low, high : float or ndarray
        The rate (NaN where n is 0) and its limits, as proportions.
    method, alternative, level
        How the limits were computed.
    """

    events: Any
    n: Any
    estimate: Any
    low: Any
    high: Any
    method: str
    alternative: str
    level: float

    def _table(self) -> dict[str, Any]:
        return self._broadcast("estimate", ("events", "n", "estimate", "low", "high"))

    def __str__(self) -> str:
        if np.ndim(self.estimate):
            return f"{np.size(self.estimate)} rates, {percent_of(self.level)} {self.method}"
        rate = "no patient" if self.n == 0 else f"{rounded_percent((self.events, self.n), 1)}%"
        low, high = (rounded_percent(p.as_integer_ratio(), 1) for p in (self.low, self.high))
        return (
            f"{self.events}/{self.n} ({rate}), {percent_of(self.level)} {self.method} interval "
            f"{low}% to {high}%"
        )


@dataclass(frozen=True, slots=True)
class ProportionTest(Result):
    """Tests of response rates against fixed rates.

    Attributes
    ----------
    events, n : int or ndarray
        Responders and patients.
    null : float or ndarray
        The rate under the null hypothesis.
    statistic : float or ndarray
        The number of responders, or z for ``method="score"``.
    pvalue : float or ndarray
        1 where n is 0.
    method, alternative
        How the p-value was computed.
    """

    events: Any
    n: Any
    null: Any
    statistic: Any
    pvalue: Any
    method: str
    alternative: str

    def _table(self) -> dict[str, Any]:
        return self._broadcast("pvalue", ("events", "n", "null", "statistic", "pvalue"))

    def __str__(self) -> str:
        if np.ndim(self.pvalue):
            return f"{np.size(self.pvalue)} tests of a rate, {self.alternative} {self.method}"
        return (
            f"{self.events}/{self.n} against {number(self.null)}: "
            f"{self.alternative} {self.method} {pvalue_words(self.pvalue)}"
        )


def proportion(
    events: ArrayLike | str,
    n: ArrayLike | str,
    *,
    method: IntervalMethod = "clopper-pearson",
    level: float = 0.95,
    alternative: Alternative = "two-sided",
    data: Any = None,
) -> Proportion:
    """Estimate a response rate and its confidence limits.

    Parameters
    ----------
    events : int or array_like of int, or str
        Responders; arrays broadcast against `n`.
    n : int or array_like of int, or str
        Patients. 0 leaves the estimate undefined (NaN) and the interval (0, 1).
    method : str, default "clopper-pearson"
        "clopper-pearson" (exact, holds its level), "mid-p", "blaker" and "minlike" (exact, shorter;
        they invert the tests of the same name), "wilson", "wilson-cc", "agresti-coull", "jeffreys",
        "likelihood", "logit", "arcsine", "wald".
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater" gives a lower limit only (the upper is 1), "less" an upper limit only; not for
        "blaker" and "minlike", which have no one-sided form.
    data : frame or mapping of arrays, optional
        Where `events` and `n` are column names.

    Returns
    -------
    Proportion
        Floats for a single rate, read-only arrays otherwise.

    Raises
    ------
    InputError
        For a count that is negative, missing or no whole number, for more events than patients,
        for a level outside (0, 1); it names argument, row and value.

    Notes
    -----
    Clopper and Pearson 1934; Blaker 2000 (Can J Stat 28:783); Sterne 1954 ("minlike"); Wilson 1927;
    Newcombe 1998 (Stat Med 17:857) for "wilson-cc" and "mid-p"; Agresti and Coull 1998; Brown, Cai
    and DasGupta 2001 for "jeffreys" (0 at no events, 1 at all).

    Examples
    --------
    All eight lupus patients of Mueller and others (2024) reached DORIS remission:

    >>> from immunoreset import response
    >>> print(response.proportion(8, 8))
    8/8 (100.0%), 95% clopper-pearson interval 63.1% to 100.0%
    >>> r = response.proportion([8, 3, 4], [8, 3, 4], method="mid-p")
    >>> r.low.round(3)
    array([0.688, 0.368, 0.473])
    """
    if data is not None:
        events, n = columns(data, events=events, n=n)
    estimate, low, high = _core.proportion_interval(events, n, method, alternative, level)
    return Proportion(
        counts_of(events), counts_of(n), estimate, low, high, method, alternative, level
    )


def proportion_test(
    events: ArrayLike | str,
    n: ArrayLike | str,
    null: ArrayLike,
    *,
    method: TestMethod = "minlike",
    alternative: Alternative = "two-sided",
    data: Any = None,
) -> ProportionTest:
    """Test a response rate against a fixed rate.

    Parameters
    ----------
    events, n : int or array_like of int, or str
        Responders and patients; arrays broadcast.
    null : float or array_like of float
        The rate under the null hypothesis, from 0 to 1.
    method : {"minlike", "central", "blaker", "mid-p", "score"}, default "minlike"
        How a two-sided p-value counts the other tail: "minlike" adds the counts that are no
        likelier than the observed one (R, scipy), "central" doubles the smaller tail (SAS),
        "blaker" adds the largest other tail that is no larger. "mid-p" doubles the smaller tail
        with half the observed probability; "score" is the normal test without correction.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        One-sided, the three exact methods agree.
    data : frame or mapping of arrays, optional
        Where `events` and `n` are column names.

    Returns
    -------
    ProportionTest

    Raises
    ------
    InputError
        As `proportion`, and for a null rate outside 0 to 1.

    Notes
    -----
    The interval that inverts each test: "minlike", "clopper-pearson" for "central", "blaker",
    "mid-p", "wilson" for "score". Fay 2010 (Biostatistics 11:373) on why they belong together.

    Examples
    --------
    >>> from immunoreset import response
    >>> print(response.proportion_test(8, 8, 0.5))
    8/8 against 0.5: two-sided minlike p = 0.0078
    """
    if data is not None:
        events, n, null = columns(data, events=events, n=n, null=null)
    statistic, pvalue = _core.proportion_test(events, n, null, method, alternative)
    rate = float(null) if isinstance(null, (int, float)) else np.asarray(null)
    return ProportionTest(
        counts_of(events), counts_of(n), rate, statistic, pvalue, method, alternative
    )
