"""Rates before and after in the same patients. Formulas: docs/methods/survival/incidence.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, number, percent_of, pvalue_words
from immunoreset.errors import InputError
from immunoreset.response.proportion import Alternative
from immunoreset.survival.incidence_contrast import IncidenceMethod

CAUTION = (
    "patients are often chosen for their recent events, so that rates fall without any effect; "
    "expected is what regression to the mean alone would leave"
)


@dataclass(frozen=True, slots=True)
class BeforeAfter(Result):
    """The rate after a treatment against the rate before it, in the same patients.

    Attributes
    ----------
    before, after : int
        Events.
    time_before, time_after : float
        Time at risk.
    ratio, low, high : float
        The rate after over the rate before, and its limits.
    statistic, pvalue : float
        Events after (z for "score") and the p-value of the ratio 1.
    mean, theta : float
        Of the patients' own rates, a gamma distribution: as given, or fitted to the counts before.
    expected : float
        Events after, were each patient's rate as before: the bound of regression to the mean.
    ratio_to_expected : float
        Events after over `expected`.
    n : int
        Patients.
    method, alternative, level
        How ratio, limits and p-value were computed.
    caution : str
        What a comparison with the time before cannot tell.
    """

    before: int
    time_before: float
    after: int
    time_after: float
    ratio: float
    low: float
    high: float
    statistic: float
    pvalue: float
    mean: float
    theta: float
    expected: float
    ratio_to_expected: float
    n: int
    method: str
    alternative: str
    level: float
    caution: str

    def _table(self) -> dict[str, Any]:
        names = (
            "before", "time_before", "after", "time_after", "ratio", "low", "high", "statistic",
            "pvalue", "mean", "theta", "expected", "ratio_to_expected",
        )  # fmt: skip
        return {name: [getattr(self, name)] for name in names}

    def __str__(self) -> str:
        return (
            f"{self.before} events in {number(self.time_before)} before, {self.after} in "
            f"{number(self.time_after)} after: ratio {number(self.ratio, 3)}, "
            f"{percent_of(self.level)} {self.method} interval {number(self.low, 3)} to "
            f"{number(self.high, 3)}, {self.alternative} {pvalue_words(self.pvalue)}; by "
            f"regression to the mean alone {number(self.expected, 3)} expected after"
        )


def incidence_before_after(
    before: ArrayLike | str,
    time_before: ArrayLike | str,
    after: ArrayLike | str,
    time_after: ArrayLike | str,
    *,
    mean: float | None = None,
    theta: float | None = None,
    method: IncidenceMethod = "conditional",
    level: float = 0.95,
    alternative: Alternative = "two-sided",
    data: Any = None,
) -> BeforeAfter:
    """Compare rates (of relapses) before and after a treatment in the same patients.

    Parameters
    ----------
    before, after : array_like of int, or str
        Events of each patient.
    time_before, time_after : array_like of float, or str
        Time at risk of each patient; that before is above 0.
    mean, theta : float, optional
        Mean and shape of the gamma distribution of the rates among patients from whom these were
        chosen, from a natural history series; theta may be infinite. Give both or none: by default
        they are fitted to the counts before, whose mean is too high if patients were chosen for
        their events, so that `expected` is too.
    method : str, default "conditional"
        As in `incidence_contrast`: given the total, the events after are binomial.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "less" asks whether the rate has fallen.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names, a row a patient.

    Returns
    -------
    BeforeAfter

    Raises
    ------
    InputError
        As `incidence_contrast`; for a patient without time before; for one of mean and theta alone.

    Notes
    -----
    The binomial holds when patients have one ratio of times, or one rate; otherwise use
    `rate_regression` with two rows a patient and ``cluster=``. Without an event before, `expected`
    is NaN unless mean and theta are given. Przyborowski and Wilenski 1940 (Biometrika 31:313);
    Robbins 1956 for the shrunken rate.

    Examples
    --------
    >>> from immunoreset import survival
    >>> r = survival.incidence_before_after([3, 2, 4, 1, 6], [1, 1, 2, 1, 2], [0, 1, 0, 0, 1],
    ...                                     [1, 2, 1, 1.5, 0.5], mean=1.0, theta=2.0)
    >>> print(r)
    16 events in 7 before, 2 in 6 after: ratio 0.146, 95% conditional interval 0.0163 to 0.62, \
two-sided p = 0.0037; by regression to the mean alone 8.33 expected after
    """
    if (mean is None) != (theta is None):
        raise InputError("mean and theta belong to one distribution; give both, or none")
    if data is not None:
        before, time_before, after, time_after = columns(
            data, before=before, time_before=time_before, after=after, time_after=time_after
        )
    nan = float("nan")
    answer = _core.incidence_before_after(
        before, time_before, after, time_after, nan if mean is None else mean,
        nan if theta is None else theta, method, alternative, level,
    )  # fmt: skip
    expected = answer[-1]
    ratio = answer[2] / expected if expected > 0 else nan
    return BeforeAfter(*answer, ratio, int(np.size(before)), method, alternative, level, CAUTION)
