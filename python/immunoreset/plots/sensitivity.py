"""Heat tables of what each pair of thresholds says of depletion and return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes

if TYPE_CHECKING:
    from immunoreset.recovery.depletion_sensitivity import DepletionSensitivity

UNKNOWN = "#dfe3e8"


def sensitivity(tables: Mapping[Any, DepletionSensitivity], *, ax: Any = None) -> Any:
    """Draw a column for each threshold, and a row for each table and level of recovery.

    Parameters
    ----------
    tables : mapping of DepletionSensitivity
        From label to table; an empty label is not shown.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of fitting size.

    Returns
    -------
    matplotlib Axes
        The colour is the middle of the interval that holds the median return (its left end where
        the right one is infinite); the text gives the interval, and how many recovered of those
        depleted. Grey: not decided by the limits, or nobody depleted. White: no such pair.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> ax = recovery.depletion_sensitivity(
    ...     ["a"] * 4, [-7, 14, 84, 112], [210, 0, 31, 60], lloq=1, thresholds=[1, 10]
    ... ).plot()
    >>> [text.get_text() for text in ax.get_xticklabels()]
    ['1', '10']
    """
    columns = sorted({level for table in tables.values() for level in table.threshold})
    rows = [(label, level) for label, table in tables.items() for level in _levels(table)]
    colour = np.full((len(rows), len(columns)), np.nan)
    words = [[""] * len(columns) for _ in rows]
    for row, (label, level) in enumerate(rows):
        table = tables[label]
        for i in range(len(table.threshold)):
            if level is None or table.recovery[i] == level:
                column = columns.index(table.threshold[i])
                colour[row, column], words[row][column] = _cell(table, i)
    ax = ax if ax is not None else new_axes(2.8 + 1.1 * len(columns), 1.7 + 0.62 * len(rows))
    unknown = np.array([[bool(text) for text in line] for line in words]) & np.isnan(colour)
    ax.imshow(np.where(unknown, 1.0, np.nan), cmap=_grey(), aspect="auto")
    image = ax.imshow(colour, cmap="YlGnBu", aspect="auto")
    for row, line in enumerate(words):
        for column, text in enumerate(line):
            dark = np.isfinite(colour[row, column]) and image.norm(colour[row, column]) > 0.55
            ax.text(
                column, row, text, ha="center", va="center", fontsize="small",
                color="white" if dark else "#0b2f4a",
            )  # fmt: skip
    ax.set_xticks(range(len(columns)), labels=[f"{level:g}" for level in columns])
    ax.set_yticks(range(len(rows)), labels=[_row_words(*row) for row in rows])
    ax.set_xticks(np.arange(len(columns) - 1) + 0.5, minor=True)
    ax.set_yticks(np.arange(len(rows) - 1) + 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="both", length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("depleted below (cells per uL)")
    if any(level is not None for _, level in rows):
        ax.set_ylabel("recovered from (cells per uL)")
    if np.isfinite(colour).any():
        ax.figure.colorbar(image, ax=ax, label="median return, days", pad=0.02)
    return ax


def _grey() -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap([UNKNOWN])


def _levels(table: DepletionSensitivity) -> list[float | None]:
    """Return the levels of recovery, largest first, or None where it is the threshold itself."""
    if np.array_equal(table.threshold, table.recovery):
        return [None]
    return sorted(set(table.recovery.tolist()), reverse=True)


def _cell(table: DepletionSensitivity, i: int) -> tuple[float, str]:
    if table.undecided[i]:
        return np.nan, f"{table.undecided[i]} not\ndecided"
    back = f"{table.recovered[i]} of {table.depleted[i]} back"
    left, right = float(table.median_left[i]), float(table.median_right[i])
    if np.isnan(left):
        return np.nan, "nobody\ndepleted"
    if np.isinf(right):
        return left, f"> {left:g}\n{back}"
    between = f"{left:g}" if left == right else f"{left:g} to {right:g}"
    return (left + right) / 2, f"{between}\n{back}"


def _row_words(label: Any, level: float | None) -> str:
    if isinstance(label, tuple):
        label = ", ".join(map(str, label))
    if level is None:
        return str(label) or "all"
    return f"{label}  {level:g}".strip()
