"""Exact tests of two response rates. Formulas: docs/methods/response/exact_test.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, counts_of, pvalue_words
from immunoreset.response.proportion import Alternative

ExactTestMethod = Literal["fisher", "fisher-mid-p", "barnard", "barnard-unpooled", "boschloo"]
TwoSided = Literal["minlike", "central", "blaker", "absolute"]


@dataclass(frozen=True, slots=True)
class ExactTest(Result):
    """Exact tests that two groups have one response rate.

    Attributes
    ----------
    x1, n1, x2, n2 : int or ndarray
        Responders and patients of the two groups.
    statistic : float or ndarray
        What orders the tables: the responders of group 1 for Fisher's tests, z for Barnard's,
        Fisher's p-value for Boschloo's (the smaller one-sided one for "central").
    pvalue : float or ndarray
        1 where a group has no patient.
    nuisance : float or ndarray
        The common rate at which an unconditional p-value is reached; NaN for Fisher's tests.
    method, alternative, two_sided, berger_boos
        How the p-value was computed; `two_sided` is None for a one-sided test.
    """

    x1: Any
    n1: Any
    x2: Any
    n2: Any
    statistic: Any
    pvalue: Any
    nuisance: Any
    method: str
    alternative: str
    two_sided: str | None
    berger_boos: float

    def _table(self) -> dict[str, Any]:
        return self._broadcast(
            "pvalue", ("x1", "n1", "x2", "n2", "statistic", "pvalue", "nuisance")
        )

    def __str__(self) -> str:
        rule = "" if self.two_sided is None else f" ({self.two_sided})"
        if np.ndim(self.pvalue):
            return f"{np.size(self.pvalue)} exact tests, {self.alternative} {self.method}{rule}"
        return (
            f"{self.x1}/{self.n1} against {self.x2}/{self.n2}: "
            f"{self.alternative} {self.method}{rule} {pvalue_words(self.pvalue)}"
        )


@dataclass(frozen=True, slots=True)
class ExactTestTable(Result):
    """The exact test of a table of any size.

    Attributes
    ----------
    table : ndarray
        The counts: a row a group, a column a category.
    statistic : float
        The probability of the table given its margins.
    pvalue : float
        The probability of all tables that are no likelier.
    method : str
        "fisher-freeman-halton".
    """

    table: Any
    statistic: float
    pvalue: float
    method: str

    def _table(self) -> dict[str, Any]:
        return {"statistic": [self.statistic], "pvalue": [self.pvalue]}

    def __str__(self) -> str:
        rows, columns = self.table.shape
        return f"{rows} x {columns} table: {self.method} {pvalue_words(self.pvalue)}"


def exact_test(
    x1: ArrayLike | str,
    n1: ArrayLike | str,
    x2: ArrayLike | str,
    n2: ArrayLike | str,
    *,
    method: ExactTestMethod = "fisher",
    alternative: Alternative = "two-sided",
    two_sided: TwoSided | None = None,
    berger_boos: float = 0.0,
    data: Any = None,
) -> ExactTest:
    """Test whether two independent groups have one response rate.

    Parameters
    ----------
    x1, n1, x2, n2 : int or array_like of int, or str
        Responders and patients of the two groups; arrays broadcast. Rows that share `n1` and `n2`
        share the work of an unconditional test.
    method : {"fisher", "fisher-mid-p", "barnard", "barnard-unpooled", "boschloo"}
        "fisher" is exact given the number of responders, "fisher-mid-p" counts the table seen half.
        The others look at all tables with these group sizes, and at all values of the common
        response rate: ordered by z ("barnard", "barnard-unpooled") or by Fisher's p-value
        ("boschloo", never less powerful than Fisher's test).
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": the rate of group 1 exceeds that of group 2.
    two_sided : {"minlike", "central", "blaker", "absolute"}, optional
        How a two-sided p-value looks at both directions. "minlike": Fisher's sums the tables that
        are no likelier (R, scipy), Boschloo's orders by that p-value (the R package Exact).
        "central": twice the smaller one-sided p-value (for Boschloo's: scipy). "blaker": for
        Fisher's, the largest other tail that is no larger. "absolute": Barnard's, by abs(z).
        By default "minlike"; "central" for "fisher-mid-p"; "absolute" for Barnard's.
    berger_boos : float, default 0
        Spend this error, such as 0.001, on a confidence interval for the common rate, and look at
        the rates in it alone; it is added to the p-value. Unconditional tests only.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    ExactTest
        Floats for a single table, read-only arrays otherwise.

    Raises
    ------
    InputError
        As `contrast`; for a rule that the test does not have; for more than 1000 patients in a
        group of an unconditional test.

    Notes
    -----
    Fisher 1935; Barnard 1947; Boschloo 1970 (Stat Neerl 24:1); Berger and Boos 1994 (JASA 89:1012).
    The intervals that belong to Fisher's tests are those of `contrast` with ``"conditional"``
    ("central"), ``"conditional-mid-p"``, ``"conditional-minlike"`` and ``"conditional-blaker"``.

    Examples
    --------
    >>> from immunoreset import response
    >>> print(response.exact_test(10, 14, 3, 12))
    10/14 against 3/12: two-sided fisher (minlike) p = 0.0472
    >>> print(response.exact_test(10, 14, 3, 12, method="boschloo"))
    10/14 against 3/12: two-sided boschloo (minlike) p = 0.0304
    """
    if data is not None:
        x1, n1, x2, n2 = columns(data, x1=x1, n1=n1, x2=x2, n2=n2)
    statistic, pvalue, nuisance, rule = _core.exact_test(
        x1, n1, x2, n2, method, two_sided, alternative, berger_boos
    )
    return ExactTest(
        counts_of(x1), counts_of(n1), counts_of(x2), counts_of(n2), statistic, pvalue, nuisance,
        method, alternative, rule if alternative == "two-sided" else None, float(berger_boos),
    )  # fmt: skip


def exact_test_table(table: ArrayLike) -> ExactTestTable:
    """Test a table of any size for independence, given its margins (Fisher, Freeman, Halton).

    Parameters
    ----------
    table : array_like of int
        Counts in two dimensions: a row a group, a column a category (or the other way round).
        Rows and columns without patients do no harm.

    Returns
    -------
    ExactTestTable
        The p-value is 1 when the margins leave only one table.

    Raises
    ------
    InputError
        For a count that is negative, missing or no whole number, with its row and column; for a
        table so large that listing the possible ones would take minutes.

    Notes
    -----
    Freeman and Halton 1951 (Biometrika 38:141), by the network algorithm of Mehta and Patel 1983
    (JASA 78:427). For a 2 x 2 table it is `exact_test` with ``two_sided="minlike"``.

    Examples
    --------
    Complete, partial and no response under three doses:

    >>> from immunoreset import response
    >>> print(response.exact_test_table([[1, 2, 6], [3, 4, 2], [7, 1, 0]]))
    3 x 3 table: fisher-freeman-halton p = 0.0067
    """
    statistic, pvalue = _core.exact_test_table(table)
    counts = np.array(table, np.int64)
    counts.setflags(write=False)
    return ExactTestTable(counts, statistic, pvalue, "fisher-freeman-halton")
