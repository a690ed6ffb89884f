"""Response rates of one cohort at month 6, by disease and endpoint, out of its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from immunoreset import response
from immunoreset.cohort import Cohort
from immunoreset.plots.axes import detached_axes
from immunoreset.plots.forest import forest, forest_size
from immunoreset.report.content import Figure, Section, Table
from immunoreset.response.proportion import IntervalMethod

DAY, WINDOW = 180, 30
DRUGS = ("GC", "IS", "BIO")
FAILURES = ("relapse", "adjudicated_relapse", "rescue", "reinfusion", "death")


@dataclass(frozen=True, slots=True)
class Rule:
    """A response by one score: `responds` sees the last value before infusion, and month 6."""

    disease: str
    endpoint: str
    score: str
    responds: Callable[[float, float], bool]


# Thresholds as published: minimal symptom expression (MG-ADL 0 or 1), the smallest differences that
# matter to patients (2 points of MG-ADL, 5 of mRSS), no activity (SLEDAI-2K 0), no progression.
RULES = (
    Rule("SLE", "SLEDAI-2K 0", "SLEDAI-2K", lambda _, now: now == 0),
    Rule("SSc", "mRSS lower by 5 or more", "mRSS", lambda before, now: before - now >= 5),
    Rule("MG", "MG-ADL 0 or 1", "MG-ADL", lambda _, now: now <= 1),
    Rule("MG", "MG-ADL lower by 2 or more", "MG-ADL", lambda before, now: before - now >= 2),
    Rule("NMOSD", "EDSS not higher", "EDSS", lambda before, now: now <= before),
    Rule("MS", "EDSS not higher", "EDSS", lambda before, now: now <= before),
)


def _scores(cohort: Cohort) -> dict[tuple[str, str], list[tuple[int, float]]]:
    """Totals of each patient and score, by day."""
    scores: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for row in cohort.visits.rows(named=True):
        if not row.get("item"):
            scores.setdefault((row["id"], row["score_name"]), []).append((row["day"], row["value"]))
    return {key: sorted(values) for key, values in scores.items()}


def _by_score(rule: Rule, values: list[tuple[int, float]]) -> bool | None:
    before = [value for day, value in values if day <= 0]
    near = [(abs(day - DAY), value) for day, value in values if abs(day - DAY) <= WINDOW]
    if not before or not near:
        return None
    return rule.responds(before[-1], min(near)[1])


def _failed(cohort: Cohort) -> dict[str, int]:
    """First day of relapse, rescue, further infusion or death."""
    first: dict[str, int] = {}
    for row in cohort.events.rows(named=True):
        if row["type"] in FAILURES:
            first[row["id"]] = min(row["day"], first.get(row["id"], row["day"]))
    return first


def _on_drugs(cohort: Cohort) -> set[str]:
    """Patients on a glucocorticoid, immunosuppressant or biologic at month 6."""
    return {
        row["id"]
        for row in cohort.meds.rows(named=True)
        if row["class"] in DRUGS and row["start"] <= DAY and (row["stop"] or DAY) >= DAY
    }


def _answers(cohort: Cohort) -> dict[str, dict[str, list[bool | None]]]:
    """For each disease, each patient's answer by each endpoint; None where it was not assessed."""
    scores, failed, on_drugs = _scores(cohort), _failed(cohort), _on_drugs(cohort)
    answers: dict[str, dict[str, list[bool | None]]] = {}
    for subject in cohort.subjects.rows(named=True):
        patient, disease, seen = subject["id"], subject["disease"], subject["end_day"] >= DAY
        well = failed.get(patient, DAY + 1) > DAY
        assessed: Mapping[str, bool | None] = {
            "no relapse, rescue or death": well if seen or not well else None,
            "off drugs, no relapse, rescue or death": (
                (well and patient not in on_drugs) if seen or not well else None
            ),
            **{
                rule.endpoint: _by_score(rule, scores.get((patient, rule.score), []))
                for rule in RULES
                if rule.disease == disease
            },
        }
        for endpoint, answer in assessed.items():
            answers.setdefault(disease, {}).setdefault(endpoint, []).append(answer)
    return answers


def _tables(cohort: Cohort, method: IntervalMethod) -> dict[str, response.ResponseTable]:
    """Return the rates of each disease, whose endpoints are its own."""
    return {
        disease: response.response_table(
            answers, by=(), endpoints=sorted(answers), missing="exclude", method=method
        )
        for disease, answers in sorted(_answers(cohort).items())
    }


def cohort_response_section(cohort: Cohort) -> Section:
    """Return response rates at month 6 with exact and mid-P limits."""
    exact, mid_p = _tables(cohort, "clopper-pearson"), _tables(cohort, "mid-p")

    def joined(tables: Mapping[str, response.ResponseTable], name: str) -> np.ndarray:
        return np.concatenate([getattr(table, name)[0] for table in tables.values()])

    rows = [(disease, endpoint) for disease, own in exact.items() for endpoint in own.endpoints]
    events, n = joined(exact, "events"), joined(exact, "n")
    columns: dict[str, Any] = {
        "disease": [disease for disease, _ in rows],
        "endpoint": [endpoint for _, endpoint in rows],
        "events": events,
        "n": n,
        "not_assessed": joined(exact, "not_assessed"),
        "rate": joined(exact, "estimate"),
        "exact_low": joined(exact, "low"),
        "exact_high": joined(exact, "high"),
        "mid_p_low": joined(mid_p, "low"),
        "mid_p_high": joined(mid_p, "high"),
    }
    title = "Responses at month 6; exact: Clopper-Pearson, 95%"
    labels = [f"{disease}, {endpoint}" for disease, endpoint in rows]
    axes = forest(
        labels,
        columns["rate"],
        columns["exact_low"],
        columns["exact_high"],
        size=n,
        numbers=[f"{x}/{of}" for x, of in zip(events, n, strict=True)],
        xlabel="rate at month 6, with exact 95% limits",
        ax=detached_axes(*forest_size(labels)),
    )
    table = Table("response_rates", title, columns)
    return Section(
        "Response rates",
        (
            f"Assessed on day {DAY}: scores at the visit nearest to it within {WINDOW} days, "
            "against the last value before infusion. A patient without such a visit, or whose "
            "follow-up ended before, is not assessed and not in n; the table counts them.",
            "Off drugs: no glucocorticoid, immunosuppressant or biologic on that day.",
        ),
        (Figure("response_rates", "Responses at month 6", axes.figure, table),),
        (),
        {
            name: {disease: own.to_dict() for disease, own in tables.items()}
            for name, tables in (("clopper-pearson", exact), ("mid-p", mid_p))
        },
    )
