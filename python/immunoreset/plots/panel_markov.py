"""Markov models of panel data: the probability of each state over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS, LINES

if TYPE_CHECKING:
    from immunoreset.survival.panel_markov import PanelMarkov

POINTS = 101


def probabilities(
    fit: PanelMarkov,
    *,
    ax: Any = None,
    start: Any = None,
    days: float | None = None,
    at: Any = None,
    limits: bool = True,
    xlabel: str = "days",
    ylabel: str | None = None,
) -> Any:
    """Draw the probability of each state over time, from one state on.

    Parameters
    ----------
    fit : PanelMarkov
        What `survival.panel_markov` returns.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    start : optional
        The state at day 0; by default the first one.
    days : float, optional
        How far; by default the longest follow-up of a patient.
    at : sequence of float or mapping, optional
        Values of the covariates, as in `PanelMarkov.probability`.
    limits : bool, default True
        Shade the pointwise limits.
    xlabel, ylabel : str
        Names of the axes.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset.survival import panel_markov
    >>> ax = panel_markov([1, 1, 1, 2, 2], [0, 30, 60, 0, 30], ["a", "b", "b", "a", "a"],
    ...                   transitions=[("a", "b")]).plot()
    >>> ax.get_ylabel()
    'probability after a'
    """
    ax = ax if ax is not None else new_axes(6.4, 4.4)
    start = fit.states[0] if start is None else start
    time = np.linspace(0, fit.longest if days is None else days, POINTS)
    after = fit.probability(time, start=start, at=at)
    for j, state in enumerate(fit.states):
        colour = COLOURS[j % len(COLOURS)]
        ax.plot(
            time, after.estimate[:, j], color=colour, linewidth=1.6, label=str(state), zorder=3,
            linestyle=LINES[j // len(COLOURS) % len(LINES)],
        )  # fmt: skip
        if limits:
            ax.fill_between(
                time, after.low[:, j], after.high[:, j], color=colour, alpha=0.15, linewidth=0,
                zorder=1,
            )  # fmt: skip
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel or f"probability after {start}")
    ax.set_ylim(0, 1)
    ax.set_xlim(left=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e3e8ed", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.legend(frameon=False)
    return ax
