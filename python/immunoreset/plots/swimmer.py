"""Swimmer plots: one lane a patient, states as bars, events as marks, an arrow where it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from immunoreset.plots.axes import new_axes

BAR_COLOURS = ("#1f5f8b", "#7aa974", "#c58b2a", "#8c6bb1")
MARKS = ("v", "X", "P", "D", "s", "o", "^", "*")
MARK_COLOURS = ("#8a4b00", "#b3261e", "#0b2f4a", "#6a3d9a", "#33691e", "#ad1457", "#00695c", "#000")


def swimmer_size(lanes: int) -> tuple[float, float]:
    """Return the width and height in inches that fit a plot of so many lanes."""
    return 7.5, 1.4 + 0.22 * lanes


def swimmer(
    patients: Sequence[str],
    follow_up: ArrayLike,
    *,
    start: ArrayLike | None = None,
    ongoing: ArrayLike | None = None,
    bars: Mapping[str, Mapping[str, ArrayLike]] | None = None,
    events: Mapping[str, tuple[Sequence[str], ArrayLike]] | None = None,
    ax: Any = None,
) -> Any:
    """Draw the course of each patient: states as bars, events as marks, one lane a patient.

    Parameters
    ----------
    patients : sequence of str
        The lanes, from the top.
    follow_up : array_like of float
        Last day of each patient.
    start : array_like of float, optional
        First day of each patient, by default the infusion on day 0. Days before it are negative,
        and a line marks day 0.
    ongoing : array_like of bool, optional
        Patients whose follow-up goes on: an arrow.
    bars : mapping, optional
        From the name of a state to the arrays ``left``, ``sure_left``, ``sure_right``, ``right``,
        one value a patient: the state is certain between the two sure days, and may reach from
        left to right (drawn pale). NaN where a patient was never in it.
    events : mapping, optional
        From the name of an event to the patients and days at which it happened.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset.plots.swimmer import swimmer
    >>> ax = swimmer(["A", "B"], [180, 365], events={"relapse": (["B"], [300])})
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['A', 'B']

    Two years of relapses before the infusion as well:

    >>> ax = swimmer(["A"], [180], start=[-730], events={"relapse": (["A", "A"], [-400, -90])})
    >>> float(ax.get_xlim()[0])
    -730.0
    """
    end = np.asarray(follow_up, float)
    begin = np.zeros_like(end) if start is None else np.asarray(start, float)
    n = len(patients)
    ax = ax if ax is not None else new_axes(*swimmer_size(n))
    lanes = {patient: lane for lane, patient in enumerate(patients)}
    rows = np.arange(n)
    ax.barh(
        rows, end - begin, left=begin, height=0.5, color="#e3e8ed", zorder=1, label="follow-up"
    )  # fmt: skip
    if start is not None:
        ax.axvline(0, color="#5b6b7b", linewidth=1, zorder=2.5, label="infusion")
    for (name, state), colour in zip((bars or {}).items(), BAR_COLOURS, strict=False):
        left, sure_left, sure_right, right = (
            np.asarray(state[key], float) for key in ("left", "sure_left", "sure_right", "right")
        )
        right = np.minimum(right, end)
        ax.barh(
            rows, right - left, left=left, height=0.5, color=colour, alpha=0.35, zorder=2,
            label=f"{name}, possible",
        )  # fmt: skip
        ax.barh(
            rows, np.maximum(np.minimum(sure_right, end) - sure_left, 0), left=sure_left,
            height=0.5, color=colour, zorder=3, label=f"{name}, certain",
        )  # fmt: skip
    styles = zip(MARKS, MARK_COLOURS, strict=True)
    for (name, (who, when)), (mark, colour) in zip((events or {}).items(), styles, strict=False):
        ax.scatter(
            np.asarray(when, float), [lanes[patient] for patient in who], marker=mark, s=22,
            color=colour, edgecolors="white", linewidths=0.4, zorder=4, label=name,
        )  # fmt: skip
    if ongoing is not None:
        keeps_on = np.flatnonzero(np.asarray(ongoing, bool))
        ax.scatter(
            end[keeps_on], keeps_on, marker=">", s=20, color="#5b6b7b", zorder=4, clip_on=False,
            label="follow-up goes on",
        )  # fmt: skip
    ax.set_yticks(rows, labels=list(patients), fontsize="x-small")
    ax.set_ylim(n - 0.4, -0.6)
    ax.set_xlim(left=min(0.0, *begin))
    ax.set_xlabel("days since infusion")
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.legend(
        frameon=False, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4
    )
    return ax
