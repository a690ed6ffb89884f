"""Conversion of inputs and the lending of columns: dtypes, strides, byte order, references."""

import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import ConvergenceError, ImmunoResetError, InputError


def interval(events, n, method="clopper-pearson", alternative="two-sided", level=0.95):
    return _core.proportion_interval(events, n, method, alternative, level)


@pytest.mark.parametrize(
    "dtype", [bool, "i1", "u1", "i4", "u4", "i8", "u8", "f4", "f8", ">i4", ">f8", object]
)
def test_every_numeric_type_is_read(dtype):
    events = np.array([0, 1, 1], dtype)
    assert interval(events, 3)[0].tolist() == [0, 1 / 3, 1 / 3]


def test_strided_and_reversed_input():
    events = np.arange(12)[::-3]
    np.testing.assert_array_equal(interval(events, 12)[0], events / 12)


def test_integers_beyond_exact_doubles():
    with pytest.raises(InputError, match=r"events\[0\] is"):
        interval(np.array([2**63], "u8"), 2**62)


def test_empty_input_gives_empty_columns():
    assert interval([], [])[0].shape == (0,)


def test_inputs_are_not_kept():
    events = np.array([1, 2])
    before = sys.getrefcount(events)
    outputs = interval(events, 4)
    assert sys.getrefcount(events) == before
    assert all(not column.flags.writeable for column in outputs)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (np.array(["2021-01-01"], "M8[D]"), "events holds values of type datetime64"),
        (np.array([1 + 2j]), "events holds values of type complex128"),
        (np.array([1, "x"], object), r"events\[1\] is 'x'"),
        (np.array([[1, None]], object), "events holds values of type object"),
        (None, "events is None"),
    ],
)
def test_what_is_no_number_is_refused_by_name(events, message):
    with pytest.raises(InputError, match=message):
        interval(events, 8)


def test_exceptions_have_their_places():
    assert issubclass(InputError, (ImmunoResetError, ValueError))
    assert issubclass(InputError, ValueError)
    assert issubclass(ConvergenceError, ArithmeticError)
    assert InputError.__module__ == "immunoreset.errors"


def test_a_wrong_call_is_refused():
    with pytest.raises(TypeError):
        _core.proportion_interval(1, 2)


def test_other_errors_of_a_conversion_pass_through():
    class Broken:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        interval(Broken(), 8)
