"""Survival curves: right-censored, interval-censored, and the bootstrap of their quantiles."""

from immunoreset.survival.kaplan_meier import KaplanMeier, kaplan_meier
from immunoreset.survival.kaplan_meier_bootstrap import QuantileBootstrap, bootstrap_quantile
from immunoreset.survival.kaplan_meier_summary import AtTimes, Band, Quantile, RestrictedMean
from immunoreset.survival.landmark import ChangeRows, Landmark, landmark, split_at_change
from immunoreset.survival.parametric import (
    Parametric,
    ParametricAt,
    ParametricComparison,
    ParametricQuantile,
    ParametricResiduals,
    parametric,
    parametric_comparison,
)
from immunoreset.survival.turnbull import Turnbull, TurnbullAt, TurnbullQuantile, turnbull

__all__ = [
    "AtTimes",
    "Band",
    "ChangeRows",
    "KaplanMeier",
    "Landmark",
    "Parametric",
    "ParametricAt",
    "ParametricComparison",
    "ParametricQuantile",
    "ParametricResiduals",
    "Quantile",
    "QuantileBootstrap",
    "RestrictedMean",
    "Turnbull",
    "TurnbullAt",
    "TurnbullQuantile",
    "bootstrap_quantile",
    "kaplan_meier",
    "landmark",
    "parametric",
    "parametric_comparison",
    "split_at_change",
    "turnbull",
]
