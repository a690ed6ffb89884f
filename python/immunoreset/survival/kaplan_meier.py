"""The Kaplan-Meier curve. Formulas: docs/methods/survival/kaplan_meier.md."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Grouped, Result, percent_of
from immunoreset.errors import InputError, SmallRiskSetWarning
from immunoreset.survival.kaplan_meier_summary import (
    AtTimes,
    Band,
    BandKind,
    BandTransform,
    MeanInterval,
    Quantile,
    RestrictedMean,
    reached,
)

Form = Literal["kaplan-meier", "fleming-harrington", "nelson-aalen"]
Interval = Literal[
    "plain", "log", "log-log", "logit", "arcsine", "beta-product", "beta-product-mid-p"
]
Lower = Literal["usual", "peto", "modified"]
Variance = Literal["greenwood", "robust"]


@dataclass(frozen=True, slots=True)
class KaplanMeier(Result):
    """A survival curve: one row for each distinct time, event or censored, in order.

    Attributes
    ----------
    time : ndarray
        Distinct times.
    at_risk, events, censored : ndarray of int
        Patients under observation just before the time, those with the event at it, those last seen
        at it; sums of frequency weights. With ``reverse=True`` an event is a censoring.
    estimate, std_error, low, high : ndarray
        Survival, its standard error and limits. Where survival is 0 the standard error of Greenwood
        is NaN, and so are all limits but those of the beta product.
    cumulative_hazard, cumulative_hazard_std_error : ndarray
        By Nelson and Aalen, or by Fleming and Harrington with that form.
    weighted_at_risk, weighted_events : ndarray or None
        Sums of sampling weights (``variance="robust"`` with weights).
    n, merged : int
        Patients; distinct times of the whole call merged into an earlier one (`timefix`).
    form, interval, lower, level, variance, reverse, timefix, start_time
        How the curve was made.
    """

    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    censored: NDArray[np.int64]
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    cumulative_hazard: NDArray[np.float64]
    cumulative_hazard_std_error: NDArray[np.float64]
    weighted_at_risk: NDArray[np.float64] | None
    weighted_events: NDArray[np.float64] | None
    n: int
    merged: int
    form: str
    interval: str
    lower: str
    level: float
    variance: str
    reverse: bool
    timefix: bool
    start_time: float | None
    _start_limits: tuple[float, float]
    _entries: tuple[Any, Any] | None
    _members: tuple[Any, ...] | None

    def at(self, times: ArrayLike) -> AtTimes:
        """Return survival at chosen times.

        Parameters
        ----------
        times : float or array_like
            From 0 on. A time within rounding of a row's time is that time (`timefix`).

        Returns
        -------
        AtTimes
            Before the first row survival is 1. After the last follow-up it is not known: NaN,
            unless it had come to 0.
        """
        values = _core.kaplan_meier_at(
            times,
            (self.time, self.at_risk, self.estimate, self.std_error, self.low, self.high),
            self._entries,
            self._start_limits,
            self._is_beta,
            self.timefix,
        )
        return AtTimes(as_asked(times), *values, self.level, self.interval)

    def quantile(self, p: ArrayLike) -> Quantile:
        """Return the times by which fractions `p` of patients have had the event.

        Parameters
        ----------
        p : float or array_like
            Strictly between 0 and 1; 0.5 is the median.

        Returns
        -------
        Quantile
            By R's rule: where survival equals ``1 - p`` within 1e-8, the middle of that stretch.
            Limits are where the limits of the curve cross ``1 - p``.
        """
        values = _core.kaplan_meier_quantile(
            p,
            (self.time, self.estimate, self.low, self.high),
            self._start_limits,
            0.0 if self.start_time is None else self.start_time,
            self._is_beta,
        )
        return Quantile(as_asked(p), *values, self.level, self.interval)

    @property
    def median(self) -> Quantile:
        """The median with its limits."""
        return self.quantile(0.5)

    def rmst(self, tau: float, *, interval: MeanInterval = "plain") -> RestrictedMean:
        """Return the restricted mean survival time: the area under the curve up to `tau`.

        Parameters
        ----------
        tau : float
            The horizon: at most the last follow-up, unless the curve has come to 0 by then.
        interval : {"plain", "t", "beta-product", "beta-product-mid-p"}, default "plain"
            The kind of limits; see `survival.rmst`.

        Returns
        -------
        RestrictedMean
        """
        values = _core.kaplan_meier_rmst(
            tau,
            (self.time, self.at_risk, self.events, self.estimate),
            (self.weighted_at_risk, self.weighted_events),
            self._members,
            self.n,
            self._entries is not None,
            self.form,
            interval,
            self.level,
            self.timefix,
        )
        return _core.frozen(RestrictedMean, (*values, interval, self.level))

    def band(
        self,
        kind: BandKind = "hall-wellner",
        *,
        lower: float | None = None,
        upper: float | None = None,
        transform: BandTransform = "log-log",
    ) -> Band:
        """Return limits that hold for the whole curve between two times at once.

        Parameters
        ----------
        kind : {"hall-wellner", "equal-precision"}, default "hall-wellner"
            "equal-precision" is proportional to the pointwise limits.
        lower, upper : float, optional
            From the first event on, to the last row at which survival is above 0, by default.
        transform : {"plain", "log-log", "arcsine"}, default "log-log"
            The scale on which the band is symmetric.

        Returns
        -------
        Band
        """
        if self.variance != "greenwood":
            raise InputError(
                f"variance is {self.variance!r}; a band rests on the variance 'greenwood'"
            )
        begin, end, critical, (low, high) = _core.kaplan_meier_band(
            kind,
            transform,
            math.nan if lower is None else lower,
            math.nan if upper is None else upper,
            (self.time, self.events, self.estimate, self.std_error),
            self.n,
            self.level,
            self.timefix,
        )
        rows = slice(begin, end)
        return Band(
            self.time[rows], self.estimate[rows], low[rows], high[rows], critical, kind, transform,
            self.level,
        )  # fmt: skip

    @property
    def _is_beta(self) -> bool:
        return self.interval.startswith("beta-product")

    def _table(self) -> dict[str, Any]:
        names = (
            "time",
            "at_risk",
            "events",
            "censored",
            "estimate",
            "std_error",
            "low",
            "high",
            "cumulative_hazard",
            "cumulative_hazard_std_error",
        )
        table = {name: getattr(self, name) for name in names}
        if self.weighted_at_risk is not None:
            table["weighted_at_risk"] = self.weighted_at_risk
            table["weighted_events"] = self.weighted_events
        return table

    def __str__(self) -> str:
        median = self.median
        return (
            f"{counted(self.n, 'patient')}, {counted(int(self.events.sum()), 'event')}, "
            f"median {reached(median.estimate)} ({percent_of(self.level)} {self.interval} "
            f"{reached(median.low)} to {reached(median.high)})"
        )

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the curve; see `immunoreset.plots.survival.survival` for the options."""
        from immunoreset.plots.survival import survival

        return survival(self, ax=ax, **options)


def counted(n: int, what: str) -> str:
    """Return ``1 patient`` or ``8 patients``."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def as_asked(value: Any) -> Any:
    """Return what was asked for as the result keeps it: a float, or an array of its own."""
    if isinstance(value, (int, float)):
        return float(value)
    kept = np.array(value, float)
    kept.setflags(write=False)
    return kept if kept.ndim else float(kept)


@overload
def kaplan_meier(
    time: ArrayLike | str,
    event: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = ...,
    weights: ArrayLike | str | None = ...,
    cluster: ArrayLike | str | None = ...,
    group: None = ...,
    form: Form = ...,
    interval: Interval = ...,
    lower: Lower = ...,
    level: float = ...,
    variance: Variance = ...,
    reverse: bool = ...,
    timefix: bool = ...,
    start_time: float | None = ...,
    data: Any = ...,
) -> KaplanMeier: ...


@overload
def kaplan_meier(
    time: ArrayLike | str,
    event: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = ...,
    weights: ArrayLike | str | None = ...,
    cluster: ArrayLike | str | None = ...,
    group: ArrayLike | str,
    form: Form = ...,
    interval: Interval = ...,
    lower: Lower = ...,
    level: float = ...,
    variance: Variance = ...,
    reverse: bool = ...,
    timefix: bool = ...,
    start_time: float | None = ...,
    data: Any = ...,
) -> Grouped[KaplanMeier]: ...


def kaplan_meier(
    time: ArrayLike | str,
    event: ArrayLike | str,
    *,
    entry: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None,
    cluster: ArrayLike | str | None = None,
    group: ArrayLike | str | None = None,
    form: Form = "kaplan-meier",
    interval: Interval = "log-log",
    lower: Lower = "usual",
    level: float = 0.95,
    variance: Variance = "greenwood",
    reverse: bool = False,
    timefix: bool = True,
    start_time: float | None = None,
    data: Any = None,
) -> KaplanMeier | Grouped[KaplanMeier]:
    """Estimate a survival curve with its limits from times that may be censored.

    Parameters
    ----------
    time : array_like of float, or str
        Follow-up of each patient, from 0 on.
    event : array_like of bool or {0, 1}, or str
        True where the event was seen at `time`, False where the patient was last seen without it.
    entry : array_like of float, or str, optional
        When each patient came under observation (delayed entry): at risk on ``(entry, time]``.
    weights : array_like, or str, optional
        Frequency weights: whole numbers, the same as that many equal rows. Sampling weights: any
        numbers, with ``variance="robust"``. A row of weight 0 is as if it were not there.
    cluster : array_like, or str, optional
        Patients (or centres) whose rows belong together; implies ``variance="robust"``.
    group : array_like, or str, optional
        One curve for each label.
    form : {"kaplan-meier", "fleming-harrington", "nelson-aalen"}, default "kaplan-meier"
        The product of ``1 - d / r``, or ``exp(-H)`` with the cumulative hazard of that name.
    interval : str, default "log-log"
        "plain", "log", "log-log", "logit", "arcsine": Greenwood on that scale. "beta-product" holds
        its level at any number of patients, "beta-product-mid-p" closely: of use below 30 at risk.
    lower : {"usual", "peto", "modified"}, default "usual"
        Wider lower limits after censoring.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    variance : {"greenwood", "robust"}, default "greenwood"
        "robust" is the infinitesimal jackknife, over clusters if given.
    reverse : bool, default False
        The curve of the censoring times: its median is the median follow-up.
    timefix : bool, default True
        Times that differ by rounding alone (0.1 + 0.2 and 0.3) are one time, as in R.
    start_time : float, optional
        The curve given survival up to here; shorter rows are left out.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    KaplanMeier, or a mapping from label to KaplanMeier with `group`

    Raises
    ------
    InputError
        For a time that is missing, negative or infinite, an event other than 0 and 1, an entry at
        or after its time, a fractional frequency weight, columns of different lengths, no rows.

    Warns
    -----
    SmallRiskSetWarning
        When all of a small early risk set have the event, so that survival is 0 ever after although
        patients enter later.

    Notes
    -----
    Kaplan and Meier 1958; Greenwood 1926; Kalbfleisch and Prentice 1980 (log-log); Fay, Brittain
    and Proschan 2013 (beta product). At a tied time events come before censorings.

    Examples
    --------
    Time in remission of the 6-MP arm of Freireich and others (1963), in weeks:

    >>> from immunoreset import survival
    >>> weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> km = survival.kaplan_meier(weeks, relapse)
    >>> print(km)
    21 patients, 9 events, median 23 (95% log-log 13 to NR)
    >>> print(km.at(10))
    survival at 10 is 0.7529 (95% log-log 0.5032 to 0.8894)
    """
    if data is not None:
        time, event, entry, weights, cluster, group = columns(
            data, time=time, event=event, entry=entry, weights=weights, cluster=cluster, group=group
        )
    clusters, names = 0, None
    codes = cluster_codes = None
    if cluster is not None:
        variance = "robust"
        distinct, cluster_codes = labels(cluster, "cluster")
        clusters = len(distinct)
    if group is not None:
        names, codes = labels(group)
    start = math.nan if start_time is None else start_time
    fitted = _core.kaplan_meier(
        time, event, entry, weights, cluster_codes, clusters, codes,
        1 if not names else len(names), form, interval, lower, variance, level, start,
        reverse, timefix,
    )  # fmt: skip
    made = (form, interval, lower, level, variance, reverse, timefix, start_time)
    if names is None:
        return _result(fitted, made)
    from immunoreset.plots.survival import survival

    curves = {}
    for name, curve in zip(names, fitted, strict=True):
        curves[name] = _result(curve, made, f" in group {name!r}")
    return Grouped(curves, survival)


def _result(fitted: Any, made: Any, where: str = "") -> KaplanMeier:
    collapse = fitted[14]
    if collapse >= 0:
        warnings.warn(
            f"all {fitted[1][collapse]} at risk at time {reached(fitted[0][collapse])}{where} have "
            "the event, so survival is 0 from there on although patients enter later; "
            "give start_time= a time by which enough have entered",
            SmallRiskSetWarning,
            stacklevel=3,
        )
    return _core.frozen(KaplanMeier, (*fitted[:14], *made, *fitted[15:]))
