"""Real and simulated data: each with its source, a data dictionary and a caveat."""

from immunoreset.datasets._bundled import Description
from immunoreset.datasets.descriptions import describe
from immunoreset.datasets.platelet_recovery_bmt import platelet_recovery_bmt
from immunoreset.datasets.published_facts import published_facts
from immunoreset.datasets.simulated_cart_cohort import SimulatedCohort, simulated_cart_cohort
from immunoreset.datasets.simulated_nmosd_cohort import (
    SimulatedNmosdCohort,
    simulated_nmosd_cohort,
)
from immunoreset.datasets.sle_survival_1955 import sle_survival_1955

__all__ = [
    "Description",
    "SimulatedCohort",
    "SimulatedNmosdCohort",
    "describe",
    "platelet_recovery_bmt",
    "published_facts",
    "simulated_cart_cohort",
    "simulated_nmosd_cohort",
    "sle_survival_1955",
]
