"""The parametric form of `recovery.reconstitution`: docs/methods/recovery/reconstitution.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._result import Result, number
from immunoreset.errors import InputError
from immunoreset.recovery.aplasia_parametric import BOUNDS
from immunoreset.recovery.reconstitution_answers import ReconstitutionAt, ReconstitutionQuantile
from immunoreset.recovery.reconstitution_inputs import Inputs

Column = NDArray[np.float64]

CONVENTION = (
    "return in (left, right], log time = mu + sigma W with sigma from 0.05 to 4; competing events "
    "at one rate, the same before return and from return to the visit that shows it"
)


@dataclass(frozen=True, slots=True)
class ReconstitutionParametric(Result):
    """The cumulative incidence of B cell return, by a parametric model.

    The time to return has a distribution, competing events come at a constant rate, and what comes
    first is counted.

    Attributes
    ----------
    mu, sigma : float
        The logarithm of the time to return is mu + sigma W, were there no competing events; W has
        the smallest-value (Weibull), normal or logistic distribution. `mu` is infinite where nobody
        has returned, minus infinity where nobody was seen without B cells; `sigma` is then NaN.
    rate : float
        Competing events a day.
    plateau : float
        The share of patients who ever return before a competing event. ``at(inf)`` gives its
        limits.
    at_bound : str
        "least" or "most" where sigma is at the end of its range, else empty.
    distribution : str
        The distribution of the time to return.
    n, n_returned, n_competing, n_unseen : int
        Patients; those who returned, or had a competing event, first; competing events before which
        B cells may have returned unseen.
    loglik : float
        The log-likelihood.
    score : float
        Its certificate: the largest derivative in the unknowns of the time to return, over n. The
        rate has a closed form.
    unseen, convention : str
        What a competing event after the last visit without B cells says; what a row means.
    timefix : bool
        Whether times that differ by rounding alone were merged.
    """

    mu: float
    sigma: float
    rate: float
    plateau: float
    at_bound: str
    distribution: str
    n: int
    n_returned: int
    n_competing: int
    n_unseen: int
    loglik: float
    score: float
    unseen: str
    convention: str
    timefix: bool
    _rows: tuple[Column, Column, Column | None] = field(repr=False, compare=False)

    def at(self, times: ArrayLike, *, level: float = 0.95) -> ReconstitutionAt:
        """Return the probability of return up to each time, with likelihood-ratio limits.

        Parameters
        ----------
        times : float or array_like of float
            Days, 0 or more; infinity for return at any time, which the model adds to the data.
        level : float, default 0.95
            The confidence level of each time for itself.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> inf = float("inf")
        >>> rc = recovery.reconstitution(
        ...     [84, 56, 112], [112, 84, inf], competing=[inf, inf, 130], method="parametric"
        ... )
        >>> print(rc.at(112))
        returned by 112: 52.6% (95% 11.7% to 90.4%)
        """
        when = np.array(times, np.float64, ndmin=1)
        found = np.array(_answers(self, level, when.tolist(), [])[-2], np.float64).reshape(-1, 4)
        estimate, low, high, competing = (np.ascontiguousarray(column) for column in found.T)
        return ReconstitutionAt(when, estimate, estimate, estimate, low, high, competing, level)

    def quantile(self, p: float, *, level: float = 0.95) -> ReconstitutionQuantile:
        """Return when a share `p` of all patients has returned, with likelihood-ratio limits.

        Parameters
        ----------
        p : float
            A share of all patients, strictly between 0 and 1.
        level : float, default 0.95
            The confidence level.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> rc = recovery.reconstitution([84, 56, 112], [112, 84, 140], method="parametric")
        >>> print(rc.quantile(0.5))
        50% on day 99.3814 (95% 62.3258 to 135.489)
        """
        day, low, high, _ = _answers(self, level, [], [float(p)])[-1][0]
        return ReconstitutionQuantile(float(p), day, day, low, high, level)

    def plot(self, ax: Any = None, *, level: float | None = 0.95) -> Any:
        """Draw return from below with its limits, competing events from above.

        `level` None leaves the limits out.
        """
        from immunoreset.plots.reconstitution import reconstitution as draw

        return draw({"": self}, ax=ax, level=level)

    def _table(self) -> dict[str, Any]:
        names = ("mu", "sigma", "rate", "plateau")
        return {"quantity": list(names), "estimate": [getattr(self, name) for name in names]}

    def __str__(self) -> str:
        patients = "1 patient" if self.n == 1 else f"{self.n} patients"
        return (
            f"{patients}, {self.n_returned} with B cell return, {self.n_competing} competing: "
            f"{self.distribution}, {number(100 * self.plateau, 3)}% ever return"
        )


def _answers(
    fit: ReconstitutionParametric, level: float, times: list[float], shares: list[float]
) -> tuple[Any, ...]:
    return _core.reconstitution_parametric(
        *fit._rows, None, 1, fit.distribution, fit.unseen, fit.timefix, level, times, shares
    )[0]


def parametric(
    rows: Inputs, distribution: str, unseen: str, timefix: bool
) -> dict[Any, ReconstitutionParametric]:
    """Return a fit for each group, or one for None."""
    if rows.cause_codes is not None:
        raise InputError(
            "cause is for method='npmle'; leave it out: competing events have one rate here"
        )
    groups = [None] if rows.groups is None else rows.groups
    answers = _core.reconstitution_parametric(
        rows.left, rows.right, rows.competing, rows.group_codes, len(groups),
        distribution, unseen, timefix, 0.95, [], [],
    )  # fmt: skip
    first, last = (np.array(column, np.float64) for column in (rows.left, rows.right))
    competing = None if rows.competing is None else np.array(rows.competing, np.float64)
    fits = {}
    for code, (name, answer) in enumerate(zip(groups, answers, strict=True)):
        n, n_returned, n_competing, n_unseen, mu, sigma, rate, plateau, loglik, *rest = answer
        own = slice(None) if rows.group_codes is None else rows.group_codes == code
        fits[name] = ReconstitutionParametric(
            mu=mu, sigma=sigma, rate=rate, plateau=plateau, at_bound=BOUNDS[rest[1]],
            distribution=distribution, n=n, n_returned=n_returned, n_competing=n_competing,
            n_unseen=n_unseen, loglik=loglik, score=rest[0], unseen=unseen, convention=CONVENTION,
            timefix=timefix,
            _rows=(first[own], last[own], None if competing is None else competing[own]),
        )  # fmt: skip
    return fits
