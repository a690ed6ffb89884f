"""One group against a reference. Formulas: docs/methods/survival/logrank_one_sample.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, number, percent_of, pvalue_words
from immunoreset.errors import InputError
from immunoreset.response.proportion import Alternative


@dataclass(frozen=True, slots=True)
class OneSampleLogrank(Result):
    """Events observed in one group, and expected of it under a reference.

    Attributes
    ----------
    n : int
        Patients.
    observed : int
        Events.
    expected : float
        The sum of their cumulative hazards under the reference.
    ratio, low, high : float
        `observed` over `expected` (standardised ratio) with exact Poisson limits; NaN with limits 0
        and infinity where nothing is observed or expected.
    z, statistic, df : float, float, int
        ``(observed - expected) / sqrt(expected)``, and its square, a chi-squared on 1 degree.
    pvalue : float
        Of the chi-squared (one-sided: of `z`).
    exact_pvalue : float
        From the Poisson distribution; two-sided, twice the smaller tail, as the limits. To be
        reported below some 20 expected events.
    alternative, level
        How it was made.
    """

    n: int
    observed: int
    expected: float
    ratio: float
    low: float
    high: float
    z: float
    statistic: float
    df: int
    pvalue: float
    exact_pvalue: float
    alternative: str
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("n", "observed", "expected", "ratio", "low", "high", "pvalue", "exact_pvalue")
        return {name: [getattr(self, name)] for name in names}

    def __str__(self) -> str:
        return (
            f"{self.observed} events, {number(self.expected)} expected: ratio "
            f"{number(self.ratio)} ({percent_of(self.level)} {number(self.low)} to "
            f"{number(self.high)}), exact {pvalue_words(self.exact_pvalue)}"
        )


def one_sample_logrank(
    time: ArrayLike | str,
    event: ArrayLike | str,
    *,
    expected: ArrayLike | str | None = None,
    reference: tuple[ArrayLike, ArrayLike] | None = None,
    entry: ArrayLike | str | None = None,
    alternative: Alternative = "two-sided",
    level: float = 0.95,
    data: Any = None,
) -> OneSampleLogrank:
    """Compare one group with a reference hazard.

    Parameters
    ----------
    time : array_like of float, or str
        Follow-up of each patient, from 0 on.
    event : array_like of bool or {0, 1}, or str
        True where the event was seen at `time`.
    expected : array_like of float, or str
        The cumulative hazard of each patient under the reference, over his own follow-up: minus the
        log of the reference survival at `time` (with entry, given survival to it).
    reference : (times, survival)
        In place of `expected` a curve for all patients: survival at times that ascend from above 0.
        Between two of them, and from 1 at time 0, the hazard is constant.
    entry : array_like of float, or str, optional
        When each patient came under observation; with `reference` only.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": more events than expected, with a lower limit only.
    level : float, default 0.95
        Of the limits.
    data : frame or mapping of arrays, optional
        Where `time`, `event`, `expected` and `entry` are column names.

    Returns
    -------
    OneSampleLogrank

    Raises
    ------
    InputError
        For a time that is missing, negative or beyond the reference curve, an event other than 0
        and 1, a curve that rises or comes to 0, both or neither of `expected` and `reference`.

    Notes
    -----
    Breslow 1975 (Biometrics 31:125), Finkelstein and others 2003; Garwood 1936 (limits).

    Examples
    --------
    Six relapses in 20 patient-years where one in two patient-years was usual:

    >>> from immunoreset import survival
    >>> years = [1, 2, 2, 3, 3, 4, 5]
    >>> relapse = [1, 1, 1, 0, 1, 1, 1]
    >>> print(survival.one_sample_logrank(years, relapse, expected=[y / 2 for y in years]))
    6 events, 10 expected: ratio 0.6 (95% 0.2202 to 1.306), exact p = 0.2603
    >>> curve = ([1, 3, 5], [0.6, 0.2, 0.1])
    >>> survival.one_sample_logrank(years, relapse, reference=curve).expected.__round__(3)
    10.109
    """
    if (expected is None) == (reference is None):
        raise InputError("give either expected, a hazard a patient, or reference, a curve")
    if expected is not None and entry is not None:
        raise InputError("entry goes with reference; expected is to begin at the entry")
    if data is not None:
        time, event, expected, entry = columns(
            data, time=time, event=event, expected=expected, entry=entry
        )
    times: Any = None
    survival: Any = None
    if reference is not None:
        try:
            times, survival = reference
        except (TypeError, ValueError) as error:
            raise InputError("reference is no pair; give (times, survival)") from error
    n, *numbers = _core.logrank_one_sample(
        time, event, entry, expected, times, survival, alternative, level
    )
    observed, mean, ratio, low, high, z, statistic, pvalue, exact = numbers
    return OneSampleLogrank(
        n, observed, mean, ratio, low, high, z, statistic, 1, pvalue, exact, alternative, level
    )
