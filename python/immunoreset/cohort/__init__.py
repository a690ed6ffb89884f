"""A cohort out of a folder of tables: read, check, and say everything that is wrong at once."""

from immunoreset.cohort.problems import CohortError, Problem
from immunoreset.cohort.reading import Cohort, Findings, read, validate

__all__ = ["Cohort", "CohortError", "Findings", "Problem", "read", "validate"]
