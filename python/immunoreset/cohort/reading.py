"""Read a folder of tables into a cohort that has passed every check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from immunoreset._columns import Column, Kind, typed_frame
from immunoreset.cohort.checks import check_table, check_together
from immunoreset.cohort.files import find_tables, read_table
from immunoreset.cohort.problems import CohortError, Problem
from immunoreset.cohort.rows import ParsedTable
from immunoreset.cohort.tables import TABLES, Table

if TYPE_CHECKING:
    import narwhals as nw


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check of a folder of tables found.

    Attributes
    ----------
    problems : tuple of Problem
        Everything that is wrong; a cohort is read only when this is empty.
    notes : tuple of str
        What is not wrong but worth knowing: files not read, units converted, names not known.
    files : tuple of pathlib.Path
        The files that hold the tables.
    """

    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    files: tuple[Path, ...]

    def __str__(self) -> str:
        count = len(self.problems)
        head = "no problems" if not count else "1 problem" if count == 1 else f"{count} problems"
        lines = [str(problem) for problem in self.problems]
        return "\n".join([head, *lines, *(f"note: {note}" for note in self.notes)])


@dataclass(frozen=True, slots=True)
class Cohort:
    """The tables of a cohort, checked. Day 0 is the infusion.

    Each table is a frame of narwhals (`.to_native()` gives that of the backend). A table that the
    folder does not have is there without rows. Results are in the units of `cohort.tables`; where
    `below_lloq` is true the result lies below `lloq`, and its value is missing or below it too.

    Attributes
    ----------
    subjects, visits, labs, meds, ae, pk, flow, events : narwhals.DataFrame
        The tables.
    notes : tuple of str
        Files not read, units converted, names not known.
    files : tuple of pathlib.Path
        The files that were read, in the order of the tables.
    """

    subjects: nw.DataFrame[Any]
    visits: nw.DataFrame[Any]
    labs: nw.DataFrame[Any]
    meds: nw.DataFrame[Any]
    ae: nw.DataFrame[Any]
    pk: nw.DataFrame[Any]
    flow: nw.DataFrame[Any]
    events: nw.DataFrame[Any]
    notes: tuple[str, ...]
    files: tuple[Path, ...]

    @property
    def tables(self) -> dict[str, nw.DataFrame[Any]]:
        """The tables by name."""
        return {table.name: getattr(self, table.name) for table in TABLES}

    @property
    def simulated(self) -> bool:
        """Whether any of the patients is made up by a simulation."""
        return "simulated" in self.subjects.columns and bool(self.subjects["simulated"].any())

    def __str__(self) -> str:
        diseases: dict[str, int] = {}
        for disease in self.subjects["disease"].to_list():
            diseases[disease] = diseases.get(disease, 0) + 1
        made_up = "simulated " if self.simulated else ""
        mix = ", ".join(f"{disease} {n}" for disease, n in diseases.items())
        rows = ", ".join(f"{name} {len(frame)}" for name, frame in self.tables.items())
        return f"{len(self.subjects)} {made_up}patients ({mix}); rows: {rows}"


def validate(folder: str | PathLike[str]) -> Findings:
    """Check a folder of tables, and tell everything that is wrong with it.

    Parameters
    ----------
    folder
        Holds the tables as CSV (commas, UTF-8) or Parquet files: subjects, flow and events, and
        as there are visits, labs, meds, ae and pk.

    Returns
    -------
    Findings
        All problems of all tables, and notes.

    Examples
    --------
    >>> import tempfile
    >>> from immunoreset import cohort
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     findings = cohort.validate(folder)
    >>> print(findings.problems[0])
    subjects.csv: the required table is missing; add it: one row a patient
    """
    return _examine(Path(folder))[0]


def read(folder: str | PathLike[str], *, backend: str | None = None) -> Cohort:
    """Read a folder of tables into a cohort.

    Parameters
    ----------
    folder
        Holds the tables as CSV (commas, UTF-8) or Parquet files: subjects, flow and events, and
        as there are visits, labs, meds, ae and pk. Further columns are kept.
    backend : {"polars", "pandas", "pyarrow"}, optional
        The kind of frames; by default the first of these that is installed.

    Returns
    -------
    Cohort
        The checked tables.

    Raises
    ------
    CohortError
        When anything is wrong; it lists all problems of all tables.

    Examples
    --------
    >>> import tempfile
    >>> from immunoreset import cohort, datasets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = datasets.simulated_cart_cohort(seed=1, n=3).write(folder)
    ...     patients = cohort.read(folder)
    >>> len(patients.subjects), patients.simulated
    (3, True)
    """
    findings, parsed = _examine(Path(folder))
    if findings.problems:
        raise CohortError(findings.problems)
    frames = {table.name: _frame(table, parsed.get(table.name), backend) for table in TABLES}
    return Cohort(**frames, notes=findings.notes, files=findings.files)


def _examine(folder: Path) -> tuple[Findings, dict[str, ParsedTable]]:
    problems: list[Problem] = []
    found = find_tables(folder, problems)
    notes = list(found.notes)
    tables: dict[str, ParsedTable] = {}
    for table in TABLES:
        path = found.paths.get(table.name)
        raw = read_table(path, problems) if path is not None else None
        parsed = check_table(table, raw, problems, notes) if raw is not None else None
        if parsed is not None:
            tables[table.name] = parsed
    check_together(tables, problems, notes)
    return Findings(tuple(problems), tuple(notes), tuple(found.paths.values())), tables


def _frame(table: Table, parsed: ParsedTable | None, backend: str | None) -> nw.DataFrame[Any]:
    """Return the frame of a table: the columns the rules know, then the others of the file."""
    import narwhals as nw

    columns: list[Column] = list(table.fields)
    rows = [] if parsed is None else parsed.rows
    data: dict[str, list[Any]] = {c.name: [row.get(c.name) for row in rows] for c in columns}
    for name in [] if parsed is None else parsed.columns:
        if name not in data:
            values = [row.get(name) for row in rows]
            kind = _kind_of(values)
            columns.append(Column(name, kind, "not a column of the rules"))
            data[name] = [str(v) if kind == "text" and v is not None else v for v in values]
    return nw.from_native(typed_frame(columns, data, backend), eager_only=True)


def _kind_of(values: Sequence[Any]) -> Kind:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "flag"
    if kinds == {int}:
        return "integer"
    return "number" if kinds and kinds <= {int, float} else "text"
