"""The bootstrap of a survival quantile. Method: docs/methods/survival/kaplan_meier_bootstrap.md."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._random import random_key, replicate_count
from immunoreset._result import Result, number, percent_of
from immunoreset.errors import InputError

DRAWS_A_TASK = 2**24  # patients drawn by one task of an executor: about 0.1 seconds
FEWEST_A_TASK = 64  # each task sorts the data once


@dataclass(frozen=True, slots=True)
class QuantileBootstrap(Result):
    """The bootstrap distribution of a survival quantile.

    Attributes
    ----------
    p : float
        The quantile: 0.5 is the median.
    estimate : float
        The quantile of the data; infinite where the curve does not come down so far.
    low, high : float
        Percentile limits; infinite where that order statistic of the replicates is.
    reached : float
        The share of the replicates in which the quantile is reached.
    level : float
        Of the limits.
    replicates : ndarray
        The quantile in each resample, in the order of the streams, infinite where not reached.
    """

    p: float
    estimate: float
    low: float
    high: float
    reached: float
    level: float
    replicates: NDArray[np.float64]

    def _table(self) -> dict[str, Any]:
        names = ("p", "estimate", "low", "high", "reached")
        return {name: np.array([getattr(self, name)]) for name in names}

    def __str__(self) -> str:
        name = "median" if self.p == 0.5 else f"{percent_of(self.p)} quantile"
        return (
            f"{name} {_time(self.estimate)} ({percent_of(self.level)} bootstrap percentile "
            f"interval {_time(self.low)} to {_time(self.high)}; {self.replicates.size} replicates, "
            f"{100 * self.reached:.1f}% reach it)"
        )


def _time(value: float) -> str:
    return "NR" if math.isinf(value) else number(value)


def bootstrap_quantile(
    time: ArrayLike | str,
    event: ArrayLike | str,
    p: float = 0.5,
    *,
    rng: Any,
    replicates: int = 10_000,
    level: float = 0.95,
    executor: Any = None,
    progress: Callable[[int, int], Any] | None = None,
    data: Any = None,
) -> QuantileBootstrap:
    """Resample patients and read a quantile off each Kaplan-Meier curve.

    Parameters
    ----------
    time, event : array_like, or str
        Times, and 1 for an event, 0 for censoring.
    p : float, default 0.5
        The quantile, strictly between 0 and 1; 0.5 is the median.
    rng : int, SeedSequence or Generator
        Where the random numbers come from; the same one gives the same digits, whatever the
        executor. Required, since numbers nobody can get again are no result.
    replicates : int, default 10000
        Resamples.
    level : float, default 0.95
        Of the percentile interval.
    executor : concurrent.futures.Executor, optional
        Works the replicates in tasks of about 0.1 seconds; threads, processes, Dask's.
    progress : callable, optional
        Called as ``progress(done, replicates)`` now and then.
    data : frame or mapping of arrays, optional
        Where `time` and `event` are column names.

    Returns
    -------
    QuantileBootstrap

    Raises
    ------
    InputError
        For a time that is missing or negative, an event that is neither 0 nor 1, `p` or `level`
        outside (0, 1), too few replicates for the level, and an `rng` of no use.

    Notes
    -----
    Efron 1981 (JASA 76:312). A resample draws patients, each with time and event together. With few
    patients the median takes few values and the interval is rough: the limits of
    ``kaplan_meier(..., interval="beta-product").quantile(0.5)`` hold their level, these need not.

    Examples
    --------
    >>> from immunoreset import survival
    >>> b = survival.bootstrap_quantile([3, 5, 6, 8, 10, 12], [1, 0, 1, 1, 0, 0], rng=1)
    >>> print(b)
    median 8 (95% bootstrap percentile interval 4.5 to NR; 10000 replicates, 71.2% reach it)
    """
    if data is not None:
        time, event = columns(data, time=time, event=event)
    count = replicate_count(replicates)
    outside = limit_position(count, level)
    key = random_key(rng)
    if executor is None:
        estimate, values = _core.kaplan_meier_bootstrap(time, event, p, key, 0, count, progress)
    else:
        time, event = np.asarray(time), np.asarray(event)
        estimate, values = _in_tasks(time, event, p, key, count, executor, progress)
    ends = np.partition(values, (outside - 1, count - outside))
    return QuantileBootstrap(
        float(p),
        estimate,
        float(ends[outside - 1]),
        float(ends[count - outside]),
        float(np.isfinite(values).mean()),
        float(level),
        values,
    )


def limit_position(count: int, level: float) -> int:
    """Return the position k of the limits: the k-th smallest and the k-th largest replicate."""
    if not 0 < level < 1:
        raise InputError(
            f"level is {level}; a level is a probability strictly between 0 and 1, such as 0.95"
        )
    tail = (1 - level) / 2
    outside = math.floor((count + 1) * tail + 1e-9)
    if outside < 1:
        raise InputError(
            f"replicates is {count}; limits at level {level} take at least "
            f"{math.ceil(1 / tail - 1e-9) - 1}"
        )
    return outside


def _in_tasks(
    time: NDArray[Any],
    event: NDArray[Any],
    p: float,
    key: tuple[int, int],
    count: int,
    executor: Any,
    progress: Callable[[int, int], Any] | None,
) -> tuple[float, NDArray[np.float64]]:
    size = max(FEWEST_A_TASK, DRAWS_A_TASK // max(1, time.size))
    starts = range(0, count, size)
    tasks = [
        executor.submit(
            _core.kaplan_meier_bootstrap, time, event, p, key, b, min(b + size, count), None
        )
        for b in starts
    ]
    values = np.empty(count)
    try:
        for start, task in zip(starts, tasks, strict=True):
            estimate, part = task.result()
            values[start : start + part.size] = part
            if progress is not None:
                progress(start + part.size, count)
    except BaseException:
        for task in tasks:
            task.cancel()
        raise
    values.setflags(write=False)
    return estimate, values
