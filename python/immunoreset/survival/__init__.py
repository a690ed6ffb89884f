"""Survival: curves and means, tests and contrasts, regression, times between two visits."""

from immunoreset.survival.competing_risks import (
    CompetingRisks,
    CumulativeIncidence,
    IncidenceAt,
    TimeLost,
    competing_risks,
)
from immunoreset.survival.concordance import Concordance, concordance
from immunoreset.survival.cox import Cox, CoxTest, cox
from immunoreset.survival.cox_after import (
    CoxBaseline,
    CoxPrediction,
    CoxProportionalHazards,
    CoxResiduals,
)
from immunoreset.survival.cox_frailty import CoxFrailties, CoxFrailty, cox_frailty
from immunoreset.survival.curve_difference import CurveDifference, curve_difference
from immunoreset.survival.fine_gray import FineGray, FineGrayPrediction, fine_gray
from immunoreset.survival.gray_test import GrayTest, gray_test
from immunoreset.survival.incidence import Incidence, incidence
from immunoreset.survival.incidence_before_after import BeforeAfter, incidence_before_after
from immunoreset.survival.incidence_contrast import IncidenceContrast, incidence_contrast
from immunoreset.survival.incidence_posterior import RatePosterior, rate_posterior
from immunoreset.survival.incidence_split import ExposureSplit, split_exposure
from immunoreset.survival.interval_cox import (
    IntervalCox,
    IntervalCoxAt,
    IntervalCoxBaseline,
    interval_cox,
)
from immunoreset.survival.interval_logrank import IntervalLogrank, interval_logrank
from immunoreset.survival.kaplan_meier import KaplanMeier, kaplan_meier
from immunoreset.survival.kaplan_meier_bootstrap import QuantileBootstrap, bootstrap_quantile
from immunoreset.survival.kaplan_meier_log_log import LogLog, log_log
from immunoreset.survival.kaplan_meier_summary import AtTimes, Band, Quantile, RestrictedMean
from immunoreset.survival.landmark import ChangeRows, Landmark, landmark, split_at_change
from immunoreset.survival.logrank import Logrank, logrank
from immunoreset.survival.logrank_maxcombo import MaxCombo, maxcombo
from immunoreset.survival.logrank_one_sample import OneSampleLogrank, one_sample_logrank
from immunoreset.survival.logrank_replicates import LogrankReplicates, logrank_replicates
from immunoreset.survival.multistate import MultiState, StateOccupation, multistate
from immunoreset.survival.multistate_after import ExpectedTime, OccupationAt, TransitionProbability
from immunoreset.survival.multistate_difference import OccupationDifference, occupation_difference
from immunoreset.survival.multistate_response import in_response
from immunoreset.survival.panel_markov import PanelMarkov, panel_markov
from immunoreset.survival.panel_markov_after import PanelPrevalence, PanelProbability
from immunoreset.survival.parametric import Parametric, parametric
from immunoreset.survival.parametric_after import (
    ParametricAt,
    ParametricQuantile,
    ParametricResiduals,
)
from immunoreset.survival.parametric_comparison import ParametricComparison, parametric_comparison
from immunoreset.survival.pseudo_observations import PseudoObservations, pseudo_observations
from immunoreset.survival.rate_regression import RateRegression, rate_regression
from immunoreset.survival.recurrent import MeanCount, MeanCumulativeFunction, recurrent
from immunoreset.survival.recurrent_cox import recurrent_cox
from immunoreset.survival.recurrent_test import RecurrentTest, recurrent_test
from immunoreset.survival.rmst import MeanEffect, RestrictedMeanContrast, rmst, rmst_contrast
from immunoreset.survival.turnbull import Turnbull, TurnbullAt, TurnbullQuantile, turnbull
from immunoreset.survival.win_ratio import WinMeasure, WinOutcome, WinRatio, win_outcome, win_ratio

__all__ = [
    "AtTimes",
    "Band",
    "BeforeAfter",
    "ChangeRows",
    "CompetingRisks",
    "Concordance",
    "Cox",
    "CoxBaseline",
    "CoxFrailties",
    "CoxFrailty",
    "CoxPrediction",
    "CoxProportionalHazards",
    "CoxResiduals",
    "CoxTest",
    "CumulativeIncidence",
    "CurveDifference",
    "ExpectedTime",
    "ExposureSplit",
    "FineGray",
    "FineGrayPrediction",
    "GrayTest",
    "Incidence",
    "IncidenceAt",
    "IncidenceContrast",
    "IntervalCox",
    "IntervalCoxAt",
    "IntervalCoxBaseline",
    "IntervalLogrank",
    "KaplanMeier",
    "Landmark",
    "LogLog",
    "Logrank",
    "LogrankReplicates",
    "MaxCombo",
    "MeanCount",
    "MeanCumulativeFunction",
    "MeanEffect",
    "MultiState",
    "OccupationAt",
    "OccupationDifference",
    "OneSampleLogrank",
    "PanelMarkov",
    "PanelPrevalence",
    "PanelProbability",
    "Parametric",
    "ParametricAt",
    "ParametricComparison",
    "ParametricQuantile",
    "ParametricResiduals",
    "PseudoObservations",
    "Quantile",
    "QuantileBootstrap",
    "RatePosterior",
    "RateRegression",
    "RecurrentTest",
    "RestrictedMean",
    "RestrictedMeanContrast",
    "StateOccupation",
    "TimeLost",
    "TransitionProbability",
    "Turnbull",
    "TurnbullAt",
    "TurnbullQuantile",
    "WinMeasure",
    "WinOutcome",
    "WinRatio",
    "bootstrap_quantile",
    "competing_risks",
    "concordance",
    "cox",
    "cox_frailty",
    "curve_difference",
    "fine_gray",
    "gray_test",
    "in_response",
    "incidence",
    "incidence_before_after",
    "incidence_contrast",
    "interval_cox",
    "interval_logrank",
    "kaplan_meier",
    "landmark",
    "log_log",
    "logrank",
    "logrank_replicates",
    "maxcombo",
    "multistate",
    "occupation_difference",
    "one_sample_logrank",
    "panel_markov",
    "parametric",
    "parametric_comparison",
    "pseudo_observations",
    "rate_posterior",
    "rate_regression",
    "recurrent",
    "recurrent_cox",
    "recurrent_test",
    "rmst",
    "rmst_contrast",
    "split_at_change",
    "split_exposure",
    "turnbull",
    "win_outcome",
    "win_ratio",
]
