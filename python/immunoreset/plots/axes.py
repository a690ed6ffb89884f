"""Axes to draw on: a figure that a notebook shows, or one that belongs to nobody but its caller."""

from __future__ import annotations

from typing import Any


def new_axes(width: float, height: float) -> Any:
    """Return axes of a new pyplot figure (inches), which a notebook or a window shows."""
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def detached_axes(width: float, height: float) -> Any:
    """Return axes of a figure that pyplot does not know: for files, and for threads."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").add_subplot()
