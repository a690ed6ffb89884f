"""Turnbull curves: flat where they are determined, shaded where they are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS
from immunoreset.survival.turnbull import Turnbull

if TYPE_CHECKING:
    from immunoreset.survival.interval_cox import IntervalCoxBaseline


def turnbull(curves: Mapping[Any, Turnbull | IntervalCoxBaseline], ax: Any = None) -> Any:
    """Draw Turnbull curves into one picture.

    Within an innermost interval the curve may fall anywhere from the upper to the lower edge of the
    shaded box, so no line is drawn there. The likelihood limits are shaded more lightly: they are
    found at the ends of the innermost intervals, and hold everywhere between. The curve of a
    regression has none. Where several curves have the same likelihood, all that they cover is
    shaded and none is drawn.

    Parameters
    ----------
    curves : mapping of Turnbull or IntervalCoxBaseline
        From label to curve; an empty label is not shown.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import survival
    >>> from immunoreset.plots.turnbull import turnbull
    >>> ax = turnbull({"SLE": survival.turnbull([0, 0, 2], [1, 1, 3])})
    >>> ax.get_legend_handles_labels()[1]
    ['SLE']
    """
    ax = ax if ax is not None else new_axes(7.5, 4.2)
    ends = np.concatenate([end for c in curves.values() for end in (c.left, c.right)])
    last = ends[np.isfinite(ends)].max(initial=0)
    beyond = last + 0.06 * (last or 1)
    for i, (label, curve) in enumerate(curves.items()):
        colour = COLOURS[i % len(COLOURS)]
        before = np.concatenate(([1.0], curve.estimate))
        right = np.minimum(curve.right, beyond)
        # one flat piece before each interval and, unless the curve has come to 0, none after it
        if isinstance(curve, Turnbull):
            _limits(ax, curve, beyond, colour)
            if not curve.unique:
                _several(ax, curve, beyond, colour, str(label))
                continue
        ax.hlines(
            before[:-1], np.concatenate(([0.0], right[:-1])), curve.left,
            color=colour, linewidth=1.6, label=str(label) or None,
        )  # fmt: skip
        exact = curve.left == curve.right
        ax.vlines(
            curve.left[exact], curve.estimate[exact], before[:-1][exact],
            color=colour, linewidth=1.6,
        )  # fmt: skip
        ax.bar(
            curve.left[~exact], curve.mass[~exact], (right - curve.left)[~exact],
            curve.estimate[~exact], align="edge", color=colour, alpha=0.22, linewidth=0,
        )  # fmt: skip
    ax.set_xlim(0, beyond)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("time")
    ax.set_ylabel("without the event")
    ax.spines[["top", "right"]].set_visible(False)
    if any(str(label) for label in curves):
        ax.legend(frameon=False)
    return ax


def _several(ax: Any, curve: Turnbull, beyond: float, colour: Any, label: str) -> None:
    """Shade from the least to the largest curve of one likelihood."""
    low = np.concatenate(([1.0], curve.innermost_least))
    high = np.concatenate(([1.0], curve.innermost_most))
    begun = np.concatenate(([0.0], curve.innermost_left, [beyond]))
    ended = np.concatenate(([0.0], np.minimum(curve.innermost_right, beyond), [beyond]))
    times = np.unique(np.concatenate((begun, ended)))
    least = low[np.minimum(np.searchsorted(begun[1:-1], times, side="right"), len(low) - 1)]
    most = high[np.minimum(np.searchsorted(ended[1:-1], times, side="right"), len(high) - 1)]
    ax.fill_between(
        times, least, most, step="post", color=colour, alpha=0.3, linewidth=0, label=label or None
    )


def _limits(ax: Any, curve: Turnbull, beyond: float, colour: Any) -> None:
    """Shade the limits: between two times above the later lower one and below the earlier upper."""
    ends = np.unique(np.concatenate((curve.left, curve.right)))
    times = np.unique(np.concatenate(([0.0], ends[np.isfinite(ends)])))
    at = curve.at(times)
    ax.fill_between(
        np.append(times, beyond), np.append(np.append(at.low[1:], 0.0), 0.0),
        np.append(at.high, at.high[-1]), step="post", color=colour, alpha=0.1, linewidth=0,
    )  # fmt: skip
