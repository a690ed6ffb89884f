"""Outcome statistics of CAR T cell therapy in autoimmune disease.

Response rates (`response`), survival curves (`survival`) and B cell recovery (`recovery`), computed
by a C core.
"""

from immunoreset._core import __version__
from immunoreset._versions import show_versions

__all__ = ["__version__", "show_versions"]
