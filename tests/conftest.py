"""Golden values: one JSON a case, computed by R (`r_call`, `source` and version inside)."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
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


@pytest.fixture
def stopped_after():
    """Return a caller: Ctrl-C after ``wait`` seconds ends the call; how much CPU time it took.

    CPU time, for the machine may be busy; and the least of three attempts, for the same reason.
    """
    if not hasattr(signal, "setitimer"):
        pytest.skip("needs an interval timer")

    def interrupt(*_):
        raise KeyboardInterrupt

    def attempt(call: Callable[[], object], wait: float) -> float:
        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            start = time.process_time()
            signal.setitimer(signal.ITIMER_REAL, wait)
            with pytest.raises(KeyboardInterrupt):
                call()
            return time.process_time() - start
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    return lambda call, wait: min(attempt(call, wait) for _ in range(3))


@pytest.fixture
def share_until_stopped(stopped_after):
    """Return a caller: the share of its CPU time a call takes with Ctrl-C at a tenth of it."""

    def share(call: Callable[[], object]) -> float:
        start = time.process_time()
        call()
        whole = time.process_time() - start
        return stopped_after(call, whole / 10) / whole

    return share
