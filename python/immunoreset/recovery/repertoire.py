"""Clones and diversity of B cell repertoires. Method: docs/methods/recovery/repertoire.md."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Grouped, Result, number, percent_of
from immunoreset.errors import InputError


@dataclass(frozen=True, slots=True)
class Repertoire(Result):
    """The clones of one sample: how many, how even, and how many more there may be.

    Attributes
    ----------
    reads, clones : int
        Reads (or cells, or molecules), and clones with at least one.
    singletons, doubletons : int
        Clones with one read, and with two.
    coverage : float
        Good-Turing: the share of the repertoire that is of clones seen, 1 - singletons / reads.
    chao1, chao1_std_error, chao1_low, chao1_high : float
        A lower bound of the clones of the whole repertoire, seen or not (Chao 1987); its limits.
    shannon : float
        Entropy, in nats.
    clonality : float
        1 less the entropy over that of even clones: 0 for even clones, 1 for a single clone.
    gini, gini_simpson : float
        Inequality of the clones' reads; the chance that two reads, drawn with replacement, are of
        two clones.
    d50 : int
        The fewest clones that hold half the reads.
    d50_share, top10_share : float
        Those clones over all clones; the reads of the ten largest clones over all reads.
    hill : ndarray
        Hill numbers (effective clones) of all reads, one for each of `orders`.
    rarefied_hill : ndarray
        Those at `depth` reads, so that samples of different depth can be compared.
    orders : ndarray
    depth : int
    level : float
        Of the limits.
    """

    reads: int
    clones: int
    singletons: int
    doubletons: int
    coverage: float
    chao1: float
    chao1_std_error: float
    chao1_low: float
    chao1_high: float
    shannon: float
    clonality: float
    gini: float
    gini_simpson: float
    d50: int
    d50_share: float
    top10_share: float
    hill: NDArray[np.float64]
    rarefied_hill: NDArray[np.float64]
    orders: NDArray[np.float64]
    depth: int
    level: float

    def _table(self) -> dict[str, Any]:
        names = (
            "reads", "clones", "coverage", "chao1", "chao1_low", "chao1_high", "shannon",
            "clonality", "gini", "gini_simpson", "d50", "d50_share", "top10_share",
        )  # fmt: skip
        table = {name: [getattr(self, name)] for name in names}
        for kind in ("hill", "rarefied_hill"):
            for order, value in zip(self.orders, getattr(self, kind), strict=True):
                table[f"{kind}_{order:g}"] = [value]
        return {**table, "depth": [self.depth]}

    def index(self, name: str) -> float:
        """Return an index by the name of its column, such as "clonality" or "rarefied_hill_1".

        Parameters
        ----------
        name : str
            A column of `to_frame()`.

        Raises
        ------
        InputError
            When there is no such column; it lists them.
        """
        table = self._table()
        if name not in table:
            raise InputError(f"index is {name!r}; give one of {list(table)}")
        return float(table[name][0])

    def __str__(self) -> str:
        return (
            f"{self.clones} clones in {self.reads} reads (Chao1 {number(self.chao1)}, "
            f"{percent_of(self.level)} interval {number(self.chao1_low)} to "
            f"{number(self.chao1_high)}), clonality {number(self.clonality, 3)}, "
            f"D50 {self.d50}"
        )


def repertoire(
    count: ArrayLike | str,
    *,
    clone: ArrayLike | str | None = None,
    sample: ArrayLike | str | None = None,
    depth: int | None = None,
    orders: Sequence[float] = (0, 1, 2),
    level: float = 0.95,
    data: Any = None,
) -> Repertoire | Grouped[Repertoire]:
    """Summarise B cell receptor repertoires by the reads of their clones.

    Parameters
    ----------
    count : array_like of int, or str
        Reads of each row, best unique molecules or cells; 0 is allowed and counts for nothing.
    clone : array_like, or str, optional
        A label a row; rows of one clone in one sample are added up. By default each row is a clone.
    sample : array_like, or str, optional
        A label a row, such as "before" and "after"; each sample is summarised by itself.
    depth : int, optional
        The reads to which the Hill numbers are rarefied; by default those of the smallest sample.
    orders : sequence of float, default (0, 1, 2)
        Of the Hill numbers, 0 to 100: 0 is richness, 1 the exponential of the entropy, 2 the
        inverse of Simpson's concentration.
    level : float, default 0.95
        Of the limits of Chao1.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Repertoire, or with `sample` a mapping of them by label

    Raises
    ------
    InputError
        For counts that are negative, missing or not whole, a sample without a read, a depth of 0 or
        of more reads than a sample has; it names argument, row and value.

    Notes
    -----
    Hill 1973; Good 1953; Chao 1987 (log-normal limits, bias-corrected form); Hurlbert 1971 and Chao
    and others 2014 (rarefaction, by its exact expectation). Richness depends on the number of
    reads: compare samples by `rarefied_hill`.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> print(recovery.repertoire([120, 30, 8, 3, 2, 1, 1, 1, 1]))
    9 clones in 167 reads (Chao1 11.98, 95% interval 9.389 to 31.87), clonality 0.573, D50 1
    """
    if data is not None:
        count, clone, sample = columns(data, count=count, clone=clone, sample=sample)
    names, codes = ([""], None) if sample is None else labels(sample, "sample")
    clones = None if clone is None else labels(clone, "clone")[1]
    given = np.asarray(orders, np.float64)
    at, found = _core.repertoire(count, clones, codes, len(names), depth_asked(depth), given, level)
    results = [repertoire_of(fields, given, at, level) for fields in found]
    return results[0] if sample is None else Grouped(dict(zip(names, results, strict=True)))


def depth_asked(depth: Any) -> int:
    """Return a depth as the core takes it: -1 for that of the smallest sample."""
    if depth is None:
        return -1
    try:
        asked = operator.index(depth)
    except TypeError:
        raise InputError(f"depth is {depth!r}; give a whole number of reads") from None
    if asked < 1:
        raise InputError(f"depth is {asked}; give at least 1 read")
    return asked


def repertoire_of(
    fields: tuple[Any, ...], orders: NDArray[np.float64], depth: int, level: float
) -> Repertoire:
    """Return the result out of what the core found."""
    result: Repertoire = _core.frozen(Repertoire, (*fields, orders, depth, level))
    return result
