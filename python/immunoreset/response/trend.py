"""A response rate along ordered groups. Formulas: docs/methods/response/trend.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, counts_of, number, pvalue_words
from immunoreset.response.proportion import Alternative

TestMethod = Literal["cochran-armitage", "exact"]


@dataclass(frozen=True, slots=True)
class TrendTest(Result):
    """A test whether a response rate rises or falls along ordered groups.

    Attributes
    ----------
    events, n : ndarray
        Responders and patients, one value a group.
    scores : ndarray
        The place of each group, such as its dose.
    statistic : float
        z, positive for a rising rate, or the responders' sum of scores for the exact test.
    pvalue : float
    method, alternative
        How it was computed.
    """

    events: Any
    n: Any
    scores: Any
    statistic: float
    pvalue: float
    method: str
    alternative: str

    def _table(self) -> dict[str, Any]:
        return {name: np.array([getattr(self, name)]) for name in ("statistic", "pvalue")}

    def __str__(self) -> str:
        return (
            f"trend over {len(self.n)} groups: statistic {number(self.statistic)}, "
            f"{self.alternative} {self.method} {pvalue_words(self.pvalue)}"
        )


def trend_test(
    events: ArrayLike | str,
    n: ArrayLike | str,
    *,
    scores: ArrayLike | str | None = None,
    method: TestMethod = "cochran-armitage",
    alternative: Alternative = "two-sided",
    data: Any = None,
) -> TrendTest:
    """Test whether a response rate rises or falls along ordered groups.

    Parameters
    ----------
    events, n : array_like of int, or str
        Responders and patients, one value a group, in the order of the groups.
    scores : array_like of float, or str, optional
        The place of each group, such as its dose; 1, 2, 3, ... by default. The test does not
        change when all are shifted or multiplied by one positive number.
    method : {"cochran-armitage", "exact"}, default "cochran-armitage"
        The normal test, or the exact distribution of the responders' sum of scores given all
        margins, for whole scores; its two-sided p-value adds the sums at least as far from
        the mean.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": the rate rises with the score.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    TrendTest
        When the margins leave no choice (nobody or everybody responds, one group), z and its
        p-value are NaN and the exact p-value is 1.

    Raises
    ------
    InputError
        For a count that is negative, missing or no whole number, for more responders than patients,
        for a score that is no number or, in the exact test, not whole; it names argument, row and
        value.

    Notes
    -----
    Cochran 1954 (Biometrics 10:417); Armitage 1955 (Biometrics 11:375).

    Examples
    --------
    Responders at three dose levels:

    >>> from immunoreset import response
    >>> print(response.trend_test([0, 2, 5], [3, 4, 6], method="exact"))
    trend over 3 groups: statistic 19, two-sided exact p = 0.0396
    """
    if data is not None:
        events, n, scores = columns(data, events=events, n=n, scores=scores)
    places = np.array(np.arange(1.0, np.size(events) + 1) if scores is None else scores)
    statistic, pvalue = _core.trend_test(events, n, places, method, alternative)
    places.setflags(write=False)
    return TrendTest(
        counts_of(events), counts_of(n), places, statistic, pvalue, method, alternative
    )
