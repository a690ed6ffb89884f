"""Landmark analysis and rows split at a change: by hand, the twin, immortal time refused."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import landmark as twin

INF = float("inf")
DATA = {
    "days": [60, 200, 300, 400],
    "relapse": [1, 1, 0, 0],
    "b_cells_back": [INF, 150.0, 90.0, INF],
}


@st.composite
def cohorts(draw):
    n = draw(st.integers(1, 12))
    time = [draw(st.integers(1, 12)) for _ in range(n)]
    event = [draw(st.booleans()) for _ in range(n)]
    change = [draw(st.one_of(st.just(INF), st.integers(0, t))) for t in time]
    return time, event, change


@given(cohorts(), st.integers(0, 12))
def test_the_landmark_equals_the_twin(cohort, at):
    expected = twin.landmark(*cohort, at)
    if not expected:
        with pytest.raises(InputError, match=f"at is {at}; nobody is followed up beyond it"):
            survival.landmark(*cohort, at=at)
        return
    lm = survival.landmark(*cohort, at=at)
    assert list(zip(lm.row, lm.time, lm.event, lm.changed, strict=True)) == expected
    assert len(lm.row) + lm.events_before + lm.censored_before == lm.n == len(cohort[0])


@given(cohorts())
def test_the_split_equals_the_twin(cohort):
    rows = survival.split_at_change(*cohort)
    table = zip(rows.row, rows.entry, rows.time, rows.event, rows.changed, strict=True)
    assert list(table) == twin.split(*cohort)


@given(cohorts())
def test_the_split_leaves_the_curve_as_it_is(cohort):
    time, event, _ = cohort
    rows = survival.split_at_change(*cohort)
    cut = survival.kaplan_meier(rows.time, rows.event, entry=rows.entry)
    whole = survival.kaplan_meier(time, event)
    # the cut adds rows at the changes, where nothing happens
    keep = np.isin(cut.time, whole.time)
    assert cut.estimate[keep] == pytest.approx(whole.estimate, rel=1e-14)


@given(cohorts(), st.sampled_from([1 / 7, 1 / 30.4375, 365.25]))
def test_the_unit_of_time_does_not_matter(cohort, unit):
    time, event, change = cohort
    in_days = survival.split_at_change(*cohort)
    other = survival.split_at_change(np.array(time) * unit, event, np.array(change) * unit)
    assert other.row.tolist() == in_days.row.tolist()
    assert other.changed.tolist() == in_days.changed.tolist()
    assert other.time == pytest.approx(in_days.time * unit, rel=1e-12)


def test_immortal_time_counts_before_the_change():
    # by hand: 200 days of the second patient are 150 before the return of B cells and 50 after
    rows = survival.split_at_change([200], [1], [150])
    before, after = rows.time - rows.entry
    assert (before, after) == (150, 50)
    assert rows.event.tolist() == [False, True]


def test_who_ever_changed_is_refused():
    for call in (lambda x: survival.landmark([1, 2], [1, 0], x, at=0.5),
                 lambda x: survival.split_at_change([1, 2], [1, 0], x)):  # fmt: skip
        with pytest.raises(InputError, match="change is yes or no; give the time"):
            call([True, False])


def test_frames_are_read_and_given():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(DATA)
    lm = survival.landmark("days", "relapse", "b_cells_back", at=100, data=frame)
    assert str(lm) == (
        "landmark 100: 3 of 4 patients followed beyond it, 1 changed by then; left out: 1 with an "
        "earlier event, 0 censored"
    )
    assert lm.to_frame("pandas")["time"].tolist() == [100, 200, 300]
    rows = survival.split_at_change("days", "relapse", "b_cells_back", data=frame)
    assert rows.to_frame("pandas").shape == (6, 5)
    with pytest.raises(InputError, match="change: there is no column 'b_cells'"):
        survival.landmark("days", "relapse", "b_cells", at=100, data=frame)


BAD = [
    (([10, 20], [1, 0], [5, 25]), r"change\[1\] is 25; it is after the end of follow-up"),
    (([10, 20], [1, 0], [5, float("nan")]), r"change\[1\]; it is missing: .* or inf"),
    (([10, -20], [1, 0], [5, INF]), r"time\[1\] is -20; it cannot be negative"),
    (([10, 20], [1, 3], [5, INF]), r"event\[1\] is 3"),
    (([10, 20], [1, 0], [5]), "change has 1 rows and time has 2"),
    (([10, 0], [1, 0], [5, 0]), r"time\[1\] is 0; it must be greater than 0"),
    (([], [], []), "time; there is no patient"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        survival.split_at_change(*arguments)


def test_results_are_frozen_and_pickle():
    rows = survival.split_at_change(*DATA.values())
    with pytest.raises(AttributeError):
        rows.n = 3
    again = pickle.loads(pickle.dumps(rows))
    assert again.time.tolist() == rows.time.tolist()
    assert not rows.time.flags.writeable
    assert "<td>" in survival.landmark(*DATA.values(), at=100)._repr_html_()
