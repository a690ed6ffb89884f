"""The bootstrap of a quantile. Formulas: docs/methods/survival/kaplan_meier_bootstrap.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, percent_of
from immunoreset.errors import InputError
from immunoreset.survival.kaplan_meier_summary import reached


@dataclass(frozen=True, slots=True)
class BootstrapQuantile(Result):
    """A quantile of the survival curve with its bootstrap distribution.

    Attributes
    ----------
    p, estimate : float
        The fraction and the quantile of the data; NaN where not reached.
    low, high : float
        Percentile limits, order statistics of the replicates; infinite where not reached.
    replicates : ndarray
        The quantile of each replicate; infinite where not reached.
    n : int
        Patients.
    level : float
        Of the limits.
    """

    p: float
    estimate: float
    low: float
    high: float
    replicates: NDArray[np.float64]
    n: int
    level: float

    def _table(self) -> dict[str, Any]:
        return {name: np.array([getattr(self, name)]) for name in ("p", "estimate", "low", "high")}

    def __str__(self) -> str:
        name = "median" if self.p == 0.5 else f"{percent_of(self.p)} quantile"
        return (
            f"{name} {reached(self.estimate)} ({percent_of(self.level)} bootstrap "
            f"{reached(self.low)} to {reached(self.high)})"
        )


def bootstrap_quantile(
    time: ArrayLike | str,
    event: ArrayLike | str,
    p: float = 0.5,
    *,
    replicates: int = 10_000,
    level: float = 0.95,
    rng: Any = None,
    data: Any = None,
) -> BootstrapQuantile:
    """Bootstrap a quantile of the Kaplan-Meier curve: patients are drawn with replacement.

    Parameters
    ----------
    time, event : array_like or str
        As in `kaplan_meier`.
    p : float, default 0.5
        The fraction of patients with the event: 0.5 is the median.
    replicates : int, default 10_000
        How many resamples.
    level : float, default 0.95
        Of the percentile limits, strictly between 0 and 1.
    rng : int, SeedSequence or Generator, optional
        The seed. The same seed gives the same digits.
    data : frame or mapping of arrays, optional
        Where `time` and `event` are column names.

    Returns
    -------
    BootstrapQuantile

    Raises
    ------
    InputError
        As `kaplan_meier`; for a `p` or `level` outside (0, 1), or no replicates.

    Examples
    --------
    >>> from immunoreset import survival
    >>> weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> print(survival.bootstrap_quantile(weeks, relapse, rng=1))
    median 23 (95% bootstrap 13 to NR)
    """
    if data is not None:
        time, event = columns(data, time=time, event=event)
    if not 1 <= replicates < 2**32:
        raise InputError(f"replicates is {replicates}; give a number from 1 to 4294967295")
    if not 0 < level < 1:
        raise InputError(f"level is {level}; give a probability strictly between 0 and 1")
    key = np.random.default_rng(rng).integers(0, 2**64, 2, dtype=np.uint64)
    estimate, drawn = _core.kaplan_meier_bootstrap(
        time, event, p, (int(key[0]), int(key[1])), 0, replicates
    )
    drawn.setflags(write=False)
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, (tail, 1 - tail), method="inverted_cdf")
    return BootstrapQuantile(
        p,
        estimate if np.isfinite(estimate) else np.nan,
        float(low),
        float(high),
        drawn,
        np.size(time),
        level,
    )
