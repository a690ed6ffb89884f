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

__all__ = [
    "DEPLETION_PRESETS",
    "Depletion",
    "DepletionPreset",
    "Reconstitution",
    "ReconstitutionAt",
    "ReconstitutionBand",
    "ReconstitutionQuantile",
    "ReturnIntervals",
    "depletion",
    "reconstitution",
]
