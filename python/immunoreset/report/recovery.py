"""B cells of one cohort: counts, courses, the depletion table, and the curve of their return."""

from __future__ import annotations

from typing import Any

import numpy as np

from immunoreset import recovery, survival
from immunoreset.cohort import Cohort
from immunoreset.plots.axes import detached_axes
from immunoreset.plots.counts import counts
from immunoreset.plots.swimmer import swimmer, swimmer_size
from immunoreset.report.content import Figure, Section, Table

THRESHOLD, CONFIRM = 10.0, 2
SHOWN_EVENTS = ("relapse", "rescue", "reinfusion", "death")
SHOWN_CLASSES = ("CRS", "LICATS")


def depletion_of(cohort: Cohort) -> recovery.Depletion:
    """Return each patient's episode: below 10 cells/uL, back at 10 twice in a row.

    Follow-up of B cells ends at death, rescue or a further infusion: what comes after is another
    episode.
    """
    subjects = cohort.subjects.rows(named=True)
    end = {row["id"]: row["end_day"] for row in subjects}
    for row in cohort.events.rows(named=True):
        if row["type"] in ("rescue", "reinfusion", "death"):
            end[row["id"]] = min(end[row["id"]], row["day"])
    prepared = {row["id"]: row.get("ld_day") for row in subjects}
    return recovery.depletion(
        **_samples(cohort),
        threshold=THRESHOLD,
        confirm=CONFIRM,
        lymphodepletion_day=prepared,
        end_day=end,
        patients=[row["id"] for row in subjects],
    )


def _samples(cohort: Cohort) -> dict[str, Any]:
    """Return the columns of the B cell counts; 0 stands for one that is only known to lie below."""
    flow = cohort.flow
    below = flow["below_lloq"].to_numpy().astype(bool)
    count = np.array(flow["cd19_abs"].to_list(), float)
    return {
        "patient": flow["id"].to_list(),
        "day": flow["day"].to_numpy(),
        "count": np.where(below & np.isnan(count), 0.0, count),
        "lloq": flow["lloq"].to_numpy(),
        "below": below,
    }


def counts_section(cohort: Cohort) -> Section:
    """Return the B cell counts of all patients on a log axis."""
    samples = _samples(cohort)
    axes = counts(**samples, threshold=THRESHOLD, ax=detached_axes(7.5, 4.2))
    table = Table(
        "b_cell_counts",
        "B cell counts (cells/uL); a count below its limit is not a number",
        {
            "patient": samples["patient"],
            "day": samples["day"],
            "count": np.where(samples["below"], np.nan, samples["count"]),
            "below_lloq": samples["below"],
            "lloq": samples["lloq"],
        },
    )
    return Section(
        "B cell counts",
        (
            "One line a patient. Open marks stand on the limit of quantification of their own "
            "sample: the count lies somewhere below.",
        ),
        (Figure("b_cell_counts", "B cell counts since infusion", axes.figure, table),),
    )


def swimmer_section(cohort: Cohort, episodes: recovery.Depletion) -> Section:
    """Return the course of each patient with the bar of B cell aplasia."""
    subjects = cohort.subjects.rows(named=True)
    patients = [row["id"] for row in subjects]
    follow_up = np.array([row["end_day"] for row in subjects], float)
    events = {
        name: _who_and_when(cohort.events.rows(named=True), "type", name, "day")
        for name in SHOWN_EVENTS
    } | {
        name: _who_and_when(cohort.ae.rows(named=True), "class", name, "start")
        for name in SHOWN_CLASSES
    }
    depleted = np.isfinite(episodes.onset_right) & np.isfinite(episodes.recovery_left)
    aplasia = {
        "left": np.where(depleted, np.maximum(episodes.onset_left, 0), np.nan),
        "sure_left": np.where(depleted, np.maximum(episodes.onset_right, 0), np.nan),
        "sure_right": np.where(depleted, episodes.recovery_left, np.nan),
        "right": np.where(depleted, np.minimum(episodes.recovery_right, follow_up), np.nan),
    }
    axes = swimmer(
        patients,
        follow_up,
        ongoing=np.array([row["end_reason"] in ("data cut", "completed") for row in subjects]),
        bars={"B cell aplasia": aplasia},
        events={name: found for name, found in events.items() if found[0]},
        ax=detached_axes(*swimmer_size(len(patients))),
    )
    table = Table(
        "courses",
        "Follow-up and B cell aplasia, days since infusion",
        {
            "patient": patients,
            "disease": [row["disease"] for row in subjects],
            "follow_up": follow_up,
            "end_reason": [row["end_reason"] for row in subjects],
            "aplasia_possible_from": aplasia["left"],
            "aplasia_certain_from": aplasia["sure_left"],
            "aplasia_certain_to": aplasia["sure_right"],
            "aplasia_possible_to": aplasia["right"],
            **{
                f"first_{name}": [_first(found, patient) for patient in patients]
                for name, found in events.items()
            },
        },
    )
    return Section(
        "Courses",
        (
            "One lane a patient. The dark bar is the time without B cells that is certain; the "
            "pale ends reach to the visits between which they went and came back.",
        ),
        (Figure("courses", "Courses of all patients", axes.figure, table),),
    )


def _who_and_when(
    rows: list[dict[str, Any]], column: str, value: str, day: str
) -> tuple[list[str], list[float]]:
    chosen = [row for row in rows if row[column] == value]
    return [row["id"] for row in chosen], [float(row[day]) for row in chosen]


def _first(found: tuple[list[str], list[float]], patient: str) -> float:
    days = [day for who, day in zip(*found, strict=True) if who == patient]
    return min(days, default=float("nan"))


def depletion_section(episodes: recovery.Depletion) -> Section:
    """Return the table of depletion, one row a patient, and three ways to state its length."""
    intervals = {
        name: getattr(episodes, name)
        for name in (
            *("patient", "status", "baseline", "nadir", "nadir_below", "depth"),
            *("onset_left", "onset_right", "recovery_left", "recovery_right"),
            *("duration_left", "duration_right", "duration_exact", "duration_midpoint", "blips"),
        )
    }
    return Section(
        "Depletion and return",
        (
            f"{episodes}.",
            "Each time is an interval: B cells went in (onset_left, onset_right] and came back in "
            "(recovery_left, recovery_right], so the aplasia lasted between duration_left and "
            "duration_right. NR: not seen to return; before: gone at the first sample already. "
            "duration_exact takes visit dates for times, "
            "as published means do; it is late, and leaves out who has not recovered.",
            "Beside one another below: means of visit dates and of midpoints, as publications give "
            "them, and the median of what the visits leave open, which leaves nobody out.",
        ),
        (),
        (
            Table("depletion", "Depletion episodes, one row a patient (days)", intervals, 1),
            Table(
                "depletion_conventions",
                "Time from infusion to return, and duration, by three conventions (days)",
                episodes.conventions()._table(),
                1,
            ),
        ),
        {"depletion": episodes.to_dict()},
    )


def return_section(episodes: recovery.Depletion) -> Section:
    """Return the NPMLE of the time from infusion to B cell return."""
    intervals = episodes.return_intervals()
    curve = survival.turnbull(intervals.left, intervals.right)
    axes = detached_axes(7.5, 4.2)
    curve.plot(ax=axes)
    axes.set_xlabel("days since infusion")
    axes.set_ylabel("B cells not yet back")
    table = Table(
        "b_cell_return",
        "Innermost intervals, their mass, and the share not yet back after each",
        {
            "left": curve.left,
            "right": curve.right,
            "mass": curve.mass,
            "not_back_after": curve.estimate,
        },
        4,
    )
    left_out = ", ".join(f"{who} ({why})" for who, why in intervals.excluded.items())
    return Section(
        "Time to B cell return",
        (
            f"{curve}.",
            "The curve is determined only outside the shaded intervals: within one, the data do "
            "not say when its share of patients came back. The paler area holds the 95% "
            "likelihood-ratio limits. Rescue drugs, further infusions and deaths end the "
            "observation of a patient here; they are not counted as returns.",
            *((f"Not in the curve: {left_out}.",) if left_out else ()),
        ),
        (Figure("b_cell_return", "Time from infusion to B cell return", axes.figure, table),),
        (),
        {"turnbull": curve.to_dict()},
    )
