"""Relapses before and after the return of B cells. Formulas: docs/methods/recovery/reset.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core, survival
from immunoreset._frame import labels
from immunoreset._result import Grouped, Result, number, percent_of, pvalue_words
from immunoreset.recovery.reset_inputs import Column, read_columns
from immunoreset.survival.kaplan_meier import Interval

PERIODS = ("before return", "after return")
_RATES = 13  # fields of ResetRelapse with a number a period


class LandmarkCurves(NamedTuple):
    """Relapse after a landmark, by whether B cells were seen to be back by then.

    Attributes
    ----------
    landmark : survival.Landmark
        Who is followed up beyond it without relapse.
    curves : Grouped of survival.KaplanMeier
        Freedom from relapse since the landmark, of "not back" and "back"; one of them alone where
        all patients are alike.
    test : survival.Logrank or None
        The exact permutation test of the two; None where there is one.
    """

    landmark: survival.Landmark
    curves: Grouped[survival.KaplanMeier]
    test: survival.Logrank | None


@dataclass(frozen=True, slots=True)
class ResetRelapse(Result):
    """Relapse rates before and after return, one row a period, and their ratio.

    Arrays hold the time before return, then that after it.

    Attributes
    ----------
    events : ndarray of int
        First relapses, with the return in the middle of its interval (and none where none was
        seen), as `rate`, `ratio` and their limits.
    time : ndarray
        Days at risk.
    rate, low, high : ndarray
        Relapses per `per` days with exact limits: with none, `high` is the upper bound.
    events_least, events_most, time_least, time_most, rate_least, rate_most : ndarray
        Over all days of return that the samples allow.
    low_least, high_most : ndarray
        The widest limits over those days: they hold whatever the day was.
    ratio, ratio_low, ratio_high, pvalue : float
        Rate after over rate before, given the number of relapses; NaN without relapse.
    ratio_least, ratio_most, ratio_low_least, ratio_high_most, pvalue_most : float
        The same over all days of return; `pvalue_most` belongs to the widest limits.
    ambiguous : int
        Relapses of which the samples do not say whether they came before the return.
    n : int
        Patients counted: those with a return to wait for.
    excluded : int
        Patients who were not (never depleted).
    per, level : float
    return_right, end, relapsed : ndarray
        Of the patients counted: day the return was seen, end of the time at risk, whether by
        relapse.
    """

    events: NDArray[np.int64]
    time: NDArray[np.float64]
    rate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    events_least: NDArray[np.int64]
    events_most: NDArray[np.int64]
    time_least: NDArray[np.float64]
    time_most: NDArray[np.float64]
    rate_least: NDArray[np.float64]
    rate_most: NDArray[np.float64]
    low_least: NDArray[np.float64]
    high_most: NDArray[np.float64]
    ratio: float
    ratio_low: float
    ratio_high: float
    pvalue: float
    ratio_least: float
    ratio_most: float
    ratio_low_least: float
    ratio_high_most: float
    pvalue_most: float
    ambiguous: int
    n: int
    excluded: int
    per: float
    level: float
    return_right: NDArray[np.float64]
    end: NDArray[np.float64]
    relapsed: NDArray[np.bool_]

    def landmark(self, at: float, *, interval: Interval = "log-log") -> LandmarkCurves:
        """Compare what follows a landmark by whether B cells were seen to be back by it.

        Parameters
        ----------
        at : float
            Days from infusion, chosen before looking at the data.
        interval : str, default "log-log"
            Of the curves, as in `survival.kaplan_meier`: "beta-product" for few patients.

        Returns
        -------
        LandmarkCurves

        Raises
        ------
        InputError
            When nobody is followed up beyond it without relapse.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> inf = float("inf")
        >>> rates = recovery.reset_relapse([90, 60], [120, 100], [400, 200], [inf] * 2)
        >>> print(rates.landmark(110).curves["back"])
        1 patient, 0 events, median NR (95% log-log NR to NR)
        """
        # a return that was seen after relapse is none before it
        change = np.where(self.return_right <= self.end, self.return_right, np.inf)
        found = survival.landmark(self.end, self.relapsed, change, at=at)
        names = np.where(found.changed, "back", "not back")
        curves = survival.kaplan_meier(
            found.time, found.event, group=names, interval=interval, level=self.level
        )
        test = None
        if len(curves) == 2:
            test = survival.logrank(found.time, found.event, names, method="exact")
        return LandmarkCurves(found, curves, test)

    def _table(self) -> dict[str, Any]:
        names = list(ResetRelapse.__dataclass_fields__)[:_RATES]
        return {"period": np.array(PERIODS)} | {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        level = percent_of(self.level)
        words = [
            f"{self.events[k]} relapse{'' if self.events[k] == 1 else 's'} {name} in "
            f"{number(self.time[k])} days ({number(self.rate[k])} per {number(self.per, 15)} days, "
            f"{level} {number(self.low[k])} to {number(self.high[k])}, over all days of return "
            f"{number(self.low_least[k])} to {number(self.high_most[k])})"
            for k, name in enumerate(PERIODS)
        ]
        return (
            f"{self.n} patients: {', '.join(words)}; ratio {number(self.ratio)} ({level} "
            f"{number(self.ratio_low)} to {number(self.ratio_high)}, over all days of return "
            f"{number(self.ratio_low_least)} to {number(self.ratio_high_most)}), "
            f"{pvalue_words(self.pvalue)}"
        )


@overload
def reset_relapse(
    return_left: ArrayLike | str,
    return_right: ArrayLike | str,
    followed: ArrayLike | str,
    relapse: ArrayLike | str,
    *,
    start: Column = None,
    per: float = 365.25,
    level: float = 0.95,
    group: None = None,
    data: Any = None,
) -> ResetRelapse: ...


@overload
def reset_relapse(
    return_left: ArrayLike | str,
    return_right: ArrayLike | str,
    followed: ArrayLike | str,
    relapse: ArrayLike | str,
    *,
    start: Column = None,
    per: float = 365.25,
    level: float = 0.95,
    group: ArrayLike | str,
    data: Any = None,
) -> Grouped[ResetRelapse]: ...


def reset_relapse(
    return_left: ArrayLike | str,
    return_right: ArrayLike | str,
    followed: ArrayLike | str,
    relapse: ArrayLike | str,
    *,
    start: Column = None,
    per: float = 365.25,
    level: float = 0.95,
    group: ArrayLike | str | None = None,
    data: Any = None,
) -> ResetRelapse | Grouped[ResetRelapse]:
    """Estimate the rate of relapse before and after the return of B cells, and their ratio.

    Parameters
    ----------
    return_left, return_right, followed : array_like of float, or str
        As in `reset`. Who has nothing to return from (nan) is not counted.
    relapse : array_like of float, or str
        The day of the first relapse, inf where none was seen. A patient is at risk until then.
    start : array_like of float, or str, optional
        The day from which a patient is at risk: infusion (0) by default; the onset of depletion,
        say.
    per : float, default 365.25
        Rates are per so many days: by default per patient-year.
    level : float, default 0.95
        Of the limits.
    group : array_like, or str, optional
        A label a patient; each group is estimated alone.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    ResetRelapse or Grouped of ResetRelapse

    Raises
    ------
    InputError
        For days out of order or after the end of follow-up, a missing day of relapse, nobody with a
        return to wait for. It names argument, row and value.

    Notes
    -----
    Garwood 1936 (Biometrika 28:437) for the rates; Przyborowski and Wilenski 1940 (Biometrika
    31:313) for the ratio, given the number of relapses.

    Examples
    --------
    Eight patients whose B cells are back and who have not relapsed: an upper bound

    >>> from immunoreset import recovery
    >>> r = recovery.reset_relapse([90] * 8, [120] * 8, [485] * 8, [float("inf")] * 8)
    >>> r.rate[1], r.high[1].round(2), r.high_most[1].round(2)
    (np.float64(0.0), np.float64(0.44), np.float64(0.46))
    """
    given = {
        "return_left": return_left, "return_right": return_right, "followed": followed,
        "relapse": relapse, "start": start,
    }  # fmt: skip
    columns, _, of_groups = read_columns(data, given, None, group)
    if of_groups is None:
        return _rates_of(columns, per, level)
    keys, codes = labels(of_groups)
    return Grouped(
        {
            key: _rates_of(
                {name: v if v is None else v[codes == code] for name, v in columns.items()},
                per, level,
            )
            for code, key in enumerate(keys)
        }
    )  # fmt: skip


def _rates_of(columns: dict[str, Any], per: float, level: float) -> ResetRelapse:
    counted, ambiguous, before, after, ratio = _core.reset_relapse(
        columns["return_left"], columns["return_right"], columns["followed"], columns["relapse"],
        columns["start"], per, level,
    )  # fmt: skip
    both = [np.array(pair) for pair in zip(before, after, strict=True)]
    for column in both:
        column.setflags(write=False)
    events, rate, low, high, least, most, *rest = both
    rate_least, rate_most, low_least, high_most, time, time_least, time_most = rest
    kept = ~np.isnan(columns["return_right"])
    relapse, followed = columns["relapse"][kept], columns["followed"][kept]
    return _core.frozen(
        ResetRelapse,
        (
            events, time, rate, low, high, least, most, time_least, time_most, rate_least,
            rate_most, low_least, high_most, *ratio, ambiguous, counted, len(kept) - counted, per,
            level, columns["return_right"][kept], np.minimum(relapse, followed),
            np.isfinite(relapse),
        ),
    )  # fmt: skip
