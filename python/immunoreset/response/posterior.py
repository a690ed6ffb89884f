"""Bayesian response rates under beta priors. Formulas: docs/methods/response/posterior.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, counts_of, number

IntervalKind = Literal["equal-tailed", "highest-density"]


class CredibleInterval(NamedTuple):
    """Limits of a credible interval: floats, or arrays of the shape of the posterior."""

    low: Any
    high: Any


@dataclass(frozen=True, slots=True)
class Posterior(Result):
    """Beta posteriors of response rates.

    Attributes
    ----------
    events, n : int or ndarray
        Responders and patients.
    alpha, beta : float or ndarray
        The posterior is Beta(alpha, beta).
    mean, median : float or ndarray
        Of the posterior.
    prior : tuple of float or of ndarray
        The parameters of the beta prior.
    """

    events: Any
    n: Any
    alpha: Any
    beta: Any
    mean: Any
    median: Any
    prior: tuple[Any, Any]

    def _table(self) -> dict[str, Any]:
        table = self._broadcast("mean", ("events", "n", "alpha", "beta", "mean", "median"))
        low, high = self.interval()
        return table | {"low": np.ravel(low), "high": np.ravel(high)}

    def __str__(self) -> str:
        if np.ndim(self.mean):
            return f"{np.size(self.mean)} posterior rates"
        low, high = self.interval()
        return (
            f"{self.events}/{self.n}, prior Beta({number(self.prior[0])}, "
            f"{number(self.prior[1])}): posterior mean {100 * self.mean:.1f}%, 95% equal-tailed "
            f"interval {100 * low:.1f}% to {100 * high:.1f}%"
        )

    def interval(
        self, level: float = 0.95, kind: IntervalKind = "equal-tailed"
    ) -> CredibleInterval:
        """Return the credible interval.

        Parameters
        ----------
        level : float, default 0.95
            The posterior probability inside, strictly between 0 and 1.
        kind : {"equal-tailed", "highest-density"}, default "equal-tailed"
            "highest-density" is the shortest interval. It begins at 0 or ends at 1 where the
            density is highest there, as at 0 of n and n of n under Jeffreys' prior.
        """
        return CredibleInterval(*_core.posterior_interval(self.alpha, self.beta, kind, level))

    def prob_above(self, p0: ArrayLike) -> Any:
        """Return P(rate > p0)."""
        return _core.posterior_above(self.alpha, self.beta, p0)[0]

    def prob_greater(self, other: Posterior, *, margin: float = 0.0) -> Any:
        """Return P(rate > rate of `other` + margin), the two being independent.

        Parameters
        ----------
        other : Posterior
            The group compared with; arrays broadcast.
        margin : float, default 0
            Strictly between -1 and 1; negative for non-inferiority.
        """
        return _core.posterior_greater(self.alpha, self.beta, other.alpha, other.beta, margin)[0]

    def predictive(self, m: int) -> Any:
        """Return the probabilities of 0, 1, ..., m responders among m future patients.

        Parameters
        ----------
        m : int
            Patients still to come. The probabilities are the last axis of the answer.
        """
        return _core.posterior_predictive(self.alpha, self.beta, m)[0]

    def prob_success(self, m: int, p0: float, *, threshold: float) -> Any:
        """Return the predictive probability that the trial will succeed.

        Parameters
        ----------
        m : int
            Patients still to come.
        p0 : float
            The rate to be exceeded.
        threshold : float
            Success is P(rate > p0 given all patients) > threshold, a probability such as 0.95.
        """
        return _core.posterior_success(self.alpha, self.beta, m, p0, threshold)[0]


def posterior(
    events: ArrayLike | str,
    n: ArrayLike | str,
    *,
    prior: tuple[ArrayLike, ArrayLike] = (0.5, 0.5),
    data: Any = None,
) -> Posterior:
    """Compute the posterior of a response rate under a beta prior.

    Parameters
    ----------
    events : int or array_like of int, or str
        Responders; arrays broadcast against `n`.
    n : int or array_like of int, or str
        Patients. 0 returns the prior.
    prior : tuple of float, default (0.5, 0.5)
        Parameters of the beta prior, each from 0.1 to 1e6: (0.5, 0.5) is Jeffreys' prior, (1, 1)
        the uniform one. Arrays give each row its own prior.
    data : frame or mapping of arrays, optional
        Where `events` and `n` are column names.

    Returns
    -------
    Posterior
        Its methods give intervals, P(rate > p0), P(rate > another rate), the predictive
        distribution of future patients and the predictive probability of success.

    Raises
    ------
    InputError
        For a count that is negative, missing or no whole number, for more events than patients,
        for a prior outside its range; it names argument, row and value.

    Notes
    -----
    Lee and Liu 2008 (Clin Trials 5:93) for the predictive probability of success.

    Examples
    --------
    >>> from immunoreset import response
    >>> b = response.posterior(8, 8)
    >>> print(b)
    8/8, prior Beta(0.5, 0.5): posterior mean 94.4%, 95% equal-tailed interval 73.8% to 100.0%
    >>> low, high = b.interval(0.95, "highest-density")
    >>> round(low, 3), high
    (0.792, 1.0)
    >>> round(b.prob_above(0.5), 4)
    0.9993
    >>> round(b.prob_greater(response.posterior(6, 12)), 4)
    0.9958
    >>> round(response.posterior(5, 10).prob_success(15, 0.3, threshold=0.95), 3)
    0.629
    """
    if data is not None:
        events, n = columns(data, events=events, n=n)
    alpha, beta, mean, median = _core.posterior(events, n, prior[0], prior[1])
    kept = (_parameter(prior[0]), _parameter(prior[1]))
    return Posterior(counts_of(events), counts_of(n), alpha, beta, mean, median, kept)


def _parameter(value: Any) -> Any:
    parameter = np.array(value, np.float64)
    parameter.setflags(write=False)
    return parameter if parameter.ndim else float(parameter)
