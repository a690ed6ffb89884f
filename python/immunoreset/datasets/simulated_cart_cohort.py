"""A simulated cohort of CAR T cell therapy in autoimmune disease: made up, and saying so."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from immunoreset._columns import Column, Kind, typed_frame
from immunoreset.cohort.reading import Cohort
from immunoreset.cohort.tables import TABLES
from immunoreset.datasets._bundled import Description
from immunoreset.datasets.simulation.course import Course, draw_course
from immunoreset.datasets.simulation.measurements import flow_rows, lab_rows, pk_rows, visit_rows
from immunoreset.datasets.simulation.treatment import (
    adverse_event_rows,
    drug_rows,
    event_rows,
    subject_row,
)
from immunoreset.errors import InputError

if TYPE_CHECKING:
    import narwhals as nw

DESCRIPTION = Description(
    name="simulated_cart_cohort",
    title="SIMULATED patients in the eight tables of a cohort; nobody was ever treated like this",
    source=(
        "random draws; CAR T cells after Stein 2019 (CPT Pharmacometrics Syst Pharmacol 8:285), "
        "B cell return after Park 2025 (Clin Transl Sci 18:e70146), calibrated to published "
        "summaries (aplasia of 112 +- 47 days, LICATS in 77 %, mostly grade 1 CRS)"
    ),
    license="GPL-3.0-or-later (this package)",
    caveat=(
        "Simulated. No row is a patient, and no published series can be read back from it. Some "
        "parameters are published, others assumed: datasets/simulation/parameters.py says which. "
        "For examples and tests only, never as evidence."
    ),
    columns=tuple(
        Column(f"{table.name}.{field.name}", field.kind, field.meaning, field.unit)
        for table in TABLES
        for field in table.fields
    ),
)


@dataclass(frozen=True, slots=True)
class SimulatedCohort(Cohort):
    """A cohort whose patients are simulated. Not data.

    Attributes
    ----------
    subjects, visits, labs, meds, ae, pk, flow, events : narwhals.DataFrame
        The tables (`.to_native()` gives the frame of the backend);
        ``datasets.describe("simulated_cart_cohort")`` explains the columns.
    seed, n : int
        What they were drawn from.
    """

    seed: int
    n: int

    def __str__(self) -> str:
        return f"simulated cohort of {self.n} patients (seed {self.seed}); not data"

    def write(
        self, folder: str | PathLike[str], *, format: Literal["csv", "parquet"] = "csv"
    ) -> list[Path]:
        """Write the tables as files into a folder, which is made if need be.

        Parameters
        ----------
        folder
            Where the files go. Files that are there already are never overwritten.
        format
            CSV, or Parquet (which needs polars or pyarrow).

        Returns
        -------
        list of pathlib.Path
            The files written.

        Raises
        ------
        FileExistsError
            When one of the files is there already; then none is written.
        """
        if format not in ("csv", "parquet"):
            raise InputError(f"format is {format!r}; the formats are csv and parquet")
        target = Path(folder)
        paths = [target / f"{name}.{format}" for name, _, _ in self._files()]
        taken = [path for path in paths if path.exists()]
        if taken:
            raise FileExistsError(f"{taken[0]} is there already; give an empty folder")
        target.mkdir(parents=True, exist_ok=True)
        for path, (_, columns, frame) in zip(paths, self._files(), strict=True):
            if format == "csv":
                _write_csv(path, columns, frame)
            else:
                frame.write_parquet(str(path))
        return paths

    def _files(self) -> list[tuple[str, Sequence[Column], nw.DataFrame[Any]]]:
        """Name, columns and frame of each file."""
        return [(table.name, table.fields, self.tables[table.name]) for table in TABLES]


def simulated_cart_cohort(seed: int, n: int, *, backend: str | None = None) -> SimulatedCohort:
    """Simulate whole patients treated with CD19 CAR T cells for an autoimmune disease.

    CAR T cells expand and contract, and B cells go and come back, by published kinetics; visits are
    about monthly with jitter and gaps, and each sample has its own limit of quantification.
    Responses, drugs, adverse events and competing events (relapse, rescue, death, withdrawal) go
    with them. The result is simulated: identifiers begin with ``SIM-`` and `subjects` has a column
    `simulated` that is true.

    Parameters
    ----------
    seed
        The same seed gives the same digits on every machine.
    n
        Number of patients. A patient depends on seed and position only: the first ten of a cohort
        of 100 are those of a cohort of ten.
    backend : {"polars", "pandas", "pyarrow"}, optional
        The kind of frames; by default the first of these that is installed.

    Returns
    -------
    SimulatedCohort
        The tables, and `write` to put them into a folder.

    Examples
    --------
    >>> from immunoreset import datasets
    >>> patients = datasets.simulated_cart_cohort(seed=7, n=4, backend="pandas")
    >>> print(patients)
    simulated cohort of 4 patients (seed 7); not data
    >>> patients.subjects["id"].to_list()
    ['SIM-001', 'SIM-002', 'SIM-003', 'SIM-004']
    """
    check_seed_and_n(seed, n)
    frames = frames_of(seed, (draw_course(seed, number) for number in range(n)), backend)
    return SimulatedCohort(**frames, notes=(), files=(), seed=seed, n=n)


def check_seed_and_n(seed: int, n: int) -> None:
    """Refuse what is no whole number or negative."""
    for name, value in (("seed", seed), ("n", n)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InputError(f"{name} is {value!r}; give a whole number that is not negative")


def frames_of(
    seed: int, courses: Iterable[Course], backend: str | None
) -> dict[str, nw.DataFrame[Any]]:
    """Return the tables that these courses leave behind, by name."""
    import narwhals as nw

    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in TABLES}
    for course in courses:
        adverse_events = adverse_event_rows(seed, course)
        rows["subjects"].append(subject_row(seed, course))
        rows["visits"] += visit_rows(seed, course)
        rows["labs"] += lab_rows(seed, course)
        rows["meds"] += drug_rows(seed, course, adverse_events)
        rows["ae"] += adverse_events
        rows["pk"] += pk_rows(seed, course)
        rows["flow"] += flow_rows(seed, course)
        rows["events"] += event_rows(course)
    frames = {}
    for table in TABLES:
        columns = {f.name: [row.get(f.name) for row in rows[table.name]] for f in table.fields}
        native = typed_frame(table.fields, columns, backend)
        frames[table.name] = nw.from_native(native, eager_only=True)
    return frames


def _write_csv(path: Path, columns: Sequence[Column], frame: nw.DataFrame[Any]) -> None:
    printed = [_printed(frame[column.name], column.kind) for column in columns]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(column.name for column in columns)
        writer.writerows(zip(*printed, strict=True))


def _printed(column: nw.Series[Any], kind: Kind) -> list[str]:
    printers: dict[Kind, Callable[[Any], str]] = {
        "text": str,
        "number": lambda value: f"{value:.15g}",
        "integer": lambda value: str(int(value)),
        "flag": lambda value: "true" if value else "false",
    }
    print_one = printers[kind]
    cells = zip(column.to_list(), column.is_null().to_list(), strict=True)
    return ["" if missing else print_one(value) for value, missing in cells]
