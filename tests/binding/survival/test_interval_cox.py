"""The binding of the regression of interval-censored times: types, references, Ctrl-C."""

import gc
import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

INF = float("inf")
LEFT, RIGHT = np.array([0.0, 3, 1, 2, 6, 5]), np.array([2.0, INF, 4, 5, INF, 8])
X = np.array([[0.0], [1], [1], [0], [1], [0]])


def fit(left=LEFT, right=RIGHT, x=X, interval="profile", level=0.95, names=None):
    return _core.interval_cox(left, right, x, interval, level, True, names)


def plain(answer):
    return [x.tolist() if isinstance(x, np.ndarray) else x for x in answer]


@pytest.mark.parametrize("interval", ["profile", "wald"])
def test_columns_of_every_type_and_order(interval):
    answer = plain(fit(interval=interval))
    assert plain(fit(LEFT.astype("f4"), RIGHT.astype("f4"), X.astype("i4"), interval)) == answer
    two = np.hstack((X, X**2 + LEFT[:, None] % 2))
    by_rows = plain(fit(x=np.ascontiguousarray(two), interval=interval))
    assert plain(fit(x=np.asfortranarray(two), interval=interval)) == by_rows


def test_malformed_input_is_refused():
    for changed, message in (
        ({"x": X[:3]}, "X is not one row a patient; give 6 rows"),
        ({"right": RIGHT[:3]}, "right has 3 rows and left has 6"),
        ({"left": LEFT[None]}, "left has 2 dimensions"),
        ({"left": LEFT + 5}, r"left\[0\] is 5"),
        ({"interval": "guess"}, "interval is 'guess'"),
        ({"level": 2.0}, "level is 2"),
    ):
        with pytest.raises(InputError, match=message):
            fit(**changed)


def test_wrong_calls_are_type_errors():
    for arguments in ((), (LEFT,), (LEFT, RIGHT, X, "wald", "high", True, None)):
        with pytest.raises(TypeError):
            _core.interval_cox(*arguments)


def test_ctrl_c_is_heard(share_until_stopped):
    rng = np.random.default_rng(1)
    left = rng.uniform(0, 300, 4000)
    right = np.where(rng.random(4000) < 0.3, INF, left + rng.uniform(10, 100, 4000))
    x = rng.normal(size=(4000, 6))
    assert share_until_stopped(lambda: fit(left, right, x)) < 0.6


@pytest.mark.leaks
def test_hundreds_of_calls_leave_nothing_behind():
    def calls():
        for _ in range(200):
            fit()
            fit(interval="wald")
            for changed in ({"x": X[:3]}, {"left": LEFT + 5}, {"interval": "guess"}):
                with pytest.raises(InputError):
                    fit(**changed)
        gc.collect()
        return sys.getallocatedblocks(), [sys.getrefcount(a) for a in (LEFT, RIGHT, X)]

    calls()
    before = calls()
    after = calls()
    assert after[1] == before[1]
    # a block lost in each round would be hundreds; interpreters keep some tens for themselves
    assert after[0] - before[0] < 150
