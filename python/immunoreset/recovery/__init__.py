"""B cell recovery: depletion episodes out of counts, with what the visit schedule leaves open."""

from immunoreset.recovery.aplasia import Aplasia, AplasiaLimits, aplasia
from immunoreset.recovery.depletion import (
    DEPLETION_PRESETS,
    Depletion,
    DepletionPreset,
    ReturnIntervals,
    depletion,
)

__all__ = [
    "DEPLETION_PRESETS",
    "Aplasia",
    "AplasiaLimits",
    "Depletion",
    "DepletionPreset",
    "ReturnIntervals",
    "aplasia",
    "depletion",
]
