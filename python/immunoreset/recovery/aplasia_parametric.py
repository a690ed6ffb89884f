"""The parametric estimate of `recovery.aplasia`. Formulas: docs/methods/recovery/aplasia.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._result import Result, number, percent_of
from immunoreset.recovery.aplasia_rows import Rows, Times

BOUNDS = {-1: "least", 0: "", 1: "most"}
CONVENTION = (
    "onset uniform over (onset_left, onset_right], recovery in (recovery_left, recovery_right]; "
    "log duration = mu + x' beta + sigma W with sigma from 0.05 to 4"
)


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
class AplasiaParametric(Result):
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
        log duration is mu + x' beta + sigma W; W has the smallest-value (Weibull), normal or
        logistic distribution. Of a gamma duration mu is the logarithm of the mean and sigma the
        standard deviation over the mean, so that the shape is 1 / sigma^2. NaN for a sigma that
        nobody's recovery tells of.
    terms : tuple of str
        Names of the covariates. With them median, means and `at` are of a patient whose covariates
        are all 0.
    ratio, ratio_low, ratio_high : ndarray
        exp(beta): by what a duration is multiplied for 1 more of each covariate.
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
    terms: tuple[str, ...]
    ratio: NDArray[np.float64]
    ratio_low: NDArray[np.float64]
    ratio_high: NDArray[np.float64]
    at_bound: str
    n: int
    recovered: int
    excluded: dict[Any, str]
    distribution: str
    level: float
    loglik: float
    score: float
    convention: str
    _times: Times
    _X: NDArray[np.float64] | None

    def at(self, times: ArrayLike) -> AplasiaLimits:
        """Return the probability of an aplasia longer than each time, with limits.

        Parameters
        ----------
        times : float or array_like of float
            Durations greater than 0.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> rows = [0, 0, 3], [3, 3, 7], [84, 56, 112], [112, 84, 140]
        >>> ap = recovery.aplasia(*rows, method="parametric")
        >>> print(ap.at(90))
        0.6292 (95% CI 0.1753 to 0.9529)
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
        answer = _core.aplasia_parametric(
            *self._times, None, self._X, 1, self.distribution, self.level, wanted
        )[0]
        found = np.array(answer[-1], np.float64).reshape((*asked.shape, 3))
        estimate, low, high = (found[..., k] for k in range(3))
        if asked.ndim == 0:
            return AplasiaLimits(float(asked), float(estimate), float(low), float(high), self.level)
        return AplasiaLimits(asked, estimate, low, high, self.level)

    def plot(self, ax: Any = None) -> Any:
        """Draw the share still without B cells by duration, its limits shaded; return the axes."""
        return draw({"": self}, ax=ax)

    def _table(self) -> dict[str, Any]:
        names = ("median", "mean", "restricted_mean")
        kinds = ("", "_low", "_high")
        found = np.array([[getattr(self, name + kind) for kind in kinds] for name in names])
        ratios = np.column_stack((self.ratio, self.ratio_low, self.ratio_high))
        table = np.concatenate((found, ratios))
        quantity = [*names, *(f"ratio {term}" for term in self.terms)]
        return {
            "quantity": quantity,
            "estimate": table[:, 0],
            "low": table[:, 1],
            "high": table[:, 2],
        }

    def __str__(self) -> str:
        patients = "1 patient" if self.n == 1 else f"{self.n} patients"
        middle = _words(self.median, self.median_low, self.median_high, self.level)
        return f"{patients}, {self.recovered} recovered, median aplasia {middle}"


def parametric(
    answer: tuple[Any, ...],
    rows: Rows,
    distribution: str,
    horizon: float | None,
    level: float,
) -> AplasiaParametric:
    """Return the result out of what the core answers."""
    n, recovered, mu, sigma, loglik, score, at_bound, limits = answer
    median, mean, *others = limits
    restricted = (float("nan"),) * 3 if horizon is None else others.pop()
    ratio = np.array(others, np.float64).reshape(-1, 3)
    ratio.setflags(write=False)
    return AplasiaParametric(
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
        terms=rows.terms,
        ratio=ratio[:, 0],
        ratio_low=ratio[:, 1],
        ratio_high=ratio[:, 2],
        at_bound=BOUNDS[at_bound],
        n=n,
        recovered=recovered,
        excluded=dict(rows.excluded),
        distribution=distribution,
        level=float(level),
        loglik=loglik,
        score=score,
        convention=CONVENTION,
        _times=rows.times,
        _X=rows.X,
    )


def _words(estimate: float, low: float, high: float, level: float) -> str:
    shown = ["not reached" if np.isinf(value) else number(value) for value in (estimate, low, high)]
    return f"{shown[0]} ({percent_of(level)} CI {shown[1]} to {shown[2]})"


def draw(curves: Mapping[Any, Any], ax: Any = None) -> Any:
    """Draw estimates into one picture; return the axes."""
    from immunoreset.plots.aplasia import aplasia as picture

    return picture(curves, ax=ax)
