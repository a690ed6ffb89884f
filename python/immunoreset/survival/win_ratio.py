"""Two groups by a hierarchy of outcomes. Formulas: docs/methods/survival/win_ratio.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._random import random_key, replicate_count
from immunoreset._result import Result, number, percent_of, pvalue_words
from immunoreset.errors import InputError

Better = Literal["larger", "smaller"]
Method = Literal["auto", "exact", "monte-carlo", "asymptotic"]

NO_KEY = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)  # arrays do not compare to one truth value
class WinOutcome:
    """One outcome of a hierarchy, made by `win_outcome`.

    Attributes
    ----------
    name : str
    kind : str
        "time", "count" or "score".
    value
        The times, counts or scores, or the name of their column.
    second
        The events of times, the follow-up of counts (or None), or the name of their column.
    better : str
        "larger" or "smaller".
    threshold : float
        Of a score.
    """

    name: str
    kind: str
    value: Any
    second: Any
    better: str
    threshold: float


def win_outcome(
    name: str | None = None,
    *,
    time: ArrayLike | str | None = None,
    event: ArrayLike | str | None = None,
    count: ArrayLike | str | None = None,
    follow_up: ArrayLike | str | None = None,
    score: ArrayLike | str | None = None,
    better: Better | None = None,
    threshold: float = 0.0,
) -> WinOutcome:
    """Describe one outcome of a hierarchy: a time, a count of events, or a score.

    Parameters
    ----------
    name : str, optional
        What the outcome is called; by default the name of its column, or its kind.
    time, event : array_like, or str
        A time that may be censored, with 1 for an event and 0 for a censoring; or the names of
        their columns. A pair is decided if it is known whose event came first while both were
        followed.
    count, follow_up : array_like, or str
        How many events (relapses, infections) a patient had. With `follow_up`, the time in which
        they were counted, a pair is decided only where the order is certain over the time that
        both were followed; without it all must have been followed equally long.
    score : array_like of float, or str
        A number, such as the change of a disease activity score.
    better : {"larger", "smaller"}, optional
        By default longer times, smaller counts and larger scores are better. A time to response is
        better when smaller.
    threshold : float, default 0
        Of a score: a smaller difference decides nothing. 0: any difference decides.

    Returns
    -------
    WinOutcome
        For `win_ratio`.

    Raises
    ------
    InputError
        For none or several of `time`, `count` and `score`; for a time without `event`; for what
        does not belong to the kind.

    Examples
    --------
    >>> from immunoreset import survival
    >>> survival.win_outcome(time="death_day", event="died").better
    'larger'
    >>> survival.win_outcome("relapses", count=[0, 2, 1]).better
    'smaller'
    """
    given = {"time": time, "count": count, "score": score}
    kinds = [kind for kind, value in given.items() if value is not None]
    if len(kinds) != 1:
        raise InputError(f"an outcome is one of time, count and score; {kinds or 'none'} given")
    kind = kinds[0]
    if (kind == "time") != (event is not None):
        raise InputError(
            "event is missing; give 1 for each time of an event and 0 for each censored one"
            if kind == "time"
            else f"event belongs to a time; this outcome is a {kind}"
        )
    if follow_up is not None and kind != "count":
        raise InputError(f"follow_up belongs to a count; this outcome is a {kind}")
    if threshold != 0 and kind != "score":
        raise InputError(f"threshold belongs to a score; this outcome is a {kind}")
    if better not in (None, "larger", "smaller"):
        raise InputError(f"better is {better!r}; choose 'larger' or 'smaller'")
    value = given[kind]
    if name is None:
        name = value if isinstance(value, str) else kind
    if better is None:
        better = "smaller" if kind == "count" else "larger"
    second = event if kind == "time" else follow_up
    return WinOutcome(name, kind, value, second, better, float(threshold))


@dataclass(frozen=True, slots=True)
class WinMeasure(Result):
    """The win ratio, the net benefit or the win odds, with limits.

    Attributes
    ----------
    measure : str
        "win ratio", "net benefit" or "win odds".
    estimate, low, high : float
        inf where there are wins and no losses; its lower limit is finite.
    std_error : float
        Of the logarithm, or of the inverse hyperbolic tangent of a net benefit; inf where there is
        none, as without losses.
    pvalue : float
        Two-sided, that goes with the limits.
    level : float
    """

    measure: str
    estimate: float
    low: float
    high: float
    std_error: float
    pvalue: float
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("measure", "estimate", "low", "high", "std_error", "pvalue")
        return self._broadcast("estimate", names)

    def __str__(self) -> str:
        return (
            f"{self.measure} {number(self.estimate)} ({percent_of(self.level)} "
            f"{number(self.low)} to {number(self.high)})"
        )


@dataclass(frozen=True, slots=True)
class WinRatio(Result):
    """A comparison of two groups by a hierarchy, one row of its table for each outcome.

    Attributes
    ----------
    outcomes : tuple of str
        From the first to the last of the hierarchy.
    wins, losses : ndarray of int
        Pairs of a patient of each group that the outcome decided, for `group` and against it.
    ties : ndarray of int
        Pairs that no outcome up to this one decided.
    win_ratio : WinMeasure
        Wins over losses.
    net_benefit : WinMeasure
        The chance to win a pair less the chance to lose it.
    win_odds : WinMeasure
        Wins over losses, ties counting half for each.
    pvalue : float
        Two-sided, of the permutation test that the groups do not differ.
    group, reference
        The label of the group whose wins are counted, and of the other one.
    n, n_reference : int
        Patients of each.
    pairs : int
        Compared: those within strata.
    method : str
        Of the test: "exact", "monte-carlo" or "asymptotic".
    replicates : int or None
        Deals of "monte-carlo".
    strata : tuple
        Their labels; empty without.
    level : float
        Of the limits.
    """

    outcomes: tuple[str, ...]
    wins: NDArray[np.int64]
    losses: NDArray[np.int64]
    ties: NDArray[np.int64]
    win_ratio: WinMeasure
    net_benefit: WinMeasure
    win_odds: WinMeasure
    pvalue: float
    group: Any
    reference: Any
    n: int
    n_reference: int
    pairs: int
    method: str
    replicates: int | None
    strata: tuple[Any, ...]
    level: float

    def _table(self) -> dict[str, Any]:
        return {
            "outcome": np.array(self.outcomes),
            "wins": self.wins,
            "losses": self.losses,
            "ties": self.ties,
        }

    def __str__(self) -> str:
        return (
            f"{self.group} ({self.n}) against {self.reference} ({self.n_reference}): "
            f"{int(self.wins.sum())} wins, {int(self.losses.sum())} losses, {int(self.ties[-1])} "
            f"ties; {self.win_ratio}, {self.method} {pvalue_words(self.pvalue)}"
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw wins, losses and ties by outcome as shares of all pairs; return the axes."""
        from immunoreset.plots.win_ratio import win_ratio_bars

        return win_ratio_bars(self, ax=ax)


def win_ratio(
    outcomes: Sequence[WinOutcome] | WinOutcome,
    group: ArrayLike | str,
    *,
    reference: Any = None,
    strata: ArrayLike | str | None = None,
    method: Method = "auto",
    replicates: int = 99_999,
    rng: Any = None,
    level: float = 0.95,
    progress: Callable[[int, int], Any] | None = None,
    data: Any = None,
) -> WinRatio:
    """Compare two groups by a hierarchy of outcomes: win ratio, net benefit and win odds.

    Each patient of one group is compared with each of the other by the first outcome; pairs that
    it does not decide are compared by the next one, and so on.

    Parameters
    ----------
    outcomes : sequence of WinOutcome
        The hierarchy, the most important outcome first; see `win_outcome`.
    group : array_like, or str
        A label a patient, two in all.
    reference : label, optional
        The group compared against; by default the first in sorted order. Wins are those of the
        other group.
    strata : array_like, or str, optional
        Only pairs within a stratum count, and labels are permuted within strata. Wins and losses
        of a stratum are weighted by 1 over its number of patients.
    method : {"auto", "exact", "monte-carlo", "asymptotic"}, default "auto"
        Of the permutation test. "exact": over all deals of the labels, up to 95 patients a group at
        least (strata may lessen it). "auto": exact up to 64 a group at least; beyond, "monte-carlo"
        if there is an `rng`, or else "asymptotic", the normal distribution with the variance under
        permutation.
    replicates : int, default 99,999
        Random deals of "monte-carlo".
    rng : int, SeedSequence or Generator, optional
        Needed by "monte-carlo"; the same seed gives the same digits.
    level : float, default 0.95
        Of the limits.
    progress : callable, optional
        Called with deals done and in all, of "monte-carlo".
    data : frame or mapping of arrays, optional
        Where the arguments, those of the outcomes too, are column names.

    Returns
    -------
    WinRatio
        Limits of the win ratio are taken on the log scale, those of the net benefit and the win
        odds on that of the inverse hyperbolic tangent. Without losses the win ratio is inf, with
        a finite lower limit.

    Raises
    ------
    InputError
        For groups other than two, for a value that is missing, negative times and counts, columns
        of different lengths; it names outcome, row and value.

    Notes
    -----
    Pocock and others 2012 (win ratio); Buyse 2010 (net benefit); Dong and others 2020 (win odds);
    Bebu and Lachin 2016 (variance); Finkelstein and Schoenfeld 1999 (permutation test); Dong and
    others 2018 (strata).

    Examples
    --------
    Death first, then relapse, then the change of a score, of which 4 points matter:

    >>> from immunoreset import survival
    >>> trial = {
    ...     "arm": ["CAR T", "CAR T", "CAR T", "CAR T", "usual", "usual", "usual", "usual"],
    ...     "death": [360, 360, 300, 360, 360, 90, 360, 360],
    ...     "died": [0, 0, 0, 0, 0, 1, 0, 0],
    ...     "relapse": [360, 360, 300, 200, 60, 30, 120, 360],
    ...     "relapsed": [0, 0, 0, 1, 1, 1, 1, 0],
    ...     "change": [-12, -9, -8, -2, -1, 0, -3, -6],
    ... }
    >>> hierarchy = [
    ...     survival.win_outcome(time="death", event="died"),
    ...     survival.win_outcome(time="relapse", event="relapsed"),
    ...     survival.win_outcome(score="change", better="smaller", threshold=4),
    ... ]
    >>> result = survival.win_ratio(hierarchy, "arm", reference="usual", data=trial)
    >>> print(result.win_ratio)
    win ratio 13 (95% 0.5608 to 301.3)
    >>> print(result.net_benefit)
    net benefit 0.75 (95% -0.2324 to 0.9749)
    >>> result.wins.tolist(), result.losses.tolist(), result.ties.tolist()
    ([4, 8, 1], [0, 1, 0], [12, 3, 2])
    >>> f"{result.method} p = {result.pvalue:.4f}"
    'exact p = 0.0857'
    """
    hierarchy = [outcomes] if isinstance(outcomes, WinOutcome) else list(outcomes)
    for k, outcome in enumerate(hierarchy):
        if not isinstance(outcome, WinOutcome):
            raise InputError(f"outcomes[{k}] is {outcome!r}; make it by survival.win_outcome")
    values = [part for outcome in hierarchy for part in (outcome.value, outcome.second)]
    if data is not None:
        named = {
            f"outcomes[{k // 2}].{_argument(hierarchy[k // 2], k % 2)}": value
            for k, value in enumerate(values)
        }
        group, strata, *values = columns(data, group=group, strata=strata, **named)
    names, codes = labels(group)
    if len(names) != 2:
        raise InputError(f"group has {len(names)} labels, {names[:5]}; give two groups")
    if reference is not None and reference not in names:
        raise InputError(f"reference is {reference!r}; use one of the labels {names}")
    if reference is not None and reference == names[1]:
        names, codes = names[::-1], 1 - codes
    of_strata: tuple[Any, ...] = ()
    places = None
    if strata is not None:
        listed, places = labels(strata, "strata")
        of_strata = tuple(listed)
    count, key = 0, NO_KEY
    if method == "monte-carlo" or (method == "auto" and rng is not None):
        count, key = replicate_count(replicates), random_key(rng)
    specified = [
        (
            outcome.kind, values[2 * k], values[2 * k + 1], outcome.better == "smaller",
            outcome.threshold,
        )
        for k, outcome in enumerate(hierarchy)
    ]  # fmt: skip
    (
        n, n_reference, pairs, wins, losses, ties, ratio, benefit, odds, pvalue, used,
    ) = _core.win_ratio(
        specified, codes, places, max(1, len(of_strata)), method, level, key, count, progress
    )  # fmt: skip
    return _core.frozen(
        WinRatio,
        (
            tuple(outcome.name for outcome in hierarchy), wins, losses, ties,
            _core.frozen(WinMeasure, ("win ratio", *ratio, level)),
            _core.frozen(WinMeasure, ("net benefit", *benefit, level)),
            _core.frozen(WinMeasure, ("win odds", *odds, level)),
            pvalue, names[1], names[0], n, n_reference, pairs, used,
            count if used == "monte-carlo" else None, of_strata, level,
        ),
    )  # fmt: skip


def _argument(outcome: WinOutcome, second: int) -> str:
    return ("event" if outcome.kind == "time" else "follow_up") if second else outcome.kind
