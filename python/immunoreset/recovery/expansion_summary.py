"""What a cohort shows of its expansion: docs/methods/recovery/expansion.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from immunoreset import _core
from immunoreset._result import Result, number, percent_of

if TYPE_CHECKING:
    from immunoreset.recovery.expansion import Expansion

TIMES = ("tmax", "tlast")
BY_SLOPE = ("auc_inf", "half_life")


@dataclass(frozen=True, slots=True)
class ExpansionSummary(Result):
    """Geometric means, medians and ranges of the quantities of a cohort, a row each.

    Attributes
    ----------
    parameter : list of str
        "cmax", "auc_0_28" (and the other days), "auc_last", "auc_inf", "half_life",
        "doubling_time"; and the times "tmax" and "tlast", which have no geometric mean.
    n : ndarray of int
        Patients in whom it is known.
    missing : ndarray of int
        The others: never quantified, not followed, or a terminal slope that is not "estimated".
    zeros : ndarray of int
        Of the `n`, those with 0 (never quantified, so without an area): they have no logarithm, and
        count in the median and range alone.
    geometric_mean, low, high : ndarray
        With limits by Student's t on the logarithms: from 0 to infinity for a single patient.
    geometric_cv : ndarray
        In per cent, 100 sqrt(exp(s^2) - 1) of the standard deviation s of the logarithms.
    median, minimum, maximum : ndarray
    patients : int
    level : float
    """

    parameter: list[str]
    n: NDArray[np.int64]
    missing: NDArray[np.int64]
    zeros: NDArray[np.int64]
    geometric_mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    geometric_cv: NDArray[np.float64]
    median: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    patients: int
    level: float

    def _table(self) -> dict[str, Any]:
        names = [name for name in self.__dataclass_fields__ if name not in ("patients", "level")]
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        peak, when = self.parameter.index("cmax"), self.parameter.index("tmax")
        return (
            f"{self.patients} patient{'' if self.patients == 1 else 's'}: "
            f"Cmax {number(self.geometric_mean[peak])} (geometric mean, {percent_of(self.level)} "
            f"limits {number(self.low[peak])} to {number(self.high[peak])}, "
            f"CV {number(self.geometric_cv[peak], 3)}%), "
            f"Tmax {number(self.median[when])} "
            f"({number(self.minimum[when])} to {number(self.maximum[when])})"
        )


def summary_of(rows: Expansion, level: float) -> ExpansionSummary:
    """Return what one cohort shows, a slope that is marked being left out."""
    quantities: dict[str, Any] = {"cmax": rows.cmax}
    for i, day in enumerate(rows.auc_days):
        quantities[f"auc_0_{day:g}"] = rows.auc[:, i]
    for name in ("auc_last", *BY_SLOPE, "doubling_time", *TIMES):
        quantities[name] = getattr(rows, name)
    for name in BY_SLOPE:
        quantities[name] = np.where(rows.lambda_z_status == "estimated", quantities[name], np.nan)
    found = np.array(_core.expansion_summary(np.array(list(quantities.values())), level))
    counts, numbers = found[:, :3].astype(np.int64).T, found[:, 3:].T
    timed = np.isin(list(quantities), TIMES)
    numbers[:4, timed] = np.nan
    counts[2, timed] = 0
    numbers[3] *= 100
    for column in (counts, numbers):
        column.setflags(write=False)
    return _core.frozen(
        ExpansionSummary, (list(quantities), *counts, *numbers, len(rows.patient), float(level))
    )
