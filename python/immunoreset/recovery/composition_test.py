"""Permutation tests of B cell subsets. Formulas: docs/methods/recovery/composition.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import as_matrix, columns_and_covariates
from immunoreset._random import random_key, replicate_count
from immunoreset._result import Result, pvalue_words
from immunoreset.errors import InputError
from immunoreset.recovery.composition import read_parts

Method = Literal["auto", "exact", "monte-carlo"]

AUTO_ARRANGEMENTS = 2.0**20
EXACT_ARRANGEMENTS = 2.0**25
NO_KEY = (0, 0)


@dataclass(frozen=True, slots=True)
class CompositionTest(Result):
    """A comparison of compositions, one row of its table for each subset.

    Attributes
    ----------
    names : tuple of str
        The subsets.
    effect, low, high : ndarray
        Mean centred log-ratio of each subset, after less before, or of the second group less the
        first, with Student's (Welch's) limits; infinite where one patient is all there is. ``exp``
        of it is the factor relative to the mean of all subsets.
    z : ndarray
        The sum that is compared over its deviation under permutation.
    pvalue : ndarray
        Two-sided, of each subset alone.
    adjusted : ndarray
        The same, for all subsets at once (step-down maximum).
    statistic : float
        Aitchison's distance between the mean compositions.
    global_pvalue : float
        Of no difference in any subset.
    distance : ndarray
        Of each patient, between before and after; empty of groups.
    groups : tuple
        The two labels; empty of pairs.
    n, second : int
        Patients, and those of the second group (0 of pairs).
    method : str
        "exact" or "monte-carlo".
    arrangements : int
        Signs or deals counted; of pairs the mirror images are left out.
    level : float
        Of the limits.
    """

    names: tuple[str, ...]
    effect: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    z: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    adjusted: NDArray[np.float64]
    statistic: float
    global_pvalue: float
    distance: NDArray[np.float64]
    groups: tuple[Any, ...]
    n: int
    second: int
    method: str
    arrangements: int
    level: float

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"subset": np.array(self.names)}
        for name in ("effect", "low", "high", "z", "pvalue", "adjusted"):
            table[name] = getattr(self, name)
        return table

    def __str__(self) -> str:
        what = (
            f"{self.groups[1]} against {self.groups[0]}" if self.groups else "after against before"
        )
        return (
            f"{len(self.names)} subsets, {what}, {self.n} patients: Aitchison distance "
            f"{self.statistic:.4g}, {self.method} {pvalue_words(self.global_pvalue)}"
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the factor of each subset with its limits; return the axes."""
        from immunoreset.plots.forest import forest

        return forest(
            [name.replace("_", " ") for name in self.names],
            np.exp(self.effect), np.exp(self.low), np.exp(self.high),
            numbers={"adjusted p": [pvalue_words(p).removeprefix("p = ") for p in self.adjusted]},
            reference=1.0, log=True, xlabel="factor relative to the mean of all subsets", ax=ax,
        )  # fmt: skip


def composition_test(
    before: ArrayLike | Sequence[str],
    after: ArrayLike | Sequence[str] | None = None,
    *,
    group: ArrayLike | str | None = None,
    names: Sequence[str] | None = None,
    total: float | None = 1.0,
    limit: ArrayLike | None = None,
    method: Method = "auto",
    replicates: int = 99_999,
    rng: Any = None,
    level: float = 0.95,
    progress: Callable[[int, int], Any] | None = None,
    data: Any = None,
) -> CompositionTest:
    """Test whether subsets differ between before and after, or between two groups.

    Parameters
    ----------
    before : array_like of float, or sequence of str
        Patients by subsets, or names of columns, as in `composition`; with `group` the only table.
    after : array_like of float, or sequence of str, optional
        The same patients in the same order, the same subsets; without `group`.
    group : array_like, or str, optional
        A label a patient, two in all (CD19 and BCMA, say): groups are compared, not pairs.
    names, total, limit
        As in `composition`; the limits are those of both tables.
    method : {"auto", "exact", "monte-carlo"}, default "auto"
        "exact": all signs of the differences (groups: all deals of the labels), at most 2^25.
        "auto": exact, but beyond 2^20 (21 pairs, or 11 and 11 patients) "monte-carlo" if there is
        an `rng`.
    replicates : int, default 99,999
        Random arrangements of "monte-carlo".
    rng : int, SeedSequence or Generator, optional
        Needed by "monte-carlo"; the same seed gives the same digits.
    level : float, default 0.95
        Of the limits.
    progress : callable, optional
        Called with arrangements done and in all, of "monte-carlo".
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    CompositionTest

    Raises
    ------
    InputError
        As `composition`; for tables of different shapes, groups other than two, too many patients
        for "exact", no `rng` where one is needed.

    Notes
    -----
    Aitchison 1986; Fisher 1935 (signs of pairs); Westfall and Young 1993 (step-down maximum); Welch
    1947 (limits of groups). The limits take the log-ratios to be normal, the p-values take nothing
    but exchangeability.

    Examples
    --------
    Five patients: naive, memory and plasmablast shares before, and at B cell return

    >>> from immunoreset import recovery
    >>> before = [[30, 60, 10], [40, 50, 10], [20, 70, 10], [30, 50, 20], [40, 40, 20]]
    >>> after = [[90, 6, 4], [80, 10, 10], [70, 20, 10], [80, 10, 10], [90, 5, 5]]
    >>> subsets = ["naive", "memory", "plasmablast"]
    >>> print(recovery.composition_test(before, after, names=subsets, total=100))
    3 subsets, after against before, 5 patients: Aitchison distance 1.943, exact p = 0.0625
    """
    if method not in ("auto", "exact", "monte-carlo"):
        raise InputError(f"method is {method!r}; choose 'auto', 'exact' or 'monte-carlo'")
    if (after is None) == (group is None):
        raise InputError("give either after (pairs) or group (two groups)")
    if data is not None and after is not None:
        (), after, _ = columns_and_covariates(data, after, None)
    terms, first, limits, of_groups = read_parts(before, names, limit, group, data)
    second = None if after is None else as_matrix(after, None)[0]
    keys, codes = of_groups if of_groups is not None else ([], None)
    if of_groups is not None and len(keys) != 2:
        raise InputError(f"group has {len(keys)} labels; this compares two groups")
    most = {"auto": AUTO_ARRANGEMENTS, "exact": EXACT_ARRANGEMENTS, "monte-carlo": 0.0}[method]
    count, key = 0, NO_KEY
    if method == "monte-carlo" or (method == "auto" and rng is not None):
        count, key = replicate_count(replicates), random_key(rng)
    is_exact, arrangements, numbers = _core.composition_test(
        first, second, codes, limits, total, level, most, key, count, progress
    )
    n, in_second, statistic, pvalue, *of_parts, distance = numbers
    return _core.frozen(
        CompositionTest,
        (
            terms, *of_parts, statistic, pvalue, distance, tuple(keys), n, in_second,
            "exact" if is_exact else "monte-carlo", int(arrangements), level,
        ),
    )  # fmt: skip
