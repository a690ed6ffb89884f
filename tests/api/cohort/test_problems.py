"""Each kind of fault, put into a good folder, is found at its place and told with its remedy."""

import pytest
from immunoreset import cohort


def only_problem(tables):
    findings = cohort.validate(tables.write())
    assert len(findings.problems) == 1, str(findings)
    return findings.problems[0]


# table, column, value written into row 2, what is wrong, what to do
CELLS = [
    ("subjects", "end_day", "", "a value is missing", "write last day of follow-up"),
    ("subjects", "end_day", "200.5", "not a whole number", "write whole days since the infusion"),
    ("subjects", "end_day", "2024-03-01", "a date where a number belongs", "whole days since"),
    ("subjects", "disease", "Lupus", "not a value of this column", "write one of SLE, LN,"),
    ("subjects", "infusion_day", "3", "above 0", "the column goes from 0 to 0"),
    ("subjects", "cells_per_kg", "0", "not above 0", "write CAR T cells infused"),
    ("subjects", "age", "-4", "negative", "correct it"),
    ("subjects", "simulated", "maybe", "neither true nor false", "write true or false"),
    ("subjects", "product", " cells", "there are spaces round the value", "remove them"),
    ("visits", "value", "7,5", "not a number", "a point before the decimals"),
    ("visits", "value", "1e999", "not a number", "write a number and nothing else"),
    ("visits", "value", "200", "goes from 0 to", "correct the score, or name the part of it"),
    ("visits", "day", "-400.25", "not a whole number", "write whole days since the infusion"),
    ("labs", "value", "-1", "negative", "correct it"),
    ("labs", "value", "NA", "not a number", "leave the cell empty"),
    ("labs", "value", "", "a value is missing", "write the result, or leave the row out"),
    ("labs", "value", "<5", "", ""),
    ("labs", "unit", "mmol/L", "not a unit of ANC", "give it in cells/uL or 10^9/L"),
    ("labs", "lloq", "-2", "not above 0", "write lower limit of quantification"),
    ("meds", "class", "steroid", "not a value of this column", "write one of GC, IS,"),
    ("meds", "dose", "-5", "negative", "correct it"),
    ("ae", "grade", "6", "above 5", "the column goes from 1 to 5"),
    ("ae", "grade", "0", "below 1", "the column goes from 1 to 5"),
    ("pk", "lloq", "", "a value is missing", "write lower limit of quantification"),
    ("pk", "unit", "ng/mL", "not a unit of value", "give it in cells/uL or 10^9/L or copies/ug"),
    ("flow", "cd19_abs", "-3", "negative", "correct it"),
    ("flow", "cd19_abs", "0", "0 is no result of an assay with a limit", "write <"),
    ("flow", "cd19_abs", "<7", "another limit than in lloq", "make the two agree"),
    ("flow", "lloq", "0", "not above 0", "write lower limit of quantification"),
    ("flow", "naive", "55", "above 1", "the column goes from 0 to 1"),
    ("flow", "events", "12.5", "not a whole number", "write a whole number"),
]


@pytest.mark.parametrize(("table", "column", "value", "problem", "remedy"), CELLS)
def test_a_bad_cell_is_found(tables, table, column, value, problem, remedy):
    if table == "labs":
        row = tables.row_where("labs", test="ANC")
    elif table == "flow":
        row = tables.row_where("flow", below_lloq="false")
    else:
        row = 2
    if value == "<5":
        column, problem, remedy = "lloq", "the limit that the result lies below", "fill it in"
        tables.put(table, row, "value", "<5")
        value = ""
    else:
        tables.put(table, row, column, value)
    found = only_problem(tables)
    assert (found.file, found.row, found.column) == (f"{table}.csv", row, column)
    assert found.value == value
    assert problem in found.problem
    assert remedy in found.remedy


def test_an_unknown_patient_is_found_and_never_guessed(tables):
    tables.put("pk", 5, "id", "SIM-004")
    found = only_problem(tables)
    assert (found.file, found.row, found.column) == ("pk.csv", 5, "id")
    assert found.problem == "not a patient of subjects.csv"
    assert found.remedy == "correct the name, or add the patient there"


def test_another_spelling_of_a_patient_is_recognised(tables):
    name = tables.get("pk", 5, "id")
    tables.put("pk", 5, "id", name.replace("SIM-", "sim"))
    assert only_problem(tables).remedy == f"write {name}"


def test_a_broken_row_of_subjects_does_not_make_strangers(tables):
    tables.put("subjects", 2, "id", "")
    found = only_problem(tables)
    assert (found.file, found.row, found.column) == ("subjects.csv", 2, "id")


def test_an_event_before_the_infusion_is_found(tables):
    tables.tables["events"].append([tables.get("subjects", 2, "id"), "-3", "relapse"])
    found = only_problem(tables)
    row = len(tables.tables["events"])
    assert (found.file, found.row, found.column) == ("events.csv", row, "day")
    assert found.problem == "relapse before the infusion on day 0"


def test_toxicity_of_the_cells_cannot_begin_before_them(tables):
    row = tables.row_where("ae", **{"class": "LICATS"})
    tables.put("ae", row, "start", "-2")
    found = only_problem(tables)
    assert (found.row, found.column) == (row, "start")
    assert found.problem == "LICATS before the infusion on day 0"
    tables.put("ae", row, "class", "INF")
    assert cohort.validate(tables.write()).problems == ()


@pytest.mark.parametrize(
    ("table", "column", "same"),
    [
        ("subjects", "id", "id SIM-001"),
        ("flow", "day", "id SIM-001, day"),
        ("labs", "day", "test ANC"),
        ("visits", "day", "score_name"),
        ("meds", "start", "drug"),
        ("ae", "start", "class"),
        ("pk", "day", "unit cells/uL"),
    ],
)
def test_a_row_that_is_there_twice_is_found(tables, table, column, same):
    row = tables.row_where("labs", test="ANC") if table == "labs" else 2
    tables.tables[table].append(list(tables.tables[table][row - 1]))
    found = only_problem(tables)
    last = len(tables.tables[table])
    assert (found.file, found.row, found.column) == (f"{table}.csv", last, column)
    assert found.problem.startswith(f"row {row} has the same")
    assert same in found.problem
    assert found.remedy == "keep one of the two rows"


def test_a_drug_that_stops_before_it_starts_is_found(tables):
    start = int(tables.get("meds", 2, "start"))
    tables.put("meds", 2, "stop", str(start - 1))
    found = only_problem(tables)
    assert (found.file, found.row, found.column) == ("meds.csv", 2, "stop")
    assert found.problem == f"it stops before it starts, on day {start}"


def test_a_row_after_the_end_of_follow_up_is_found(tables):
    tables.put("visits", 3, "day", "5000")
    found = only_problem(tables)
    assert (found.file, found.row, found.column) == ("visits.csv", 3, "day")
    assert "after the end of follow-up on day" in found.problem


def test_death_and_the_end_of_follow_up_agree(tables):
    name, end = tables.get("subjects", 2, "id"), int(tables.get("subjects", 2, "end_day"))
    tables.put("subjects", 2, "end_reason", "death")
    found = only_problem(tables)
    assert (found.row, found.column) == (2, "end_reason")
    assert found.problem == "events.csv has no death of this patient"

    tables.tables["events"].append([name, str(end), "death"])
    assert cohort.validate(tables.write()).problems == ()

    tables.put("subjects", 2, "end_reason", "completed")
    assert only_problem(tables).problem == f"the patient died on day {end} in events.csv"

    tables.put("subjects", 2, "end_reason", "death")
    tables.tables["events"][-1][1] = str(end - 1)
    found = only_problem(tables)
    assert (found.column, found.problem) == ("end_day", f"the patient died on day {end - 1}")

    tables.tables["events"][-1][1] = str(end)
    tables.tables["events"].append([name, str(end - 5), "death"])
    assert "keep one death" in str(only_problem(tables))


def test_limits_and_their_flag_agree(tables):
    row = tables.row_where("flow", below_lloq="false")
    tables.put("flow", row, "below_lloq", "true")
    found = only_problem(tables)
    assert (found.row, found.column) == (row, "below_lloq")
    assert "and lloq is" in found.problem

    tables.put("flow", row, "lloq", "2")
    tables.put("flow", row, "cd19_abs", "<2")
    tables.put("flow", row, "below_lloq", "false")
    assert only_problem(tables).problem == "cd19_abs says the opposite"

    tables.put("flow", row, "cd19_abs", "")
    tables.put("flow", row, "below_lloq", "")
    found = only_problem(tables)
    assert (found.column, found.remedy) == (
        "cd19_abs", "write the result, or <2 when it lies below the limit",
    )  # fmt: skip


def test_a_test_near_its_limit_needs_the_limit(tables):
    row = tables.row_where("labs", test="ANC")
    for name, value in (("test", "AQP4-IgG"), ("unit", "U/mL"), ("lloq", "")):
        tables.put("labs", row, name, value)
    found = only_problem(tables)
    assert (found.row, found.column, found.problem) == (row, "lloq", "a value is missing")


def test_a_table_without_a_column_of_limits_still_needs_its_results(tables):
    place = tables.column("labs", "lloq")
    tables.tables["labs"] = [
        row[:place] + row[place + 1 :] for row in tables.tables["labs"] if "anti-dsDNA" not in row
    ]
    row = tables.row_where("labs", test="ANC")
    tables.put("labs", row, "value", "")
    found = only_problem(tables)
    assert (found.row, found.column, found.problem) == (row, "value", "a value is missing")


def test_fractions_that_sum_to_more_than_all_are_found(tables):
    row = tables.row_where("flow", below_lloq="false")
    tables.put("flow", row, "naive", "0.9")
    tables.put("flow", row, "transitional", "0.9")
    found = only_problem(tables)
    assert (found.row, found.column) == (row, None)
    assert "the fractions of B cells sum to" in found.problem


# --- headers and files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column"), [("subjects", "disease"), ("flow", "lloq"), ("labs", "unit")]
)
def test_a_missing_column_is_found_once(tables, table, column):
    place = tables.column(table, column)
    for row in tables.tables[table]:
        del row[place]
    found = only_problem(tables)
    assert (found.file, found.row, found.column) == (f"{table}.csv", 1, column)
    assert found.problem == "the required column is missing"


def test_a_misspelt_column_is_guessed(tables):
    tables.tables["flow"][0][tables.column("flow", "cd19_abs")] = "CD19_abs"
    found = only_problem(tables)
    assert (found.row, found.column) == (1, "cd19_abs")
    assert found.remedy == "rename 'CD19_abs' to it"


def test_two_columns_of_one_name_are_found(tables):
    tables.tables["flow"][0][tables.column("flow", "naive")] = "transitional"
    found = only_problem(tables)
    assert (found.row, found.column) == (1, "transitional")
    assert found.problem == "2 columns have this name"


def test_a_row_of_another_length_is_found_and_makes_no_strangers(tables):
    tables.tables["subjects"][2].append("more")
    found = only_problem(tables)
    assert (found.file, found.row, found.column) == ("subjects.csv", 3, None)
    assert found.problem.startswith("the row has")


@pytest.mark.parametrize("table", ["subjects", "flow", "events"])
def test_a_missing_required_table_is_found(tables, table):
    folder = tables.write()
    (folder / f"{table}.csv").unlink()
    (found,) = cohort.validate(folder).problems
    assert (found.file, found.row, found.problem) == (
        f"{table}.csv", None, "the required table is missing",
    )  # fmt: skip


def test_a_table_under_another_name_is_guessed(tables):
    folder = tables.write()
    (folder / "events.csv").rename(folder / "Event.csv")
    (found,) = cohort.validate(folder).problems
    assert found.remedy.startswith("rename Event.csv")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"id,day,type\nSIM-001,5,rel\xff\n", "not text in UTF-8"),
        (b"id;day;type\n", "the cells are split by semicolons"),
        (b'id,day,type\n"SIM-001"x,5,relapse\n', "the file cannot be read"),
        (b"PAR1 or not", "the required column is missing"),
    ],
)
def test_a_file_that_is_no_table_is_found(tables, content, problem):
    folder = tables.write()
    (folder / "events.csv").write_bytes(content)
    found = cohort.validate(folder).problems
    assert {p.file for p in found} == {"events.csv"}
    assert problem in found[0].problem


def test_a_parquet_file_that_is_none_is_found(tables):
    folder = tables.write()
    (folder / "events.csv").unlink()
    (folder / "events.parquet").write_bytes(b"this is not Parquet")
    (found,) = cohort.validate(folder).problems
    assert found.file == "events.parquet"
    assert found.problem.startswith("the file cannot be read (")
    assert found.remedy == "save it again as Parquet"


@pytest.mark.parametrize("table", ["subjects", "flow"])
def test_a_table_without_rows_is_found(tables, table):
    del tables.tables[table][1:]
    found = cohort.validate(tables.write()).problems
    assert (found[0].file, found[0].problem) == (f"{table}.csv", "the table has no rows")


def test_events_may_have_no_rows(tables):
    del tables.tables["events"][1:]
    reasons = {tables.get("subjects", row, "end_reason") for row in (2, 3, 4)}
    assert "death" not in reasons
    assert cohort.validate(tables.write()).problems == ()


def test_one_table_in_two_files_is_found(tables):
    folder = tables.write()
    (folder / "flow.parquet").write_bytes(b"")
    (found,) = cohort.validate(folder).problems
    assert found.problem == "flow.parquet holds the same table"


def test_a_folder_that_is_not_there_is_found(tmp_path):
    (found,) = cohort.validate(tmp_path / "nowhere").problems
    assert "the folder cannot be read (No such file or directory)" in str(found)


def test_the_problems_of_all_tables_come_together_in_order(tables):
    tables.put("events", 1, "type", "kind")
    tables.put("flow", 9, "lloq", "-1")
    tables.put("flow", 4, "unit", "mol")
    tables.put("subjects", 3, "disease", "lupus")
    tables.put("subjects", 3, "end_day", "x")
    places = [(p.file, p.row, p.column) for p in cohort.validate(tables.write()).problems]
    assert places == [
        ("subjects.csv", 3, "disease"),
        ("subjects.csv", 3, "end_day"),
        ("flow.csv", 4, "unit"),
        ("flow.csv", 9, "lloq"),
        ("events.csv", 1, "type"),
    ]
