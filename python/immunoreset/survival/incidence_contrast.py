"""Two rates per person-time compared. Formulas: docs/methods/survival/incidence.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, counts_of, number, percent_of, pvalue_words
from immunoreset.response.proportion import Alternative
from immunoreset.survival.incidence import _exposure_of

IncidenceMeasure = Literal["ratio", "difference"]
IncidenceMethod = Literal[
    "conditional", "conditional-mid-p", "conditional-minlike", "conditional-blaker", "score"
]


@dataclass(frozen=True, slots=True)
class IncidenceContrast(Result):
    """Comparisons of two rates, with limits and the test against a margin.

    Attributes
    ----------
    x1, x2 : int or ndarray
        Events of the two groups.
    t1, t2 : float or ndarray
        Their exposure.
    estimate, low, high : float or ndarray
        Ratio or difference of the rate of group 1 against that of group 2, and its limits. The
        ratio is infinite where group 2 alone has no event, NaN where neither has one.
    margin : float or ndarray
        The value of the contrast under the null hypothesis.
    statistic : float or ndarray
        z for the score method, otherwise the events of group 1.
    pvalue : float or ndarray
        1 where there is no event, or a group has no exposure.
    per : float
        The person-time in whose units a difference is given.
    measure, method, alternative, level
        How the numbers were computed.
    """

    x1: Any
    t1: Any
    x2: Any
    t2: Any
    estimate: Any
    low: Any
    high: Any
    margin: Any
    statistic: Any
    pvalue: Any
    per: float
    measure: str
    method: str
    alternative: str
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("estimate", "low", "high", "margin", "statistic", "pvalue")
        return self._broadcast("estimate", ("x1", "t1", "x2", "t2", *names))

    def __str__(self) -> str:
        if np.ndim(self.estimate):
            return (
                f"{np.size(self.estimate)} contrasts of rates ({self.measure}), "
                f"{percent_of(self.level)} {self.method}"
            )
        unit = "" if self.measure == "ratio" else f" per {number(self.per, 15)}"
        return (
            f"{self.x1} events in {number(self.t1)} against {self.x2} in {number(self.t2)}: "
            f"{self.measure} {number(self.estimate, 3)}{unit}, {percent_of(self.level)} "
            f"{self.method} interval {number(self.low, 3)} to {number(self.high, 3)}, "
            f"{self.alternative} {pvalue_words(self.pvalue)} against {number(self.margin)}"
        )


def incidence_contrast(
    x1: ArrayLike | str,
    t1: ArrayLike | str,
    x2: ArrayLike | str,
    t2: ArrayLike | str,
    *,
    measure: IncidenceMeasure = "ratio",
    method: IncidenceMethod | None = None,
    level: float = 0.95,
    alternative: Alternative = "two-sided",
    margin: ArrayLike | str | None = None,
    per: float = 1.0,
    data: Any = None,
) -> IncidenceContrast:
    """Compare two rates of events per person-time.

    Parameters
    ----------
    x1, t1 : int and float, or array_like, or str
        Events and exposure of group 1; all arrays broadcast.
    x2, t2 : int and float, or array_like, or str
        Events and exposure of group 2, to which group 1 is compared.
    measure : {"ratio", "difference"}, default "ratio"
        Of the rates.
    method : str, optional
        For a ratio "conditional" (the default: exact given the total, twice the smaller tail),
        "conditional-mid-p", "conditional-minlike" and "conditional-blaker" (exact; each with the
        interval of its own test), "score". For a difference "score" (the default).
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        Of the test, and of the interval: "less" asks whether the contrast is below the margin and
        gives an upper limit only; not for "conditional-minlike" and "conditional-blaker".
    margin : float or array_like of float, or str, optional
        The contrast under the null hypothesis; by default 1 for a ratio and 0 for a difference.
    per : float, default 1
        The person-time in whose units a difference (and its margin) is given.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names, a comparison a row.

    Returns
    -------
    IncidenceContrast
        Floats for a single comparison, read-only arrays otherwise.

    Raises
    ------
    InputError
        As `incidence`, and for a margin outside its range or a method that the measure does not
        have.

    Notes
    -----
    R's ``poisson.test`` prints the p-value of "conditional-minlike" with the interval of
    "conditional"; here each p-value is below ``1 - level`` just when its interval leaves out the
    margin. All take the counts for Poisson; for patients whose rates differ see `rate_regression`.
    Przyborowski and Wilenski 1940 (Biometrika 31:313); Fay 2010 (Biostatistics 11:373); Miettinen
    and Nurminen 1985 (Stat Med 4:213) for the score methods.

    Examples
    --------
    No relapse in 6 patient-years, against 11 in 5.7:

    >>> from immunoreset import survival
    >>> print(survival.incidence_contrast(0, 6, 11, 5.7))
    0 events in 6 against 11 in 5.7: ratio 0, 95% conditional interval 0 to 0.379, \
two-sided p = 0.0007 against 1
    """
    if data is not None:
        x1, t1, x2, t2, margin = columns(data, x1=x1, t1=t1, x2=x2, t2=t2, margin=margin)
    if margin is None:
        margin = 0.0 if measure == "difference" else 1.0
    chosen = method or ("score" if measure == "difference" else "conditional")
    answers = _core.incidence_contrast(
        x1, t1, x2, t2, margin, measure, chosen, alternative, level, per
    )
    estimate, low, high, statistic, pvalue = answers
    return IncidenceContrast(
        counts_of(x1), _exposure_of(t1), counts_of(x2), _exposure_of(t2), estimate, low, high,
        _exposure_of(margin), statistic, pvalue, per, measure, chosen, alternative, level,
    )  # fmt: skip
