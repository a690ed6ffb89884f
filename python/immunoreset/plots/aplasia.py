"""Durations of aplasia: the estimated curve with its limits shaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS

if TYPE_CHECKING:
    from immunoreset.recovery.aplasia_npmle import AplasiaNpmle
    from immunoreset.recovery.aplasia_parametric import AplasiaParametric

POINTS = 60


def aplasia(curves: Mapping[Any, AplasiaNpmle | AplasiaParametric], ax: Any = None) -> Any:
    """Draw the share still without B cells, up to the longest duration that was seen.

    Confidence limits are shaded. A nonparametric curve may fall anywhere within the darker boxes,
    so no line is drawn there.

    Parameters
    ----------
    curves : mapping of AplasiaNpmle or AplasiaParametric
        From label to estimate; an empty label is not shown.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = ax if ax is not None else new_axes(7.5, 4.2)
    for i, (label, curve) in enumerate(curves.items()):
        onset_left, _, recovery_left, recovery_right = curve._times
        last = np.where(np.isfinite(recovery_right), recovery_right, recovery_left)
        longest = max((last - onset_left).max(), 1.0)
        colour = COLOURS[i % len(COLOURS)]
        if hasattr(curve, "left"):
            low, high = _falls(curve, ax, longest, colour, str(label) or None)
        else:
            low, high = _line(curve, ax, longest, colour, str(label) or None)
        ax.fill_between(*low, high[1], color=colour, alpha=0.16, linewidth=0)
    ax.set_xlim(left=0)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("days of aplasia")
    ax.set_ylabel("still without B cells")
    ax.spines[["top", "right"]].set_visible(False)
    if any(str(label) for label in curves):
        ax.legend(frameon=False)
    return ax


def _line(curve: Any, ax: Any, longest: float, colour: Any, label: str | None) -> Any:
    """Draw a parametric curve; return its limits."""
    times = np.linspace(0, longest, POINTS + 1)
    found = curve.at(times[1:])
    low, estimate, high = (
        np.concatenate(([1.0], part)) for part in (found.low, found.estimate, found.high)
    )
    ax.plot(times, estimate, color=colour, linewidth=1.6, label=label)
    return (times, low), (times, high)


def _falls(curve: Any, ax: Any, longest: float, colour: Any, label: str | None) -> Any:
    """Draw a nonparametric curve, flat between boxes; return its limits."""
    left, right = np.minimum(curve.left, longest), np.minimum(curve.right, longest)
    before = np.concatenate(([1.0], curve.estimate))
    ax.hlines(
        before, np.concatenate(([0.0], right)), np.concatenate((left, [longest])),
        color=colour, linewidth=1.6, label=label,
    )  # fmt: skip
    ax.bar(
        left, before[:-1] - curve.estimate, right - left, curve.estimate,
        align="edge", color=colour, alpha=0.35, linewidth=0,
    )  # fmt: skip
    times = np.linspace(0, longest, POINTS + 1)
    found = curve.at(times)
    return (times, found.low), (times, found.high)
