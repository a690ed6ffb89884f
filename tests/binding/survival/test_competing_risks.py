"""The binding of competing risks: types, references, memory, and columns of no fit."""

import gc
import sys
import tracemalloc

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

TIME = np.array([5.0, 2.0, 1.0, 2.0, 6.0, 3.0])
CAUSE = np.array([1, 2, 1, 0, 0, 2])
GROUP = np.array([0, 1, 0, 1, 0, 1])
X = np.array([[1.0], [2.0], [0.5], [3.0], [0.0], [2.5]])
CHOICES = ("log-log", "aalen", 0.95, True)


def fit(time=TIME, cause=CAUSE, entry=None, weights=None, group=None, groups=1, causes=None):
    return _core.competing_risks(time, cause, entry, weights, group, groups, 0, causes, *CHOICES)


def shared(columns):
    """Return the columns that summaries take, in their order."""
    return tuple(columns[i] for i in (0, 1, 3, 14, 5, 6, 7, 8, 9))


def test_columns_have_their_types_and_are_read_only():
    labels, columns = fit(entry=np.zeros(6), weights=np.ones(6))
    assert labels == (1, 2)
    for column in (*columns[:10], columns[14], *columns[15]):
        assert not column.flags.writeable
        assert column.flags.c_contiguous
    assert columns[5].shape == columns[6].shape == (2, 5)
    assert columns[5].dtype == np.int64


@pytest.mark.parametrize("dtype", [bool, "i1", "u1", "i4", "i8", "f4", "f8", ">i8"])
def test_causes_of_every_type(dtype):
    cause = (CAUSE > 0).astype(dtype)
    assert fit(cause=cause)[1][6].tolist() == fit(cause=cause.astype(int))[1][6].tolist()


def test_columns_outlive_the_result():
    estimate = fit()[1][6]
    kept = estimate.copy()
    gc.collect()
    fit(TIME * 3)
    assert estimate.tolist() == kept.tolist()


def test_references_and_memory_come_back():
    def calls():
        for _ in range(200):
            _, curves = fit(group=GROUP, groups=2)
            _core.competing_risks_at([1.0, 2.5], shared(curves[0]), None, 0, 0.5, 0.95, True)
            _core.competing_risks_quantile(0.5, shared(curves[0]), 0, 0.5)
            _core.competing_risks_time_lost(1.5, shared(curves[0]), 1, "aalen", 0.95, True)
            _core.gray_test(TIME, CAUSE, GROUP, 2, 0, None, GROUP * 0, 1, 0.0, True)
            _, arrays, _ = _core.fine_gray(TIME, CAUSE, X, 1, 0, None, None, 1, 0.95, True)
            model = tuple(arrays[i] for i in (0, 8, 6, 9, 10, 11, 12))
            _core.fine_gray_predict(X, [1.0], model, 0.95)
            for broken in ({"cause": CAUSE - 9, "causes": [1]}, {"time": -TIME}, {"groups": 0}):
                with pytest.raises(InputError):
                    fit(**broken)

    calls()
    before = [sys.getrefcount(array) for array in (TIME, CAUSE, GROUP, X)]
    gc.collect()
    tracemalloc.start()
    calls()
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert [sys.getrefcount(array) for array in (TIME, CAUSE, GROUP, X)] == before
    assert grown < 20_000


@pytest.mark.parametrize("place", range(9))
def test_columns_that_do_not_fit_are_refused(place):
    columns = list(shared(fit()[1]))
    columns[place] = columns[place][..., :-1]
    with pytest.raises(InputError, match=r"does not fit the curves"):
        _core.competing_risks_at(1.0, tuple(columns), None, 0, 0.5, 0.95, True)
    with pytest.raises(InputError, match=r"does not fit the curves"):
        _core.competing_risks_quantile(0.5, shared(fit()[1]), 2, 0.5)


def test_tuples_that_are_too_short_are_refused():
    with pytest.raises(IndexError):
        _core.competing_risks_at(1.0, shared(fit()[1])[:3], None, 0, 0.5, 0.95, True)
    with pytest.raises(IndexError):
        _core.fine_gray_predict(X, [1.0], (np.ones(1),), 0.95)


def test_numbers_of_groups_and_strata_are_needed():
    with pytest.raises(InputError, match="number of groups"):
        fit(groups=0)
    with pytest.raises(InputError, match="group is None"):
        _core.gray_test(TIME, CAUSE, None, 2, 0, None, None, 1, 0.0, True)
    with pytest.raises(InputError, match="number of strata"):
        _core.gray_test(TIME, CAUSE, GROUP, 2, 0, None, GROUP, 0, 0.0, True)
    with pytest.raises(InputError, match="number of strata"):
        _core.fine_gray(TIME, CAUSE, X, 1, 0, None, GROUP, 0, 0.95, True)
