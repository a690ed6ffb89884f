"""Columns of an immune reset, in which a value may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns as columns_of
from immunoreset._frame import is_missing, lists
from immunoreset.errors import InputError

Column = ArrayLike | str | None

COLUMNS: tuple[str, ...] = _core.reset_words()[0]
TIMED = tuple(name.removesuffix("_left") for name in COLUMNS[-8::2])


def read_times(times: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the columns ``depth_left``, ``depth_right`` and so on out of pairs by component."""
    found: dict[str, Any] = {f"{name}_{side}": None for name in TIMED for side in ("left", "right")}
    for name, pair in (times or {}).items():
        if name not in TIMED:
            raise InputError(f"times has {name!r}; those with times of their own are {list(TIMED)}")
        if isinstance(pair, str) or len(pair) != 2:
            raise InputError(f"times[{name!r}] is {pair!r}; give two columns, left and right")
        found[f"{name}_left"], found[f"{name}_right"] = pair
    return found


def read_columns(
    data: Any, given: Mapping[str, Any], patient: Any, group: Any
) -> tuple[dict[str, Any], list[Any], Any]:
    """Return the columns as arrays of float, the names of the patients, and the group.

    Parameters
    ----------
    data
        As in `columns`.
    given
        Of each argument a column name, an array, a number for all patients, or None.
    patient, group
        A column name, values or None.

    Raises
    ------
    InputError
        When a column is not there, holds words, or has another length.
    """
    columns = {name: read_column(data, name, value) for name, value in given.items()}
    first = next(iter(columns.values()))
    if first is None or first.ndim != 1:
        raise InputError("return_left has no rows; give one value a patient")
    for name, values in columns.items():
        if values is not None and values.ndim == 0:
            columns[name] = np.full(len(first), float(values))
        elif values is not None and values.shape != first.shape:
            raise InputError(
                f"{name} has shape {values.shape}; return_left has {len(first)} patients"
            )
    if data is not None:
        patient, group = columns_of(data, patient=patient, group=group)
    names = list(range(len(first))) if patient is None else np.asarray(patient).tolist()
    for argument, values in (("patient", names), ("group", group)):
        if values is not None and len(values) != len(first):
            raise InputError(
                f"{argument} has {len(values)} labels; return_left has {len(first)} patients"
            )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"patient {twice!r} has several rows; give one row a patient")
    return columns, names, group


def read_column(data: Any, argument: str, value: Any) -> Any:
    """Return one column as an array of float, nan where a value is missing; None for None."""
    if value is None:
        return None
    if isinstance(value, str):
        if data is None:
            raise InputError(f"{argument} is {value!r}; without data= give numbers")
        ((*value,),) = lists(data, argument, [value])
    if isinstance(value, (list, tuple)):
        value = [np.nan if is_missing(item) else item for item in value]
    array = np.asarray(value)
    if array.dtype == object:
        array = np.array([np.nan if is_missing(item) else item for item in array.tolist()])
    if array.dtype.kind not in "biuf":
        raise InputError(f"{argument} holds {array.dtype} values; give numbers, nan for missing")
    return array.astype(np.float64)
