"""Times to an event: seen only between two visits."""

from immunoreset.survival.turnbull import Turnbull, TurnbullAt, TurnbullQuantile, turnbull

__all__ = ["Turnbull", "TurnbullAt", "TurnbullQuantile", "turnbull"]
