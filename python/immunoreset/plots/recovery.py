"""Figures of B cell depletion: a lane a patient, its bar as sure as the visits allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset.plots.swimmer import swimmer

if TYPE_CHECKING:
    from immunoreset.recovery.depletion import Depletion


def depletion_bars(episodes: Depletion, *, ax: Any = None) -> Any:
    """Draw from when to when each patient was depleted, with the ends drawn as intervals.

    Parameters
    ----------
    episodes : Depletion
        The answer of `recovery.depletion`; lanes keep the order of its patients.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The bar is dark where B cells were depleted for certain and pale where they may have been.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> ep = recovery.depletion(["A"] * 4, [-7, 14, 84, 112], [210, 0, 4, 31], lloq=1, confirm=1)
    >>> ax = ep.plot()
    >>> ax.get_xlabel()
    'days since infusion'
    """
    names = [str(patient) for patient in episodes.patient]
    end = np.nan_to_num(episodes.last_day)
    origin = min(0.0, *episodes.onset_left[np.isfinite(episodes.onset_left)], 0.0)
    seen = np.isfinite(episodes.recovery_left)
    ends = {
        "left": np.maximum(episodes.onset_left, origin),
        "sure_left": np.maximum(episodes.onset_right, origin),
        "sure_right": episodes.recovery_left,
        "right": np.minimum(episodes.recovery_right, end),
    }
    bars = {"depleted": {name: np.where(seen, day, np.nan) for name, day in ends.items()}}
    marks = {
        "recovered": ("recovered", episodes.recovery_right),
        "unconfirmed": ("return not confirmed", episodes.unconfirmed_day),
    }
    events = {}
    for status, (label, day) in marks.items():
        rows = np.flatnonzero(episodes.status == status)
        if rows.size:
            events[label] = ([names[row] for row in rows], day[rows])
    ax = swimmer(names, end, bars=bars, events=events, ax=ax)
    ax.set_xlim(left=origin)
    ax.axvline(0, color="#5b6b7b", linewidth=0.8)
    rows = np.flatnonzero(episodes.status == "not-recovered")
    if rows.size:
        beside = 0.015 * (ax.get_xlim()[1] - origin)
        ax.scatter(
            end[rows] + beside, rows, marker=">", s=26, color="#0b2f4a", zorder=4, clip_on=False,
            label="not recovered at the last sample",
        )  # fmt: skip
        ax.legend(
            frameon=False, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3
        )
    return ax
