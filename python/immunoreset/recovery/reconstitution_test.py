"""Whether B cells return as early in two groups: docs/methods/recovery/reconstitution.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._random import random_key, replicate_count
from immunoreset._result import Result, number, pvalue_words
from immunoreset.errors import InputError
from immunoreset.recovery.reconstitution import UNSEEN, Unseen

METHODS = ("exact", "monte-carlo")


@dataclass(frozen=True, slots=True)
class ReconstitutionTest(Result):
    """A permutation test of two cumulative incidences of B cell return.

    Attributes
    ----------
    groups : tuple
        The two labels, in their order.
    patients : tuple of int
        The patients of each.
    statistic : float
        The sum of the scores of the second group: above 0 where B cells return earlier in it.
    permutation_z : float
        The statistic over its permutation standard deviation; 0 where all scores are equal.
    pvalue : float
        Of the permutation distribution.
    method, alternative, unseen : str
        As asked for.
    replicates : int or None
        Random permutations; None where all were counted.
    timefix : bool
        Whether times that differ by rounding alone were merged.
    """

    groups: tuple[Any, ...]
    patients: tuple[int, int]
    statistic: float
    permutation_z: float
    pvalue: float
    method: str
    alternative: str
    unseen: str
    replicates: int | None
    timefix: bool

    def _table(self) -> dict[str, Any]:
        return {name: [getattr(self, name)] for name in ("statistic", "permutation_z", "pvalue")}

    def __str__(self) -> str:
        kind = "exact" if self.replicates is None else f"{self.replicates} random"
        a, b = (f"{g} ({n})" for g, n in zip(self.groups, self.patients, strict=True))
        return (
            f"B cell return, {b} against {a}: z {number(self.permutation_z)}, "
            f"{pvalue_words(self.pvalue)} ({kind} permutations)"
        )


def reconstitution_test(
    left: ArrayLike | str,
    right: ArrayLike | str,
    group: ArrayLike | str,
    *,
    competing: ArrayLike | str | None = None,
    unseen: Unseen = "competing",
    alternative: Literal["two-sided", "greater", "less"] = "two-sided",
    method: Literal["exact", "monte-carlo"] = "exact",
    replicates: int = 9999,
    rng: Any = None,
    timefix: bool = True,
    data: Any = None,
) -> ReconstitutionTest:
    """Test whether the cumulative incidence of B cell return is the same in two groups.

    The p-value is exact where the rows of the two groups are exchangeable if the curves are equal:
    the same schedule of visits and follow-up, and competing events as often in both.

    Parameters
    ----------
    left, right : array_like of float, or str
        The last day without B cells, and the first day with them; infinity where none was seen.
    group : array_like, or str
        The two labels.
    competing : array_like of float, or str, optional
        The day of death, rescue B-cell-depleting therapy or re-infusion; infinity where there was
        none.
    unseen : {"competing", "return"}, default "competing"
        What a competing event after the last visit without B cells counts as, as in
        `reconstitution`.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": B cells return earlier in the second group.
    method : {"exact", "monte-carlo"}, default "exact"
        All ways to deal out the labels (to some 40 patients, and more with ties), or random ones.
    replicates : int, default 9999
        Random permutations; ``pvalue = (b + 1) / (replicates + 1)``, where `b` are as extreme.
    rng : int, SeedSequence or Generator
        Needed for "monte-carlo".
    timefix : bool, default True
        Take times that differ by rounding alone for one, by R's rule.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    ReconstitutionTest

    Raises
    ------
    InputError
        For no rows, missing or negative times, `left` after `right`, other than two groups, too
        many patients for "exact"; it names argument, row and value.
    ConvergenceError
        When the certificate of the curve of all patients is not reached.

    Notes
    -----
    The score test of proportional subdistribution hazards (Fine and Gray 1999) at the curve of all
    patients together, with the permutation distribution of Fay and Shih 1998; without competing
    events it is Finkelstein's (1986).

    Examples
    --------
    >>> from immunoreset import recovery
    >>> inf = float("inf")
    >>> left, right = [28, 28, 56, 84, 84, 112], [56, 84, 84, 112, inf, inf]
    >>> target = ["CD19", "CD19", "CD19", "BCMA", "BCMA", "BCMA"]
    >>> print(recovery.reconstitution_test(left, right, target))
    B cell return, CD19 (3) against BCMA (3): z 1.922, p = 0.1000 (exact permutations)
    """
    if method not in METHODS:
        raise InputError(f"method is {method!r}; choose one of {METHODS}")
    if unseen not in UNSEEN:
        raise InputError(f"unseen is {unseen!r}; give one of {list(UNSEEN)}")
    if data is not None:
        left, right, competing, group = columns(
            data, left=left, right=right, competing=competing, group=group
        )
    names, codes = labels(group)
    count, key = None, (0, 0)
    if method == "monte-carlo":
        count, key = replicate_count(replicates), random_key(rng)
    *patients, statistic, z, pvalue = _core.reconstitution_test(
        left, right, competing, codes, len(names), unseen == "return", timefix, alternative,
        count or 0, key,
    )  # fmt: skip
    return ReconstitutionTest(
        tuple(names), (patients[0], patients[1]), statistic, z, pvalue, method, alternative, unseen,
        count, timefix,
    )  # fmt: skip
