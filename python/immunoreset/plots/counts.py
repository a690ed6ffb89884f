"""Cell counts of patients over time, on a log axis, with the limit of quantification."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from immunoreset._frame import columns, labels
from immunoreset.plots.axes import new_axes


def counts(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    count: ArrayLike | str,
    *,
    lloq: ArrayLike | str,
    below: ArrayLike | str | None = None,
    threshold: float | None = None,
    ylabel: str = "B cells per uL",
    ax: Any = None,
    data: Any = None,
) -> Any:
    """Draw each patient's counts; what lies below its limit hangs from it as an open mark.

    Parameters
    ----------
    patient, day, count : array_like or str
        One row a sample.
    lloq : float, array_like or str
        Lower limit of quantification of each sample; the band below each limit is shaded, so that
        it is the darker the more of the limits lie above.
    below : array_like of bool or str, optional
        Samples below their limit though written as the limit, beside those with ``count < lloq``.
    threshold : float, optional
        A line at the threshold of depletion or recovery.
    ylabel : str
        Name and unit of the count.
    ax : matplotlib Axes, optional
        Where to draw.
    data : frame or mapping, optional
        Where the columns are named.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset.plots.counts import counts
    >>> ax = counts(["A", "A"], [0, 28], [120.0, 0.5], lloq=1.0, threshold=10)
    >>> ax.get_yscale()
    'log'
    """
    if data is not None:
        patient, day, count, lloq, below = columns(
            data, patient=patient, day=day, count=count, lloq=lloq, below=below
        )
    ids, codes = labels(patient)
    days, values = np.asarray(day, float), np.asarray(count, float)
    limit = np.broadcast_to(np.asarray(lloq, float), values.shape)
    hidden = values < limit
    if below is not None:
        hidden |= np.asarray(below, bool)
    shown = np.where(hidden, limit, values)
    ax = ax if ax is not None else new_axes(7.5, 4.2)
    colour = "#1f5f8b" if len(ids) > 1 else "#0b2f4a"
    for code in range(len(ids)):
        rows = np.flatnonzero(codes == code)
        rows = rows[np.argsort(days[rows], kind="stable")]
        ax.plot(days[rows], shown[rows], color=colour, alpha=0.35, linewidth=0.9, zorder=2)
    ax.scatter(days[~hidden], shown[~hidden], s=9, color=colour, alpha=0.7, zorder=3, label="count")
    ax.scatter(
        days[hidden], shown[hidden], s=18, marker="v", facecolors="white", edgecolors="#8a4b00",
        linewidths=0.8, zorder=3, label="below its limit",
    )  # fmt: skip
    ax.set_yscale("log")
    limit_bands(ax, limit)
    if threshold is not None:
        ax.axhline(threshold, color="#5b6b7b", linewidth=0.9, linestyle="--", zorder=1)
        ax.annotate(
            f"threshold {threshold:g}", (1, threshold), xycoords=("axes fraction", "data"),
            ha="right", va="bottom", fontsize="small", color="#5b6b7b",
        )  # fmt: skip
    ax.axvline(0, color="#5b6b7b", linewidth=0.8)
    ax.set_xlabel("days since infusion")
    ax.set_ylabel(ylabel)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize="small", loc="lower right")
    return ax


def limit_bands(ax: Any, limit: Any) -> None:
    """Shade the band below each limit, down to the bottom of a log axis, which it sets."""
    limits = np.unique(limit)
    bottom = 0.4 * limits[0]
    for level in limits:
        ax.axhspan(
            bottom, level, color="#8a4b00", alpha=min(0.10, 0.3 / len(limits)), linewidth=0,
            zorder=0,
        )  # fmt: skip
    ax.set_ylim(bottom=bottom)
