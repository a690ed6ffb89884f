"""Tidy the hand-kept table of published facts into the typed table that the package ships.

    python tools/tidy_published_facts.py RAW.csv

RAW.csv has the columns study, overlap_group, disease, target, n, item, x, n_eval, value, spread,
unit, mark, source. What each item means (kind, endpoint, disease, ...) is not guessed here: it
stands in published_facts_classes.csv, which is written by hand. The script stops when an item is
missing there, when a class has no item, and when it meets a value or a spread it cannot read.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "python/immunoreset/datasets/data"
COLUMNS = (
    *("study", "overlap_group", "overlaps_with", "disease_cohort", "target", "cohort_n"),
    *("item", "x", "n", "value", "low", "high", "low_high", "sd", "unit"),
    *("certainty", "source", "value_text", "spread_text"),
)
UNVERIFIED = "recalled, verify"

# Which overlap groups share patients although their labels differ (Hagen 2025 collects LICATS over
# most of the Erlangen patients, those of the CASTLE trial among them).
OVERLAPS = {
    "ERL+COL": "ERL-CASTLE; ERL-NEJM15",
    "ERL-CASTLE": "ERL+COL",
    "ERL-NEJM15": "ERL+COL",
}

NUMBER = r"-?\d+(?:\.\d+)?(?:e\d+)?"
PAIR = rf"({NUMBER})-({NUMBER})"
EXTREMES = "minimum and maximum"
SPREADS = (
    (rf"{PAIR} \(min-max\).*", EXTREMES),
    (rf"range width 12; {PAIR}; mean 9\.8", EXTREMES),  # 17 - 5 is the width 12
    (rf"IQR {PAIR}", "quartiles"),
    (PAIR, "range, kind not printed"),
)
# Read by eye and left as words: they hold no single number that a column could carry.
WORDS_ONLY = {
    "text",
    "31.30 -> 5.35",
    "range width 2",
    "p=0.0002 (Fierce) / 0.0003 (readouts.ai)",
}


def numbers(value: str, spread: str) -> dict[str, str]:
    """Return value, low, high, low_high, sd as text; empty where nothing is printed."""
    out = dict.fromkeys(("value", "low", "high", "low_high", "sd"), "")
    if re.fullmatch(NUMBER, value):
        out["value"] = f"{float(value):.15g}" if "e" in value else value
    elif match := re.fullmatch(PAIR, value):
        out["low"], out["high"] = match.groups()
        out["low_high"] = "range, kind not printed"
    elif value and value not in WORDS_ONLY:
        raise SystemExit(f"value {value!r} is in no form this script reads")
    if match := re.fullmatch(rf"SD ({NUMBER})", spread):
        out["sd"] = match[1]
    elif spread and spread not in WORDS_ONLY:
        for pattern, meaning in SPREADS:
            if match := re.fullmatch(pattern, spread):
                out["low"], out["high"], out["low_high"] = match[1], match[2], meaning
                break
        else:
            raise SystemExit(f"spread {spread!r} is in no form this script reads")
    return out


def tidy(raw: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows that may be shipped, one for each row of the raw table that is verified."""
    rows: list[dict[str, str]] = []
    for row in raw:
        if row["mark"] == UNVERIFIED:
            continue
        source = row["source"]
        if source == "same":  # as in the row before, of the same study
            if not rows or rows[-1]["study"] != row["study"]:
                raise SystemExit(f"{row['study']}, {row['item']}: no row before to be the same as")
            source = rows[-1]["source"]
        rows.append(
            {
                "study": row["study"],
                "overlap_group": row["overlap_group"],
                "overlaps_with": OVERLAPS.get(row["overlap_group"], ""),
                "disease_cohort": row["disease"],
                "target": row["target"],
                "cohort_n": row["n"],
                "item": row["item"],
                "x": row["x"],
                "n": row["n_eval"],
                **numbers(row["value"], row["spread"]),
                "unit": row["unit"],
                "certainty": row["mark"],
                "source": source,
                "value_text": row["value"],
                "spread_text": row["spread"],
            }
        )
    return rows


def check_classes(rows: list[dict[str, str]]) -> None:
    """Stop unless the classes, written by hand, cover exactly the rows."""
    with (DATA / "published_facts_classes.csv").open(newline="", encoding="utf-8") as file:
        classes = [(row["study"], row["item"]) for row in csv.DictReader(file)]
    facts = [(row["study"], row["item"]) for row in rows]
    unknown = sorted(set(facts) ^ set(classes))
    if unknown or len(facts) != len(set(facts)) or len(classes) != len(set(classes)):
        raise SystemExit(f"facts and classes differ or repeat: {unknown}")


def main() -> None:
    """Read the raw table named on the command line and write the tidy one beside the classes."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with Path(sys.argv[1]).open(newline="", encoding="utf-8") as file:
        rows = tidy(list(csv.DictReader(file)))
    check_classes(rows)
    with (DATA / "published_facts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} facts of {len({row['study'] for row in rows})} studies")


if __name__ == "__main__":
    main()
