"""Wins, losses and ties of a hierarchy of outcomes, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes

if TYPE_CHECKING:
    from immunoreset.survival.win_ratio import WinRatio

WIN, LOSS, TIE = "#1b7837", "#b2182b", "#bdbdbd"


def win_ratio_bars(result: WinRatio, ax: Any = None) -> Any:
    """Draw a bar an outcome, shares of all pairs won, still tied and lost, and one of all outcomes.

    Parameters
    ----------
    result : WinRatio
        From `survival.win_ratio`.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import survival
    >>> from immunoreset.plots.axes import detached_axes
    >>> from immunoreset.plots.win_ratio import win_ratio_bars
    >>> score = survival.win_outcome("activity", score=[4, 2, 1, 3, 5], better="smaller")
    >>> result = survival.win_ratio(score, ["b", "b", "b", "a", "a"])
    >>> drawn = win_ratio_bars(result, ax=detached_axes(7, 2))
    >>> [text.get_text() for text in drawn.get_yticklabels()]
    ['activity', 'all outcomes']
    """
    rows = len(result.outcomes) + 1
    ax = ax if ax is not None else new_axes(7.0, 1.2 + 0.45 * rows)
    wins = np.append(result.wins, result.wins.sum()) / result.pairs
    losses = np.append(result.losses, result.losses.sum()) / result.pairs
    ties = np.append(result.ties, result.ties[-1]) / result.pairs
    place = np.arange(rows)
    left = np.zeros(rows)
    # the pairs that an outcome decides, between those that are left over
    for share, colour, label in (
        (wins, WIN, f"{result.group} wins"),
        (ties, TIE, "tied so far"),
        (losses, LOSS, f"{result.reference} wins"),
    ):
        ax.barh(place, share, 0.7, left=left, color=colour, label=label)
        left = left + share
    ax.set_yticks(place, [*result.outcomes, "all outcomes"])
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.set_xlabel("share of all pairs")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return ax
