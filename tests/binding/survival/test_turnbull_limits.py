"""The binding of turnbull's limits and entries: types, references, memory, Ctrl-C."""

import gc
import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

INF = float("inf")
LEFT, RIGHT = np.array([2.0, 5, 3, 8]), np.array([4.0, 7, INF, INF])
ENTRY = np.array([0.0, 1, 2, 0])


def survival(left=LEFT, right=RIGHT, entry=None, times=5.0):
    return _core.turnbull_survival(left, right, entry, True, 0.95, times)


def quantile(left=LEFT, right=RIGHT, entry=None, p=0.5):
    return _core.turnbull_quantile(left, right, entry, True, 0.95, p)


@pytest.mark.parametrize("dtype", ["f4", "i4", "u1"])
@pytest.mark.parametrize("call", [survival, quantile])
def test_entries_of_every_type_and_stride(call, dtype):
    assert call(entry=ENTRY.astype(dtype)) == call(entry=ENTRY)
    assert call(LEFT[::-1], RIGHT[::-1], ENTRY[::-1]) == pytest.approx(call(entry=ENTRY))


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_answers_have_the_shape_of_what_is_asked(shape):
    for answer in (survival(times=np.full(shape, 5.0)), quantile(p=np.full(shape, 0.5))):
        assert np.shape(answer[0]) == np.shape(answer[1]) == shape


@pytest.mark.parametrize("call", [survival, quantile])
def test_malformed_entries_are_refused(call):
    for entry, message in (
        (ENTRY[:2], "entry has 2 rows and left has 4"),
        (ENTRY[None], "entry has 2 dimensions"),
        (["a"] * 4, "entry"),
        (LEFT + 1, r"entry\[0\] is 3"),
    ):
        with pytest.raises(InputError, match=message):
            call(entry=entry)


def test_wrong_calls_are_type_errors():
    for function in (_core.turnbull_survival, _core.turnbull_quantile):
        for arguments in ((), (LEFT,), (LEFT, RIGHT, None, True, "high", 5.0)):
            with pytest.raises(TypeError):
                function(*arguments)


def test_ctrl_c_is_heard_with_entries(stopped_after):
    rng = np.random.default_rng(1)
    entry = rng.uniform(0, 50, 3000)
    left = entry + rng.uniform(0, 100, 3000)
    entry[0], left[0] = 0, 1000
    right = np.where(rng.random(3000) < 0.3, INF, left + 28)
    at = np.linspace(1, 150, 1000)  # some minutes
    assert stopped_after(lambda: survival(left, right, entry, at), 0.1) < 0.5


@pytest.mark.leaks
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_thousands_of_calls_leave_nothing_behind():
    codes = np.array([0, 1, 0, 0])

    def calls():
        for _ in range(500):
            survival(entry=ENTRY)
            quantile(entry=ENTRY)
            _core.turnbull(LEFT, RIGHT, ENTRY, codes, 2, True)
            for bad in (ENTRY[:2], LEFT + 1, ["a"] * 4):
                for call in (survival, quantile):
                    with pytest.raises(InputError):
                        call(entry=bad)
        gc.collect()
        return sys.getallocatedblocks(), [sys.getrefcount(a) for a in (LEFT, RIGHT, ENTRY, codes)]

    calls()
    before = calls()
    after = calls()
    assert after[1] == before[1]
    # a block lost in each round would be hundreds; interpreters keep some tens for themselves
    assert after[0] - before[0] < 150
