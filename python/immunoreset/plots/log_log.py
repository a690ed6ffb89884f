"""Log-log survival curves: parallel where hazards are proportional."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes, round_ticks, write_ticks
from immunoreset.plots.survival import COLOURS, LINES

if TYPE_CHECKING:
    from immunoreset.survival.kaplan_meier_log_log import LogLog


def log_log(
    curves: LogLog | Mapping[Any, LogLog],
    *,
    ax: Any = None,
    limits: bool = False,
    xlabel: str = "time",
    ylabel: str | None = None,
) -> Any:
    """Draw log(-log survival) over the logarithm of time, of several groups into one picture.

    Parameters
    ----------
    curves : LogLog or mapping from label to LogLog
        What `survival.log_log` returns.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    limits : bool, default False
        Shade the pointwise limits.
    xlabel, ylabel : str
        Names of the axes.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import survival
    >>> ax = survival.log_log(survival.kaplan_meier([9, 13, 18, 23], [1, 1, 0, 1])).plot()
    >>> ax.get_xscale()
    'log'
    """
    grouped = isinstance(curves, Mapping)
    named: dict[Any, LogLog] = dict(curves) if isinstance(curves, Mapping) else {"": curves}
    ax = ax if ax is not None else new_axes(6.4, 4.4)
    for i, (label, curve) in enumerate(named.items()):
        colour = COLOURS[i % len(COLOURS)]
        words = str(label) if len(curve.time) else f"{label} (nothing to draw)"
        ax.step(
            curve.time, curve.estimate, where="post", color=colour,
            linestyle=LINES[i // len(COLOURS) % len(LINES)], linewidth=1.6, zorder=3,
            label=words if grouped else None,
        )  # fmt: skip
        if limits:
            seen = np.isfinite(curve.low) & np.isfinite(curve.high)
            ax.fill_between(
                curve.time, curve.low, curve.high, where=seen, step="post", color=colour,
                alpha=0.15, linewidth=0, zorder=1,
            )  # fmt: skip
    ax.set_xscale("log")
    shown = np.concatenate([curve.time for curve in named.values()])
    if shown.size:
        write_ticks(ax, round_ticks(*ax.get_xlim()))
    ax.set_xlabel(f"{xlabel} (log scale)")
    ax.set_ylabel(ylabel or "log(-log survival)")
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e3e8ed", linewidth=0.8)
    ax.set_axisbelow(True)
    if grouped:
        ax.legend(frameon=False)
    return ax
