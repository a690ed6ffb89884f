"""_core.rmst, rmst_contrast, curve_difference, pseudo_observations, concordance: references."""

import gc
import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

TIME, EVENT = np.array([1.0, 2, 3, 4, 5, 6]), np.array([1, 0, 1, 1, 1, 0], np.uint8)
GROUP, X = np.array([0, 0, 0, 1, 1, 1]), np.array([[1.0], [3], [2], [5], [4], [6]])
AT, MADE = np.array([2.0, 3]), ("plain", 0.95, True)


def everything():
    """Call every function once, and once in vain."""
    _core.rmst(TIME, EVENT, None, None, GROUP, 2, ["a", "b"], 3.0, *MADE)
    _core.rmst(TIME, EVENT, None, None, None, 1, None, "largest-common", *MADE)
    for covariates in (None, X):
        _core.rmst_contrast(
            TIME, EVENT, None, None, GROUP, 2, ["a", "b"], 0, covariates, 3.0, *MADE
        )
    _core.curve_difference(TIME, EVENT, GROUP, 2, None, None, AT, 0, *MADE)
    _core.pseudo_observations(TIME, EVENT, "rmst", AT, True, 1, 0)
    _core.pseudo_observations(TIME, EVENT, "incidence", AT, True, 1, 0)
    _core.concordance(TIME, EVENT, X, None, None, GROUP, 2, "harrell", False, np.nan, 0.95, True)
    for call in (
        lambda: _core.rmst(TIME, EVENT, None, None, GROUP, 2, ["a", "b"], 9.0, *MADE),
        lambda: _core.rmst(TIME, EVENT[:2], None, None, None, 1, None, 9.0, *MADE),
        lambda: _core.rmst_contrast(
            TIME, EVENT, None, None, GROUP, 2, ["a", "b"], 0, X * np.nan, 3.0, *MADE
        ),
        lambda: _core.curve_difference(TIME, EVENT, GROUP, 2, None, None, -AT, 0, *MADE),
        lambda: _core.pseudo_observations(TIME, EVENT, "rmst", 9 * AT, True, 1, 0),
        lambda: _core.concordance(
            TIME, EVENT, X[:, :0], None, None, None, 1, "uno", False, np.nan, 0.95, True
        ),
    ):
        with pytest.raises(InputError):
            call()


def test_a_group_less_is_refused():
    with pytest.raises(InputError, match="a contrast takes two or more"):
        _core.rmst_contrast(TIME, EVENT, None, None, GROUP, 1, ["a"], 0, None, 3.0, *MADE)
    with pytest.raises(InputError, match="the number of groups is needed"):
        _core.rmst(TIME, EVENT, None, None, GROUP, 0, [], 3.0, *MADE)


@pytest.mark.leaks
def test_thousands_of_calls_keep_nothing():
    inputs = (TIME, EVENT, GROUP, X, AT)

    def calls():
        for _ in range(1000):
            everything()
        gc.collect()
        return sys.getallocatedblocks(), [sys.getrefcount(array) for array in inputs]

    calls()
    blocks, held = calls()
    more_blocks, still_held = calls()
    assert more_blocks <= blocks + 500  # one block a call would be thousands
    assert held == still_held
