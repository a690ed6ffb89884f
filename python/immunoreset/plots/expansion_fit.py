"""Fitted expansion curves with the samples they were fitted to, on a log axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes
from immunoreset.plots.counts import limit_bands
from immunoreset.plots.survival import COLOURS

if TYPE_CHECKING:
    from immunoreset.recovery.expansion_cohort import ExpansionCohort
    from immunoreset.recovery.expansion_fit import ExpansionFit

HEADROOM = 4.0  # of the axis above the largest sample
_GRID = 240


def fitted_curves(fit: ExpansionFit, *, ax: Any = None, ylabel: str = "CAR T (copies/ug)") -> Any:
    """Draw each course's samples and its curve, if it has one; of a single course with its limits.

    Parameters
    ----------
    fit : ExpansionFit
        The answer of `recovery.expansion_fit`.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    ylabel : str
        Name and unit of what was measured.

    Returns
    -------
    matplotlib Axes
        Open marks hang from the limit they lie below.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> day = [2, 4, 6, 8, 10, 12, 14, 21, 28]
    >>> copies = [30, 210, 900, 7400, 20500, 15000, 12300, 3200, 1400]
    >>> fit = recovery.expansion_fit(["P1"] * 9, day, copies, lloq=20, decline="exponential")
    >>> fit.plot().get_yscale()
    'log'
    """
    ax = ax if ax is not None else new_axes(7.5, 4.2)
    whose, day, height, hidden, limit = _marks(fit._samples)
    single = len(fit.patient) == 1
    last = 0.0
    for row, name in enumerate(fit.patient):
        since = day - fit.infusion_day[row]
        own = (whose == name) & (since >= 0) & (since <= fit.next_infusion_day[row]) & (height > 0)
        last = max(last, float(since[own].max(initial=0)))
        _scatter(ax, since[own], height[own], hidden[own], COLOURS[row % len(COLOURS)])
    grid = np.linspace(0, last, _GRID)
    curves = fit.predict(grid, limits=single)
    for row in np.flatnonzero(fit.status == "fitted").tolist():
        colour = COLOURS[row % len(COLOURS)]
        ax.plot(grid, curves.estimate[row], color=colour, linewidth=1.4, zorder=2)
        if single:
            ax.fill_between(
                grid, curves.low[row], curves.high[row], color=colour, alpha=0.15, linewidth=0
            )
    _finish(ax, height[height > 0], limit, ylabel)
    return ax


def cohort_curves(
    fit: ExpansionCohort, *, ax: Any = None, ylabel: str = "CAR T (copies/ug)"
) -> Any:
    """Draw samples, each patient's curve, and the middle one with its bands.

    The inner band holds the middle curve, the outer one the curves of most patients, both for one
    day each; open marks hang from the limit they lie below.

    Parameters
    ----------
    fit : ExpansionCohort
        The answer of `recovery.expansion_cohort`.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    ylabel : str
        Name and unit of what was measured.

    Returns
    -------
    matplotlib Axes
    """
    ax = ax if ax is not None else new_axes(7.5, 4.2)
    whose, day, height, hidden, limit = _marks(fit._samples)
    infusion = dict(zip(fit.patient, fit._infusion.tolist(), strict=True))
    since = day - np.array([infusion[name] for name in whose])
    shown = (since >= 0) & (height > 0)
    grid = np.linspace(0, since[shown].max(), _GRID)
    colour = COLOURS[0]
    for name in fit.patient:
        curve = fit.predict(grid, patient=name)
        ax.plot(grid, curve.estimate, color=colour, alpha=0.35, linewidth=0.8, zorder=2)
    _scatter(ax, since[shown], height[shown], hidden[shown], colour)
    middle = fit.predict(grid)
    for low, high, alpha in (
        (middle.patients_low, middle.patients_high, 0.10), (middle.low, middle.high, 0.25),
    ):  # fmt: skip
        ax.fill_between(grid, low, high, color=colour, alpha=alpha, linewidth=0, zorder=1)
    ax.plot(grid, middle.estimate, color="#0b2f4a", linewidth=1.8, zorder=4)
    _finish(ax, height[shown], limit, ylabel)
    return ax


def _marks(samples: tuple[Any, ...]) -> tuple[Any, Any, Any, Any, Any]:
    """Return patient, day, value or limit, whether it lies below that, and the limit."""
    whose, day, copies, lloq, below = samples
    limit = np.zeros(copies.shape) if lloq.dtype == object else np.broadcast_to(lloq, copies.shape)
    hidden = copies < limit
    if below.dtype != object:
        hidden = hidden | below.astype(bool)
    return whose, day.astype(float), np.where(hidden, limit, copies).astype(float), hidden, limit


def _scatter(ax: Any, since: Any, height: Any, hidden: Any, colour: Any) -> None:
    ax.scatter(since[~hidden], height[~hidden], s=9, color=colour, alpha=0.7, zorder=3)
    ax.scatter(
        since[hidden], height[hidden], s=18, marker="v", facecolors="white", edgecolors="#8a4b00",
        linewidths=0.8, zorder=3,
    )  # fmt: skip


def _finish(ax: Any, height: Any, limit: Any, ylabel: str) -> None:
    ax.set_yscale("log")
    if height.size:
        ax.set_ylim(0.4 * height.min(), HEADROOM * height.max())
    if (limit > 0).any():
        limit_bands(ax, limit)
    ax.set_xlabel("days since infusion")
    ax.set_ylabel(ylabel)
    ax.spines[["top", "right"]].set_visible(False)
