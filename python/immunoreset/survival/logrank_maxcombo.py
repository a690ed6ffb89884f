"""The largest of several log-rank tests. Formulas: docs/methods/survival/logrank_maxcombo.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._random import replicate_count
from immunoreset._result import Result, number, pvalue_words
from immunoreset.errors import InputError
from immunoreset.response.proportion import Alternative
from immunoreset.survival.logrank import data_rows, permuted

DEFAULT = ((0, 0), (0, 1), (1, 0), (1, 1))


@dataclass(frozen=True, slots=True)
class MaxCombo(Result):
    """The largest of several Fleming-Harrington tests of two groups.

    Attributes
    ----------
    groups : tuple
        The two labels, sorted.
    n, events : ndarray of int
        Patients and events of each group.
    combinations : tuple of (rho, gamma)
    z : ndarray
        One a combination: positive where the second group has more events than expected. NaN where
        the weights leave nothing to compare; it then takes no part.
    correlation : ndarray
        Of the z.
    statistic : float
        The z furthest in the direction of `alternative`; 0 where there is none.
    chosen : tuple or None
        The combination it belongs to.
    pvalue : float
        That the largest is as far out, from the joint normal distribution or by permutation.
    merged : int
        Distinct times merged into an earlier one (`timefix`).
    strata : int
    method, replicates, alternative, timefix
        How it was made.
    """

    groups: tuple[Any, ...]
    n: NDArray[np.int64]
    events: NDArray[np.int64]
    combinations: tuple[tuple[float, float], ...]
    z: NDArray[np.float64]
    correlation: NDArray[np.float64]
    statistic: float
    chosen: tuple[float, float] | None
    pvalue: float
    merged: int
    strata: int
    method: str
    replicates: int | None
    alternative: str
    timefix: bool

    def _table(self) -> dict[str, Any]:
        rho, gamma = zip(*self.combinations, strict=True)
        return {"rho": np.array(rho), "gamma": np.array(gamma), "z": self.z}

    def __str__(self) -> str:
        how = "" if self.method == "asymptotic" else f"{self.method} "
        which = "nothing to compare"
        if self.chosen is not None:
            which = f"z {number(self.statistic)} at rho {self.chosen[0]:g}, gamma "
            which += f"{self.chosen[1]:g}"
        return (
            f"largest of {len(self.combinations)} log-rank tests: {which}, "
            f"{how}{pvalue_words(self.pvalue)}"
        )


def maxcombo(
    time: ArrayLike | str,
    event: ArrayLike | str,
    group: ArrayLike | str,
    *,
    combinations: Sequence[tuple[float, float]] = DEFAULT,
    strata: ArrayLike | str | None = None,
    entry: ArrayLike | str | None = None,
    case_weights: ArrayLike | str | None = None,
    method: Literal["asymptotic", "monte-carlo"] = "asymptotic",
    replicates: int = 9999,
    rng: Any = None,
    alternative: Alternative = "two-sided",
    timefix: bool = True,
    executor: Any = None,
    progress: Callable[[int, int], Any] | None = None,
    data: Any = None,
) -> MaxCombo:
    """Test two groups by the most telling of several weight functions.

    Parameters
    ----------
    time, event, group, strata, entry, case_weights : array_like, or str
        As in `logrank`; two groups.
    combinations : sequence of (rho, gamma), default ((0, 0), (0, 1), (1, 0), (1, 1))
        One to four pairs of exponents of the Fleming-Harrington weights.
    method : {"asymptotic", "monte-carlo"}, default "asymptotic"
        The joint normal distribution (by quadrature, without random numbers), or random
        permutations of the labels within strata.
    replicates, rng, executor, progress
        As in `logrank`, for "monte-carlo".
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": the hazard of the second group is the greater one.
    timefix : bool, default True
        Times that differ by rounding alone are one time.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    MaxCombo

    Raises
    ------
    InputError
        As `logrank`, and for more than two groups or other than one to four combinations.

    Notes
    -----
    Tarone 1981, Lee 2007, Karrison 2016. Of use where curves may part late, or cross.

    Examples
    --------
    Two curves that part after half a year:

    >>> from immunoreset import survival
    >>> months = [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 1, 3, 4, 6, 14, 16, 18, 20, 22, 24]
    >>> relapse = [1] * 10 + [1, 1, 1, 1, 1, 0, 0, 1, 0, 0]
    >>> arm = ["control"] * 10 + ["treated"] * 10
    >>> print(survival.maxcombo(months, relapse, arm))
    largest of 4 log-rank tests: z -3.275 at rho 0, gamma 1, p = 0.0024
    """
    if method not in ("asymptotic", "monte-carlo"):
        raise InputError(f"method is {method!r}; choose one of ['asymptotic', 'monte-carlo']")
    if data is not None:
        time, event, group, strata, entry, case_weights = columns(
            data, time=time, event=event, group=group, strata=strata, entry=entry,
            case_weights=case_weights,
        )  # fmt: skip
    pairs = _pairs(combinations)
    kinds = tuple(("fleming-harrington", rho, gamma) for rho, gamma in pairs)
    names, rows = data_rows(time, event, group, strata, entry, case_weights)
    n, events, z, correlation, statistic, chosen, pvalue, merged = _core.logrank_maxcombo(
        rows, kinds, alternative, timefix
    )
    count = None
    if method == "monte-carlo":
        count = replicate_count(replicates)
        options = (kinds, None, alternative, timefix)
        pvalue, _ = permuted(rows, options, count, rng, executor, progress)
    return MaxCombo(
        tuple(names), n, events, pairs, z, correlation, statistic,
        None if chosen < 0 else pairs[chosen], pvalue, merged, rows[7], method, count, alternative,
        timefix,
    )  # fmt: skip


def _pairs(combinations: Any) -> tuple[tuple[float, float], ...]:
    try:
        pairs = tuple((float(rho), float(gamma)) for rho, gamma in combinations)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"combinations is {combinations!r}; give pairs of exponents such as (0, 1)"
        ) from error
    for pair in pairs:
        if not all(map(math.isfinite, pair)):
            raise InputError(f"combinations has {pair}; give finite exponents")
    return pairs
