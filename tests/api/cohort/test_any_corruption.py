"""Whatever single cell of a good folder is spoilt, the problem names its file, row and column."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import cohort
from immunoreset.cohort.tables import TABLES

FIELDS = [(table, field) for table in TABLES for field in table.fields]


def spoilt(table, field, cell):
    """Return values that can be right in no row of this column."""
    bad = []
    if cell:
        bad += [f" {cell}", f"{cell} "]
    if not field.may_be_empty:
        bad.append("")
    if field.kind == "integer":
        bad += ["2.5", "five", "2024-01-31", "1e99"]
    if field.kind == "number":
        bad += ["1,5", "NA", "many", "1_000", "--3"]
        bad += ["0", "-1"] if field.positive else []
        bad += ["-0.5"] if field.low == 0 else []
    if field.kind == "flag":
        bad += ["maybe", "2"]
    if field.choices:
        bad += ["something else", *(choice.swapcase() for choice in field.choices)]
    if field.name == "id" and table.name != "subjects":
        bad.append("NOBODY")
    return bad


class Folder:
    """A good folder, and every cell in it that can be spoilt."""

    def __init__(self, path, good):
        self.path, self.good = path, good
        for name in good:
            self.write(name, good[name])
        self.places = [
            (table, field, row)
            for table, field in FIELDS
            for row, cells in enumerate(good[table.name][1:], start=2)
            if spoilt(table, field, cells[good[table.name][0].index(field.name)])
        ]

    def write(self, name, rows):
        with (self.path / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def problems_with(self, name, rows):
        """Return the problems of the folder when one table has these rows, and mend it."""
        self.write(name, rows)
        try:
            return cohort.validate(self.path).problems
        finally:
            self.write(name, self.good[name])


@pytest.fixture(scope="module")
def folder(good, tmp_path_factory):
    return Folder(tmp_path_factory.mktemp("cohort"), good)


@settings(max_examples=120, deadline=None)
@given(cell=st.integers(0, 10**9), how=st.integers(0, 10**9))
def test_one_spoilt_cell_is_found_where_it_is(folder, cell, how):
    table, field, row = folder.places[cell % len(folder.places)]
    rows = [list(cells) for cells in folder.good[table.name]]
    column = rows[0].index(field.name)
    values = spoilt(table, field, rows[row - 1][column])
    rows[row - 1][column] = values[how % len(values)]
    problems = folder.problems_with(table.name, rows)
    here = [
        p for p in problems if (p.file, p.row, p.column) == (f"{table.name}.csv", row, field.name)
    ]
    assert len(here) == 1
    if (table.name, field.name) != ("subjects", "id"):
        # nothing else is reported, unless the patient's own name is gone
        assert len(problems) == 1, [str(problem) for problem in problems]


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["subjects", "flow", "labs", "events"]))
def test_no_content_of_a_file_gets_past_or_breaks_the_check(folder, content, name):
    path = folder.path / f"{name}.csv"
    path.write_bytes(content)
    try:
        problems = cohort.validate(folder.path).problems
    finally:
        folder.write(name, folder.good[name])
    assert any(problem.file == path.name for problem in problems)
