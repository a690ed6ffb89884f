"""Mean cumulative functions: steps to the last follow-up, limits, patients at risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS, LINES, write_risk_table

if TYPE_CHECKING:
    from immunoreset.survival.recurrent import MeanCumulativeFunction


def mean_count(
    curves: MeanCumulativeFunction | Mapping[Any, MeanCumulativeFunction],
    *,
    ax: Any = None,
    limits: bool = True,
    risk_table: bool = False,
    xlabel: str = "time",
    ylabel: str | None = None,
) -> Any:
    """Draw a mean cumulative function, or those of several groups into one picture.

    Parameters
    ----------
    curves : MeanCumulativeFunction or mapping from label to MeanCumulativeFunction
        What `survival.recurrent` returns.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    limits : bool, default True
        Shade the pointwise limits.
    risk_table : bool, default False
        Write under the axis how many are under observation at each tick.
    xlabel, ylabel : str
        Names of the axes.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset.survival import recurrent
    >>> ax = recurrent([1, 1, 2, 2], [20, 90, 45, 80], [1, 0, 1, 0]).plot()
    >>> ax.get_ylabel()
    'mean number of events'
    """
    grouped = isinstance(curves, Mapping)
    named: dict[Any, Any] = dict(curves) if isinstance(curves, Mapping) else {"": curves}
    ax = ax if ax is not None else new_axes(6.4, 4.4)
    for i, (label, curve) in enumerate(named.items()):
        colour = COLOURS[i % len(COLOURS)]
        time = np.append(0.0, curve.time)
        ax.step(
            time, np.append(0.0, curve.estimate), where="post", color=colour, linewidth=1.6,
            linestyle=LINES[i // len(COLOURS) % len(LINES)], zorder=3,
            label=str(label) if grouped else None,
        )  # fmt: skip
        if limits:
            ax.fill_between(
                time, np.append(0.0, curve.low), np.append(curve._start_high, curve.high),
                step="post", color=colour, alpha=0.15, linewidth=0, zorder=1,
            )  # fmt: skip
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel or "mean number of events")
    ax.set_ylim(bottom=0)
    ax.set_xlim(left=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e3e8ed", linewidth=0.8)
    ax.set_axisbelow(True)
    if grouped:
        ax.legend(frameon=False)
    if risk_table:
        write_risk_table(ax, named, grouped)
    return ax
