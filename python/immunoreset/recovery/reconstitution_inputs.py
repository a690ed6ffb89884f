"""The rows of `recovery.reconstitution`, out of what a caller has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from immunoreset._frame import columns, labels
from immunoreset.errors import InputError
from immunoreset.recovery.depletion import Depletion

REINFUSION = ("competing", "censored")
REINFUSED = "re-infusion"


class Inputs(NamedTuple):
    """Columns as the core takes them; labels of groups and causes, and their codes."""

    left: Any
    right: Any
    competing: Any
    causes: list[Any]
    cause_codes: Any
    groups: list[Any] | None
    group_codes: Any


def inputs_of(
    left: Any, right: Any, competing: Any, cause: Any, group: Any, reinfusion: str, data: Any
) -> Inputs:
    """Return the rows; of episodes those of the first infusion of each patient."""
    if reinfusion not in REINFUSION:
        raise InputError(f"reinfusion is {reinfusion!r}; give one of {list(REINFUSION)}")
    if isinstance(left, Depletion):
        if right is not None or data is not None:
            name = "right" if right is not None else "data"
            raise InputError(f"{name} is given beside episodes, which have all; leave it out")
        left, right, competing, cause, group = _of_episodes(
            left, competing, cause, group, reinfusion
        )
    elif right is None:
        raise InputError("right is None; give the first day with B cells, or inf, for each row")
    for name, column in (("competing", competing), ("cause", cause), ("group", group)):
        if isinstance(column, Mapping):
            raise InputError(f"{name} is a mapping; give one a row, or pass episodes first")
    if data is not None:
        left, right, competing, cause, group = columns(
            data, left=left, right=right, competing=competing, cause=cause, group=group
        )
    groups, codes = (None, None) if group is None else labels(group)
    causes, cause_codes = (["competing"], None) if cause is None else labels(cause, "cause")
    return Inputs(left, right, competing, causes, cause_codes, groups, codes)


def _of_episodes(
    episodes: Depletion, competing: Any, cause: Any, group: Any, reinfusion: str
) -> tuple[Any, Any, Any, Any, Any]:
    if reinfusion == "competing" and len(set(episodes.patient)) < len(episodes.patient):
        # the rows of a patient after the first infusion follow a competing event
        episodes = episodes.select(episode=1)
    rows = episodes.return_intervals()
    given = {"competing": competing, "cause": cause, "group": group}
    for name, column in given.items():
        if isinstance(column, Mapping):
            given[name] = _in_order(name, column, rows.patient)
    again = np.full(len(rows.patient), np.inf)
    if reinfusion == "competing":
        day = dict(zip(episodes.patient, episodes.next_infusion_day.tolist(), strict=True))
        again = np.array([day[name] for name in rows.patient], np.float64)
    competing, cause = given["competing"], given["cause"]
    if np.isfinite(again).any():
        first = np.full(len(again), np.inf) if competing is None else _days(competing, len(again))
        if cause is not None:
            pairs = zip(list(cause), (again < first).tolist(), strict=True)
            cause = [REINFUSED if is_again else name for name, is_again in pairs]
        competing = np.where(again < first, again, first)  # a missing day stays, and is refused
    return (
        rows.left, rows.right, competing, cause,
        rows.group if group is None else given["group"],
    )  # fmt: skip


def _days(competing: Any, n: int) -> Any:
    days = np.asarray(competing, np.float64)
    if days.shape != (n,):
        raise InputError(
            f"competing has shape {days.shape}; give a mapping from patient, or one day for each "
            f"of the {n} patients of return_intervals()"
        )
    return days


def _in_order(name: str, column: Mapping[Any, Any], patients: list[Any]) -> list[Any]:
    strangers = [patient for patient in column if patient not in set(patients)]
    if strangers and name != "group":
        raise InputError(
            f"{name} names {strangers[0]!r}, who has no return to wait for; leave it out"
        )
    missing = [patient for patient in patients if patient not in column]
    if missing and name == "group":
        raise InputError(f"group has no label for patient {missing[0]!r}; add it")
    other = np.inf if name == "competing" else "none"
    return [column.get(patient, other) for patient in patients]
