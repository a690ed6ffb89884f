"""B cell recovery: depletion episodes out of counts, with what the visit schedule leaves open."""

from immunoreset.recovery.depletion import (
    DEPLETION_PRESETS,
    Depletion,
    DepletionPreset,
    ReturnIntervals,
    depletion,
)

__all__ = ["DEPLETION_PRESETS", "Depletion", "DepletionPreset", "ReturnIntervals", "depletion"]
