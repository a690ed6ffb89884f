"""Outcome statistics of CAR T cell therapy in autoimmune disease.

Response rates (`response`), survival curves (`survival`) and B cell recovery (`recovery`), computed
by a C core; tables of a cohort (`cohort`) and bundled data (`datasets`).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from immunoreset._core import __version__
from immunoreset._versions import show_versions

if TYPE_CHECKING:
    from immunoreset import cohort, datasets, recovery, response, survival

__all__ = [
    "__version__",
    "cohort",
    "datasets",
    "recovery",
    "response",
    "show_versions",
    "survival",
]


def __getattr__(name: str) -> Any:
    """Load a part when it is first asked for: importing the whole stays cheap."""
    if name in __all__:
        return import_module(f"immunoreset.{name}")
    raise AttributeError(f"module 'immunoreset' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
