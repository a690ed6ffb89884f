"""Calls that are long in one piece of the core: Ctrl-C is heard within it."""

import numpy as np
import pytest
from immunoreset import survival

N = 200_000
RNG = np.random.default_rng(1)
FOLLOW_UP = np.minimum(RNG.exponential(1, N), RNG.uniform(0.2, 3, N))
CAUSE = RNG.integers(0, 3, N)
X = RNG.normal(size=(N, 3))
ARM = np.arange(N) % 2

CALLS = {
    "concordance": lambda: survival.concordance(FOLLOW_UP, CAUSE > 0, X),
    "rmst_contrast": lambda: survival.rmst_contrast(
        FOLLOW_UP, CAUSE > 0, ARM, tau=1.0, covariates=X
    ),
    "fine_gray": lambda: survival.fine_gray(FOLLOW_UP, CAUSE, X),
    "gray_test": lambda: survival.gray_test(
        FOLLOW_UP[:10_000], CAUSE[:10_000], np.arange(10_000) % 50
    ),
    "occupation_difference, exact": lambda: survival.occupation_difference(
        range(20), FOLLOW_UP[:20], CAUSE[:20], ARM[:20], state=1, tau=0.1, method="exact"
    ),
    "win_ratio": lambda: survival.win_ratio(
        survival.win_outcome(time=FOLLOW_UP[:10_000], event=CAUSE[:10_000] > 0), ARM[:10_000]
    ),
    "win_ratio, exact": lambda: survival.win_ratio(
        survival.win_outcome(score=X[:200, 0]), ARM[:200], method="exact"
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_ctrl_c_is_heard(name, share_until_stopped):
    assert share_until_stopped(CALLS[name]) < 0.6  # without a question it takes the whole call
