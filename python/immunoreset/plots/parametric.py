"""Parametric survival curves with their pointwise limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS

if TYPE_CHECKING:
    from immunoreset.survival.parametric import Parametric

POINTS = 61


def parametric(
    fits: Parametric | Mapping[Any, Parametric],
    ax: Any = None,
    X: ArrayLike | Mapping[str, float] = (),
) -> Any:
    """Draw a fitted survival curve, or those of several groups, up to the latest time of the data.

    Parameters
    ----------
    fits : Parametric or mapping from label to Parametric
        What `survival.parametric` returns.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    X : sequence of float, or mapping from name to float
        The covariates of the patient.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import survival
    >>> ax = survival.parametric([0, 0, 2, 3], [1, 2, 3, float("inf")]).plot()
    >>> ax.get_ylabel()
    'without the event'
    """
    named: dict[Any, Parametric] = dict(fits) if isinstance(fits, Mapping) else {"": fits}
    ax = ax if ax is not None else new_axes(6.4, 4.4)
    for i, (label, fit) in enumerate(named.items()):
        ends = np.concatenate([np.ravel(end) for end in fit._rows[:2] if end is not None])
        curve = fit.at(np.linspace(0, ends[np.isfinite(ends)].max(), POINTS), X)
        colour = COLOURS[i % len(COLOURS)]
        ax.plot(curve.time, curve.estimate, color=colour, label=str(label) or None)
        ax.fill_between(curve.time, curve.low, curve.high, color=colour, alpha=0.18, linewidth=0)
    ax.set_xlim(left=0)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("time")
    ax.set_ylabel("without the event")
    ax.spines[["top", "right"]].set_visible(False)
    if any(str(label) for label in named):
        ax.legend(frameon=False)
    return ax
