"""Two independent groups compared. Formulas: docs/methods/response/contrast.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, counts_of, number, percent_of, pvalue_words
from immunoreset.response.proportion import Alternative

Measure = Literal["difference", "ratio", "odds-ratio"]
ContrastMethod = Literal[
    "miettinen-nurminen",
    "mee",
    "scas",
    "newcombe",
    "agresti-caffo",
    "wald",
    "chan-zhang",
    "koopman",
    "katz",
    "miettinen-nurminen-1985",
    "woolf",
    "conditional",
    "conditional-mid-p",
    "conditional-minlike",
    "conditional-blaker",
]


@dataclass(frozen=True, slots=True)
class Contrast(Result):
    """Comparisons of two response rates, with limits and the test against a margin.

    Attributes
    ----------
    x1, n1, x2, n2 : int or ndarray
        Responders and patients of the two groups.
    estimate, low, high : float or ndarray
        Difference, ratio or odds ratio of group 1 against group 2, and its limits.
    margin : float or ndarray
        The value of the contrast under the null hypothesis.
    statistic : float or ndarray
        z; for the conditional methods the number of responders in group 1.
    pvalue : float or ndarray
        1 where a group has no patient.
    measure, method, alternative, level
        How the numbers were computed.
    """

    x1: Any
    n1: Any
    x2: Any
    n2: Any
    estimate: Any
    low: Any
    high: Any
    margin: Any
    statistic: Any
    pvalue: Any
    measure: str
    method: str
    alternative: str
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("estimate", "low", "high", "margin", "statistic", "pvalue")
        return self._broadcast("estimate", ("x1", "n1", "x2", "n2", *names))

    def __str__(self) -> str:
        if np.ndim(self.estimate):
            return (
                f"{np.size(self.estimate)} contrasts ({self.measure}), "
                f"{percent_of(self.level)} {self.method}"
            )
        name = self.measure.replace("-", " ")
        show = _percent if self.measure == "difference" else number
        return (
            f"{self.x1}/{self.n1} against {self.x2}/{self.n2}: {name} {show(self.estimate)}, "
            f"{percent_of(self.level)} {self.method} interval {show(self.low)} to "
            f"{show(self.high)}, {self.alternative} {pvalue_words(self.pvalue)} "
            f"against {number(self.margin)}"
        )


def _percent(rate: float) -> str:
    return "NA" if np.isnan(rate) else f"{100 * rate:.1f}%"


def contrast(
    x1: ArrayLike | str,
    n1: ArrayLike | str,
    x2: ArrayLike | str,
    n2: ArrayLike | str,
    *,
    measure: Measure = "difference",
    method: ContrastMethod = "miettinen-nurminen",
    level: float = 0.95,
    alternative: Alternative = "two-sided",
    margin: ArrayLike | str | None = None,
    data: Any = None,
) -> Contrast:
    """Compare the response rates of two independent groups.

    Parameters
    ----------
    x1, n1 : int or array_like of int, or str
        Responders and patients of group 1; all arrays broadcast.
    x2, n2 : int or array_like of int, or str
        Responders and patients of group 2, to which group 1 is compared.
    measure : {"difference", "ratio", "odds-ratio"}, default "difference"
        ``p1 - p2``, ``p1 / p2`` or the odds ratio.
    method : str, default "miettinen-nurminen"
        For all measures "miettinen-nurminen" (score) and "scas" (score, corrected for skewness).
        For a difference "mee" (the score method of Farrington and Manning), "newcombe" (hybrid
        score), "chan-zhang" (exact, holds its level), "agresti-caffo", "wald". For a ratio
        "koopman" (score), "katz" (logarithm). For an odds ratio "conditional" (exact, central),
        "conditional-mid-p", "conditional-minlike" and "conditional-blaker" (exact; they belong to
        the tests of the same rule), "miettinen-nurminen-1985" (without correction of the bias, as
        SAS prints it), "woolf" (logarithm).
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        Of the test, and of the interval: "greater" asks whether the contrast exceeds the margin and
        gives a lower limit only; not for "conditional-minlike" and "conditional-blaker".
    margin : float or array_like of float, or str, optional
        The contrast under the null hypothesis; by default 0 for a difference and 1 for a ratio.
        Non-inferiority by 10 percentage points, a higher rate being better, is
        ``margin=-0.1, alternative="greater"``; superiority is the default margin.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    Contrast
        Floats for a single comparison, read-only arrays otherwise. A group without patients leaves
        the estimate undefined (NaN) and the interval of all values.

    Raises
    ------
    InputError
        For a count that is negative, missing or no whole number, for more responders than
        patients, a level or margin outside its range, a method that the measure does not have; it
        names argument, row and value.

    Notes
    -----
    The p-value belongs to the interval: it is below ``1 - level`` just when the interval leaves out
    the margin. (What "chan-zhang", "conditional-minlike" and "conditional-blaker" accept can have
    holes; theirs is the smallest interval round it.) Miettinen and Nurminen 1985 (Stat Med 4:213);
    Newcombe 1998 (Stat Med 17:873); Laud 2017 (Pharm Stat 16:334) for "scas"; Chan and Zhang 1999
    (Biometrics 55:1202).

    Examples
    --------
    >>> from immunoreset import response
    >>> print(response.contrast(10, 14, 3, 12))
    10/14 against 3/12: difference 46.4%, 95% miettinen-nurminen interval 7.2% to 73.1%, \
two-sided p = 0.0206 against 0
    >>> r = response.contrast([9, 10], 10, [3, 0], 10, method="newcombe")
    >>> r.low.round(4)
    array([0.1705, 0.6075])
    """
    if data is not None:
        x1, n1, x2, n2, margin = columns(data, x1=x1, n1=n1, x2=x2, n2=n2, margin=margin)
    if margin is None:
        margin = 0.0 if measure == "difference" else 1.0
    estimate, low, high, statistic, pvalue = _core.contrast(
        x1, n1, x2, n2, margin, measure, method, alternative, level
    )
    against = float(margin) if isinstance(margin, (int, float)) else np.asarray(margin)
    return Contrast(
        counts_of(x1), counts_of(n1), counts_of(x2), counts_of(n2), estimate, low, high, against,
        statistic, pvalue, measure, method, alternative, level,
    )  # fmt: skip
