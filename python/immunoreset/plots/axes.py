"""Axes to draw on: a figure that a notebook shows, or one that belongs to nobody but its caller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def new_axes(width: float, height: float) -> Any:
    """Return axes of a new pyplot figure (inches), which a notebook or a window shows."""
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def detached_axes(width: float, height: float) -> Any:
    """Return axes of a figure that pyplot does not know: for files, and for threads."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def round_ticks(low: float, high: float) -> list[float]:
    """Return round numbers from one to the other on a logarithmic axis: 4 to 8, if there are."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks: list[float] = []
    for leading in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)):
        ticks = [a * 10.0**k for k in powers for a in leading if low <= a * 10.0**k <= high]
        if len(ticks) >= 4:
            break
    return ticks[:: -(-len(ticks) // 8) or 1]


def write_ticks(ax: Any, ticks: Sequence[float]) -> None:
    """Write these numbers, as numbers, along a logarithmic horizontal axis, and no others."""
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
