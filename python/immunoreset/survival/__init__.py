"""Survival: curves, means, differences, scores, landmarks, pseudo-observations; two-visit times."""

from immunoreset.survival.concordance import Concordance, concordance
from immunoreset.survival.curve_difference import CurveDifference, curve_difference
from immunoreset.survival.kaplan_meier import KaplanMeier, kaplan_meier
from immunoreset.survival.kaplan_meier_bootstrap import QuantileBootstrap, bootstrap_quantile
from immunoreset.survival.kaplan_meier_summary import AtTimes, Band, Quantile, RestrictedMean
from immunoreset.survival.landmark import ChangeRows, Landmark, landmark, split_at_change
from immunoreset.survival.pseudo_observations import PseudoObservations, pseudo_observations
from immunoreset.survival.rmst import MeanEffect, RestrictedMeanContrast, rmst, rmst_contrast
from immunoreset.survival.turnbull import Turnbull, TurnbullAt, TurnbullQuantile, turnbull

__all__ = [
    "AtTimes",
    "Band",
    "ChangeRows",
    "Concordance",
    "CurveDifference",
    "KaplanMeier",
    "Landmark",
    "MeanEffect",
    "PseudoObservations",
    "Quantile",
    "QuantileBootstrap",
    "RestrictedMean",
    "RestrictedMeanContrast",
    "Turnbull",
    "TurnbullAt",
    "TurnbullQuantile",
    "bootstrap_quantile",
    "concordance",
    "curve_difference",
    "kaplan_meier",
    "landmark",
    "pseudo_observations",
    "rmst",
    "rmst_contrast",
    "split_at_change",
    "turnbull",
]
