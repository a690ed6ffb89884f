"""Survival of 99 patients with systemic lupus erythematosus, Merrell and Shulman 1955."""

from __future__ import annotations

from typing import Any

from immunoreset._columns import Column, typed_frame
from immunoreset.datasets._bundled import Description, read_bundled, typed

COLUMNS = (
    Column("patient", "integer", "number of the patient, in the order of diagnosis"),
    Column("sex", "text", "female or male"),
    Column("white", "flag", "recorded as white"),
    Column("age_years", "number", "age at diagnosis; missing for patient 49", "years"),
    Column("months_onset_to_diagnosis", "integer", "estimated onset to diagnosis", "months"),
    Column("diagnosis_month", "text", "year and month of diagnosis"),
    Column("last_seen_month", "text", "year and month of the last observation"),
    Column("years", "number", "diagnosis to last observation, as transcribed", "years"),
    Column("died", "flag", "died at the last observation"),
)

DESCRIPTION = Description(
    name="sle_survival_1955",
    title="survival after the diagnosis of SLE, 99 patients, 31 deaths",
    source=(
        "Merrell M, Shulman LE. Determination of prognosis in chronic disease, illustrated by "
        "systemic lupus erythematosus. J Chronic Dis 1955;1:12-32; as transcribed in lifelines "
        "0.30.3 (merrell1955.csv)"
    ),
    license="MIT (lifelines, copyright 2017 Cameron Davidson-Pilon)",
    caveat=(
        "A historical cohort of the 1950s, before today's treatment. The transcriber warns of "
        "differences from the paper. Months are known, days are not: four times are 0, three of "
        "them deaths, and equal numbers of months differ slightly in years, so ties need a "
        "tolerance or rounding. In patients 65 and 80 years (0.25, 0.17) contradicts the two "
        "months beside it (4 and 14 months apart); both are kept as transcribed. One age is "
        "missing."
    ),
    columns=COLUMNS,
)


def sle_survival_1955(*, backend: str | None = None) -> Any:
    """Return the survival times of 99 patients with SLE, 31 of whom died.

    Real patients, and the only openly available patient-level survival data of SLE found so far.

    Parameters
    ----------
    backend : {"polars", "pandas", "pyarrow"}, optional
        The kind of frame; by default the first of these that is installed.

    Returns
    -------
    frame
        The columns that ``datasets.describe("sle_survival_1955")`` explains.

    References
    ----------
    Merrell M, Shulman LE. J Chronic Dis 1955;1:12-32.

    Examples
    --------
    >>> from immunoreset import datasets
    >>> lupus = datasets.sle_survival_1955(backend="pandas")
    >>> len(lupus), int(lupus["died"].sum())
    (99, 31)
    """
    rows = read_bundled("sle_survival_1955.csv")
    return typed_frame(COLUMNS, typed(COLUMNS, rows), backend)
