"""What repertoires before and after have in common: docs/methods/recovery/repertoire.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Result, number
from immunoreset.errors import InputError
from immunoreset.recovery.repertoire import Repertoire, depth_asked, repertoire_of

if TYPE_CHECKING:
    from immunoreset.response import SignedRank

INDICES = ("jaccard", "weighted_jaccard", "morisita_horn")


@dataclass(frozen=True, slots=True)
class RepertoireOverlap(Result):
    """Repertoires of patients before and after, pair by pair: a row a patient.

    Attributes
    ----------
    patients : tuple
        Their labels, in order.
    before, after : tuple of Repertoire
        Of each patient, rarefied to one `depth`.
    shared : ndarray of int
        Clones found in both samples of a patient.
    jaccard, weighted_jaccard, morisita_horn : ndarray
        Of all reads: clones shared over clones found; the same of the shares of the reads; and
        Morisita-Horn, 0 for no clone in common and 1 for the same shares of the same clones.
    rarefied_shared, rarefied_jaccard, rarefied_weighted_jaccard, rarefied_morisita_horn : ndarray
        What subsamples of `depth` reads of each sample have in common: exact expectations, and
        ratios of them.
    samples : tuple of str
        The labels of the samples before and after.
    depth : int
    level : float
        Of the limits in `before` and `after`.
    """

    patients: tuple[Any, ...]
    before: tuple[Repertoire, ...]
    after: tuple[Repertoire, ...]
    shared: NDArray[np.int64]
    jaccard: NDArray[np.float64]
    weighted_jaccard: NDArray[np.float64]
    morisita_horn: NDArray[np.float64]
    rarefied_shared: NDArray[np.float64]
    rarefied_jaccard: NDArray[np.float64]
    rarefied_weighted_jaccard: NDArray[np.float64]
    rarefied_morisita_horn: NDArray[np.float64]
    samples: tuple[Any, Any]
    depth: int
    level: float

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"patient": np.array(self.patients)}
        for name in ("reads", "clones"):
            for time in ("before", "after"):
                table[f"{name}_{time}"] = np.array([getattr(r, name) for r in getattr(self, time)])
        for name in ("shared", *INDICES):
            table[name] = getattr(self, name)
        for name in ("shared", *INDICES):
            table[f"rarefied_{name}"] = getattr(self, f"rarefied_{name}")
        return table

    def __str__(self) -> str:
        rarefied = self.rarefied_morisita_horn
        return (
            f"{len(self.patients)} paired, {self.samples[0]} against {self.samples[1]}: median "
            f"Morisita-Horn overlap {number(float(np.median(rarefied)), 3)} at {self.depth} reads, "
            f"{int((self.shared == 0).sum())} without a clone in common"
        )

    def values(self, index: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return an index of each patient before, and after.

        Parameters
        ----------
        index : str
            A column of ``Repertoire.to_frame()``, such as "clonality" or "rarefied_hill_1".
        """
        before, after = (
            np.array([repertoire.index(index) for repertoire in repertoires])
            for repertoires in (self.before, self.after)
        )
        return before, after

    def signed_rank(self, index: str, **options: Any) -> SignedRank:
        """Test whether an index is the same before and after, by `response.signed_rank`.

        Parameters
        ----------
        index : str
            As in `values`. "rarefied_hill_0" and its like compare samples at one depth.
        **options
            Those of `response.signed_rank`; the differences are those after less before.

        Returns
        -------
        response.SignedRank
        """
        from immunoreset.response import signed_rank

        before, after = self.values(index)
        return signed_rank(after, before, **options)

    def plot(self, ax: Any = None, index: str = "rarefied_hill_1") -> Any:
        """Draw an index before and after, a line a patient, with the overlap, and return the axes.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.
        index : str, default "rarefied_hill_1"
            As in `values`.
        """
        from immunoreset.plots.repertoire import repertoire_overlap

        return repertoire_overlap(self, ax=ax, index=index)


def repertoire_overlap(
    count: ArrayLike | str,
    clone: ArrayLike | str,
    sample: ArrayLike | str,
    *,
    before: Any,
    after: Any,
    patient: ArrayLike | str | None = None,
    depth: int | None = None,
    orders: Sequence[float] = (0, 1, 2),
    level: float = 0.95,
    data: Any = None,
) -> RepertoireOverlap:
    """Compare repertoires of patients before and after therapy.

    Parameters
    ----------
    count, clone, sample
        As in `repertoire`; rows of other samples than `before` and `after` are not read.
    before, after : str or int
        The labels of the two samples.
    patient : array_like, or str, optional
        A label a row; by default one patient.
    depth : int, optional
        Reads to which all samples of all patients are rarefied; by default those of the smallest.
    orders, level
        As in `repertoire`.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    RepertoireOverlap

    Raises
    ------
    InputError
        As `repertoire`, and for a patient without one of the two samples, who may not have B cells
        yet: such a patient has no repertoire to compare.

    Notes
    -----
    Horn 1966 (Am Nat 100:419); Jaccard 1912; Ruzicka 1958 (weighted). Clones are the same where
    their labels are: group the sequences of both samples of a patient into clones together.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> overlap = recovery.repertoire_overlap(
    ...     [50, 30, 20, 5, 40, 55], ["a", "b", "c", "a", "d", "e"], ["V0"] * 3 + ["M6"] * 3,
    ...     before="V0", after="M6",
    ... )
    >>> print(f"{overlap.shared[0]} shared, Morisita-Horn {overlap.morisita_horn[0]:.3f}")
    1 shared, Morisita-Horn 0.059
    """
    if data is not None:
        count, clone, sample, patient = columns(
            data, count=count, clone=clone, sample=sample, patient=patient
        )
    times, time = labels(sample, "sample")
    for name, label in (("before", before), ("after", after)):
        if label not in times:
            raise InputError(f"{name} is {label!r}; the samples are {times}")
    if before == after:
        raise InputError(f"before and after are both {before!r}; give two samples")
    reads, clones = np.asarray(count), np.asarray(labels(clone, "clone")[1])
    people = np.zeros(len(time), np.int64) if patient is None else patient
    chosen = np.isin(time, [times.index(before), times.index(after)])
    if not len(reads) == len(clones) == len(time) == len(np.asarray(people)):
        raise InputError(
            f"count, clone, sample and patient have {len(reads)}, {len(clones)}, {len(time)} and "
            f"{len(np.asarray(people))} rows; give all from the same rows"
        )
    who, person = labels(np.asarray(people)[chosen], "patient")
    codes = 2 * person + (time[chosen] == times.index(after))
    missing = np.setdiff1d(np.arange(2 * len(who)), codes)
    if missing.size:
        gap = int(missing[0])
        raise InputError(
            f"patient {who[gap // 2]!r} has no row of sample {(before, after)[gap % 2]!r}; "
            "leave the patient out of a comparison of repertoires"
        )
    given = np.asarray(orders, np.float64)
    at, found = _core.repertoire_overlap(
        reads[chosen], labels(clones[chosen])[1], codes, len(who), depth_asked(depth), given, level
    )
    overlap, rarefied = (np.array([pair[part] for pair in found], float).T for part in (2, 3))
    for numbers in (overlap, rarefied):
        numbers.setflags(write=False)
    result: RepertoireOverlap = _core.frozen(
        RepertoireOverlap,
        (
            tuple(who),
            tuple(repertoire_of(pair[0], given, at, level) for pair in found),
            tuple(repertoire_of(pair[1], given, at, level) for pair in found),
            overlap[0].astype(np.int64), *overlap[1:], *rarefied, (before, after), at, level,
        ),
    )  # fmt: skip
    return result
