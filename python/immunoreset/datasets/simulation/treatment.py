"""What happens to a simulated patient besides the disease: the rows of subjects, meds and ae."""

from __future__ import annotations

import math
from typing import Any

from immunoreset.datasets.simulation import parameters
from immunoreset.datasets.simulation.course import Course, stream
from immunoreset.datasets.simulation.draws import Draws
from immunoreset.datasets.simulation.measurements import lab_rows, neutrophils

Row = dict[str, Any]

IMMUNOSUPPRESSANTS = {
    "mycophenolate mofetil": 0.5,
    "azathioprine": 0.2,
    "methotrexate": 0.2,
    "tacrolimus": 0.1,
}
DOSES = {
    "mycophenolate mofetil": (2000.0, "mg/day"),
    "azathioprine": (100.0, "mg/day"),
    "methotrexate": (15.0, "mg/week"),
    "tacrolimus": (4.0, "mg/day"),
}


def subject_row(seed: int, course: Course) -> Row:
    """Return the row of the patient in subjects."""
    draws = stream(seed, course.number, "apheresis")
    return {
        "id": course.id,
        "disease": course.disease,
        "end_day": course.end_day,
        "end_reason": course.end_reason,
        "infusion_day": 0,
        "apheresis_day": -round(draws.uniform(*parameters.APHERESIS)),
        "ld_day": parameters.LD_DAY,
        "cells_per_kg": parameters.CELLS_PER_KG,
        "product": "simulated CAR T",
        "target": "CD19",
        "age": float(course.age),
        "sex": course.sex,
        "simulated": True,
    }


def event_rows(course: Course) -> list[Row]:
    """Return the clinical events of the patient."""
    return [{"id": course.id, "day": day, "type": kind} for day, kind in course.events]


def adverse_event_rows(seed: int, course: Course) -> list[Row]:
    """Return the adverse events: CRS, ICANS, LICATS, cytopenia and infections."""
    draws = stream(seed, course.number, "safety")
    rows: list[Row] = []

    grade = int(draws.choice(parameters.CRS))
    start = max(1, round(draws.lognormal(*parameters.CRS_DAY)))
    stop = start + round(draws.uniform(*parameters.CRS_LASTS))
    icans, delay = draws.chance(parameters.ICANS_GIVEN_CRS), round(draws.uniform(1, 3))
    if grade:
        rows.append(_event(course, "cytokine release syndrome", "CRS", grade, start, stop))
        if icans:
            rows.append(
                _event(course, "neurotoxicity", "ICANS", 1, start + delay, start + delay + 1,
                       organ="nerve")
            )  # fmt: skip
    rows += _licats(course, draws)

    low = _longest_run([count <= 500 for count in neutrophils(seed, course)[5:36]])
    if low:
        grade = 1 if low < 7 else 2 if low < 14 else 3 if low < 31 else 4
        begin = next(day for day, count in enumerate(neutrophils(seed, course)[5:]) if count <= 500)
        rows.append(_event(course, "early neutropenia", "ICAHT", grade, begin, begin + low - 1))

    day = draws.exponential(parameters.INFECTION_RATE)
    while day < course.end_day:
        serious = draws.chance(parameters.SERIOUS_INFECTION)
        lasts = round(draws.uniform(4, 20))
        grade = 3 if serious else 1 + int(draws.chance(0.6))
        term = "pneumonia" if serious else "upper respiratory infection"
        first = max(1, math.floor(day))
        rows.append(_event(course, term, "INF", grade, first, first + lasts, "lung", serious))
        day += lasts + 1 + draws.exponential(parameters.INFECTION_RATE)
    return sorted(_within(course, rows), key=lambda row: row["start"])


def _licats(course: Course, draws: Draws) -> list[Row]:
    """Return local reactions of organs the disease affects: all within B cell aplasia."""
    begin, end = math.ceil(course.aplasia[0]), min(course.aplasia[1], 400.0)
    if not draws.chance(parameters.LICATS) or end - begin < 4:
        return []
    rows: list[Row] = []
    for _ in range(int(draws.choice(parameters.LICATS_EVENTS))):
        onset = round(draws.quantile_of(parameters.LICATS_ONSET))
        lasts = round(draws.quantile_of(parameters.LICATS_LASTS))
        grade = int(draws.choice(parameters.LICATS_GRADE))
        organ = draws.choice(parameters.LICATS_ORGANS[course.disease])
        start = min(max(onset, begin), math.ceil(end) - 2)
        while any(row["organ"] == organ and row["start"] == start for row in rows):
            start += 1
        rows.append(
            _event(course, f"local reaction, {organ}", "LICATS", grade, start, start + lasts - 1,
                   organ, serious=grade >= 3)
        )  # fmt: skip
    return [row for row in rows if row["start"] < end]


def drug_rows(seed: int, course: Course, adverse_events: list[Row]) -> list[Row]:
    """Return the drug log: before, lymphodepletion, against toxicity, and after a relapse."""
    draws = stream(seed, course.number, "drugs")
    rows: list[Row] = []

    steroid = float(draws.choice({"20": 0.3, "15": 0.3, "10": 0.3, "7.5": 0.1}))
    since = -round(draws.uniform(200, 900))
    taper = round(draws.uniform(7, 60))
    rows.append(_drug(course, "prednisolone", "GC", since, -1, steroid, "mg/day", "disease"))
    if course.responds:
        rows.append(_drug(course, "prednisolone", "GC", 0, taper, steroid / 2, "mg/day", "disease"))
    else:
        rows.append(_drug(course, "prednisolone", "GC", 0, None, steroid, "mg/day", "disease"))

    name = draws.choice(IMMUNOSUPPRESSANTS)
    dose, unit = DOSES[name]
    since, washout = -round(draws.uniform(300, 1500)), -round(draws.uniform(7, 28))
    again = round(draws.uniform(90, 160))
    rows.append(_drug(course, name, "IS", since, washout, dose, unit, "disease"))
    if not course.responds:
        rows.append(_drug(course, name, "IS", again, None, dose, unit, "disease"))

    with_antimalarial, stop = draws.chance(0.6), -round(draws.uniform(1, 10))
    if course.disease == "SLE" and with_antimalarial:
        rows.append(
            _drug(course, "hydroxychloroquine", "HCQ", -1500, stop, 200.0, "mg/day", "disease")
        )
    tapered = round(draws.uniform(30, 200))
    if course.disease == "MG":
        stop_day = tapered if course.responds else None
        rows.append(
            _drug(course, "pyridostigmine", "CHEI", -600, stop_day, 180.0, "mg/day", "symptoms")
        )

    rows += [
        _drug(course, "fludarabine", "LD", -5, -3, 25.0, "mg/m2", "lymphodepletion"),
        _drug(course, "cyclophosphamide", "LD", -3, -3, 1000.0, "mg/m2", "lymphodepletion"),
    ]
    with_tocilizumab = draws.chance(0.3)
    for event in adverse_events:
        start, stop = event["start"], event["stop"]
        if event["class"] == "CRS" and (event["grade"] >= 2 or with_tocilizumab):
            rows.append(_drug(course, "tocilizumab", "TCZ", start, start, 8.0, "mg/kg", "CRS"))
        if event["class"] == "LICATS" and event["grade"] >= 2:
            rows.append(
                _drug(course, "methylprednisolone", "GC", start, stop, 20.0, "mg/day", "LICATS")
            )
    for day, kind in course.events:
        if kind == "relapse":
            rows.append(_drug(course, "prednisolone", "GC", day, None, 20.0, "mg/day", "relapse"))
        elif kind == "rescue":
            rows.append(_drug(course, "rituximab", "BIO", day, day, 1000.0, "mg", "rescue"))
    for lab in lab_rows(seed, course):
        low = lab["test"] == "IgG" and lab["value"] < parameters.IVIG_BELOW
        if low and lab["day"] >= 0:
            rows.append(
                _drug(course, "immunoglobulin", "IVIG", lab["day"], lab["day"], 400.0, "mg/kg",
                      "hypogammaglobulinaemia")
            )  # fmt: skip
    unique = {(row["drug"], row["start"]): row for row in _within(course, rows)}
    return sorted(unique.values(), key=lambda row: row["start"])


def _within(course: Course, rows: list[Row]) -> list[Row]:
    """Return what begins within follow-up; what outlasts it is open."""
    end = course.end_day
    return [
        row | ({"stop": None} if row["stop"] is not None and row["stop"] > end else {})
        for row in rows
        if row["start"] <= end
    ]


def _event(
    course: Course, term: str, kind: str, grade: int, start: int, stop: int,
    organ: str | None = None, serious: bool = False,
) -> Row:  # fmt: skip
    return {
        "id": course.id,
        "term": term,
        "class": kind,
        "grade": grade,
        "start": start,
        "stop": stop,
        "organ": organ,
        "serious": serious,
    }


def _drug(
    course: Course, drug: str, kind: str, start: int, stop: int | None, dose: float, unit: str,
    indication: str,
) -> Row:  # fmt: skip
    return {
        "id": course.id,
        "drug": drug,
        "class": kind,
        "start": start,
        "stop": stop,
        "dose": dose,
        "unit": unit,
        "indication": indication,
    }


def _longest_run(low: list[bool]) -> int:
    longest = run = 0
    for is_low in low:
        run = run + 1 if is_low else 0
        longest = max(longest, run)
    return longest
