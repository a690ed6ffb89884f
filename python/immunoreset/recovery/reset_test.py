"""Two groups of immune resets compared. Definitions: docs/methods/recovery/reset.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunoreset import response
from immunoreset._result import Result, pvalue_words
from immunoreset.errors import InputError
from immunoreset.recovery.reset import Reset


@dataclass(frozen=True, slots=True)
class ResetTest(Result):
    """Exact tests of two groups, one row a component and the last of all of them together.

    Attributes
    ----------
    component : tuple of str
    met, decided : ndarray of int
        Components by groups: patients who meet it, and those who meet it or not.
    difference, low, high : ndarray
        Of the shares, second group less the first, with exact limits (Chan and Zhang).
    pvalue : ndarray
        Two-sided, of that method, each component by itself; 1 where a group has nobody to judge.
    method : str
        The test.
    groups : tuple
        The labels.
    level : float
        Of the limits.
    """

    component: tuple[str, ...]
    met: NDArray[np.int64]
    decided: NDArray[np.int64]
    difference: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    method: str
    groups: tuple[Any, ...]
    level: float

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"component": np.array(self.component)}
        for column, label in enumerate(self.groups):
            table[f"met_{label}"] = self.met[:, column]
            table[f"decided_{label}"] = self.decided[:, column]
        for name in ("difference", "low", "high", "pvalue"):
            table[name] = getattr(self, name)
        return table

    def __str__(self) -> str:
        first, second = self.groups
        words = [
            f"{name} {met[1]}/{decided[1]} and {met[0]}/{decided[0]}, {pvalue_words(pvalue)}"
            for name, met, decided, pvalue in zip(
                self.component, self.met, self.decided, self.pvalue, strict=True
            )
        ]
        return f"{second} and {first}, {self.method}: {'; '.join(words)}"


def reset_test(results: Mapping[Any, Reset]) -> ResetTest:
    """Compare two groups (CD19 and BCMA, say) by each component of an immune reset.

    Parameters
    ----------
    results : mapping of Reset
        From two labels to results by the same criteria: what `reset` gives with `group`.

    Returns
    -------
    ResetTest
        The p-values are not adjusted for there being several components.

    Raises
    ------
    InputError
        When there are not two groups, or the criteria or components of the two differ.

    Notes
    -----
    Chan and Zhang 1999 (Biometrics 55:1202), exact and unconditional: patients whose status is
    neither met nor not met are left out, as in `ResetShares.share`.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> r = recovery.reset(
    ...     [90] * 8, [120] * 8, [400] * 8, naive_share=[0.9] * 4 + [0.6] * 4,
    ...     group=["CD19"] * 4 + ["BCMA"] * 4,
    ... )
    >>> print(recovery.reset_test(r))
    CD19 and BCMA, chan-zhang: renewal 4/4 and 0/4, p = 0.0078; all 4/4 and 0/4, p = 0.0078
    """
    if len(results) != 2:
        raise InputError(f"results has {len(results)} groups; this compares two")
    (first, a), (second, b) = results.items()
    if a.assessed != b.assessed or a.criteria != b.criteria:
        raise InputError(
            f"the groups {first!r} and {second!r} were judged by different criteria; give both to "
            "one call of reset, with group="
        )
    met = np.column_stack((a.shares.met, b.shares.met))
    decided = met + np.column_stack((a.shares.not_met, b.shares.not_met))
    found = response.contrast(
        met[:, 1], decided[:, 1], met[:, 0], decided[:, 0], method="chan-zhang", level=a.level
    )
    return ResetTest(
        a.shares.component, met, decided, found.estimate, found.low, found.high, found.pvalue,
        found.method, (first, second), a.level,
    )  # fmt: skip
