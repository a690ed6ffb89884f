"""Intervals of repertoire indices by resampling reads: docs/methods/recovery/repertoire.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._random import random_key, replicate_count
from immunoreset._result import Result, number, percent_of
from immunoreset.survival.kaplan_meier_bootstrap import limit_position

INDICES = ("shannon", "clonality", "gini", "gini_simpson", "d50", "top10_share")
SHARES = (1, 2, 3, 5)  # of these indices; they lie between 0 and 1
DRAWS_A_TASK = 2**24  # reads drawn by one task of an executor: about 0.1 seconds
FEWEST_A_TASK = 16  # each task reads the data once


@dataclass(frozen=True, slots=True)
class RepertoireBootstrap(Result):
    """Intervals of the indices of one repertoire, and their bootstrap distribution.

    Attributes
    ----------
    index : tuple of str
        The names of the indices, as in `Repertoire`.
    estimate, low, high : ndarray
        Of the sample, and its basic bootstrap limits.
    bias : ndarray
        The mean of the replicates less the estimate.
    replicates : ndarray
        A row a resample, a column an index, in the order of the streams.
    reads : int
    coverage : float
        Good-Turing, as in `Repertoire`.
    level : float
    """

    index: tuple[str, ...]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    bias: NDArray[np.float64]
    replicates: NDArray[np.float64]
    reads: int
    coverage: float
    level: float

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"index": np.array(self.index)}
        return {**table, **{n: getattr(self, n) for n in ("estimate", "low", "high", "bias")}}

    def __str__(self) -> str:
        k = self.index.index("clonality")
        return (
            f"clonality {number(self.estimate[k], 3)} ({percent_of(self.level)} bootstrap interval "
            f"{number(self.low[k], 3)} to {number(self.high[k], 3)}; {self.reads} reads, "
            f"coverage {number(self.coverage, 3)})"
        )


def repertoire_bootstrap(
    count: ArrayLike | str,
    *,
    rng: Any,
    clone: ArrayLike | str | None = None,
    orders: Sequence[float] = (1, 2),
    replicates: int = 2000,
    level: float = 0.95,
    min_coverage: float = 0.98,
    executor: Any = None,
    progress: Callable[[int, int], Any] | None = None,
    data: Any = None,
) -> RepertoireBootstrap:
    """Resample the reads of one sample and give each index its interval.

    A resample never finds a clone that the sample has missed, so this cannot say anything about
    richness: use the limits of `rarefaction`, and of Chao1 in `repertoire`. Limits of entropy,
    clonality, Gini, D50 and Hill numbers of orders below 2 hold only where nearly all of the
    repertoire is of clones seen, so that other samples are refused; those of "gini_simpson",
    "top10_share" and orders of 2 and more depend on large clones alone.

    Parameters
    ----------
    count, clone
        As in `repertoire`, for one sample.
    rng : int, SeedSequence or Generator
        Where the random numbers come from; the same one gives the same digits, whatever the
        executor.
    orders : sequence of float, default (1, 2)
        Of the Hill numbers.
    replicates : int, default 2000
        Resamples, each of as many reads as the sample has.
    level : float, default 0.95
        Of the intervals.
    min_coverage : float, default 0.98
        Refuse samples with a lesser `coverage`; 0 for the indices of large clones alone.
    executor : concurrent.futures.Executor, optional
        Works the replicates in tasks of about 0.1 seconds; threads, processes, Dask's.
    progress : callable, optional
        Called as ``progress(done, replicates)`` now and then.
    data : frame or mapping of arrays, optional
        Where `count` and `clone` are column names.

    Returns
    -------
    RepertoireBootstrap

    Raises
    ------
    InputError
        As `repertoire`; for a coverage below `min_coverage`, too few replicates for the level, and
        an `rng` of no use.

    Notes
    -----
    The basic interval: twice the estimate less the quantiles of the replicates, for Hill numbers by
    their logarithms, cut to the range of the index (Davison and Hinkley 1997). Resampling shifts an
    index in the direction in which sampling has shifted it already, so percentile limits would be
    off twice.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> print(recovery.repertoire_bootstrap([60, 30, 12, 8, 5, 3, 2, 1], rng=1))
    clonality 0.311 (95% bootstrap interval 0.239 to 0.404; 121 reads, coverage 0.992)
    """
    if data is not None:
        count, clone = columns(data, count=count, clone=clone)
    total = replicate_count(replicates)
    outside = limit_position(total, level)
    key = random_key(rng)
    reads = np.asarray(count)
    clones = None if clone is None else labels(clone, "clone")[1]
    given = np.asarray(orders, np.float64)
    if executor is None:
        estimate, values, coverage = _core.repertoire_bootstrap(
            reads, clones, given, min_coverage, key, 0, total, progress
        )
    else:
        estimate, values, coverage = _in_tasks(
            reads, clones, given, min_coverage, key, total, executor, progress
        )
    ends = np.partition(values, (outside - 1, total - outside), axis=0)
    limits = [_basic(estimate, ends[k]) for k in (total - outside, outside - 1)]
    bias = values.mean(axis=0) - estimate
    for numbers in (estimate, *limits, bias, values):
        numbers.setflags(write=False)
    return RepertoireBootstrap(
        (*INDICES, *(f"hill_{order:g}" for order in given)), estimate, limits[0], limits[1], bias,
        values, int(reads.sum()), coverage, float(level),
    )  # fmt: skip


def _basic(estimate: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the basic limits out of the opposite quantiles of the replicates."""
    width = len(INDICES)
    limit = 2 * estimate - end
    limit[width:] = estimate[width:] ** 2 / end[width:]
    least, most = np.append(np.zeros(width), np.ones(len(end) - width)), np.full(len(end), np.inf)
    least[INDICES.index("d50")] = 1
    most[list(SHARES)] = 1
    return np.clip(limit, least, most)


def _in_tasks(
    reads: NDArray[Any],
    clones: NDArray[Any] | None,
    orders: NDArray[np.float64],
    min_coverage: float,
    key: tuple[int, int],
    total: int,
    executor: Any,
    progress: Callable[[int, int], Any] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    size = max(FEWEST_A_TASK, DRAWS_A_TASK // max(1, int(reads.sum())))
    starts = range(0, total, size)
    tasks = [
        executor.submit(
            _core.repertoire_bootstrap, reads, clones, orders, min_coverage, key, start,
            min(start + size, total), None,
        )
        for start in starts
    ]  # fmt: skip
    values = np.empty((total, len(INDICES) + orders.size))
    try:
        for start, task in zip(starts, tasks, strict=True):
            estimate, part, coverage = task.result()
            values[start : start + len(part)] = part
            if progress is not None:
                progress(start + len(part), total)
    except BaseException:
        for task in tasks:
            task.cancel()
        raise
    return estimate, values, coverage
