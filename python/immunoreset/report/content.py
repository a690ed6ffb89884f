"""What a report is made of: sections with words, tables and figures, and their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# what an infinite time means to a reader: not reached, or before the first sample
LIMITS = {"inf": "NR", "-inf": "before"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the report: it is shown, and written as CSV under its name."""

    name: str
    title: str
    columns: Mapping[str, Any]
    digits: int = 3

    def rows(self) -> list[list[str]]:
        """Return the cells as text, as a reader wants them."""
        return [
            [cell(value, self.digits) for value in row]
            for row in zip(*self.columns.values(), strict=True)
        ]

    def alignments(self) -> list[str]:
        """Return "text" or "number" for each column: words are set to the left."""
        return [
            "text"
            if any(isinstance(value, str) and value not in LIMITS for value in map(plain, column))
            else "number"
            for column in self.columns.values()
        ]

    def plain(self) -> dict[str, list[Any]]:
        """Return the columns as plain Python values."""
        return {name: [plain(value) for value in column] for name, column in self.columns.items()}


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of the report, and the table that holds its numbers."""

    name: str
    title: str
    picture: Any  # a matplotlib Figure
    table: Table


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the report, in the order in which it is read."""

    title: str
    paragraphs: tuple[str, ...]
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    results: Mapping[str, Any] = field(default_factory=dict)


def plain(value: Any) -> Any:
    """Return a plain Python value; infinity becomes text, since JSON has no name for it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None if np.isnan(value) else str(value)
    return value


def cell(value: Any, digits: int) -> str:
    """Return one cell as text: NA where there is no value, NR where it was not reached."""
    value = plain(value)
    if value is None:
        return "NA"
    if value in LIMITS:
        return LIMITS[value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.{digits}f}" if value != int(value) else f"{value:g}"
    return str(value)
