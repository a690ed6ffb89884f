"""Survival curves."""

from immunoreset.survival.kaplan_meier import KaplanMeier, kaplan_meier

__all__ = ["KaplanMeier", "kaplan_meier"]
