"""Titres of patients with the curves fitted to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS

if TYPE_CHECKING:
    from immunoreset.recovery.titre import Titre


def titre_curves(fit: Titre, rows: tuple[Any, ...], ax: Any = None) -> Any:
    """Draw titres and curves on a log axis; open marks point beyond the limit they stand at.

    A band covers what lies beyond a limit that all samples share. Of one patient a dotted line
    shows the part that stays.

    Parameters
    ----------
    fit : Titre
        The curves, drawn over the days of their samples.
    rows : tuple
        Of the call: codes of patients, day, value, below, lloq, uloq.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import recovery
    >>> day, titre = [0, 28, 56, 84, 168], [410, 180, 95, 62, 44]
    >>> recovery.titre(["P1"] * 5, day, titre, half_life="IgG1").plot().get_yscale()
    'log'
    """
    patient, day, value, below, lloq, uloq = rows
    ax = ax if ax is not None else new_axes(7.5, 4.2)
    days, values = np.asarray(day, float), np.asarray(value, float)
    lower = np.broadcast_to(np.asarray(0.0 if lloq is None else lloq, float), values.shape)
    upper = np.broadcast_to(np.asarray(np.inf if uloq is None else uloq, float), values.shape)
    flags = np.zeros(values.shape, bool) if below is None else np.asarray(below, bool)
    is_below = flags | (values < lower)
    is_above = ~is_below & (values >= upper)
    shown = np.where(is_above, upper, np.where(is_below & (lower > 0), lower, values))
    for code in range(len(fit.patient)):
        colour, own = COLOURS[code % len(COLOURS)], np.asarray(patient) == code
        known = own & ~is_below & ~is_above
        ax.scatter(days[known], shown[known], s=14, color=colour, zorder=3)
        for beyond, marker in ((is_below, "v"), (is_above, "^")):
            ax.scatter(
                days[own & beyond], shown[own & beyond], s=20, marker=marker, facecolors="white",
                edgecolors=colour, linewidths=0.8, zorder=3,
            )  # fmt: skip
        if fit.status[code] == "fitted":
            _draw_curve(ax, fit, code, colour)
    ax.set_yscale("log")
    if shown.size:
        ax.set_ylim(0.5 * shown.min(), 2 * shown.max())
    low, high = ax.get_ylim()
    for limit, ends in ((lloq, (low, lloq)), (uloq, (uloq, high))):
        if limit is not None and np.ndim(limit) == 0:
            ax.axhspan(*ends, color="#5b6b7b", alpha=0.12, linewidth=0, zorder=0)
    ax.set_ylim(low, high)
    ax.set_xlabel("days since infusion")
    ax.set_ylabel("titre")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _draw_curve(ax: Any, fit: Titre, code: int, colour: Any) -> None:
    grid = np.linspace(fit.first_day[code], fit.last_day[code], 200)
    time = np.maximum(0, grid - fit.start_day)
    decayed = fit.short_lived[code] * np.exp2(-time / fit.half_life[code])
    ax.plot(grid, decayed + fit.long_lived[code], color=colour, linewidth=1.4, zorder=2)
    if len(fit.patient) == 1 and fit.long_lived[code] > 0:
        ax.axhline(fit.long_lived[code], color=colour, linewidth=0.9, linestyle=":", zorder=1)
