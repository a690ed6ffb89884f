"""The binding of the Kaplan-Meier curve: types, strides, references, memory."""

import gc
import sys
import tracemalloc

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

TIME = np.array([5.0, 2.0, 1.0, 2.0, 6.0])
EVENT = np.array([1, 1, 1, 0, 0])
NONE = (None, None, None, 0, None, 1)
CHOICES = ("kaplan-meier", "log-log", "usual", "greenwood", 0.95, float("nan"), False, True)


def fit(time=TIME, event=EVENT, columns=NONE, choices=CHOICES):
    return _core.kaplan_meier(time, event, *columns, *choices)


def robust():
    return (None, np.array([0.5, 2, 1, 1, 1]), np.array([0, 1, 1, 0, 2]), 3, None, 1)


@pytest.mark.parametrize("dtype", [bool, "i1", "u1", "i4", "u4", "i8", "u8", "f4", "f8", ">i8"])
def test_events_of_every_type(dtype):
    assert fit(event=EVENT.astype(dtype))[4].tolist() == fit()[4].tolist()


@pytest.mark.parametrize("dtype", ["i4", "u2", "i8", "f4", "f8", ">f8", object])
def test_times_of_every_type(dtype):
    assert fit(time=TIME.astype(dtype))[4].tolist() == fit()[4].tolist()


def test_strided_and_reversed_columns():
    table = np.zeros((5, 3))
    table[:, 1] = TIME
    table[:, 2] = EVENT
    assert fit(table[:, 1], table[:, 2])[4].tolist() == fit()[4].tolist()
    assert fit(TIME[::-1], EVENT[::-1])[4].tolist() == fit()[4].tolist()
    assert fit(TIME.tolist(), EVENT.tolist())[4].tolist() == fit()[4].tolist()


def test_columns_have_their_types_and_are_read_only():
    columns = fit(columns=robust(), choices=(*CHOICES[:3], "robust", *CHOICES[4:]))
    kinds = [column.dtype.str for column in columns[:12]]
    assert kinds == ["<f8", "<i8", "<i8", "<i8", *["<f8"] * 8]
    assert [column.dtype.str for column in columns[17]] == ["<i8", "<i8", "<i8", "<f8", "<i8"]
    for column in (*columns[:12], *columns[17]):
        assert not column.flags.writeable
        assert column.flags.c_contiguous


def test_columns_outlive_each_other():
    estimate = fit()[4]
    gc.collect()
    assert estimate.tolist() == [0.8, 0.6, 0.3, 0.3]


def test_bytes_that_are_no_flags_are_refused_by_the_core():
    event = np.array([1, 2, 0, 0, 0], np.uint8).view(bool)
    with pytest.raises(InputError, match=r"event\[1\] is 2; an event is 0"):
        fit(event=event)


def test_what_the_python_side_never_passes_is_refused():
    with pytest.raises(InputError, match="time is None; give one value a patient"):
        fit(time=None)
    with pytest.raises(InputError, match="event is None; give one value a patient"):
        fit(event=None)
    with pytest.raises(InputError, match="the numbers of clusters and groups are needed"):
        fit(columns=(None, None, None, 0, None, 0))
    with pytest.raises(InputError, match=r"group\[1\] is 1; it is no code"):
        fit(columns=(None, None, None, 0, np.array([0, 1, 0, 0, 0]), 1))
    with pytest.raises(InputError, match=r"cluster\[0\] is 0; it is no code"):
        fit(columns=(None, None, np.zeros(5, int), 0, None, 1))
    with pytest.raises(InputError, match="cluster has 2 rows and time has 5"):
        fit(columns=(None, None, np.zeros(2, int), 1, None, 1))
    with pytest.raises(TypeError):
        _core.kaplan_meier(TIME, EVENT)


def columns_of(fitted, *which):
    return tuple(fitted[i] for i in which)


def test_summaries_refuse_columns_that_do_not_fit():
    f = fit()
    at = columns_of(f, 0, 1, 4, 5, 6, 7)
    with pytest.raises(InputError, match="estimate has 2 rows and time has 4"):
        _core.kaplan_meier_at(1.0, (*at[:2], at[2][:2], *at[3:]), None, (1, 1), False, True)
    with pytest.raises(InputError, match="time has no rows"):
        _core.kaplan_meier_quantile(0.5, (np.zeros(0),) * 4, (1, 1), 0, False)
    with pytest.raises(IndexError):
        _core.kaplan_meier_at(1.0, at[:3], None, (1, 1), False, True)
    with pytest.raises(InputError, match="times has 2 dimensions"):
        _core.kaplan_meier_at(np.ones((2, 2)), at, None, (1, 1), False, True)
    members = [np.array([0]), np.array([4]), np.array([1]), np.array([1.0]), np.array([0])]
    curve = columns_of(f, 0, 1, 2, 4)
    for place, bad in ((1, 4), (0, -1), (4, -1), (4, 2**32)):
        wrong = [column.copy() for column in members]
        wrong[1][0] = 0
        wrong[place][0] = bad
        with pytest.raises(InputError, match=r"members\[0\] is no row of the curve"):
            area(2.0, curve, (None, None), tuple(wrong))


def area(tau, curve, weights, members):
    made = (5, False, "kaplan-meier", "plain", 0.95, True)
    return _core.kaplan_meier_rmst(tau, curve, weights, members, *made)


def everything(weights):
    """Call every function once, in every way that allocates."""
    f = fit()
    at = columns_of(f, 0, 1, 4, 5, 6, 7)
    _core.kaplan_meier_at(3.0, at, None, f[15], False, True)
    _core.kaplan_meier_at(TIME, at, None, f[15], False, True)
    _core.kaplan_meier_quantile(0.5, columns_of(f, 0, 4, 6, 7), f[15], 0.0, False)
    _core.kaplan_meier_band(
        "hall-wellner", "log-log", *[np.nan] * 2, columns_of(f, 0, 2, 4, 5), 5, 0.9, True
    )
    r = fit(columns=weights, choices=(*CHOICES[:3], "robust", *CHOICES[4:]))
    curve = columns_of(r, 0, 1, 2, 4)
    area(4.0, curve, r[10:12], r[17])
    fit(columns=(np.zeros(5), None, None, 0, np.array([0, 1, 0, 1, 0]), 2))
    fit(choices=("kaplan-meier", "beta-product-mid-p", *CHOICES[2:]))
    for wrong in ({"time": -TIME}, {"event": EVENT[:2]}, {"choices": ("x", *CHOICES[1:])}):
        with pytest.raises(InputError):
            fit(**wrong)
    with pytest.raises(InputError):
        _core.kaplan_meier_at(-1.0, at, None, f[15], False, True)
    with pytest.raises(InputError):
        area(99.0, curve, r[10:12], r[17])


@pytest.mark.leaks
def test_thousands_of_calls_keep_nothing():
    weights = robust()
    inputs = [TIME, EVENT, weights[1], weights[2]]
    for _ in range(3):
        everything(weights)
    gc.collect()
    before = [sys.getrefcount(array) for array in inputs]
    tracemalloc.start()
    everything(weights)
    gc.collect()
    start, _ = tracemalloc.get_traced_memory()
    for _ in range(300):
        everything(weights)
    gc.collect()
    end, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [sys.getrefcount(array) for array in inputs] == before
    assert end - start < 20_000


def test_frozen_builds_what_the_class_builds():
    from dataclasses import dataclass

    @dataclass(frozen=True, slots=True)
    class Pair:
        one: int
        two: str

    assert _core.frozen(Pair, (1, "x")) == Pair(1, "x")
    with pytest.raises(TypeError, match="does not have 1 fields"):
        _core.frozen(Pair, (1,))
    with pytest.raises(TypeError):
        _core.frozen(1, (1,))
    with pytest.raises(AttributeError):
        _core.frozen(int, (1,))
