"""Two groups compared in one state. Formulas: docs/methods/survival/multistate.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._random import random_key, replicate_count
from immunoreset._result import Result, number, percent_of, pvalue_words
from immunoreset.errors import InputError
from immunoreset.survival.multistate import Interval, Variance, read_rows

Method = Literal["auto", "exact", "monte-carlo"]


@dataclass(frozen=True, slots=True)
class OccupationDifference(Result):
    """The difference of two groups in one state.

    Attributes
    ----------
    state
        Its label.
    measure : str
        "probability" of being in it at `time`, or "expected time" in it up to `time`.
    time : float
    groups : tuple
        The two labels; estimates are of the second less the first.
    n : tuple of int
        Patients of each.
    of_groups, std_errors, lows, highs : tuple of float
        Estimates of each, with their errors and limits.
    estimate, std_error, low, high : float
        Of the difference; limits are those that the limits of the two imply.
    pvalue : float
        By permutation of patients, two-sided.
    method : str
        "exact" or "monte-carlo".
    variance, interval, level, merged
        How it was made.
    """

    state: Any
    measure: str
    time: float
    groups: tuple[Any, Any]
    n: tuple[int, int]
    of_groups: tuple[float, float]
    std_errors: tuple[float, float]
    lows: tuple[float, float]
    highs: tuple[float, float]
    estimate: float
    std_error: float
    low: float
    high: float
    pvalue: float
    method: str
    variance: str
    interval: str
    level: float
    merged: int

    def _table(self) -> dict[str, Any]:
        return {
            "group": list(self.groups), "n": list(self.n), "estimate": list(self.of_groups),
            "std_error": list(self.std_errors), "low": list(self.lows), "high": list(self.highs),
        }  # fmt: skip

    def __str__(self) -> str:
        when = ("at" if self.measure == "probability" else "before") + f" {number(self.time)}"
        first, second = self.groups
        return (
            f"{self.state} {when}: {self.measure} {number(self.of_groups[1])} in {second}, "
            f"{number(self.of_groups[0])} in {first}, difference {number(self.estimate)} "
            f"({percent_of(self.level)} {number(self.low)} to {number(self.high)}), {self.method} "
            f"{pvalue_words(self.pvalue)}"
        )


def occupation_difference(
    patient: ArrayLike | str,
    time: ArrayLike | str,
    event: ArrayLike | str,
    group: ArrayLike | str,
    *,
    state: Any,
    at: float | None = None,
    tau: float | None = None,
    entry: ArrayLike | str | None = None,
    initial: Any = None,
    states: Sequence[Any] | None = None,
    transitions: Sequence[tuple[Any, Any]] | None = None,
    absorbing: Sequence[Any] | None = None,
    censored: int | str = 0,
    method: Method = "auto",
    replicates: int = 9_999,
    rng: Any = None,
    progress: Callable[[int, int], Any] | None = None,
    variance: Variance = "jackknife",
    interval: Interval = "log-log",
    level: float = 0.95,
    timefix: bool = True,
    data: Any = None,
) -> OccupationDifference:
    """Compare two groups in the probability of being in a state, or the expected time in it.

    Parameters
    ----------
    patient, time, event, entry, initial, states, transitions, absorbing, censored, timefix, data
        As in `multistate`.
    group : array_like, or str
        Two labels; a patient belongs to one group.
    state
        The state in question, one of the states.
    at : float, optional
        Compare the probability of being in it at this time; or else
    tau : float, optional
        the expected time in it up to this one.
    method : {"auto", "exact", "monte-carlo"}, default "auto"
        "exact": all ways to deal the patients to groups of these sizes. "monte-carlo": random ones.
        "auto": exact up to 200,000 ways (20 patients in all), random otherwise.
    replicates : int, default 9,999
        Random permutations; ``pvalue = (b + 1) / (replicates + 1)``, where `b` are as extreme.
    rng : int, SeedSequence or Generator, optional
        Required by random permutations; the same one gives the same digits.
    progress : callable, optional
        Called as ``progress(done, replicates)`` now and then by "monte-carlo".
    variance, interval, level
        Of the limits, as in `multistate`.

    Returns
    -------
    OccupationDifference

    Raises
    ------
    InputError
        As `multistate`; for other than two groups, a time up to which one of them is not followed,
        both or neither of `at` and `tau`, too many patients for "exact", no `rng` where one is
        needed.

    Notes
    -----
    Zou and Donner 2008 (limits). A permutation test takes patients to be exchangeable: also the
    times at which follow-up begins and ends are distributed alike.

    Examples
    --------
    Days of response (1) and loss of it (2), three patients a dose:

    >>> from immunoreset import survival
    >>> patient = [1, 1, 2, 3, 4, 4, 5, 5, 6, 6]
    >>> day = [60, 90, 180, 180, 20, 180, 30, 180, 25, 180]
    >>> event = [1, 2, 0, 0, 1, 0, 1, 0, 1, 0]
    >>> dose = ["low"] * 4 + ["high"] * 6
    >>> found = survival.occupation_difference(patient, day, event, dose, state=1, tau=180)
    >>> print(f"{found.estimate:.4g} days ({found.low:.4g} to {found.high:.4g})")
    -145 days (-159.2 to -108.4)
    >>> print(found.method, found.pvalue)
    exact 0.1
    """
    if (at is None) == (tau is None):
        raise InputError(f"at is {at} and tau is {tau}; give one of the two")
    if at is not None and math.isnan(at):
        raise InputError(f"at is {at}; give a time")
    rows, names, model = read_rows(
        patient, time, event, entry, initial, group, states, transitions, absorbing, censored, data
    )
    if names is None:
        raise InputError("group is None; give the label of each row's group")
    if state not in model.states:
        raise InputError(f"state is {state!r}; choose one of {list(model.states)}")
    count, key = 0, (0, 0)
    if method == "monte-carlo" or rng is not None:
        count, key = replicate_count(replicates), random_key(rng)
    given: Any = (
        *rows, variance, interval, level, timefix, model.states.index(state),
        math.nan if at is None else at, math.nan if tau is None else tau, method, key, count,
        progress,
    )  # fmt: skip
    estimate, std_error, low, high, of_groups, errors, lows, highs, n, pvalue, used, merged = (
        _core.multistate_difference(*given)
    )
    measure, when = ("probability", at) if tau is None else ("expected time", tau)
    return OccupationDifference(
        state, measure, float(when or 0), (names[0], names[1]), n, of_groups, errors, lows, highs,
        estimate, std_error, low, high, pvalue, used, variance, interval, level, merged,
    )  # fmt: skip
