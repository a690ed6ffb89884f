"""A column of a table in words, and frames whose columns have the types said there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, cast

from immunoreset._frame import BACKENDS, backend_or_default
from immunoreset.errors import InputError

Kind = Literal["text", "integer", "number", "flag"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, the kind of its values, what it means, and its unit if it has one."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""


def typed_frame(
    columns: Iterable[Column], data: Mapping[str, Sequence[Any]], backend: str | None = None
) -> Any:
    """Build a frame of the backend named, with None for what is missing.

    Unlike `_frame.frame` it keeps the type of a column that is empty or holds None throughout.

    Parameters
    ----------
    columns
        What the frame holds, in this order; `data` has a list of values for each.
    data
        From column name to values.
    backend : {"polars", "pandas", "pyarrow"}, optional
        The kind of frame; by default the first of these that is installed.
    """
    if backend is not None and backend not in BACKENDS:
        raise InputError(f"backend is {backend!r}; use one of {', '.join(BACKENDS)}")
    backend = backend_or_default(backend)
    if backend == "pandas":
        return _pandas_frame({c.name: (c.kind, data[c.name]) for c in columns})
    import narwhals as nw

    dtypes = {"text": nw.String, "integer": nw.Int64, "number": nw.Float64, "flag": nw.Boolean}
    schema = {c.name: dtypes[c.kind]() for c in columns}
    values = {name: list(data[name]) for name in schema}
    return nw.from_dict(values, schema, backend=cast(Any, backend)).to_native()


def _pandas_frame(columns: Mapping[str, tuple[Kind, Sequence[Any]]]) -> Any:
    pandas = import_module("pandas")
    text = "object" if pandas.__version__.startswith("2.") else "str"  # its own default for text
    complete = {"text": text, "integer": "int64", "number": "float64", "flag": "bool"}
    with_missing = complete | {"integer": "Int64", "flag": "boolean"}
    return pandas.DataFrame(
        {
            name: pandas.Series(
                list(values), dtype=(with_missing if None in values else complete)[kind]
            )
            for name, (kind, values) in columns.items()
        }
    )
