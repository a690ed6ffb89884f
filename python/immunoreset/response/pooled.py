"""Meta-analysis of response rates. Formulas: docs/methods/response/pooled.md."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns, is_missing, lists
from immunoreset._frame import labels as distinct_labels
from immunoreset._result import Grouped, Result, counts_of, percent_of, pvalue_words
from immunoreset.errors import InputError

PooledMethod = Literal["glmm", "beta-binomial", "logit", "arcsine", "freeman-tukey", "raw"]
Tau2Method = Literal["REML", "ML", "DL", "PM", "SJ", "EB"]
LikelihoodInterval = Literal["profile", "wald"]
PredictionDf = Literal["k-2", "k-1", "normal"]
LIKELIHOOD = ("glmm", "beta-binomial")
RUNAWAY = 9.0  # a standard deviation of 3 of the log-odds


@dataclass(frozen=True, slots=True)
class Pooled(Result):
    """A pooled response rate.

    Attributes
    ----------
    labels, events, n
        The series.
    estimate, low, high : float
        The pooled rate and its limits; with moderators, where all of them are 0. For "glmm" and
        "logit" it is the rate of the typical series: half of all series have a higher one. For
        "beta-binomial" and "raw" it is the mean rate of all series.
    mean_rate : float
        The mean rate of all series, nearer to 1/2 than that of the typical one; NaN for "arcsine"
        and "freeman-tukey".
    prediction : tuple of float
        Limits for the rate of the next series; NaN where the method has none.
    tau2, tau2_low, tau2_high : float
        Heterogeneity on the scale of the method, with its Q profile limits. Infinite for "glmm"
        where every series responds as a whole or not at all.
    correlation : float
        Of two patients of one series, for "beta-binomial".
    i2, q, q_pvalue : float
        Share of the variance that is heterogeneity (0 to 1), Cochran's Q and its p-value.
    weights : ndarray
        In per cent, for the methods by inverse variance.
    terms, coef, std_error, coef_low, coef_high
        Coefficients on the scale of the method: the intercept, then the moderators.
    loglik, score_norm : float
        The log-likelihood, for the likelihood methods without binomial coefficients, and its
        largest slope where it was taken for the peak.
    method, tau2_method, interval, knapp_hartung, prediction_df, nodes, level
        How it was done.
    moderators : ndarray
        A column of ones, then the moderators.
    """

    labels: tuple[str, ...]
    events: Any
    n: Any
    estimate: float
    low: float
    high: float
    mean_rate: float
    prediction: tuple[float, float]
    tau2: float
    tau2_low: float
    tau2_high: float
    correlation: float
    i2: float
    q: float
    q_pvalue: float
    weights: Any
    terms: tuple[str, ...]
    coef: Any
    std_error: Any
    coef_low: Any
    coef_high: Any
    loglik: float
    score_norm: float
    moderators: Any
    method: str
    tau2_method: str
    interval: str
    prediction_df: str
    knapp_hartung: bool
    nodes: int | None
    level: float

    def _table(self) -> dict[str, Any]:
        names = (
            "estimate", "low", "high", "mean_rate", "tau2", "correlation", "i2", "q", "q_pvalue"
        )  # fmt: skip
        table: dict[str, Any] = {name: np.array([getattr(self, name)]) for name in names}
        table["prediction_low"] = np.array([self.prediction[0]])
        table["prediction_high"] = np.array([self.prediction[1]])
        return table | {"series": np.array([len(self.labels)]), "n": np.array([self.n.sum()])}

    def __str__(self) -> str:
        return (
            f"{len(self.labels)} series, {self.events.sum()}/{self.n.sum()}: {self.method} rate "
            f"{100 * self.estimate:.1f}%, {percent_of(self.level)} interval "
            f"{100 * self.low:.1f}% to {100 * self.high:.1f}%"
        )

    def _again(self, kept: Any, moderators: Any) -> Pooled:
        names = [name for name, keep in zip(self.labels, kept, strict=True) if keep]
        return _pool(
            self.events[kept], self.n[kept], moderators[kept], names, self.terms, self.method,
            self.tau2_method, self.interval, self.prediction_df, self.knapp_hartung, self.nodes,
            self.level,
        )  # fmt: skip

    def leave_one_out(self) -> Grouped[Pooled]:
        """Pool again without each series in turn; the key is the label of the one left out."""
        rows = np.arange(len(self.labels))
        return Grouped(
            {label: self._again(rows != i, self.moderators) for i, label in enumerate(self.labels)}
        )

    def at(self, moderators: ArrayLike) -> Pooled:
        """Return the same fit with its rate, limits and prediction at these moderators, not at 0.

        Parameters
        ----------
        moderators : float or array_like of float
            A value for each moderator.
        """
        values = np.atleast_1d(np.asarray(moderators, float))
        if values.shape != (len(self.terms) - 1,):
            raise InputError(
                f"moderators has shape {values.shape}; give {len(self.terms) - 1} values, "
                "one a moderator"
            )
        shifted = self.moderators - np.concatenate([[0.0], values])
        return self._again(np.ones(len(self.labels), bool), shifted)

    def plot(self, ax: Any = None) -> Any:
        """Draw the forest: each series with its exact limits, the pooled rate as a diamond.

        The line under the diamond is where the next series may lie.
        """
        return _forest([("", self)], ax)


@dataclass(frozen=True, slots=True)
class SubgroupDifference(Result):
    """A test of one pooled rate for all subgroups.

    Attributes
    ----------
    statistic, df, residual_df : float
        A chi-squared on `df` degrees of freedom; F where `residual_df` is finite.
    pvalue : float
    method : str
        "likelihood ratio" or "Q between".
    heterogeneity : str
        "common" to all subgroups, or "separate".
    """

    statistic: float
    df: float
    residual_df: float
    pvalue: float
    method: str
    heterogeneity: str

    def _table(self) -> dict[str, Any]:
        return {name: np.array([value]) for name, value in self.to_dict().items()}

    def __str__(self) -> str:
        name, df = "chi-squared", f"{self.df:g}"
        if np.isfinite(self.residual_df):
            name, df = "F", f"{self.df:g} and {self.residual_df:g}"
        return (
            f"difference of subgroups, {self.heterogeneity} heterogeneity, {self.method}: "
            f"{name} {self.statistic:.3f} on {df} df, {pvalue_words(self.pvalue)}"
        )


class PooledGroups(Grouped[Pooled]):
    """A pooled rate a subgroup, each with a heterogeneity of its own."""

    __slots__ = ()

    def difference(
        self, *, heterogeneity: Literal["common", "separate"] = "common"
    ) -> SubgroupDifference:
        """Test whether the subgroups share one rate.

        Parameters
        ----------
        heterogeneity : {"common", "separate"}, default "common"
            One heterogeneity for all subgroups, as small ones need; or that of each subgroup, as in
            the results of this mapping, for the methods by inverse variance.

        Returns
        -------
        SubgroupDifference
            Twice the gain of the likelihood for "glmm" and "beta-binomial", which is defined for a
            subgroup of nothing but responders as well; Q between the pooled values for inverse
            variance (an F test with `knapp_hartung` and a common heterogeneity).

        Raises
        ------
        InputError
            Fewer than 2 or more than 8 subgroups, moderators, or separate heterogeneities of a
            likelihood method.

        Examples
        --------
        >>> from immunoreset import response
        >>> target = ["CD19", "CD19", "CD19", "BCMA", "BCMA"]
        >>> m = response.pooled([8, 9, 7, 5, 3], [8, 10, 7, 9, 6], group=target)
        >>> round(m.difference().pvalue, 4)
        0.0039
        """
        if heterogeneity not in ("common", "separate"):
            raise InputError(f"heterogeneity is {heterogeneity!r}; choose one of: common, separate")
        one = next(iter(self.values()))
        if len(one.terms) > 1:
            raise InputError("moderators: subgroups are compared without; leave them out")
        statistic, df, residual_df, pvalue = _core.pooled_difference(
            np.concatenate([m.events for m in self.values()]),
            np.concatenate([m.n for m in self.values()]),
            np.repeat(np.arange(len(self)), [len(m.labels) for m in self.values()]),
            len(self), one.method, one.tau2_method, one.knapp_hartung, one.nodes or 0,
            heterogeneity == "common",
        )  # fmt: skip
        method = "likelihood ratio" if one.method in LIKELIHOOD else "Q between"
        return SubgroupDifference(statistic, df, residual_df, pvalue, method, heterogeneity)

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw one forest: each subgroup with its series and its own diamond."""
        return _forest([(str(label), m) for label, m in self.items()], ax, **options)


def pooled(
    events: ArrayLike | str,
    n: ArrayLike | str,
    *,
    method: PooledMethod = "glmm",
    tau2: Tau2Method = "REML",
    interval: LikelihoodInterval = "profile",
    prediction_df: PredictionDf = "k-2",
    knapp_hartung: bool = False,
    level: float = 0.95,
    overlap: ArrayLike | str | None = None,
    overlaps_with: ArrayLike | str | None = None,
    labels: ArrayLike | str | None = None,
    moderators: ArrayLike | str | None = None,
    group: ArrayLike | str | None = None,
    nodes: int | None = None,
    data: Any = None,
) -> Pooled | PooledGroups:
    """Pool the response rates of several series.

    Parameters
    ----------
    events, n : array_like of int, or str
        Responders and patients of each series.
    method : str, default "glmm"
        "glmm" (binomial-normal likelihood) and "beta-binomial" need no correction at 0 of n and n
        of n; "logit", "arcsine", "freeman-tukey" and "raw" weight transformed rates by their
        inverse variance ("logit" and "raw" add half a patient to a series at 0 of n or n of n).
    tau2 : {"REML", "ML", "DL", "PM", "SJ", "EB"}, default "REML"
        Estimator of the heterogeneity for inverse variance; the likelihood methods maximise.
    interval : {"profile", "wald"}, default "profile"
        Limits of the likelihood methods: by the profile likelihood, or by the standard error of the
        log-odds. With moderators, and by inverse variance, it is always the latter.
    prediction_df : {"k-2", "k-1", "normal"}, default "k-2"
        Limits for the next series by t on two or one less than the number of series (one less for
        each moderator), or by the normal distribution. R's metafor takes "normal", and "k-1" with
        `knapp_hartung`.
    knapp_hartung : bool, default False
        Limits by t with the observed scatter, for inverse variance.
    level : float, default 0.95
        Of all limits.
    overlap : array_like of str, or str, optional
        A label for each series; two series with one label share patients, and are refused.
    overlaps_with : array_like of str, or str, optional
        Other labels of `overlap` which a series shares patients with, split by ";".
    labels : array_like of str, or str, optional
        Names of the series.
    moderators : array_like of float, str, or list of str, optional
        Meta-regression: one row a series, one column a moderator; or names of columns of `data`.
    group : array_like or str, optional
        Pool each subgroup by itself (a disease, a target); `difference()` of the result compares.
    nodes : int, optional
        Of an adaptive Gauss-Hermite quadrature for "glmm" in place of the integral itself, to
        compare with R's metafor, which takes 7.
    data : frame or mapping of arrays, optional
        Where arguments are column names.

    Returns
    -------
    Pooled, or with `group` a PooledGroups: a mapping from label to Pooled

    Raises
    ------
    InputError
        For counts that are no counts, series that share patients (both are named), moderators that
        cannot be fitted, and likelihoods with moderators and without an inner peak.

    Warns
    -----
    UserWarning
        The heterogeneity of a likelihood method is infinite, because every series responds as a
        whole or not at all: a series is then one unit, and `estimate` the share of the series that
        respond. Or it is so large that the series hardly share a rate.

    Notes
    -----
    Stijnen, Hamza and Ozdemir 2010 for "glmm"; Viechtbauer 2005 and 2007 for tau2; Schwarzer and
    others 2019 on the back-transformation of "freeman-tukey".

    Examples
    --------
    >>> from immunoreset import response
    >>> m = response.pooled([8, 3, 4, 7, 10], [8, 4, 5, 9, 12], method="logit")
    >>> print(m)
    5 series, 32/38: logit rate 81.9%, 95% interval 65.7% to 91.4%
    """
    names_of_moderators = _strings(moderators)
    if data is not None:
        events, n, labels, group = columns(data, events=events, n=n, labels=labels, group=group)
        overlap = _with_gaps(data, "overlap", overlap)
        overlaps_with = _with_gaps(data, "overlaps_with", overlaps_with)
        if names_of_moderators:
            found = [columns(data, moderators=name)[0] for name in names_of_moderators]
            moderators = np.column_stack([_numbers(values) for values in found])
    k = np.size(cast(Any, events))
    names = [f"series {i + 1}" for i in range(k)] if labels is None else _texts(labels, "labels", k)
    if len(set(names)) < k:
        raise InputError("labels names two series alike; give each series a name of its own")
    if overlap is not None:
        others = [""] * k if overlaps_with is None else _texts(overlaps_with, "overlaps_with", k)
        _refuse_overlap(names, _texts(overlap, "overlap", k), others)
    design = np.ones((k, 1))
    terms = ["intercept"]
    if moderators is not None:
        values = _numbers(moderators)
        values = values[:, np.newaxis] if values.ndim == 1 else values
        if values.ndim != 2 or len(values) != k:
            raise InputError(f"moderators has not one row a series; give {k} rows")
        design = np.column_stack([design, values])
        terms += names_of_moderators or [f"moderator {j + 1}" for j in range(values.shape[1])]
    fixed = (
        tuple(terms), method, tau2, interval, prediction_df, knapp_hartung, nodes, level
    )  # fmt: skip
    if group is None:
        return _pool(events, n, design, names, *fixed)
    distinct, codes = distinct_labels(group)
    if codes.size != k:
        raise InputError(f"group has {codes.size} rows and events has {k}; give one label a series")
    x, of = np.asarray(events), np.asarray(n)
    results = {}
    for code, label in enumerate(distinct):
        rows = np.flatnonzero(codes == code)
        own = [names[i] for i in rows]
        results[label] = _pool(x[rows], of[rows], design[rows], own, *fixed)
    return PooledGroups(results)


def _strings(moderators: Any) -> list[str]:
    """Return the names of columns, where the moderators are such."""
    if isinstance(moderators, str):
        return [moderators]
    if isinstance(moderators, (list, tuple)) and all(isinstance(m, str) for m in moderators):
        return list(moderators)
    return []


def _numbers(values: Any) -> Any:
    try:
        return np.asarray(values, float)
    except (TypeError, ValueError):
        raise InputError(
            "moderators holds text; give numbers, or pass a category as group"
        ) from None


def _with_gaps(data: Any, argument: str, value: Any) -> Any:
    """Return a column in which a missing value is an answer: the series shares no patient."""
    return lists(data, argument, [value])[0] if isinstance(value, str) else value


def _texts(values: Any, argument: str, k: int) -> list[str]:
    texts = ["" if is_missing(text) else str(text) for text in np.asarray(values, object).ravel()]
    if len(texts) != k:
        raise InputError(f"{argument} has {len(texts)} rows and events has {k}; give one a series")
    return texts


def _refuse_overlap(names: list[str], own: list[str], others: list[str]) -> None:
    named = [{part.strip() for part in text.split(";")} - {""} for text in others]
    for i in range(len(names)):
        for j in range(i):
            if own[i] and (own[i] == own[j] or own[i] in named[j] or own[j] in named[i]):
                raise InputError(
                    f"overlap: {names[j]!r} ({own[j]}) and {names[i]!r} ({own[i]}) share patients; "
                    "keep one of them"
                )


def _pool(
    events: Any, n: Any, design: Any, names: list[str], terms: tuple[str, ...], method: str,
    tau2: str, interval: str, prediction_df: str, knapp_hartung: bool, nodes: int | None,
    level: float,
) -> Pooled:  # fmt: skip
    if nodes is not None and nodes < 1:
        raise InputError(f"nodes is {nodes}; give 1 to 64 nodes, or none for the integral itself")
    fit = _core.pooled(
        events, n, design, method, tau2, interval, prediction_df, knapp_hartung, nodes or 0, level
    )
    if fit["tau2"] == np.inf or fit["correlation"] == 1:
        warnings.warn(
            "every series responds as a whole or not at all, so that the heterogeneity is "
            "infinite: each series counts as one unit, whatever its size",
            stacklevel=3,
        )
    elif method == "glmm" and fit["tau2"] > RUNAWAY:
        warnings.warn(
            f"tau2 is {fit['tau2']:.1f} on the scale of log-odds: the series hardly share a rate; "
            "compare method='beta-binomial' and list the series",
            stacklevel=3,
        )
    estimate, low, high = fit["rate"]
    coef, std_error, coef_low, coef_high = fit["terms"]
    profiled = method in LIKELIHOOD and len(terms) == 1
    return Pooled(
        tuple(names), counts_of(events), counts_of(n), estimate, low, high, fit["mean_rate"],
        fit["prediction"], fit["tau2"], fit["tau2_low"], fit["tau2_high"], fit["correlation"],
        fit["i2"], fit["q"], fit["q_pvalue"], fit["columns"][2], terms, coef, std_error,
        coef_low, coef_high, fit["loglik"], fit["score_norm"], design, method, tau2,
        interval if profiled else "wald", prediction_df, bool(knapp_hartung), nodes, level,
    )  # fmt: skip


def _forest(parts: list[tuple[str, Pooled]], ax: Any) -> Any:
    """Draw the series of each part, its diamond and its prediction; a part may have a heading."""
    from immunoreset.plots.forest import forest
    from immunoreset.response.proportion import proportion

    nothing = (float("nan"),) * 3
    rows: list[tuple[str, tuple[float, float, float], float, str, str, bool]] = []
    for heading, m in parts:
        if heading:
            rows.append((heading, nothing, 0, "", "", False))
        each = proportion(m.events, m.n, level=m.level)
        for i, label in enumerate(m.labels):
            weight = "" if np.isnan(m.weights[i]) else f"{m.weights[i]:.1f}%"
            limits = (each.estimate[i], each.low[i], each.high[i])
            rows.append((label, limits, m.n[i], f"{m.events[i]}/{m.n[i]}", weight, False))
        total = f"{m.events.sum()}/{m.n.sum()}"
        rows.append(("pooled", (m.estimate, m.low, m.high), m.n.sum(), total, "", True))
        if not np.isnan(m.prediction[0]):
            rows.append(("next series", (float("nan"), *m.prediction), 0, "", "", False))
    labels, values, size, counts, weights, summary = zip(*rows, strict=True)
    columns = {
        "x/n": counts,
        f"% [{percent_of(parts[0][1].level)} limits]": [_interval_words(*v) for v in values],
    }
    if any(weights):
        columns["weight"] = weights
    return forest(
        labels, *np.array(values).T, size=size, numbers=columns, summary=summary,
        heading=[np.isnan(value).all() for value in values], ax=ax,
    )  # fmt: skip


def _interval_words(estimate: float, low: float, high: float) -> str:
    if np.isnan(low):
        return ""
    shown = "" if np.isnan(estimate) else f"{100 * estimate:.0f} "
    return f"{shown}[{100 * low:.0f}, {100 * high:.0f}]"
