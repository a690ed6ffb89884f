from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike, NDArray

__version__: str

class ImmunoResetError(Exception): ...
class InputError(ImmunoResetError, ValueError): ...
class ConvergenceError(ImmunoResetError, ArithmeticError): ...

def build_config() -> dict[str, str]: ...
def arrow_stream(names: list[str], columns: Sequence[NDArray[Any] | list[str]], /) -> object: ...
def contrast(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    margin: ArrayLike,
    measure: str,
    method: str,
    alternative: str,
    level: float,
    /,
) -> tuple[Any, Any, Any, Any, Any]: ...
def exact_test(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    method: str,
    two_sided: str | None,
    alternative: str,
    berger_boos: float,
    /,
) -> tuple[Any, Any, Any, str]: ...
def exact_test_table(table: ArrayLike, /) -> tuple[float, float]: ...
def proportion_interval(
    events: ArrayLike, n: ArrayLike, method: str, alternative: str, level: float, /
) -> tuple[Any, Any, Any]: ...
def proportion_test(
    events: ArrayLike, n: ArrayLike, null: ArrayLike, method: str, alternative: str, /
) -> tuple[Any, Any]: ...
