"""A table whose cells were parsed: its rows, and which cells failed."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from immunoreset.cohort.cells import Fault, parse, parse_result, shown
from immunoreset.cohort.files import RawTable
from immunoreset.cohort.problems import Problem
from immunoreset.cohort.tables import Table


@dataclass(slots=True)
class Row:
    """One row: its number in the file, its cells as found, its values, and the columns that failed.

    The value of a cell that failed is None, and no further rule looks at it.
    """

    number: int
    cells: dict[str, Any]
    values: dict[str, Any] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def has(self, *columns: str) -> bool:
        """Say whether the columns are there and their cells passed, so that a rule can use them."""
        return all(name in self.values and name not in self.failed for name in columns)

    def get(self, column: str) -> Any:
        """Return a value, None for an empty cell, one that failed, or a column not there."""
        return self.values.get(column)


@dataclass(slots=True)
class ParsedTable:
    """The rows of a table.

    Attributes
    ----------
    whole : bool
        Every row of the file is among `rows`; false when some had too few or too many cells.
    """

    table: Table
    file: str
    columns: list[str]
    rows: list[Row]
    whole: bool

    def problem(self, row: Row, column: str | None, fault: Fault) -> Problem:
        """Return the problem of a row of this table."""
        value = shown(row.cells.get(column)) if column is not None else ""
        return Problem(self.file, row.number, column, value, fault.problem, fault.remedy)


def parse_table(table: Table, raw: RawTable, problems: list[Problem]) -> ParsedTable | None:
    """Return the parsed rows, or None when columns share a name and cannot be told apart.

    Parameters
    ----------
    table
        The rules.
    raw
        The table as its file has it.
    problems
        Gets a problem for each fault of the header and of a cell.
    """
    problems.extend(_header_problems(table, raw))
    if len(set(raw.header)) < len(raw.header):
        return None
    rules = {rule.name: rule for rule in table.fields}
    result = table.limits.value if table.limits is not None else None
    parsed = ParsedTable(table, raw.file, list(raw.header), [], raw.whole)
    seen: dict[str, dict[str, Any]] = {name: {} for name in rules}  # most text repeats
    for number, cells in raw.rows:
        row = Row(number, dict(zip(raw.header, cells, strict=True)))
        for name, cell in row.cells.items():
            rule = rules.get(name)
            if rule is None:
                row.values[name] = None if cell == "" else cell
                continue
            as_parsed = parse_result if name == result else parse
            if isinstance(cell, str):
                if cell not in seen[name]:
                    seen[name][cell] = as_parsed(rule, cell)
                value = seen[name][cell]
            else:
                value = as_parsed(rule, cell)
            if isinstance(value, Fault):
                problems.append(parsed.problem(row, name, value))
                row.failed.add(name)
                value = None
            row.values[name] = value
        parsed.rows.append(row)
    return parsed


def _header_problems(table: Table, raw: RawTable) -> Iterable[Problem]:
    for name, count in Counter(raw.header).items():
        if count > 1:
            remedy = "rename or remove all but one"
            yield Problem(raw.file, 1, name, "", f"{count} columns have this name", remedy)
    for rule in table.fields:
        if rule.required and rule.name not in raw.header:
            like = [name for name in raw.header if name.strip().lower() == rule.name]
            like += difflib.get_close_matches(rule.name, raw.header, 1, 0.75)
            remedy = f"rename {like[0]!r} to it" if like else f"add it: {rule.meaning}"
            yield Problem(raw.file, 1, rule.name, "", "the required column is missing", remedy)
    if table.needs_rows and not raw.rows and raw.whole:
        remedy = f"add them: {table.meaning}"
        yield Problem(raw.file, None, None, "", "the table has no rows", remedy)
