"""Rates of events per person-time. Formulas: docs/methods/survival/incidence.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Grouped, Result, counts_of, number, percent_of
from immunoreset.response.proportion import Alternative

IncidenceInterval = Literal["garwood", "mid-p", "blaker", "score", "byar", "jeffreys", "likelihood"]


@dataclass(frozen=True, slots=True)
class Incidence(Result):
    """Rates of events per person-time with their limits.

    Attributes
    ----------
    events : int or ndarray
        Events: of first events only, or of all, as they were given.
    exposure : float or ndarray
        Time at risk.
    rows : int or ndarray
        Rows (patients) behind each rate; 1 where none were added up.
    estimate, low, high : float or ndarray
        Events per `per` of exposure (NaN without exposure) and their limits.
    per : float
        The person-time in whose units the rates are given.
    interval, alternative, level
        How the limits were computed.
    """

    events: Any
    exposure: Any
    rows: Any
    estimate: Any
    low: Any
    high: Any
    per: float
    interval: str
    alternative: str
    level: float

    def _table(self) -> dict[str, Any]:
        return self._broadcast(
            "estimate", ("events", "exposure", "rows", "estimate", "low", "high")
        )

    def __str__(self) -> str:
        if np.ndim(self.estimate):
            return f"{np.size(self.estimate)} rates, {percent_of(self.level)} {self.interval}"
        return (
            f"{self.events} events in {number(self.exposure)}: "
            f"{number(self.estimate, 3)} per {number(self.per, 15)}, {percent_of(self.level)} "
            f"{self.interval} interval {number(self.low, 3)} to {number(self.high, 3)}"
        )

    def plot(self, ax: Any = None, names: Any = None) -> Any:
        """Draw the rates as a forest plot and return its axes.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.
        names : sequence of str, optional
            Of the rows, by default their numbers.
        """
        from immunoreset.plots.incidence import incidence as draw

        table = self._table()
        shown = range(1, len(table["estimate"]) + 1) if names is None else names
        return draw(table, [str(name) for name in shown], self.per, ax=ax)


def incidence(
    events: ArrayLike | str,
    exposure: ArrayLike | str,
    *,
    per: float = 1.0,
    interval: IncidenceInterval = "garwood",
    level: float = 0.95,
    alternative: Alternative = "two-sided",
    group: ArrayLike | str | None = None,
    data: Any = None,
) -> Incidence | Grouped[Incidence]:
    """Estimate rates of events per person-time and their confidence limits.

    Parameters
    ----------
    events : int or array_like of int, or str
        Events; arrays broadcast against `exposure`. With `group` or `data` a row is a patient, and
        the rows are added up.
    exposure : float or array_like of float, or str
        Time at risk, in any unit. No exposure (and no event) leaves the estimate undefined (NaN)
        and the interval (0, inf).
    per : float, default 1
        The person-time in whose units rates are given: 100 for events per 100 patient-years.
    interval : str, default "garwood"
        "garwood" (exact, holds its level), "mid-p", "blaker" (exact, shorter), "score", "byar",
        "jeffreys", "likelihood".
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "less" gives an upper limit only: without events that of the rule of three (2.996 events in
        place of 3.689 at 95%); "greater" a lower limit only; not for "blaker".
    group : array_like, or str, optional
        A label a patient: events and exposure are added up within each.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names, a row a patient. Without `group` all rows are
        added up to one rate.

    Returns
    -------
    Incidence or Grouped of Incidence
        Floats for a single rate, read-only arrays otherwise; with `group` a mapping from label to
        rate.

    Raises
    ------
    InputError
        For a count that is negative, missing or no whole number, a time at risk that is negative,
        missing or 0 in a row with events, a level outside (0, 1); it names argument, row and value.

    Notes
    -----
    The exposure-adjusted incidence rate takes first events and the time up to them; the event rate
    takes all events and all the time at risk. Garwood 1936 (Biometrika 28:437); Blaker 2000 (Can J
    Stat 28:783); Breslow and Day 1987 for "byar"; Brown, Cai and DasGupta 2003 (Stat Sinica 13:19)
    for "jeffreys" (0 at no events).

    Examples
    --------
    No second malignancy in 15 patients followed for 2 years:

    >>> from immunoreset import survival
    >>> print(survival.incidence(0, 30, per=100))
    0 events in 30: 0 per 100, 95% garwood interval 0 to 12.3

    Infections of six patients:

    >>> r = survival.incidence([2, 0, 1, 0, 0, 1], [1.0, 0.5, 1.2, 1.0, 0.3, 1.0],
    ...                        group=["a", "a", "a", "b", "b", "b"])
    >>> print(r)
    a: 3 events in 2.7: 1.11 per 1, 95% garwood interval 0.229 to 3.25
    b: 1 events in 2.3: 0.435 per 1, 95% garwood interval 0.011 to 2.42
    """
    if data is None and group is None:
        estimate, low, high = _core.incidence(events, exposure, interval, alternative, level, per)
        return Incidence(
            counts_of(events), _exposure_of(exposure), _ones(estimate), estimate, low, high, per,
            interval, alternative, level,
        )  # fmt: skip
    if data is not None:
        events, exposure, group = columns(data, events=events, exposure=exposure, group=group)
    names, codes = ([None], None) if group is None else labels(group)
    answers = _core.incidence_total(
        events, exposure, codes, len(names), interval, alternative, level, per
    )
    rates = {
        name: _core.frozen(Incidence, (*answer, per, interval, alternative, level))
        for name, answer in zip(names, zip(*answers, strict=True), strict=True)
    }
    return rates[None] if group is None else Grouped(rates, _draw)


def _exposure_of(value: Any) -> Any:
    """Return times at risk as a result keeps them: a float, or a read-only array."""
    times = np.array(value, np.float64)
    times.setflags(write=False)
    return times if times.ndim else float(times)


def _ones(estimate: Any) -> Any:
    """Return one row for each rate."""
    return 1 if isinstance(estimate, float) else np.broadcast_to(np.int64(1), estimate.shape)


def _draw(rates: Mapping[Any, Incidence], ax: Any = None) -> Any:
    from immunoreset.plots.incidence import incidence as draw

    tables = [rate._table() for rate in rates.values()]
    stacked = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    return draw(stacked, [str(name) for name in rates], next(iter(rates.values())).per, ax=ax)
