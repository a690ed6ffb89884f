"""The arrays of recurrent events: kinds of input, ownership of the blocks, leaks."""

import gc
import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

PATIENT = np.array([1, 1, 2, 2])
DAY = np.array([3.0, 8.0, 5.0, 9.0])
EVENT = np.array([1, 0, 1, 0])
HOW = ("robust", "log", 0.95, True)
NOWHERE = float("nan")


def fitted(patient=PATIENT, day=DAY, event=EVENT, group=None, groups=1, entry=None, names=None):
    return _core.recurrent(patient, names, day, event, entry, group, groups, NOWHERE, *HOW)


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", "i4", object])
def test_every_numeric_type_is_read(dtype):
    curves, joined, merged = fitted(day=DAY.astype(dtype))
    assert curves[0][0].tolist() == DAY[[0, 2, 1, 3]].tolist()
    assert (joined, merged) == (0, 0)


def test_strided_columns_are_read():
    table = np.column_stack((PATIENT, DAY, EVENT)).repeat(2, axis=0)[::2]
    assert fitted(table[:, 0], table[:, 1], table[:, 2])[0][0][6].tolist() == [0.5, 1, 1, 1]


def test_columns_are_read_only_and_outlive_each_other():
    ((time, *others, patients, start_high),) = fitted()[0]
    assert patients == 2
    assert start_high > 0
    assert not any(column.flags.writeable for column in (time, *others))
    del others
    gc.collect()
    assert time.tolist() == [3, 5, 8, 9]


def test_numbers_of_arguments_are_checked():
    layout = (PATIENT, None, DAY, EVENT, None, np.ones((3, 1)), NOWHERE, "wlw", True)
    with pytest.raises(InputError, match="X does not fit time"):
        _core.recurrent_layout(*layout)
    test = (PATIENT, None, DAY, EVENT, None, PATIENT - 1, 2, NOWHERE, "logrank", "exact")
    with pytest.raises(InputError, match="replicates is -1"):
        _core.recurrent_test(*test, "two-sided", True, (0, 0), -1, None)
    with pytest.raises(InputError, match="group"):
        fitted(group=PATIENT, groups=2)
    with pytest.raises(InputError, match="no patient"):
        fitted(group=PATIENT, groups=4)


def test_what_progress_raises_comes_out():
    def stop(done, total):
        raise KeyboardInterrupt

    test = (PATIENT, None, DAY, EVENT, None, PATIENT - 1, 2, NOWHERE, "logrank", "monte-carlo")
    with pytest.raises(KeyboardInterrupt):
        _core.recurrent_test(*test, "two-sided", True, (0, 0), 9, stop)


@pytest.mark.leaks
def test_no_reference_is_lost():
    names = ["a", "b", "c"]

    def calls():
        curve = fitted(names=names)[0][0]
        columns = (*curve[:2], *curve[6:10])
        _core.recurrent_at(3.0, columns, 1.0, True)
        _core.recurrent_at([3.0, 9.0], columns, 1.0, True)
        rows = (PATIENT, names, DAY, EVENT, None)
        _core.recurrent_layout(*rows, DAY[:, None], NOWHERE, "pwp-gap", True)
        for method in ("exact", "monte-carlo"):
            _core.recurrent_test(
                *rows, PATIENT - 1, 2, NOWHERE, "logrank", method, "two-sided", True, (0, 0), 9,
                None,
            )  # fmt: skip
        with pytest.raises(InputError):
            _core.recurrent_at([-1.0], columns, 1.0, True)
        for bad in ({"event": EVENT * 0}, {"event": EVENT + 9}, {"day": DAY[1:]}, {"groups": 2}):
            with pytest.raises(InputError):
                fitted(names=names, **bad)

    calls()
    gc.collect()
    before, references = sys.getallocatedblocks(), sys.getrefcount(DAY)
    for _ in range(300):
        calls()
    gc.collect()
    assert sys.getrefcount(DAY) == references
    assert sys.getallocatedblocks() - before < 150
