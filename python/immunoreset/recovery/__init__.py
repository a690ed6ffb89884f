"""B cell recovery: depletion, return and counts, with what visits and limits leave open."""

from immunoreset.recovery.aplasia import aplasia
from immunoreset.recovery.aplasia_npmle import AplasiaBetween, AplasiaNpmle
from immunoreset.recovery.aplasia_parametric import AplasiaLimits, AplasiaParametric
from immunoreset.recovery.aplasia_test import AplasiaTest, aplasia_test
from immunoreset.recovery.composition import (
    SUBSETS,
    Composition,
    CompositionShare,
    composition,
    composition_share,
)
from immunoreset.recovery.composition_test import CompositionTest, composition_test
from immunoreset.recovery.depletion import Depletion, ReturnIntervals, depletion
from immunoreset.recovery.depletion_conventions import DepletionConventions
from immunoreset.recovery.depletion_presets import DEPLETION_PRESETS, DepletionPreset
from immunoreset.recovery.depletion_sensitivity import DepletionSensitivity, depletion_sensitivity
from immunoreset.recovery.detection_limit import (
    DetectionLimit,
    DetectionLimitTest,
    LimitedEstimate,
    detection_limit,
    detection_limit_test,
)
from immunoreset.recovery.reconstitution import Reconstitution, reconstitution
from immunoreset.recovery.reconstitution_answers import (
    ReconstitutionAt,
    ReconstitutionBand,
    ReconstitutionQuantile,
)
from immunoreset.recovery.reconstitution_parametric import ReconstitutionParametric
from immunoreset.recovery.reconstitution_test import ReconstitutionTest, reconstitution_test
from immunoreset.recovery.reset import Reset, ResetIntervals, ResetShares, reset
from immunoreset.recovery.reset_relapse import LandmarkCurves, ResetRelapse, reset_relapse
from immunoreset.recovery.reset_states import ResetStates, reset_states
from immunoreset.recovery.reset_test import ResetTest, reset_test
from immunoreset.recovery.tobit import Tobit, tobit

__all__ = [
    "DEPLETION_PRESETS",
    "SUBSETS",
    "AplasiaBetween",
    "AplasiaLimits",
    "AplasiaNpmle",
    "AplasiaParametric",
    "AplasiaTest",
    "Composition",
    "CompositionShare",
    "CompositionTest",
    "Depletion",
    "DepletionConventions",
    "DepletionPreset",
    "DepletionSensitivity",
    "DetectionLimit",
    "DetectionLimitTest",
    "LandmarkCurves",
    "LimitedEstimate",
    "Reconstitution",
    "ReconstitutionAt",
    "ReconstitutionBand",
    "ReconstitutionParametric",
    "ReconstitutionQuantile",
    "ReconstitutionTest",
    "Reset",
    "ResetIntervals",
    "ResetRelapse",
    "ResetShares",
    "ResetStates",
    "ResetTest",
    "ReturnIntervals",
    "Tobit",
    "aplasia",
    "aplasia_test",
    "composition",
    "composition_share",
    "composition_test",
    "depletion",
    "depletion_sensitivity",
    "detection_limit",
    "detection_limit_test",
    "reconstitution",
    "reconstitution_test",
    "reset",
    "reset_relapse",
    "reset_states",
    "reset_test",
    "tobit",
]
