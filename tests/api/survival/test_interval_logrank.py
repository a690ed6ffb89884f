"""Tests of interval-censored times: golden values, the log-rank test, and a twin."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import interval_logrank as twin

INF = float("inf")
SCORES = ("sun", "finkelstein", "wilcoxon")


def breast(golden):
    case = golden("survival/ic_logrank_bcos")
    inputs = case["inputs"]
    return case, [np.array(inputs[name], float) for name in ("left", "right", "treat")]


# --- agreement --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "name"),
    [
        ("sun", "sun_logrank1"),
        ("finkelstein", "finkelstein_logrank2"),
        ("wilcoxon", "wilcoxon"),
    ],
)
def test_breast_data_agree_with_interval(golden, scores, name):
    # interval stops its curve at a gap of 1e-6, so the last digits are its own
    case, columns = breast(golden)
    test = survival.interval_logrank(*columns, scores=scores)
    expected = case["expected"][name]
    assert -test.z == pytest.approx(expected["z"], rel=1e-6)
    assert test.pvalue == pytest.approx(expected["p"], rel=1e-5)
    assert test.statistic == pytest.approx(expected["z"] ** 2, rel=1e-6)
    assert test.kkt_gap <= 1e-12


def test_score_test_of_the_breast_data_agrees_with_interval(golden):
    case, columns = breast(golden)
    test = survival.interval_logrank(*columns, method="score")
    expected = case["expected"]["sun_scoretest"]
    assert test.statistic == pytest.approx(expected["chisq"], rel=1e-5)
    assert test.pvalue == pytest.approx(expected["p"], rel=2e-5)


def test_fay_and_shaw_2010(golden):
    case, columns = breast(golden)
    test = survival.interval_logrank(*columns)
    assert f"Z={-test.z:.4f}, p={test.pvalue:.6f}" in case["published"]["FayShaw2010"]


def simulated(seed, n, days=28, exact=0.0):
    rng = np.random.default_rng(seed)
    time = rng.exponential(100, n)
    left = np.floor(time / days) * days
    right = np.where(left >= 6 * days, INF, left + days)
    left = np.minimum(left, 6 * days)
    known = rng.random(n) < exact
    return np.where(known, time, left), np.where(known, time, right), rng.integers(0, 2, n)


@pytest.mark.parametrize("scores", SCORES)
@pytest.mark.parametrize("seed", range(4))
def test_score_test_is_that_of_the_twin(scores, seed):
    left, right, group = simulated(seed, 40)
    if seed % 2:  # wide rows, so that the curve's unknowns hang together
        left = np.where(np.arange(40) % 3 == 0, 0, left)
    test = survival.interval_logrank(left, right, group, scores=scores, method="score")
    excess, variance = twin.information(left, right, group, scores)
    assert test.excess[1] == pytest.approx(excess[0], abs=1e-6)
    assert test.covariance[1, 1] == pytest.approx(variance[0, 0], rel=1e-4)
    assert test.z == pytest.approx(test.excess[1] / np.sqrt(test.covariance[1, 1]), rel=1e-12)
    np.testing.assert_allclose(test.covariance.sum(axis=0), 0, atol=1e-8)


@pytest.mark.parametrize("scores", SCORES)
def test_score_test_of_three_groups(scores):
    left, right, _ = simulated(8, 60)
    group = np.arange(60) % 3
    test = survival.interval_logrank(left, right, group, scores=scores, method="score")
    z = np.column_stack((group == 1, group == 2))
    excess, variance = twin.information(left, right, z, scores)
    assert test.df == 2
    assert test.statistic == pytest.approx(excess @ np.linalg.solve(variance, excess), rel=1e-4)
    assert np.isnan(test.z)


# --- exact and right-censored times ------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 2)), min_size=4, max_size=30
    )
)
@settings(deadline=None, max_examples=100)
def test_exact_times_give_the_log_rank_scores(patients):
    time, event, group = (np.array(column) for column in zip(*patients, strict=True))
    assume(len(set(group.tolist())) > 1)
    right = np.where(event, time, INF)
    test = survival.interval_logrank(time, right, group)
    plain = survival.logrank(time, event, group)
    np.testing.assert_allclose(test.excess, plain.observed - plain.expected, atol=1e-10)
    if len(test.groups) == 2:
        exact = survival.logrank(time, event, group, method="exact")
        ours = survival.interval_logrank(time, right, group, method="exact")
        assert ours.pvalue == pytest.approx(exact.pvalue, rel=1e-9)
        assert ours.z == pytest.approx(exact.permutation_z, abs=1e-9)


# --- the twin and properties --------------------------------------------------------------------


@st.composite
def patients(draw, least=3, most=9):
    n = draw(st.integers(least, most))
    left = np.array(draw(st.lists(st.integers(0, 6), min_size=n, max_size=n)), float)
    width = np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), float)
    beyond = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    group = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    assume(0 < group.sum() < n)
    return left, np.where(beyond, INF, left + width), group


@given(patients(), st.sampled_from(SCORES), st.sampled_from(["two-sided", "greater", "less"]))
@settings(deadline=None, max_examples=150)
def test_scores_and_exact_pvalue_are_those_of_the_twin(sample, scores, alternative):
    left, right, group = sample
    expected = twin.scores(left, right, scores)
    test = survival.interval_logrank(
        left, right, group, scores=scores, method="exact", alternative=alternative
    )
    # the twin's curve is good to about 1e-5 where its maximum is flat
    assume(abs(expected.sum()) < 1e-6)
    np.testing.assert_allclose(test.row_score, expected, atol=2e-4)
    # the deals of the same scores, listed
    listed = twin.exact_pvalue(test.row_score, group, alternative)
    assert test.pvalue == pytest.approx(listed, abs=1e-12)
    if np.ptp(test.row_score) > 1e-8:
        assert test.z == pytest.approx(twin.permutation_z(test.row_score, group), abs=1e-7)


@given(patients(most=30), st.sampled_from(SCORES))
@settings(deadline=None, max_examples=100)
def test_scores_sum_to_0_and_do_not_depend_on_the_labels(sample, scores):
    left, right, group = sample
    here = survival.interval_logrank(left, right, group, scores=scores)
    there = survival.interval_logrank(left, right, 1 - group, scores=scores)
    assert abs(here.row_score.sum()) < 1e-7
    np.testing.assert_array_equal(here.row_score, there.row_score)
    assert here.z == pytest.approx(-there.z, abs=1e-8)
    assert here.statistic == pytest.approx(there.statistic, abs=1e-7)


@given(patients(most=20), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=100)
def test_the_order_of_rows_does_not_matter(sample, random):
    left, right, group = sample
    order = list(range(len(left)))
    random.shuffle(order)
    for options in ({"method": "exact"}, {"method": "monte-carlo", "rng": 1, "replicates": 200}):
        here = survival.interval_logrank(left, right, group, **options)
        there = survival.interval_logrank(left[order], right[order], group[order], **options)
        assert here.pvalue == there.pvalue
        np.testing.assert_array_equal(here.row_score[order], there.row_score)


def test_monte_carlo_approaches_the_exact_pvalue():
    left, right, group = simulated(5, 16)
    exact = survival.interval_logrank(left, right, group, method="exact").pvalue
    drawn = survival.interval_logrank(
        left, right, group, method="monte-carlo", rng=7, replicates=40_000
    )
    assert drawn.pvalue == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 40_000))
    assert drawn.replicates == 40_000
    again = survival.interval_logrank(
        left, right, group, method="monte-carlo", rng=7, replicates=40_000
    )
    assert again.pvalue == drawn.pvalue


def test_strata_have_curves_of_their_own():
    left, right, group = simulated(6, 50)
    centre = np.array(["a", "b"])[np.arange(50) % 2]
    test = survival.interval_logrank(left, right, group, strata=centre)
    parts = [
        survival.interval_logrank(left[centre == c], right[centre == c], group[centre == c])
        for c in "ab"
    ]
    np.testing.assert_array_equal(test.row_score[centre == "a"], parts[0].row_score)
    assert test.strata == 2
    assert test.excess[1] == pytest.approx(sum(p.excess[1] for p in parts), abs=1e-12)
    assert test.covariance[1, 1] == pytest.approx(sum(p.covariance[1, 1] for p in parts), rel=1e-9)
    assert test.loglik == pytest.approx(sum(p.loglik for p in parts), rel=1e-14)
    assert test.z == pytest.approx(twin.permutation_z(test.row_score, group, centre), rel=1e-8)


def test_trend():
    left, right, _ = simulated(9, 60)
    dose = np.arange(60) % 3
    test = survival.interval_logrank(left, right, dose, trend=[1, 2, 4])
    scores = np.array([1, 2, 4])
    assert test.df == 1
    assert test.z == pytest.approx(
        scores @ test.excess / np.sqrt(scores @ test.covariance @ scores), rel=1e-8
    )
    by_label = survival.interval_logrank(left, right, dose, trend={2: 4, 0: 1, 1: 2})
    assert by_label.z == test.z
    assert "trend" in str(test)
    one_sided = survival.interval_logrank(
        left, right, dose, trend=[1, 2, 4], alternative="greater", method="monte-carlo", rng=1,
        replicates=2000,
    )  # fmt: skip
    assert one_sided.pvalue == pytest.approx(
        survival.interval_logrank(left, right, dose, trend=[1, 2, 4], alternative="greater").pvalue,
        abs=0.06,
    )


# --- small samples ------------------------------------------------------------------------------


def test_two_patients():
    test = survival.interval_logrank([0, 5], [3, INF], ["a", "b"], method="exact")
    # masses 1/2 in (0, 3] and after 5: scores 1/2 and -1/2; both deals are as extreme
    np.testing.assert_allclose(test.row_score, [0.5, -0.5], rtol=1e-12)
    assert test.pvalue == 1
    assert survival.interval_logrank(
        [0, 5], [3, INF], ["a", "b"], method="exact", alternative="less"
    ).pvalue == pytest.approx(0.5)


@pytest.mark.parametrize("method", ["asymptotic", "score", "exact"])
@pytest.mark.parametrize("scores", SCORES)
def test_nobody_with_an_event_compares_nothing(scores, method):
    test = survival.interval_logrank(
        [28, 56, 84], [INF] * 3, [0, 1, 1], scores=scores, method=method
    )
    assert (test.statistic, test.df, test.pvalue, test.z) == (0, 0, 1, 0)
    assert test.row_score.tolist() == [0, 0, 0]


@pytest.mark.parametrize("scores", SCORES)
def test_a_group_without_events_has_a_test(scores):
    # 5 of 5 back by day 56, 0 of 5 by day 84: the most extreme of 252 deals, both ways
    left, right = [28] * 5 + [84] * 5, [56] * 5 + [INF] * 5
    test = survival.interval_logrank(
        left, right, ["x"] * 5 + ["y"] * 5, scores=scores, method="exact"
    )
    assert test.pvalue == pytest.approx(2 / 252, rel=1e-12)
    assert test.z < -2.9


# --- results, frames, bad input -----------------------------------------------------------------


def test_a_result_goes_everywhere():
    left, right, group = simulated(1, 15)
    test = survival.interval_logrank(left, right, group, method="exact")
    again = pickle.loads(pickle.dumps(test))
    assert str(again) == str(test)
    assert json.loads(json.dumps(test.to_dict()))["pvalue"] == test.pvalue
    assert test.to_frame().columns == ["group", "n", "excess"]
    assert "<table>" in test._repr_html_()
    assert "exact p" in str(test)
    assert not test.row_score.flags.writeable
    assert test.n.tolist() == np.bincount(group).tolist()


@pytest.mark.parametrize("backend", ["polars", "pandas"])
def test_columns_of_a_frame(backend):
    module = pytest.importorskip(backend)
    left, right, group = simulated(2, 20)
    frame = module.DataFrame({"last": left, "first": right, "arm": group, "site": group})
    test = survival.interval_logrank("last", "first", "arm", data=frame)
    assert test.z == survival.interval_logrank(left, right, group).z
    assert survival.interval_logrank("last", "first", "arm", strata="site", data=frame).df == 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"left": [9, 1, 2]}, r"left\[0\] is 9; it is after the right end"),
        ({"right": [1, 2, float("nan")]}, r"right\[2\]; it is missing"),
        ({"right": [5, 6]}, "right has 2 rows and left has 3"),
        ({"group": [1, 1, 1]}, "group"),
        ({"group": [1, None, 2]}, r"group\[1\] is None"),
        ({"group": [1, 2]}, "group has 2 rows and left has 3"),
        ({"strata": [0, 1]}, "strata has 2 rows and left has 3"),
        ({"left": [], "right": [], "group": []}, "there is no row"),
        ({"scores": "peto"}, "scores is 'peto'"),
        ({"method": "permutation"}, "method is 'permutation'"),
        ({"alternative": "more"}, "alternative is 'more'"),
        ({"group": [1, 2, 3], "alternative": "less"}, "alternative"),
        ({"group": [1, 2, 3], "method": "exact"}, "group"),
        ({"trend": [1, 2], "method": "exact"}, "trend has no exact distribution"),
        ({"trend": [1, 1]}, "trend"),
        ({"method": "monte-carlo"}, "rng is None"),
        ({"method": "monte-carlo", "rng": 1, "replicates": 0}, "replicates is 0"),
    ],
)
def test_bad_input_is_named(changed, message):
    arguments = {"left": [0, 1, 2], "right": [5, 6, 7], "group": [0, 1, 1], **changed}
    with pytest.raises(InputError, match=message):
        survival.interval_logrank(**arguments)


def test_too_many_patients_for_all_deals():
    rng = np.random.default_rng(1)
    time = rng.exponential(1, 80)
    with pytest.raises(InputError, match="left"):
        survival.interval_logrank(time, time, np.arange(80) % 2, method="exact")
