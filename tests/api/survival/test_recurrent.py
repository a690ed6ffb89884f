"""The mean cumulative function against the slow twin, R, and by its symmetries."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import recurrent as twin

GOLDEN = Path(__file__).parents[2] / "golden/survival"
PATIENT = [1, 1, 1, 2, 2, 3, 4, 4]
DAY = [20, 90, 180, 45, 200, 150, 90, 210]
EVENT = [1, 1, 0, 1, 0, 0, 1, 0]


@st.composite
def histories(draw, terminal=False):
    """Patients with events, in rows of events and ends, in any order."""
    patient, time, event = [], [], []
    for i in range(draw(st.integers(1, 7))):
        end = draw(st.integers(0, 9))
        days = draw(st.lists(st.integers(0, end), max_size=4))
        patient += [i] * (len(days) + 1)
        time += [*days, end]
        event += [1] * len(days) + [draw(st.sampled_from((0, 2))) if terminal else 0]
    order = draw(st.permutations(range(len(time))))
    return tuple([column[i] for i in order] for column in (patient, time, event))


@st.composite
def intervals(draw):
    """Patients observed in one interval or more, with gaps."""
    patient, entry, time, event = [], [], [], []
    for i in range(draw(st.integers(1, 6))):
        bounds = sorted(draw(st.sets(st.integers(0, 12), min_size=2, max_size=6)))
        for start, stop in itertools.pairwise(bounds):
            if stop == bounds[-1] or draw(st.booleans()):
                patient.append(i)
                entry.append(start)
                time.append(stop)
                event.append(draw(st.integers(0, 1)))
    return patient, time, event, entry


def agrees(found, patients, places):
    for variance, place in places.items():
        curve = found(variance)
        for j, t in enumerate(curve.time):
            values = twin.mean_count(patients, t)
            assert curve.estimate[j] == pytest.approx(values[0], rel=1e-12, abs=1e-15)
            if values[0] > 0:
                expected = twin.standard_error(values[place])
                assert curve.std_error[j] == pytest.approx(expected, rel=1e-9, nan_ok=True)


@given(histories())
def test_all_variances_are_those_of_the_twin(rows):
    agrees(
        lambda variance: survival.recurrent(*rows, variance=variance),
        twin.patients_of(*rows),
        {"robust": 1, "poisson": 2, "sample": 3},
    )


@given(histories(terminal=True))
def test_terminal_events_are_those_of_the_twin(rows):
    agrees(lambda _: survival.recurrent(*rows), twin.patients_of(*rows), {"robust": 1})


@given(intervals())
def test_intervals_with_gaps_are_those_of_the_twin(rows):
    patient, time, event, entry = rows
    agrees(
        lambda variance: survival.recurrent(patient, time, event, entry=entry, variance=variance),
        twin.patients_of(*rows),
        {"robust": 1, "poisson": 2, "sample": 3},
    )


@given(histories(terminal=True), st.sampled_from((10**6, -1, 2**60)))
def test_order_of_rows_and_numbers_of_patients_change_nothing(rows, factor):
    patient, time, event = rows
    found = survival.recurrent(patient, time, event)
    order = sorted(range(len(time)), key=lambda i: (patient[i], time[i], event[i] != 1))
    for names in ([factor * i for i in patient], [f"P{i}" for i in patient]):
        columns = tuple([column[i] for i in order] for column in (names, time, event))
        other = survival.recurrent(*columns)
        assert other.estimate.tolist() == found.estimate.tolist()
        assert other.std_error == pytest.approx(found.std_error, rel=1e-10, nan_ok=True)
        assert other.at_risk.tolist() == found.at_risk.tolist()


def test_infections_of_chronic_granulomatous_disease_as_r_has_them():
    golden = json.loads((GOLDEN / "mcf_cgd_survival.json").read_text())
    rows, expected = golden["inputs"], golden["expected"]
    columns = {"entry": "start", "data": rows}
    found = survival.recurrent("id", "stop", "event", **columns).at(expected["time"])
    assert found.estimate == pytest.approx(expected["mcf"], rel=golden["rtol"])
    assert found.std_error == pytest.approx(expected["se_robust"], rel=golden["rtol"])
    by_arm = survival.recurrent("id", "stop", "event", group="treat", **columns)
    for arm in expected["final_by_arm"]:
        curve = by_arm[arm["arm"].removeprefix("treat=")]
        assert curve.estimate[-1] == pytest.approx(arm["mcf"], rel=golden["rtol"])
        assert curve.std_error[-1] == pytest.approx(arm["se"], rel=golden["rtol"])


@pytest.mark.parametrize("kind", ["plain", "entries", "ghosh_lin"])
def test_random_rows_as_r_has_them(kind):
    for case in json.loads((GOLDEN / "recurrent_random.json").read_text())[kind]:
        rows = case["inputs"]
        found = survival.recurrent("patient", "time", "event", entry="entry", data=rows)
        at = found.at(case["time"])
        assert at.estimate == pytest.approx(case["estimate"], rel=1e-9)
        assert at.std_error == pytest.approx(case["std_error"], rel=1e-8)


def test_one_event_each_is_the_cumulative_hazard_of_kaplan_meier():
    time, event = [3, 5, 5, 8, 10, 12, 12], [1, 1, 0, 1, 0, 1, 1]
    km = survival.kaplan_meier(time, event)
    found = survival.recurrent(range(7), time, event, entry=[0] * 7, variance="poisson")
    assert found.time.tolist() == km.time.tolist()
    assert found.at_risk.tolist() == km.at_risk.tolist()
    assert found.estimate == pytest.approx(km.cumulative_hazard, rel=1e-13)
    assert found.std_error == pytest.approx(km.cumulative_hazard_std_error, rel=1e-13)


def test_with_terminal_events_alone_one_event_each_is_the_incidence():
    time, cause = [3, 5, 5, 8, 10, 12, 12], [1, 2, 0, 1, 2, 1, 0]
    incidence = survival.competing_risks(time, cause).cause(1).estimate
    # the event is followed by the end of the patient's risk of it: a death at once
    patient, day, event = [], [], []
    for i, (t, c) in enumerate(zip(time, cause, strict=True)):
        patient += [i] * (1 + (c == 1))
        day += [t] * (1 + (c == 1))
        event += [1, 2] if c == 1 else [c]
    found = survival.recurrent(patient, day, event)
    assert found.estimate == pytest.approx(incidence, rel=1e-13)


@given(histories())
def test_intervals_and_events_with_an_end_are_the_same(rows):
    found = survival.recurrent(*rows)
    patient, entry, time, event = [], [], [], []
    for one in set(rows[0]):
        mine = [(t, e) for p, t, e in zip(*rows, strict=True) if p == one]
        days = sorted(t for t, e in mine if e == 1)
        end = next(t for t, e in mine if e == 0)
        if len(set(days)) < len(days) or 0 in (*days, end) or end in days:
            return  # an interval holds one event, at its end, after its start
        patient += [one] * (len(days) + 1)
        entry += [0, *days]
        time += [*days, end]
        event += [1] * len(days) + [0]
    other = survival.recurrent(patient, time, event, entry=entry)
    assert other.estimate.tolist() == found.estimate.tolist()
    assert other.std_error == pytest.approx(found.std_error, nan_ok=True)


def test_nobody_has_an_event():
    found = survival.recurrent([1, 2, 3], [50, 80, 90], [0, 0, 0])
    assert found.estimate.tolist() == [0, 0, 0]
    assert found.low.tolist() == [0, 0, 0]
    assert found.high == pytest.approx(-math.log(0.025) / np.array([3, 2, 1]))
    assert str(found.at(10)) == "mean number of events by 10 is 0 (95% log 0 to 1.23)"


def test_one_patient_has_a_mean_without_limits_unless_events_are_poisson():
    rows = ([1, 1, 1], [10, 20, 30], [1, 1, 0])
    assert survival.recurrent(*rows).estimate.tolist() == [1, 2, 2]
    assert math.isnan(survival.recurrent(*rows).std_error[-1])
    assert survival.recurrent(*rows, variance="poisson").std_error[-1] == math.sqrt(2)


def test_onsets_within_a_window_are_one_relapse():
    found = survival.recurrent([1] * 5, [0, 30, 31, 60, 90], [1, 1, 1, 1, 0], window=31)
    assert (found.joined, found.events.sum(), found.window) == (2, 2, 31)
    assert found.time.tolist() == [0, 31, 90]


def test_groups_columns_and_text():
    frame = {
        "patient": [f"P{i}" for i in PATIENT],
        "day": DAY,
        "event": EVENT,
        "product": ["CD19" if i < 3 else "BCMA" for i in PATIENT],
    }
    found = survival.recurrent("patient", "day", "event", group="product", data=frame)
    assert list(found) == ["BCMA", "CD19"]
    assert found["CD19"].n == 2
    assert found["CD19"].estimate[-1] == 1.5
    assert len(found.to_frame("pandas")) == len(found["CD19"].time) + len(found["BCMA"].time)
    assert found["CD19"].to_dict()["variance"] == "robust"
    ax = found.plot(risk_table=True)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["BCMA", "CD19"]


def test_at_is_a_number_of_a_number_and_unknown_after_the_end():
    found = survival.recurrent(PATIENT, DAY, EVENT)
    one = found.at(90)
    assert isinstance(one.estimate, float)
    assert (one.estimate, one.at_risk) == (1, 4)
    several = found.at([19, 211])
    assert several.estimate.tolist() == pytest.approx([0, math.nan], nan_ok=True)
    assert several.at_risk.tolist() == [4, 0]
    assert "2 times" in str(several)
    with pytest.raises(InputError, match=r"times\[1\] is -1"):
        found.at([1, -1])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1], [3], [3]), r"event\[0\] is 3; an event is 0"),
        (([1, 1], [3, 5], [1, 1]), r"time\[1\] is 5.0 \(patient 1\); .*no end of follow-up"),
        (
            (["a", "a"], [3, 5], [0, 0]),
            r"time\[1\] is 5.0 \(patient 'a', see row 0\); the patient has another end",
        ),
        (([1, 1], [9, 5], [1, 0]), r"time\[0\] is 9.0 \(patient 1, see row 1\); it is after"),
        (([1], [-3], [0]), r"time\[0\] is -3; it cannot be negative"),
        (([1, 2], [math.nan, 1], [0, 0]), r"time\[0\] is nan"),
        (([], [], []), "there is no patient"),
        (([1, 2], [1], [0]), "patient has 2 rows and time has 1"),
        (([1.5], [1], [0]), r"patient\[0\] is 1.5; a whole number"),
    ],
)
def test_bad_rows_are_named(arguments, words):
    with pytest.raises(InputError, match=words):
        survival.recurrent(*arguments)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"entry": [0, 2, 0, 0]}, r"entry\[1\] is 2.0 \(patient 1, see row 0\); it is before"),
        ({"entry": [0, 5, 0, 0]}, r"entry\[1\] is 5; it must be less than the end"),
        ({"group": [1, 2, 1, 1]}, r"group\[1\] \(patient 1, see row 0\): another row"),
        ({"level": 1}, "level is 1"),
        ({"window": 0}, "window is 0"),
        ({"variance": "jackknife"}, "variance is 'jackknife'; choose one of"),
        ({"interval": "logit"}, "interval is 'logit'; choose one of"),
        ({"event": [1, 2, 1, 0], "variance": "sample"}, "variance.*terminal event"),
    ],
)
def test_bad_options_are_named(options, words):
    rows = {"patient": [1, 1, 2, 2], "time": [3, 5, 4, 9], "event": [1, 0, 1, 0]}
    with pytest.raises(InputError, match=words):
        survival.recurrent(**(rows | options))


@pytest.mark.parametrize("function", [survival.recurrent, survival.recurrent_test])
def test_a_window_that_is_missing_is_not_no_window(function):
    group = {"group": ["a", "a", "b"]}
    with pytest.raises(InputError, match="window is nan; give a time above 0, or None"):
        function([1, 1, 2], [5, 9, 9], [1, 0, 0], window=math.nan, **group)


def test_a_missing_patient_or_event_is_not_a_rate():
    with pytest.raises(InputError, match=r"patient\[1\] is nan; .*: leave the row out"):
        survival.recurrent([1.0, math.nan], [5, 9], [0, 0])
    with pytest.raises(InputError, match=r"event\[0\] is nan; .*: leave the row out"):
        survival.recurrent([1, 2], [5, 9], [math.nan, 0])
