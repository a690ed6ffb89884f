"""Golden values: one JSON a case, computed by R (`r_call`, `source` and version inside)."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

# the gate tries the same examples each time; by hand they are new ones
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"


def _numbers(value: Any) -> Any:
    """Read "nan", "inf" and "-inf" as numbers; null stays None (NA in R)."""
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return float(value) if value in ("nan", "inf", "-inf") else value


@pytest.fixture(autouse=True)
def _close_figures():
    """Close what a test drew: pyplot keeps figures until it is told."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def golden():
    """Return a reader of golden cases: ``golden("survival/km_edges")``."""

    def read(case: str) -> dict[str, Any]:
        return _numbers(json.loads((GOLDEN / f"{case}.json").read_text()))

    return read


@pytest.fixture
def column():
    """Return a reader of a golden column: null becomes NaN."""

    def read(values: list[Any]) -> np.ndarray:
        return np.array([np.nan if value is None else value for value in values], float)

    return read
