"""Survival curves: steps to the last follow-up, censoring ticks, limits, patients at risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes

if TYPE_CHECKING:
    from immunoreset.survival.kaplan_meier import KaplanMeier

COLOURS = ("#1f5f8b", "#c0392b", "#7aa974", "#8c6bb1", "#c58b2a", "#3aa6a0", "#5d6d7e", "#d16ba5")
LINES = ("-", "--", "-.", ":")
ROW_POINTS = 13


def survival(
    curves: KaplanMeier | Mapping[Any, KaplanMeier],
    *,
    ax: Any = None,
    limits: bool = True,
    censored: bool = True,
    risk_table: bool = False,
    xlabel: str = "time",
    ylabel: str | None = None,
) -> Any:
    """Draw a survival curve, or those of several groups into one picture.

    Parameters
    ----------
    curves : KaplanMeier or mapping from label to KaplanMeier
        What `survival.kaplan_meier` returns.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    limits : bool, default True
        Shade the pointwise limits.
    censored : bool, default True
        Mark the times at which patients were last seen without the event.
    risk_table : bool, default False
        Write under the axis how many are under observation at each tick.
    xlabel, ylabel : str
        Names of the axes.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset.survival import kaplan_meier
    >>> ax = kaplan_meier([9, 13, 13, 18, 23], [1, 1, 0, 1, 0]).plot(risk_table=True)
    >>> ax.get_ylabel()
    'survival'
    """
    grouped = isinstance(curves, Mapping)
    named: dict[Any, KaplanMeier] = dict(curves) if isinstance(curves, Mapping) else {"": curves}
    ax = ax if ax is not None else new_axes(6.4, 4.4)
    for i, (label, curve) in enumerate(named.items()):
        colour = COLOURS[i % len(COLOURS)]
        line = LINES[i // len(COLOURS) % len(LINES)]
        time, estimate, low, high = steps(curve)
        for limit in (low, high):  # the step before limits that are undefined ends at their time
            gap = np.flatnonzero(np.isnan(limit[1:]) & ~np.isnan(limit[:-1])) + 1
            limit[gap] = limit[gap - 1]
        ax.step(
            time, estimate, where="post", color=colour, linestyle=line, linewidth=1.6, zorder=3,
            label=str(label) if grouped else None,
        )  # fmt: skip
        if limits:
            ax.fill_between(
                time, low, high, step="post", color=colour, alpha=0.15, linewidth=0, zorder=1
            )
        if censored:
            left = curve.censored > 0
            ax.plot(
                curve.time[left], curve.estimate[left], "|", color=colour, markersize=7, zorder=4
            )
    reverse = any(curve.reverse for curve in named.values())
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel or ("under follow-up" if reverse else "survival"))
    ax.set_ylim(0, 1.02)
    ax.set_xlim(left=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e3e8ed", linewidth=0.8)
    ax.set_axisbelow(True)
    if grouped:
        ax.legend(frameon=False)
    if risk_table:
        write_risk_table(ax, named, grouped)
    return ax


def steps(curve: KaplanMeier) -> tuple[Any, Any, Any, Any]:
    """Return times, estimate and limits of a curve from its start on, for ``where="post"``."""
    low, high = curve._start_limits
    return (
        np.append(0.0 if curve.start_time is None else curve.start_time, curve.time),
        np.append(1.0, curve.estimate),
        np.append(low, curve.low),
        np.append(high, curve.high),
    )


def write_risk_table(ax: Any, named: Mapping[Any, Any], grouped: bool) -> None:
    """Write under the axis how many are at risk at each tick, for each curve that has `at`."""
    last = min(max(float(curve.time[-1]) for curve in named.values()), ax.get_xlim()[1])
    ticks = [tick for tick in ax.get_xticks() if 0 <= tick <= last]
    ax.set_xticks(ticks)
    small = {"fontsize": "small", "va": "top", "annotation_clip": False}
    row = -3.2 * ROW_POINTS
    ax.annotate(
        "at risk", (0, 0), (-16, row), xycoords="axes fraction", textcoords="offset points",
        ha="right", fontweight="bold", **small,
    )  # fmt: skip
    for i, (label, curve) in enumerate(named.items()):
        colour = COLOURS[i % len(COLOURS)] if grouped else "black"
        row -= ROW_POINTS if grouped else 0
        if grouped:
            ax.annotate(
                str(label), (0, 0), (-16, row), xycoords="axes fraction",
                textcoords="offset points", ha="right", color=colour, **small,
            )  # fmt: skip
        start = getattr(curve, "start_time", None) or 0.0
        for tick, count in zip(ticks, curve.at(ticks).at_risk, strict=True):
            ax.annotate(
                str(count) if tick >= start else "", (tick, 0), (0, row),
                xycoords=("data", "axes fraction"), textcoords="offset points", ha="center",
                color=colour, **small,
            )  # fmt: skip
