"""Survival curves: right-censored, interval-censored, and the bootstrap of their quantiles."""

from immunoreset.survival.competing_risks import (
    CompetingRisks,
    CumulativeIncidence,
    IncidenceAt,
    TimeLost,
    competing_risks,
)
from immunoreset.survival.fine_gray import FineGray, FineGrayPrediction, fine_gray
from immunoreset.survival.gray_test import GrayTest, gray_test
from immunoreset.survival.kaplan_meier import KaplanMeier, kaplan_meier
from immunoreset.survival.kaplan_meier_bootstrap import QuantileBootstrap, bootstrap_quantile
from immunoreset.survival.kaplan_meier_summary import AtTimes, Band, Quantile, RestrictedMean
from immunoreset.survival.landmark import ChangeRows, Landmark, landmark, split_at_change
from immunoreset.survival.turnbull import Turnbull, TurnbullAt, TurnbullQuantile, turnbull

__all__ = [
    "AtTimes",
    "Band",
    "ChangeRows",
    "CompetingRisks",
    "CumulativeIncidence",
    "FineGray",
    "FineGrayPrediction",
    "GrayTest",
    "IncidenceAt",
    "KaplanMeier",
    "Landmark",
    "Quantile",
    "QuantileBootstrap",
    "RestrictedMean",
    "TimeLost",
    "Turnbull",
    "TurnbullAt",
    "TurnbullQuantile",
    "bootstrap_quantile",
    "competing_risks",
    "fine_gray",
    "gray_test",
    "kaplan_meier",
    "landmark",
    "split_at_change",
    "turnbull",
]
