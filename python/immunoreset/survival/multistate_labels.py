"""Labels of states as the core numbers them: from 1, 0 being no change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from immunoreset._frame import FEW_ROWS, as_array, labels
from immunoreset.errors import InputError

SMALL = 1024  # whole numbers below this are labels that are looked up


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
    found, codes = _coded(event)
    _check_censored(found, censored, states)
    begins, begin_codes = _initial(initial, states)
    if states is not None:
        listed = _listed(states, censored)
    else:
        listed = dict.fromkeys([*begins, *(name for name in found if name != censored)])
        if named and isinstance(initial, str) and initial not in found:
            raise InputError(
                f"initial is {initial!r}; there is no such column, and no such state among the "
                "events: correct it, or list all states with states="
            )
    place = {label: k for k, label in enumerate(listed, 1)}
    _check_known("event", found, codes, {censored: 0} | place)
    _check_known("initial", begins, begin_codes, place)
    if censored in begins:
        raise InputError(f"initial is {censored!r}, the label of the censored; give a state")
    number = place | {censored: 0}
    event_numbers = np.array([number[name] for name in found], np.int64)[codes]
    begin_numbers = np.array([place[name] for name in begins], np.int64)
    return Model(
        tuple(place),
        event_numbers,
        None if begin_codes is None else begin_numbers[begin_codes],
        int(begin_numbers[0]) if begin_codes is None else 0,
        None if transitions is None else _allowed(transitions, place),
        None if absorbing is None else _flags(absorbing, place),
    )


def _coded(event: Any) -> tuple[list[Any], NDArray[np.int64]]:
    """Do as `labels` does; small whole numbers of many rows are looked up, not sorted."""
    values = as_array(event)
    if values.ndim == 1 and values.size > FEW_ROWS and values.dtype.kind in "iu":
        low, high = values.min(), values.max()
        if low >= 0 and high < SMALL:
            found = np.flatnonzero(np.bincount(values))
            code = np.zeros(int(high) + 1, np.int64)
            code[found] = np.arange(len(found))
            return found.tolist(), code[values]
    return labels(values, "event")


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


def _initial(
    initial: Any, states: Sequence[Any] | None
) -> tuple[list[Any], NDArray[np.int64] | None]:
    if initial is None:
        return [next(iter(states), "initial") if states is not None else "initial"], None
    if isinstance(initial, str) or np.ndim(initial) == 0:
        return [initial], None
    return labels(initial, "initial")


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


def _check_known(
    argument: str, found: list[Any], codes: NDArray[np.int64] | None, place: dict[Any, int]
) -> None:
    for k, name in enumerate(found):
        if name not in place:
            row = "" if codes is None else f"[{int(np.argmax(codes == k))}]"
            raise InputError(
                f"{argument}{row} is {name!r}; it is none of the states {list(place)}: correct it, "
                "or add it to states"
            )


def _allowed(transitions: Sequence[tuple[Any, Any]], place: dict[Any, int]) -> bytes:
    flags = bytearray(len(place) ** 2)
    for k, pair in enumerate(transitions):
        if isinstance(pair, str) or len(pair) != 2 or pair[0] == pair[1]:
            raise InputError(f"transitions[{k}] is {pair!r}; give a pair of two states (from, to)")
        a, b = (_place(f"transitions[{k}]", label, place) for label in pair)
        flags[a * len(place) + b] = 1
    return bytes(flags)


def _flags(absorbing: Sequence[Any], place: dict[Any, int]) -> bytes:
    if isinstance(absorbing, str):
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
