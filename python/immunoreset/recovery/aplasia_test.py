"""A test of two groups' durations of aplasia. Formulas: docs/methods/recovery/aplasia.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import labels
from immunoreset._result import Result, number, pvalue_words
from immunoreset.errors import InputError
from immunoreset.recovery.aplasia_rows import read
from immunoreset.recovery.depletion import Depletion

Method = Literal["exact", "normal"]
Alternative = Literal["two-sided", "greater", "less"]

EXACT_UP_TO = 30  # patients; the exact distribution of so many takes milliseconds


@dataclass(frozen=True, slots=True)
class AplasiaTest(Result):
    """A permutation test of the durations of aplasia in two groups.

    Attributes
    ----------
    statistic : float
        The sum of the scores of the second group: above 0 where its aplasia is shorter than that of
        the first.
    z : float
        The statistic over its standard deviation under permutation; NaN where all scores are equal.
    pvalue : float
        The p-value.
    groups : tuple
        The two labels, in order.
    n : int
        Patients.
    excluded : dict
        From each patient (or row) left out to the reason.
    method : str
        "exact": of all ways to deal out the labels; "normal": with the normal distribution.
    alternative : str
        What was asked.
    """

    statistic: float
    z: float
    pvalue: float
    groups: tuple[Any, ...]
    n: int
    excluded: dict[Any, str]
    method: str
    alternative: str

    def _table(self) -> dict[str, Any]:
        return {name: [getattr(self, name)] for name in ("statistic", "z", "pvalue", "method")}

    def __str__(self) -> str:
        first, second = self.groups
        words = "shorter" if self.statistic > 0 else "longer"
        return (
            f"aplasia of {second} is {words} than of {first}: z = {number(self.z)}, "
            f"{pvalue_words(self.pvalue)} ({self.method}, {self.n} patients)"
        )


def aplasia_test(
    onset_left: Depletion | ArrayLike | str,
    onset_right: ArrayLike | str | None = None,
    recovery_left: ArrayLike | str | None = None,
    recovery_right: ArrayLike | str | None = None,
    *,
    group: Mapping[Any, Any] | ArrayLike | str,
    method: Method | None = None,
    alternative: Alternative = "two-sided",
    data: Any = None,
) -> AplasiaTest:
    """Test whether B cells are gone for the same time in two groups.

    Parameters
    ----------
    onset_left : Depletion, array_like of float, or str
        The result of `recovery.depletion`, or the first of four columns, as for `recovery.aplasia`.
        Times are whole days.
    onset_right, recovery_left, recovery_right : array_like of float, or str, optional
        The other three.
    group : array_like, mapping or str
        A label a patient (of a Depletion: in the order of its patients, or a mapping from
        patient): two labels in all.
    method : {"exact", "normal"}, optional
        Over all ways to deal out the labels, or with the normal distribution; by default exact up
        to 30 patients.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": aplasia is shorter (recovery comes at a greater rate) in the second group.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    AplasiaTest
        Statistic and p-value.

    Raises
    ------
    InputError
        As `recovery.aplasia`; when there are not two labels, and for "exact" with too many
        patients.

    Notes
    -----
    Finkelstein 1986 (score of interval-censored rows), here averaged over the onset, which is taken
    as uniform over its interval. The permutation takes visits and follow-up to be alike in both
    groups.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> test = recovery.aplasia_test(
    ...     [0, 0, 3, 0, 0, 3],
    ...     [3, 3, 7, 3, 7, 7],
    ...     [84, 56, 84, 140, 140, 112],
    ...     [112, 84, 112, 168, float("inf"), 140],
    ...     group=["CD19", "CD19", "CD19", "BCMA", "BCMA", "BCMA"],
    ... )
    >>> print(test)
    aplasia of CD19 is shorter than of BCMA: z = 1.767, p = 0.2000 (exact, 6 patients)
    """
    rows = read((onset_left, onset_right, recovery_left, recovery_right), group, data=data)
    if rows.group is None:
        raise InputError("group is None; give a label a patient, two labels in all")
    if method not in ("exact", "normal", None):
        raise InputError(f"method is {method!r}; choose 'exact' or 'normal'")
    keys, codes = labels(rows.group)
    if len(keys) != 2:
        raise InputError(f"group has {len(keys)} labels; this compares two groups")
    if method is None:
        method = "exact" if len(codes) <= EXACT_UP_TO else "normal"
    n, statistic, z, pvalue = _core.aplasia_test(*rows.times, codes, alternative, method == "exact")
    return AplasiaTest(
        statistic, z, pvalue, tuple(keys), n, dict(rows.excluded), method, alternative
    )
