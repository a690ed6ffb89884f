"""Pseudo-observations. Formulas: docs/methods/survival/pseudo_observations.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, number
from immunoreset.errors import InputError
from immunoreset.survival.competing_risks import numbered_causes
from immunoreset.survival.fine_gray import code_of

Of = Literal["survival", "rmst", "incidence"]


@dataclass(frozen=True, slots=True)
class PseudoObservations(Result):
    """What each patient adds to an estimate: the outcome of a regression without censoring.

    Attributes
    ----------
    at : float or ndarray
        The times, or horizons, asked for.
    value : ndarray
        One a patient, in the order of the rows; with several times one column each.
    estimate : float or ndarray
        That of all patients, which the mean of `value` comes close to (it is equal to it without
        censoring).
    of : {"survival", "rmst", "incidence"}
        What is estimated.
    cause
        The label of the cause of interest; None but for "incidence".
    timefix : bool
        Whether times that differ by rounding alone were merged.
    """

    at: Any
    value: np.ndarray
    estimate: Any
    of: str
    cause: Any
    timefix: bool

    def _table(self) -> dict[str, Any]:
        if self.value.ndim == 1:
            return {"value": self.value}
        return {f"at_{t:g}": self.value[:, k] for k, t in enumerate(self.at)}

    def __str__(self) -> str:
        of = self.of if self.cause is None else f"the incidence of {self.cause}"
        if self.value.ndim > 1:
            return f"{len(self.value)} pseudo-observations of {of} at {len(self.at)} times"
        return (
            f"{len(self.value)} pseudo-observations of {of} at {number(self.at)}, "
            f"which is {number(self.estimate)}"
        )


def pseudo_observations(
    time: ArrayLike | str,
    event: ArrayLike | str,
    *,
    at: ArrayLike,
    of: Of = "survival",
    cause_of_interest: Any = 1,
    censored: int | str = 0,
    timefix: bool = True,
    data: Any = None,
) -> PseudoObservations:
    """Leave each patient out in turn: ``n`` estimates less ``n - 1`` of those without the patient.

    Parameters
    ----------
    time, event : array_like, or str
        As in `kaplan_meier`; for the incidence `event` holds causes, as in `competing_risks`.
    at : float or array_like of float
        The times at which survival or incidence is estimated, or the horizons of the restricted
        mean.
    of : {"survival", "rmst", "incidence"}, default "survival"
        Survival at `at`, the restricted mean up to `at`, or the cumulative incidence of a cause.
    cause_of_interest : default 1
        The label of that cause; all others compete with it.
    censored : int or str, default 0
        The code of a censored patient among causes. Where these are text it must be given.
    timefix : bool, default True
        Times that differ by rounding alone are one time; they are merged before anybody is left
        out.
    data : frame or mapping of arrays, optional
        Where `time` and `event` are column names.

    Returns
    -------
    PseudoObservations

    Raises
    ------
    InputError
        For a time in `at` beyond the last follow-up, unless survival has come to 0; for a cause of
        interest that nobody had; for what `kaplan_meier` refuses.

    Notes
    -----
    Andersen, Klein and Rosthoj 2003; Andersen, Hansen and Klein 2004 (restricted mean); Klein and
    Andersen 2005 (incidence). They are
    exact, not the infinitesimal jackknife; the work is linear in patients for each time.

    Examples
    --------
    >>> from immunoreset import survival
    >>> p = survival.pseudo_observations([2, 4, 6, 8], [1, 0, 1, 1], at=5)
    >>> p.value.round(6).tolist()
    [0.0, 1.0, 1.0, 1.0]
    >>> print(p)
    4 pseudo-observations of survival at 5, which is 0.75
    """
    if data is not None:
        time, event = columns(data, time=time, event=event)
    asked = np.array(at, float)
    cause, interest, code_censored = None, 1, 0
    if of == "incidence":
        cause = cause_of_interest
        event, _, code_censored, words = numbered_causes(event, None, censored)
        interest = code_of(cause, words)
        if not np.any(np.asarray(event) == interest):
            raise InputError(
                f"cause_of_interest is {cause!r}; nobody has it: choose a cause that is there"
            )
    estimate, value = _core.pseudo_observations(
        time, event, of, np.atleast_1d(asked), timefix, interest, code_censored
    )
    if asked.ndim == 0:
        return PseudoObservations(float(asked), value[:, 0], float(estimate[0]), of, cause, timefix)
    asked.setflags(write=False)
    return PseudoObservations(asked, value, estimate, of, cause, timefix)
