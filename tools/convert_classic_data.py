"""Rewrite the two classic data sets in plain words, for the package to ship.

    python tools/convert_classic_data.py MERRELL1955.csv BMT.csv

MERRELL1955.csv is lifelines/datasets/merrell1955.csv (lifelines 0.30.3, MIT). BMT.csv is what
`write.csv(KMsurv::bmt, "BMT.csv", row.names = FALSE)` writes (KMsurv 0.1-5, GPL-3 or later).
No value is changed: columns are renamed, codes become words, and two columns of the transplant
data (first_event_day, first_event) are worked out from the others.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "python/immunoreset/datasets/data"
TRUTH = {"1": "true", "0": "false", "True": "true", "False": "false"}
GROUPS = {"1": "ALL", "2": "AML low risk", "3": "AML high risk"}
HOSPITALS = {"1": "Ohio State University", "2": "Alfred", "3": "St. Vincent", "4": "Hahnemann"}


def lupus(row: dict[str, str]) -> dict[str, str]:
    """Return one patient of Merrell and Shulman 1955."""
    age = row["age_at_diagnosis"]
    return {
        "patient": row["id"],
        "sex": "male" if row["is_male"] == "True" else "female",
        "white": TRUTH[row["is_white"]],
        "age_years": age.removesuffix(".0"),
        "months_onset_to_diagnosis": row[
            "time_elapsed_between_estimated_onset_and_diagnosis_(months)"
        ],
        "diagnosis_month": row["year_month_of_diagnosis"],
        "last_seen_month": row["year_month_of_last_observation"],
        "years": row["time_between_diagnosis_and_last_observation_(years)"],
        "died": TRUTH[row["dead"]],
    }


def transplant(number: int, row: dict[str, str]) -> dict[str, str]:
    """Return one patient of Copelan and others 1991."""
    recovered, ended = row["dp"] == "1", row["d3"] == "1"
    first_event = "platelet recovery" if recovered else "relapse or death" if ended else "none"
    return {
        "patient": str(number),
        "disease_group": GROUPS[row["group"]],
        "first_event_day": row["tp"] if recovered else row["t2"],
        "first_event": first_event,
        "platelet_day": row["tp"],
        "platelets_recovered": TRUTH[row["dp"]],
        "disease_free_days": row["t2"],
        "relapsed": TRUTH[row["d2"]],
        "relapsed_or_died": TRUTH[row["d3"]],
        "survival_days": row["t1"],
        "died": TRUTH[row["d1"]],
        "acute_gvhd_day": row["ta"],
        "acute_gvhd": TRUTH[row["da"]],
        "chronic_gvhd_day": row["tc"],
        "chronic_gvhd": TRUTH[row["dc"]],
        "age_years": row["z1"],
        "donor_age_years": row["z2"],
        "sex": "male" if row["z3"] == "1" else "female",
        "donor_sex": "male" if row["z4"] == "1" else "female",
        "cmv_positive": TRUTH[row["z5"]],
        "donor_cmv_positive": TRUTH[row["z6"]],
        "days_waited": row["z7"],
        "aml_fab_4_or_5": TRUTH[row["z8"]],
        "hospital": HOSPITALS[row["z9"]],
        "methotrexate": TRUTH[row["z10"]],
    }


def write(name: str, rows: list[dict[str, str]]) -> None:
    """Write the rows as the file that the package ships."""
    with (DATA / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Read the two files named on the command line."""
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    with Path(sys.argv[1]).open(newline="", encoding="utf-8") as file:
        write("sle_survival_1955.csv", [lupus(row) for row in csv.DictReader(file)])
    with Path(sys.argv[2]).open(newline="", encoding="utf-8") as file:
        patients = enumerate(csv.DictReader(file), start=1)
        write("platelet_recovery_bmt.csv", [transplant(i, row) for i, row in patients])


if __name__ == "__main__":
    main()
