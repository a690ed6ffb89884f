"""The rules are a table that a person can read, and the page on them says the same."""

from pathlib import Path

import pytest
from immunoreset.cohort.tables import LAB_TESTS, NEEDS_LLOQ, TABLES, UNIT_SPELLINGS

PAGE = Path(__file__).resolve().parents[3] / "docs/methods/cohort/reading.md"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_page_has_every_column(table):
    text = PAGE.read_text(encoding="utf-8")
    part = text.split(f"### {table.name}: ")[1].split("###")[0]
    for field in table.fields:
        needed = "column" if field.required and field.may_be_empty else "value"
        needed = needed if field.required else ""
        assert f"| `{field.name}` | {field.kind} | {needed} | {field.meaning}" in part
        assert all(choice in part for choice in field.choices)
    assert f"No two rows share {', '.join(table.key)}." in part


def test_rules_name_columns_that_exist():
    for table in TABLES:
        names = {field.name for field in table.fields}
        assert len(names) == len(table.fields)
        assert {*table.key, *table.days, *table.not_before_infusion} <= names
        if table.limits is not None:
            assert {table.limits.value, *table.limits.same_unit, "unit", "lloq"} <= names


def test_every_unit_kept_is_itself_accepted_unchanged():
    for units in LAB_TESTS.values():
        for kept, _ in units.values():
            assert units[kept] == (kept, 1.0)
    accepted = {unit for units in LAB_TESTS.values() for unit in units} | {"copies/ug"}
    assert set(UNIT_SPELLINGS.values()) <= accepted
    assert set(NEEDS_LLOQ) <= set(LAB_TESTS)


# By hand: 3.5 g/L are 350 mg/dL; 1 mg/dL creatinine is 88.42 umol/L; 113.1 mg/mmol UPCR is 1 g/g;
# 12 g/dL hemoglobin are 120 g/L; 0.5 x 10^9/L are 500 cells/uL.
@pytest.mark.parametrize(
    ("test", "unit", "value", "kept", "expected"),
    [
        ("IgG", "mg/dL", 350, "g/L", 3.5),
        ("C3", "mg/L", 900, "g/L", 0.9),
        ("creatinine", "mg/dL", 1, "umol/L", 88.42),
        ("UPCR", "mg/mmol", 113.1, "g/g", 1),
        ("UPCR", "mg/g", 500, "g/g", 0.5),
        ("hemoglobin", "g/L", 120, "g/dL", 12),
        ("ANC", "10^9/L", 0.5, "cells/uL", 500),
        ("platelets", "cells/uL", 150_000, "10^9/L", 150),
        ("CRP", "mg/dL", 2, "mg/L", 20),
    ],
)
def test_conversions(test, unit, value, kept, expected):
    name, factor = LAB_TESTS[test][unit]
    assert (name, value * factor) == (kept, pytest.approx(expected, rel=1e-12))
