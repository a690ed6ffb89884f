"""A good folder of tables, and a way to break one cell of it."""

import csv
import tempfile
from pathlib import Path

import pytest
from immunoreset import datasets


class Tables:
    """The tables of a good cohort as text, to break and write into a folder."""

    def __init__(self, folder: Path, tables: dict[str, list[list[str]]]) -> None:
        self.folder = folder
        self.tables = tables

    def column(self, table: str, name: str) -> int:
        return self.tables[table][0].index(name)

    def get(self, table: str, row: int, name: str) -> str:
        """Return a cell; rows are counted as a person does, the header being row 1."""
        return self.tables[table][row - 1][self.column(table, name)]

    def put(self, table: str, row: int, name: str, value: str) -> None:
        self.tables[table][row - 1][self.column(table, name)] = value

    def row_where(self, table: str, **cells: str) -> int:
        """Return the first row with these cells."""
        places = {self.column(table, name): value for name, value in cells.items()}
        for number, row in enumerate(self.tables[table], start=1):
            if all(row[place] == value for place, value in places.items()):
                return number
        raise AssertionError(f"no row of {table} has {cells}")

    def write(self) -> Path:
        for name, rows in self.tables.items():
            with (self.folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        return self.folder


@pytest.fixture(scope="session")
def good() -> dict[str, list[list[str]]]:
    """A good cohort of three simulated patients, as rows of text with their header."""
    with tempfile.TemporaryDirectory() as folder:
        paths = datasets.simulated_cart_cohort(seed=11, n=3).write(folder)
        texts = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    return {name: list(csv.reader(text.splitlines())) for name, text in texts.items()}


@pytest.fixture
def tables(good, tmp_path) -> Tables:
    return Tables(tmp_path, {name: [list(row) for row in rows] for name, rows in good.items()})
