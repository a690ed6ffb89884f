"""Shares of the states after CAR T against the twin, by Kaplan-Meier, and by hand."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery, response, survival
from immunoreset.errors import InputError
from immunoreset.recovery.reset_states import STATES

from tests.reference import reset_states as twin

inf, nan = math.inf, math.nan


@st.composite
def patients(draw):
    followed = draw(st.integers(1, 40))
    day = st.just(inf) | st.integers(0, followed).map(float)
    onset = draw(day)
    back = inf
    if onset < followed:
        back = draw(st.just(inf) | st.integers(int(onset) + 1, followed).map(float))
    start = draw(day)
    end = draw(st.just(inf) | st.integers(int(start) + 1, 60).map(float)) if start < inf else inf
    end = end if end <= followed else inf
    return {
        "onset": onset, "back": back, "relapse": draw(day), "from": start, "to": end,
        "followed": float(followed), "dead": draw(st.booleans()),
    }  # fmt: skip


def estimate_of(some, **options):
    columns = {name: [p[name] for p in some] for name in some[0]}
    left = [min(p["onset"], p["followed"]) if p["back"] == inf else p["onset"] for p in some]
    return recovery.reset_states(
        columns["onset"], left, columns["back"], columns["followed"], columns["relapse"],
        drug_free_from=columns["from"], drug_free_to=columns["to"], dead=columns["dead"], **options,
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(patients(), min_size=1, max_size=6), st.integers(0, 40))
def test_shares_and_days_are_those_of_the_twin(some, day):
    longest = max(p["followed"] for p in some)
    day = min(float(day), longest)
    found = estimate_of(some, at=[day], tau=longest)
    assert found.share[0] == pytest.approx(twin.shares(some, day), abs=1e-12)
    assert found.time == pytest.approx(twin.times(some, longest), abs=1e-9)
    assert found.share.sum() == pytest.approx(1)
    assert found.time.sum() == pytest.approx(longest)
    assert (found.low <= found.share + 1e-12).all()
    assert (found.share <= found.high + 1e-12).all()
    assert (found.high > found.low).all()
    assert (found.time_low <= found.time + 1e-9).all()
    assert (found.time <= found.time_high + 1e-9).all()
    n = len(some)
    for k in range(len(STATES)):
        p = found.share[0, k]
        if found.complete[0]:
            rate = response.proportion(round(p * n), n)
            assert (found.low[0, k], found.high[0, k]) == (rate.low, rate.high)


@settings(max_examples=50, deadline=None)
@given(st.lists(patients(), min_size=1, max_size=6), st.integers(0, 40))
def test_shares_and_days_are_those_of_multistate(some, day):
    longest = max(p["followed"] for p in some)
    day = min(float(day), longest)
    found = estimate_of(some, at=[day], tau=longest)
    rows = [
        (who, until, twin.state_on(p, until) + 1, twin.state_on(p, 0) + 1)
        for who, p in enumerate(some)
        for until in twin.days_of([p])
        if until <= p["followed"]
    ]
    who, time, event, initial = zip(*rows, strict=True)
    ms = survival.multistate(who, time, event, initial=initial, states=range(1, 7), absorbing=[6])
    assert ms.at(day).estimate == pytest.approx(found.share[0], abs=1e-12)
    assert ms.expected_time(longest).estimate == pytest.approx(found.time, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.lists(patients(), min_size=2, max_size=5), st.sampled_from([10.0, 20.0, 30.0]))
def test_limits_under_censoring_are_the_jackknife_on_the_logit(some, day):
    point = {1: 12.706204736432, 2: 4.302652729696, 3: 3.182446305284, 4: 2.776445105198}
    longest = max(p["followed"] for p in some)
    day = min(day, longest)
    found = estimate_of(some, at=[day], tau=longest)
    reach = point[len(some) - 1]  # Student's 97.5 %
    for k in range(len(STATES)):
        p = found.share[0, k]
        error = twin.jackknife_error(some, lambda rest, k=k: twin.shares(rest, day)[k])
        if not found.complete[0] and 1e-9 < p < 1 - 1e-9 and error > 1e-9:
            logit, spread = math.log(p / (1 - p)), reach * error / (p * (1 - p))
            expected = [1 / (1 + math.exp(min(700, s * spread - logit))) for s in (1, -1)]
            limits = (found.low[0, k], found.high[0, k])
            assert limits == pytest.approx(expected, rel=1e-7, abs=1e-12)
        error = twin.jackknife_error(some, lambda rest, k=k: twin.times(rest, longest)[k])
        if error > 1e-6:
            low = max(0, found.time[k] - reach * error)
            high = min(longest, found.time[k] + reach * error)
            assert (found.time_low[k], found.time_high[k]) == pytest.approx((low, high), abs=1e-6)


def test_the_share_still_active_is_the_kaplan_meier_curve():
    onset, followed = [3, inf, 8, 8, inf, 12], [30, 5, 30, 30, 10, 30]
    found = recovery.reset_states(onset, [nan] * 6, [nan] * 6, followed, [inf] * 6, at=[3, 8, 12])
    km = survival.kaplan_meier(np.minimum(onset, followed), np.isfinite(onset))
    assert found.share[:, 0] == pytest.approx(km.at([3, 8, 12]).estimate)


def test_the_simple_share_of_those_at_risk_would_be_biased():
    # by hand: two relapse at once and are lost soon after; two stay well to the end
    found = recovery.reset_states(
        [5] * 4, [20] * 4, [30] * 4, [50, 50, 200, 200], [40, 40, inf, inf],
        drug_free_from=[10] * 4, drug_free_to=[inf] * 4, at=[200],
    )  # fmt: skip
    assert found.share[0, STATES.index("relapsed")] == pytest.approx(0.5)  # of those left it is 0
    assert found.known.tolist() == [2]
    assert found.present[0].tolist() == [0, 0, 2, 0, 0, 0]
    assert not found.complete[0]


def test_where_the_return_is_taken_to_be():
    for where, day in (("left", 60), ("middle", 80), ("right", 100)):
        found = recovery.reset_states(
            [10], [60], [100], [400], [inf], at=[day - 1, day], return_at=where
        )
        assert found.share[:, 1].tolist() == [1, 0]
        assert found.time[1] == day - 10
        assert found.return_at == where
    with pytest.raises(InputError, match="return_at is 'visit'"):
        recovery.reset_states([10], [60], [100], [400], [inf], at=[1], return_at="visit")


@pytest.mark.parametrize("n", [1, 5, 15])
def test_all_in_one_state_has_exact_limits(n):
    found = recovery.reset_states(
        [5] * n, [90] * n, [120] * n, [400] * n, [inf] * n, at=[400],
        drug_free_from=[30] * n, drug_free_to=[inf] * n,
    )  # fmt: skip
    assert found.share[0].tolist() == [0, 0, 1, 0, 0, 0]
    assert found.low[0, 2] == pytest.approx(0.025 ** (1 / n))
    assert found.high[0, 4] == pytest.approx(1 - 0.025 ** (1 / n))
    assert found.time[2] == pytest.approx(280)
    assert found.time_low[2] < 280 < found.time_high[2]


def test_groups_and_frames():
    frame = {
        "onset": [5.0, 6.0], "rl": [90.0, None], "rr": [120.0, None], "end": [400.0, 300.0],
        "relapse": [inf, inf], "product": ["a", "b"],
    }  # fmt: skip
    found = recovery.reset_states(
        "onset", "rl", "rr", "end", "relapse", at=[200, 100], group="product", data=frame
    )
    assert found["b"].share[:, 1].tolist() == [1, 1]
    assert found["a"].at.tolist() == [100, 200]
    assert list(found.to_frame("pandas")["state"][:6]) == list(STATES)
    times = found["a"].times_frame("pandas")
    assert times["days"].sum() == pytest.approx(200)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"onset": [nan]}, r"onset\[0\]; it cannot be missing"),
        ({"onset": [95]}, r"onset\[0\] is 95; it does not come before"),
        ({"at": [401]}, r"at\[0\] is 401; the curve is not known beyond"),
        ({"at": [-1]}, r"at\[0\] is -1; it cannot be negative"),
        ({"tau": 401}, "tau is 401; the curve is not known"),
        ({"at": []}, "at is empty"),
        ({"dead": [2]}, r"dead\[0\] is 2; it is 0"),
        ({"level": 2}, "level is 2"),
    ],
)
def test_bad_input_is_named(change, words):
    good = {
        "onset": [5], "return_left": [90], "return_right": [120], "followed": [400],
        "relapse": [inf], "at": [100],
    }  # fmt: skip
    with pytest.raises(InputError, match=words):
        recovery.reset_states(**{**good, **change})


def test_results_show_themselves():
    found = recovery.reset_states([5, 5], [90, 80], [120, inf], [400, 100], [inf, inf], at=[150])
    assert str(found).startswith("2 patients, expected days up to day 150 (95%): active 5 (")
    assert pickle.loads(pickle.dumps(found)).time.tolist() == found.time.tolist()
    ax = found.plot()
    assert ax.get_legend_handles_labels()[1] == ["active", "aplastic", "recovered, not drug-free"]
    assert ax.get_xlim() == (0, 150)
