"""Published study-level results of CAR T cell therapy in autoimmune disease."""

from __future__ import annotations

from typing import Any

from immunoreset._columns import Column, typed_frame
from immunoreset.datasets._bundled import Description, read_bundled, typed

COLUMNS = (
    Column("study", "text", "label of the report the fact was read in"),
    Column("overlap_group", "text", "reports that share this label share patients"),
    Column("overlaps_with", "text", "other overlap groups with the same patients, split by '; '"),
    Column("disease", "text", "disease of the patients counted; mixed when they have several"),
    Column("disease_cohort", "text", "diseases of the whole cohort, as the raw table words them"),
    Column("target", "text", "target and product"),
    Column("therapy", "text", "CAR T, or the comparator: anti-CD20, placebo"),
    Column("cohort_n", "integer", "patients in the whole cohort; missing when not printed"),
    Column(
        "kind",
        "text",
        "response, activity, b-cell, kinetics, serology, safety, baseline, exposure, follow-up, "
        "design, test",
    ),
    Column("endpoint", "text", "what was counted or measured, one name for one thing"),
    Column("group", "text", "subset of the cohort, empty for all of it"),
    Column("analysis", "text", "analysis population where a report gives several"),
    Column("assessed", "text", "when it was assessed, where that is printed"),
    Column("counted", "text", "what x and n count: patients or events"),
    Column("x", "integer", "how many had it"),
    Column("n", "integer", "of how many"),
    Column("statistic", "text", "what value is: median, mean, percentage, p-value, ..."),
    Column("value", "number", "the printed number, where it is a single one"),
    Column("low", "number", "lower end of the printed range"),
    Column("high", "number", "upper end of the printed range"),
    Column("low_high", "text", "what low and high are: minimum and maximum, quartiles, ..."),
    Column("sd", "number", "printed standard deviation"),
    Column("unit", "text", "unit of value, low, high and sd"),
    Column("certainty", "text", "sure (well known), or looked up (read in the source named)"),
    Column("source", "text", "where it was read"),
    Column("item", "text", "the fact in the words of the raw table"),
    Column("value_text", "text", "value as printed"),
    Column("spread_text", "text", "spread as printed"),
)

DESCRIPTION = Description(
    name="published_facts",
    title="160 published results of 29 reports, one a row",
    source="the reports named in the column source, read by hand, often only the abstract",
    license="facts taken from publications; no text or table is copied",
    caveat=(
        "Study-level numbers, not patients. Reports that share an overlap_group, or name each "
        "other in overlaps_with, share patients: never pool them or add them up. Comparators "
        "(therapy other than 'CAR T') are no CAR T results. Several sources are congress "
        "abstracts, company releases or digests, and many were read in part. Percentages without "
        "x and n are not counts."
    ),
    columns=COLUMNS,
)


def published_facts(*, backend: str | None = None) -> Any:
    """Return published response rates, safety counts, kinetics and baseline facts.

    One row is one printed fact. What it means (`kind`, `endpoint`, `disease`, ...) comes from
    ``published_facts_classes.csv``, written by hand and shipped beside the numbers.

    Parameters
    ----------
    backend : {"polars", "pandas", "pyarrow"}, optional
        The kind of frame; by default the first of these that is installed.

    Returns
    -------
    frame
        The columns that ``datasets.describe("published_facts")`` explains.

    Notes
    -----
    Two reports with one `overlap_group` share patients; so do groups named in `overlaps_with`.

    Examples
    --------
    >>> from immunoreset import datasets
    >>> facts = datasets.published_facts(backend="pandas")
    >>> doris = facts[(facts["kind"] == "response") & (facts["endpoint"] == "DORIS")]
    >>> for study, x, n in zip(doris["study"], doris["x"], doris["n"]):
    ...     print(f"{study}: {x} of {n}")
    mackensen2022: 5 of 5
    mueller2024: 8 of 8
    castle_interim_acr2024: 6 of 6
    carlysle2025: 5 of 6
    bcma_ln_wuhan: 5 of 7
    """
    classes = {
        (row["study"], row["item"]): row for row in read_bundled("published_facts_classes.csv")
    }
    rows = [
        fact | classes[fact["study"], fact["item"]] for fact in read_bundled("published_facts.csv")
    ]
    return typed_frame(COLUMNS, typed(COLUMNS, rows), backend)
