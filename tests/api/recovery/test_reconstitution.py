"""Cumulative incidence of return: reductions, a slow twin, conventions, edge cases."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery, survival
from immunoreset.errors import InputError

from tests.reference import reconstitution as twin

INF = float("inf")
ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([1, 2, 3, INF]), st.sampled_from([2, 4, INF])),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_the_likelihood_is_that_of_the_slow_twin(rows):
    left = [row[0] for row in rows]
    right = [row[0] + row[1] for row in rows]
    competing = [row[2] for row in rows]
    rc = recovery.reconstitution(left, right, competing=competing)
    assert rc.kkt_gap <= 1e-10
    *_, loglik = twin.npmle(left, right, competing, most=20_000, gap=1e-8)
    assert rc.loglik == pytest.approx(loglik, abs=1e-6)
    assert rc.mass.sum() + rc.competing_mass.sum() + rc.rest == pytest.approx(1, abs=1e-12)


def test_without_competing_events_it_is_turnbulls():
    left, right = [84, 56, 112, 84, 140], [112, 84, 140, 126, INF]
    rc, tb = recovery.reconstitution(left, right), survival.turnbull(left, right)
    np.testing.assert_array_equal(rc.right, tb.right[:-1])
    np.testing.assert_allclose(rc.estimate, 1 - tb.estimate[:-1], rtol=1e-10)
    assert rc.loglik == pytest.approx(tb.loglik, rel=1e-12)


def test_of_exact_times_it_is_aalen_johansens():
    # at risk 5, 4, 3, 2: return 1/5; death 4/5 * 1/4; censored; return 3/5 * 1/2; the rest
    left, right = [1, 2, 3, 4, 5], [1, INF, INF, 4, INF]
    rc = recovery.reconstitution(left, right, competing=[INF, 2, INF, INF, INF])
    np.testing.assert_allclose(rc.estimate, [0.2, 0.5], rtol=1e-12)
    np.testing.assert_allclose(rc.competing_mass, [0.2], rtol=1e-12)
    assert rc.rest == pytest.approx(0.3)


def test_what_a_gap_before_a_competing_event_counts_as():
    rows = ([28, 28], [INF, INF])
    seen = recovery.reconstitution(*rows, competing=[40, INF], cause=["death", "none"])
    assert seen.n_unseen == 1
    assert seen.competing_cause == ["death"]
    assert seen.competing_mass.tolist() == [1]
    returned = recovery.reconstitution(*rows, competing=[40, INF], unseen="return")
    assert (returned.left[0], returned.right[0], returned.mass[0]) == (28, 40, 1)


def test_reading_a_curve():
    rc = recovery.reconstitution(
        [84, 56, 84, 140], [112, 84, INF, INF], competing=[INF, INF, 100, INF]
    )
    at = rc.at([84, 100, 112, 141])
    assert at.estimate_low.tolist() == pytest.approx([0.25, 0.25, 0.5, 0.5])
    assert at.estimate_high.tolist() == pytest.approx([0.25, 0.5, 0.5, 0.75])
    assert at.competing.tolist() == pytest.approx([0, 0.25, 0.25, 0.25])
    assert rc.quantile(0.4) == (84, 112)
    assert rc.quantile(0.6) == (140, INF)
    assert rc.quantile(0.9) == (INF, INF)
    assert pickle.loads(pickle.dumps(rc)).loglik == rc.loglik
    assert str(rc.at(112)) == "returned by 112: 50.0%"


def test_groups_data_and_episodes():
    frame = {"l": [28, 56, 28], "r": [56.0, INF, INF], "d": [INF, 70.0, INF], "g": ["b", "a", "b"]}
    by = recovery.reconstitution("l", "r", competing="d", group="g", data=frame)
    assert list(by) == ["a", "b"]
    assert by["b"].n_returned == 1
    ep = recovery.depletion(["a"] * 4, [-7, 14, 84, 112], [210, 0, 4, 31], lloq=1, confirm=1)
    assert recovery.reconstitution(ep).right.tolist() == [112]
    died = recovery.reconstitution(ep, competing={"a": 90})
    assert died.competing_time.tolist() == [90]
    with pytest.raises(InputError, match="'z'"):
        recovery.reconstitution(ep, competing={"z": 90})


def test_the_picture():
    pytest.importorskip("matplotlib")
    ax = recovery.reconstitution([28, 56], [56, INF], competing=[INF, 70]).plot()
    assert ax.get_xlabel() == "days"


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        (([], []), {}, "no row"),
        (([1], [INF]), {"competing": [float("nan")]}, r"competing\[0\].*missing"),
        (([1], [INF]), {"competing": [-1]}, r"competing\[0\] is -1"),
        (([3], [2]), {}, r"left\[0\] is 3"),
        (([3],), {}, "right is None"),
        (([1], [2]), {"unseen": "both"}, "unseen is 'both'"),
        (([1], [2]), {"competing": {"a": 1}}, "competing is a mapping"),
    ],
)
def test_bad_input(rows, options, words):
    with pytest.raises(InputError, match=words):
        recovery.reconstitution(*rows, **options)
