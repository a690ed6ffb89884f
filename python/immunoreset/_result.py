"""What every result can do: frames, dicts, Arrow, a table in a notebook; and groups of them."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import numpy as np

from immunoreset import _core
from immunoreset._frame import frame

SHOWN_ROWS = 20


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _arrow(value: Any) -> Any:
    """Return a column the exporter knows: contiguous float64 or int64, or a list of str."""
    column = np.asarray(value)
    if column.dtype.kind == "f":
        return np.ascontiguousarray(column, np.float64)
    if column.dtype.kind in "biu":
        return np.ascontiguousarray(column, np.int64)
    return [str(item) for item in column.tolist()]


def _compared(value: Any) -> list[Any]:
    """Return the fields of a dataclass that are compared."""
    return [getattr(value, field.name) for field in dataclasses.fields(value) if field.compare]


def _same(a: Any, b: Any) -> bool:
    """Compare what fields hold: NaN equals NaN, arrays are equal in shape, kind and values."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
            return False
        if a.dtype.kind == "O":
            return _same(a.tolist(), b.tolist())
        return bool(((a == b) | ((a != a) & (b != b))).all())
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return False
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, Mapping):
        return type(a) is type(b) and a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if dataclasses.is_dataclass(a):
        return type(a) is type(b) and _same(_compared(a), _compared(b))
    return bool(a == b or (a != a and b != b))


def number(value: Any, digits: int = 4) -> str:
    """Return a number as a reader of a table wants it: short, and NR for what is not reached."""
    if isinstance(value, (float, np.floating)):
        if 10**digits <= abs(float(value)) < 1e9:
            return f"{value:.0f}"
        return "NA" if np.isnan(value) else f"{value:.{digits}g}"
    return str(value)


def pvalue_words(pvalue: float) -> str:
    """Return ``p = 0.0123``, or ``p < 0.0001``: never a p-value of 0.000."""
    return "p < 0.0001" if pvalue < 0.0001 else f"p = {pvalue:.4f}"


def counts_of(value: Any) -> Any:
    """Return counts as a result keeps them: an int, or a read-only array of int."""
    if isinstance(value, int):
        return value
    counts = np.array(value, np.int64)
    counts.setflags(write=False)
    return counts if counts.ndim else int(counts)


def percent_of(level: float) -> str:
    """Return a confidence level as people say it: 0.95 is 95%."""
    return f"{100 * level:g}%"


def rounded_percent(ratio: tuple[int, int], digits: int) -> str:
    """Return a ratio of whole numbers in per cent, rounded exactly, half away from zero (SAS)."""
    numerator, denominator = ratio
    unit = 10**digits
    whole = (200 * unit * numerator + denominator) // (2 * denominator)
    return f"{whole // unit}.{whole % unit:0{digits}d}" if digits else str(whole)


def html_table(table: Mapping[str, Any], caption: str) -> str:
    """Return a small HTML table of columns, cut after `SHOWN_ROWS` rows with a note."""
    from html import escape  # 5 ms, for notebooks alone

    names = list(table)
    n = len(next(iter(table.values()))) if names else 0
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(number(table[name][i]))}</td>" for name in names) + "</tr>"
        for i in range(min(n, SHOWN_ROWS))
    )
    more = f"<p>{n - SHOWN_ROWS} more rows: see to_frame()</p>" if n > SHOWN_ROWS else ""
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{more}"
    )


class Tabular(ABC):
    """A thing with a table: a mapping of columns of one length."""

    __slots__ = ()
    __array_ufunc__ = None  # an array leaves == to the result: False, rather than an array of it

    @abstractmethod
    def _table(self) -> dict[str, Any]:
        """Return the columns by name."""

    def to_frame(self, backend: str | None = None) -> Any:
        """Return the table as a frame.

        Parameters
        ----------
        backend : {"polars", "pandas", "pyarrow"}, optional
            The kind of frame; by default the first of these that is installed.
        """
        return frame(self._table(), backend)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Lend the table to any reader of the Arrow PyCapsule interface."""
        table = self._table()
        return _core.arrow_stream(list(table), [_arrow(column) for column in table.values()])

    def _repr_html_(self) -> str:
        return html_table(self._table(), str(self))


class Result(Tabular):
    """A frozen, slotted dataclass of numbers, and how they were computed.

    Two results are equal if they are of one class and hold the same, NaN where the other has NaN.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        # where a class has none, dataclass() writes an __eq__ that raises for arrays, and its hash
        for name in ("__eq__", "__hash__"):
            setattr(cls, name, getattr(Result, name))

    def __eq__(self, other: object) -> bool:
        return _same(self, other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        # of the single values alone: equal results have them equal, and arrays have no hash
        kinds = (str, int, float, np.generic)
        single = (v for v in _compared(self) if isinstance(v, kinds) and v == v)
        return hash((type(self), *single))

    def _broadcast(self, like: str, names: Iterable[str]) -> dict[str, Any]:
        """Return fields as columns of one length, each broadcast to the shape of one of them."""
        shape = np.shape(getattr(self, like))
        return {name: np.ravel(np.broadcast_to(getattr(self, name), shape)) for name in names}

    def to_dict(self) -> dict[str, Any]:
        """Return every public field as plain Python numbers, strings and lists."""
        return {
            field.name: _plain(getattr(self, field.name))
            for field in dataclasses.fields(self)  # type: ignore[arg-type]
            if not field.name.startswith("_")
        }


R = TypeVar("R", bound=Result)


class Grouped(Tabular, Mapping[Any, R], Generic[R]):
    """One result a group, in the order of the labels, with one frame and one picture.

    Parameters
    ----------
    results
        From label to result.
    plot
        Draws a mapping of results into one picture.
    """

    __slots__ = ("_plot", "_results")

    def __init__(self, results: Mapping[Any, R], plot: Callable[..., Any] | None = None) -> None:
        self._results: dict[Any, R] = dict(results)
        self._plot = plot

    def __getitem__(self, label: Any) -> R:
        return self._results[label]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)

    def __str__(self) -> str:
        return "\n".join(f"{label}: {result}" for label, result in self.items())

    def __repr__(self) -> str:
        return f"Grouped({self._results!r})"

    def _table(self) -> dict[str, Any]:
        tables = [(label, result._table()) for label, result in self.items()]
        rows = [len(next(iter(table.values()))) for _, table in tables]
        stacked: dict[str, Any] = {
            "group": np.repeat(np.array([label for label, _ in tables]), rows)
        }
        for name in tables[0][1]:
            stacked[name] = np.concatenate([np.asarray(table[name]) for _, table in tables])
        return stacked

    def to_dict(self) -> dict[Any, Any]:
        """Return the dicts of the results by label."""
        return {label: result.to_dict() for label, result in self.items()}

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw all groups into one picture and return its axes."""
        if self._plot is None:
            raise TypeError("these results have no natural picture")
        return self._plot(self, ax=ax, **options)
