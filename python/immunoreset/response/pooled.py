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
from immunoreset._result import Grouped, Result, percent_of
from immunoreset.errors import InputError

PooledMethod = Literal["glmm", "beta-binomial", "logit", "arcsine", "freeman-tukey", "raw"]
Tau2Method = Literal["REML", "ML", "DL", "PM", "SJ", "EB"]
RUNAWAY = 9.0  # a standard deviation of 3 of the log-odds


@dataclass(frozen=True, slots=True)
class Pooled(Result):
    """A pooled response rate.

    Attributes
    ----------
    labels, events, n
        The series.
    estimate, low, high : float
        The pooled rate and its limits; with moderators, where all of them are 0.
    prediction : tuple of float
        Limits for the rate of the next series; NaN where the method has none.
    tau2, tau2_low, tau2_high : float
        Heterogeneity on the scale of the method, with its Q profile limits.
    correlation : float
        Of two patients of one series, for "beta-binomial".
    i2, q, q_pvalue : float
        Share of the variance that is heterogeneity (0 to 1), Cochran's Q and its p-value.
    weights : ndarray
        In per cent, for the methods by inverse variance.
    terms, coef, std_error, coef_low, coef_high
        Coefficients on the scale of the method: the intercept, then the moderators.
    loglik : float
        Without binomial coefficients.
    method, tau2_method, knapp_hartung, nodes, level
        How it was done.
    """

    labels: tuple[str, ...]
    events: Any
    n: Any
    estimate: float
    low: float
    high: float
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
    method: str
    tau2_method: str
    knapp_hartung: bool
    nodes: int
    level: float
    moderators: Any

    def _table(self) -> dict[str, Any]:
        names = ("estimate", "low", "high", "tau2", "correlation", "i2", "q", "q_pvalue")
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

    def leave_one_out(self) -> Grouped[Pooled]:
        """Pool again without each series in turn; the key is the label of the one left out."""
        results = {}
        for i, label in enumerate(self.labels):
            kept = np.arange(len(self.labels)) != i
            results[label] = _pool(
                self.events[kept], self.n[kept], self.moderators[kept],
                [name for j, name in enumerate(self.labels) if j != i], self.terms, self.method,
                self.tau2_method, self.knapp_hartung, self.nodes, self.level,
            )  # fmt: skip
        return Grouped(results)

    def plot(self, ax: Any = None) -> Any:
        """Draw the forest: each series with its exact limits, the pooled rate as a diamond."""
        from immunoreset.plots.forest import forest
        from immunoreset.response.proportion import proportion

        each = proportion(self.events, self.n, level=self.level)
        return forest(
            [*self.labels, "pooled"],
            [*each.estimate, self.estimate],
            [*each.low, self.low],
            [*each.high, self.high],
            size=[*self.n, self.n.sum()],
            numbers=[f"{x}/{of}" for x, of in zip(self.events, self.n, strict=True)]
            + [f"{self.events.sum()}/{self.n.sum()}"],
            summary=[False] * len(self.labels) + [True],
            ax=ax,
        )


def pooled(
    events: ArrayLike | str,
    n: ArrayLike | str,
    *,
    method: PooledMethod = "glmm",
    tau2: Tau2Method = "REML",
    knapp_hartung: bool = False,
    level: float = 0.95,
    overlap: ArrayLike | str | None = None,
    overlaps_with: ArrayLike | str | None = None,
    labels: ArrayLike | str | None = None,
    moderators: ArrayLike | None = None,
    group: ArrayLike | str | None = None,
    nodes: int = 41,
    data: Any = None,
) -> Pooled | Grouped[Pooled]:
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
        Estimator of the heterogeneity for inverse variance.
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
    moderators : array_like of float, optional
        Meta-regression: one row a series, one column a moderator.
    group : array_like or str, optional
        Pool each subgroup by itself.
    nodes : int, default 41
        Of the adaptive Gauss-Hermite quadrature of "glmm"; R's metafor takes 7.
    data : frame or mapping of arrays, optional
        Where arguments are column names.

    Returns
    -------
    Pooled, or with `group` a mapping from label to Pooled

    Raises
    ------
    InputError
        For counts that are no counts, series that share patients (both are named), moderators that
        cannot be fitted, and likelihoods without an inner peak.

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
    if data is not None:
        events, n, labels, group = columns(data, events=events, n=n, labels=labels, group=group)
        overlap = _with_gaps(data, "overlap", overlap)
        overlaps_with = _with_gaps(data, "overlaps_with", overlaps_with)
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
        values = np.asarray(moderators, float)
        values = values[:, np.newaxis] if values.ndim == 1 else values
        if values.ndim != 2 or len(values) != k:
            raise InputError(f"moderators has not one row a series; give {k} rows")
        design = np.column_stack([design, values])
        terms += [f"moderator {j + 1}" for j in range(values.shape[1])]
    fixed = (tuple(terms), method, tau2, knapp_hartung, nodes, level)
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
    return Grouped(results)


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
    tau2: str, knapp_hartung: bool, nodes: int, level: float,
) -> Pooled:  # fmt: skip
    fit = _core.pooled(events, n, design, method, tau2, knapp_hartung, nodes, level)
    coef, std_error, low, high = fit["terms"]
    if method == "glmm" and fit["tau2"] > RUNAWAY:
        warnings.warn(
            f"tau2 is {fit['tau2']:.1f} on the scale of log-odds: the series hardly share a rate; "
            "compare method='beta-binomial' and list the series",
            stacklevel=3,
        )
    counts, patients = np.array(events, np.int64), np.array(n, np.int64)
    for array in (counts, patients):
        array.setflags(write=False)

    def rate(value: float) -> float:
        return _back(value, method, patients)

    return Pooled(
        tuple(names), counts, patients, rate(coef[0]), rate(low[0]), rate(high[0]),
        (rate(fit["prediction_low"]), rate(fit["prediction_high"])), fit["tau2"], fit["tau2_low"],
        fit["tau2_high"], fit["correlation"], fit["i2"], fit["q"], fit["q_pvalue"],
        fit["columns"][2], terms, coef, std_error, low, high, fit["loglik"], method, tau2,
        knapp_hartung, nodes, level, design,
    )  # fmt: skip


def _back(value: float, method: str, n: Any) -> float:
    """Return a rate from the scale of the method."""
    if np.isnan(value):
        return float("nan")
    if method == "raw":
        return float(min(max(value, 0), 1))
    if method == "arcsine":
        return float(np.sin(min(max(value, 0), np.pi / 2)) ** 2)
    if method == "freeman-tukey":  # Miller 1978, at the harmonic mean of n
        m = len(n) / np.sum(1 / n)
        ends = [
            np.arcsin((x / (m + 1)) ** 0.5) + np.arcsin(((x + 1) / (m + 1)) ** 0.5) for x in (0, m)
        ]
        angle = 2 * value
        if angle <= ends[0] or angle >= ends[1]:
            return float(angle >= ends[1])
        sine = np.sin(angle)
        root = 1 - (sine + (sine - 1 / sine) / m) ** 2
        return float((1 - np.sign(np.cos(angle)) * max(root, 0) ** 0.5) / 2)
    return float(1 / (1 + np.exp(-value))) if value > -700 else 0.0
