"""Survival curves, right-censored or interval-censored, and tests that compare them."""

from immunoreset.survival.kaplan_meier import KaplanMeier, kaplan_meier
from immunoreset.survival.kaplan_meier_bootstrap import QuantileBootstrap, bootstrap_quantile
from immunoreset.survival.kaplan_meier_summary import AtTimes, Band, Quantile, RestrictedMean
from immunoreset.survival.landmark import ChangeRows, Landmark, landmark, split_at_change
from immunoreset.survival.logrank import Logrank, logrank
from immunoreset.survival.logrank_maxcombo import MaxCombo, maxcombo
from immunoreset.survival.logrank_one_sample import OneSampleLogrank, one_sample_logrank
from immunoreset.survival.logrank_replicates import LogrankReplicates, logrank_replicates
from immunoreset.survival.turnbull import Turnbull, TurnbullAt, TurnbullQuantile, turnbull

__all__ = [
    "AtTimes",
    "Band",
    "ChangeRows",
    "KaplanMeier",
    "Landmark",
    "Logrank",
    "LogrankReplicates",
    "MaxCombo",
    "OneSampleLogrank",
    "Quantile",
    "QuantileBootstrap",
    "RestrictedMean",
    "Turnbull",
    "TurnbullAt",
    "TurnbullQuantile",
    "bootstrap_quantile",
    "kaplan_meier",
    "landmark",
    "logrank",
    "logrank_replicates",
    "maxcombo",
    "one_sample_logrank",
    "split_at_change",
    "turnbull",
]
