"""B cell recovery: depletion, return and counts, with what visits and limits leave open."""

from immunoreset.recovery.airr import read_airr
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
from immunoreset.recovery.expansion import Expansion, PersistenceIntervals, expansion
from immunoreset.recovery.expansion_cohort import (
    ExpansionCohort,
    ExpansionCohortCurve,
    ExpansionCohortQuantity,
    expansion_cohort,
)
from immunoreset.recovery.expansion_fit import ExpansionFit, ExpansionFitCurves, expansion_fit
from immunoreset.recovery.expansion_summary import ExpansionSummary
from immunoreset.recovery.kinetics import Kinetics, KineticsAt, KineticsQuantity, kinetics
from immunoreset.recovery.kinetics_cohort import (
    KineticsCohort,
    KineticsCohortAt,
    KineticsCohortQuantity,
    kinetics_cohort,
)
from immunoreset.recovery.reconstitution import Reconstitution, reconstitution
from immunoreset.recovery.reconstitution_answers import (
    ReconstitutionAt,
    ReconstitutionBand,
    ReconstitutionQuantile,
)
from immunoreset.recovery.reconstitution_parametric import ReconstitutionParametric
from immunoreset.recovery.reconstitution_test import ReconstitutionTest, reconstitution_test
from immunoreset.recovery.repertoire import Repertoire, repertoire
from immunoreset.recovery.repertoire_bootstrap import RepertoireBootstrap, repertoire_bootstrap
from immunoreset.recovery.repertoire_maturity import RepertoireMaturity, repertoire_maturity
from immunoreset.recovery.repertoire_overlap import RepertoireOverlap, repertoire_overlap
from immunoreset.recovery.repertoire_rarefaction import Rarefaction, rarefaction
from immunoreset.recovery.reset import Reset, ResetIntervals, ResetShares, reset
from immunoreset.recovery.reset_relapse import LandmarkCurves, ResetRelapse, reset_relapse
from immunoreset.recovery.reset_states import ResetStates, reset_states
from immunoreset.recovery.reset_test import ResetTest, reset_test
from immunoreset.recovery.titre import HALF_LIVES, Titre, titre
from immunoreset.recovery.titre_retention import TitreRetention, titre_retention
from immunoreset.recovery.titre_seroconversion import (
    Seroconversion,
    SeroconversionIntervals,
    seroconversion,
)
from immunoreset.recovery.tobit import Tobit, tobit
from immunoreset.recovery.tobit_mixed import PatientEffects, TobitMixed, tobit_mixed

__all__ = [
    "DEPLETION_PRESETS",
    "HALF_LIVES",
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
    "Expansion",
    "ExpansionCohort",
    "ExpansionCohortCurve",
    "ExpansionCohortQuantity",
    "ExpansionFit",
    "ExpansionFitCurves",
    "ExpansionSummary",
    "Kinetics",
    "KineticsAt",
    "KineticsCohort",
    "KineticsCohortAt",
    "KineticsCohortQuantity",
    "KineticsQuantity",
    "LandmarkCurves",
    "LimitedEstimate",
    "PatientEffects",
    "PersistenceIntervals",
    "Rarefaction",
    "Reconstitution",
    "ReconstitutionAt",
    "ReconstitutionBand",
    "ReconstitutionParametric",
    "ReconstitutionQuantile",
    "ReconstitutionTest",
    "Repertoire",
    "RepertoireBootstrap",
    "RepertoireMaturity",
    "RepertoireOverlap",
    "Reset",
    "ResetIntervals",
    "ResetRelapse",
    "ResetShares",
    "ResetStates",
    "ResetTest",
    "ReturnIntervals",
    "Seroconversion",
    "SeroconversionIntervals",
    "Titre",
    "TitreRetention",
    "Tobit",
    "TobitMixed",
    "aplasia",
    "aplasia_test",
    "composition",
    "composition_share",
    "composition_test",
    "depletion",
    "depletion_sensitivity",
    "detection_limit",
    "detection_limit_test",
    "expansion",
    "expansion_cohort",
    "expansion_fit",
    "kinetics",
    "kinetics_cohort",
    "rarefaction",
    "read_airr",
    "reconstitution",
    "reconstitution_test",
    "repertoire",
    "repertoire_bootstrap",
    "repertoire_maturity",
    "repertoire_overlap",
    "reset",
    "reset_relapse",
    "reset_states",
    "reset_test",
    "seroconversion",
    "titre",
    "titre_retention",
    "tobit",
    "tobit_mixed",
]
