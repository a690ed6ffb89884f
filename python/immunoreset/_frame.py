"""Columns in and out of frames, through narwhals, imported only when a frame comes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from immunoreset.errors import InputError

FEW_ROWS = 64
BACKENDS = ("polars", "pandas", "pyarrow")
GAP = "leave the row out, or impute it, before the call"
NOT_REACHED = "give inf where it was not reached, and otherwise the time"


def columns(data: Any, /, *, open_ended: Collection[str] = (), **arguments: Any) -> list[Any]:
    """Replace column names by their columns, in the order of the arguments.

    Parameters
    ----------
    data
        A mapping of arrays, or any frame that narwhals knows (pandas, polars, pyarrow, DuckDB).
    open_ended
        Names of arguments that are infinite where something was not reached: a missing value is
        often meant so.
    **arguments
        For each argument a column name, an array (handed through) or None.

    Raises
    ------
    InputError
        When a column is not there, or holds a missing value; it names argument, column and row.
    """
    data, names = _opened(data)
    return [
        _column(data, names, argument, value, NOT_REACHED if argument in open_ended else GAP)
        if isinstance(value, str)
        else value
        for argument, value in arguments.items()
    ]


def has_column(data: Any, name: str) -> bool:
    """Return whether a mapping or a frame has a column of that name."""
    if isinstance(data, Mapping):
        return name in data
    import narwhals as nw

    return name in nw.from_native(data).collect_schema().names()


def columns_and_covariates(
    data: Any, X: Any, names: Sequence[str] | None, **arguments: Any
) -> tuple[list[Any], Any, Sequence[str] | None]:
    """Replace column names as `columns` does, and those in X by a matrix of their columns.

    Parameters
    ----------
    data, **arguments
        As in `columns`.
    X
        A column name or several, or what is handed through: an array, or None.
    names
        Of the columns of X; None for the names of the columns, where X names them.

    Raises
    ------
    InputError
        As `columns` does; a column of X is named as ``X[j]``.
    """
    listed = [X] if isinstance(X, str) else X
    named = isinstance(listed, Sequence) and all(isinstance(name, str) for name in listed)
    if not named or not listed:
        return columns(data, **arguments), X, names
    found = columns(data, **arguments, **{f"X[{j}]": name for j, name in enumerate(listed)})
    covariates = [np.asarray(column) for column in found[len(arguments) :]]
    return (
        found[: len(arguments)],
        np.column_stack(covariates),
        [str(name) for name in listed] if names is None else names,
    )


def as_matrix(X: Any, names: Sequence[str] | None) -> tuple[Any, tuple[str, ...]]:
    """Return X as one row a patient, a single covariate being one-dimensional, and its names.

    Raises
    ------
    InputError
        When X has more dimensions, or another number of columns than there are names.
    """
    values = np.asarray(X)
    if values.ndim == 1:
        values = values[:, np.newaxis]
    if values.ndim != 2:
        raise InputError(f"X has {values.ndim} dimensions; give one row a patient")
    count = values.shape[1]
    terms = tuple(f"x{j + 1}" for j in range(count)) if names is None else tuple(names)
    if len(terms) != count:
        raise InputError(f"names has {len(terms)} entries; X has {count} columns")
    return values, terms


def lists(data: Any, argument: str, wanted: Sequence[str]) -> list[list[Any]]:
    """Return columns as lists, in which a missing value (see `is_missing`) may stand.

    Parameters
    ----------
    data
        As in `columns`.
    argument
        What names the columns, for the error.
    wanted
        Names of columns.

    Raises
    ------
    InputError
        When a column is not there, or is no column.
    """
    data, names = _opened(data)
    found = []
    for name in wanted:
        _check_name(names, argument, name)
        column = data[name]
        if not isinstance(data, Mapping):
            found.append(column.to_list())
            continue
        # an array of a list would make words of a missing value between words
        values = list(column) if isinstance(column, (list, tuple)) else np.asarray(column).tolist()
        if not isinstance(values, list):
            raise InputError(f"{argument}: {name!r} is {column!r}; give one value a row")
        found.append(values)
    return found


def _opened(data: Any) -> tuple[Any, Sequence[str]]:
    """Return a mapping as it is, or an eager frame; and the names of the columns."""
    if isinstance(data, Mapping):
        return data, [str(name) for name in data]
    import narwhals as nw

    data = nw.from_native(data)
    if isinstance(data, nw.LazyFrame):
        data = data.collect()
    return data, data.columns


def _check_name(names: Sequence[str], argument: str, name: str) -> None:
    if name not in names:
        raise InputError(f"{argument}: there is no column {name!r}; the columns are {list(names)}")


def _column(data: Any, names: Sequence[str], argument: str, name: str, remedy: str) -> Any:
    _check_name(names, argument, name)
    column = data[name]
    if isinstance(data, Mapping):
        return as_array(column)
    if column.null_count():
        row = int(column.is_null().arg_true()[0])
        raise InputError(f"{argument}[{row}] is missing in column {name!r}; {remedy}")
    return column.to_numpy()


def as_array(values: Any) -> np.ndarray:
    """Return an array of values, in which a missing one among words is not the word "nan"."""
    array = np.asarray(values)
    if (
        array.dtype.kind == "U"
        and isinstance(values, (list, tuple))
        and any(is_missing(value) for value in values)
    ):
        return np.array(values, object)
    return array


def open_ended(values: Any, argument: str) -> np.ndarray:
    """Return an array of times, in which None is not taken for one that was not reached."""
    array = np.asarray(values)
    if array.dtype == object:
        for row, value in enumerate(array.ravel()):
            if is_missing(value):
                raise InputError(f"{argument}[{row}] is {value!r}; {NOT_REACHED}")
    return array


def labels(group: Any, argument: str = "group") -> tuple[list[Any], np.ndarray]:
    """Return the sorted distinct labels of a grouping and each row's position among them."""
    values = as_array(group)
    if values.ndim != 1:
        raise InputError(f"{argument} has {values.ndim} dimensions; give one label a patient")
    if values.dtype == object:
        gaps = [row for row, value in enumerate(values) if is_missing(value)]
        if gaps:
            raise InputError(
                f"{argument}[{gaps[0]}] is {values[gaps[0]]!r}; give every row a label, "
                "or leave it out"
            )
    elif values.dtype.kind == "f" and np.isnan(values).any():
        raise InputError(
            f"{argument}[{int(np.isnan(values).argmax())}] is nan; give every row a label, "
            "or leave it out"
        )
    if values.size <= FEW_ROWS and values.dtype.kind in "biuU":
        return _labels_of_few(values.tolist())
    try:
        if values.dtype.kind in "OU":  # hashing text is ten times faster than sorting it
            items = values.tolist()
            names = sorted(set(items))
            code = {name: position for position, name in enumerate(names)}
            return names, np.fromiter(map(code.__getitem__, items), np.int64, len(items))
        if values.dtype.kind in "iu" and _are_small(values):
            return _labels_of_small(values)
        distinct, codes = np.unique(values, return_inverse=True)
    except TypeError as error:
        raise InputError(f"{argument} mixes labels that cannot be sorted; use one type") from error
    return distinct.tolist(), codes.astype(np.int64, copy=False)


def _labels_of_few(values: list[Any]) -> tuple[list[Any], np.ndarray]:
    """Do the same for few rows, in a fifth of the time of np.unique."""
    distinct = sorted(set(values))
    position = {value: code for code, value in enumerate(distinct)}
    return distinct, np.array([position[value] for value in values], np.int64)


def _are_small(numbers: np.ndarray) -> bool:
    """Return whether a table of all numbers up to the largest is shorter than a sort is long."""
    return bool(numbers.min() >= 0 and numbers.max() < 4 * numbers.size)


def _labels_of_small(numbers: np.ndarray) -> tuple[list[Any], np.ndarray]:
    """Do the same for whole numbers from 0 on, which are looked up in a table."""
    indices = numbers.astype(np.intp, copy=False)
    distinct = np.flatnonzero(np.bincount(indices))
    code = np.zeros(int(distinct[-1]) + 1, np.int64)
    code[distinct] = np.arange(len(distinct))
    return distinct.tolist(), code[indices]


def is_missing(value: Any) -> bool:
    """Return whether a value is None, nan, or what a frame puts in the place of a value."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA is neither equal to itself nor not
        return True


def backend_or_default(backend: str | None) -> str:
    """Return the backend asked for, or the first one installed of polars, pandas, pyarrow."""
    if backend is not None:
        return backend
    for name in BACKENDS:
        if find_spec(name) is not None:
            return name
    raise ImportError(f"a frame needs one of {', '.join(BACKENDS)}: pip install polars")


def frame(table: Mapping[str, Any], backend: str | None = None) -> Any:
    """Build a frame of the backend named (see `backend_or_default`) from columns."""
    import narwhals as nw

    name: Any = backend_or_default(backend)
    return nw.from_dict(dict(table), backend=name).to_native()
