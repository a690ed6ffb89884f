"""B cell recovery: depletion episodes, and when B cells return, with what visits leave open."""

from immunoreset.recovery.depletion import (
    DEPLETION_PRESETS,
    Depletion,
    DepletionPreset,
    ReturnIntervals,
    depletion,
)
from immunoreset.recovery.reconstitution import (
    Reconstitution,
    ReconstitutionAt,
    ReconstitutionBand,
    ReconstitutionQuantile,
    reconstitution,
)
from immunoreset.recovery.reconstitution_test import ReconstitutionTest, reconstitution_test

__all__ = [
    "DEPLETION_PRESETS",
    "Depletion",
    "DepletionPreset",
    "Reconstitution",
    "ReconstitutionAt",
    "ReconstitutionBand",
    "ReconstitutionQuantile",
    "ReconstitutionTest",
    "ReturnIntervals",
    "depletion",
    "reconstitution",
    "reconstitution_test",
]
