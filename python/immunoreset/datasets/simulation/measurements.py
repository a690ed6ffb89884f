"""What is measured in a simulated patient: the rows of flow, pk, labs and visits."""

from __future__ import annotations

import math
from typing import Any

from immunoreset.datasets.simulation import parameters
from immunoreset.datasets.simulation.course import Course, stream
from immunoreset.datasets.simulation.draws import Draws

Row = dict[str, Any]

# Fractions of B cells before treatment and as they come back. Assumed; the direction, back to naive
# cells with few memory cells and plasmablasts, is that of Mackensen 2022 and Mueller 2024.
BEFORE = {
    "transitional": 0.05,
    "unswitched_memory": 0.10,
    "switched_memory": 0.18,
    "double_negative": 0.09,
    "plasmablast": 0.05,
}
AT_RETURN = {
    "transitional": 0.30,
    "unswitched_memory": 0.02,
    "switched_memory": 0.02,
    "double_negative": 0.01,
    "plasmablast": 0.01,
}
MATURATION = 90.0  # days in which transitional cells become naive, assumed
FRACTION_NOISE = 0.2


def significant(value: float, digits: int = 3) -> float:
    """Round as a laboratory prints: this also hides the last bit, where machines differ."""
    return float(f"{value:.{digits}g}")


def flow_rows(seed: int, course: Course) -> list[Row]:
    """Return the B cell counts: events of a Poisson count in the volume of the site's assay."""
    draws = stream(seed, course.number, "flow")
    site = draws.choice(parameters.FLOW_LLOQ)
    rows = []
    for day in course.visit_days:
        other = draws.choice(parameters.FLOW_LLOQ)
        lloq = float(other if draws.chance(parameters.OTHER_ASSAY) else site)
        volume = parameters.EVENTS_AT_LLOQ / lloq
        events = draws.poisson(course.b_cells_at(day) * volume)
        below = events < parameters.EVENTS_AT_LLOQ
        fractions = _fractions(course, day, draws)
        rows.append(
            {
                "id": course.id,
                "day": day,
                "cd19_abs": None if below else significant(events / volume),
                "unit": "cells/uL",
                "lloq": lloq,
                "below_lloq": below,
                "events": events,
                **({} if below else fractions),
            }
        )
    return rows


def _fractions(course: Course, day: int, draws: Draws) -> Row:
    back = course.b_cells.return_day
    late = math.exp(-max(0.0, day - back) / MATURATION)
    expected = BEFORE if day < back else AT_RETURN | {"transitional": 0.05 + 0.25 * late}
    parts = {
        name: round(share * math.exp(draws.normal(0.0, FRACTION_NOISE)), 3)
        for name, share in expected.items()
    }
    return {**parts, "naive": round(1 - sum(parts.values()), 3)}


def pk_rows(seed: int, course: Course) -> list[Row]:
    """Return the CAR T cell counts, from the infusion through the first year."""
    draws = stream(seed, course.number, "pk")
    again = course.day_of("reinfusion")
    rows = []
    for day in course.visit_days:
        noise = math.exp(draws.normal(0.0, parameters.PK_NOISE))
        if not 0 <= day <= 372:
            continue
        truth = course.car_t.at(day)
        if again is not None:
            truth += parameters.REINFUSION_EXPANDS * course.car_t.at(day - again)
        value = significant(truth * noise)
        below = value < parameters.PK_LLOQ
        rows.append(
            {
                "id": course.id,
                "day": day,
                "value": None if below else value,
                "unit": "cells/uL",
                "lloq": parameters.PK_LLOQ,
                "below_lloq": below,
            }
        )
    return rows


def neutrophils(seed: int, course: Course) -> list[float]:
    """Return the true neutrophil count of each day from day -5 to the end of follow-up."""
    draws = stream(seed, course.number, "neutrophils")
    baseline = draws.lognormal(*parameters.ANC_BASELINE)
    nadir = min(draws.lognormal(*parameters.ANC_NADIR), 0.8 * baseline)
    low_from = 4.0
    low_until = low_from + draws.lognormal(*parameters.ANC_DAYS_LOW)
    counts = []
    for day in range(parameters.LD_DAY, course.end_day + 1):
        if day < low_from:
            share = min(max(0.0, (day - parameters.LD_DAY) / (low_from - parameters.LD_DAY)), 1.0)
        else:
            share = max(0.0, 1.0 - max(0.0, day - low_until) / 10.0)
        counts.append(math.exp((1 - share) * math.log(baseline) + share * math.log(nadir)))
    return counts


def lab_rows(seed: int, course: Course) -> list[Row]:
    """Return neutrophils, platelets, IgG and the marker of the disease at each visit."""
    counts = neutrophils(seed, course)
    draws = stream(seed, course.number, "laboratory")
    platelets = draws.lognormal(*parameters.PLATELETS)
    platelets_left = min(draws.lognormal(*parameters.PLATELETS_LEFT), 0.95)
    igg = draws.lognormal(*parameters.IGG)
    c3 = draws.lognormal(*parameters.C3)
    name, unit, start, lloq, uln, half_life = parameters.MARKER.get(
        course.disease, ("", "", (1.0, 0.0), None, 1.0, 1.0)
    )
    marker = draws.lognormal(*start)
    stays = min(draws.lognormal(*parameters.MARKER_STAYS), 0.9) if course.responds else 0.6
    rows: list[Row] = []
    for day in course.visit_days:
        noise = [math.exp(draws.normal(0.0, parameters.LAB_NOISE)) for _ in range(5)]
        since = max(0, day)
        anc = counts[max(0, day - parameters.LD_DAY)]
        dip = math.exp(-(((day - 10) / 7) ** 2)) if day > parameters.LD_DAY else 0.0
        lost = 1 - 2 ** (-since / parameters.IGG_HALF_TIME)
        lost *= math.exp(-max(0.0, since - course.aplasia[1]) / 300)
        left = stays + (1 - stays) * 2 ** (-since / half_life)
        answered = (1 - 2 ** (-since / 40)) if course.responds else 0.0
        normal = c3 + (parameters.C3_NORMAL - c3) * answered
        rows += [
            _lab(course, day, "ANC", round(anc * noise[0]), "cells/uL", lln=1500.0),
            _lab(course, day, "platelets",
                 round(platelets * (1 - (1 - platelets_left) * dip) * noise[1]),
                 "10^9/L", lln=150.0),
            _lab(course, day, "IgG",
                 significant(igg * (1 - parameters.IGG_LOST * lost) * noise[2]), "g/L", lln=7.0),
        ]  # fmt: skip
        if name:
            value = significant(marker * left * noise[3])
            rows.append(_lab(course, day, name, value, unit, lloq=lloq, uln=uln))
        if course.disease == "SLE":
            c3_value = significant(normal * noise[4])
            rows.append(_lab(course, day, "C3", c3_value, "g/L", lln=parameters.C3_LLN))
    return rows


def _lab(
    course: Course, day: int, test: str, value: float, unit: str, *,
    lloq: float | None = None, lln: float | None = None, uln: float | None = None,
) -> Row:  # fmt: skip
    below = lloq is not None and value < lloq
    return {
        "id": course.id,
        "day": day,
        "test": test,
        "value": None if below else float(value),
        "unit": unit,
        "lloq": lloq,
        "lln": lln,
        "uln": uln,
        "below_lloq": below,
    }


def visit_rows(seed: int, course: Course) -> list[Row]:
    """Return the activity score of the disease at screening and from day 28 on."""
    draws = stream(seed, course.number, "scores")
    name, median, omega, most, gain, gain_otherwise = parameters.SCORE[course.disease]
    start = min(draws.lognormal(median, omega), float(most))
    half_time = draws.lognormal(*parameters.HALF_TIME)
    goal = parameters.MMT8_BEST if name == "MMT8" else 0.0
    gain *= 1.0 if course.responds else gain_otherwise / gain if gain else 0.0
    relapse, rescue = course.day_of("relapse"), course.day_of("rescue", "reinfusion")
    rows = []
    for day in course.visit_days:
        noise = draws.normal(0.0, parameters.SCORE_NOISE)
        if parameters.LD_DAY <= day < parameters.MONTH:
            continue
        since = max(0, day)
        change = gain * (1 - 2 ** (-since / half_time))
        if relapse is not None and day >= relapse:
            mended = 0.0 if rescue is None else 1 - 2 ** (-max(0, day - rescue) / half_time)
            change *= 1 - parameters.RELAPSE_UNDOES * (1 - mended)
        score = start + change * (goal - start)
        score += noise * abs(score - goal) * 0.15
        low, high = (0.0, float(parameters.MMT8_BEST)) if name == "MMT8" else (0.0, most * 1.2)
        step = 0.5 if name == "EDSS" else 1.0
        value = min(max(round(score / step) * step, low), high - high % step)
        rows.append(_score(course, day, name, value))
        if course.disease == "SLE":
            global_assessment = min(max(score / 8 + 0.1 * noise, 0.0), 3.0)
            rows.append(_score(course, day, "PGA", round(global_assessment, 1)))
    return rows


def _score(course: Course, day: int, name: str, value: float) -> Row:
    return {"id": course.id, "day": day, "score_name": name, "value": float(value)}
