"""B cell recovery: depletion, return and counts, with what visits and limits leave open."""

from immunoreset.recovery.depletion import (
    DEPLETION_PRESETS,
    Depletion,
    DepletionPreset,
    ReturnIntervals,
    depletion,
)
from immunoreset.recovery.detection_limit import (
    DetectionLimit,
    DetectionLimitTest,
    LimitedEstimate,
    detection_limit,
    detection_limit_test,
)
from immunoreset.recovery.reconstitution import (
    Reconstitution,
    ReconstitutionAt,
    reconstitution,
)
from immunoreset.recovery.tobit import Tobit, tobit

__all__ = [
    "DEPLETION_PRESETS",
    "Depletion",
    "DepletionPreset",
    "DetectionLimit",
    "DetectionLimitTest",
    "LimitedEstimate",
    "Reconstitution",
    "ReconstitutionAt",
    "ReturnIntervals",
    "Tobit",
    "depletion",
    "detection_limit",
    "detection_limit_test",
    "reconstitution",
    "tobit",
]
