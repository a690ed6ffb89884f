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
        The answer of `recovery.depletion`; a lane a row, in their order.
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
    names = _lanes(episodes)
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
    beside = 0.015 * (ax.get_xlim()[1] - origin)
    censored = {
        ">": ("not recovered at the last sample", episodes.status == "not-recovered", end + beside),
        "<": (
            "gone before the first day shown", seen & np.isneginf(episodes.onset_left),
            np.full(len(names), origin - beside),
        ),
    }  # fmt: skip
    for mark, (label, which, day) in censored.items():
        rows = np.flatnonzero(which)
        if rows.size:
            ax.scatter(
                day[rows], rows, marker=mark, s=26, color="#0b2f4a", zorder=4, clip_on=False,
                label=label,
            )  # fmt: skip
            if mark == "<":
                ax.set_xlim(left=origin - 2 * beside)
    ax.legend(
        frameon=False, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3
    )
    return ax


def _lanes(episodes: Depletion) -> list[str]:
    """Return a name for each row: the patient, and what tells the rows of one patient apart."""
    names = [str(patient) for patient in episodes.patient]
    if episodes.series is not None and len(set(episodes.series)) > 1:
        names = [f"{name}, {label}" for name, label in zip(names, episodes.series, strict=True)]
    if (episodes.episode > 1).any():
        names = [
            name if number == 1 else f"{name}, infusion {number}"
            for name, number in zip(names, episodes.episode.tolist(), strict=True)
        ]
    return names
