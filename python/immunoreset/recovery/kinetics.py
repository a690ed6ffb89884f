"""Recovery curves of B cells, one a patient. Formulas: docs/methods/recovery/kinetics.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Result, number
from immunoreset.errors import InputError

MODELS, ERRORS, STATUSES, REASONS = _core.kinetics_words()

# compared by model="best": curves of a recovery that need no CAR T cell levels
BEST = ("exponential", "logistic", "gompertz", "emax", "approach")

Error = Literal["log", "additive", "proportional"]


class KineticsQuantity(NamedTuple):
    """One quantity of all patients, nan where there is none.

    Attributes
    ----------
    estimate, std_error : ndarray
        By the patient's fit.
    low, high : ndarray
        Profile likelihood limits; 0 or inf where the likelihood leaves a side open.
    """

    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KineticsAt(Result):
    """Curves on given days, one row a patient and day.

    Attributes
    ----------
    patient : list
        The label of each row of the matrices.
    day : ndarray
        The days asked.
    estimate, low, high : ndarray
        Patients by days: the curve, and limits for one day each (on the log scale, from the
        standard errors); nan without a fit.
    level : float
        Of the limits.
    """

    patient: list[Any]
    day: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float

    def _table(self) -> dict[str, Any]:
        return {
            "patient": [name for name in self.patient for _ in self.day],
            "day": np.tile(self.day, len(self.patient)),
            "estimate": self.estimate.ravel(),
            "low": self.low.ravel(),
            "high": self.high.ravel(),
        }

    def __str__(self) -> str:
        return f"curves of {len(self.patient)} patients on {len(self.day)} days"


@dataclass(frozen=True, slots=True)
class Kinetics(Result):
    """Recovery curves of patients, one row each.

    Attributes
    ----------
    patient : list
        Labels, in order.
    model, status : ndarray of str
        The curve of each patient; "fitted", or why there is no fit (`reason` says it in words).
    quantities : tuple of str
        The columns of the four matrices, such as plateau, midpoint, rate; see `quantity`.
    estimate, std_error, low, high : ndarray
        Patients by quantities; nan where the model has no such quantity or there is no fit.
    samples, below, left_out : ndarray of int
        Samples in the fit, those of them below their limit, and samples before its start.
    first_day, last_day : ndarray
        Of the samples in the fit; `initial` is the curve on the first day.
    sd, df : ndarray
        Standard deviation of the counts about the curve (of log counts, of counts or in proportion,
        by `error`), with divisor df: the samples (one below its limit as the share that it tells)
        less the parameters.
    loglik, aicc, rss, score_norm : ndarray
        Log-likelihood of the counts; Akaike's criterion corrected for small samples, nan where
        samples are no more than parameters + 2; sum of squares; length of the score in standard
        errors, the certificate of the maximum.
    models : tuple of str
        The models compared.
    aicc_of : ndarray
        Patients by models.
    error, start, threshold, level : str, str or float, float, float
        Conventions of the call.
    """

    patient: list[Any]
    model: NDArray[np.str_]
    status: NDArray[np.str_]
    quantities: tuple[str, ...]
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    samples: NDArray[np.int64]
    below: NDArray[np.int64]
    left_out: NDArray[np.int64]
    first_day: NDArray[np.float64]
    last_day: NDArray[np.float64]
    sd: NDArray[np.float64]
    df: NDArray[np.float64]
    loglik: NDArray[np.float64]
    aicc: NDArray[np.float64]
    rss: NDArray[np.float64]
    score_norm: NDArray[np.float64]
    models: tuple[str, ...]
    aicc_of: NDArray[np.float64]
    error: str
    start: str | float
    threshold: float | None
    level: float
    _fits: dict[str, Any]
    _rows: tuple[Any, ...] = field(compare=False)

    @property
    def reason(self) -> list[str]:
        """Why a patient has no fit, in words; empty where there is one."""
        words = dict(zip(STATUSES, REASONS, strict=True))
        return [words[str(status)] for status in self.status]

    def quantity(self, name: str) -> KineticsQuantity:
        """Return one quantity of all patients with its standard errors and limits.

        Parameters
        ----------
        name : str
            One of `quantities`.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> day, count = [28, 56, 84, 112, 140, 180], [0, 2, 9, 41, 70, 95]
        >>> fit = recovery.kinetics(["P1"] * 6, day, count, lloq=1, threshold=10)
        >>> fit.quantity("crossing_day").estimate.round(1)
        array([84.3])
        """
        if name not in self.quantities:
            raise InputError(f"there is no quantity {name!r}; there are {list(self.quantities)}")
        at = self.quantities.index(name)
        return KineticsQuantity(
            self.estimate[:, at], self.std_error[:, at], self.low[:, at], self.high[:, at]
        )

    def at(self, days: ArrayLike) -> KineticsAt:
        """Return every patient's curve on these days.

        Parameters
        ----------
        days : array_like of float
            Days from infusion, as in the call; beyond the samples the curve is a forecast.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> day, count = [28, 56, 84, 112, 140, 180], [0, 2, 9, 41, 70, 95]
        >>> fit = recovery.kinetics(["P1"] * 6, day, count, lloq=1)
        >>> fit.at([90]).estimate.round(1)
        array([[13.6]])
        """
        asked = np.atleast_1d(np.asarray(days, np.float64))
        fits = self._fits
        return KineticsAt(
            self.patient, asked,
            *_core.kinetics_at(
                fits["model"], fits["theta"], fits["covariance"], fits["origin"], self.df, asked,
                self.level,
            ),
            self.level,
        )  # fmt: skip

    def plot(self, ax: Any = None) -> Any:
        """Draw counts, open marks below their limit, and curves on a log axis; return the axes."""
        from immunoreset.plots.kinetics import recovery_curves

        return recovery_curves(self, self._rows, ax=ax)

    def _table(self) -> dict[str, Any]:
        names = ("samples", "below", "left_out", "sd", "df", "loglik", "aicc")
        table: dict[str, Any] = {
            "patient": self.patient, "model": self.model, "status": self.status,
        }  # fmt: skip
        for at, name in enumerate(self.quantities):
            table[name] = self.estimate[:, at]
            table[f"{name}_std_error"] = self.std_error[:, at]
            table[f"{name}_low"] = self.low[:, at]
            table[f"{name}_high"] = self.high[:, at]
        return table | {name: getattr(self, name) for name in names} | {"reason": self.reason}

    def __str__(self) -> str:
        n = len(self.patient)
        counted = [
            f"{count} {status.replace('-', ' ')}"
            for status in STATUSES
            if (count := int(np.count_nonzero(self.status == status)))
        ]
        curve = self.models[0] if len(self.models) == 1 else f"best of {len(self.models)} curves"
        words = f"{n} patient{'' if n == 1 else 's'}, {curve}, {self.error} error: "
        words += ", ".join(counted)
        if n == 1 and self.status[0] == "fitted":
            words += "; " + ", ".join(
                f"{name.replace('_', ' ')} {number(self.estimate[0, at])}"
                for at, name in enumerate(self.quantities)
                if not np.isnan(self.estimate[0, at])
            )
        return words


def kinetics(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    count: ArrayLike | str,
    *,
    model: str | Sequence[str] = "logistic",
    error: Error = "log",
    lloq: ArrayLike | str | None = None,
    below: ArrayLike | str | None = None,
    start: float | Literal["nadir", "all"] | None = None,
    threshold: float | None = None,
    cart: ArrayLike | str | None = None,
    limits: bool = True,
    level: float = 0.95,
    data: Any = None,
) -> Kinetics:
    """Fit a recovery curve to the counts of each patient, by maximum likelihood.

    A count below its limit of quantification adds the probability of lying there, and never stands
    for a number. No starting values are needed. A patient without a fit keeps a row, whose status
    says why.

    Parameters
    ----------
    patient : array_like or str
        Whose sample it is: strings or numbers.
    day : array_like of float, or str
        Days from infusion. Several samples of a day are several observations.
    count : array_like of float, or str
        Cells/uL. Give a count below its limit as any number less than `lloq`, 0 for example.
    model : str or sequence of str, default "logistic"
        "logistic" or "gompertz" (plateau, midpoint, scale), "emax" (plateau, midpoint, hill; from
        day 0), "exponential" (initial, rate), "approach" (plateau, initial, rate), "logistic4" (a
        logistic with a floor), "turnover" (influx, loss, return day: driven by `cart`), or for a
        decline "biexponential". Of several the one with the least AICc is taken for each patient;
        "best" stands for the first five.
    error : {"log", "additive", "proportional"}, default "log"
        How counts scatter about the curve: normal on the log scale (counts are log-normal), with
        one standard deviation throughout (R's `nls`), or normal with one in proportion to the
        curve.
    lloq : float or array_like of float, or str, optional
        Lower limit of quantification, for all samples or for each. A count less than it lies below
        it.
    below : array_like of bool, or str, optional
        Flags counts that are below their limit though written as the limit ("<1" stored as 1).
    start : float, "nadir" or "all", optional
        The first day of the fit; or from the lowest count (the first below its limit) on, where an
        earlier one is at least twice as high; or all samples. By default "nadir", and "all" for
        "biexponential".
    threshold : float, optional
        Adds `crossing_day`, the day on which the curve crosses this count.
    cart : array_like of float, or str, optional
        CAR T cell level at each row, nan where it was not measured: of "turnover", whose return day
        it turns into a threshold of CAR T cells (Park 2025).
    limits : bool, default True
        Whether to find profile likelihood limits, which takes some ten times as long as the fit.
    level : float, default 0.95
        Of the limits.
    data : frame or mapping of arrays, optional
        Where arguments are column names.

    Returns
    -------
    Kinetics

    Raises
    ------
    InputError
        For a missing or negative count, a count of 0 without a limit where the error is not
        additive, an unknown model, and the like; it names argument, row and remedy. Never for a
        patient whose curve cannot be fitted.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> fit = recovery.kinetics(
    ...     ["P1"] * 7 + ["P2"] * 4,
    ...     [-7, 28, 56, 84, 112, 140, 180, -7, 28, 56, 84],
    ...     [210, 0, 2, 9, 41, 70, 95, 150, 0, 0, 0],
    ...     lloq=1,
    ...     threshold=10,
    ... )
    >>> print(fit)
    2 patients, logistic, log error: 1 fitted, 1 all below
    >>> fit.quantity("crossing_day").low.round(1), fit.quantity("crossing_day").high.round(1)
    (array([78.8,  nan]), array([90., nan]))
    """
    if data is not None:
        patient, day, count, lloq, below, cart = columns(
            data, patient=patient, day=day, count=count, lloq=lloq, below=below, cart=cart
        )
    models = [model] if isinstance(model, str) else list(model)
    models = list(BEST) if models == ["best"] else models
    if len(models) > 1 and "biexponential" in models:
        raise InputError(
            "model compares 'biexponential', a decline, with recoveries; fit it in a call of "
            "its own"
        )
    rule, start_day = start_of(start, models)
    names, codes = labels(patient, "patient")
    found: dict[str, Any] = _core.kinetics(
        len(names), codes, day, count, lloq, below, cart, models, error, rule == "nadir",
        start_day, np.nan if threshold is None else float(threshold), level, limits,
    )  # fmt: skip
    fits = {name: found.pop(name) for name in ("theta", "covariance", "origin")}
    fits["model"] = found["model"]
    found["model"] = _words(MODELS, found["model"])
    found["status"] = _words(STATUSES, found["status"])
    return Kinetics(
        patient=names,
        models=tuple(models),
        error=error,
        start=rule,
        threshold=threshold,
        level=level,
        _fits=fits,
        _rows=(codes, day, count, lloq, below),
        **found,
    )


def start_of(start: Any, models: list[str]) -> tuple[str | float, float]:
    """Return the rule of the first sample, and the day where it is one."""
    rule = start if start is not None else "all" if models == ["biexponential"] else "nadir"
    if isinstance(rule, str):
        if rule not in ("nadir", "all"):
            raise InputError(f"start is {start!r}; give a day, 'nadir' or 'all'")
        return rule, -np.inf
    return float(rule), float(rule)


def _words(words: tuple[str, ...], codes: NDArray[np.int64]) -> NDArray[np.str_]:
    column = np.array(words)[codes]
    column.setflags(write=False)
    return column
