"""Gray's test of cumulative incidences. Formulas: docs/methods/survival/gray_test.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Result, number, pvalue_words
from immunoreset.errors import InputError
from immunoreset.survival.competing_risks import numbered_causes


@dataclass(frozen=True, slots=True)
class GrayTest(Result):
    """Gray's test that cumulative incidences are the same in all groups.

    Attributes
    ----------
    cause
        The label of the cause tested, or a tuple of all of them; with a tuple the numbers are
        arrays with one value, or row, a cause.
    statistic : float or ndarray
        Chi-squared under the hypothesis.
    df : int or ndarray of int
        One less than the groups, or fewer where groups are not at risk when the cause strikes; 0 if
        there is nothing to compare, and then the statistic is 0.
    pvalue : float or ndarray
    groups : tuple
        Labels of the groups.
    observed, expected : ndarray
        Events of each group, and how many the hypothesis expects of it.
    n : int
        Patients.
    rho, timefix, stratified
        How the test was done.
    """

    cause: Any
    statistic: Any
    df: Any
    pvalue: Any
    groups: tuple[Any, ...]
    observed: Any
    expected: Any
    n: int
    rho: float
    timefix: bool
    stratified: bool

    def _table(self) -> dict[str, Any]:
        several = isinstance(self.cause, tuple)
        table: dict[str, Any] = {"cause": list(self.cause) if several else [self.cause]}
        return table | {n: np.atleast_1d(getattr(self, n)) for n in ("statistic", "df", "pvalue")}

    def __str__(self) -> str:
        tests = zip(*self._table().values(), strict=True)
        kind = "stratified Gray's test" if self.stratified else "Gray's test"
        return "; ".join(
            f"{kind} of {cause}: chi-squared {number(float(statistic))}, df {df}, "
            f"{pvalue_words(float(pvalue))}"
            for cause, statistic, df, pvalue in tests
        )


def gray_test(
    time: ArrayLike | str,
    cause: ArrayLike | str,
    group: ArrayLike | str,
    *,
    cause_of_interest: Any = None,
    strata: ArrayLike | str | None = None,
    rho: float = 0.0,
    causes: Sequence[Any] | None = None,
    censored: int | str = 0,
    timefix: bool = True,
    data: Any = None,
) -> GrayTest:
    """Test whether the cumulative incidence of a cause is the same in all groups.

    Parameters
    ----------
    time : array_like of float, or str
        Follow-up of each patient, from 0 on.
    cause : array_like of int or str, or str
        Which event was seen at `time`, or the code of a patient last seen without one.
    group : array_like, or str
        The groups to compare, 2 to 50.
    cause_of_interest : optional
        The label of one cause; by default all of them are tested, one by one.
    strata : array_like, or str, optional
        Compare within these only.
    rho : float, default 0
        Weigh events by ``(1 - F) ** rho``, F the incidence in all groups just before: above 0 for
        early differences. From -10 to 10.
    causes : sequence, optional
        The labels of the causes; by default those found.
    censored : int or str, default 0
        The code of a censored patient. Where `cause` is text it must be given.
    timefix : bool, default True
        Times that differ by rounding alone (0.1 + 0.2 and 0.3) are one time, as in R.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    GrayTest

    Raises
    ------
    InputError
        For a time that is missing, negative or infinite, a cause that is not among `causes`, text
        causes without the label of the censored, fewer than two groups, no rows.

    Notes
    -----
    Gray 1988 (Ann Stat 16:1141). The p-value is that of chi-squared: in small groups, approximate.

    Examples
    --------
    >>> from immunoreset import survival
    >>> months = [1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    >>> cause = [1, 2, 1, 0, 1, 2, 0, 1, 0, 2, 1, 0]
    >>> arm = list("AAABAABBABBB")
    >>> print(survival.gray_test(months, cause, arm, cause_of_interest=1))
    Gray's test of 1: chi-squared 1.336, df 1, p = 0.2477
    """
    if data is not None:
        time, cause, group, strata = columns(
            data, time=time, cause=cause, group=group, strata=strata
        )
    codes, listed, code_censored, words = numbered_causes(cause, causes, censored)
    names, groups = labels(group)
    in_stratum, n_strata = None, 1
    if strata is not None:
        distinct, in_stratum = labels(strata, "strata")
        n_strata = len(distinct)
    found, answers = _core.gray_test(
        time, codes, groups, max(len(names), 1), code_censored, listed, in_stratum,
        max(n_strata, 1), rho, timefix,
    )  # fmt: skip
    tested = found if words is None else words
    made = (len(groups), float(rho), timefix, strata is not None)
    if cause_of_interest is None:
        statistic, df, pvalue, observed, expected = answers
        return _core.frozen(
            GrayTest, (tested, statistic, df, pvalue, tuple(names), observed, expected, *made)
        )
    if cause_of_interest not in tested:
        raise InputError(
            f"cause_of_interest is {cause_of_interest!r}; choose one of {list(tested)}, or name a "
            "cause that nobody had with causes="
        )
    k = tested.index(cause_of_interest)
    statistic, df, pvalue, observed, expected = (column[k] for column in answers)
    one = (tested[k], float(statistic), int(df), float(pvalue), tuple(names), observed, expected)
    return _core.frozen(GrayTest, (*one, *made))
