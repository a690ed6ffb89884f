"""B cell recovery: depletion, return and counts, with what visits and limits leave open."""

from immunoreset.recovery.aplasia import aplasia
from immunoreset.recovery.aplasia_npmle import AplasiaBetween, AplasiaNpmle
from immunoreset.recovery.aplasia_parametric import AplasiaLimits, AplasiaParametric
from immunoreset.recovery.aplasia_test import AplasiaTest, aplasia_test
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
from immunoreset.recovery.kinetics import Kinetics, KineticsAt, KineticsQuantity, kinetics
from immunoreset.recovery.kinetics_cohort import (
    KineticsCohort,
    KineticsCohortAt,
    KineticsCohortQuantity,
    kinetics_cohort,
)
from immunoreset.recovery.reconstitution import (
    Reconstitution,
    ReconstitutionAt,
    ReconstitutionBand,
    ReconstitutionQuantile,
    reconstitution,
)
from immunoreset.recovery.reconstitution_test import ReconstitutionTest, reconstitution_test
from immunoreset.recovery.tobit import Tobit, tobit

__all__ = [
    "DEPLETION_PRESETS",
    "AplasiaBetween",
    "AplasiaLimits",
    "AplasiaNpmle",
    "AplasiaParametric",
    "AplasiaTest",
    "Depletion",
    "DepletionConventions",
    "DepletionPreset",
    "DepletionSensitivity",
    "DetectionLimit",
    "DetectionLimitTest",
    "Kinetics",
    "KineticsAt",
    "KineticsCohort",
    "KineticsCohortAt",
    "KineticsCohortQuantity",
    "KineticsQuantity",
    "LimitedEstimate",
    "Reconstitution",
    "ReconstitutionAt",
    "ReconstitutionBand",
    "ReconstitutionQuantile",
    "ReconstitutionTest",
    "ReturnIntervals",
    "Tobit",
    "aplasia",
    "aplasia_test",
    "depletion",
    "depletion_sensitivity",
    "detection_limit",
    "detection_limit_test",
    "kinetics",
    "kinetics_cohort",
    "reconstitution",
    "reconstitution_test",
    "tobit",
]
