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


@pytest.mark.parametrize("seed", range(6))
def test_of_any_rows_without_competing_events_it_is_turnbulls(seed):
    rng = np.random.default_rng(seed)
    left = 14.0 * rng.integers(0, 12, 40)
    right = np.where(rng.random(40) < 0.7, left + 28 * rng.integers(1, 4, 40), INF)
    rc, tb = recovery.reconstitution(left, right), survival.turnbull(left, right)
    assert rc.loglik == pytest.approx(tb.loglik, rel=1e-12)
    days = np.unique(right[np.isfinite(right)])
    ours, theirs = rc.at(days), tb.at(days)
    np.testing.assert_allclose(ours.estimate_high, 1 - theirs.estimate_low, atol=1e-9)
    np.testing.assert_allclose(ours.estimate_low, 1 - theirs.estimate_high, atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_of_any_exact_times_it_is_competing_risks(seed):
    rng = np.random.default_rng(seed)
    time = rng.integers(1, 60, 50).astype(float)
    cause = rng.choice([0, 1, 2, 3], 50)
    rc = recovery.reconstitution(
        time, np.where(cause == 1, time, INF),
        competing=np.where(cause > 1, time, INF), cause=cause,
    )  # fmt: skip
    ci = survival.competing_risks(time, cause, causes=[1, 2, 3])
    days = np.unique(time)[:-1]
    np.testing.assert_allclose(rc.at(days).estimate, ci.cause(1).at(days).estimate, rtol=1e-10)
    for label in (2, 3):
        own = np.array(rc.competing_cause) == label
        sums = [rc.competing_mass[own & (rc.competing_time <= day)].sum() for day in days]
        np.testing.assert_allclose(sums, ci.cause(label).at(days).estimate, rtol=1e-10, atol=1e-14)


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
    for p, ends in ((0.4, (84, 112)), (0.6, (140, INF)), (0.9, (INF, INF))):
        q = rc.quantile(p)
        assert (q.left, q.right) == ends
        assert q.low <= q.left
        assert q.right <= q.high
    assert pickle.loads(pickle.dumps(rc)).loglik == rc.loglik
    assert str(rc.at(112)).startswith("returned by 112: 50.0% (95% ")


@settings(max_examples=25, deadline=None)
@given(ROWS, st.sampled_from([0.5, 1, 2, 2.5, 4, 6]))
def test_limits_are_those_of_the_slow_twin(rows, time):
    left = [row[0] for row in rows]
    right = [row[0] + row[1] for row in rows]
    competing = [row[2] for row in rows]
    at = recovery.reconstitution(left, right, competing=competing).at(time, level=0.9)
    low, high = twin.limits(left, right, competing, time, level=0.9)
    assert at.low[0] == pytest.approx(low, abs=2e-4)
    assert at.high[0] == pytest.approx(high, abs=2e-4)
    assert at.low[0] <= at.estimate_low[0] + 1e-9
    assert at.estimate_high[0] <= at.high[0] + 1e-9


def test_limits_of_one_visit_are_those_of_a_proportion():
    # 3 of 10 by day 28: 2 (3 log(0.3 / p) + 7 log(0.7 / (1 - p))) is qchisq(0.95, 1) of R
    at = recovery.reconstitution([0] * 3 + [28] * 7, [28] * 3 + [INF] * 7).at(28)
    for p in (at.low[0], at.high[0]):
        assert 2 * (3 * np.log(0.3 / p) + 7 * np.log(0.7 / (1 - p))) == pytest.approx(
            3.841458820694124, rel=1e-9
        )
    band = recovery.reconstitution([0] * 3 + [28] * 7, [28] * 3 + [INF] * 7).band()
    assert (band.left.tolist(), band.right.tolist(), band.low.tolist()) == ([0], [28], [0])
    assert band.high[0] == pytest.approx(at.high[0], rel=1e-9)
    assert str(band) == "95% limits of 1 stretches of time"


def test_words_of_a_quantile():
    assert "on day 3" in str(recovery.reconstitution([3] * 9, [3] * 9).quantile(0.5))
    assert "not reached" in str(recovery.reconstitution([3], [INF], competing=[3]).quantile(0.5))
    assert "after day 3 or never" in str(recovery.reconstitution([3], [INF]).quantile(0.5))


def test_limits_of_a_group_are_those_of_its_rows_alone():
    left, right = [0, 28, 28, 56, 0], [28, 56, INF, INF, 56]
    by = recovery.reconstitution(left, right, group=list("abbab"))
    alone = recovery.reconstitution(left[1:3] + left[4:], right[1:3] + right[4:])
    np.testing.assert_array_equal(by["b"].at([28, 40]).high, alone.at([28, 40]).high)
    assert by["b"].quantile(0.5) == alone.quantile(0.5)


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
    by = recovery.reconstitution([28, 56, 3], [56, INF, 3], group=["CD19", "BCMA", "BCMA"])
    with_limits, without = by.plot(), by.plot(level=None)
    assert len(with_limits.patches) == len(without.patches) + 4  # two limits a group
    recovery.reconstitution([0], [0]).plot()  # no stretch of time between days of the rows


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


def test_bad_times_and_levels():
    rc = recovery.reconstitution([1], [2])
    with pytest.raises(InputError, match=r"times\[1\] is -1"):
        rc.at([1, -1])
    with pytest.raises(InputError, match=r"times\[0\]"):
        rc.at(float("nan"))
    with pytest.raises(InputError, match="level is 1"):
        rc.at(1, level=1)
    with pytest.raises(InputError, match="p is 0"):
        rc.quantile(0)
