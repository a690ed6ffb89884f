"""Probability of being in response: by hand, as `multistate` of its rows, and what it refuses."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

INF = math.inf
FOLLOWED = [360, 200, 300, 90, 240]
RESPONSE = [30, 60, INF, INF, 30]
END = [180, INF, INF, 90, INF]


def test_five_patients_by_hand():
    pbrf = survival.in_response(FOLLOWED, RESPONSE, END)
    curve = pbrf.state("in response")
    # 2 of 5 at 30, 1 of 3 left at 60; one of 3 in response leaves at 180, none of them censored
    assert curve.at([0, 30, 60, 90]).estimate.tolist() == pytest.approx([0, 0.4, 0.6, 0.6])
    assert curve.at(180).estimate == pytest.approx(0.4)
    assert pbrf.at(180).estimate.sum() == pytest.approx(1)
    assert curve.expected_time(100).estimate == pytest.approx(30 * 0.4 + 40 * 0.6)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.booleans(),
                       st.booleans()), min_size=1, max_size=9)
)  # fmt: skip
def test_without_censoring_it_is_the_share_in_response(rows):
    response = [a if responds else INF for a, _, _, responds, _ in rows]
    end = [a + b if ends else INF for a, b, _, _, ends in rows]
    pbrf = survival.in_response([30] * len(rows), response, end)
    for t in range(20):
        share = np.mean([r <= t < e for r, e in zip(response, end, strict=True)])
        assert pbrf.state("in response").at(t).estimate == pytest.approx(share)


def test_rows_of_multistate():
    patient = [0, 0, 0, 1, 1, 2, 3, 4, 4]
    time = [30, 180, 360, 60, 200, 300, 90, 30, 240]
    event = [2, 3, 0, 2, 0, 0, 3, 2, 0]
    ms = survival.multistate(patient, time, event, states=[1, 2, 3], absorbing=[])
    pbrf = survival.in_response(FOLLOWED, RESPONSE, END)
    assert pbrf.time.tolist() == ms.time.tolist()
    np.testing.assert_allclose(pbrf.estimate, ms.estimate)
    np.testing.assert_allclose(pbrf.std_error, ms.std_error)
    assert pbrf.at_risk.tolist() == ms.at_risk.tolist()


def test_edges():
    # in response from the start; responding on the last day; failing on it; all at once
    pbrf = survival.in_response([10, 5, 5], [0, 5, INF], [INF, INF, 5])
    assert pbrf.initial.tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    assert pbrf.at(5).estimate.tolist() == pytest.approx([0, 2 / 3, 1 / 3])
    one = survival.in_response([0], [0], [INF])
    assert one.estimate.tolist() == [[0], [1], [0]]
    assert survival.in_response([9], [INF], [INF]).estimate.tolist() == [[1], [0], [0]]
    # the first day in two roundings
    tied = survival.in_response([0.3, 1], [0.1 + 0.2, 0.3], [INF, INF])
    assert (tied.time.tolist(), tied.merged) == ([0.3, 1], 1)


def test_groups_and_columns():
    data = {"seen": FOLLOWED, "cr": RESPONSE, "lost": END, "arm": ["a", "a", "b", "b", "b"]}
    both = survival.in_response("seen", "cr", "lost", group="arm", data=data)
    assert list(both) == ["a", "b"]
    alone = survival.in_response(FOLLOWED[:2], RESPONSE[:2], END[:2])
    assert both["a"].estimate.tolist() == alone.estimate.tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"response": [11]}, r"response\[0\] is 11; it is after the patient was last seen"),
        ({"end": [3]}, r"end\[0\] is 3; it is not after the response"),
        ({"end": [math.nan]}, r"end\[0\]; it is missing: give a time, or inf where it was"),
        ({"followed": [math.nan]}, r"followed\[0\] is nan; a number is needed here"),
        ({"followed": [INF]}, r"followed\[0\] is inf; a number is needed here"),
        ({"response": [-1]}, r"response\[0\] is -1; it cannot be negative"),
        ({"response": [1, 2]}, "response has 2 rows and followed has 1"),
        ({"response": [[1]]}, "response has 2 dimensions"),
        ({"followed": [], "response": [], "end": []}, "there is no patient"),
        ({"response": ["x"]}, "response holds values of type <U1; give numbers"),
        ({"group": ["a", "b"]}, "group has 2 rows and followed has 1"),
    ],
)
def test_bad_rows_are_named(change, words):
    rows = {"followed": [10], "response": [4], "end": [INF]}
    with pytest.raises(InputError, match=words):
        survival.in_response(**rows | change)


@pytest.mark.parametrize("column", ["cr", "lost"])
def test_a_gap_in_a_frame_where_nothing_was_seen(column):
    """Without its row the patient who did not respond would be lost."""
    data = {"seen": [9.0, 8.0], "cr": [2.0, 3.0], "lost": [5.0, 6.0]} | {column: [2.0, None]}
    frame = pytest.importorskip("polars").DataFrame(data)
    with pytest.raises(InputError, match=r"\[1\] is missing in column .*; give inf where"):
        survival.in_response("seen", "cr", "lost", data=frame)
    with pytest.raises(InputError, match=r"\[1\] is None; give inf where it was not reached"):
        survival.in_response("seen", "cr", "lost", data=data)


def test_a_loss_at_the_last_visit_but_for_rounding():
    rows = ([0.3, 0.5], [0.1, INF], [0.1 + 0.2, INF])
    found = survival.in_response(*rows)
    assert found.at(0.3).estimate.tolist() == pytest.approx([0.5, 0, 0.5])
    with pytest.raises(InputError, match=r"end\[0\] is 0.30000000000000004; it is after"):
        survival.in_response(*rows, timefix=False)
