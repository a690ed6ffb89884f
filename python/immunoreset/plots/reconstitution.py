"""B cell return from below, competing events from above, what lies between without either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS

if TYPE_CHECKING:
    from immunoreset.recovery.reconstitution import Reconstitution
    from immunoreset.recovery.reconstitution_parametric import ReconstitutionParametric

POINTS = 60


def reconstitution(
    curves: Mapping[Any, Reconstitution | ReconstitutionParametric],
    ax: Any = None,
    *,
    level: float | None = 0.95,
) -> Any:
    """Draw curves of return; innermost intervals are shaded, and no line is drawn in them.

    Parameters
    ----------
    curves : mapping of Reconstitution or ReconstitutionParametric
        From label to curve; an empty label is not shown.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    level : float or None, default 0.95
        The confidence level of the limits, fine lines; None leaves them out.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import recovery
    >>> from immunoreset.plots.reconstitution import reconstitution
    >>> ax = reconstitution({"SLE": recovery.reconstitution([28], [56])})
    >>> ax.get_ylabel()
    'B cell return (below), competing event (above)'
    """
    ax = ax if ax is not None else new_axes(7.5, 4.2)
    ends = np.concatenate([_days(curve) for curve in curves.values()] or [np.empty(0)])
    last = max(ends[np.isfinite(ends)], default=1.0) or 1.0
    for i, (label, curve) in enumerate(curves.items()):
        colour = COLOURS[i % len(COLOURS)]
        draw = _falls if hasattr(curve, "mass") else _line
        draw(curve, ax, last, level, colour, str(label) or None)
    ax.set_xlim(0, 1.03 * last)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("days")
    ax.set_ylabel("B cell return (below), competing event (above)")
    ax.spines[["top", "right"]].set_visible(False)
    if any(str(label) for label in curves):
        ax.legend(frameon=False)
    return ax


def _days(curve: Any) -> Any:
    """Return the days that the picture holds."""
    if hasattr(curve, "mass"):
        return np.concatenate((curve.right, curve.competing_time, [curve.last_censored]))
    return np.concatenate([column for column in curve._rows if column is not None])


def _line(
    curve: Any, ax: Any, last: float, level: float | None, colour: Any, label: str | None
) -> None:
    """Draw a parametric curve."""
    days = np.linspace(0, last, POINTS + 1)
    at = curve.at(days, level=0.95 if level is None else level)
    ax.plot(days, at.estimate, color=colour, linewidth=1.6, label=label)
    if level is not None:
        for limit in (at.low, at.high):
            ax.plot(days, limit, color=colour, linewidth=0.8, alpha=0.8)
    ax.plot(days, 1 - at.competing, color=colour, linewidth=1, linestyle="--")


def _falls(
    curve: Any, ax: Any, last: float, level: float | None, colour: Any, label: str | None
) -> None:
    """Draw a nonparametric curve, flat between boxes."""
    share = np.concatenate(([0.0], curve.estimate))
    ax.hlines(
        share, np.concatenate(([0.0], curve.right)), np.concatenate((curve.left, [last])),
        color=colour, linewidth=1.6, label=label,
    )  # fmt: skip
    exact = curve.left == curve.right
    ax.vlines(curve.left[exact], share[:-1][exact], share[1:][exact], color=colour, linewidth=1.6)
    ax.bar(
        curve.left[~exact], curve.mass[~exact], (curve.right - curve.left)[~exact],
        share[:-1][~exact], align="edge", color=colour, alpha=0.22, linewidth=0,
    )  # fmt: skip
    if level is not None:
        band = curve.band(level=level)
        for limit in (band.low, band.high):
            ax.stairs(
                limit, np.append(band.left, band.right[-1:]) if len(limit) else [0.0],
                baseline=None, color=colour, linewidth=0.8, alpha=0.8,
            )  # fmt: skip
    top = 1.0
    for k, name in enumerate(sorted(set(curve.competing_cause), key=str)):
        own = np.array([c == name for c in curve.competing_cause])
        down = top - np.concatenate(([0.0], np.cumsum(curve.competing_mass[own]), [0.0]))
        down[-1] = down[-2]
        time = np.concatenate(([0.0], curve.competing_time[own], [last]))
        ax.step(time, down, where="post", color=colour, linewidth=1, linestyle=["--", ":"][k % 2])
        top = float(down[-1])
