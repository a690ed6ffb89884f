"""Survival curves of times that may be censored."""

from immunoreset.survival.kaplan_meier import KaplanMeier, kaplan_meier
from immunoreset.survival.kaplan_meier_bootstrap import BootstrapQuantile, bootstrap_quantile
from immunoreset.survival.kaplan_meier_summary import AtTimes, Band, Quantile, RestrictedMean

__all__ = [
    "AtTimes",
    "Band",
    "BootstrapQuantile",
    "KaplanMeier",
    "Quantile",
    "RestrictedMean",
    "bootstrap_quantile",
    "kaplan_meier",
]
