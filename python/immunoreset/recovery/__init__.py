"""B cell recovery: depletion episodes, and when B cells return, with what visits leave open."""

from immunoreset.recovery.aplasia import aplasia
from immunoreset.recovery.aplasia_npmle import AplasiaBetween, AplasiaNpmle
from immunoreset.recovery.aplasia_parametric import AplasiaLimits, AplasiaParametric
from immunoreset.recovery.aplasia_test import AplasiaTest, aplasia_test
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
    reconstitution,
)

__all__ = [
    "DEPLETION_PRESETS",
    "AplasiaBetween",
    "AplasiaLimits",
    "AplasiaNpmle",
    "AplasiaParametric",
    "AplasiaTest",
    "Depletion",
    "DepletionPreset",
    "Reconstitution",
    "ReconstitutionAt",
    "ReturnIntervals",
    "aplasia",
    "aplasia_test",
    "depletion",
    "reconstitution",
]
