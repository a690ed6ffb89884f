"""Restricted mean survival times and their contrasts. Formulas: docs/methods/survival/rmst.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Grouped, Result, number, percent_of, pvalue_words
from immunoreset.errors import InputError
from immunoreset.survival.kaplan_meier_summary import MeanInterval, RestrictedMean

Measure = Literal["difference", "ratio", "lost-ratio"]
MEASURES: tuple[Measure, ...] = ("difference", "ratio", "lost-ratio")


@dataclass(frozen=True, slots=True)
class MeanEffect(Result):
    """One group's restricted mean against that of the reference.

    Attributes
    ----------
    measure : {"difference", "ratio", "lost-ratio"}
        Mean less mean, mean over mean, time lost over time lost.
    estimate, low, high, pvalue : float, or ndarray with several groups beside the reference
        The p-value is two-sided, for no difference.
    std_error : float or ndarray
        Of the difference, or of the logarithm of the ratio; NaN by the beta product.
    level
        Of the limits.
    """

    measure: str
    estimate: Any
    std_error: Any
    low: Any
    high: Any
    pvalue: Any
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("estimate", "std_error", "low", "high", "pvalue")
        return {name: np.atleast_1d(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        if np.ndim(self.estimate):
            return f"{np.size(self.estimate)} contrasts ({self.measure})"
        return (
            f"{self.measure.replace('-', ' ')} {number(self.estimate)} ({percent_of(self.level)} "
            f"{number(self.low)} to {number(self.high)}), {pvalue_words(self.pvalue)}"
        )


@dataclass(frozen=True, slots=True)
class RestrictedMeanContrast(Result):
    """Restricted means of groups, and each group against a reference.

    Attributes
    ----------
    tau : float
        The horizon.
    labels : list
        The groups that are compared with the reference.
    reference
        The group they are compared with.
    means : mapping from label to RestrictedMean
        Each group on its own.
    difference, ratio, lost_ratio : MeanEffect
        Numbers for two groups; with more, arrays in the order of `labels`.
    covariates : int
        How many the contrasts are adjusted for; 0 for none.
    interval, level
        Of the limits.
    """

    tau: float
    labels: list[Any]
    reference: Any
    means: Grouped[RestrictedMean]
    difference: MeanEffect
    ratio: MeanEffect
    lost_ratio: MeanEffect
    covariates: int
    interval: str
    level: float

    def _table(self) -> dict[str, Any]:
        effects = (self.difference, self.ratio, self.lost_ratio)
        tables = [effect._table() for effect in effects]
        table: dict[str, Any] = {
            "measure": [effect.measure for effect in effects for _ in self.labels],
            "group": [str(label) for _ in effects for label in self.labels],
            "reference": [str(self.reference)] * len(effects) * len(self.labels),
        }
        for name in tables[0]:
            table[name] = np.concatenate([each[name] for each in tables])
        return table

    def __str__(self) -> str:
        groups = ", ".join(str(label) for label in self.labels)
        adjusted = f", adjusted for {self.covariates}" if self.covariates else ""
        return f"{groups} v {self.reference} up to {number(self.tau)}{adjusted}: {self.difference}"


@overload
def rmst(
    time: ArrayLike | str,
    event: ArrayLike | str,
    group: None = ...,
    *,
    tau: float | Literal["largest-common"],
    entry: ArrayLike | str | None = ...,
    weights: ArrayLike | str | None = ...,
    interval: MeanInterval = ...,
    level: float = ...,
    timefix: bool = ...,
    data: Any = ...,
) -> RestrictedMean: ...


@overload
def rmst(
    time: ArrayLike | str,
    event: ArrayLike | str,
    group: ArrayLike | str,
    *,
    tau: float | Literal["largest-common"],
    entry: ArrayLike | str | None = ...,
    weights: ArrayLike | str | None = ...,
    interval: MeanInterval = ...,
    level: float = ...,
    timefix: bool = ...,
    data: Any = ...,
) -> Grouped[RestrictedMean]: ...


def rmst(
    time: ArrayLike | str,
    event: ArrayLike | str,
    group: ArrayLike | str | None = None,
    *,
    tau: float | Literal["largest-common"],
    entry: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None,
    interval: MeanInterval = "plain",
    level: float = 0.95,
    timefix: bool = True,
    data: Any = None,
) -> RestrictedMean | Grouped[RestrictedMean]:
    """Estimate the mean time without the event up to a horizon, and the mean time lost.

    Parameters
    ----------
    time : array_like of float, or str
        Follow-up of each patient, from 0 on.
    event : array_like of bool or {0, 1}, or str
        True where the event was seen at `time`.
    group : array_like, or str, optional
        One mean for each label.
    tau : float or "largest-common"
        The horizon, in the unit of `time`. A curve is known up to its last follow-up, or for ever
        where the last patients have had the event; beyond that of any group a tau is refused.
        "largest-common" is the largest that all groups allow (the last of all times where every
        curve has come to 0): it depends on the data, so name one in a protocol.
    entry : array_like of float, or str, optional
        When each patient came under observation (delayed entry).
    weights : array_like of int, or str, optional
        Frequency weights: the same as that many equal rows.
    interval : {"plain", "t", "beta-product", "beta-product-mid-p"}, default "plain"
        "plain" is normal, with Greenwood's variance: too short below 30 patients. "t" is Student's.
        "beta-product" and, less wide, "beta-product-mid-p" hold their level from 8 patients on in
        the simulations of the method page, also where nobody has had the event.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    timefix : bool, default True
        Times that differ by rounding alone are one time.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    RestrictedMean, or a mapping from label to RestrictedMean with `group`

    Raises
    ------
    InputError
        For a tau beyond the follow-up, naming the group and the largest tau that it allows; for
        what `kaplan_meier` refuses; for other limits than "plain" with delayed entry.

    Notes
    -----
    Irwin 1949; Karrison 1987; Zhao and others 2016. The value is that of
    ``kaplan_meier(...).rmst(tau)``.

    Examples
    --------
    >>> from immunoreset import survival
    >>> print(survival.rmst([2, 4, 6, 8], [1, 1, 1, 0], tau=5))
    mean up to 5 is 4 (95% 2.8 to 5)
    >>> mean = survival.rmst([2, 4, 6, 8], [1, 1, 1, 0], tau=5)
    >>> mean.lost
    1.0
    """
    if data is not None:
        time, event, group, entry, weights = columns(
            data, time=time, event=event, group=group, entry=entry, weights=weights
        )
    if group is None:
        values = _core.rmst(
            time, event, entry, weights, None, 1, None, tau, interval, level, timefix
        )
        return _mean(values, interval, level)
    names, codes = labels(group)
    means = _core.rmst(
        time, event, entry, weights, codes, len(names) or 1, names, tau, interval, level, timefix
    )
    return Grouped(
        {name: _mean(mean, interval, level) for name, mean in zip(names, means, strict=True)}
    )


def rmst_contrast(
    time: ArrayLike | str,
    event: ArrayLike | str,
    group: ArrayLike | str,
    *,
    tau: float | Literal["largest-common"],
    reference: Any = None,
    covariates: Any = None,
    entry: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None,
    interval: MeanInterval = "plain",
    level: float = 0.95,
    timefix: bool = True,
    data: Any = None,
) -> RestrictedMeanContrast:
    """Compare restricted means: difference, ratio, and ratio of the times lost.

    Parameters
    ----------
    time, event, entry, weights, timefix
        As in `rmst`.
    group : array_like, or str
        Two labels or more.
    tau : float or "largest-common"
        The horizon; see `rmst`.
    reference : label, optional
        The group the others are compared with; the first in the order of the labels by default.
    covariates : array_like of float, or str or list of str, optional
        One row a patient, one column a variable: the contrasts are then adjusted for them by
        regression weighted with the inverse probability of censoring in each group.
    interval : {"plain", "t", "beta-product", "beta-product-mid-p"}, default "plain"
        "plain" is normal (ratios on the log scale) and rejects too often below 30 patients a
        group; "t" has Welch's degrees of freedom and stays close to its level; the beta products
        combine the limits of the two groups and invert those for the p-value.
    level : float, default 0.95
        Confidence level.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    RestrictedMeanContrast
        Where no time is lost in a group a ratio of lost times is 0, infinite or NaN and its limits
        0 and infinity.

    Raises
    ------
    InputError
        For a tau beyond the follow-up, naming the group and the largest tau that it allows; for one
        label alone; for collinear covariates; for covariates with `entry`, `weights` or other
        limits than "plain".

    Notes
    -----
    Zhao and others 2016; Tian, Zhao and Wei 2014 (covariates); Zou and Donner 2008 (combination of
    limits).

    Examples
    --------
    >>> from immunoreset import survival
    >>> time, event = [9, 13, 18, 23, 31, 48, 5, 8, 12, 23, 27, 30], [1, 1, 1, 0, 1, 0] + [1] * 6
    >>> arm = ["maintained"] * 6 + ["none"] * 6
    >>> c = survival.rmst_contrast(time, event, arm, tau=30, reference="none")
    >>> print(c)
    maintained v none up to 30: difference 4.167 (95% -6.219 to 14.55), p = 0.4317
    >>> print(c.means["none"])
    mean up to 30 is 17.5 (95% 9.815 to 25.19)
    """
    if data is not None:
        time, event, group, entry, weights = columns(
            data, time=time, event=event, group=group, entry=entry, weights=weights
        )
        covariates = _covariate_columns(data, covariates)
    names, codes = labels(group)
    position = 0
    if reference is not None:
        if reference not in names:
            raise InputError(f"reference is {reference!r}; use one of the labels {names}")
        position = names.index(reference)
    count = 0
    if covariates is not None:
        covariates = _covariate_matrix(covariates)
        count = covariates.shape[1] if covariates.ndim == 2 else 0
        _refuse_with_covariates(entry, weights, interval)
    tau, means, effects = _core.rmst_contrast(
        time, event, entry, weights, codes, len(names), names, position, covariates, tau,
        interval, level, timefix,
    )  # fmt: skip
    others = [name for name in names if name != names[position]]
    frozen, level = _core.frozen, float(level)
    by_label = {
        name: frozen(RestrictedMean, (*mean, interval, level))
        for name, mean in zip(names, means, strict=True)
    }
    measured = [
        frozen(MeanEffect, (measure, *effect, level))
        for measure, effect in zip(MEASURES, effects, strict=True)
    ]
    compared = (tau, others, names[position], Grouped(by_label), *measured)
    return frozen(RestrictedMeanContrast, (*compared, count, interval, level))


def _mean(values: tuple[Any, ...], interval: str, level: float) -> RestrictedMean:
    return _core.frozen(RestrictedMean, (*values, interval, float(level)))


def _covariate_columns(data: Any, covariates: Any) -> Any:
    if isinstance(covariates, str):
        covariates = [covariates]
    if not isinstance(covariates, (list, tuple)) or not covariates:
        return covariates
    if not all(isinstance(name, str) for name in covariates):
        return covariates
    found = [columns(data, covariates=name)[0] for name in covariates]
    return np.column_stack([np.asarray(column) for column in found])


def _covariate_matrix(covariates: Any) -> np.ndarray:
    matrix = np.asarray(covariates)
    return matrix[:, None] if matrix.ndim == 1 else matrix


def _refuse_with_covariates(entry: Any, weights: Any, interval: str) -> None:
    if entry is not None or weights is not None:
        name = "entry" if entry is not None else "weights"
        raise InputError(
            f"{name} is given with covariates; the adjusted contrast is for patients followed from "
            "the start, each counted once: leave one of the two out"
        )
    if interval != "plain":
        raise InputError(
            f"interval is {interval!r}; the adjusted contrast has the limits 'plain' only"
        )
