"""Platelet recovery, relapse and death after bone marrow transplantation, Copelan 1991."""

from __future__ import annotations

from typing import Any

from immunoreset._columns import Column, typed_frame
from immunoreset.datasets._bundled import Description, read_bundled, typed

COLUMNS = (
    Column("patient", "integer", "number of the patient, in the order of the source"),
    Column("disease_group", "text", "ALL, AML low risk or AML high risk"),
    Column(
        "first_event_day",
        "integer",
        "worked out: platelet_day when platelets recovered, otherwise disease_free_days",
        "days",
    ),
    Column("first_event", "text", "worked out: platelet recovery, relapse or death, or none"),
    Column("platelet_day", "integer", "transplant to platelet recovery or end", "days"),
    Column("platelets_recovered", "flag", "platelets returned to normal"),
    Column("disease_free_days", "integer", "transplant to relapse, death or end", "days"),
    Column("relapsed", "flag", "relapsed"),
    Column("relapsed_or_died", "flag", "relapsed or died"),
    Column("survival_days", "integer", "transplant to death or end", "days"),
    Column("died", "flag", "died"),
    Column("acute_gvhd_day", "integer", "transplant to acute graft-versus-host disease", "days"),
    Column("acute_gvhd", "flag", "developed acute graft-versus-host disease"),
    Column("chronic_gvhd_day", "integer", "transplant to chronic GVHD", "days"),
    Column("chronic_gvhd", "flag", "developed chronic graft-versus-host disease"),
    Column("age_years", "integer", "age of the patient", "years"),
    Column("donor_age_years", "integer", "age of the donor", "years"),
    Column("sex", "text", "sex of the patient: female or male"),
    Column("donor_sex", "text", "sex of the donor: female or male"),
    Column("cmv_positive", "flag", "patient positive for cytomegalovirus"),
    Column("donor_cmv_positive", "flag", "donor positive for cytomegalovirus"),
    Column("days_waited", "integer", "waiting time to the transplant", "days"),
    Column("aml_fab_4_or_5", "flag", "AML of FAB grade 4 or 5"),
    Column("hospital", "text", "where the transplant was done"),
    Column("methotrexate", "flag", "methotrexate given against graft-versus-host disease"),
)

DESCRIPTION = Description(
    name="platelet_recovery_bmt",
    title="platelet recovery after bone marrow transplantation, 137 patients, 120 recoveries",
    source=(
        "Copelan EA and others. Treatment for acute myelocytic leukemia with allogeneic bone "
        "marrow transplantation following preparation with BuCy2. Blood 1991;78:838-43; Klein JP, "
        "Moeschberger ML. Survival Analysis. Springer 1997, section 1.3; as in the R package "
        "KMsurv 0.1-5 (bmt)"
    ),
    license="GPL-3.0-or-later (KMsurv, by Klein and Moeschberger, modified by Jun Yan)",
    caveat=(
        "Leukaemia, not autoimmune disease: real patients, and the nearest real analogue of blood "
        "cell recovery with competing events. Three patients without recovery relapsed before "
        "platelet_day, which then is the end of follow-up: use first_event_day and first_event for "
        "competing risks. Recovery days are given as exact. KMsurv's own help mislabels the column "
        "tp (platelet_day) as time to chronic GVHD."
    ),
    columns=COLUMNS,
)


def platelet_recovery_bmt(*, backend: str | None = None) -> Any:
    """Return days of platelet recovery, relapse and death of 137 transplanted patients.

    120 recovered; 16 relapsed or died before, and 1 was followed to the end without either.

    Parameters
    ----------
    backend : {"polars", "pandas", "pyarrow"}, optional
        The kind of frame; by default the first of these that is installed.

    Returns
    -------
    frame
        The columns that ``datasets.describe("platelet_recovery_bmt")`` explains.

    References
    ----------
    Copelan EA and others. Blood 1991;78:838-43. Klein JP, Moeschberger ML. Survival Analysis:
    Techniques for Censored and Truncated Data. Springer 1997.

    Examples
    --------
    >>> from immunoreset import datasets
    >>> transplants = datasets.platelet_recovery_bmt(backend="pandas")
    >>> transplants["first_event"].value_counts().to_dict()
    {'platelet recovery': 120, 'relapse or death': 16, 'none': 1}
    """
    rows = read_bundled("platelet_recovery_bmt.csv")
    return typed_frame(COLUMNS, typed(COLUMNS, rows), backend)
