"""Survival curves on the scale on which proportional hazards are parallel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from immunoreset._result import Grouped, Result, percent_of
from immunoreset.errors import InputError
from immunoreset.survival.kaplan_meier import KaplanMeier, counted


@dataclass(frozen=True, slots=True)
class LogLog(Result):
    """log(-log survival): two groups with proportional hazards differ in it by a constant.

    Attributes
    ----------
    time, log_time : ndarray
        The times above 0 at which survival is above 0 and below 1, and their logarithms.
    estimate, low, high : ndarray
        log(-log survival), and the limits of survival on that scale: NaN where survival has none,
        infinite where a limit of survival is 0 or 1.
    level, interval
        Of the limits.
    """

    time: NDArray[np.float64]
    log_time: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float
    interval: str

    def _table(self) -> dict[str, Any]:
        names = ("time", "log_time", "estimate", "low", "high")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        limits = f"{percent_of(self.level)} {self.interval}"
        return f"log(-log survival) at {counted(len(self.time), 'time')}, {limits} limits"

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the curve; see `immunoreset.plots.log_log.log_log` for the options."""
        from immunoreset.plots.log_log import log_log as draw

        return draw(self, ax=ax, **options)


@overload
def log_log(curves: KaplanMeier) -> LogLog: ...


@overload
def log_log(curves: Mapping[Any, KaplanMeier]) -> Grouped[LogLog]: ...


def log_log(curves: KaplanMeier | Mapping[Any, KaplanMeier]) -> LogLog | Grouped[LogLog]:
    """Return survival curves as log(-log survival) over the logarithm of time, to look at and draw.

    Under proportional hazards the curves of groups are a constant log hazard ratio apart; those of
    Weibull distributions are straight lines. To test it, see `Cox.proportional_hazards`.

    Parameters
    ----------
    curves : KaplanMeier, or mapping from label to KaplanMeier
        What `survival.kaplan_meier` returns.

    Returns
    -------
    LogLog, or a mapping from label to LogLog
        A group without an event has no row.

    Raises
    ------
    InputError
        For what is no survival curve.

    Examples
    --------
    >>> from immunoreset import survival
    >>> arms = survival.kaplan_meier([5, 8, 9, 6, 7, 12], [1, 1, 0, 0, 1, 1], group=list("aaabbb"))
    >>> print(survival.log_log(arms))
    a: log(-log survival) at 3 times, 95% log-log limits
    b: log(-log survival) at 1 time, 95% log-log limits
    >>> survival.log_log(arms["b"]).estimate.round(4)
    array([-0.3665])
    """
    if isinstance(curves, KaplanMeier):
        return _on_that_scale(curves)
    if not isinstance(curves, Mapping) or not all(
        isinstance(curve, KaplanMeier) for curve in curves.values()
    ):
        raise InputError(f"curves is {curves!r}; give what survival.kaplan_meier returns")
    from immunoreset.plots.log_log import log_log as draw

    return Grouped({label: _on_that_scale(curve) for label, curve in curves.items()}, draw)


def _on_that_scale(curve: KaplanMeier) -> LogLog:
    shown = (curve.time > 0) & (curve.estimate > 0) & (curve.estimate < 1)
    time = curve.time[shown]
    with np.errstate(divide="ignore"):
        log_time = np.log(time)
        # the scale is upside down: the upper limit of survival is the lower one here
        estimate, low, high = (
            np.log(-np.log(values[shown])) for values in (curve.estimate, curve.high, curve.low)
        )
    columns = (time, log_time, estimate, low, high)
    for column in columns:
        column.setflags(write=False)
    return LogLog(*columns, curve.level, curve.interval)
