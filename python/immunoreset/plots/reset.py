"""The components of an immune reset as a heat map, and the curves of a patient as three panels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset._result import number
from immunoreset.plots.axes import new_axes

if TYPE_CHECKING:
    from immunoreset.recovery.reset import Reset

FILLS = {
    "met": "#1f7a8c",
    "not met": "#e08a3c",
    "not yet assessable": "#f7f3e8",
    "not assessed": "#d5d9dd",
}
INK = "#0b2f4a"


def components(result: Reset, ax: Any = None) -> Any:
    """Draw a row a patient and a column a component, with the number that decided it.

    Parameters
    ----------
    result : Reset
        From `recovery.reset`. Components that were not assessed of anybody are left out.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of fitting size.

    Returns
    -------
    matplotlib Axes
        The composite is the last column, apart from its components.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> r = recovery.reset([90, 60], [120, 100], [400, 400], naive_share=[0.9, 0.6])
    >>> [text.get_text() for text in r.plot().get_xticklabels()]
    ['renewal', 'all']
    """
    return components_of_groups({"": result}, ax=ax)


def components_of_groups(results: Mapping[Any, Reset], ax: Any = None) -> Any:
    """Draw the patients of each group below each other, as `components` does.

    Parameters
    ----------
    results : mapping of Reset
        From label to result; an empty label is not shown.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of fitting size.

    Returns
    -------
    matplotlib Axes
    """
    from matplotlib.patches import Patch, Rectangle

    from immunoreset.recovery.reset import ALL, COMPONENTS

    names = [name for name in COMPONENTS if any(name in r.assessed for r in results.values())]
    rows = sum(result.n for result in results.values())
    ax = ax if ax is not None else new_axes(2.6 + 1.15 * (len(names) + 1), 1.5 + 0.34 * rows)
    places = [*range(len(names)), len(names) + 0.3]
    labels, row, seen = [], 0, set()
    for label, result in results.items():
        columns = [COMPONENTS.index(name) for name in names]
        for i in range(result.n):
            cells = [(result.status[i, k], _short(result, i, k)) for k in columns]
            cells.append((result.composite[i], ""))
            for place, (status, text) in zip(places, cells, strict=True):
                status = str(status)
                seen.add(status)
                ax.add_patch(
                    Rectangle(
                        (place - 0.5, row - 0.5), 1, 1, facecolor=FILLS[status], edgecolor="white",
                        linewidth=1.5,
                    )
                )  # fmt: skip
                if status == "not yet assessable":
                    text = "not yet"
                ax.text(
                    place, row, text, ha="center", va="center", fontsize="small",
                    color="white" if status == "met" else INK,
                )  # fmt: skip
            name = str(result.patient[i])
            labels.append(f"{label}  {name}" if label != "" else name)
            row += 1
        ax.axhline(row - 0.5, color=INK, linewidth=0.8 if row < rows else 0)
    ax.set_xlim(-0.5, places[-1] + 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.set_xticks(places, labels=[*names, ALL])
    ax.set_yticks(range(rows), labels=labels)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_ylabel("patient")
    ax.legend(
        handles=[
            Patch(facecolor=fill, edgecolor="#8a939c", linewidth=0.5, label=status)
            for status, fill in FILLS.items()
            if status in seen
        ],
        frameon=False, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4,
    )  # fmt: skip
    return ax


def _short(result: Reset, row: int, column: int) -> str:
    value = float(result.value[row, column])
    if np.isnan(value):
        return ""
    return ("<" if result.is_limit[row, column] else "") + number(value, 3)
