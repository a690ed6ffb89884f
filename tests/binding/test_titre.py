"""The arrays of titre: kinds of input, ownership of the block, shapes."""

import gc

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

NAN = float("nan")
PATIENT = np.zeros(4, np.int64)
DAY, VALUE = [0.0, 21, 42, 84], [100.0, 60, 30, 22]
NONE = (np.empty(0, np.int64), np.empty(0))


def fit(patient=PATIENT, day=DAY, value=VALUE, below=None, lloq=None, uloq=None, infusions=NONE):
    return _core.titre(
        1,
        patient,
        day,
        value,
        below,
        lloq,
        uloq,
        NAN,
        *infusions,
        28.0,
        0.0,
        21.0,
        NAN,
        False,
        0.95,
    )


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", "i4", object])
def test_every_numeric_type_is_read(dtype):
    assert fit(value=np.array(VALUE, dtype))["share"][0] == fit()["share"][0]


def test_strided_columns_are_read():
    twice = np.repeat(VALUE, 2)[::2]
    assert fit(value=twice)["share"][0] == fit()["share"][0]


def test_columns_are_read_only_and_outlive_each_other():
    columns = fit()
    share = columns["share"]
    assert not any(column.flags.writeable for column in columns.values())
    del columns
    gc.collect()
    assert 0 < share[0] < 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"day": [0.0]}, "day has 1 rows and patient has 4"),
        ({"value": None}, "value is None"),
        ({"value": [VALUE]}, "value has 2 dimensions"),
        ({"below": [0, 1]}, "below has 2 rows"),
        ({"uloq": [9.0, 9.0]}, "uloq has 2 rows and patient has 4"),
        ({"patient": np.full(4, 7)}, r"patient\[0\] is 7"),
        ({"infusions": (np.zeros(1, np.int64), np.empty(0))}, "ivig_day has 0 rows"),
        ({"infusions": (np.zeros((1, 1), np.int64), np.empty(0))}, "ivig_day has 2 dimensions"),
    ],
)
def test_shapes_are_checked(arguments, words):
    with pytest.raises(InputError, match=words):
        fit(**arguments)


def test_shapes_of_the_others():
    with pytest.raises(InputError, match="uln has 1 rows"):
        _core.titre_seroconversion(1, PATIENT, DAY, VALUE, [1.0], None, *NONE, 28, 0, 2)
    with pytest.raises(InputError, match="assay has 1 rows"):
        _core.titre_seroconversion(1, PATIENT, DAY, VALUE, 9, np.zeros(1, int), *NONE, 28, 0, 2)
    with pytest.raises(InputError, match="after has 1 rows and before has 4"):
        _core.titre_retention(VALUE, [1.0], None, None, 0.5, NAN, 0.95)
    with pytest.raises(InputError, match="lloq"):
        _core.titre_retention(VALUE, VALUE, "low", None, 0.5, NAN, 0.95)
    with pytest.raises(TypeError):
        _core.titre_retention(VALUE, VALUE)


def test_words():
    decay, loss = _core.titre_words()
    assert decay[0] == ("fitted", "")
    assert loss[0] == ("converted", "")
    assert all(reason for _, reason in (*decay[1:], *loss[1:]))
