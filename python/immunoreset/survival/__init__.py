"""Survival curves."""

from immunoreset.survival.kaplan_meier_bootstrap import QuantileBootstrap, bootstrap_quantile

__all__ = ["QuantileBootstrap", "bootstrap_quantile"]
