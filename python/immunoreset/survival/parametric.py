"""Parametric distributions of a time. Formulas: docs/methods/survival/parametric.md."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns_and_covariates, labels
from immunoreset._result import Grouped, Result, number, percent_of, pvalue_words
from immunoreset.errors import FollowUpWarning, InputError
from immunoreset.survival.parametric_after import (
    ParametricAt,
    ParametricQuantile,
    ParametricResiduals,
)

Distribution = Literal[
    "exponential", "weibull", "lognormal", "loglogistic", "gamma", "gengamma", "gompertz"
]
Interval = Literal["profile", "wald"]

DISTRIBUTIONS: tuple[Distribution, ...] = (
    "exponential", "weibull", "lognormal", "loglogistic", "gamma", "gengamma", "gompertz",
)  # fmt: skip
CONVENTION = "(left, right]; left == right is exact; right = inf is right-censored"
SHORT_FOLLOW_UP = 0.05


@dataclass(frozen=True, slots=True)
class Parametric(Result):
    """A parametric distribution fitted to times; every array has the parameters in one order.

    Attributes
    ----------
    names : tuple of str
        "intercept", the columns of X, then "log(scale)" (none for exponential; "shape" for
        Gompertz), "q" (generalised gamma) and "logit(cured)" (with a cure fraction).
    estimate, std_error, low, high : ndarray
        The parameters, standard errors from the information, and limits. The intercept and
        coefficients are those of log time (accelerated failure time, as R's survreg); for Gompertz
        those of the log hazard.
    pvalue : ndarray
        For the coefficients of X, of the hypothesis 0: of likelihood ratio tests for profile
        limits, of Wald's otherwise. NaN for the other parameters, which have no such hypothesis.
    cov : ndarray
        Covariance of the parameters.
    loglik : float
        The log-likelihood, of times (not of log times), as R gives it.
    score_norm : float
        The certificate: the length of the score, each direction in units of its standard error; at
        most 1e-7, and the information is positive definite.
    iterations : int
        Evaluations of the likelihood, all starts and limits together.
    n, exact, right_censored, left_censored, interval_censored : int
        Patients, and of those with weight, how many rows of each kind.
    weight : float
        Sum of the weights; `n` without weights.
    distribution : str
    cure : bool
        Whether there is a cure fraction.
    boundary : bool
        The cure fraction is 0: the likelihood falls from there on. `logit(cured)` is then minus
        infinity, and its standard error NaN.
    higher_beyond : bool
        For the generalised gamma: the estimate is a maximum, but the likelihood is higher where q
        is beyond all bounds and the distribution begins at the first event, or ends at the last.
    follow_up_pvalue : float or None
        With a cure fraction: Maller and Zhou's p-value of the hypothesis that follow-up ended
        before the last events.
    truncated : bool
        Whether rows are left-truncated.
    interval, level
        Of the limits.
    convention : str
        What a row of the input means.
    """

    names: tuple[str, ...]
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    cov: NDArray[np.float64]
    loglik: float
    score_norm: float
    iterations: int
    n: int
    exact: int
    right_censored: int
    left_censored: int
    interval_censored: int
    weight: float
    distribution: str
    cure: bool
    boundary: bool
    higher_beyond: bool
    follow_up_pvalue: float | None
    truncated: bool
    interval: str
    level: float
    convention: str
    _rows: tuple[Any, ...] = field(compare=False)  # as given: a list of int, an array of float

    @property
    def covariates(self) -> tuple[str, ...]:
        """Return the names of the columns of X."""
        own = (self.distribution != "exponential") + (self.distribution == "gengamma") + self.cure
        return self.names[1 : len(self.names) - own]

    @property
    def coef(self) -> NDArray[np.float64]:
        """Return the intercept and the coefficients of X."""
        return self.estimate[: 1 + len(self.covariates)]

    @property
    def scale(self) -> float:
        """Return survreg's scale: 1 for exponential; of the log times otherwise.

        Gompertz has none: its second parameter is the shape.
        """
        if self.distribution == "gompertz":
            raise AttributeError("a Gompertz distribution has a shape and a rate: see parameters")
        if self.distribution == "exponential":
            return 1.0
        return math.exp(self.estimate[self.names.index("log(scale)")])

    @property
    def cure_fraction(self) -> float:
        """Return the share of patients who will never have the event; 0 without `cure`."""
        return self._share(self.estimate)

    @property
    def cure_fraction_interval(self) -> tuple[float, float]:
        """Return the limits of the cure fraction."""
        return self._share(self.low), self._share(self.high)

    def _share(self, parameters: NDArray[np.float64]) -> float:
        logit = parameters[-1] if self.cure else -math.inf
        return float(1 / (1 + np.exp(-logit)))

    @property
    def parameters(self) -> dict[str, float]:
        """Return the parameters under their usual names, for a patient whose X is 0."""
        location = float(self.estimate[0])
        name = self.distribution
        if name == "gompertz":
            shape = float(self.estimate[self.names.index("shape")])
            found = {"shape": shape, "rate": math.exp(location)}
        elif name == "exponential":
            found = {"rate": math.exp(-location)}
        elif name == "lognormal":
            found = {"meanlog": location, "sdlog": self.scale}
        elif name == "gamma":
            found = {"shape": self.scale**-2, "rate": math.exp(-location) / self.scale**2}
        elif name == "gengamma":
            q = float(self.estimate[self.names.index("q")])
            found = {"mu": location, "sigma": self.scale, "q": q}
        else:
            found = {"shape": 1 / self.scale, "scale": math.exp(location)}
        return found | ({"cured": self.cure_fraction} if self.cure else {})

    @property
    def aic(self) -> float:
        """Return Akaike's criterion."""
        return 2 * len(self.names) - 2 * self.loglik

    @property
    def aicc(self) -> float:
        """Return Akaike's criterion for small samples; infinite for too few patients."""
        k, room = len(self.names), self.weight - len(self.names) - 1
        return self.aic + 2 * k * (k + 1) / room if room > 0 else math.inf

    @property
    def bic(self) -> float:
        """Return Schwarz's criterion, by the number of patients."""
        return len(self.names) * math.log(self.weight) - 2 * self.loglik

    @property
    def median(self) -> ParametricQuantile:
        """Return the median time, of a model without covariates."""
        return self.quantile(0.5)

    def at(self, times: ArrayLike, X: ArrayLike | Mapping[str, float] = ()) -> ParametricAt:
        """Return the probability of no event up to each time.

        Parameters
        ----------
        times : float or array_like of float
            Times since the origin, 0 or more.
        X : sequence of float, or mapping from name to float
            The covariates of the patient, one number a column.

        Examples
        --------
        >>> from immunoreset import survival
        >>> fit = survival.parametric([84, 56, 112, 28], [112, 84, float("inf"), 84])
        >>> print(fit.at(84))
        survival at 84 is 0.59 (95% profile 0.1932 to 0.9157)
        """
        asked = np.array(times, np.float64)
        asked.setflags(write=False)
        answer = _core.parametric_at(
            self._rows, self.distribution, self.cure, self.estimate, self._patient(X), asked,
            self.interval, self.level,
        )  # fmt: skip
        return ParametricAt(
            asked if asked.ndim else float(asked), *answer, self.level, self.interval
        )

    def quantile(self, p: ArrayLike, X: ArrayLike | Mapping[str, float] = ()) -> ParametricQuantile:
        """Return the times by which shares of the patients have had the event.

        Parameters
        ----------
        p : float or array_like of float
            Shares strictly between 0 and 1; 0.5 for the median.
        X : sequence of float, or mapping from name to float
            The covariates of the patient, one number a column.

        Examples
        --------
        >>> from immunoreset import survival
        >>> fit = survival.parametric([84, 56, 112, 28], [112, 84, float("inf"), 84])
        >>> print(fit.quantile(0.5))
        median 90.53 (95% profile 49.61 to 153.4)
        """
        asked = np.array(p, np.float64)
        asked.setflags(write=False)
        answer = _core.parametric_quantile(
            self._rows, self.distribution, self.cure, self.estimate, self._patient(X), asked,
            self.interval, self.level,
        )  # fmt: skip
        return ParametricQuantile(
            asked if asked.ndim else float(asked), *answer, self.level, self.interval
        )

    def residuals(self) -> ParametricResiduals:
        """Return Cox-Snell, martingale and deviance residuals.

        Examples
        --------
        >>> from immunoreset import survival
        >>> fit = survival.parametric([1, 2, 4], event=[1, 1, 0], distribution="exponential")
        >>> fit.residuals().martingale.round(3)
        array([ 0.714,  0.429, -1.143])
        """
        left, right, martingale, deviance = _core.parametric_residuals(
            self._rows, self.distribution, self.cure, self.estimate
        )
        defined = not (self.truncated or self.cure)
        return ParametricResiduals(left, right, martingale, deviance if defined else None)

    def _patient(self, X: ArrayLike | Mapping[str, float]) -> NDArray[np.float64]:
        names = self.covariates
        if isinstance(X, Mapping):
            missing = [name for name in names if name not in X]
            more = [name for name in X if name not in names]
            if missing or more:
                wrong = f"lacks {missing[0]!r}" if missing else f"has {more[0]!r}"
                raise InputError(f"X {wrong}; the covariates are {list(names)}")
            X = [X[name] for name in names]
        try:
            values = np.atleast_1d(np.asarray(X, np.float64))
        except (TypeError, ValueError) as error:
            raise InputError(f"X is {X!r}; give one number a covariate: {list(names)}") from error
        if values.shape != (len(names),):
            raise InputError(
                f"X has shape {values.shape}; give one number a covariate: {list(names)}"
            )
        return values

    def plot(self, ax: Any = None, X: ArrayLike | Mapping[str, float] = ()) -> Any:
        """Draw the survival curve and its pointwise limits; return the axes."""
        from immunoreset.plots.parametric import parametric as draw

        return draw(self, ax=ax, X=X)

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"parameter": list(self.names)}
        for name in ("estimate", "std_error", "low", "high", "pvalue"):
            table[name] = getattr(self, name)
        return table

    def __str__(self) -> str:
        patients = "1 patient" if self.n == 1 else f"{self.n} patients"
        words = f"{patients}, {self.distribution}"
        if not self.covariates:
            return f"{words}: {self.median}"
        ratio = "hazard ratio" if self.distribution == "gompertz" else "time ratio"
        terms = "; ".join(
            f"{name}: {ratio} {number(math.exp(self.estimate[j]), 3)} "
            f"({percent_of(self.level)} {self.interval} {number(math.exp(self.low[j]), 3)} to "
            f"{number(math.exp(self.high[j]), 3)}, {pvalue_words(self.pvalue[j])})"
            for j, name in enumerate(self.covariates, 1)
        )
        return f"{words}: {terms}"


@overload
def parametric(
    left: ArrayLike | str, right: ArrayLike | str | None = None, *,
    event: ArrayLike | str | None = None, distribution: Distribution = "weibull",
    X: ArrayLike | str | Sequence[str] | None = None, entry: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None, group: None = None, cure: bool = False,
    interval: Interval = "profile", level: float = 0.95, names: Sequence[str] | None = None,
    data: Any = None,
) -> Parametric: ...  # fmt: skip


@overload
def parametric(
    left: ArrayLike | str, right: ArrayLike | str | None = None, *,
    event: ArrayLike | str | None = None, distribution: Distribution = "weibull",
    X: ArrayLike | str | Sequence[str] | None = None, entry: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None, group: ArrayLike | str, cure: bool = False,
    interval: Interval = "profile", level: float = 0.95, names: Sequence[str] | None = None,
    data: Any = None,
) -> Grouped[Parametric]: ...  # fmt: skip


def parametric(
    left: ArrayLike | str,
    right: ArrayLike | str | None = None,
    *,
    event: ArrayLike | str | None = None,
    distribution: Distribution = "weibull",
    X: ArrayLike | str | Sequence[str] | None = None,
    entry: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None,
    group: ArrayLike | str | None = None,
    cure: bool = False,
    interval: Interval = "profile",
    level: float = 0.95,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> Parametric | Grouped[Parametric]:
    """Fit a parametric distribution to times that may be exact, censored or between two visits.

    Parameters
    ----------
    left : array_like of float, or str
        The last time at which a patient was known to be free of the event; 0 for one never seen
        free of it. Without `right`, the times themselves.
    right : array_like of float, or str, optional
        The first time at which the event was known to have come: it lies in (left, right].
        Infinity where no event was seen; equal to `left` where its very time is known.
    event : array_like of bool, or str, optional
        In place of `right`: 1 where `left` is the time of the event, 0 where it is the end of
        follow-up without one. By default all are events.
    distribution : str, default "weibull"
        "exponential", "weibull", "lognormal", "loglogistic", "gamma", "gengamma" (the generalised
        gamma of Prentice: q = 1 is Weibull, q = scale gamma, q = 0 log-normal) or "gompertz".
    X : array_like of float, or str, or sequence of str, optional
        One row a patient, one column a covariate (a single one may be one-dimensional); an
        intercept is added. With `data`, a column name or several. They act on log time, for
        Gompertz on the log hazard.
    entry : array_like of float, or str, optional
        The time from which a patient was under observation (left truncation): patients with an
        earlier event could not be in the data.
    weights : array_like of float, or str, optional
        How many patients a row stands for.
    group : array_like, or str, optional
        A label a patient; each group gets a fit of its own.
    cure : bool, default False
        Let a fraction of the patients never have the event (mixture cure model).
    interval : {"profile", "wald"}, default "profile"
        Limits by the likelihood ratio, which hold their level better in small samples, or from
        standard errors.
    level : float, default 0.95
        Of the limits.
    names : sequence of str, optional
        Of the columns; by default their names in `data`, or x1, x2, ...
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Parametric or Grouped of Parametric
        With `group`, a mapping from label to fit.

    Raises
    ------
    InputError
        For bad input, naming argument, row and value; and where the likelihood has no maximum:
        nobody with an event, one time that agrees with all rows (as with a single event), a
        covariate that separates patients without events. It names the remedy.
    ConvergenceError
        When the certificate is not reached.

    Warns
    -----
    FollowUpWarning
        With `cure`, when the follow-up is too short to tell a cure from a late event.

    Notes
    -----
    Kalbfleisch and Prentice 2002 (The Statistical Analysis of Failure Time Data); Prentice 1974
    (Biometrika 61:539) for the generalised gamma; Burridge 1981 (J R Stat Soc B 43:41) for the
    uniqueness of the maximum; Maller and Zhou 1994 (J Am Stat Assoc 89:1499) for the follow-up.

    Examples
    --------
    Six patients whose B cells came back between two visits, one not yet:

    >>> from immunoreset import survival
    >>> left, right = [84, 56, 112, 84, 140, 28], [112, 84, 140, 126, float("inf"), 84]
    >>> fit = survival.parametric(left, right)
    >>> print(fit)
    6 patients, weibull: median 103.5 (95% profile 67.72 to 144.1)
    >>> fit.estimate.round(3)
    array([ 4.748, -1.223])
    """
    columns_of, labels_of, groups, codes = _read(
        left, right, event, X, entry, weights, group, names, data
    )
    answers = _core.parametric(
        columns_of, codes, 1 if groups is None else len(groups),
        _distribution(distribution), cure, interval, level, labels_of,
    )  # fmt: skip
    made = (distribution, cure, interval, level, labels_of)
    if groups is None or codes is None:
        return _result(answers[0], made, columns_of)
    fits = {
        name: _result(answer, made, _of_group(columns_of, codes == code), f" of group {name!r}")
        for code, (name, answer) in enumerate(zip(groups, answers, strict=True))
    }
    return Grouped(fits, _draw)


def _distribution(name: str) -> str:
    """Return R's name of a distribution that is also spelled out."""
    spelled = {"log-normal": "lognormal", "log-logistic": "loglogistic"}
    return spelled.get(name, name)


def _read(
    left: Any, right: Any, event: Any, X: Any, entry: Any, weights: Any, group: Any,
    names: Sequence[str] | None, data: Any,
) -> tuple[tuple[Any, ...], tuple[str, ...], list[Any] | None, Any]:  # fmt: skip
    """Return copies of the rows' columns, names of the covariates, labels and codes of groups."""
    if data is not None:
        found, X, names = columns_and_covariates(
            data, X, names, left=left, right=right, event=event, entry=entry, weights=weights,
            group=group,
        )  # fmt: skip
        left, right, event, entry, weights, group = found
    if right is not None and event is not None:
        raise InputError("right and event are given; give one of them")
    right = _copy(right)
    if right is not None and right.dtype == bool:
        raise InputError("right is boolean; give events as event=, or the right ends of intervals")
    covariates = _copy(X)
    if covariates is not None and covariates.ndim == 1:
        covariates = covariates[:, np.newaxis]
    width = 0 if covariates is None else covariates.shape[-1] if covariates.ndim else 0
    shown = tuple(f"x{j + 1}" for j in range(width)) if names is None else tuple(names)
    if len(shown) != width:
        raise InputError(f"names has {len(shown)} entries; X has {width} columns")
    rows = (_copy(left), right, _copy(event), _copy(entry), _copy(weights), covariates)
    return rows, shown, *((None, None) if group is None else labels(group))


def _copy(value: Any) -> Any:
    """Return an array of its own: the result keeps the rows for its predictions."""
    if value is None:
        return None
    copied = np.array(value)
    copied.setflags(write=False)
    return copied


def _of_group(rows: tuple[Any, ...], here: NDArray[np.bool_]) -> tuple[Any, ...]:
    return tuple(None if column is None else column[here] for column in rows)


def _result(
    answer: tuple[Any, ...], made: tuple[Any, ...], rows: tuple[Any, ...], where: str = ""
) -> Parametric:
    arrays, *counted, boundary, higher, follow_up = answer
    distribution, cure, interval, level, covariates = made
    distribution = _distribution(distribution)
    own = ("shape",) if distribution == "gompertz" else ("log(scale)",)
    names = ("intercept", *covariates, *(() if distribution == "exponential" else own))
    names += ("q",) if distribution == "gengamma" else ()
    names += ("logit(cured)",) if cure else ()
    if cure and follow_up >= SHORT_FOLLOW_UP:
        warnings.warn(
            f"follow-up{where} hardly goes beyond the last event ({pvalue_words(follow_up)} that "
            "it ended too early), so that the cure fraction rests on the distribution's shape: "
            "follow longer, or leave cure out",
            FollowUpWarning,
            stacklevel=3,
        )
    truncated = rows[3] is not None and bool(np.any(rows[3] > 0))
    return _core.frozen(
        Parametric,
        (
            names, *arrays, *counted, distribution, bool(cure), bool(boundary),
            bool(higher), follow_up if cure else None, truncated, interval, level, CONVENTION, rows,
        ),
    )  # fmt: skip


def _draw(fits: Mapping[Any, Parametric], ax: Any = None) -> Any:
    from immunoreset.plots.parametric import parametric as draw

    return draw(fits, ax=ax)
