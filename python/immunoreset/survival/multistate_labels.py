"""Labels of states as the core numbers them: from 1, 0 being no change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from immunoreset import _core
from immunoreset._frame import FEW_ROWS, as_array, labels
from immunoreset.errors import InputError


class Model(NamedTuple):
    """States, the rows in their numbers, and what is allowed."""

    states: tuple[Any, ...]
    event: NDArray[np.int64]
    initial: NDArray[np.int64] | None
    first: int
    allowed: bytes | None
    absorbing: bytes | None


def model_of(
    event: Any,
    initial: Any,
    states: Sequence[Any] | None,
    transitions: Sequence[tuple[Any, Any]] | None,
    absorbing: Sequence[Any] | None,
    censored: Any,
    named: bool,
) -> Model:
    """Return the model of the arguments of `multistate`; named: they were column names."""
    if states is not None and not isinstance(states, Sized):
        raise InputError(f"states is {states!r}; give a list of states, [{states!r}]")
    rows = _coded(event, "event")
    _check_censored(rows.found, censored, states)
    begins = _initial(initial, states)
    if states is not None:
        listed = _listed(states, censored)
    else:
        listed = dict.fromkeys([*begins.found, *(name for name in rows.found if name != censored)])
        if named and isinstance(initial, str) and initial not in rows.found:
            raise InputError(
                f"initial is {initial!r}; there is no such column, and no such state among the "
                "events: correct it, or list all states with states="
            )
    place = {label: k for k, label in enumerate(listed, 1)}
    if censored in begins.found:
        raise InputError(f"initial is {censored!r}, the label of the censored; give a state")
    return Model(
        tuple(place),
        rows.numbers("event", place | {censored: 0}),
        None if begins.codes is None else begins.numbers("initial", place),
        begins.first("initial", place),
        None if transitions is None else _allowed(transitions, place),
        None if absorbing is None else _flags(absorbing, place),
    )


class _Labels(NamedTuple):
    """Distinct labels, and where among them each row has its own, or (None) a label without rows.

    Of few rows, and of small whole numbers (`plain`), `codes` are the labels themselves, which are
    numbered in a list or looked up.
    """

    found: list[Any]
    codes: Any
    plain: bool = False

    def numbers(self, argument: str, place: dict[Any, int]) -> NDArray[np.int64]:
        if not place.keys() >= set(self.found):
            name = next(name for name in self.found if name not in place)
            of_row = name if self.plain else self.found.index(name)
            row = list(self.codes).index(of_row)
            raise _unknown(f"{argument}[{row}]", name, place)
        if isinstance(self.codes, list):
            return np.array([place[name] for name in self.codes], np.int64)
        codes: NDArray[np.int64] = self.codes
        numbers = [place[name] for name in self.found]
        if self.plain and numbers == self.found:
            return codes
        of_label = np.zeros(self.found[-1] + 1 if self.plain else len(numbers), np.int64)
        of_label[self.found if self.plain else slice(None)] = numbers
        return of_label[codes]

    def first(self, argument: str, place: dict[Any, int]) -> int:
        if self.codes is None and self.found[0] not in place:
            raise _unknown(argument, self.found[0], place)
        return place[self.found[0]]


def _unknown(subject: str, name: Any, place: dict[Any, int]) -> InputError:
    states = [label for label, number in place.items() if number]
    return InputError(
        f"{subject} is {name!r}; it is none of the states {states}: correct it, or add it to states"
    )


def _coded(labelled: Any, argument: str) -> _Labels:
    """Do as `labels` does; small whole numbers, and labels of few rows, are not sorted."""
    values = as_array(labelled)
    if values.ndim == 1 and values.dtype.kind in "iu":
        numbers = np.ascontiguousarray(values, np.int64)
        flags = _core.multistate_distinct(numbers)
        if flags is not None:
            return _Labels([label for label, there in enumerate(flags) if there], numbers, True)
    if values.ndim == 1 and values.dtype.kind in "biuU" and values.size <= FEW_ROWS:
        items = values.tolist()
        return _Labels(sorted(set(items)), items, True)
    return _Labels(*labels(values, argument))


def _check_censored(found: list[Any], censored: Any, states: Sequence[Any] | None) -> None:
    if not any(isinstance(name, str) for name in found):
        return
    if not isinstance(censored, str):
        raise InputError(
            f"censored is {censored!r}; event holds text, so give the label of a row that ends "
            f"without a change: the labels are {found}"
        )
    if censored not in found and states is None:
        raise InputError(
            f"censored is {censored!r}, which is no label of event: the labels are {found}; "
            "if nobody is censored, list the states with states="
        )


def _initial(initial: Any, states: Sequence[Any] | None) -> _Labels:
    if initial is None:
        return _Labels(["initial" if states is None or not len(states) else states[0]], None)
    if isinstance(initial, str) or np.ndim(initial) == 0:
        return _Labels([initial], None)
    return _coded(initial, "initial")


def _listed(states: Sequence[Any], censored: Any) -> dict[Any, None]:
    listed = dict.fromkeys(states)
    if len(listed) != len(states) or not listed:
        raise InputError(f"states is {list(states)}; give each label once, and at least one")
    if censored in listed:
        raise InputError(
            f"states[{list(states).index(censored)}] is {censored!r}, the label of the censored; "
            "leave it out"
        )
    return listed


def _allowed(transitions: Sequence[tuple[Any, Any]], place: dict[Any, int]) -> bytes:
    flags = bytearray(len(place) ** 2)
    for k, pair in enumerate(transitions):
        listed = isinstance(pair, Sized) and not isinstance(pair, str)
        if not listed or len(pair) != 2 or pair[0] == pair[1]:
            raise InputError(f"transitions[{k}] is {pair!r}; give a pair of two states (from, to)")
        a, b = (_place(f"transitions[{k}]", label, place) for label in pair)
        flags[a * len(place) + b] = 1
    return bytes(flags)


def _flags(absorbing: Sequence[Any], place: dict[Any, int]) -> bytes:
    if isinstance(absorbing, str) or not isinstance(absorbing, Iterable):
        raise InputError(f"absorbing is {absorbing!r}; give a list of states, [{absorbing!r}]")
    flags = bytearray(len(place))
    for k, label in enumerate(absorbing):
        flags[_place(f"absorbing[{k}]", label, place)] = 1
    return bytes(flags)


def _place(argument: str, label: Any, place: dict[Any, int]) -> int:
    if label not in place:
        raise InputError(
            f"{argument} has {label!r}, which is none of the states {list(place)}: correct it, or "
            "list all states with states="
        )
    return place[label] - 1
