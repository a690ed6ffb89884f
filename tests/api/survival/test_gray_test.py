"""Gray's test: against cmprsk, against its slow twin, and what must not change it."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import gray_test as twin

MONTHS = [1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
CAUSE = [1, 2, 1, 0, 1, 2, 0, 1, 0, 2, 1, 0]
ARM = list("AAABAABBABBB")

row = st.tuples(
    st.integers(0, 12).map(float), st.integers(0, 2), st.integers(0, 2), st.integers(0, 1)
)


@st.composite
def patients(draw, most=16):
    rows = draw(
        st.lists(row, min_size=2, max_size=most).filter(lambda x: len({g for _, _, g, _ in x}) > 1)
    )
    time, cause, group, stratum = (list(column) for column in zip(*rows, strict=True))
    group = np.unique(group, return_inverse=True)[1].tolist()
    return time, cause, group, stratum


def same(actual, expected, rtol=1e-10, atol=1e-12):
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


def test_35_patients_with_times_at_zero(golden):
    case = golden("survival/cif_gray_35")
    inputs, expected = case["inputs"], case["expected"]["tests"]
    test = survival.gray_test(inputs["ftime"], inputs["status"], inputs["dis"])
    assert test.cause == (1, 2)
    assert test.df.tolist() == expected["df"]
    same(test.statistic, expected["stat"], 1e-12)
    same(test.pvalue, expected["p"], 1e-10)
    assert str(test) == (
        "Gray's test of 1: chi-squared 12.52, df 1, p = 0.0004; "
        "Gray's test of 2: chi-squared 6.56, df 1, p = 0.0104"
    )


@pytest.mark.parametrize(
    ("key", "rho", "stratified"),
    [
        ("gray", 0, False),
        ("gray_rho_1", 1, False),
        ("gray_rho_minus_half", -0.5, False),
        ("gray_strata", 0, True),
    ],
)
def test_random_cohorts(golden, key, rho, stratified):
    found = 0
    for case in golden("survival/competing_random")["cases"]:
        strata = case["stratum"] if stratified else None
        test = survival.gray_test(
            case["time"], case["cause"], case["group"], strata=strata, rho=rho
        )
        for k in range(len(test.cause)):
            if case[key]["stat"][k] >= 0:  # cmprsk answers -1 where the covariance is singular
                found += 1
                same(test.statistic[k], case[key]["stat"][k], 1e-11)
                same(test.pvalue[k], case[key]["pv"][k], 1e-9)
                assert test.df[k] == case[key]["df"][k]
            else:
                assert test.df[k] < case[key]["df"][k]
    assert found > 50


@settings(deadline=None)
@given(patients(), st.sampled_from([0.0, 1.0, -0.5]), st.booleans())
def test_statistics_agree_with_the_twin(data, rho, stratified):
    time, cause, group, stratum = data
    strata = stratum if stratified else None
    test = survival.gray_test(time, cause, group, strata=strata, rho=rho, causes=[1, 2])
    for k in (1, 2):
        statistic, df, expected = twin.gray_test(time, cause, group, k, strata, rho)
        same(test.expected[k - 1], expected)
        assert test.df[k - 1] == df
        same(test.statistic[k - 1], statistic, 1e-8, 1e-10)


@settings(deadline=None)
@given(patients(), st.data())
def test_the_order_of_rows_does_not_matter(data, draw):
    rows = draw.draw(st.permutations(range(len(data[0]))))
    one = survival.gray_test(*data[:3], strata=data[3])
    shuffled = [[column[i] for i in rows] for column in data]
    two = survival.gray_test(*shuffled[:3], strata=shuffled[3])
    assert one.statistic.tobytes() == two.statistic.tobytes()


@settings(deadline=None)
@given(patients(), st.permutations([0, 1, 2]))
def test_other_labels_of_groups_and_causes_change_nothing(data, order):
    time, cause, group, _ = data
    one = survival.gray_test(time, cause, group, causes=[1, 2])
    moved = survival.gray_test(
        [8 * t for t in time], [2 * c for c in cause], [order[g] for g in group], causes=[4, 2]
    )
    same(moved.statistic[::-1], one.statistic, 1e-9)
    assert moved.df[::-1].tolist() == one.df.tolist()
    assert one.observed.sum(axis=1).tolist() == [cause.count(1), cause.count(2)]
    same(one.expected.sum(axis=1), one.observed.sum(axis=1))


def test_one_stratum_is_no_stratum_and_equal_strata_add_up():
    one = survival.gray_test(MONTHS, CAUSE, ARM)
    same(survival.gray_test(MONTHS, CAUSE, ARM, strata=[1] * 12).statistic, one.statistic)
    twice = survival.gray_test(MONTHS * 2, CAUSE * 2, ARM * 2, strata=[1] * 12 + [2] * 12)
    same(twice.statistic, 2 * one.statistic)


def log_rank(time, event, group):
    """Return the statistic and the score of group 0 of two, and the number of events by group."""
    score = variance = 0.0
    for t in np.unique(time[event]):
        n, d = np.sum(time >= t), np.sum(event & (time == t))
        n0, d0 = np.sum((time >= t) & (group == 0)), np.sum(event & (time == t) & (group == 0))
        score += d0 - d * n0 / n
        if n > 1:
            variance += d * n0 / n * (1 - n0 / n) * (n - d) / (n - 1)
    return score**2 / variance, score


def test_without_competing_events_the_score_is_that_of_the_log_rank_test():
    rng = np.random.default_rng(5)
    for n in (12, 200):
        time, event = rng.exponential(1, n), rng.random(n) < 0.7
        group = np.arange(n) % 2
        test = survival.gray_test(time, event, group, cause_of_interest=1)
        statistic, score = log_rank(time, event, group)
        same(test.observed[0] - test.expected[0], score)
        # its variance is its own, and the same for many patients
        assert test.df == 1
        assert abs(test.statistic / statistic - 1) < (0.02 if n > 50 else 0.4)


def test_without_censoring_the_score_counts_patients_with_other_events_as_at_risk():
    # up to the last follow-up: of each group one patient is followed to the end
    time, cause = np.arange(1.0, 11), np.array([2, 1, 2, 1, 1, 2, 2, 1, 0, 0])
    group = np.array([0, 0, 1, 1, 0, 1, 0, 1, 0, 1])
    test = survival.gray_test(time, cause, group, cause_of_interest=1)
    late = np.where(cause == 1, time, 99.0)
    _, score = log_rank(late, cause == 1, group)
    same(test.observed[0] - test.expected[0], score)


def test_a_group_that_is_never_at_risk_takes_no_degree_of_freedom():
    # group c has left before the first event of cause 1
    time = [1, 1, 3, 4, 5, 6, 7, 8]
    test = survival.gray_test(time, [0, 2, 1, 1, 0, 1, 0, 1], list("ccababab"))
    assert test.cause == (1, 2)
    assert test.df.tolist() == [1, 2]
    without = survival.gray_test(time[2:], [1, 1, 0, 1, 0, 1], list("ababab"))
    same(test.statistic[0], without.statistic[0])


def test_nothing_to_compare_is_no_evidence():
    none = survival.gray_test([1, 2, 3], [0, 0, 2], list("aab"), cause_of_interest=1, causes=[1, 2])
    assert (none.statistic, none.df, none.pvalue) == (0, 0, 1)
    alone = survival.gray_test([1, 2, 3, 4], [0, 0, 1, 1], list("aabb"))
    assert (alone.statistic[0], alone.df[0], alone.pvalue[0]) == (0, 0, 1)


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        (([1, 2], [1, 0], [0, 0]), {}, r"one group is nothing to compare"),
        (([1, 2], [1, 0], [0, 1, 1]), {}, r"group has 3 rows"),
        (([1, 2], [1, 0], [0, 1]), {"rho": 11}, r"rho is 11; the exponent of the weight lies"),
        (([1, 2], [1, 0], [0, 1]), {"rho": math.nan}, r"rho; the exponent of the weight lies"),
        (([1, 2], [1, 0], [0, 1]), {"strata": [0]}, r"strata has 1 rows?"),
        (([1, -2], [1, 0], [0, 1]), {}, r"time\[1\] is -2"),
        (([1, 2], [1, 0], [0, 1]), {"cause_of_interest": 2}, r"cause_of_interest is 2; choose one"),
        (([1, 2], [1, 0], [0, None]), {}, r"group\[1\] is None"),
        ((range(51), [1] * 51, range(51)), {}, r"at most 64 groups \(gray_test 50\)"),
        (([1, 2], ["a", "b"], [0, 1]), {}, r"censored is 0; cause holds text"),
    ],
)
def test_bad_input_is_named(args, options, message):
    with pytest.raises(InputError, match=message):
        survival.gray_test(*args, **options)


def test_results_are_tables_and_pickles():
    frame = {"t": np.array(MONTHS), "c": np.array(CAUSE), "arm": np.array(ARM)}
    test = survival.gray_test("t", "c", "arm", data=frame)
    one = survival.gray_test("t", "c", "arm", data=frame, cause_of_interest=2)
    assert one.statistic == test.statistic[1]
    assert one.cause == 2
    assert test.groups == ("A", "B")
    assert test.to_frame("pandas")["pvalue"].tolist() == test.pvalue.tolist()
    assert one.to_frame("pandas").shape == (1, 4)
    assert pickle.loads(pickle.dumps(test)).pvalue.tolist() == test.pvalue.tolist()
    assert test.to_dict()["observed"] == [[3, 2], [2, 1]]
    words = np.array(["none", "relapse", "death"])[CAUSE]
    text = survival.gray_test(MONTHS, words, ARM, censored="none", causes=["relapse", "death"])
    assert text.statistic.tolist() == test.statistic.tolist()
    stratified = survival.gray_test(MONTHS, CAUSE, ARM, strata=[1, 2] * 6, cause_of_interest=1)
    assert str(stratified).startswith("stratified Gray's test of 1: chi-squared")
