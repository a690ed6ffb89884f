"""State occupation: all states stacked up to 1, or a line a state with its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.errors import InputError
from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS, LINES

if TYPE_CHECKING:
    from immunoreset.survival.multistate import MultiState

SHADED = 4  # lines whose limits can be told apart
BESIDE: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1, 0.5)}


def occupation(
    curves: MultiState | Mapping[Any, MultiState],
    *,
    states: Sequence[Any] | None = None,
    stacked: bool | None = None,
    ax: Any = None,
    limits: bool | None = None,
    xlabel: str = "time",
    ylabel: str = "probability",
) -> Any:
    """Draw state occupation.

    Parameters
    ----------
    curves : MultiState or mapping from label to MultiState
        What `survival.multistate` returns.
    states : sequence, optional
        Which states to draw, the lowest first; by default all of them.
    stacked : bool, optional
        Stack the states on each other. By default where all states of one group are drawn;
        otherwise, and in any case for several groups, a line each.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    limits : bool, optional
        Shade the pointwise limits of lines; by default of up to four.
    xlabel, ylabel : str
        Names of the axes.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset.survival import multistate
    >>> ms = multistate([1, 1, 2, 3], [5, 9, 7, 4], [1, 2, 0, 2], initial=3)
    >>> ax = ms.plot()
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['2', '1', '3']
    """
    grouped = isinstance(curves, Mapping)
    named: dict[Any, MultiState] = dict(curves) if isinstance(curves, Mapping) else {"": curves}
    if stacked and grouped:
        raise InputError("stacked is True; draw each group by itself, or leave stacked out")
    ax = ax if ax is not None else new_axes(6.4, 4.4)
    shown = next(iter(named.values())).states if states is None else tuple(states)
    if stacked or (stacked is None and not grouped and states is None):
        _stack(ax, named[""], shown)
    else:
        several = len(named) * len(shown) > SHADED
        shaded = not several if limits is None else limits
        for i, (label, of_group) in enumerate(named.items()):
            for k, state in enumerate(shown):
                name = f"{label}, {state}" if grouped else str(state)
                colour = COLOURS[(i if grouped else k) % len(COLOURS)]
                _draw(ax, of_group, state, name, colour, LINES[k * grouped % len(LINES)], shaded)
        ax.grid(color="#e3e8ed", linewidth=0.8)
        ax.legend(frameon=False, **(BESIDE if several else {}))
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.set_ylim(0, 1.02)
    ax.set_xlim(left=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    return ax


def _draw(
    ax: Any, curves: MultiState, state: Any, label: str, colour: str, line: str, limits: bool
) -> None:
    one = curves.state(state)
    first = one.at(0.0)
    time = np.append(0.0, one.time)
    ax.step(
        time, np.append(first.estimate, one.estimate), where="post", color=colour, linestyle=line,
        linewidth=1.6, zorder=3, label=label,
    )  # fmt: skip
    if limits:
        ax.fill_between(
            time, np.append(first.low, one.low), np.append(first.high, one.high), step="post",
            color=colour, alpha=0.15, linewidth=0, zorder=1,
        )  # fmt: skip


def _stack(ax: Any, curves: MultiState, shown: Sequence[Any]) -> None:
    time = np.append(0.0, curves.time)
    below = np.zeros(len(time))
    for k, state in enumerate(shown):
        one = curves.state(state)
        above = below + np.append(curves.initial[one._place], one.estimate)
        ax.fill_between(
            time, below, above, step="post", color=COLOURS[k % len(COLOURS)], alpha=0.75,
            linewidth=0, label=str(state),
        )  # fmt: skip
        below = above
    handles, names = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], names[::-1], frameon=False, **BESIDE)
