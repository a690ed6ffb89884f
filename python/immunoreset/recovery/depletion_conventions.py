"""One cohort by three conventions, so that a reader sees what visit dates taken for times do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from immunoreset._result import Result, counts_of, number
from immunoreset.recovery.aplasia_rows import TIMES

if TYPE_CHECKING:
    from immunoreset.recovery.depletion import Depletion


@dataclass(frozen=True, slots=True)
class DepletionConventions(Result):
    """Times to B cell return and lengths of depletion (days) by three conventions.

    Attributes
    ----------
    group : list or None
        The label of the patients of the row, where the episodes have one.
    quantity : list of str
        "return", from infusion; "duration", from onset to return.
    convention : list of str
        "visit date": the visits that showed depletion and recovery are taken for the times;
        "midpoint": the middle of each interval is; "interval": what the visits leave open stays
        open, and the distribution is that of `survival.turnbull` or, of a duration, whose onset
        lies between visits too, that of `recovery.aplasia`. Where days are not whole, which that
        needs, a duration is in (`duration_left`, `duration_right`] for `survival.turnbull`.
    n, excluded : ndarray of int
        Patients used, and depleted patients left out: the first two conventions have no time for
        who has not returned, and none has a duration for a left-censored onset.
    mean, sd : ndarray
        Mean and standard deviation, as publications report them; NaN with fewer than one or two
        patients, and for "interval", which has neither.
    median_left, median_right : ndarray
        The median lies between them (inf: not reached by the last visit); one number by the first
        two conventions. NaN without patients.
    """

    group: list[Any] | None
    quantity: list[str]
    convention: list[str]
    n: NDArray[np.int64]
    excluded: NDArray[np.int64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    median_left: NDArray[np.float64]
    median_right: NDArray[np.float64]

    def _table(self) -> dict[str, Any]:
        table = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: column for name, column in table.items() if column is not None}

    def __str__(self) -> str:
        lines = []
        for row in range(0, len(self.quantity), 3):
            if self.quantity[row] != "return":
                continue
            label = "" if self.group is None else f"{self.group[row]}: "
            depleted = self.n[row] + self.excluded[row]
            left, right = (number(end[row + 2]) for end in (self.median_left, self.median_right))
            lines.append(
                f"{label}return: visit dates {self._mean(row)} ({self.n[row]} of {depleted} "
                f"patients), midpoints {self._mean(row + 1)}, intervals between {left} and {right}"
            )
        return "\n".join(lines)

    def _mean(self, row: int) -> str:
        spread = "" if np.isnan(self.sd[row]) else f" +- {self.sd[row]:.1f}"
        return f"{number(self.mean[row])}{spread}"


def conventions_of(episodes: Depletion) -> DepletionConventions:
    """Return the table of episodes with one row a patient: six rows a group."""
    group = episodes.group
    names = sorted(dict.fromkeys(group)) if group else [None]
    rows = []
    for name in names:
        ep = episodes if name is None else episodes.select(group=name)
        depleted = np.isin(ep.status, ("recovered", "unconfirmed", "not-recovered"))
        back = np.where(np.isfinite(ep.recovery_right), ep.recovery_right, np.nan)
        for quantity, by_visit, by_middle, by_interval in (
            ("return", back, ep.recovery_midpoint, _return),
            ("duration", ep.duration_exact, ep.duration_midpoint, _duration),
        ):
            rows += [
                (name, quantity, convention, *_moments(times[depleted]))
                for convention, times in (("visit date", by_visit), ("midpoint", by_middle))
            ]
            rows.append((name, quantity, "interval", *by_interval(ep, depleted)))
    label, quantity, convention, n, excluded, mean, sd, left, right = zip(*rows, strict=True)
    return DepletionConventions(
        group=list(label) if group else None,
        quantity=list(quantity),
        convention=list(convention),
        n=counts_of(n),
        excluded=counts_of(excluded),
        mean=_read_only(mean),
        sd=_read_only(sd),
        median_left=_read_only(left),
        median_right=_read_only(right),
    )


def _read_only(values: Any) -> NDArray[np.float64]:
    column = np.array(values, np.float64)
    column.setflags(write=False)
    return column


def _moments(times: NDArray[np.float64]) -> tuple[float, ...]:
    """Return n, excluded, mean, sd and the median twice, of the times that are there."""
    seen = times[np.isfinite(times)]
    n = len(seen)
    mean = float(seen.mean()) if n else np.nan
    sd = float(seen.std(ddof=1)) if n > 1 else np.nan
    middle = float(np.median(seen)) if n else np.nan
    return n, len(times) - n, mean, sd, middle, middle


def _return(ep: Depletion, depleted: NDArray[np.bool_]) -> tuple[float, ...]:
    left, right = ep.recovery_left[depleted], ep.recovery_right[depleted]
    return len(left), 0, np.nan, np.nan, *median_interval(left, right)


def _duration(ep: Depletion, depleted: NDArray[np.bool_]) -> tuple[float, ...]:
    from immunoreset.recovery.aplasia import aplasia

    known = depleted & np.isfinite(ep.onset_left)
    n, excluded = int(known.sum()), int((depleted & ~known).sum())
    times = [getattr(ep, name)[known] for name in TIMES]
    if not n:
        middle = (np.nan, np.nan)
    elif all((np.isinf(column) | (column == np.floor(column))).all() for column in times):
        found = aplasia(*times)
        middle = (found.median_left, found.median_right)
    else:
        middle = median_interval(ep.duration_left[known], ep.duration_right[known])
    return n, excluded, np.nan, np.nan, *middle


def median_interval(left: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[float, float]:
    """Return between which days half have returned, by the NPMLE; NaN without patients."""
    from immunoreset.survival.turnbull import turnbull

    if not len(left):
        return np.nan, np.nan
    median = turnbull(left, right).median
    return float(median.left), float(median.right)
