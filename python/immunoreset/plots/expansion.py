"""Expansion curves: CAR T cells over time on a log axis, the peaks marked, limits as bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes
from immunoreset.plots.counts import limit_bands
from immunoreset.plots.survival import COLOURS

if TYPE_CHECKING:
    from immunoreset.recovery.expansion import Expansion


def expansion_curves(rows: Expansion, *, ax: Any = None, ylabel: str = "CAR T (copies/ug)") -> Any:
    """Draw a curve a patient and infusion, in a colour a group, in days since its infusion.

    Parameters
    ----------
    rows : Expansion
        The answer of `recovery.expansion`.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    ylabel : str
        Name and unit of what was measured.

    Returns
    -------
    matplotlib Axes
        Samples below their limit hang from it as open marks, above a band that is shaded; the peak
        is a diamond. Without limits a value of 0 has no place on the axis and is left out.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> ex = recovery.expansion(["A"] * 4, [0, 7, 14, 28], [0, 900, 300, 80], lloq=50)
    >>> ax = ex.plot()
    >>> ax.get_yscale()
    'log'
    """
    whose, day, copies, lloq, below = rows._samples
    limit = np.zeros(copies.shape) if lloq.dtype == object else np.broadcast_to(lloq, copies.shape)
    hidden = copies < limit
    if below.dtype != object:
        hidden = hidden | below.astype(bool)
    height = np.where(hidden, limit, copies).astype(float)
    ax = ax if ax is not None else new_axes(7.5, 4.2)
    groups = [None] * len(rows.patient) if rows.group is None else rows.group
    colours = {
        label: COLOURS[i % len(COLOURS)] for i, label in enumerate(dict.fromkeys(_sorted(groups)))
    }
    named: set[Any] = set()
    lost: list[tuple[float, float]] = []
    for row, name in enumerate(rows.patient):
        since = day - rows.infusion_day[row]
        own = (whose == name) & (since >= 0) & (since <= rows.next_infusion_day[row])
        own = np.flatnonzero(own & (height > 0))
        own = own[np.argsort(since[own], kind="stable")]
        colour, label = colours[groups[row]], groups[row]
        ax.plot(
            since[own], height[own], color=colour, alpha=0.45, linewidth=1.0, zorder=2,
            label=None if label is None or label in named else str(label),
        )  # fmt: skip
        named.add(label)
        lost += zip(since[own[hidden[own]]], height[own[hidden[own]]], strict=True)
        seen = own[~hidden[own]]
        ax.scatter(since[seen], height[seen], s=9, color=colour, alpha=0.7, zorder=3)
    peaks = np.isfinite(rows.cmax)
    ax.scatter(
        rows.tmax[peaks], rows.cmax[peaks], s=30, marker="D", zorder=4, edgecolors="white",
        linewidths=0.6, color=[colours[groups[row]] for row in np.flatnonzero(peaks)], label="peak",
    )  # fmt: skip
    ax.scatter(
        *np.reshape(lost, (-1, 2)).T, s=18, marker="v", facecolors="white", edgecolors="#8a4b00",
        linewidths=0.8, zorder=3, label="below its limit",
    )  # fmt: skip
    ax.set_yscale("log")
    if (limit > 0).any():
        limit_bands(ax, limit)
    ax.axvline(0, color="#5b6b7b", linewidth=0.8)
    ax.set_xlabel("days since infusion")
    ax.set_ylabel(ylabel)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize="small", loc="upper right")
    return ax


def _sorted(labels: Any) -> list[Any]:
    """Return distinct labels in order; None alone stays as it is."""
    return [None] if None in labels else sorted(set(labels))
