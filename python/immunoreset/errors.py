"""What immunoreset raises: all of it derives from `ImmunoResetError`."""

from immunoreset._core import ConvergenceError, ImmunoResetError, InputError

__all__ = ["ConvergenceError", "ImmunoResetError", "InputError"]
