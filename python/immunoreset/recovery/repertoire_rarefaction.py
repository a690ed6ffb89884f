"""Rarefaction curves of repertoires. Method: docs/methods/recovery/repertoire.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Grouped, Result, number, percent_of


@dataclass(frozen=True, slots=True)
class Rarefaction(Result):
    """How many clones fewer reads would have shown.

    Attributes
    ----------
    reads, clones : int
        Of the sample.
    depth : ndarray of int
        Numbers of reads.
    estimate : ndarray
        Expected clones among so many reads of the sample: exact, over all subsamples.
    std_error, low, high : ndarray
        Over samples out of the repertoire (Colwell and others 2012), and normal limits: what
        another sample of so many reads would show.
    subsample_sd : ndarray
        Over the subsamples of this sample alone (Heck and others 1975); 0 at all reads.
    level : float
    """

    reads: int
    clones: int
    depth: NDArray[np.int64]
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    subsample_sd: NDArray[np.float64]
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("depth", "estimate", "std_error", "low", "high", "subsample_sd")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        words = f"{self.clones} clones in {self.reads} reads"
        if not self.depth.size:
            return words
        return (
            f"{words}; {number(self.estimate[-1])} in {self.depth[-1]} reads "
            f"({percent_of(self.level)} interval {number(self.low[-1])} to {number(self.high[-1])})"
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the curve with its limits and return the axes."""
        from immunoreset.plots.repertoire import rarefaction_curves

        return rarefaction_curves({"": self}, ax=ax)


def rarefaction(
    count: ArrayLike | str,
    depth: ArrayLike | None = None,
    *,
    clone: ArrayLike | str | None = None,
    sample: ArrayLike | str | None = None,
    points: int = 50,
    level: float = 0.95,
    data: Any = None,
) -> Rarefaction | Grouped[Rarefaction]:
    """Work out how many clones fewer reads would have shown, exactly and without random numbers.

    Parameters
    ----------
    count, clone, sample
        As in `repertoire`.
    depth : array_like of int, optional
        Numbers of reads, from 0 to those of the sample; by default from 1 to all, evenly.
    points : int, default 50
        How many depths there are by default.
    level : float, default 0.95
        Of the limits.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Rarefaction, or with `sample` a mapping of them by label

    Raises
    ------
    InputError
        As `repertoire`, and for a depth of more reads than a sample has.

    Notes
    -----
    Hurlbert 1971 (Ecology 52:577); Heck, van Belle and Simberloff 1975 (Ecology 56:1459); Colwell
    and others 2012 (J Plant Ecol 5:3). A curve beyond the reads would be a model: Chao1 of
    `repertoire` says how many clones there are at least.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> curve = recovery.rarefaction([4, 3, 2, 1], [1, 2, 5, 10])
    >>> [round(float(clones), 4) for clones in curve.estimate]
    [1.0, 1.7778, 3.1706, 4.0]
    """
    if data is not None:
        count, clone, sample = columns(data, count=count, clone=clone, sample=sample)
    names, codes = ([""], None) if sample is None else labels(sample, "sample")
    clones = None if clone is None else labels(clone, "clone")[1]
    asked = None if depth is None else np.atleast_1d(np.asarray(depth))
    found = _core.rarefaction(count, clones, codes, len(names), asked, points, level)
    results = [_core.frozen(Rarefaction, (*fields, level)) for fields in found]
    if sample is None:
        return results[0]
    from immunoreset.plots.repertoire import rarefaction_curves

    return Grouped(dict(zip(names, results, strict=True)), rarefaction_curves)
