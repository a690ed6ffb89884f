"""Two survival curves at fixed times. Formulas: docs/methods/survival/curve_difference.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Result, number, percent_of, pvalue_words
from immunoreset.errors import InputError

Transform = Literal[
    "plain", "log", "log-log", "logit", "arcsine", "beta-product", "beta-product-mid-p"
]


@dataclass(frozen=True, slots=True)
class CurveDifference(Result):
    """The difference of two survival curves at chosen times.

    Attributes
    ----------
    time : float or ndarray
        The times asked for.
    survival, reference_survival : float or ndarray
        Survival of the group and of the reference; NaN after the last follow-up of one of them.
    at_risk, reference_at_risk : int or ndarray
        How many are under observation.
    estimate : float or ndarray
        Survival of the group less that of the reference.
    std_error : float or ndarray
        By Greenwood; NaN where a survival is 0.
    low, high, pvalue : float or ndarray
        Where a survival is 0 or 1 only the beta products have them; NaN with the other transforms.
    statistic : float or ndarray
        Standard normal on the scale of the transform; NaN with the beta products.
    group, reference
        The two labels.
    transform, level
        Of limits and test.
    """

    time: Any
    survival: Any
    reference_survival: Any
    at_risk: Any
    reference_at_risk: Any
    estimate: Any
    std_error: Any
    low: Any
    high: Any
    statistic: Any
    pvalue: Any
    group: Any
    reference: Any
    transform: str
    level: float

    def _table(self) -> dict[str, Any]:
        names = self.__slots__[:11]
        return {name: np.atleast_1d(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        pair = f"survival of {self.group} less {self.reference}"
        if np.ndim(self.time):
            return (
                f"{pair} at {np.size(self.time)} times, {percent_of(self.level)} {self.transform}"
            )
        limits = "not defined: use transform='beta-product-mid-p'"
        if not np.isnan(self.pvalue):
            limits = f"{number(self.low)} to {number(self.high)}"
        shown = (
            f"{pair} at {number(self.time)} is {number(self.estimate)} "
            f"({percent_of(self.level)} {self.transform} {limits})"
        )
        return shown if np.isnan(self.pvalue) else f"{shown}, {pvalue_words(self.pvalue)}"


def curve_difference(
    time: ArrayLike | str,
    event: ArrayLike | str,
    group: ArrayLike | str,
    *,
    at: ArrayLike,
    reference: Any = None,
    transform: Transform = "log-log",
    entry: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None,
    level: float = 0.95,
    timefix: bool = True,
    data: Any = None,
) -> CurveDifference:
    """Compare the survival of two groups at times chosen beforehand.

    Parameters
    ----------
    time, event : array_like, or str
        As in `kaplan_meier`.
    group : array_like, or str
        Two labels.
    at : float or array_like of float
        The times, from 0 on.
    reference : label, optional
        The group that is subtracted; the first in the order of the labels by default.
    transform : str, default "log-log"
        The scale of the test: "plain", "log", "log-log", "logit", "arcsine". Limits combine those
        of the two curves on that scale ("plain": the normal limits of the difference).
        "beta-product" and "beta-product-mid-p" combine beta product limits: of use below 30 at
        risk, and defined where a survival is 0 or 1.
    entry, weights : array_like, or str, optional
        Delayed entry (not with the beta products) and frequency weights, as in `kaplan_meier`.
    level : float, default 0.95
        Confidence level.
    timefix : bool, default True
        Times that differ by rounding alone are one time.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    CurveDifference

    Raises
    ------
    InputError
        For one label or three, a reference that is no label, a time that is negative or missing,
        and what `kaplan_meier` refuses.

    Notes
    -----
    Klein, Logan, Harhoff and Andersen 2007; Zou and Donner 2008 (combination of limits). A time
    picked after a look at the curves makes every p-value too small.

    Examples
    --------
    >>> from immunoreset import survival
    >>> time, event = [9, 13, 18, 23, 31, 48, 5, 8, 12, 23, 27, 30], [1, 1, 1, 0, 1, 0] + [1] * 6
    >>> arm = ["maintained"] * 6 + ["none"] * 6
    >>> print(survival.curve_difference(time, event, arm, at=20, reference="none"))
    survival of maintained less none at 20 is 0 (95% log-log -0.4936 to 0.4936), p = 1.0000
    """
    if data is not None:
        time, event, group, entry, weights = columns(
            data, time=time, event=event, group=group, entry=entry, weights=weights
        )
    names, codes = labels(group)
    position = 0
    if reference is not None:
        if reference not in names:
            raise InputError(f"reference is {reference!r}; use one of the labels {names}")
        position = names.index(reference)
    asked = np.array(at, float)
    values = _core.curve_difference(
        time, event, codes, len(names), entry, weights, np.atleast_1d(asked), position, transform,
        level, timefix,
    )  # fmt: skip
    asked.setflags(write=False)
    times: Any = asked
    if asked.ndim == 0:
        values = tuple(column[0].item() for column in values)
        times = float(asked)
    return _core.frozen(
        CurveDifference,
        (times, *values, names[1 - position], names[position], transform, float(level)),
    )
