"""The shares of the states after CAR T as stacked areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes

if TYPE_CHECKING:
    from immunoreset.recovery.reset_states import ResetStates

COLOURS = ("#8a939c", "#a9cfd8", "#1f7a8c", "#e3c567", "#e08a3c", "#3b3f45")


def states(result: ResetStates, ax: Any = None) -> Any:
    """Draw the shares as steps, stacked; return the axes.

    Parameters
    ----------
    result : ResetStates
        From `recovery.reset_states`. States that nobody is ever in are left out.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import recovery
    >>> inf = float("inf")
    >>> s = recovery.reset_states([7, 9], [80, 80], [100, inf], [400, 400], [inf, 200], at=[400])
    >>> s.plot().get_legend_handles_labels()[1]
    ['active', 'aplastic', 'recovered, not drug-free', 'relapsed']
    """
    from immunoreset.recovery.reset_states import shares_by_day

    ax = ax if ax is not None else new_axes(7.5, 4.0)
    days, shares = shares_by_day(result)
    below = np.zeros(len(days))
    for name, share, colour in zip(result.states, shares.T, COLOURS, strict=True):
        if (share > 0).any():
            ax.fill_between(
                days, below, below + share, step="post", color=colour, linewidth=0, label=name
            )
            below = below + share
    ax.set_xlim(0, result.tau)
    ax.set_ylim(0, 1)
    ax.set_xlabel("days since infusion")
    ax.set_ylabel("share of patients")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), reverse=True)
    return ax
