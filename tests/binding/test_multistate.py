"""The arrays of states: kinds of input, ownership of the blocks, leaks."""

import gc
import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

PATIENT = np.array([1, 1, 2, 2, 3])
DAY = np.array([3.0, 8.0, 5.0, 9.0, 4.0])
EVENT = np.array([2, 3, 2, 0, 3])
STATES = ("a", "b", "c")
HOW = ("jackknife", "logit", 0.95)


def rows(patient=PATIENT, day=DAY, event=EVENT, group=None, groups=1, names=None, **more):
    return (
        patient, names, day, event, more.get("entry"), more.get("initial"), more.get("first", 1),
        group, groups, STATES, more.get("allowed"), more.get("absorbing"),
    )  # fmt: skip


def fitted(**more):
    return _core.multistate(*rows(**more), *HOW, True)


def columns_of(fit, closed):
    return (*fit[:5], *fit[7:11], *fit[13:17], closed)


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", "i4", object])
def test_every_numeric_type_is_read(dtype):
    (fit,), merged, closed = fitted(day=DAY.astype(dtype))
    assert fit[0].tolist() == [3, 4, 5, 8, 9]
    assert (merged, closed) == (0, b"\0\0\1")


def test_columns_are_read_only_and_outlive_each_other():
    fit = fitted()[0][0]
    time, *others = (column for column in fit if isinstance(column, np.ndarray))
    assert not any(column.flags.writeable for column in (time, *others))
    del others, fit
    gc.collect()
    assert time.tolist() == [3, 4, 5, 8, 9]


def test_what_progress_raises_comes_out():
    def stop(done, total):
        raise KeyboardInterrupt

    group = np.array([0, 0, 1, 1, 1])
    with pytest.raises(KeyboardInterrupt):
        _core.multistate_difference(
            *rows(group=group, groups=2), *HOW, True, 1, 4.0, float("nan"), "monte-carlo", (0, 0),
            9, stop,
        )  # fmt: skip


def test_codes_and_counts_are_checked():
    with pytest.raises(InputError, match=r"event\[1\] is 9.0 \(patient 1\); it is no state"):
        fitted(event=np.array([2, 9, 2, 0, 3]))
    with pytest.raises(InputError, match="initial is 0; it is no state"):
        fitted(first=0)
    with pytest.raises(InputError, match="there is no patient"):
        fitted(group=PATIENT * 0, groups=2)
    with pytest.raises(InputError, match=r"group\[0\] is 1.0 \(patient 1\); it is no code"):
        fitted(group=PATIENT, groups=1)
    group = np.array([0, 0, 1, 1, 1])
    for state, count, words in ((3, 9, "state is 3"), (1, -1, "replicates is -1")):
        with pytest.raises(InputError, match=words):
            _core.multistate_difference(
                *rows(group=group, groups=2), *HOW, True, state, 4.0, float("nan"), "exact",
                (0, 0), count, None,
            )  # fmt: skip


@pytest.mark.leaks
def test_no_reference_is_lost():
    names = [None, "p", "q", "r"]
    group = np.array([0, 0, 1, 1, 1])

    def calls():
        (fit,), _, closed = fitted(names=names, allowed=b"\0\1\1\0\0\1\0\0\0")
        columns = columns_of(fit, closed)
        _core.multistate_at(3.0, columns, *HOW, True)
        _core.multistate_at([3.0, 9.0], columns, *HOW, True)
        _core.multistate_time(5.0, columns, *HOW)
        _core.multistate_transition(1, 3.0, [5.0], columns, *HOW, True)
        _core.multistate_response(DAY, DAY / 2, DAY + np.inf, group, 2, *HOW, True)
        for method in ("exact", "monte-carlo"):
            _core.multistate_difference(
                *rows(group=group, groups=2), *HOW, True, 1, 4.0, float("nan"), method, (0, 0), 9,
                None,
            )  # fmt: skip
        for call in (
            lambda: _core.multistate_at([-1.0], columns, *HOW, True),
            lambda: _core.multistate_time(50.0, columns, *HOW),
            lambda: _core.multistate_transition(1, 3.0, [2.0], columns, *HOW, True),
            lambda: _core.multistate_time(5.0, columns[1:], *HOW),
            lambda: fitted(names=names, absorbing=b"\0\1\0"),
            lambda: fitted(names=names, allowed=b"\0" * 9),
            lambda: fitted(event=EVENT + 9),
            lambda: _core.multistate_response(DAY, DAY + 1, DAY, None, 1, *HOW, True),
            lambda: _core.multistate_response(DAY, DAY[1:], DAY, None, 1, *HOW, True),
            lambda: fitted(day=DAY[1:]),
        ):
            with pytest.raises(InputError):
                call()

    calls()
    gc.collect()
    before, references = sys.getallocatedblocks(), sys.getrefcount(DAY)
    for _ in range(300):
        calls()
    gc.collect()
    assert sys.getrefcount(DAY) == references
    assert sys.getallocatedblocks() - before < 150
