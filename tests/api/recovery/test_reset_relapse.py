"""Relapses before and after return against the twin, by hand, and over all days of return."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery, survival
from immunoreset.errors import InputError

from tests.reference import reset_relapse as twin

inf, nan = math.inf, math.nan


@st.composite
def patients(draw):
    """Left and right end of the return, end of follow-up, first relapse."""
    left = draw(st.integers(0, 100))
    right = left + draw(st.integers(1, 60))
    followed = right + draw(st.integers(0, 200))
    relapse = draw(st.just(inf) | st.integers(1, followed).map(float))
    seen = draw(st.booleans())
    return float(left), float(right) if seen else inf, float(followed), relapse


@settings(max_examples=100, deadline=None)
@given(st.lists(patients(), min_size=1, max_size=6))
def test_rates_and_ratio_are_those_of_the_twin(some):
    found = recovery.reset_relapse(*zip(*some, strict=True), per=1)
    days = [(a + b) / 2 if b < inf else inf for a, b, _, _ in some]
    events, time = twin.split(some, days)
    assert found.events.tolist() == events
    assert found.time == pytest.approx(time)
    for k in range(2):
        limits = twin.garwood(events[k], time[k], 0.95)
        assert (found.low[k], found.high[k]) == pytest.approx(limits, rel=1e-9)
    assert (found.ratio_low, found.ratio_high) == pytest.approx(
        twin.ratio_limits(events, time, 0.95), rel=1e-8
    )
    assert found.pvalue == pytest.approx(twin.pvalue(events, time), rel=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.lists(patients(), min_size=1, max_size=5), st.data())
def test_the_bounds_hold_whatever_the_days_of_return_were(some, data):
    found = recovery.reset_relapse(*zip(*some, strict=True), per=1)
    share = [data.draw(st.sampled_from([1e-9, 0.1, 0.5, 0.9, 1.0])) for _ in some]
    days = []
    for part, (left, right, end, _) in zip(share, some, strict=True):
        days.append(left + part * ((right if right < inf else end + 50) - left))
    events, time = twin.split(some, days)
    slack = 1e-7
    for k in range(2):
        assert found.events_least[k] <= events[k] <= found.events_most[k]
        assert found.time_least[k] - slack <= time[k] <= found.time_most[k] + slack
        low, high = twin.garwood(events[k], time[k], 0.95)
        assert found.low_least[k] <= low * (1 + slack)
        assert high <= found.high_most[k] * (1 + slack)
        if time[k] > 1e-6:
            rate = events[k] / time[k]
            assert found.rate_least[k] <= rate * (1 + slack)
            assert rate <= found.rate_most[k] * (1 + slack)
    low, high = twin.ratio_limits(events, time, 0.95)
    assert found.ratio_low_least <= low * (1 + 1e-6)
    assert high <= found.ratio_high_most * (1 + 1e-6)
    assert twin.pvalue(events, time) <= found.pvalue_most * (1 + 1e-6)


def test_by_hand():
    # returns in (90, 120], (60, 100], (60, 90]; relapses: none, day 80 (open), day 190 (after)
    found = recovery.reset_relapse(
        [90, 60, 60], [120, 100, 90], [400, 200, 300], [inf, 80, 190], per=1
    )
    assert found.time.tolist() == [260, 410]
    assert found.events.tolist() == [1, 1]
    assert found.ambiguous == 1
    assert found.events_most.tolist() == [1, 2]
    assert found.ratio == pytest.approx(260 / 410)
    assert found.ratio_least == pytest.approx(230 / 440)
    assert math.isinf(found.ratio_most)


def test_without_relapse_there_is_an_upper_bound():
    found = recovery.reset_relapse([90] * 8, [120] * 8, [485] * 8, [inf] * 8)
    years = 8 * 380 / 365.25
    assert found.high[1] == pytest.approx(-math.log(0.025) / years, rel=1e-12)
    assert found.high_most[1] == pytest.approx(-math.log(0.025) / (8 * 365 / 365.25), rel=1e-12)
    assert math.isnan(found.ratio)
    assert (found.ratio_low, found.ratio_high, found.pvalue) == (0, inf, 1)
    assert "0 relapses after return" in str(found)


def test_the_ratio_of_chronic_granulomatous_disease():
    # R survival's cgd: 56 infections in 50.716 patient-years and 20 in 51.890, ratio .349
    events, time = [56, 20], [50.716, 51.890]
    low, high = twin.ratio_limits(events, time, 0.95)
    rows = 76
    # 56 relapses before a return that was never seen; 20 after a return on the first hour
    left = [1.0] * 56 + [0.0] * 20
    right = [inf] * 56 + [1e-9] * 20
    end = [time[0] / 56] * 56 + [time[1] / 20] * 20
    left = [min(a, e) for a, e in zip(left, end, strict=True)]
    found = recovery.reset_relapse(left, right, end, end)
    assert found.n == rows
    assert found.ratio == pytest.approx(0.349, abs=5e-4)
    assert (found.ratio_low, found.ratio_high) == pytest.approx((low, high), rel=1e-7)


def test_landmark_compares_those_back_with_the_rest():
    left, right = [50, 60, 90, 95], [80, 100, 140, inf]
    followed, relapse = [400, 300, 380, 200], [inf, 250, inf, 150]
    found = recovery.reset_relapse(left, right, followed, relapse)
    marked = found.landmark(110)
    assert list(marked.curves) == ["back", "not back"]
    assert marked.landmark.time.tolist() == [290, 140, 270, 40]
    direct = survival.landmark([400, 250, 380, 150], [0, 1, 0, 1], right, at=110)
    assert marked.landmark.changed.tolist() == direct.changed.tolist() == [True, True, False, False]
    assert (
        marked.test.pvalue
        == survival.logrank(direct.time, direct.event, direct.changed, method="exact").pvalue
    )
    assert found.landmark(10).test is None
    with pytest.raises(InputError, match="nobody is followed up beyond it"):
        found.landmark(500)


def test_return_after_relapse_is_no_return_before_it():
    found = recovery.reset_relapse([50, 60], [80, 200], [400, 300], [inf, 100])
    assert found.landmark(60).landmark.changed.tolist() == [False, False]
    assert found.ambiguous == 1


def test_never_depleted_is_left_out_and_groups_are_alone():
    frame = {
        "rl": [90.0, None, 60.0], "rr": [120.0, None, inf], "end": [400.0, 100.0, 90.0],
        "relapse": [inf, inf, inf], "product": ["a", "a", "b"],
    }  # fmt: skip
    found = recovery.reset_relapse("rl", "rr", "end", "relapse", data=frame)
    assert (found.n, found.excluded) == (2, 1)
    groups = recovery.reset_relapse("rl", "rr", "end", "relapse", group="product", data=frame)
    assert (groups["a"].n, groups["a"].excluded, groups["b"].n) == (1, 1, 1)
    assert groups.to_frame("pandas")["period"].tolist() == ["before return", "after return"] * 2
    assert math.isnan(groups["b"].rate[1])


def test_start_of_the_time_at_risk():
    found = recovery.reset_relapse([90], [120], [400], [inf], start=[10])
    assert found.time.tolist() == [95, 295]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"relapse": [nan]}, r"relapse\[0\]; it cannot be missing"),
        ({"relapse": [500]}, r"relapse\[0\] is 500; it is after `followed`"),
        ({"start": [200], "relapse": [150]}, r"start\[0\] is 200; it does not come before"),
        ({"return_right": [90]}, r"return_left\[0\] is 90; it does not come before"),
        ({"return_left": [nan], "return_right": [nan]}, "there is no patient"),
        ({"per": 0}, "per is 0"),
        ({"level": 1}, "level is 1"),
    ],
)
def test_bad_input_is_named(change, words):
    good = {"return_left": [90], "return_right": [120], "followed": [400], "relapse": [inf]}
    with pytest.raises(InputError, match=words):
        recovery.reset_relapse(**{**good, **change})


def test_results_show_themselves():
    found = recovery.reset_relapse([90] * 3, [120] * 3, [400] * 3, [inf] * 3)
    assert found.to_dict()["events"] == [0, 0]
    assert "before return" in found._repr_html_()
    assert np.isfinite(found.high).all()
