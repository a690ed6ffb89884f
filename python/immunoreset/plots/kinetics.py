"""Recovery curves with the counts they were fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS

if TYPE_CHECKING:
    from immunoreset.recovery.kinetics import Kinetics
    from immunoreset.recovery.kinetics_cohort import KineticsCohort

HEADROOM = 4.0  # of the axis above the largest count


def recovery_curves(fit: Kinetics, rows: tuple[Any, ...], ax: Any = None) -> Any:
    """Draw each patient's counts and curve; open marks hang from the limit they lie below.

    Parameters
    ----------
    fit : Kinetics
        The curves, which are drawn over the days of their samples.
    rows : tuple
        Of the call: codes of patients, day, count, lloq, below.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import recovery
    >>> day, count = [28, 56, 84, 112, 140, 180], [0, 2, 9, 41, 70, 95]
    >>> recovery.kinetics(["P1"] * 6, day, count, lloq=1).plot().get_yscale()
    'log'
    """
    ax = ax if ax is not None else new_axes(7.5, 4.2)
    patient = np.asarray(rows[0])
    days, shown, hidden = _marks(rows)
    single = len(fit.patient) == 1
    for code in range(len(fit.patient)):
        colour = COLOURS[code % len(COLOURS)]
        own = patient == code
        ax.scatter(days[own & ~hidden], shown[own & ~hidden], s=12, color=colour, zorder=3)
        ax.scatter(
            days[own & hidden], shown[own & hidden], s=18, marker="v", facecolors="white",
            edgecolors=colour, linewidths=0.8, zorder=3,
        )  # fmt: skip
        if fit.status[code] != "fitted":
            continue
        grid = np.linspace(fit.first_day[code], fit.last_day[code], 200)
        curve = fit.at(grid)
        level = np.where(curve.estimate[code] > 0, curve.estimate[code], np.nan)
        ax.plot(grid, level, color=colour, linewidth=1.4, zorder=2)
        if single:
            ax.fill_between(
                grid, curve.low[code], curve.high[code], color=colour, alpha=0.15, linewidth=0
            )
    _finish(ax, shown, fit.threshold)
    return ax


def cohort_curves(fit: KineticsCohort, rows: tuple[Any, ...], ax: Any = None) -> Any:
    """Draw counts, each patient's curve, and the middle one with its bands.

    The inner band holds the middle curve, the outer one the curves of most patients, both for one
    day each, on the days on which their upper end is within the picture; open marks hang from the
    limit they lie below.

    Parameters
    ----------
    fit : KineticsCohort
        The curves, which are drawn over the days of the samples.
    rows : tuple
        Of the call: codes of patients, day, count, lloq, below.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = ax if ax is not None else new_axes(7.5, 4.2)
    days, shown, hidden = _marks(rows)
    positive = days > 0 if fit.model == "emax" else np.ones(len(days), bool)
    grid = np.linspace(days[positive].min(), days.max(), 200)
    curves = fit.at(grid)
    colour = COLOURS[0]
    for curve in curves.individual:
        ax.plot(grid, curve, color=colour, alpha=0.35, linewidth=0.8, zorder=2)
    ax.scatter(days[~hidden], shown[~hidden], s=9, color=colour, alpha=0.7, zorder=3)
    ax.scatter(
        days[hidden], shown[hidden], s=18, marker="v", facecolors="white", edgecolors="#8a4b00",
        linewidths=0.8, zorder=3,
    )  # fmt: skip
    for low, high, alpha in (
        (curves.patients_low, curves.patients_high, 0.10), (curves.low, curves.high, 0.25),
    ):  # fmt: skip
        known = high <= HEADROOM * shown.max()
        ax.fill_between(
            grid, low, high, where=known, color=colour, alpha=alpha, linewidth=0, zorder=1
        )
    ax.plot(grid, curves.estimate, color="#0b2f4a", linewidth=1.8, zorder=4)
    _finish(ax, shown, fit.threshold)
    return ax


def _marks(rows: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Return day, count or limit, and whether the count lies below it."""
    _, day, count, lloq, below = rows
    days, values = np.asarray(day, float), np.asarray(count, float)
    limit = np.broadcast_to(np.asarray(0.0 if lloq is None else lloq, float), values.shape)
    hidden = values < limit
    if below is not None:
        hidden |= np.asarray(below, bool)
    return days, np.where(hidden, limit, values), hidden


def _finish(ax: Any, shown: Any, threshold: float | None) -> None:
    ax.set_yscale("log")
    if shown[shown > 0].size:
        ax.set_ylim(0.4 * shown[shown > 0].min(), HEADROOM * shown.max())
    if threshold is not None:
        ax.axhline(threshold, color="#5b6b7b", linewidth=0.9, linestyle="--", zorder=1)
    ax.set_xlabel("days since infusion")
    ax.set_ylabel("B cells per uL")
    ax.spines[["top", "right"]].set_visible(False)
