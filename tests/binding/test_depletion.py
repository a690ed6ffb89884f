"""The columns of depletion: kinds of input, ownership of the block, leaks."""

import gc
import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

NAN = float("nan")
DAY, COUNT = [-7, 14, 84, 112, 140], [100, 0, 3, 20, 30]


def call(labels=("P",), series_labels=(None,), patient=(0,) * 5, series=None, day=DAY, count=COUNT,
         lloq=1.0, below=None, duplicates="error", infusion_start=None, infusion_day=None,
         lymphodepletion=None, end=None, threshold=(10.0,), recovery=(10.0,), fraction=(NAN,),
         rule=(2, 0.0, False)):  # fmt: skip
    return _core.depletion(
        list(labels), list(series_labels), patient, series, day, count, lloq, below, duplicates,
        infusion_start, infusion_day, lymphodepletion, end, threshold, recovery, fraction, *rule,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", ["i2", ">i2", "i4", "i8", "f4", "f8", ">f4", ">f8", object])
def test_every_numeric_type_is_read(dtype):
    found = call(day=np.array(DAY, dtype), count=np.array(COUNT, dtype))
    assert found["recovery_right"].tolist() == [112]


def test_strided_columns_are_read():
    table = np.array([DAY, COUNT], float).T
    assert call(day=table[::-1, 0], count=table[::-1, 1])["recovery_right"].tolist() == [112]


def test_columns_are_read_only_and_outlive_each_other():
    found = call(lymphodepletion=[-5.0], end=[np.inf], below=[0] * 5)
    kinds = {name: column.dtype.kind for name, column in found.items()}
    assert kinds["nadir"] == "f"
    assert kinds["status"] == "i"
    assert kinds["nadir_below"] == "b"
    assert not any(column.flags.writeable for column in found.values())
    last = found.pop("nadir_below")
    del found
    gc.collect()
    assert last.tolist() == [True]


def test_no_rows_and_no_patients():
    assert call(labels=[], patient=[], day=[], count=[])["nadir"].shape == (0,)
    assert call(labels=["P"], patient=[], day=[], count=[])["samples"].tolist() == [0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patient": [0, 0, 0, 0, 1]}, r"patient\[4\] is 1; codes of patients"),
        ({"patient": [[0] * 5]}, "patient has 2 dimensions"),
        ({"patient": ["P"] * 5}, "patient holds values of type"),
        ({"lymphodepletion": [-5.0, -5.0]}, "lymphodepletion_day has 2 rows"),
        ({"lymphodepletion": -5.0}, "lymphodepletion_day has 0 dimensions"),
        ({"end": [1.0, 2.0]}, "end_day has 2 rows"),
        ({"end": [NAN]}, "end_day of patient 'P' is nan"),
        ({"below": [0, 1, 2, 0, 0]}, r"below\[2\] is 2"),
        ({"day": None}, "day is None"),
        ({"threshold": None}, "threshold is None"),
        ({"threshold": [1.0, 2.0]}, "threshold has 2 rows"),
        ({"series": [0, 0, 0, 0, 1]}, r"series\[4\] is 1; codes of series"),
        ({"series": [0.5] * 5}, r"series\[0\] is 0.5"),
        ({"series_labels": []}, "threshold has 1 rows"),
        ({"duplicates": "sum"}, "duplicates is 'sum'"),
        ({"infusion_start": [0]}, "infusion_start has 1 rows"),
        ({"infusion_start": [0, 2], "infusion_day": [0.0]}, "infusion_day has 1 rows"),
        ({"infusion_start": [1, 2], "infusion_day": [0.0, 9.0]}, "infusion_day of patient 'P' is"),
        ({"infusion_start": [0, -1], "infusion_day": [0.0]}, "infusion_day"),
        ({"infusion_start": [0, 2], "infusion_day": [9.0, 0.0]}, "it is not after the infusion"),
    ],
)
def test_bad_input_is_refused_by_name(options, message):
    with pytest.raises(InputError, match=message):
        call(**options)


def test_a_fault_of_a_series_is_named_by_its_label():
    with pytest.raises(InputError, match=r"threshold of series 'marrow' is -1\.0"):
        call(
            series_labels=["blood", "marrow"], series=[0] * 5, threshold=[10.0, -1.0],
            recovery=[10.0, 10.0], fraction=[NAN, NAN],
        )  # fmt: skip


def test_a_wrong_call_is_refused():
    with pytest.raises(TypeError):
        _core.depletion([0])
    with pytest.raises(TypeError):
        call(rule=("two", 0.0, False))


@pytest.mark.leaks
def test_thousands_of_calls_leave_nothing_behind():
    labels, day = ["P"], np.array(DAY, float)

    def calls():
        for _ in range(1500):
            call(labels=labels, day=day, lymphodepletion=[-5.0], end=[200.0])
            call(
                labels=labels, series_labels=["a", "b"], series=[0, 1, 0, 0, 0], day=day,
                infusion_start=[0, 2], infusion_day=[0.0, 90.0], duplicates="mean",
                threshold=[10.0, 5.0], recovery=[10.0, 5.0], fraction=[NAN, NAN],
            )  # fmt: skip
            for bad in (
                {"day": [1, 2, 3, 4, 4]},
                {"count": [NAN] * 5},
                {"end": [NAN]},
                {"lloq": 0},
                {"duplicates": "sum"},
                {"series": [0, 0, 0, 0, 1]},
                {"threshold": [-1.0]},
                {"infusion_start": [0, 1], "infusion_day": [NAN]},
            ):
                with pytest.raises(InputError):
                    call(**bad)
            _core.depletion_words()

    calls()
    gc.collect()
    blocks, references = sys.getallocatedblocks(), sys.getrefcount(day)
    calls()
    gc.collect()
    assert sys.getallocatedblocks() <= blocks + 100
    assert sys.getrefcount(day) == references
