"""B cell subsets as stacked areas over the days, or over the samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import labels
from immunoreset.errors import InputError
from immunoreset.plots.axes import new_axes

if TYPE_CHECKING:
    from immunoreset.recovery.composition import Composition


def composition(result: Composition, day: ArrayLike | None = None, ax: Any = None) -> Any:
    """Draw stacked areas of the subsets; return the axes.

    Areas are joined by straight lines from one day to the next, also over aplasia, which has no
    composition: draw before and after apart where that would mislead.

    Parameters
    ----------
    result : Composition
        From `recovery.composition`.
    day : array_like of float, optional
        Of each sample. Samples of one day are drawn as their geometric mean composition. Without
        it each sample is a bar.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        For days that are missing or not one a sample.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> from immunoreset.plots.composition import composition
    >>> shares = recovery.composition([[0.2, 0.8], [0.9, 0.1]], names=["naive", "memory"])
    >>> composition(shares, day=[-7, 112]).get_legend_handles_labels()[1]
    ['naive', 'memory']
    """
    ax = ax if ax is not None else new_axes(7.0, 4.0)
    colours = [_colour(j, len(result.names)) for j in range(len(result.names))]
    words = [name.replace("_", " ") for name in result.names]
    if day is None:
        place, share = np.arange(1, result.n + 1), result.share
        below = np.zeros(result.n)
        for j in range(len(words)):
            ax.bar(place, share[:, j], 0.9, bottom=below, color=colours[j], label=words[j])
            below = below + share[:, j]
        ax.set_xticks(place)
        ax.set_xlabel("sample")
    else:
        place, share = means_of_days(result, day)
        ax.stackplot(place, share.T, colors=colours, labels=words)
        ax.vlines(place, 0, 1, color="white", linewidth=0.5)
        ax.set_xlabel("days since infusion")
    ax.margins(x=0)
    ax.set_ylim(0, 1)
    ax.set_ylabel("share of B cells")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), reverse=True)
    return ax


def means_of_days(result: Composition, day: ArrayLike) -> tuple[Any, Any]:
    """Return the days in order, and the geometric mean composition of each: what is drawn."""
    days, codes = labels(day, "day")
    if len(codes) != result.n:
        raise InputError(f"day has {len(codes)} values; there are {result.n} samples")
    rows = [result.share[codes == code] for code in range(len(days))]
    return np.array(days, float), np.array(
        [_core.composition(some, None, None)[3] for some in rows]
    )


def _colour(j: int, count: int) -> Any:
    from matplotlib import colormaps

    return colormaps["viridis"](0.08 + 0.84 * j / max(1, count - 1))
