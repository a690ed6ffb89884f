"""Markov models of states seen at visits. Formulas: docs/methods/survival/panel_markov.md."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import (
    as_array,
    as_matrix,
    columns,
    columns_and_covariates,
    is_missing,
)
from immunoreset._result import Result, counts_of, number, percent_of
from immunoreset.errors import InputError
from immunoreset.survival.kaplan_meier import as_asked, counted
from immunoreset.survival.panel_markov_after import PanelPrevalence, PanelProbability
from immunoreset.survival.recurrent import patient_numbers

PanelLimits = Literal["profile", "wald"]
Transitions = Iterable[tuple[Any, Any]] | Mapping[Any, Any]

NAMED = 4  # transitions that a sentence names


@dataclass(frozen=True, slots=True)
class PanelMarkov(Result):
    """A continuous-time Markov model fitted to states seen at visits.

    Attributes
    ----------
    states : tuple
        The states, in the order of every axis.
    transitions : tuple of pairs
        (from, to), in the order of every array of transitions.
    intensity : ndarray
        Of each transition, a day, where every covariate is at its mean. 0 where the data speak for
        none, infinite where they all move before the next visit, NaN out of a state that nobody
        entered.
    std_error : ndarray
        Of log `intensity`; NaN where that has none.
    low, high : ndarray
        Limits of `intensity`. Those of an intensity of 0 or infinity are by profile in any case.
    sojourn, sojourn_low, sojourn_high : ndarray
        Mean stay in each state in days; infinite in a state that nobody leaves.
    seen : ndarray of int
        How often each state (row) was followed by each state, or set of states, at the next visit.
    covariates : tuple of str
        Their names.
    covariate_mean : ndarray
        Over the visits that another one follows.
    hazard_ratio, hazard_ratio_low, hazard_ratio_high, pvalue : ndarray
        One row a transition, one column a covariate: of one unit. NaN where it has no effect in the
        model. Limits and p-values by profile or by Wald, as `limits` says.
    cov : ndarray
        Covariance of log intensities, then effects; 0 where there is none.
    loglik, aic : float
        Of the data given the first state of each patient; -2 loglik + 2 parameters.
    score_norm : float
        The certificate: the length of the score, each direction in units of its standard error,
        where the information is positive definite.
    iterations : int
        Steps of all climbs.
    patients, n, intervals : int
        Patients, rows, and pairs of rows.
    longest : float
        The longest follow-up of a patient, in days.
    exact, censored : tuple, dict
        As given.
    limits, level
        How the limits were made.
    """

    states: tuple[Any, ...]
    transitions: tuple[tuple[Any, Any], ...]
    intensity: NDArray[np.float64]
    std_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sojourn: NDArray[np.float64]
    sojourn_low: NDArray[np.float64]
    sojourn_high: NDArray[np.float64]
    seen: NDArray[np.int64]
    covariates: tuple[str, ...]
    covariate_mean: NDArray[np.float64]
    hazard_ratio: NDArray[np.float64]
    hazard_ratio_low: NDArray[np.float64]
    hazard_ratio_high: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    cov: NDArray[np.float64]
    loglik: float
    aic: float
    score_norm: float
    iterations: int
    patients: int
    n: int
    intervals: int
    longest: float
    exact: tuple[Any, ...]
    censored: dict[Any, tuple[Any, ...]]
    limits: str
    level: float
    _fitted: tuple[Any, ...]
    _rows: tuple[Any, ...]

    def _table(self) -> dict[str, Any]:
        place = {state: i for i, state in enumerate(self.states)}
        table: dict[str, Any] = {
            "from": [a for a, _ in self.transitions],
            "to": [b for _, b in self.transitions],
            "seen": np.array([self.seen[place[a], place[b]] for a, b in self.transitions]),
        }
        for name in ("intensity", "std_error", "low", "high"):
            table[name] = getattr(self, name)
        for k, name in enumerate(self.covariates):
            table[f"hazard_ratio_{name}"] = self.hazard_ratio[:, k]
            table[f"hazard_ratio_{name}_low"] = self.hazard_ratio_low[:, k]
            table[f"hazard_ratio_{name}_high"] = self.hazard_ratio_high[:, k]
            table[f"pvalue_{name}"] = self.pvalue[:, k]
        return table

    def __str__(self) -> str:
        head = f"{counted(self.patients, 'patient')}, {counted(self.intervals, 'interval')}"
        if len(self.transitions) > NAMED:
            return (
                f"{head}: {len(self.transitions)} intensities between {len(self.states)} states, "
                f"log-likelihood {number(self.loglik, 6)}"
            )
        parts = ", ".join(
            f"{a} to {b} {number(self.intensity[j], 3)} ({number(self.low[j], 3)} to "
            f"{number(self.high[j], 3)})"
            for j, (a, b) in enumerate(self.transitions)
        )
        return f"{head}: intensities {parts}; {percent_of(self.level)} {self.limits} limits"

    def probability(
        self, days: ArrayLike, *, start: Any = None, at: Any = None
    ) -> PanelProbability:
        """Return the probability of each state some days after each state.

        Parameters
        ----------
        days : float or array_like
            From 0 on.
        start : optional
            The state now; by default all of them.
        at : sequence of float or mapping, optional
            Values of the covariates (by name in a mapping); by default their means.
        """
        return self._after(days, start, at, "probability")

    def expected_time(
        self, days: ArrayLike, *, start: Any = None, at: Any = None
    ) -> PanelProbability:
        """Return the expected days in each state within some days after each state.

        Parameters
        ----------
        days, start, at
            As in `probability`.
        """
        return self._after(days, start, at, "expected time")

    def prevalence(self, days: ArrayLike) -> PanelPrevalence:
        """Return how many patients are in each state some days after their first visits.

        Parameters
        ----------
        days : float or array_like
            From 0 on.

        Notes
        -----
        A patient keeps the state of the last visit until the next one. Those who are in a state
        that nobody leaves stay for ever, others until their last visit, so that late comparisons
        are those of patients who happened to be followed long.
        """
        observed, expected = _core.panel_markov_prevalence(self._fitted, self._rows, days)
        at_risk = counts_of(observed.sum(-1).tolist())
        return PanelPrevalence(as_asked(days), observed, expected, at_risk, self.states)

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the probabilities of the states over time.

        See `immunoreset.plots.panel_markov.probabilities` for the options.
        """
        from immunoreset.plots.panel_markov import probabilities

        return probabilities(self, ax=ax, **options)

    def _after(self, days: Any, start: Any, at: Any, kind: str) -> PanelProbability:
        arrays = _core.panel_markov_probability(
            self._fitted, days, self._values(at), kind == "expected time"
        )
        if start is not None:
            place = _place(self.states, start, "start")
            arrays = tuple(each[..., place, :] for each in arrays)
        return PanelProbability(as_asked(days), *arrays, self.states, start, kind, self.level)

    def _values(self, at: Any) -> Any:
        if not isinstance(at, Mapping):
            return at
        unknown = [name for name in at if name not in self.covariates]
        missing = [name for name in self.covariates if name not in at]
        if unknown or missing:
            raise InputError(
                f"at names {list(at)}; give a value for each of the covariates "
                f"{list(self.covariates)}"
            )
        return [float(at[name]) for name in self.covariates]


def panel_markov(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    state: ArrayLike | str,
    *,
    transitions: Transitions,
    states: Sequence[Any] | None = None,
    exact: Any = (),
    censored: Mapping[Any, Any] | None = None,
    covariates: ArrayLike | str | Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    on: Mapping[str, Transitions] | None = None,
    limits: PanelLimits = "profile",
    level: float = 0.95,
    data: Any = None,
) -> PanelMarkov:
    """Fit a continuous-time Markov model to states that are only seen at visits.

    Parameters
    ----------
    patient : array_like of int or str, or str
        Whose row it is; rows may come in any order.
    day : array_like of float, or str
        When the state was seen.
    state : array_like, or str
        Which state, by name.
    transitions : sequence of pairs, or mapping
        (from, to) of every transition that can happen at an instant, or a mapping from a state to
        the states (or the one state) it leads to. Between two visits a patient may make several.
    states : sequence, optional
        The states in the order of the results; by default that in which `transitions` names them.
    exact : state or sequence of states, default ()
        States whose day of entry is known exactly, as that of death: the row has that day, and the
        state just before is not known. No transition may leave them.
    censored : mapping from name to sequence of states, optional
        Names in `state` that only say that the patient was in one of several states, as "alive", at
        the patient's last row.
    covariates : array_like of float, str, or sequence of str, optional
        One row a row, one column a covariate, which act on log intensities; with `data`, names of
        columns. The values of a row hold until the next row.
    names : sequence of str, optional
        Of the covariates; by default their names in `data`, or x1, x2, ...
    on : mapping from name of a covariate to transitions, optional
        The transitions on which it acts; all of them for covariates that are not named here.
    limits : {"profile", "wald"}, default "profile"
        Limits by the likelihood ratio, or from standard errors of log intensities.
    level : float, default 0.95
        Of the limits, strictly between 0 and 1.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    PanelMarkov

    Raises
    ------
    InputError
        For a missing day, state or covariate; a state that is not in the model; two states of a
        patient on one day; a row after an exact state; a state that the transitions do not lead to
        from the one before; no patient with two visits; intensities that the data cannot tell
        apart. It names patient, row and value.

    Notes
    -----
    Kalbfleisch and Lawless 1985 (JASA 80:863); Jackson 2011 (J Stat Softw 38(8)). Visits have to be
    such that being seen does not depend on the state: a visit because of a flare is not.

    Examples
    --------
    Monthly visits of three patients, one of whom dies on day 75:

    >>> from immunoreset import survival
    >>> patient = ["a"] * 4 + ["b"] * 4 + ["c"] * 4
    >>> day = [0, 30, 60, 90, 0, 30, 60, 75, 0, 30, 60, 90]
    >>> state = ["active", "remission", "remission", "active", "active", "active", "active", "dead",
    ...          "active", "active", "remission", "remission"]
    >>> fit = survival.panel_markov(patient, day, state, exact="dead", transitions=[
    ...     ("active", "remission"), ("remission", "active"), ("active", "dead")])
    >>> print(fit.probability(30, start="active"))
    probability 30 days after active: active 0.524 (0.191 to 0.837), remission 0.328 (0.084 to \
0.723), dead 0.148 (0.0202 to 0.594); 95% limits
    """
    pairs = _pairs(transitions, "transitions")
    order = _order(pairs, states)
    sets = {name: tuple(_listed(members, order)) for name, members in (censored or {}).items()}
    known = _listed(exact, order)
    if data is not None:
        found, covariates, names = columns_and_covariates(
            data, covariates, names, patient=patient, day=day
        )
        patient, day = found
        state = columns(data, state=state)[0]
    numbers, words = patient_numbers(patient)
    codes = _codes(state, order, sets, numbers, words)
    values, terms = (None, ()) if covariates is None else as_matrix(covariates, names)
    effects = _effects(terms, pairs, on)
    place = {name: i for i, name in enumerate(order)}
    model = (
        np.array([place[a] for a, _ in pairs], np.int64),
        np.array([place[b] for _, b in pairs], np.int64),
        np.array([j for j, _ in effects], np.int64),
        np.array([k for _, k in effects], np.int64),
    )
    arrays, rows, loglik, score_norm, iterations, patients, _ = _core.panel_markov(
        numbers, words, day, codes, [*order, *sets], values, len(order), model,
        _mask(known, place, "exact"),
        [_mask(members, place, f"censored[{name!r}]") for name, members in sets.items()],
        limits, level,
    )  # fmt: skip
    estimate, std_error, low, high, pvalue, cov, *sojourn = arrays
    first, days, seen_states, initial, mean, seen = rows
    count = len(pairs)
    table = np.full((4, count, len(terms)), np.nan)
    with np.errstate(over="ignore"):
        for row, (j, k) in enumerate(effects, count):
            table[:, j, k] = (*np.exp([estimate[row], low[row], high[row]]), pvalue[row])
    table.setflags(write=False)
    longest = float((days[first[1:] - 1] - days[first[:-1]]).max())
    return _core.frozen(
        PanelMarkov,
        (
            tuple(order), tuple(pairs), estimate[:count], std_error[:count], low[:count],
            high[:count], *sojourn, seen, terms, mean, *table, cov, loglik,
            2 * len(estimate) - 2 * loglik, score_norm, iterations, patients, len(days),
            len(days) - patients, longest, tuple(known), sets, limits, level,
            (len(order), *model, estimate, cov, mean, level), (first, days, seen_states, initial),
        ),
    )  # fmt: skip


def _pairs(transitions: Any, argument: str) -> list[tuple[Any, Any]]:
    """Return transitions as pairs, from a sequence of them or a mapping."""
    if isinstance(transitions, Mapping):
        pairs = [
            (a, b)
            for a, ends in transitions.items()
            for b in (ends if _is_several(ends) else [ends])
        ]
    else:
        pairs = [tuple(pair) if _is_several(pair) else (pair,) for pair in transitions]
    for i, pair in enumerate(pairs):
        if len(pair) != 2:
            raise InputError(f"{argument}[{i}] is {pair!r}; give a pair (from, to) of states")
        if not all(isinstance(end, Hashable) and not is_missing(end) for end in pair):
            raise InputError(f"{argument}[{i}] is {pair!r}; name both states")
        if pair[0] == pair[1]:
            raise InputError(f"{argument}[{i}] is {pair!r}; a transition leads to another state")
        if pair in pairs[:i]:
            raise InputError(f"{argument}[{i}] is {pair!r} again; give each transition once")
    if not pairs:
        raise InputError(f"{argument} is empty; give a pair (from, to) for each transition")
    return pairs


def _is_several(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset, np.ndarray))


def _order(pairs: list[tuple[Any, Any]], states: Sequence[Any] | None) -> list[Any]:
    named = list(dict.fromkeys(end for pair in pairs for end in pair))
    if states is None:
        return named
    order = list(states)
    if len(set(order)) != len(order):
        raise InputError(f"states is {order}; name each state once")
    for name in named:
        _place(order, name, "transitions")
    return order


def _place(order: Sequence[Any], name: Any, argument: str) -> int:
    try:
        return order.index(name)
    except ValueError:
        raise InputError(f"{argument} names {name!r}; the states are {list(order)}") from None


def _listed(states: Any, order: list[Any]) -> list[Any]:
    """Return one state, or several, as a list."""
    if _is_several(states):
        return list(states)
    return [states]


def _mask(states: Iterable[Any], place: Mapping[Any, int], argument: str) -> int:
    mask = 0
    for name in states:
        mask |= 1 << _place(list(place), name, argument)
    return mask


def _codes(
    state: Any, order: list[Any], sets: Mapping[Any, Any], numbers: Any, words: Any
) -> NDArray[np.int64]:
    """Return the places of the states of the rows, sets of states after the states."""
    known = {name: i for i, name in enumerate([*order, *sets])}
    if len(known) < len(order) + len(sets):
        raise InputError(f"censored is {dict(sets)}; give names that are no states")
    values = as_array(state)
    if values.ndim != 1:
        raise InputError(f"state has {values.ndim} dimensions; give one state a row")
    found = [known.get(value, -1) for value in values.tolist()]
    if -1 in found:
        row = found.index(-1)
        value = values.tolist()[row]
        who = ""
        if row < np.size(numbers):
            name = np.ravel(numbers)[row].item()
            who = f" (patient {name if words is None else words[name]!r})"
        if is_missing(value):
            remedy = "leave the row out: a visit without a known state says nothing"
        else:
            remedy = (
                f"the states of the model are {list(known)}: add its transitions, or correct it"
            )
        raise InputError(f"state[{row}] is {value!r}{who}; {remedy}")
    return np.array(found, np.int64)


def _effects(
    terms: Sequence[str], pairs: list[tuple[Any, Any]], on: Mapping[str, Any] | None
) -> list[tuple[int, int]]:
    """Return (transition, covariate) of each effect, covariate by covariate."""
    chosen = dict(on or {})
    for name in chosen:
        if name not in terms:
            raise InputError(f"on names {name!r}; the covariates are {list(terms)}")
    effects = []
    for k, name in enumerate(terms):
        ends = pairs if name not in chosen else _pairs(chosen[name], f"on[{name!r}]")
        for pair in ends:
            if pair not in pairs:
                raise InputError(f"on[{name!r}] names {pair!r}; the transitions are {pairs}")
        effects += [(j, k) for j, pair in enumerate(pairs) if pair in ends]
    return effects
