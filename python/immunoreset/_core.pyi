from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike, NDArray

__version__: str

class ImmunoResetError(Exception): ...
class InputError(ImmunoResetError, ValueError): ...
class ConvergenceError(ImmunoResetError, ArithmeticError): ...

def build_config() -> dict[str, str]: ...
def arrow_stream(names: list[str], columns: Sequence[NDArray[Any] | list[str]], /) -> object: ...
def proportion_interval(
    events: ArrayLike, n: ArrayLike, method: str, alternative: str, level: float, /
) -> tuple[Any, Any, Any]: ...
def proportion_test(
    events: ArrayLike, n: ArrayLike, null: ArrayLike, method: str, alternative: str, /
) -> tuple[Any, Any]: ...
def depletion(
    labels: list[Any],
    patient: ArrayLike,
    day: ArrayLike,
    count: ArrayLike,
    lloq: ArrayLike | None,
    below: ArrayLike | None,
    lymphodepletion_day: ArrayLike | None,
    end_day: ArrayLike | None,
    threshold: float,
    recovery: float,
    baseline_fraction: float,
    confirm: int,
    min_separation: float,
    /,
) -> dict[str, NDArray[Any]]: ...
def depletion_words() -> tuple[tuple[str, ...], tuple[str, ...]]: ...
