"""Survival curves: right-censored, interval-censored, bootstrapped; and Cox regression."""

from immunoreset.survival.cox import Cox, CoxTest, cox
from immunoreset.survival.cox_after import (
    CoxBaseline,
    CoxPrediction,
    CoxProportionalHazards,
    CoxResiduals,
)
from immunoreset.survival.kaplan_meier import KaplanMeier, kaplan_meier
from immunoreset.survival.kaplan_meier_bootstrap import QuantileBootstrap, bootstrap_quantile
from immunoreset.survival.kaplan_meier_summary import AtTimes, Band, Quantile, RestrictedMean
from immunoreset.survival.turnbull import Turnbull, TurnbullAt, TurnbullQuantile, turnbull

__all__ = [
    "AtTimes",
    "Band",
    "Cox",
    "CoxBaseline",
    "CoxPrediction",
    "CoxProportionalHazards",
    "CoxResiduals",
    "CoxTest",
    "KaplanMeier",
    "Quantile",
    "QuantileBootstrap",
    "RestrictedMean",
    "Turnbull",
    "TurnbullAt",
    "TurnbullQuantile",
    "bootstrap_quantile",
    "cox",
    "kaplan_meier",
    "turnbull",
]
