"""Rarefaction curves, and repertoires before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from immunoreset.plots.axes import new_axes
from immunoreset.plots.survival import COLOURS

if TYPE_CHECKING:
    from immunoreset.recovery.repertoire_overlap import RepertoireOverlap
    from immunoreset.recovery.repertoire_rarefaction import Rarefaction


def rarefaction_curves(results: Mapping[Any, Rarefaction], ax: Any = None) -> Any:
    """Draw the clones that fewer reads would have shown, with limits; a dot marks all reads.

    Parameters
    ----------
    results : mapping of Rarefaction
        From label to curve; an empty label is not shown.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import recovery
    >>> from immunoreset.plots.repertoire import rarefaction_curves
    >>> curve = recovery.rarefaction([9, 4, 2, 1, 1])
    >>> rarefaction_curves({"before": curve}).get_legend_handles_labels()[1]
    ['before']
    """
    ax = ax if ax is not None else new_axes(7.0, 4.2)
    for i, (label, curve) in enumerate(results.items()):
        colour = COLOURS[i % len(COLOURS)]
        ax.plot(curve.depth, curve.estimate, color=colour, linewidth=1.6, label=str(label) or None)
        ax.fill_between(curve.depth, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0)
        ax.plot([curve.reads], [curve.clones], "o", color=colour, markersize=4)
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("reads")
    ax.set_ylabel("clones")
    ax.spines[["top", "right"]].set_visible(False)
    if any(str(label) for label in results):
        ax.legend(frameon=False)
    return ax


def repertoire_overlap(
    overlap: RepertoireOverlap, ax: Any = None, index: str = "rarefied_hill_1"
) -> Any:
    """Draw an index before and after, a line a patient, and the overlap beside the end of it.

    Parameters
    ----------
    overlap : RepertoireOverlap
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    index : str, default "rarefied_hill_1"
        A column of ``Repertoire.to_frame()``.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import recovery
    >>> from immunoreset.plots.repertoire import repertoire_overlap
    >>> both = recovery.repertoire_overlap(
    ...     [5, 3, 4, 2], ["a", "b", "a", "c"], [0, 0, 1, 1], before=0, after=1
    ... )
    >>> len(repertoire_overlap(both).lines)
    1
    """
    ax = ax if ax is not None else new_axes(5.2, 4.2)
    before, after = overlap.values(index)
    for i, (x, y) in enumerate(zip(before, after, strict=True)):
        colour = COLOURS[i % len(COLOURS)]
        ax.plot([0, 1], [x, y], "o-", color=colour, markersize=4, linewidth=1.2)
        ax.annotate(
            f"{overlap.patients[i]}: {overlap.rarefied_morisita_horn[i]:.2f}", (1, y), (6, 0),
            textcoords="offset points", va="center", fontsize=8, color=colour,
        )  # fmt: skip
    ax.set_xticks([0, 1], [str(sample) for sample in overlap.samples])
    ax.set_xlim(-0.15, 1.5)
    if index.startswith(("hill", "rarefied_hill", "chao1", "clones", "d50")):
        ax.set_yscale("log")
    ax.set_ylabel(index.replace("_", " "))
    ax.set_title("patient: Morisita-Horn overlap", fontsize=9, loc="right")
    ax.spines[["top", "right"]].set_visible(False)
    return ax
