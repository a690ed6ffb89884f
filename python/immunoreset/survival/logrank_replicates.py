"""Many simulated trials at once. Method: docs/methods/survival/logrank_replicates.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._result import Result
from immunoreset.errors import InputError
from immunoreset.response.proportion import Alternative
from immunoreset.survival.logrank import Weights, data_rows, trend_scores


@dataclass(frozen=True, slots=True)
class LogrankReplicates(Result):
    """Log-rank tests, and survival by group, of many data sets: one row each.

    Attributes
    ----------
    groups : tuple
        The labels, sorted.
    statistic, pvalue, z : ndarray
        One a replicate, as in `Logrank`.
    df : ndarray of int
        Degrees of freedom; 0 where nothing can be compared.
    at : ndarray
        Times of the estimates.
    estimate : ndarray
        Kaplan-Meier survival, of shape (replicates, groups, times); NaN after the last follow-up of
        a group, unless its survival had come to 0.
    weights, rho, gamma, trend, method, alternative, timefix
        How they were made.
    """

    groups: tuple[Any, ...]
    statistic: NDArray[np.float64]
    z: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    df: NDArray[np.int64]
    at: NDArray[np.float64]
    estimate: NDArray[np.float64]
    weights: str
    rho: float
    gamma: float
    trend: tuple[float, ...] | None
    method: str
    alternative: str
    timefix: bool

    def rejected(self, alpha: float = 0.05) -> float:
        """Return the share of replicates with a p-value of at most `alpha`: the power, or size."""
        return float(np.mean(self.pvalue <= alpha))

    def _table(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("statistic", "df", "pvalue", "z")}

    def __str__(self) -> str:
        return f"{len(self.pvalue)} log-rank tests, {100 * self.rejected():.1f}% with p <= 0.05"


def logrank_replicates(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    at: ArrayLike = (),
    weights: Weights = "logrank",
    rho: float = 0,
    gamma: float = 0,
    trend: Sequence[float] | Mapping[Any, float] | None = None,
    method: Literal["asymptotic", "exact"] = "asymptotic",
    alternative: Alternative = "two-sided",
    timefix: bool = True,
) -> LogrankReplicates:
    """Test many simulated data sets at once, for the power and size of a trial.

    Parameters
    ----------
    time, event : array_like of shape (replicates, patients)
        One data set a row: follow-up, and whether the event was seen at its end.
    group : array_like of shape (patients,)
        The label of each patient, in every replicate.
    at : array_like of float, optional
        Ascending times at which survival is estimated in each group.
    weights, rho, gamma, trend, alternative, timefix
        As in `logrank`.
    method : {"asymptotic", "exact"}, default "asymptotic"
        "exact" takes some 0.1 ms for 20 patients, 1 ms for 30.

    Returns
    -------
    LogrankReplicates

    Raises
    ------
    InputError
        As `logrank`, naming replicate and patient.

    Examples
    --------
    The power of 30 + 30 patients to see a hazard that is halved:

    >>> import numpy as np
    >>> from immunoreset import survival
    >>> rng = np.random.default_rng(1)
    >>> arm = np.repeat([0, 1], 30)
    >>> time = rng.exponential(np.where(arm == 1, 24.0, 12.0), (2000, 60))
    >>> trial = survival.logrank_replicates(np.minimum(time, 24), time <= 24, arm, at=[12])
    >>> print(trial)
    2000 log-rank tests, 64.8% with p <= 0.05
    >>> trial.estimate.mean(axis=0).round(2).ravel()
    array([0.37, 0.61])
    """
    if method not in ("asymptotic", "exact"):
        raise InputError(f"method is {method!r}; choose one of ['asymptotic', 'exact']")
    names, rows = data_rows(time, event, group)
    scores = None if trend is None else trend_scores(trend, names)
    times = np.array(at, float)
    times.setflags(write=False)
    numbers = _core.logrank_replicates(
        time, event, rows[2], rows[3], times, weights, rho, gamma, scores, alternative,
        method == "exact", timefix,
    )  # fmt: skip
    statistic, z, pvalue, df, estimate = numbers
    return LogrankReplicates(
        tuple(names), statistic, z, pvalue, df, times, estimate, weights, float(rho), float(gamma),
        scores, method, alternative, timefix,
    )  # fmt: skip
