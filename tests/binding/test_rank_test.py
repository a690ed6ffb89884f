"""The binding of the rank tests: turns and signals."""

import signal
import time

import numpy as np
import pytest
from immunoreset import _core


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an interval timer")
def test_ctrl_c_is_heard_between_turns():
    x = np.sqrt(np.arange(736.0))
    x[1] = 0.0  # one tie: a distribution for each look at a shift, a second in all

    def interrupt(*_):
        raise KeyboardInterrupt

    arguments = x, None, 5.0, "two-sided", "exact", "wilcoxon", True, 0.95
    start = time.process_time()
    _core.signed_rank(*arguments)
    whole = time.process_time() - start
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        start = time.process_time()
        signal.setitimer(signal.ITIMER_REAL, whole / 10)
        with pytest.raises(KeyboardInterrupt):
            _core.signed_rank(*arguments)
        stopped = time.process_time()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert stopped - start < whole / 2  # a turn is a small part of the call
