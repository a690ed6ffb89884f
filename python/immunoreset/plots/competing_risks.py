"""Cumulative incidences: one line a cause, or all causes stacked up to 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.errors import InputError
from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS, LINES, write_risk_table

if TYPE_CHECKING:
    from immunoreset.survival.competing_risks import CompetingRisks


def incidence(
    curves: CompetingRisks | Mapping[Any, CompetingRisks],
    *,
    causes: Sequence[Any] | None = None,
    stacked: bool = False,
    ax: Any = None,
    limits: bool = True,
    risk_table: bool = False,
    xlabel: str = "time",
    ylabel: str | None = None,
) -> Any:
    """Draw cumulative incidences: of each cause, or of one cause or more in several groups.

    Parameters
    ----------
    curves : CompetingRisks or mapping from label to CompetingRisks
        What `survival.competing_risks` returns.
    causes : sequence, optional
        Which causes to draw; by default all of them.
    stacked : bool, default False
        Stack the causes on each other, so that what is left up to 1 is event-free survival. For
        one group.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    limits : bool, default True
        Shade the pointwise limits of lines.
    risk_table : bool, default False
        Write under the axis how many are under observation at each tick.
    xlabel, ylabel : str
        Names of the axes.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset.survival import competing_risks
    >>> ax = competing_risks([9, 13, 13, 18, 23], [1, 2, 0, 1, 0]).plot(stacked=True)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['1', '2']
    """
    grouped = isinstance(curves, Mapping)
    named: dict[Any, CompetingRisks] = dict(curves) if isinstance(curves, Mapping) else {"": curves}
    if stacked and grouped:
        raise InputError("stacked is True; draw each group by itself, or leave stacked out")
    ax = ax if ax is not None else new_axes(6.4, 4.4)
    shown = next(iter(named.values())).causes if causes is None else tuple(causes)
    if stacked:
        _stack(ax, named[""], shown)
    else:
        for i, (label, of_group) in enumerate(named.items()):
            for k, cause in enumerate(shown):
                one = of_group.cause(cause)
                _draw(
                    ax,
                    one,
                    f"{label}, {cause}" if grouped and len(shown) > 1 else str(label or cause),
                    COLOURS[(i if grouped else k) % len(COLOURS)],
                    LINES[(k if grouped else 0) % len(LINES)],
                    limits,
                )
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel or "cumulative incidence")
    ax.set_ylim(0, 1.02)
    ax.set_xlim(left=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e3e8ed", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.legend(frameon=False)
    if risk_table:
        rows = {label: of_group.cause(shown[0]) for label, of_group in named.items()}
        write_risk_table(ax, rows, grouped)
    return ax


def _draw(ax: Any, one: Any, label: str, colour: str, line: str, limits: bool) -> None:
    time = np.append(0.0, one.time)
    ax.step(
        time, np.append(0.0, one.estimate), where="post", color=colour, linestyle=line,
        linewidth=1.6, zorder=3, label=label,
    )  # fmt: skip
    if limits:
        ax.fill_between(
            time, np.append(0.0, one.low), np.append(one._all._start_high, one.high), step="post",
            color=colour, alpha=0.15, linewidth=0, zorder=1,
        )  # fmt: skip


def _stack(ax: Any, curves: CompetingRisks, shown: Sequence[Any]) -> None:
    time = np.append(0.0, curves.time)
    below = np.zeros(len(time))
    for k, cause in enumerate(shown):
        above = below + np.append(0.0, curves.cause(cause).estimate)
        ax.fill_between(
            time, below, above, step="post", color=COLOURS[k % len(COLOURS)], alpha=0.75,
            linewidth=0, label=str(cause),
        )  # fmt: skip
        below = above
