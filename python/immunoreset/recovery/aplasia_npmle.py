"""The nonparametric estimate of `recovery.aplasia`. Formulas: docs/methods/recovery/aplasia.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._result import Result, number, percent_of
from immunoreset.recovery.aplasia_parametric import draw
from immunoreset.recovery.aplasia_rows import Rows, Times

CONVENTION = (
    "whole days: onset in (onset_left, onset_right], recovery in (recovery_left, recovery_right]; "
    "equal ends are exact"
)


@dataclass(frozen=True, slots=True)
class AplasiaBetween(Result):
    """A quantity that is known to lie in an interval, with limits by the likelihood ratio.

    Attributes
    ----------
    at : float or ndarray
        The times, or the shares, asked for.
    left, right : float or ndarray
        The least and the largest value that have the same, largest, likelihood: the data do not say
        where in its interval a mass lies. Not a confidence interval.
    low, high : float or ndarray
        The confidence limits, which enclose both; NaN where the onset was estimated.
    level : float
        The confidence level.
    """

    at: Any
    left: Any
    right: Any
    low: Any
    high: Any
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("at", "left", "right", "low", "high")
        return {name: np.ravel(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        if np.ndim(self.at):
            return f"{np.size(self.at)} values"
        return _words(self.left, self.right, self.low, self.high, self.level)


@dataclass(frozen=True, slots=True)
class AplasiaNpmle(Result):
    """The nonparametric maximum likelihood estimate of the duration of aplasia.

    A row of its table is an innermost interval with mass: the probability `mass` lies in it, and
    the data do not say where.

    Attributes
    ----------
    left, right : ndarray
        Ends of the innermost intervals with mass: half-open (left, right], or one time where they
        are equal. The last `right` is infinite where some aplasia outlasts the last visit.
    mass : ndarray
        Their probabilities, which sum to 1.
    estimate : ndarray
        The probability of an aplasia longer than `right`.
    innermost_left, innermost_right, innermost_mass : ndarray
        All innermost intervals, many of them without mass.
    median_left, median_right : float
        The median lies in (median_left, median_right], as far as the estimate says.
    median_low, median_high : float
        Its confidence limits by the likelihood ratio; infinite where nothing bounds it, NaN where
        the onset was estimated.
    restricted_mean_left, restricted_mean_right : float
        The mean of the duration up to `horizon`, with all masses at the left and at the right ends
        of their intervals; NaN without a horizon.
    restricted_mean_low, restricted_mean_high : float
        Its confidence limits by the likelihood ratio; NaN without a horizon, and where the onset
        was estimated.
    horizon : float
        Where the restricted mean ends; NaN without.
    onset : str
        "uniform" or "estimated".
    onset_day, onset_mass : ndarray
        The estimated distribution of the day of onset; empty where it was taken as uniform.
    n, recovered : int
        Patients, and those of them who have recovered.
    excluded : dict
        From each patient (or row) left out to the reason.
    level : float
        The confidence level.
    loglik : float
        The log-likelihood.
    kkt_gap : float
        The certificate, at most 1e-8. With a uniform onset no other curve has a log-likelihood that
        is larger by more than this times `n`. With an estimated one that holds of the durations
        given the onsets and of the onsets given the durations, which is a stationary point.
    iterations : int
        Rounds of the maximisation.
    unique : bool
        Whether no other masses have this log-likelihood (given those of the onset days). Where some
        have, these are one of them; limits hold for all.
    starts, agreeing : int
        Starting points, and those that led to the same log-likelihood within 1e-6.
    least_loglik : float
        The least log-likelihood to which a starting point led.
    convention : str
        What a row of the input means.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    mass: NDArray[np.float64]
    estimate: NDArray[np.float64]
    innermost_left: NDArray[np.float64]
    innermost_right: NDArray[np.float64]
    innermost_mass: NDArray[np.float64]
    median_left: float
    median_right: float
    median_low: float
    median_high: float
    restricted_mean_left: float
    restricted_mean_right: float
    restricted_mean_low: float
    restricted_mean_high: float
    horizon: float
    onset: str
    onset_day: NDArray[np.float64]
    onset_mass: NDArray[np.float64]
    n: int
    recovered: int
    excluded: dict[Any, str]
    level: float
    loglik: float
    kkt_gap: float
    iterations: int
    unique: bool
    starts: int
    agreeing: int
    least_loglik: float
    convention: str
    _times: Times

    def at(self, times: ArrayLike) -> AplasiaBetween:
        """Return the probability of an aplasia longer than each time, with limits.

        Parameters
        ----------
        times : float or array_like of float
            Durations from 0 on.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> ap = recovery.aplasia([0, 0, 3], [3, 3, 7], [84, 56, 112], [112, 84, 140])
        >>> print(ap.at(90))
        0.6667 (95% CI 0.08681 to 0.9773)
        """
        return self._between("survival", times)

    def quantile(self, p: ArrayLike) -> AplasiaBetween:
        """Return the durations that shares of the patients do not exceed, with limits.

        Parameters
        ----------
        p : float or array_like of float
            Shares strictly between 0 and 1; 0.5 for the median.
        """
        return self._between("quantile", p)

    def _between(self, quantity: str, at: ArrayLike) -> AplasiaBetween:
        asked = np.asarray(at, np.float64)
        wanted = [(quantity, value) for value in np.ravel(asked).tolist()]
        answer = _core.aplasia_npmle(
            *self._times, None, 1, self.onset == "uniform", self.level, wanted
        )[0]
        found = np.array(answer[-1], np.float64).reshape((*asked.shape, 4))
        if asked.ndim == 0:
            left, right, low, high = found.tolist()
            return AplasiaBetween(float(asked), left, right, low, high, self.level)
        at_left, at_right, at_low, at_high = np.moveaxis(found, -1, 0)
        return AplasiaBetween(asked, at_left, at_right, at_low, at_high, self.level)

    def plot(self, ax: Any = None) -> Any:
        """Draw the share still without B cells by duration, its limits shaded; return the axes."""
        return draw({"": self}, ax=ax)

    def _table(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("left", "right", "mass", "estimate")}

    def __str__(self) -> str:
        patients = "1 patient" if self.n == 1 else f"{self.n} patients"
        median = (self.median_left, self.median_right, self.median_low, self.median_high)
        words = _words(*median, self.level)
        return f"{patients}, {self.recovered} recovered, median aplasia {words}"


def npmle(
    answer: tuple[Any, ...], rows: Rows, onset: str, horizon: float | None, level: float
) -> AplasiaNpmle:
    """Return the result out of what the core answers."""
    n, recovered, *columns, loglik, kkt_gap, iterations = answer[:14]
    left, right, mass, estimate, *innermost, onset_day, onset_mass = columns
    unique, starts, agreeing, least_loglik, quantities = answer[14:]
    median, *others = quantities
    restricted = others[0] if others else (float("nan"),) * 4
    return AplasiaNpmle(
        left=left,
        right=right,
        mass=mass,
        estimate=estimate,
        innermost_left=innermost[0],
        innermost_right=innermost[1],
        innermost_mass=innermost[2],
        median_left=median[0],
        median_right=median[1],
        median_low=median[2],
        median_high=median[3],
        restricted_mean_left=restricted[0],
        restricted_mean_right=restricted[1],
        restricted_mean_low=restricted[2],
        restricted_mean_high=restricted[3],
        horizon=float("nan") if horizon is None else float(horizon),
        onset=onset,
        onset_day=onset_day,
        onset_mass=onset_mass,
        n=n,
        recovered=recovered,
        excluded=dict(rows.excluded),
        level=float(level),
        loglik=loglik,
        kkt_gap=kkt_gap,
        iterations=iterations,
        unique=unique,
        starts=starts,
        agreeing=agreeing,
        least_loglik=least_loglik,
        convention=CONVENTION,
        _times=rows.times,
    )


def _words(left: float, right: float, low: float, high: float, level: float) -> str:
    where = number(left) if left == right else f"between {number(left)} and {number(right)}"
    if np.isinf(right):
        where = f"after {number(left)}"
    if np.isnan(low):
        return where
    upper = "not reached" if np.isinf(high) else number(high)
    return f"{where} ({percent_of(level)} CI {number(low)} to {upper})"
