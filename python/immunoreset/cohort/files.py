"""The tables of a folder as they stand in its files, before anything is checked in them."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from immunoreset.cohort.problems import Problem
from immunoreset.cohort.tables import TABLES

ENDINGS = (".csv", ".parquet")
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as its file has it: a header, and rows of cells with their row numbers.

    `whole` is false when rows had to be left out for having too few or too many cells.
    """

    file: str
    header: list[str]
    rows: list[tuple[int, Sequence[Any]]]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a folder by the name of their table, and what stands beside them."""

    paths: dict[str, Path]
    notes: list[str]


def find_tables(folder: Path, problems: list[Problem]) -> Folder:
    """Return the file of each table of the cohort that the folder has.

    Parameters
    ----------
    folder
        The folder.
    problems
        Gets a problem for a table that is missing or there twice.
    """
    try:
        entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        problems.append(
            Problem(
                str(folder), None, None, "", f"the folder cannot be read ({error.strerror})",
                "give the path of a folder with the tables of one cohort",
            )
        )  # fmt: skip
        return Folder({}, [])
    paths: dict[str, Path] = {}
    names = [path.name for path in entries]
    for table in TABLES:
        found = [folder / (table.name + ending) for ending in ENDINGS]
        found = [path for path in found if path.name in names]
        if len(found) > 1:
            problems.append(
                Problem(
                    found[0].name, None, None, "", f"{found[1].name} holds the same table",
                    "keep one of the two files in the folder",
                )
            )  # fmt: skip
        if found:
            paths[table.name] = found[0]
        elif table.required:
            file = f"{table.name}.csv"
            near = difflib.get_close_matches(file, [name.lower() for name in names], 1, 0.8)
            like = [name for name in names if name.lower() in near]
            remedy = f"rename {like[0]}" if like else f"add it: {table.meaning}"
            if not table.needs_rows:
                remedy += " (a file with only the header says that there was none)"
            problems.append(Problem(file, None, None, "", "the required table is missing", remedy))
    known = {table.name + ending for table in TABLES for ending in ENDINGS}
    notes = [f"{name}: not a table of a cohort, not read" for name in names if name not in known]
    return Folder(paths, notes)


def read_table(path: Path, problems: list[Problem]) -> RawTable | None:
    """Return the table in a file, or None and a problem when it cannot be read."""
    try:
        table = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path, problems)
    except ImportError:
        raise
    except Exception as error:  # each reader has its own exceptions for a broken file
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        problems.append(
            Problem(
                path.name, None, None, "", f"the file cannot be read ({reason})",
                f"save it again as {'Parquet' if path.suffix == '.parquet' else 'CSV in UTF-8'}",
            )
        )  # fmt: skip
        return None
    if table is not None and not table.header:
        problems.append(
            Problem(
                path.name, None, None, "", "the file is empty",
                "write at least the header with the names of the columns",
            )
        )  # fmt: skip
        return None
    return table


def _read_csv(path: Path, problems: list[Problem]) -> RawTable | None:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        problems.append(
            Problem(
                path.name, row, None, repr(content[error.start : error.start + 1])[2:-1],
                "not text in UTF-8", "save the file as CSV UTF-8",
            )
        )  # fmt: skip
        return None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = [(number, cells) for number, cells in enumerate(lines, start=1) if any(cells)]
    if not rows:
        return RawTable(path.name, [], [])
    header = rows[0][1]
    if len(header) == 1:
        for separator, name in SEPARATORS.items():
            if separator in header[0]:
                problems.append(
                    Problem(
                        path.name, rows[0][0], None, header[0], f"the cells are split by {name}",
                        "save the file with commas between the cells",
                    )
                )  # fmt: skip
                return None
    good: list[tuple[int, Sequence[Any]]] = []
    for number, cells in rows[1:]:
        if len(cells) == len(header):
            good.append((number, cells))
        else:
            problems.append(
                Problem(
                    path.name, number, None, "",
                    f"the row has {len(cells)} cells and the header {len(header)}",
                    "give each row one cell a column, and put quotes round text with a comma",
                )
            )  # fmt: skip
    return RawTable(path.name, header, good, whole=len(good) == len(rows) - 1)


def _read_parquet(path: Path) -> RawTable:
    import narwhals as nw

    frame = nw.read_parquet(str(path), backend=_parquet_backend())
    rows: list[tuple[int, Sequence[Any]]] = list(enumerate(frame.iter_rows(), start=1))
    return RawTable(path.name, frame.columns, rows)


def _parquet_backend() -> Literal["polars", "pyarrow"]:
    if find_spec("polars") is not None:
        return "polars"
    if find_spec("pyarrow") is not None:
        return "pyarrow"
    raise ImportError("a Parquet file needs polars or pyarrow: pip install polars")
