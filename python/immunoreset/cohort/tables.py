"""The tables of a cohort and the rules their cells keep, as data.

Everything that is checked column by column stands here; `checks.py` only carries it out. Days are
whole days since the infusion, which is day 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from immunoreset._columns import Column

__all__ = ["FLAGS", "LAB_TESTS", "SCORES", "TABLES", "UNIT_SPELLINGS", "Field", "Limits", "Table"]


@dataclass(frozen=True, slots=True)
class Field(Column):
    """A column of a cohort table: a `Column` with the rules its cells keep.

    Attributes
    ----------
    required : bool
        The file must have the column.
    may_be_empty : bool
        A cell may be empty, for a value that is not known or does not apply.
    low, high : float
        The smallest and the largest value allowed.
    positive : bool
        The value must be above 0.
    choices : tuple of str
        The only values allowed, if any are named.
    """

    required: bool = False
    may_be_empty: bool = False
    low: float = -inf
    high: float = inf
    positive: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a table keeps a laboratory result, its unit and its limit of quantification.

    Attributes
    ----------
    value : str
        Column of the result; empty, or "<1", where it lies below the limit.
    same_unit : tuple of str
        Columns in the unit of the result.
    units : dict
        Factor from each unit accepted to the unit kept, for the whole table; None when it
        depends on the test (`LAB_TESTS`).
    """

    value: str
    same_unit: tuple[str, ...]
    units: Mapping[str, tuple[str, float]] | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the cohort: what a row is, its fields, and the rules over whole rows.

    Attributes
    ----------
    required : bool
        A cohort cannot do without the file.
    needs_rows : bool
        The file must have rows: a header alone is not enough.
    key : tuple of str
        Columns that no two rows may share.
    days : tuple of str
        Columns with days, the first of them when the row begins. None may lie after the patient's
        `end_day`.
    not_before_infusion : dict
        From a column to the values whose rows cannot begin before day 0; empty values mean all.
    """

    name: str
    meaning: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    required: bool = False
    needs_rows: bool = False
    days: tuple[str, ...] = ()
    not_before_infusion: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Limits | None = None

    def field_of(self, name: str) -> Field | None:
        """Return the field of that name, or None for a column the rules do not know."""
        return next((field for field in self.fields if field.name == name), None)


DISEASES = (
    *("SLE", "LN", "IIM", "SSc", "NMOSD", "MG", "MS"),
    *("RA", "SjD", "AAV", "ITP", "CIDP", "SPS", "OTHER"),
)
SUBSETS = (
    *("transitional", "naive", "unswitched_memory", "switched_memory"),
    *("double_negative", "plasmablast"),
)
FLAGS = {
    **{"true": True, "yes": True, "y": True, "1": True},
    **{"false": False, "no": False, "n": False, "0": False},
}

# Another spelling of the same unit.
UNIT_SPELLINGS = {
    "cells/µL": "cells/uL",
    "cells/μL": "cells/uL",
    "/uL": "cells/uL",
    "cells/mm3": "cells/uL",
    "10^6/L": "cells/uL",
    "10*9/L": "10^9/L",
    "x10^9/L": "10^9/L",
    "G/L": "10^9/L",
    "10^3/uL": "10^9/L",
    "µg/L": "ug/L",
    "μg/L": "ug/L",
    "ng/mL": "ug/L",
    "µmol/L": "umol/L",
    "μmol/L": "umol/L",
    "copies/µg": "copies/ug",
    "copies/μg": "copies/ug",
}

# From a unit accepted to the unit kept, and by how much to multiply. Nothing else is converted.
CELLS = {"cells/uL": ("cells/uL", 1.0), "10^9/L": ("cells/uL", 1000.0)}
PROTEIN = {"g/L": ("g/L", 1.0), "mg/dL": ("g/L", 0.01)}
COMPLEMENT = {**PROTEIN, "mg/L": ("g/L", 0.001)}
CAR_T = {**CELLS, "copies/ug": ("copies/ug", 1.0)}
ANTIBODY = {unit: (unit, 1.0) for unit in ("IU/mL", "U/mL", "nmol/L", "titre")}
LAB_TESTS: dict[str, dict[str, tuple[str, float]]] = {
    "ANC": CELLS,
    "lymphocytes": CELLS,
    "platelets": {"10^9/L": ("10^9/L", 1.0), "cells/uL": ("10^9/L", 0.001)},
    "hemoglobin": {"g/dL": ("g/dL", 1.0), "g/L": ("g/dL", 0.1)},
    "IgG": PROTEIN,
    "IgA": PROTEIN,
    "IgM": PROTEIN,
    "C3": COMPLEMENT,
    "C4": COMPLEMENT,
    "CRP": {"mg/L": ("mg/L", 1.0), "mg/dL": ("mg/L", 10.0)},
    "ferritin": {"ug/L": ("ug/L", 1.0)},
    "CK": {"U/L": ("U/L", 1.0)},
    "creatinine": {"umol/L": ("umol/L", 1.0), "mg/dL": ("umol/L", 88.42)},
    "eGFR": {"mL/min/1.73m2": ("mL/min/1.73m2", 1.0)},
    "UPCR": {
        "g/g": ("g/g", 1.0),
        "mg/g": ("g/g", 0.001),
        "mg/mmol": ("g/g", 1 / 113.1),  # 1 g/g is 113.1 mg/mmol
    },
    "anti-dsDNA": ANTIBODY,
    "anti-AChR": ANTIBODY,
    "AQP4-IgG": ANTIBODY,
    "anti-Jo-1": ANTIBODY,
    "anti-Scl-70": ANTIBODY,
}
# Tests whose results come near the limit of their assay, so that a row must name the limit.
NEEDS_LLOQ = tuple(test for test, units in LAB_TESTS.items() if units is ANTIBODY)

# Range of the total of a score; a row with an item (one part of a score) is not held to it.
SCORES = {
    "SLEDAI-2K": (0, 105),
    "PGA": (0, 3),
    "mRSS": (0, 51),
    "HAQ-DI": (0, 3),
    "MMT8": (0, 150),
    "TIS": (0, 100),
    "EDSS": (0, 10),
    "MG-ADL": (0, 24),
    "QMG": (0, 39),
    "MGC": (0, 50),
}

ID = Field("id", "text", "the patient, as in subjects", required=True)
DAY = Field("day", "integer", "day since the infusion", "days", required=True)
LLOQ = Field(
    "lloq", "number", "lower limit of quantification of this sample", required=True, positive=True
)
BELOW = Field(
    "below_lloq", "flag", "the result lies below lloq (its own cell may be empty)",
    may_be_empty=True,
)  # fmt: skip
UNIT = Field("unit", "text", "unit of the result and of the limits beside it", required=True)


def _optional(name: str, kind: str, meaning: str, unit: str = "", **rules: object) -> Field:
    return Field(name, kind, meaning, unit, may_be_empty=True, **rules)  # type: ignore[arg-type]


SUBJECTS = Table(
    "subjects",
    "one row a patient",
    (
        Field("id", "text", "name of the patient, which no other has", required=True),
        Field("disease", "text", "the disease treated", required=True, choices=DISEASES),
        Field("end_day", "integer", "last day of follow-up", "days", required=True, low=0),
        Field(
            "end_reason", "text", "why follow-up ended", required=True,
            choices=("completed", "data cut", "death", "withdrawal", "lost"),
        ),
        _optional("infusion_day", "integer", "the infusion: day 0", "days", low=0, high=0),
        _optional("apheresis_day", "integer", "day of the apheresis", "days", high=0),
        _optional("ld_day", "integer", "first day of lymphodepletion", "days", high=0),
        _optional("cells_per_kg", "number", "CAR T cells infused", "cells/kg", positive=True),
        _optional("product", "text", "name of the CAR T product"),
        _optional("target", "text", "its target, such as CD19"),
        _optional("arm", "text", "treatment arm or dose level"),
        _optional("overlap_group", "text", "label shared by reports that share patients"),
        _optional("age", "number", "age at the infusion", "years", low=0, high=120),
        _optional("sex", "text", "sex", choices=("female", "male")),
        _optional("simulated", "flag", "true when the patient is made up by a simulation"),
    ),
    key=("id",),
    required=True,
    needs_rows=True,
)  # fmt: skip

VISITS = Table(
    "visits",
    "one row a score, or an item of a score, at a visit",
    (
        ID,
        DAY,
        Field("score_name", "text", "name of the score, such as SLEDAI-2K", required=True),
        Field("value", "number", "the score", required=True),
        _optional("unit", "text", "unit, for a score that has one"),
        _optional("item", "text", "part of the score, empty for its total"),
    ),
    key=("id", "day", "score_name", "item"),
    days=("day",),
)

LABS = Table(
    "labs",
    "one row a laboratory result",
    (
        ID,
        DAY,
        Field("test", "text", "name of the test", required=True),
        Field("value", "number", "the result", required=True, may_be_empty=True, low=0),
        UNIT,
        _optional("lloq", "number", "lower limit of quantification of this sample", positive=True),
        _optional("uloq", "number", "upper limit of quantification", positive=True),
        _optional("lln", "number", "lower limit of normal", low=0),
        _optional("uln", "number", "upper limit of normal", positive=True),
        BELOW,
    ),
    key=("id", "day", "test"),
    days=("day",),
    limits=Limits("value", ("value", "lloq", "uloq", "lln", "uln"), None),
)

MEDS = Table(
    "meds",
    "one row a stretch of one drug at one dose",
    (
        ID,
        Field("drug", "text", "name of the drug", required=True),
        Field(
            "class", "text", "its class: glucocorticoid, immunosuppressant, biologic, ...",
            required=True,
            choices=("GC", "IS", "BIO", "HCQ", "IVIG", "TCZ", "CHEI", "LD", "OTHER"),
        ),
        Field("start", "integer", "first day", "days", required=True),
        Field("stop", "integer", "last day; empty while it goes on", "days", required=True,
              may_be_empty=True),
        _optional("dose", "number", "dose", low=0),
        _optional("unit", "text", "unit of the dose"),
        _optional("indication", "text", "what it was given for"),
    ),
    key=("id", "drug", "start"),
    days=("start", "stop"),
)  # fmt: skip

AE = Table(
    "ae",
    "one row an adverse event",
    (
        ID,
        Field("term", "text", "name of the event", required=True),
        Field(
            "class", "text", "its class", required=True,
            choices=("CRS", "ICANS", "LICATS", "ICAHT", "IECHS", "INF", "OTHER"),
        ),
        Field("grade", "integer", "its highest grade", required=True, low=1, high=5),
        Field("start", "integer", "first day", "days", required=True),
        Field("stop", "integer", "last day; empty while it goes on", "days", required=True,
              may_be_empty=True),
        _optional("organ", "text", "organ concerned"),
        _optional("serious", "flag", "a serious adverse event"),
    ),
    key=("id", "class", "term", "start"),
    days=("start", "stop"),
    not_before_infusion={"class": ("CRS", "ICANS", "LICATS", "ICAHT", "IECHS")},
)  # fmt: skip

PK = Table(
    "pk",
    "one row a measurement of CAR T cells in blood",
    (
        ID,
        DAY,
        Field("value", "number", "the result", required=True, may_be_empty=True, low=0),
        UNIT,
        LLOQ,
        BELOW,
    ),
    key=("id", "day", "unit"),
    days=("day",),
    limits=Limits("value", ("value", "lloq"), CAR_T),
)

FLOW = Table(
    "flow",
    "one row a B cell count by flow cytometry",
    (
        ID,
        DAY,
        Field("cd19_abs", "number", "B cells", required=True, may_be_empty=True, low=0),
        UNIT,
        LLOQ,
        BELOW,
        _optional("events", "integer", "B cell events counted", low=0),
        *(
            _optional(name, "number", f"fraction of B cells: {name.replace('_', ' ')}",
                      low=0, high=1)
            for name in SUBSETS
        ),
    ),
    key=("id", "day"),
    required=True,
    needs_rows=True,
    days=("day",),
    limits=Limits("cd19_abs", ("cd19_abs", "lloq"), CELLS),
)  # fmt: skip

EVENTS = Table(
    "events",
    "one row a clinical event",
    (
        ID,
        DAY,
        Field(
            "type", "text", "what happened", required=True,
            choices=("relapse", "adjudicated_relapse", "rescue", "reinfusion", "death",
                     "withdrawal"),
        ),
    ),
    key=("id", "day", "type"),
    required=True,
    days=("day",),
    not_before_infusion={"type": ()},
)  # fmt: skip

TABLES = (SUBJECTS, VISITS, LABS, MEDS, AE, PK, FLOW, EVENTS)
