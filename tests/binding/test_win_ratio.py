"""The arrays of win_ratio: kinds of input, ownership of the block, leaks."""

import gc
import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

SCORE = ("score", [1.0, 2.0, 3.0], None, False, 0.0)
TIME = ("time", [1.0, 2.0, 3.0], [1, 0, 1], False, 0.0)
GROUP = [0, 1, 1]
REST = (None, 1, "auto", 0.95, (0, 0), 0, None)


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", "i4", object])
def test_every_numeric_type_is_read(dtype):
    found = _core.win_ratio([("score", np.array([1, 2, 3], dtype), None, False, 0)], GROUP, *REST)
    assert found[3].tolist() == [2]


def test_arrays_are_read_only_and_outlive_each_other():
    found = _core.win_ratio([TIME, SCORE], GROUP, *REST)
    wins = found[3]
    assert not wins.flags.writeable
    del found
    gc.collect()
    assert wins.tolist() == [2, 0]


@pytest.mark.parametrize(
    ("outcomes", "rest", "error", "words"),
    [
        ([], REST, InputError, "outcomes is empty"),
        (3, REST, TypeError, "len"),
        (["time"], REST, TypeError, "tuple"),
        ([("score", [1.0])], REST, TypeError, "arguments"),
        ([("rank", [1, 2, 3], None, False, 0)], REST, InputError, "kind is 'rank'"),
        ([("score", "abc", None, False, 0)], REST, InputError, "score"),
        ([("score", [[1, 2, 3]], None, False, 0)], REST, InputError, "has 2 dimensions"),
        ([("time", [1, 2, 3], None, False, 0)], REST, InputError, "event"),
        ([("time", [1, 2, 3], [1, 1], False, 0)], REST, InputError, "event has 2 rows"),
        ([("count", [1, 2, 3], "abc", False, 0)], REST, InputError, "follow_up"),
        ([SCORE], (None, 0, *REST[2:]), InputError, "0 strata"),
        ([SCORE], ([0, 0, 5], 2, *REST[2:]), InputError, r"strata\[2\] is 5"),
        ([SCORE], (*REST[:5], -1, None), InputError, "replicates is -1"),
    ],
)
def test_faults(outcomes, rest, error, words):
    with pytest.raises(error, match=words):
        _core.win_ratio(outcomes, GROUP, *rest)


def test_an_error_of_progress_comes_through():
    def broken(done, total):
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        _core.win_ratio([SCORE], GROUP, None, 1, "monte-carlo", 0.95, (1, 2), 10, broken)
    with pytest.raises(InputError, match="group"):
        _core.win_ratio([SCORE], [[0, 1, 1]], *REST)


@pytest.mark.leaks
def test_no_reference_is_lost():
    score = np.array([1.0, 2.0, 3.0])
    outcome = ("score", score, None, False, 0.0)

    def calls():
        _core.win_ratio([outcome, TIME], GROUP, *REST)
        _core.win_ratio([outcome], GROUP, None, 1, "monte-carlo", 0.95, (1, 2), 10, None)
        for bad in ([outcome, ("time", score, None, 0, 0)], ["time"], [outcome, outcome, 3]):
            with pytest.raises((InputError, TypeError)):
                _core.win_ratio(bad, GROUP, *REST)

    calls()
    gc.collect()
    before, references = sys.getallocatedblocks(), sys.getrefcount(score)
    for _ in range(300):
        calls()
    gc.collect()
    assert sys.getrefcount(score) == references
    assert sys.getallocatedblocks() - before < 150
