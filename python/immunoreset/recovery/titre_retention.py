"""What is left of vaccine titres. Formulas: docs/methods/recovery/titre.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core, response
from immunoreset._frame import columns, labels
from immunoreset._result import Grouped, Result, number, percent_of, pvalue_words
from immunoreset.errors import InputError


@dataclass(frozen=True, slots=True)
class TitreRetention(Result):
    """The geometric mean of titres after over before.

    Attributes
    ----------
    estimate, low, high : float
        The geometric mean ratio with its interval: 0 and inf of one pair, NaN where no ratio is
        known.
    sd, df : float
        The standard deviation of the natural logarithms of the ratios; degrees of freedom.
    pvalue : float
        Two-sided, of a ratio of 1.
    margin, pvalue_margin : float
        A ratio, and the one-sided p-value of the null hypothesis that the geometric mean ratio is
        this or less: where it is small the titres are retained (non-inferior).
    pvalue_signed_rank : float
        The same by the exact signed rank test; NaN where a ratio has limits.
    pvalue_sign : float
        The same by the exact sign test, of the ratios known to lie on one side.
    above_margin, below_margin : int
        How many these are.
    n, known, censored, unknown : int
        Pairs; ratios known exactly; known on one side; with both titres beyond a limit.
    protective : float or None
        A titre that protects.
    protected_before, protected_after, kept : int
        Patients at that titre or above: before, after, and both.
    keeping : response.Proportion or None
        `kept` of `protected_before`, with Clopper-Pearson limits.
    score_norm : float
        The certificate, of pairs with limits: the length of the score; otherwise 0.
    level : float
    """

    estimate: float
    low: float
    high: float
    pvalue: float
    pvalue_margin: float
    pvalue_sign: float
    sd: float
    df: float
    known: int
    censored: int
    unknown: int
    above_margin: int
    below_margin: int
    protected_before: int
    protected_after: int
    kept: int
    score_norm: float
    pvalue_signed_rank: float
    keeping: response.Proportion | None
    n: int
    margin: float
    protective: float | None
    level: float

    @property
    def is_retained(self) -> bool:
        """Whether the lower limit exceeds the margin: non-inferiority at (1 - level) / 2."""
        return self.low > self.margin

    def _table(self) -> dict[str, Any]:
        return {
            name: [getattr(self, name)]
            for name in self.__dataclass_fields__
            if name not in ("keeping", "protective")
        }

    def __str__(self) -> str:
        words = (
            f"{self.n} pairs: geometric mean ratio {number(self.estimate)} "
            f"({percent_of(self.level)} {number(self.low)} to {number(self.high)}), "
            f"above {number(self.margin)}: {pvalue_words(self.pvalue_margin)}"
        )
        if self.censored or self.unknown:
            words += f"; {self.censored} with a limit, {self.unknown} unknown"
        if self.keeping is not None:
            words += f"; protective level kept: {self.keeping}"
        return words


@overload
def titre_retention(
    before: ArrayLike | str,
    after: ArrayLike | str,
    *,
    margin: float = 0.5,
    lloq: ArrayLike | str | None = None,
    uloq: ArrayLike | str | None = None,
    protective: float | None = None,
    level: float = 0.95,
    group: None = None,
    data: Any = None,
) -> TitreRetention: ...


@overload
def titre_retention(
    before: ArrayLike | str,
    after: ArrayLike | str,
    *,
    margin: float = 0.5,
    lloq: ArrayLike | str | None = None,
    uloq: ArrayLike | str | None = None,
    protective: float | None = None,
    level: float = 0.95,
    group: ArrayLike | str,
    data: Any = None,
) -> Grouped[TitreRetention]: ...


def titre_retention(
    before: ArrayLike | str,
    after: ArrayLike | str,
    *,
    margin: float = 0.5,
    lloq: ArrayLike | str | None = None,
    uloq: ArrayLike | str | None = None,
    protective: float | None = None,
    level: float = 0.95,
    group: ArrayLike | str | None = None,
    data: Any = None,
) -> TitreRetention | Grouped[TitreRetention]:
    """Estimate what is left of vaccine titres or immunoglobulins, and test it against a margin.

    Parameters
    ----------
    before, after : array_like of float, or str
        Titres of the same patients in the same order; a titre of 1:80 as 80.
    margin : float, default 0.5
        The ratio that must be exceeded: 0.5 allows titres to halve.
    lloq, uloq : float or array_like of float, or str, optional
        Limits of quantification, for all patients or for each. A value less than `lloq` is known to
        lie below it and no more; one of `uloq` or more to lie there or above. The ratio is then
        known on one side, or not at all where both titres lie beyond limits.
    protective : float, optional
        A titre that protects (tetanus 0.1 IU/mL): how many of those who had it keep it is counted.
    level : float, default 0.95
        Of the intervals.
    group : array_like, or str, optional
        A label a patient; each group is estimated alone.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    TitreRetention or Grouped of TitreRetention
        With `group`, a mapping from label to result.

    Raises
    ------
    InputError
        For a titre that is missing, negative, or 0 without a limit; where limits leave too little
        to tell the scatter of the ratios; for a titre of which limits hide whether it protects. It
        names argument, row and value.

    Notes
    -----
    Without limits the interval is Student's, of log ratios; with limits that of the profile
    likelihood with the same quantile (Tobin 1958, Econometrica 26:24), which is Student's where
    there are none. Two groups: `response.rank_sum` of the ratios (exact), or
    `detection_limit_test` where some lie below limits.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> before, after = [1.2, 0.8, 2.1, 0.5, 0.9], [1.0, 0.7, 1.9, 0.3, 0.9]
    >>> print(recovery.titre_retention(before, after, margin=2 / 3))
    5 pairs: geometric mean ratio 0.8308 (95% 0.6531 to 1.057), above 0.6667: p = 0.0320
    """
    if data is not None:
        before, after, lloq, uloq, group = columns(
            data, before=before, after=after, lloq=lloq, uloq=uloq, group=group
        )
    if protective is not None and protective != protective:
        raise InputError(f"protective is {protective!r}; give a titre, or None")
    if group is None:
        return _made(before, after, lloq, uloq, margin, protective, level)
    keys, codes = labels(group)
    b, a = np.asarray(before), np.asarray(after)
    lower, upper = (None if x is None else np.asarray(x) for x in (lloq, uloq))
    if len(codes) != np.size(b):
        raise InputError(
            f"group has {len(codes)} labels and before {np.size(b)} rows; "
            "give both from the same rows"
        )
    _made(b, a, lower, upper, margin, protective, level)  # faults name the rows of the call
    rows_of = [codes == code for code in range(len(keys))]
    return Grouped(
        {
            key: _made(
                _rows(b, rows), _rows(a, rows), _rows(lower, rows), _rows(upper, rows), margin,
                protective, level,
            )
            for key, rows in zip(keys, rows_of, strict=True)
        }
    )  # fmt: skip


def _rows(column: Any, rows: Any) -> Any:
    return column if column is None or np.ndim(column) == 0 else column[rows]


def _made(
    before: Any,
    after: Any,
    lloq: Any,
    uloq: Any,
    margin: float,
    protective: float | None,
    level: float,
) -> TitreRetention:
    estimates, kinds, sides, protected, score_norm = _core.titre_retention(
        before, after, lloq, uloq, margin, np.nan if protective is None else protective, level
    )
    known, censored, unknown = kinds
    signed_rank = float("nan")
    if known and not censored and not unknown:
        # logarithms of one ratio may differ by rounding, which would part ties
        ratios = np.round(np.log(after) - np.log(before) - np.log(margin), 12)
        signed_rank = response.signed_rank(ratios, alternative="greater").pvalue
    keeping = None
    if protective is not None:
        keeping = response.proportion(protected[2], protected[0], level=level)
    return _core.frozen(
        TitreRetention,
        (
            *estimates, *kinds, *sides, *protected, score_norm, signed_rank, keeping,
            known + censored + unknown, float(margin), protective, level,
        ),
    )  # fmt: skip
