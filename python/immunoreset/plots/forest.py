"""Forest plots: an estimate with its limits, one row each, with the numbers beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from immunoreset.plots.axes import new_axes


def forest_size(rows: int) -> tuple[float, float]:
    """Return the width and height in inches that fit a plot of so many rows."""
    return 7.5, 1.0 + 0.27 * rows


def forest(
    labels: Sequence[str],
    estimate: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    size: ArrayLike | None = None,
    numbers: Sequence[str] | None = None,
    summary: Sequence[bool] | None = None,
    xlabel: str = "rate",
    ax: Any = None,
) -> Any:
    """Draw one row a group: its label, a square with its limits, and its numbers as text.

    Parameters
    ----------
    labels : sequence of str
        What each row is, from the top.
    estimate, low, high : array_like of float
        Estimates and limits; a row whose estimate is NaN gets its limits only.
    size : array_like of float, optional
        Patients behind each row; the area of the square is in proportion.
    numbers : sequence of str, optional
        Text on the right of each row, such as "8/8".
    summary : sequence of bool, optional
        Rows drawn as a diamond: those that combine others.
    xlabel : str
        Name of the horizontal axis.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import plots
    >>> from immunoreset.plots.forest import forest
    >>> ax = forest(["SLE", "IIM"], [1.0, 1.0], [0.63, 0.29], [1.0, 1.0], numbers=["8/8", "3/3"])
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['SLE', 'IIM']
    """
    estimate, low, high = (np.asarray(values, float) for values in (estimate, low, high))
    n = len(labels)
    ax = ax if ax is not None else new_axes(*forest_size(n))
    rows = np.arange(n)
    combined = np.zeros(n, bool) if summary is None else np.asarray(summary, bool)
    weight = np.full(n, 30.0)
    if size is not None:
        counts = np.asarray(size, float)
        weight = 12 + 68 * counts / max(counts.max(), 1)
    ax.hlines(rows, low, high, color="#1f5f8b", linewidth=1.4, zorder=2)
    for shown, marker, colour in ((~combined, "s", "#1f5f8b"), (combined, "D", "#0b2f4a")):
        ax.scatter(
            estimate[shown], rows[shown], s=weight[shown], marker=marker, color=colour, zorder=3,
            clip_on=False,
        )  # fmt: skip
    ax.set_yticks(rows, labels=list(labels))
    for text, bold in zip(ax.get_yticklabels(), combined, strict=True):
        text.set_fontweight("bold" if bold else "normal")
    ax.set_ylim(n - 0.4, -0.6)
    ax.set_xlabel(xlabel)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.grid(axis="x", color="#e3e8ed", linewidth=0.8)
    ax.set_axisbelow(True)
    if numbers is not None:
        for row, text in enumerate(numbers):
            ax.text(
                1.02, row, text, transform=ax.get_yaxis_transform(), va="center", fontsize="small"
            )
    return ax
