"""The binding of the rank tests: turns and signals."""

import numpy as np
from immunoreset import _core


def test_ctrl_c_is_heard_between_turns(share_until_stopped):
    x = np.sqrt(np.arange(736.0))
    x[1] = 0.0  # one tie: a distribution for each look at a shift, a second in all
    arguments = x, None, 5.0, "two-sided", "exact", "wilcoxon", True, 0.95
    # a turn is a small part of the call
    assert share_until_stopped(lambda: _core.signed_rank(*arguments)) < 0.5
