"""Durations of aplasia: the fitted curve with its limits shaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS

if TYPE_CHECKING:
    from immunoreset.recovery.aplasia import Aplasia

POINTS = 40


def aplasia(curves: Mapping[Any, Aplasia], ax: Any = None) -> Any:
    """Draw the share still without B cells, up to the longest duration that was seen.

    Parameters
    ----------
    curves : mapping of Aplasia
        From label to estimate; an empty label is not shown.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = ax if ax is not None else new_axes(7.5, 4.2)
    for i, (label, curve) in enumerate(curves.items()):
        onset_left, _, recovery_left, recovery_right = curve._rows
        last = np.where(np.isfinite(recovery_right), recovery_right, recovery_left)
        times = np.linspace(0, max((last - onset_left).max(), 1.0), POINTS + 1)[1:]
        found = curve.at(times)
        x = np.concatenate(([0.0], times))
        low, estimate, high = (
            np.concatenate(([1.0], part)) for part in (found.low, found.estimate, found.high)
        )
        colour = COLOURS[i % len(COLOURS)]
        ax.plot(x, estimate, color=colour, linewidth=1.6, label=str(label) or None)
        ax.fill_between(x, low, high, color=colour, alpha=0.22, linewidth=0)
    ax.set_xlim(left=0)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("days of aplasia")
    ax.set_ylabel("still without B cells")
    ax.spines[["top", "right"]].set_visible(False)
    if any(str(label) for label in curves):
        ax.legend(frameon=False)
    return ax
