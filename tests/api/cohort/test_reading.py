import dataclasses
import pickle

import narwhals as nw
import polars
import pytest
from immunoreset import cohort
from immunoreset.cohort.problems import SHOWN_PROBLEMS, Problem
from immunoreset.cohort.tables import TABLES


def test_a_good_folder_has_no_problems_and_no_notes(tables):
    findings = cohort.validate(tables.write())
    assert findings.problems == ()
    assert findings.notes == ()
    assert [path.name for path in findings.files] == [f"{table.name}.csv" for table in TABLES]
    assert str(findings) == "no problems"


@pytest.mark.parametrize("backend", ["polars", "pandas", "pyarrow"])
def test_columns_have_their_types_in_every_backend(tables, backend):
    found = cohort.read(tables.write(), backend=backend)
    dtypes = {"text": nw.String, "integer": nw.Int64, "number": nw.Float64, "flag": nw.Boolean}
    for table in TABLES:
        frame = found.tables[table.name]
        for field in table.fields:
            if len(frame) and (backend != "pandas" or not frame[field.name].is_null().all()):
                assert frame[field.name].dtype == dtypes[field.kind], (table.name, field.name)


def test_a_cohort_is_frozen_and_says_what_it_is(tables):
    found = cohort.read(tables.write())
    assert str(found).startswith("3 simulated patients (")
    assert found.simulated
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.notes = ()


def test_a_table_that_may_be_missing_is_there_without_rows(tables):
    folder = tables.write()
    (folder / "labs.csv").unlink()
    found = cohort.read(folder)
    assert len(found.labs) == 0
    assert found.labs.columns == [field.name for field in next(
        table.fields for table in TABLES if table.name == "labs")]  # fmt: skip
    assert "labs.csv" not in [path.name for path in found.files]


def test_columns_that_may_be_missing_are_there_without_values(tables):
    place = tables.column("subjects", "product")
    for row in tables.tables["subjects"]:
        del row[place]
    found = cohort.read(tables.write())
    assert found.subjects["product"].is_null().all()


def test_further_columns_are_kept_and_further_files_are_noted(tables):
    for number, row in enumerate(tables.tables["subjects"]):
        row.append("site" if number == 0 else f"Berlin {number}")
    folder = tables.write()
    (folder / "readme.txt").write_text("hello")
    found = cohort.read(folder)
    assert found.subjects["site"].to_list() == ["Berlin 1", "Berlin 2", "Berlin 3"]
    assert found.notes == ("readme.txt: not a table of a cohort, not read",)


def test_units_are_converted_by_rule_and_that_is_noted(tables):
    row = tables.row_where("flow", day="-5")
    tables.put("flow", row, "cd19_abs", "0.05")
    tables.put("flow", row, "lloq", "0.001")
    tables.put("flow", row, "unit", "10^9/L")
    tables.put("flow", row + 1, "unit", "cells/µL")
    low = tables.row_where("pk", below_lloq="true")
    for name, value in (("value", "<0.002"), ("lloq", "0.002"), ("unit", "10^9/L")):
        tables.put("pk", low, name, value)
    anc = tables.row_where("labs", test="ANC")
    tables.put("labs", anc, "value", "3.5")
    tables.put("labs", anc, "lln", "1.5")
    tables.put("labs", anc, "unit", "G/L")
    found = cohort.read(tables.write())
    assert found.flow["cd19_abs"].to_list()[row - 2] == pytest.approx(50)
    assert found.flow["lloq"].to_list()[row - 2] == pytest.approx(1)
    assert found.pk["lloq"].to_list()[low - 2] == pytest.approx(2)
    assert found.pk["below_lloq"].to_list()[low - 2]
    assert set(found.flow["unit"].to_list()) == {"cells/uL"}
    assert found.labs["value"].to_list()[anc - 2] == pytest.approx(3500)
    assert found.labs["lln"].to_list()[anc - 2] == pytest.approx(1500)
    assert found.notes == (
        "labs.csv: 1 results of ANC converted from G/L to cells/uL",
        "pk.csv: 1 results of value converted from 10^9/L to cells/uL",
        "flow.csv: 1 results of cd19_abs converted from 10^9/L to cells/uL",
    )


def test_three_ways_to_say_below_the_limit(tables):
    row = tables.row_where("flow", below_lloq="true")
    tables.put("flow", row, "below_lloq", "")
    tables.put("flow", row, "lloq", "1")
    tables.put("flow", row, "cd19_abs", "<1")
    tables.put("flow", row + 1, "lloq", "1.0")
    tables.put("flow", row + 1, "cd19_abs", "0.4")
    tables.put("flow", row + 1, "below_lloq", "")
    found = cohort.read(tables.write())
    below = found.flow["below_lloq"].to_list()
    values = found.flow["cd19_abs"].to_list()
    assert below[row - 2 : row] == [True, True]
    assert values[row - 2 : row] == [None, 0.4]
    assert not any(found.flow["below_lloq"].is_null().to_list())


def test_names_that_the_rules_do_not_know_are_noted_with_a_hint(tables):
    tables.put("visits", 2, "score_name", "SLEDAI2K")
    tables.put("labs", 2, "test", "zinc")
    notes = cohort.validate(tables.write()).notes
    assert notes == (
        "visits.csv: 1 row of 'SLEDAI2K' kept, values not checked; is it SLEDAI-2K?",
        "labs.csv: 1 row of 'zinc' kept, values not checked",
    )


def test_a_patient_without_counts_is_noted(tables):
    third = tables.get("subjects", 4, "id")
    tables.tables["flow"] = [row for row in tables.tables["flow"] if third not in row]
    assert cohort.validate(tables.write()).notes == (
        f"flow.csv: no B cell count of 1 patients ({third})",
    )


def test_what_a_spreadsheet_leaves_behind_is_no_problem(tables):
    folder = tables.write()
    path = folder / "events.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b",,\r\n\r\n")
    assert cohort.validate(folder).problems == ()


def test_parquet_may_hold_other_types_and_further_columns(tables):
    found = cohort.read(tables.write(), backend="polars")
    folder = tables.folder / "parquet"
    folder.mkdir()
    for name, frame in found.tables.items():
        native = frame.to_native()
        if name == "subjects":
            native = native.with_columns(
                polars.col("end_day").cast(polars.Float64),
                polars.Series("born", [1980, 1990, None]),
                polars.Series("weight", [60.5, None, 80.0]),
                polars.Series("consented", [True, False, True]),
                polars.Series("seen", [None, None, None], dtype=polars.Date),
            )
        native.write_parquet(folder / f"{name}.parquet")
    again = cohort.read(folder, backend="polars")
    assert again.subjects["end_day"].to_list() == found.subjects["end_day"].to_list()
    assert again.subjects["born"].to_list() == [1980, 1990, None]
    assert again.subjects["weight"].to_list() == [60.5, None, 80.0]
    assert again.subjects["consented"].to_list() == [True, False, True]
    assert again.subjects["seen"].to_list() == [None, None, None]


def test_rows_of_parquet_are_counted_from_the_first_row_of_data(tables):
    found = cohort.read(tables.write(), backend="polars")
    folder = tables.folder / "parquet"
    folder.mkdir()
    for name, frame in found.tables.items():
        native = frame.to_native()
        if name == "events":
            patient = found.subjects["id"][0]
            rows = {"id": [patient] * 2, "day": [10, -3], "type": ["relapse", "rescue"]}
            native = polars.DataFrame(rows)
        native.write_parquet(folder / f"{name}.parquet")
    (problem,) = cohort.validate(folder).problems
    assert (problem.file, problem.row, problem.column) == ("events.parquet", 2, "day")


def test_types_of_parquet_that_cannot_be_read_are_problems(tables):
    subjects = polars.read_csv(tables.write() / "subjects.csv")
    (tables.folder / "subjects.csv").unlink()
    subjects.with_columns(
        polars.Series("product", [["a"], ["b"], ["c"]]),
        polars.Series("end_day", [True, False, True]),
    ).write_parquet(tables.folder / "subjects.parquet")
    problems = cohort.validate(tables.folder).problems
    assert [(p.row, p.column, p.problem) for p in problems] == [
        (row, column, problem)
        for row in (1, 2, 3)
        for column, problem in (("end_day", "not a number"), ("product", "not text"))
    ]


def test_parquet_without_a_reader_says_what_to_install(tables, monkeypatch):
    folder = tables.write()
    (folder / "labs.csv").unlink()
    polars.DataFrame({"id": ["a"]}).write_parquet(folder / "labs.parquet")
    monkeypatch.setattr(
        "immunoreset.cohort.files.find_spec", lambda name: True if name == "pyarrow" else None
    )
    assert cohort.validate(folder).problems[0].file == "labs.parquet"
    monkeypatch.setattr("immunoreset.cohort.files.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install polars"):
        cohort.validate(folder)


def test_the_error_lists_every_problem_and_pickles(tables):
    for row in range(2, SHOWN_PROBLEMS + 7):
        tables.put("labs", row, "value", "-1")
    with pytest.raises(cohort.CohortError) as caught:
        cohort.read(tables.write())
    error = caught.value
    assert isinstance(error, ValueError)
    assert len(error.problems) == SHOWN_PROBLEMS + 5
    assert str(error).splitlines()[0] == f"the tables have {SHOWN_PROBLEMS + 5} problems:"
    assert len(str(error).splitlines()) == SHOWN_PROBLEMS + 2
    assert str(error).splitlines()[-1] == "  and 5 more, in the attribute problems"
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


def test_a_problem_reads_as_a_sentence():
    problem = Problem("flow.csv", 17, "cd19_abs", "-3", "negative", "correct it")
    assert str(problem) == "flow.csv, row 17, cd19_abs = -3: negative; correct it"
    assert str(Problem("a.csv", None, None, "", "empty", "fill it")) == "a.csv: empty; fill it"
    assert str(cohort.CohortError([problem])).startswith("the tables have 1 problem:\n  flow.csv")
