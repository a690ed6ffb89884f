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
def turnbull(
    left: ArrayLike,
    right: ArrayLike,
    group: NDArray[Any] | None,
    n_groups: int,
    fix_ties: bool,
    /,
) -> tuple[int, list[tuple[Any, ...]]]: ...
