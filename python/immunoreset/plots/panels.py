"""CAR T, B cells and antibody titre of patients as aligned panels over one axis of days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from immunoreset.errors import InputError
from immunoreset.plots.counts import counts

SPAN_COLOURS = ("#1f7a8c", "#c58b2a", "#8c6bb1")


def panels(
    series: Mapping[str, Mapping[str, Any]],
    *,
    spans: Mapping[str, tuple[float, float]] | None = None,
    axes: Any = None,
) -> list[Any]:
    """Draw panels above each other, with one axis of days: CAR T, B cells and a titre, say.

    Parameters
    ----------
    series : mapping
        From the label of the axis of a panel to the arguments of `plots.counts.counts`: patient,
        day, count and lloq, and if wanted below, threshold and data. The first is drawn at the top.
    spans : mapping, optional
        From a name to two days, which are shaded in all panels: the interval in which B cells
        returned, say.
    axes : sequence of matplotlib Axes, optional
        Where to draw, one a panel, with one axis of days; by default a new figure.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    InputError
        For no panel, or another number of axes.

    Examples
    --------
    >>> from immunoreset.plots.panels import panels
    >>> who, day = ["A"] * 4, [0, 14, 90, 120]
    >>> top, middle, bottom = panels(
    ...     {
    ...         "CAR T per uL": {"patient": who, "day": day, "count": [1, 90, 2, 1], "lloq": 1},
    ...         "B cells per uL": {"patient": who, "day": day, "count": [200, 0, 0, 9], "lloq": 1},
    ...         "anti-dsDNA": {"patient": who, "day": day, "count": [99, 40, 9, 9], "lloq": 10},
    ...     },
    ...     spans={"B cells return": (90, 120)},
    ... )
    >>> top.get_xlim() == bottom.get_xlim()
    True
    """
    if not series:
        raise InputError("series is empty; give the arguments of one panel at least")
    if axes is None:
        from matplotlib import pyplot

        found = pyplot.subplots(
            len(series), 1, figsize=(7.5, 0.8 + 2.2 * len(series)), layout="constrained",
            sharex=True, squeeze=False,
        )[1]  # fmt: skip
        axes = found[:, 0]
    if len(axes) != len(series):
        raise InputError(f"axes has {len(axes)} of them; series has {len(series)} panels")
    for ax, (label, arguments) in zip(axes, series.items(), strict=True):
        counts(**arguments, ylabel=label, ax=ax)
        ax.get_legend().remove()
        ax.label_outer()
        for k, (left, right) in enumerate((spans or {}).values()):
            colour = SPAN_COLOURS[k % len(SPAN_COLOURS)]
            ax.axvspan(left, right, color=colour, alpha=0.18, linewidth=0, zorder=0)
    axes[0].figure.align_ylabels(list(axes))
    _legend(axes[0], spans or {})
    return list(axes)


def _legend(ax: Any, spans: Mapping[str, tuple[float, float]]) -> None:
    from matplotlib.patches import Patch

    handles = list(ax.get_legend_handles_labels()[0])
    for k, name in enumerate(spans):
        colour = SPAN_COLOURS[k % len(SPAN_COLOURS)]
        handles.append(Patch(facecolor=colour, alpha=0.18, label=name))
    ax.legend(
        handles=handles, frameon=False, fontsize="small", loc="lower center",
        bbox_to_anchor=(0.5, 1.0), ncols=len(handles),
    )  # fmt: skip
