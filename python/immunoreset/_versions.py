"""What a bug report needs: versions of Python, NumPy, GSL and how GSL was linked."""

from __future__ import annotations

import numpy

from immunoreset import _core

OPTIONAL = ("narwhals", "polars", "pandas", "pyarrow", "matplotlib")
GSL_SOURCE = "https://www.gnu.org/software/gsl/"


def _installed(distribution: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def versions() -> dict[str, str]:
    """Return the versions that decide the digits, and those that decide frames and pictures."""
    import platform  # with metadata a third of the time that importing would take

    build = _core.build_config()
    found = {
        "immunoreset": _core.__version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "gsl": f"{build['gsl']} ({build['gsl_link']})",
        "compiler": build["compiler"],
        "limited api": build["limited_api"],
        "platform": platform.platform(),
    }
    found.update((name, _installed(name)) for name in OPTIONAL)
    return found


def show_versions() -> None:
    """Print the versions of immunoreset, Python, NumPy, GSL (and how it is linked) and the rest.

    Examples
    --------
    >>> import immunoreset
    >>> immunoreset.show_versions()  # doctest: +ELLIPSIS
    immunoreset  0.1.0
    ...
    """
    found = versions()
    width = max(map(len, found))
    for name, version in found.items():
        print(f"{name:{width}}  {version}")
    print(f"immunoreset and GSL ({GSL_SOURCE}) are licensed under GPL-3.0-or-later.")
