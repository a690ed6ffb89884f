"""What a bundled data set is, where it comes from, and what to mind when using it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from immunoreset._columns import Column

__all__ = ["Column", "Description"]


@dataclass(frozen=True, slots=True)
class Description:
    """A data set in words; `print` it to read it.

    Attributes
    ----------
    name : str
        The function of `immunoreset.datasets` that returns the data.
    title : str
        What it is, in one line.
    source : str
        Where the values come from.
    license : str
        Under which terms they may be passed on.
    caveat : str
        What to mind when using them.
    columns : tuple of Column
        The data dictionary: each column's name, kind, meaning and unit.
    """

    name: str
    title: str
    source: str
    license: str
    caveat: str
    columns: tuple[Column, ...]

    def __str__(self) -> str:
        width = max(len(column.name) for column in self.columns)
        dictionary = "\n".join(
            f"  {column.name:<{width}}  {column.kind:<7}  {column.meaning}"
            + (f" [{column.unit}]" if column.unit else "")
            for column in self.columns
        )
        return (
            f"{self.name}: {self.title}\nSource: {self.source}\nLicense: {self.license}\n"
            f"Caveat: {self.caveat}\nColumns:\n{dictionary}"
        )


def read_bundled(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file of the package as text."""
    path = files("immunoreset.datasets").joinpath("data", name)
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def typed(columns: Sequence[Column], rows: Sequence[dict[str, str]]) -> dict[str, list[Any]]:
    """Return the columns of a bundled file with their types, None where a cell is empty."""
    parse: dict[str, Callable[[str], Any]] = {
        "text": str,
        "integer": int,
        "number": float,
        "flag": {"true": True, "false": False}.__getitem__,
    }
    return {
        column.name: [
            parse[column.kind](row[column.name]) if row[column.name] else None for row in rows
        ]
        for column in columns
    }
