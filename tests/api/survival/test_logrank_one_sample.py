"""One group against a reference hazard."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

TIME, EVENT = [1, 2, 3], [1, 1, 0]


def test_aml_agrees_with_r(golden):
    case = golden("survival/logrank_one_sample")
    data, expected = case["inputs"], case["expected"]
    hazard = np.array(data["time"]) * data["hazard0"]
    one = survival.one_sample_logrank(data["time"], data["event"], expected=hazard)
    assert one.observed == expected["observed"]
    assert one.expected == pytest.approx(expected["expected"], rel=1e-13)
    assert one.statistic == pytest.approx(expected["chisq"], rel=1e-12)
    assert one.pvalue == pytest.approx(expected["p"], rel=1e-12)
    assert one.z == pytest.approx(expected["z_OE"], rel=1e-12)
    # poisson.test(18, 13.56) of R
    assert one.low == pytest.approx(0.78672129649, rel=1e-10)
    assert one.high == pytest.approx(2.09791742386, rel=1e-10)


@given(st.lists(st.floats(0.1, 50), min_size=1, max_size=12), st.floats(0.01, 0.3))
@settings(max_examples=50, deadline=None)
def test_a_curve_is_its_cumulative_hazard(time, rate):
    at = np.array([5.0, 20.0, 60.0])
    event = np.arange(len(time)) % 2
    curve = survival.one_sample_logrank(time, event, reference=(at, np.exp(-rate * at)))
    given_hazard = survival.one_sample_logrank(time, event, expected=rate * np.array(time))
    assert curve.expected == pytest.approx(given_hazard.expected, rel=1e-12)
    assert curve.exact_pvalue == pytest.approx(given_hazard.exact_pvalue, rel=1e-9)
    # a row split at an entry is the same row
    half = np.array(time) / 2
    split = survival.one_sample_logrank(
        np.concatenate((half, time)), np.concatenate((0 * event, event)),
        entry=np.concatenate((0 * half, half)), reference=(at, np.exp(-rate * at)),
    )  # fmt: skip
    assert split.expected == pytest.approx(curve.expected, rel=1e-12)


@given(st.integers(0, 30), st.floats(0.5, 40))
@settings(max_examples=60, deadline=None)
def test_limits_and_exact_test_belong_together(events, expected):
    n = 30
    event = np.arange(n) < events
    one = survival.one_sample_logrank(np.ones(n), event, expected=np.full(n, expected / n))
    assert one.low <= one.ratio <= one.high
    if abs(one.exact_pvalue - 0.05) > 1e-9:
        assert (one.low <= 1 <= one.high) == (one.exact_pvalue > 0.05)


def test_nobody_expected():
    one = survival.one_sample_logrank([0, 0], [0, 0], expected=[0, 0])
    assert math.isnan(one.ratio)
    assert (one.low, one.high, one.pvalue, one.exact_pvalue) == (0, math.inf, 1, 1)
    assert one.df == 1


def test_words_frames_and_pickles():
    data = {"t": TIME, "e": EVENT, "h": TIME}
    one = survival.one_sample_logrank("t", "e", expected="h", data=data)
    assert str(one).startswith("2 events, 6 expected: ratio 0.3333 (95% 0.04")
    assert one.to_frame("pandas")["observed"].tolist() == [2]
    assert pickle.loads(pickle.dumps(one)) == one


CURVE = ([2.0, 4.0], [0.5, 0.4])
BAD = [
    ({}, "give either expected, a hazard a patient, or reference"),
    ({"expected": TIME, "reference": CURVE}, "give either expected"),
    ({"expected": TIME, "entry": [0, 0, 0]}, "entry goes with reference"),
    ({"expected": [1, -1, 1]}, r"expected\[1\] is -1; it cannot be negative"),
    ({"expected": [1, 1]}, "expected has 2 rows and time has 3"),
    ({"expected": [0, 0, 0]}, "nobody is expected to have the event"),
    ({"expected": TIME, "level": 2}, "level is 2"),
    ({"expected": TIME, "alternative": "more"}, "alternative is 'more'; choose one of"),
    ({"reference": 3}, "reference is no pair"),
    ({"reference": ([2.0, 2.0], [0.5, 0.4])}, r"reference_time\[1\] is 2; the times"),
    ({"reference": ([2.0, 4.0], [0.5, 0.6])}, r"reference_survival\[1\] is 0.6; survival of"),
    ({"reference": ([2.0, 4.0], [0.5])}, "reference_survival has 1 rows and reference_time has 2"),
    ({"reference": ([1.0, 2.5], [0.5, 0.4])}, r"time\[2\] is 3; the reference curve ends before"),
    ({"reference": CURVE, "entry": [0, 2, 0]}, r"entry\[1\] is 2; it must be less than the end"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_bad_input_is_named(options, message):
    with pytest.raises(InputError, match=message):
        survival.one_sample_logrank(TIME, EVENT, **options)
