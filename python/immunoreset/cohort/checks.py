"""The checks of a cohort: the rows of one table, and the tables against one another."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from immunoreset.cohort.cells import Fault
from immunoreset.cohort.files import RawTable
from immunoreset.cohort.limits import convert_units, settle_limits
from immunoreset.cohort.problems import Problem
from immunoreset.cohort.rows import ParsedTable, Row, parse_table
from immunoreset.cohort.tables import LAB_TESTS, SCORES, SUBSETS, Table

FRACTION_SLACK = 0.005  # fractions printed with two decimals may sum to a little more than 1


def check_table(
    table: Table, raw: RawTable, problems: list[Problem], notes: list[str]
) -> ParsedTable | None:
    """Return the parsed table, or None when its header leaves nothing to parse.

    Parameters
    ----------
    table
        The rules.
    raw
        The table as its file has it.
    problems
        Gets every problem within the table, in the order of its rows and columns.
    notes
        Gets what was done to values, and what was not checked.
    """
    found: list[Problem] = []
    parsed = parse_table(table, raw, found)
    if parsed is not None:
        if table.limits is not None:
            found.extend(convert_units(parsed, table.limits, notes))
            found.extend(settle_limits(parsed, table.limits))
        for row in parsed.rows:
            found.extend(_row_problems(parsed, row))
        found.extend(_duplicates(parsed))
        if table.name == "labs":
            _note_unknown(parsed, "test", LAB_TESTS, notes)
        elif table.name == "visits":
            _note_unknown(parsed, "score_name", SCORES, notes)
    place = {name: number for number, name in enumerate(raw.header)}
    found.sort(key=lambda problem: (problem.row or 0, place.get(problem.column or "", -1)))
    problems.extend(found)
    return parsed


def _row_problems(parsed: ParsedTable, row: Row) -> Iterator[Problem]:
    table = parsed.table
    if len(table.days) == 2 and row.has(*table.days):
        start, stop = (row.get(name) for name in table.days)
        if stop is not None and stop < start:
            fault = Fault(f"it stops before it starts, on day {start}", "correct the days")
            yield parsed.problem(row, table.days[1], fault)
    for column, values in table.not_before_infusion.items():
        first = table.days[0]
        if row.has(column, first) and row.get(first) < 0:
            what = row.get(column)
            if not values or what in values:
                remedy = "correct the day, or leave out what was before the treatment"
                fault = Fault(f"{what} before the infusion on day 0", remedy)
                yield parsed.problem(row, first, fault)
    if table.name == "visits" and row.has("score_name", "value") and row.get("item") is None:
        limits = SCORES.get(row.get("score_name"))
        if limits is not None and not limits[0] <= row.get("value") <= limits[1]:
            fault = Fault(
                f"{row.get('score_name')} goes from {limits[0]} to {limits[1]}",
                "correct the score, or name the part of it in the column item",
            )
            yield parsed.problem(row, "value", fault)
    if table.name == "flow":
        total = sum(row.get(name) or 0 for name in SUBSETS)
        if total > 1 + FRACTION_SLACK:
            fault = Fault(f"the fractions of B cells sum to {total:.3g}", "correct them")
            yield parsed.problem(row, None, fault)


def _duplicates(parsed: ParsedTable) -> Iterator[Problem]:
    fields = (parsed.table.field_of(name) for name in parsed.table.key)
    if any(field.required and field.name not in parsed.columns for field in fields if field):
        return
    key = [name for name in parsed.table.key if name in parsed.columns]
    column = parsed.table.days[0] if parsed.table.days else key[0]
    first_row: dict[tuple[object, ...], int] = {}
    for row in parsed.rows:
        if not row.has(*key):
            continue
        first = first_row.setdefault(tuple(row.get(name) for name in key), row.number)
        if first != row.number:
            same = ", ".join(f"{name} {row.get(name)}" for name in key if row.get(name) is not None)
            fault = Fault(f"row {first} has the same {same}", "keep one of the two rows")
            yield parsed.problem(row, column, fault)


def _note_unknown(
    parsed: ParsedTable, column: str, known: Mapping[str, object], notes: list[str]
) -> None:
    names = Counter(row.get(column) for row in parsed.rows if row.get(column) is not None)
    for name, count in names.items():
        if name not in known:
            like = difflib.get_close_matches(name.lower(), [key.lower() for key in known], 1, 0.8)
            hint = next((f"; is it {key}?" for key in known if key.lower() in like), "")
            rows = "1 row" if count == 1 else f"{count} rows"
            notes.append(f"{parsed.file}: {rows} of {name!r} kept, values not checked{hint}")


def check_together(
    tables: Mapping[str, ParsedTable], problems: list[Problem], notes: list[str]
) -> None:
    """Check the tables against the patients in subjects.

    Parameters
    ----------
    tables
        The tables that could be parsed.
    problems
        Gets a problem for each row of an unknown patient, or after the end of follow-up.
    notes
        Gets which patients have no B cell count.
    """
    subjects = tables.get("subjects")
    if subjects is None or "id" not in subjects.columns:
        return
    # A patient whose own row is broken would make all other rows look like a stranger's.
    every_patient_known = subjects.whole and all(row.has("id") for row in subjects.rows)
    ends = {row.get("id"): row.get("end_day") for row in subjects.rows if row.has("id")}
    for name, parsed in tables.items():
        if name == "subjects":
            continue
        for row in parsed.rows:
            if not row.has("id"):
                continue
            if row.get("id") in ends:
                problems.extend(_after_end(parsed, row, ends[row.get("id")]))
            elif every_patient_known:
                fault = Fault(f"not a patient of {subjects.file}", _hint(row.get("id"), ends))
                problems.append(parsed.problem(row, "id", fault))
    if "events" in tables:
        problems.extend(_deaths(subjects, tables["events"]))
    if "flow" in tables:
        counted = {row.get("id") for row in tables["flow"].rows}
        without = [str(patient) for patient in ends if patient not in counted]
        if without:
            shown = ", ".join(without[:5]) + (", ..." if len(without) > 5 else "")
            notes.append(
                f"{tables['flow'].file}: no B cell count of {len(without)} patients ({shown})"
            )


def _hint(patient: str, known: Iterable[str]) -> str:
    # Names of patients differ by a digit, so that only another spelling of the same one is a guess.
    for other in known:
        if _bare(other) == _bare(patient):
            return f"write {other}"
    return "correct the name, or add the patient there"


def _bare(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _after_end(parsed: ParsedTable, row: Row, end: int | None) -> Iterator[Problem]:
    for column in parsed.table.days:
        day = row.get(column)
        if day is not None and end is not None and day > end:
            remedy = "correct the day, or end_day in subjects"
            yield parsed.problem(
                row, column, Fault(f"after the end of follow-up on day {end}", remedy)
            )


def _deaths(subjects: ParsedTable, events: ParsedTable) -> Iterator[Problem]:
    deaths: dict[str, int] = {}
    for row in events.rows:
        if row.has("id", "day", "type") and row.get("type") == "death":
            if row.get("id") in deaths:
                fault = Fault(f"the patient died on day {deaths[row.get('id')]}", "keep one death")
                yield events.problem(row, "type", fault)
            deaths.setdefault(row.get("id"), row.get("day"))
    complete = events.whole and all(row.has("id", "day", "type") for row in events.rows)
    for row in subjects.rows:
        if not row.has("id", "end_day", "end_reason"):
            continue
        day = deaths.get(row.get("id"))
        died = row.get("end_reason") == "death"
        if died and day is None and complete:
            fault = Fault(f"{events.file} has no death of this patient", "add it there")
            yield subjects.problem(row, "end_reason", fault)
        elif day is not None and not died:
            fault = Fault(f"the patient died on day {day} in {events.file}", "write death")
            yield subjects.problem(row, "end_reason", fault)
        elif day is not None and day < row.get("end_day"):
            fault = Fault(f"the patient died on day {day}", "end the follow-up on that day")
            yield subjects.problem(row, "end_day", fault)
