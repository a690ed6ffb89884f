"""Mutation and isotypes of repertoires. Method: docs/methods/recovery/repertoire.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import as_array, columns, labels
from immunoreset._result import Grouped, Result, number, percent_of
from immunoreset.errors import InputError

ISOTYPES: tuple[str, ...] = _core.isotype_words()
CALL = re.compile(r"(?:IGH|IG)([MDGAE])(?:P?[0-9]*)?(?:\*.*)?", re.IGNORECASE)
NAMES = ("mutation", *(name.lower() for name in ISOTYPES), "switched")


@dataclass(frozen=True, slots=True)
class RepertoireMaturity(Result):
    """How mutated and how class-switched the clones of a sample are.

    Attributes
    ----------
    sequences, clones : int
    name : tuple of str
        "mutation"; "igm", "igd", "igg", "iga", "ige"; and "switched": IgG, IgA or IgE.
    estimate, low, high : ndarray
        Of each: the mean over clones of the means over their sequences, and its limits; NaN for
        what was not given.
    level : float
    """

    sequences: int
    clones: int
    name: tuple[str, ...]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"name": np.array(self.name)}
        return {**table, **{name: getattr(self, name) for name in ("estimate", "low", "high")}}

    def __str__(self) -> str:
        words = [
            f"{name} {number(self.estimate[k], 3)} ({number(self.low[k], 3)} to "
            f"{number(self.high[k], 3)})"
            for name, k in (("mutation", 0), ("switched", len(NAMES) - 1))
            if not np.isnan(self.estimate[k])
        ]
        return f"{self.clones} clones, {percent_of(self.level)} intervals: {', '.join(words)}"


def repertoire_maturity(
    mutation: ArrayLike | str | None = None,
    isotype: ArrayLike | str | None = None,
    *,
    clone: ArrayLike | str | None = None,
    sample: ArrayLike | str | None = None,
    level: float = 0.95,
    data: Any = None,
) -> RepertoireMaturity | Grouped[RepertoireMaturity]:
    """Summarise somatic hypermutation and isotypes of sequences, clone by clone.

    The sequences of a clone share their ancestor, so that the clone is what counts as one: a clone
    with a thousand sequences weighs as much as one with a single sequence.

    Parameters
    ----------
    mutation : array_like of float, or str, optional
        The mutated share of the V region of each sequence, 0 to 1: 1 less `v_identity` of AIRR.
    isotype : array_like of str, or str, optional
        "IgM", or `c_call` of AIRR ("IGHM", "IGHG1*01").
    clone : array_like, or str, optional
        A label a sequence; by default each sequence is a clone.
    sample : array_like, or str, optional
        A label a sequence; each sample is summarised by itself.
    level : float, default 0.95
        Of the limits.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    RepertoireMaturity, or with `sample` a mapping of them by label

    Raises
    ------
    InputError
        For neither mutation nor isotype, a rate outside 0 to 1, an isotype that is missing or not
        known, columns of different lengths; it names argument, row and value.

    Notes
    -----
    Limits of the mutation rate are Student's over clones, cut to 0 and 1; where all clones have one
    rate, and for isotypes, they are Clopper and Pearson's of that share of the clones.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> naive = recovery.repertoire_maturity([0, 0.01, 0, 0.002], ["IGHM", "IGHM", "IGHD", "IGHG1"])
    >>> print(naive)
    4 clones, 95% intervals: mutation 0.003 (0 to 0.0106), switched 0.25 (0.00631 to 0.806)
    """
    if data is not None:
        mutation, isotype, clone, sample = columns(
            data, mutation=mutation, isotype=isotype, clone=clone, sample=sample
        )
    if mutation is None and isotype is None:
        raise InputError("mutation and isotype are both None; give one of them, or both")
    names, codes = ([""], None) if sample is None else labels(sample, "sample")
    clones = None if clone is None else labels(clone, "clone")[1]
    classes = None if isotype is None else isotype_codes(isotype)
    found = _core.repertoire_maturity(mutation, classes, clones, codes, len(names), level)
    results = [_result(fields, level) for fields in found]
    return results[0] if sample is None else Grouped(dict(zip(names, results, strict=True)))


def isotype_codes(isotype: Any) -> NDArray[np.int64]:
    """Return the position of each isotype, or call of a constant region, among `ISOTYPES`."""
    known: dict[Any, int] = {}
    codes = []
    for row, value in enumerate(as_array(isotype).tolist()):
        if value not in known:
            match = CALL.fullmatch(value) if isinstance(value, str) else None
            if match is None:
                raise InputError(
                    f"isotype[{row}] is {value!r}; give one of {list(ISOTYPES)} or a c_call such "
                    "as 'IGHG1*01', or leave the sequence out"
                )
            known[value] = ISOTYPES.index(f"Ig{match[1].upper()}")
        codes.append(known[value])
    return np.array(codes, np.int64)


def _result(fields: tuple[Any, ...], level: float) -> RepertoireMaturity:
    sequences, clones, mutation, isotypes, switched = fields
    numbers = np.array([mutation, *isotypes, switched]).T.copy()
    numbers.setflags(write=False)
    estimate, low, high = numbers
    return RepertoireMaturity(sequences, clones, NAMES, estimate, low, high, level)
