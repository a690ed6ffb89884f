"""Time at risk by phase: a hand-worked cohort, a twin that counts days, bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

PHASES = ["to day 30", "aplasia", "after return"]


def test_two_patients_by_hand():
    split = survival.split_exposure(
        [0, 0], [100, 80], [[12, 45, 60], [80]], [30, [60, math.inf]], phases=PHASES
    )
    assert split.patient == [0, 0, 0, 1, 1]
    assert split.phase == [*PHASES, *PHASES[:2]]
    assert split.exposure.tolist() == [30, 30, 40, 30, 50]
    assert split.events.tolist() == [1, 2, 0, 0, 1]  # day 60 is the last of aplasia
    rates = split.rates(per=100)
    assert list(rates) == PHASES
    assert rates["aplasia"].events == 3
    assert rates["aplasia"].exposure == 80
    assert rates["aplasia"].low == survival.incidence(3, 80, per=100).low
    assert str(split) == (
        "4 events in 5 pieces of follow-up, 3 phases: to day 30, aplasia, after return"
    )
    assert split.to_frame(backend="polars").shape == (5, 7)
    assert [t.get_text() for t in rates.plot().get_yticklabels()] == PHASES


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_whole_days_are_counted_one_by_one(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 6))
    start = rng.integers(0, 20, n)
    stop = start + rng.integers(1, 60, n)
    first, second = 30, np.where(rng.random(n) < 0.5, rng.integers(1, 90, n), np.inf)
    events = [rng.integers(s + 1, e + 1, rng.integers(0, 4)) for s, e in zip(start, stop)]  # noqa: B905
    split = survival.split_exposure(start, stop, events, [first, second])
    days, seen = np.zeros(3), np.zeros(3, int)

    def phase_of(day, i):
        return 0 if day <= first else 1 if day <= second[i] else 2

    for i in range(n):
        for day in range(start[i] + 1, stop[i] + 1):
            days[phase_of(day, i)] += 1
        for day in events[i]:
            seen[phase_of(day, i)] += 1
    rates = split.rates()
    assert [rate.exposure for rate in rates.values()] == days.tolist()
    assert [rate.events for rate in rates.values()] == seen.tolist()


def test_rows_and_events_of_frames():
    frame = {
        "id": ["a", "b", "a"], "from": [40, 0, 0], "to": [100, 50, 40],
        "back": [60, math.inf, 60],
    }  # fmt: skip
    split = survival.split_exposure(
        "from", "to", [60, 61, 50], [30, "back"], patient="id", event_patient=["a", "a", "b"],
        data=frame,
    )  # fmt: skip
    assert split.patient == ["a", "a", "b", "b", "a", "a"]
    assert split.events.tolist() == [1, 1, 0, 1, 0, 0]
    fit = survival.rate_regression(
        split.events, [name == "phase 3" for name in split.phase], exposure=split.exposure,
        family="poisson", cluster=split.patient,
    )  # fmt: skip
    assert fit.clusters == 2
    empty = survival.split_exposure([0], [10], [[]], [30]).rates()
    assert math.isnan(empty["phase 2"].estimate)


def test_tied_times_are_one():
    split = survival.split_exposure([0], [1.0], [[0.1 + 0.2]], [0.3])
    assert split.events.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"start": [0, 30]}, r"start\[1\] is 30.0 \(patient 'a', rows 0 and 1\); it lies before"),
        ({"start": [0, 50]}, r"start\[1\] is 50.0 \(patient 'a', rows 0 and 1\); it lies after"),
        ({"start": [0, 110]}, r"start\[1\] is 110.0 \(patient 'a'\); it must be less than the end"),
        ({"start": [0, math.nan]}, r"start\[1\] is nan"),
        ({"events": [[1], [101]]}, r"events\[1\] is 101.0 \(patient 'a'\); it lies outside"),
        ({"events": [[0], []]}, r"events\[0\] is 0.0 \(patient 'a'\); it lies outside"),
        ({"events": [[1]]}, "events has 1 rows and start has 2"),
        ({"events": [1], "event_patient": ["c"]}, r"event_patient\[0\] is 'c'; there is no row"),
        ({"cuts": [[30, 31]]}, r"cuts\[1\] is 31.0 \(patient 'a', rows 0 and 1\); cuts are those"),
        ({"cuts": [math.nan]}, r"cuts\[0\] is nan \(patient 'a'\); a phase ends at a time, or at"),
        ({"cuts": [[1, 2, 3]]}, r"cuts\[0\] has shape \(3,\); give a number"),
        ({"cuts": ["day 30"]}, r"cuts\[0\] is 'day 30'; give times as numbers"),
        ({"events": [["x"], []]}, r"events\[0\] is \['x'\]; give times as numbers"),
        ({"events": [[1, 2], ["3"]]}, r"events\[1\] is \['3'\]; give times as numbers"),
        ({"events": [[1, 2], [[3]]]}, r"events\[1\] is \[\[3\]\]; give times as numbers"),
        ({"events": ["x"], "event_patient": ["a"]}, r"events is \['x'\]; give times as numbers"),
        ({"phases": ["a"]}, "phases has 1 entries; 1 cuts make 2"),
        ({"patient": ["a", None]}, r"patient\[1\] is None"),
    ],
)
def test_bad_input_is_named_with_patient_and_rows(changed, message):
    given_ = {
        "start": [0, 40], "stop": [40, 100], "events": [[1], [50]], "cuts": [30],
        "patient": ["a", "a"],
    }  # fmt: skip
    with pytest.raises(InputError, match=message):
        survival.split_exposure(**(given_ | changed))
