"""Relapse-free survival of one cohort."""

from __future__ import annotations

from immunoreset.cohort import Cohort
from immunoreset.report.content import Section
from immunoreset.report.curves import survival_section

EVENTS = ("relapse", "adjudicated_relapse", "death")


def relapse_section(cohort: Cohort) -> Section:
    """Return the Kaplan-Meier curve of the time to relapse or death."""
    first: dict[str, int] = {}
    for row in cohort.events.rows(named=True):
        if row["type"] in EVENTS:
            first[row["id"]] = min(row["day"], first.get(row["id"], row["day"]))
    subjects = cohort.subjects.rows(named=True)
    end = max(row["end_day"] for row in subjects)
    return survival_section(
        "relapse_free_survival",
        "Relapse-free survival",
        (
            "Days from infusion to the first relapse or death; patients without either are "
            "censored at the end of their follow-up.",
        ),
        [first.get(row["id"], row["end_day"]) for row in subjects],
        [row["id"] in first for row in subjects],
        unit="days",
        times=[day for day in (90, 180, 365, 730) if day <= end],
        event_name="relapse and death",
    )
