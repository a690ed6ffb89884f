"""The share of values below each value, some known only to lie below a limit, with a fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS

if TYPE_CHECKING:
    from immunoreset.recovery.detection_limit import DetectionLimit


def detection_limit(results: Mapping[Any, DetectionLimit], ax: Any = None) -> Any:
    """Draw the Kaplan-Meier shares below each value, and the quantiles of the fit as dots.

    Ticks on the curve stand at the limits below which values lie; left of the least value or limit
    nothing is known, so no line is drawn there.

    Parameters
    ----------
    results : mapping of DetectionLimit
        From label to summary; an empty label is not shown.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import recovery
    >>> from immunoreset.plots.detection_limit import detection_limit
    >>> summary = recovery.detection_limit([1, 3, 4, 9], [True, False, False, False])
    >>> detection_limit({"CD19": summary}).get_legend_handles_labels()[1]
    ['CD19']
    """
    ax = ax if ax is not None else new_axes(7.0, 4.2)
    for i, (label, result) in enumerate(results.items()):
        colour = COLOURS[i % len(COLOURS)]
        value, share = result.value[::-1], result.share_below[::-1]
        if len(value):
            ax.step(
                value, share, where="pre", color=colour, linewidth=1.6, label=str(label) or None
            )
            ax.fill_between(
                value, result.share_low[::-1], result.share_high[::-1], step="pre", color=colour,
                alpha=0.15, linewidth=0,
            )  # fmt: skip
            limited = result.censored_at[::-1] > 0
            ax.plot(value[limited], share[limited], "|", color=colour, markersize=9)
        if result.method != "kaplan-meier":
            # one dot a quantile: the fitted distribution itself, with its limits
            ax.errorbar(
                [q.estimate for q in result.quantiles], result.p, fmt="o", color=colour,
                xerr=_reach(result), markersize=4, elinewidth=0.8,
            )  # fmt: skip
    if all(result.distribution != "normal" for result in results.values()):
        ax.set_xscale("log")
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("value")
    ax.set_ylabel("share below")
    ax.spines[["top", "right"]].set_visible(False)
    if any(str(label) for label in results):
        ax.legend(frameon=False)
    return ax


def _reach(result: DetectionLimit) -> Any:
    """Return how far the limits of the quantiles lie to either side; 0 where a side is open."""
    rows = [(q.estimate - q.low, q.high - q.estimate) for q in result.quantiles]
    return np.nan_to_num(np.array(rows).reshape(-1, 2).T, nan=0.0, posinf=0.0)
