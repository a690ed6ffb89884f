"""How long B cells are gone. Formulas: docs/methods/recovery/aplasia.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Grouped, Result, number, percent_of
from immunoreset.errors import InputError
from immunoreset.recovery.depletion import Depletion

Distribution = Literal["weibull", "lognormal", "loglogistic"]
Column = NDArray[np.float64]
Rows = tuple[Column, Column, Column, Column]

BOUNDS = {-1: "least", 0: "", 1: "most"}
CONVENTION = (
    "onset uniform over (onset_left, onset_right], recovery in (recovery_left, recovery_right]; "
    "log duration = mu + sigma W with sigma from 0.1 to 4"
)
_LEFT_CENSORED = "depleted before the first sample that counts, so that the onset is not known"
_NEVER_DEPLETED = "never seen depleted, so that there is no aplasia to measure"


@dataclass(frozen=True, slots=True)
class AplasiaLimits(Result):
    """A quantity of the duration with its limits by the likelihood ratio.

    Attributes
    ----------
    at : float or ndarray
        The times, or the shares, asked for.
    estimate, low, high : float or ndarray
        The estimate and its limits.
    level : float
        The confidence level.
    """

    at: Any
    estimate: Any
    low: Any
    high: Any
    level: float

    def _table(self) -> dict[str, Any]:
        return {name: np.ravel(getattr(self, name)) for name in ("at", "estimate", "low", "high")}

    def __str__(self) -> str:
        if np.ndim(self.at):
            return f"{np.size(self.at)} values"
        return _words(self.estimate, self.low, self.high, self.level)


@dataclass(frozen=True, slots=True)
class Aplasia(Result):
    """The distribution of the duration of aplasia, by maximum likelihood.

    Durations are in the unit of the times, days as a rule. Limits are those of the likelihood
    ratio; an upper one is infinite where the data do not bound the quantity.

    Attributes
    ----------
    median, median_low, median_high : float
        The median; infinite where nobody has recovered.
    mean, mean_low, mean_high : float
        The mean of the fitted distribution, which reaches beyond the last visit.
    restricted_mean, restricted_mean_low, restricted_mean_high : float
        The mean of the duration up to `horizon`; NaN without one.
    horizon : float
        Where the restricted mean ends; NaN without.
    mu, sigma : float
        log duration is mu + sigma W; W has the smallest-value (Weibull), normal or logistic
        distribution. NaN for a sigma that nobody's recovery tells of.
    at_bound : str
        "least" or "most" where sigma is at the end of its range, else empty.
    n, recovered : int
        Patients, and those of them who have recovered.
    excluded : dict
        From each patient (or row) left out to the reason.
    distribution : str
        The shape.
    level : float
        The confidence level.
    loglik : float
        The log-likelihood.
    score : float
        The certificate: the largest derivative of the log-likelihood, over n.
    convention : str
        What a row of the input means.
    """

    median: float
    median_low: float
    median_high: float
    mean: float
    mean_low: float
    mean_high: float
    restricted_mean: float
    restricted_mean_low: float
    restricted_mean_high: float
    horizon: float
    mu: float
    sigma: float
    at_bound: str
    n: int
    recovered: int
    excluded: dict[Any, str]
    distribution: str
    level: float
    loglik: float
    score: float
    convention: str
    _rows: Rows

    def at(self, times: ArrayLike) -> AplasiaLimits:
        """Return the probability of an aplasia longer than each time, with limits.

        Parameters
        ----------
        times : float or array_like of float
            Durations greater than 0.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> ap = recovery.aplasia([0, 0, 3], [3, 3, 7], [84, 56, 112], [112, 84, 140])
        >>> print(ap.at(90))
        0.6292 (95% CI 0.1753 to 0.9483)
        """
        return self._limits("survival", times)

    def quantile(self, p: ArrayLike) -> AplasiaLimits:
        """Return the durations that shares of the patients do not exceed, with limits.

        Parameters
        ----------
        p : float or array_like of float
            Shares strictly between 0 and 1; 0.5 for the median.
        """
        return self._limits("quantile", p)

    def _limits(self, quantity: str, at: ArrayLike) -> AplasiaLimits:
        asked = np.asarray(at, np.float64)
        wanted = [(quantity, value) for value in np.ravel(asked).tolist()]
        answer = _core.aplasia(*self._rows, None, 1, self.distribution, self.level, wanted)[0]
        found = np.array(answer[-1], np.float64).reshape((*asked.shape, 3))
        estimate, low, high = (found[..., k] for k in range(3))
        if asked.ndim == 0:
            return AplasiaLimits(float(asked), float(estimate), float(low), float(high), self.level)
        return AplasiaLimits(asked, estimate, low, high, self.level)

    def plot(self, ax: Any = None) -> Any:
        """Draw the share still without B cells by duration, its limits shaded; return the axes."""
        return _draw({"": self}, ax=ax)

    def _table(self) -> dict[str, Any]:
        names = ("median", "mean", "restricted_mean")
        return {
            "quantity": list(names),
            "estimate": np.array([getattr(self, name) for name in names]),
            "low": np.array([getattr(self, f"{name}_low") for name in names]),
            "high": np.array([getattr(self, f"{name}_high") for name in names]),
        }

    def __str__(self) -> str:
        patients = "1 patient" if self.n == 1 else f"{self.n} patients"
        middle = _words(self.median, self.median_low, self.median_high, self.level)
        return f"{patients}, {self.recovered} recovered, median aplasia {middle}"


def aplasia(
    onset_left: Depletion | ArrayLike | str,
    onset_right: ArrayLike | str | None = None,
    recovery_left: ArrayLike | str | None = None,
    recovery_right: ArrayLike | str | None = None,
    *,
    group: Mapping[Any, Any] | ArrayLike | str | None = None,
    distribution: Distribution = "weibull",
    horizon: float | None = None,
    level: float = 0.95,
    data: Any = None,
) -> Aplasia | Grouped[Aplasia]:
    """Estimate how long B cells are gone, from intervals for both ends.

    Parameters
    ----------
    onset_left : Depletion, array_like of float, or str
        The result of `recovery.depletion`, which has all four columns; or the last time at which a
        patient was known not to be depleted. A row where it is -inf is left out, and `excluded`
        says so: B cells that an earlier drug removed were gone for an unknown time.
    onset_right : array_like of float, or str, optional
        The first time at which the patient was known to be depleted; equal to `onset_left` where
        the very time is known.
    recovery_left : array_like of float, or str, optional
        The last time without recovery, at `onset_right` or later.
    recovery_right : array_like of float, or str, optional
        The first time with recovery; inf where none was seen.
    group : array_like, mapping or str, optional
        A label a patient (of a Depletion: in the order of its patients, or a mapping from
        patient); each group is estimated by itself.
    distribution : {"weibull", "lognormal", "loglogistic"}, default "weibull"
        The shape of the duration.
    horizon : float, optional
        Where the restricted mean ends; without it there is none.
    level : float, default 0.95
        The confidence level.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Aplasia or Grouped of Aplasia
        With `group`, a mapping from label to estimate.

    Raises
    ------
    InputError
        For no rows, for missing times, and for times out of order; it names argument, row and
        value. Rows are counted after those left out.
    ConvergenceError
        When the score is not within 1e-8 of 0.

    Notes
    -----
    De Gruttola and Lagakos 1989; the onset is taken as uniform over its interval, as is usual
    where that is short.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> ap = recovery.aplasia(
    ...     [0, 0, 3, 0, 0],
    ...     [3, 3, 7, 3, 7],
    ...     [84, 56, 112, 84, 140],
    ...     [112, 84, 140, 126, float("inf")],
    ... )
    >>> print(ap)
    5 patients, 4 recovered, median aplasia 109.7 (95% CI 75.23 to 150.9)
    """
    names, rows, labelled = _input(
        onset_left, onset_right, recovery_left, recovery_right, group, data
    )
    kept, excluded = _excluded(names, rows)
    rows = _of(rows, kept)
    keys: list[Any] = [None]
    codes: NDArray[Any] | None = None
    if labelled is not None:
        if len(labelled) != len(kept):
            raise InputError(
                f"group has {len(labelled)} rows and onset_left has {len(kept)}; "
                "give both from the same rows"
            )
        keys, codes = labels([label for label, keep in zip(labelled, kept, strict=True) if keep])
    wanted = [("quantile", 0.5), ("mean", 0.0)]
    if horizon is not None:
        wanted.append(("restricted-mean", horizon))
    answers = _core.aplasia(*rows, codes, len(keys), distribution, level, wanted)
    found: dict[Any, Aplasia] = {}
    for code, (key, answer) in enumerate(zip(keys, answers, strict=True)):
        own = rows if codes is None else _of(rows, codes == code)
        found[key] = _result(answer, own, excluded, distribution, horizon, level)
    return found[None] if labelled is None else Grouped(found, _draw)


def _input(
    onset_left: Any,
    onset_right: Any,
    recovery_left: Any,
    recovery_right: Any,
    group: Any,
    data: Any,
) -> tuple[list[Any], Rows, list[Any] | None]:
    """Return the names of the rows, their four columns, and their labels."""
    if isinstance(onset_left, Depletion):
        if any(value is not None for value in (onset_right, recovery_left, recovery_right, data)):
            raise InputError("onset_left is a Depletion, which has all four columns; give it alone")
        ep = onset_left
        names = ep.patient
        rows: Rows = (ep.onset_left, ep.onset_right, ep.recovery_left, ep.recovery_right)
        if isinstance(group, Mapping):
            missing = [name for name in names if name not in group]
            if missing:
                raise InputError(f"group has no label for patient {missing[0]!r}; add it")
            group = [group[name] for name in names]
    else:
        if data is not None:
            onset_left, onset_right, recovery_left, recovery_right, group = columns(
                data,
                onset_left=onset_left,
                onset_right=onset_right,
                recovery_left=recovery_left,
                recovery_right=recovery_right,
                group=group,
            )
        given = {
            "onset_left": onset_left,
            "onset_right": onset_right,
            "recovery_left": recovery_left,
            "recovery_right": recovery_right,
        }
        first, second, third, last = (_column(name, value) for name, value in given.items())
        rows = (first, second, third, last)
        for name, row in zip(given, rows, strict=True):
            if len(row) != len(rows[0]):
                raise InputError(
                    f"{name} has {len(row)} rows and onset_left has {len(rows[0])}; "
                    "give both from the same rows"
                )
        names = list(range(len(rows[0])))
    return names, rows, None if group is None else np.asarray(group, object).tolist()


def _column(name: str, value: Any) -> NDArray[np.float64]:
    try:
        column = np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is {value!r}; give one number a patient") from error
    if column.ndim != 1:
        raise InputError(f"{name} has {column.ndim} dimensions; give one number a patient")
    return column


def _of(rows: Rows, kept: NDArray[np.bool_]) -> Rows:
    first, second, third, last = (np.ascontiguousarray(row[kept]) for row in rows)
    return first, second, third, last


def _excluded(names: list[Any], rows: Rows) -> tuple[NDArray[np.bool_], dict[Any, str]]:
    """Return which rows take part, and why the others do not."""
    onset_left, onset_right, recovery_left, _ = rows
    before = np.isneginf(onset_left)
    never = np.isposinf(onset_right) | (np.isnan(onset_right) & np.isnan(recovery_left))
    reasons = {names[i]: _LEFT_CENSORED for i in np.flatnonzero(before)}
    reasons |= {names[i]: _NEVER_DEPLETED for i in np.flatnonzero(never & ~before)}
    return ~(before | never), reasons


def _result(
    answer: tuple[Any, ...],
    rows: Rows,
    excluded: dict[Any, str],
    distribution: str,
    horizon: float | None,
    level: float,
) -> Aplasia:
    n, recovered, mu, sigma, loglik, score, at_bound, limits = answer
    nothing = (float("nan"),) * 3
    median, mean, restricted = (*limits, nothing)[:3]
    return Aplasia(
        median=median[0],
        median_low=median[1],
        median_high=median[2],
        mean=mean[0],
        mean_low=mean[1],
        mean_high=mean[2],
        restricted_mean=restricted[0],
        restricted_mean_low=restricted[1],
        restricted_mean_high=restricted[2],
        horizon=float("nan") if horizon is None else float(horizon),
        mu=mu,
        sigma=sigma,
        at_bound=BOUNDS[at_bound],
        n=n,
        recovered=recovered,
        excluded=dict(excluded),
        distribution=distribution,
        level=float(level),
        loglik=loglik,
        score=score,
        convention=CONVENTION,
        _rows=rows,
    )


def _words(estimate: float, low: float, high: float, level: float) -> str:
    shown = ["not reached" if np.isinf(value) else number(value) for value in (estimate, low, high)]
    return f"{shown[0]} ({percent_of(level)} CI {shown[1]} to {shown[2]})"


def _draw(curves: Mapping[Any, Aplasia], ax: Any = None) -> Any:
    from immunoreset.plots.aplasia import aplasia as draw

    return draw(curves, ax=ax)
