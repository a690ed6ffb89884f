"""The report: a folder of tables, or the bundled data, as one page with its tables and numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from immunoreset import cohort as cohorts
from immunoreset import datasets
from immunoreset.report.cohort_survival import relapse_section
from immunoreset.report.content import Section
from immunoreset.report.curves import survival_section
from immunoreset.report.output import check_output, write_folder
from immunoreset.report.published import response_section
from immunoreset.report.recovery import (
    counts_section,
    depletion_of,
    depletion_section,
    return_section,
    swimmer_section,
)
from immunoreset.report.response import cohort_response_section

__all__ = ["write"]

SEED, PATIENTS = 1, 24
BACKEND = "polars"  # what the extra "report" installs
SIMULATED = (
    f"Simulated: {PATIENTS} patients made up from published kinetics and summaries (seed {SEED}). "
    "Nothing here was measured in anybody."
)

Step = Callable[[], Section]


def write(
    folder: str | PathLike[str] | None, output: str | PathLike[str], *, progress: bool = False
) -> Path:
    """Analyse a folder of tables, or the bundled data, and write the report.

    Parameters
    ----------
    folder : path or None
        The tables of one cohort (see `cohort.read`); None reports on the bundled data.
    output : path
        Folder of the report. An earlier report there is replaced when the new one is complete.
    progress : bool, default False
        Show a progress bar.

    Returns
    -------
    pathlib.Path
        The page, ``report.html``; beside it ``tables``, ``figures`` and ``results.json``.

    Raises
    ------
    CohortError
        With all problems of all tables.
    InputError
        When `output` holds files that are no report.
    """
    target = Path(output).absolute()
    check_output(target)
    if folder is None:
        title = "CAR T cell therapy in autoimmune disease: the bundled data"
        lead = (
            "Published response rates, two real data sets, and a simulated cohort in which every "
            "analysis of a trial can be seen."
        )
        steps, inputs = _bundled()
    else:
        found = cohorts.read(folder, backend=BACKEND)
        title = f"Cohort {Path(folder).absolute().name}"
        lead = ". ".join([str(found), *found.notes])
        steps = list(_cohort_steps(found))
        inputs = {path.name: _digest(path.read_bytes()) for path in found.files}
    sections = [step() for step in _shown(steps, progress)]
    return write_folder(target, title, lead, sections, inputs)


def _shown(steps: list[Step], progress: bool) -> Iterator[Step]:
    if not progress:
        return iter(steps)
    from tqdm import tqdm

    return iter(tqdm(steps, desc="report", unit="section", delay=1))


def _cohort_steps(found: cohorts.Cohort) -> Iterator[Step]:
    episodes = depletion_of(found)
    yield lambda: cohort_response_section(found)
    yield lambda: relapse_section(found)
    yield lambda: counts_section(found)
    yield lambda: swimmer_section(found, episodes)
    yield lambda: depletion_section(episodes)
    yield lambda: return_section(episodes)


def _bundled() -> tuple[list[Step], dict[str, str]]:
    facts, lupus, marrow = (
        _rows(load(backend=BACKEND))
        for load in (
            datasets.published_facts,
            datasets.sle_survival_1955,
            datasets.platelet_recovery_bmt,
        )
    )
    simulated = datasets.simulated_cart_cohort(SEED, PATIENTS, backend=BACKEND)
    steps: list[Step] = [
        lambda: response_section(facts),
        lambda: _lupus_section(lupus),
        lambda: _platelet_section(marrow),
    ]
    for step in _cohort_steps(simulated):
        steps.append(partial(_marked, step))
    names = ("published_facts", "sle_survival_1955", "platelet_recovery_bmt")
    inputs = {
        name: _digest(repr(rows).encode())
        for name, rows in zip(names, (facts, lupus, marrow), strict=True)
    }
    for name, frame in simulated.tables.items():
        inputs[f"simulated {name}"] = _digest(repr(frame.rows()).encode())
    return steps, inputs


def _rows(native: Any) -> list[dict[str, Any]]:
    import narwhals as nw

    rows: list[dict[str, Any]] = nw.from_native(native).rows(named=True)
    return rows


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _marked(step: Step) -> Section:
    """Say in the title, the text and each figure that the patients are simulated."""
    section = step()
    for figure in section.figures:
        figure.picture.text(
            0.5, 0.5, "simulated", transform=figure.picture.transFigure, ha="center", va="center",
            fontsize=44, color="#8a4b00", alpha=0.10, rotation=25,
        )  # fmt: skip
    return Section(
        f"{section.title} (simulated)",
        (SIMULATED, *section.paragraphs),
        section.figures,
        section.tables,
        section.results,
    )


def _lupus_section(rows: list[dict[str, Any]]) -> Section:
    return survival_section(
        "sle_survival_1955",
        "Survival in lupus, 1955",
        (
            "Real data: 99 patients of Merrell and Shulman (1955), 31 deaths, from diagnosis. It "
            "is what lupus meant before modern treatment, and no control group for anything.",
        ),
        [row["years"] for row in rows],
        [row["died"] for row in rows],
        unit="years",
        times=(0.25, 1, 2, 3),
        event_name="death",
    )


def _platelet_section(rows: list[dict[str, Any]]) -> Section:
    days = np.array([row["platelet_day"] for row in rows], float)
    return survival_section(
        "platelet_recovery_bmt",
        "Platelet recovery after marrow transplantation",
        (
            "Real data: 137 patients (Copelan 1991), 120 of whom recovered their platelets: the "
            "nearest openly available analogue of the return of a cell line. The curve treats "
            "relapse and death before recovery as censoring, so 1 minus it is not the share of "
            "patients who recover.",
        ),
        days,
        [row["platelets_recovered"] for row in rows],
        unit="days",
        times=(14, 21, 28, 60, 100),
        event_name="platelet recovery",
    )
