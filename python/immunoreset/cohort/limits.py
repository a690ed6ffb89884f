"""Units and limits of quantification of laboratory results."""

from __future__ import annotations

from collections import Counter

from immunoreset.cohort.cells import Below, Fault
from immunoreset.cohort.problems import Problem
from immunoreset.cohort.rows import ParsedTable, Row
from immunoreset.cohort.tables import LAB_TESTS, NEEDS_LLOQ, UNIT_SPELLINGS, Limits


def convert_units(parsed: ParsedTable, limits: Limits, notes: list[str]) -> list[Problem]:
    """Bring each result and its limits to the unit kept, where the unit is one that is accepted.

    Parameters
    ----------
    parsed
        The table; its values are changed in place.
    limits
        Where its results, units and limits are.
    notes
        Gets how many results were converted.
    """
    problems = []
    converted: Counter[tuple[str, str, str]] = Counter()
    for row in parsed.rows:
        if not row.has("unit"):
            continue
        units = limits.units
        if units is None:
            units = LAB_TESTS.get(row.get("test"))
            if units is None:
                continue
        unit = row.get("unit")
        spelled = UNIT_SPELLINGS.get(unit, unit)
        what = limits.value if limits.units is not None else row.get("test")
        if spelled not in units:
            fault = Fault(f"not a unit of {what}", f"give it in {' or '.join(units)}")
            problems.append(parsed.problem(row, "unit", fault))
            row.failed.add("unit")
            continue
        kept, factor = units[spelled]
        row.values["unit"] = kept
        if factor != 1:
            converted[what, unit, kept] += 1
            for name in limits.same_unit:
                value = row.get(name)
                if isinstance(value, Below):
                    row.values[name] = Below(value.limit * factor)
                elif value is not None:
                    row.values[name] = value * factor
    for (what, unit, kept), count in converted.items():
        notes.append(f"{parsed.file}: {count} results of {what} converted from {unit} to {kept}")
    return problems


def settle_limits(parsed: ParsedTable, limits: Limits) -> list[Problem]:
    """Say for each result whether it lies below its limit, in the column below_lloq.

    A result below its limit has an empty cell with below_lloq true, or text such as "<1", or a
    number under lloq. The value of the first two is None.
    """
    problems = []
    lloq_rule = parsed.table.field_of("lloq")
    checkable = "lloq" in parsed.columns or lloq_rule is None or not lloq_rule.required
    for row in parsed.rows:
        if checkable and row.has(limits.value) and not row.failed & {"lloq", "below_lloq"}:
            column, fault = _fault(row, limits.value)
            if fault is not None:
                problems.append(parsed.problem(row, column, fault))
        value, lloq = row.get(limits.value), row.get("lloq")
        if isinstance(value, Below):
            value = row.values[limits.value] = None
        row.values["below_lloq"] = lloq is not None and (value is None or value < lloq)
    return problems


def _fault(row: Row, result: str) -> tuple[str | None, Fault | None]:
    value, lloq, stated = row.get(result), row.get("lloq"), row.get("below_lloq")
    if lloq is None:
        if row.get("test") in NEEDS_LLOQ:
            fault = Fault("a value is missing", "write the limit of quantification of the assay")
            return "lloq", fault
        if isinstance(value, Below) or stated:
            return "lloq", Fault("the limit that the result lies below is missing", "fill it in")
        if value is None:
            return result, Fault("a value is missing", "write the result, or leave the row out")
        return None, None
    if isinstance(value, Below):
        if abs(value.limit - lloq) > 1e-9 * lloq:
            return result, Fault("another limit than in lloq", "make the two agree")
        if stated is False:
            return "below_lloq", Fault(f"{result} says the opposite", "make the two agree")
    elif value is None:
        if not stated:
            remedy = f"write the result, or <{lloq:g} when it lies below the limit"
            return result, Fault("a value is missing", remedy)
    elif value == 0:
        remedy = f"write <{lloq:g}: below its limit an assay cannot tell 0 from other values"
        return result, Fault("0 is no result of an assay with a limit", remedy)
    elif stated is not None and stated != (value < lloq):
        fault = Fault(f"{result} is {value:g} and lloq is {lloq:g}", "make the three agree")
        return "below_lloq", fault
    return None, None
