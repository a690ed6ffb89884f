"""Response rates out of published counts, by disease and endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from immunoreset import response
from immunoreset.plots.axes import detached_axes
from immunoreset.plots.forest import forest, forest_size
from immunoreset.report.content import Figure, Section, Table

Fact = Mapping[str, Any]


def independent(facts: Iterable[Fact]) -> list[Fact]:
    """Return the largest reports of which no two share patients."""
    chosen: list[Fact] = []
    taken: set[str] = set()
    for fact in sorted(facts, key=lambda fact: -fact["n"]):
        groups = {fact["overlap_group"], *(fact["overlaps_with"] or "").split("; ")} - {""}
        if not groups & taken:
            chosen.append(fact)
            taken |= groups
    return chosen


def _rows(facts: list[Fact]) -> list[dict[str, Any]]:
    """One row a report, and one for all independent reports of the same disease and endpoint."""
    rows: list[dict[str, Any]] = []
    for key in sorted({(fact["disease"], fact["endpoint"]) for fact in facts}):
        own = [fact for fact in facts if (fact["disease"], fact["endpoint"]) == key]
        disease, endpoint = key
        for fact in own:
            subset = ", ".join(word for word in (fact["group"], fact["analysis"]) if word)
            rows.append(
                {
                    "disease": disease,
                    "endpoint": endpoint,
                    "report": fact["study"],
                    "subset": subset,
                    "assessed": fact["assessed"] or "",
                    "added_up": "",
                    "target": fact["target"],
                    "overlap_group": fact["overlap_group"],
                    "events": fact["x"],
                    "n": fact["n"],
                }
            )
        apart = independent(own)
        if len(apart) > 1:
            rows.append(
                {
                    "disease": disease,
                    "endpoint": endpoint,
                    "report": f"{len(apart)} independent series",
                    "subset": "",
                    "assessed": "",
                    "added_up": ", ".join(fact["study"] for fact in apart),
                    "target": "",
                    "overlap_group": "",
                    "events": sum(fact["x"] for fact in apart),
                    "n": sum(fact["n"] for fact in apart),
                }
            )
    return rows


def _label(row: Mapping[str, Any]) -> str:
    subset = f" ({row['subset']})" if row["subset"] else ""
    return f"{row['disease']}, {row['endpoint']}: {row['report']}{subset}"


def response_section(facts: Iterable[Fact]) -> Section:
    """Return response rates with exact and mid-P limits, and their forest plot."""
    counted = [
        fact
        for fact in facts
        if fact["kind"] == "response"
        and fact["therapy"] == "CAR T"
        and fact["counted"] == "patients"
        and fact["x"] is not None
        and fact["n"] is not None
    ]
    rows = _rows(counted)
    events = np.array([row["events"] for row in rows])
    n = np.array([row["n"] for row in rows])
    exact = response.proportion(events, n)
    mid_p = response.proportion(events, n, method="mid-p")
    table = Table(
        "response_rates_published",
        "Published response rates; exact: Clopper-Pearson, 95%",
        {name: [row[name] for row in rows] for name in rows[0]}
        | {
            "rate": exact.estimate,
            "exact_low": exact.low,
            "exact_high": exact.high,
            "mid_p_low": mid_p.low,
            "mid_p_high": mid_p.high,
        },
    )
    summary = [bool(row["added_up"]) for row in rows]
    labels = [_label(row) for row in rows]
    axes = forest(
        labels,
        exact.estimate,
        exact.low,
        exact.high,
        size=n,
        numbers=[f"{x}/{of}" for x, of in zip(events, n, strict=True)],
        summary=summary,
        xlabel="response rate, with exact 95% limits",
        ax=detached_axes(*forest_size(labels)),
    )
    return Section(
        "Response rates in published series",
        (
            "One row is one report. Reports that share patients (one overlap group) are never "
            "added up: a bold row adds up the largest reports of which no two share patients, "
            "without a model of how series differ.",
            "The exact interval holds its level at every rate, also at 0 of n and n of n; the "
            "mid-P interval is shorter and holds it on average.",
        ),
        (Figure("response_rates_published", "Published response rates", axes.figure, table),),
        (),
        {"clopper-pearson": exact.to_dict(), "mid-p": mid_p.to_dict()},
    )
