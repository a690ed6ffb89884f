"""What immunoreset raises, all of it derived from `ImmunoResetError`, and what it warns of."""

from immunoreset._core import ConvergenceError, ImmunoResetError, InputError


class SmallRiskSetWarning(UserWarning):
    """All of a small early risk set had the event: survival is 0 ever after."""


class FollowUpWarning(UserWarning):
    """The follow-up is too short to tell a cure from a late event."""


__all__ = [
    "ConvergenceError",
    "FollowUpWarning",
    "ImmunoResetError",
    "InputError",
    "SmallRiskSetWarning",
]
