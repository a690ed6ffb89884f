"""B cell recovery: depletion episodes, and when B cells return, with what visits leave open."""

from immunoreset.recovery.depletion import Depletion, ReturnIntervals, depletion
from immunoreset.recovery.depletion_conventions import DepletionConventions
from immunoreset.recovery.depletion_presets import DEPLETION_PRESETS, DepletionPreset
from immunoreset.recovery.depletion_sensitivity import DepletionSensitivity, depletion_sensitivity
from immunoreset.recovery.reconstitution import (
    Reconstitution,
    ReconstitutionAt,
    reconstitution,
)

__all__ = [
    "DEPLETION_PRESETS",
    "Depletion",
    "DepletionConventions",
    "DepletionPreset",
    "DepletionSensitivity",
    "Reconstitution",
    "ReconstitutionAt",
    "ReturnIntervals",
    "depletion",
    "depletion_sensitivity",
    "reconstitution",
]
