"""Bayesian rates under gamma priors. Formulas: docs/methods/survival/incidence.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, counts_of, number
from immunoreset.response.posterior import CredibleInterval
from immunoreset.survival.incidence import _exposure_of


@dataclass(frozen=True, slots=True)
class RatePosterior(Result):
    """Gamma posteriors of rates per unit of exposure.

    Attributes
    ----------
    events : int or ndarray
    exposure : float or ndarray
        Time at risk.
    shape, rate : float or ndarray
        The posterior is Gamma(shape, rate).
    mean, median : float or ndarray
        Of the posterior.
    prior : tuple of float or of ndarray
        Shape and rate of the gamma prior.
    """

    events: Any
    exposure: Any
    shape: Any
    rate: Any
    mean: Any
    median: Any
    prior: tuple[Any, Any]

    def _table(self) -> dict[str, Any]:
        table = self._broadcast("mean", ("events", "exposure", "shape", "rate", "mean", "median"))
        low, high = self.interval()
        return table | {"low": np.ravel(low), "high": np.ravel(high)}

    def __str__(self) -> str:
        if np.ndim(self.mean):
            return f"{np.size(self.mean)} posterior rates"
        low, high = self.interval()
        return (
            f"{self.events} events in {number(self.exposure)}, prior Gamma("
            f"{number(self.prior[0])}, {number(self.prior[1])}): posterior mean "
            f"{number(self.mean, 3)}, 95% equal-tailed interval {number(low, 3)} to "
            f"{number(high, 3)}"
        )

    def interval(self, level: float = 0.95) -> CredibleInterval:
        """Return the equal-tailed credible interval.

        Parameters
        ----------
        level : float, default 0.95
            The posterior probability inside, strictly between 0 and 1.
        """
        return CredibleInterval(*_core.rate_posterior_interval(self.shape, self.rate, level))

    def prob_above(self, threshold: ArrayLike) -> Any:
        """Return P(rate > threshold), the threshold being per unit of exposure."""
        return _core.rate_posterior_above(self.shape, self.rate, threshold)[0]

    def predictive(self, exposure: ArrayLike, m: int) -> Any:
        """Return the probabilities of 0, 1, ..., m events during a future exposure.

        Parameters
        ----------
        exposure : float or array_like of float
            Time at risk still to come.
        m : int
            The largest number of events asked for. The probabilities are the last axis of the
            answer; what they leave to 1 is the chance of more events.
        """
        return _core.rate_posterior_predictive(self.shape, self.rate, exposure, m)[0]


def rate_posterior(
    events: ArrayLike | str,
    exposure: ArrayLike | str,
    *,
    prior: tuple[ArrayLike, ArrayLike] = (0.5, 0.0),
    data: Any = None,
) -> RatePosterior:
    """Compute the posterior of a rate under a gamma prior.

    Parameters
    ----------
    events : int or array_like of int, or str
        Events; arrays broadcast against `exposure`.
    exposure : float or array_like of float, or str
        Time at risk.
    prior : tuple of float, default (0.5, 0.0)
        Shape and rate of the gamma prior, each from 0 to 1e6: its mean is shape / rate, and it
        weighs as much as `shape` events in `rate` units of exposure. (0.5, 0) is Jeffreys' prior.
        Arrays give each row its own prior.
    data : frame or mapping of arrays, optional
        Where `events` and `exposure` are column names, a rate a row.

    Returns
    -------
    RatePosterior

    Raises
    ------
    InputError
        As `incidence`, and for a prior outside its range, or one that the data leave improper (no
        event and shape 0, or no exposure and rate 0).

    Notes
    -----
    The gamma prior is conjugate: Gamma(a, b) becomes Gamma(a + events, b + exposure); a future
    count is negative binomial.

    Examples
    --------
    No second malignancy in 30 patient-years; is the rate above 1 in 20 years?

    >>> from immunoreset import survival
    >>> r = survival.rate_posterior(0, 30)
    >>> print(r)
    0 events in 30, prior Gamma(0.5, 0): posterior mean 0.0167, 95% equal-tailed interval \
1.64e-05 to 0.0837
    >>> round(r.prob_above(1 / 20), 4)
    0.0833
    >>> r.predictive(30, 2).round(3)
    array([0.707, 0.177, 0.066])
    """
    if data is not None:
        events, exposure = columns(data, events=events, exposure=exposure)
    shape, rate, mean, median = _core.rate_posterior(events, exposure, prior[0], prior[1])
    kept = (_exposure_of(prior[0]), _exposure_of(prior[1]))
    return RatePosterior(counts_of(events), _exposure_of(exposure), shape, rate, mean, median, kept)
