"""The log-rank test: golden values of R, a slow twin, properties, bad input."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import logrank as twin

WEIGHTS = ["logrank", "gehan", "tarone-ware", "peto", "fleming-harrington"]
AML_GROUPS = ("Maintained", "Nonmaintained")


def inputs(golden, case):
    read = golden(f"survival/{case}")
    return read["inputs"], read["expected"], read["rtol"]


# --- agreement --------------------------------------------------------------------------------


def test_aml_agrees_with_r(golden):
    data, expected, _ = inputs(golden, "logrank_aml")
    for r in expected.values():
        lr = survival.logrank(
            data["time"], data["event"], data["group"], weights="fleming-harrington", rho=r["rho"]
        )
        assert lr.groups == AML_GROUPS
        np.testing.assert_allclose(lr.observed, r["observed"], rtol=1e-13)
        np.testing.assert_allclose(lr.expected, r["expected"], rtol=1e-13)
        np.testing.assert_allclose(lr.covariance, r["var"], rtol=1e-13)
        assert lr.statistic == pytest.approx(r["chisq"], rel=1e-13)
        assert lr.pvalue == pytest.approx(r["p"], rel=1e-12)
        assert lr.df == r["df"]
        assert lr.events.tolist() == [7, 11]


def test_trend_agrees_with_r(golden):
    data, expected, _ = inputs(golden, "logrank_trend")
    columns = data["time"], data["event"], data["group"]
    lr = survival.logrank(*columns, trend=data["scores"])
    assert lr.z == pytest.approx(expected["z"], rel=1e-12)
    assert lr.statistic == pytest.approx(expected["chisq"], rel=1e-12)
    assert lr.pvalue == pytest.approx(expected["p"], rel=1e-11)
    assert lr.df == 1
    lr = survival.logrank(*columns, trend={3: 3, 1: 1, 2: 2}, strata=data["stratum"])
    assert lr.z == pytest.approx(expected["stratified"]["z"], rel=1e-12)
    assert lr.strata == 4


FAMILY = {
    "logrank": {},
    "gehan_breslow": {"weights": "gehan"},
    "tarone_ware": {"weights": "tarone-ware"},
    "FH_0_1": {"weights": "fleming-harrington", "gamma": 1},
    "FH_1_0": {"weights": "fleming-harrington", "rho": 1},
    "FH_1_1": {"weights": "fleming-harrington", "rho": 1, "gamma": 1},
    "FH_.5_.5": {"weights": "fleming-harrington", "rho": 0.5, "gamma": 0.5},
}


@pytest.mark.parametrize("name", FAMILY)
def test_6mp_agrees_with_the_formulas_of_fleming_and_harrington(golden, name):
    data, expected, _ = inputs(golden, "logrank_weighted_gehan")
    lr = survival.logrank(data["time"], data["event"], data["group1"], **FAMILY[name])
    r = expected[name]
    assert lr.observed[1] - lr.expected[1] == pytest.approx(r["U"], rel=1e-12)
    assert lr.covariance[1, 1] == pytest.approx(r["var"], rel=1e-12)
    assert lr.z == pytest.approx(r["z"], rel=1e-12)
    assert lr.pvalue == pytest.approx(r["p_two_sided"], rel=1e-11)


def test_the_chi_squares_printed_by_cox_and_oakes(golden):
    data, _, _ = inputs(golden, "logrank_weighted_gehan")
    columns = data["time"], data["event"], data["group1"]
    assert round(survival.logrank(*columns).statistic, 2) == 16.79
    assert round(survival.logrank(*columns, weights="gehan").statistic, 2) == 13.46


@pytest.mark.parametrize("i", range(60))
def test_random_data_agree_with_survdiff(golden, i):
    case = golden("survival/logrank_random")["cases"][i]
    lr = survival.logrank(
        case["time"], case["event"], case["group"], strata=case["stratum"],
        weights="fleming-harrington", rho=case["rho"],
    )  # fmt: skip
    np.testing.assert_allclose(lr.observed, case["observed"], rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(lr.expected, case["expected"], rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(lr.covariance, case["var"], rtol=1e-11, atol=1e-13)
    assert lr.statistic == pytest.approx(case["chisq"], rel=1e-10, abs=1e-20)


# --- the twin and the properties --------------------------------------------------------------

times = st.lists(st.integers(1, 9), min_size=4, max_size=24)


@st.composite
def data_sets(draw, groups=3, entries=False):
    time = np.array(draw(times), float)
    n = len(time)
    fill = st.lists(st.integers(0, 1), min_size=n, max_size=n)
    event = np.array(draw(fill))
    group = np.array(draw(st.lists(st.integers(0, groups - 1), min_size=n, max_size=n)))
    group[:groups] = np.arange(groups)
    stratum = np.array(draw(fill))
    entry = None
    if entries:
        part = st.sampled_from([0.0, 0.3, 0.8])
        entry = np.floor(time * np.array(draw(st.lists(part, min_size=n, max_size=n))))
        entry = np.minimum(entry, time - 0.5)
    return time, event, group, stratum, entry


@given(
    data_sets(groups=3, entries=True),
    st.sampled_from(WEIGHTS),
    st.sampled_from([(0.0, 0.0), (1.0, 0.5), (0.5, 2.0)]),
)
@settings(max_examples=150, deadline=None)
def test_every_member_of_the_family_equals_the_twin(data, weights, exponents):
    time, event, group, stratum, entry = data
    rho, gamma = exponents if weights == "fleming-harrington" else (0, 0)
    options = {"weights": weights, "rho": rho, "gamma": gamma}
    lr = survival.logrank(time, event, group, strata=stratum, entry=entry, **options)
    observed, expected, covariance, statistic, df = twin.logrank(
        time, event, group, entry, stratum, **options
    )
    np.testing.assert_allclose(lr.observed, observed, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(lr.expected, expected, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(lr.covariance, covariance, rtol=1e-11, atol=1e-13)
    assert lr.df == df
    assert lr.statistic == pytest.approx(statistic, rel=1e-7, abs=1e-9)


@given(data_sets(groups=2), st.randoms())
@settings(max_examples=60, deadline=None)
def test_order_of_rows_unit_of_time_and_labels_do_not_matter(data, random):
    time, event, group, stratum, _ = data
    here = survival.logrank(time, event, group, strata=stratum)
    order = list(range(len(time)))
    random.shuffle(order)
    shuffled = survival.logrank(time[order], event[order], group[order], strata=stratum[order])
    assert shuffled.statistic == pytest.approx(here.statistic, rel=1e-12, abs=1e-20)
    scaled = survival.logrank(time / 30.4375, event, group, strata=stratum)
    assert scaled.statistic == pytest.approx(here.statistic, rel=1e-12, abs=1e-20)
    swapped = survival.logrank(time, event, np.array(["b", "a"])[group], strata=stratum)
    assert swapped.z == pytest.approx(-here.z, rel=1e-12, abs=1e-14)
    assert swapped.groups == ("a", "b")
    if not math.isnan(here.hazard_ratio):
        assert swapped.hazard_ratio == pytest.approx(1 / here.hazard_ratio, rel=1e-12)


@given(data_sets(groups=3), st.lists(st.floats(0.1, 0.9), min_size=24, max_size=24))
@settings(max_examples=60, deadline=None)
def test_a_row_split_at_any_time_is_the_same_row(data, parts):
    time, event, group, stratum, _ = data
    cut = time * np.array(parts[: len(time)])
    split = survival.logrank(
        np.concatenate((cut, time)),
        np.concatenate((0 * event, event)),
        np.concatenate((group, group)),
        entry=np.concatenate((0 * cut, cut)),
        strata=np.concatenate((stratum, stratum)),
    )
    here = survival.logrank(time, event, group, strata=stratum)
    np.testing.assert_allclose(split.expected, here.expected, rtol=1e-12)
    assert split.statistic == pytest.approx(here.statistic, rel=1e-11, abs=1e-20)
    assert split.df == here.df


@given(data_sets(groups=2), st.lists(st.integers(0, 3), min_size=24, max_size=24))
@settings(max_examples=60, deadline=None)
def test_a_weight_is_so_many_equal_rows(data, weights):
    time, event, group, _, _ = data
    weights = np.array(weights[: len(time)])
    weights[:2] = 1
    repeat = np.repeat(np.arange(len(time)), weights)
    for method in ("asymptotic", "monte-carlo"):
        options = {"method": method, "rng": 3, "replicates": 50}
        here = survival.logrank(time, event, group, case_weights=weights, **options)
        there = survival.logrank(time[repeat], event[repeat], group[repeat], **options)
        assert here.statistic == pytest.approx(there.statistic, rel=1e-12, abs=1e-20)
        assert here.pvalue == pytest.approx(there.pvalue, rel=1e-12)
        assert here.n.tolist() == there.n.tolist()
        assert here.events.tolist() == there.events.tolist()


@given(data_sets(groups=2))
@settings(max_examples=60, deadline=None)
def test_special_cases_are_the_general_one(data):
    time, event, group, _, _ = data
    here = survival.logrank(time, event, group)
    one = survival.logrank(time, event, group, strata=["only"] * len(time))
    assert one.statistic == pytest.approx(here.statistic, rel=1e-12, abs=1e-20)
    assert one.strata == here.strata == 1
    assert here.z**2 == pytest.approx(here.statistic, rel=1e-12, abs=1e-20)
    trend = survival.logrank(time, event, group, trend=(5, 7))
    assert trend.z == pytest.approx(here.z, rel=1e-12, abs=1e-14)
    third = np.where(time > 3, 2, group)  # three groups: the direction of the scores alone counts
    if len(set(third.tolist())) == 3:
        rising = survival.logrank(time, event, third, trend=(1, 2, 3), alternative="greater")
        falling = survival.logrank(time, event, third, trend=(3, 2, 1), alternative="less")
        assert rising.pvalue == pytest.approx(falling.pvalue, rel=1e-12)


# --- edge cases -------------------------------------------------------------------------------


def test_an_arm_without_events_can_be_tested():
    lr = survival.logrank([1, 2, 3, 5, 5, 5], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1])
    assert lr.events.tolist() == [3, 0]
    # expected in the second: 3/6 + 3/5 + 3/4
    assert lr.expected[1] == pytest.approx(1.85, rel=1e-14)
    # 1.85^2 / (1/4 + 6/25 + 3/16) = 5.0517
    assert lr.statistic == pytest.approx(1.85**2 / 0.6775, rel=1e-13)
    assert lr.pvalue == pytest.approx(math.erfc(math.sqrt(lr.statistic / 2)), rel=1e-12)
    assert 0 < lr.hazard_ratio < 1


def test_nothing_to_compare_is_no_difference():
    for event in ([0, 0, 0], [0, 0, 1]):
        for method in ("asymptotic", "exact"):
            lr = survival.logrank([1, 2, 3], event, ["a", "b", "b"], method=method)
            assert (lr.statistic, lr.df, lr.pvalue, lr.z) == (0, 0, 1, 0)
            assert (lr.low, lr.high) == (0, math.inf)
            assert math.isnan(lr.hazard_ratio)


def test_an_event_and_a_censoring_at_one_time():
    # at 2 both are at risk: events come first
    lr = survival.logrank([2, 2, 3], [1, 0, 0], [0, 1, 1])
    assert lr.expected.tolist() == [1 / 3, 2 / 3]


def test_times_that_differ_by_rounding_are_one():
    columns = [0.1 + 0.2, 0.3, 0.5, 0.7], [1, 1, 0, 1], [0, 1, 0, 1]
    here = survival.logrank(*columns)
    assert here.merged == 1
    assert here.covariance[0, 0] == pytest.approx(2 * 0.5 * 0.5 * 2 / 3, rel=1e-14)
    assert survival.logrank(*columns, timefix=False).merged == 0


def test_groups_that_never_meet_lower_the_degrees_of_freedom():
    lr = survival.logrank(
        [1, 2, 4, 3, 5, 8, 9, 8], [1, 1, 0, 1, 1, 1, 1, 0], list("aaabbccd"),
        entry=[0, 0, 0, 0, 0, 6, 6, 6],
    )  # fmt: skip
    assert lr.df == 2  # a with b, c with d


def test_labels_of_every_kind():
    time, event = [1, 2, 3, 4], [1, 1, 1, 0]
    expected = survival.logrank(time, event, [0, 1, 0, 1]).statistic
    for group, names in (
        ([False, True, False, True], (False, True)),
        (np.array([0, 200, 0, 200], np.uint8), (0, 200)),
        (np.array([-3, 5, -3, 5], np.int16), (-3, 5)),
        ([7, 8, 7, 8], (7, 8)),
        ([10**12, 10**15, 10**12, 10**15], (10**12, 10**15)),
        (np.array([2**63, 1, 2**63, 1], np.uint64), (1, 2**63)),
        ([0.5, 1.5, 0.5, 1.5], (0.5, 1.5)),
        (["a", "b", "a", "b"], ("a", "b")),
    ):
        lr = survival.logrank(time, event, group)
        assert lr.groups == names
        assert [type(name) for name in lr.groups] == [type(name) for name in names]
        assert lr.statistic == pytest.approx(expected, rel=1e-12)


def test_words_frames_and_pickles():
    lr = survival.logrank([1, 2, 3, 4], [1, 1, 1, 0], list("abab"), weights="gehan")
    assert str(lr).startswith("gehan log-rank test of 2 groups: chi-squared ")
    assert lr.to_frame("pandas")["group"].tolist() == ["a", "b"]
    again = pickle.loads(pickle.dumps(lr))
    assert (again.groups, again.pvalue, again.weights) == (lr.groups, lr.pvalue, "gehan")
    assert again.covariance.tolist() == lr.to_dict()["covariance"]
    assert not lr.observed.flags.writeable
    trend = survival.logrank(
        [1, 2, 3], [1, 1, 1], [0, 1, 2], trend=[0, 1, 2], alternative="greater"
    )
    assert str(trend).startswith("log-rank trend (greater) test of 3 groups: chi-squared ")
    assert trend.trend == (0, 1, 2)


def test_columns_of_a_frame():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(
        {"t": [1, 2, 3, 4], "e": [1, 1, 1, 0], "arm": list("abab"), "centre": [1, 1, 2, 2]}
    )
    lr = survival.logrank("t", "e", "arm", strata="centre", data=frame)
    assert lr.strata == 2
    assert polars.DataFrame(lr)["n"].to_list() == [2, 2]


OK = ([1, 2, 3], [1, 1, 0], [0, 1, 1])
BAD = [
    (([1, -2, 3], *OK[1:]), {}, r"time\[1\] is -2; it cannot be negative"),
    (([1, None, 3], *OK[1:]), {}, r"time\[1\] is None; a number is needed"),
    ((OK[0], [1, 2, 0], OK[2]), {}, r"event\[1\] is 2"),
    ((*OK[:2], [0, 0, 0]), {}, "group; one group is nothing to compare"),
    ((*OK[:2], [0, None, 0]), {}, r"group\[1\] is None; give every row a label"),
    ((*OK[:2], [0, 1]), {}, "group has 2 rows and time has 3"),
    ((range(70), [1] * 70, range(70)), {}, "at most 64 groups"),
    (([], [], []), {}, "there is no patient"),
    (OK, {"entry": [0, 2, 0]}, r"entry\[1\] is 2; it must be less than the end"),
    (OK, {"case_weights": [1, 0.5, 1]}, r"case_weights\[1\] is 0.5; frequency weights are whole"),
    (OK, {"case_weights": [0, 0, 0]}, "every weight is 0"),
    (OK, {"strata": [0, math.nan, 0]}, r"strata\[1\] is nan"),
    (OK, {"weights": "wilcoxon"}, "weights is 'wilcoxon'; choose one of"),
    (OK, {"rho": 1}, "rho is not 0, but weights is 'logrank'"),
    (OK, {"weights": "fleming-harrington", "gamma": -1}, "gamma is -1; an exponent"),
    (OK, {"method": "permutation"}, "method is 'permutation'; choose one of"),
    (OK, {"alternative": "up"}, "alternative is 'up'; choose one of"),
    (OK, {"level": 1}, "level is 1; a level is a probability"),
    (OK, {"trend": [1]}, "trend has 1 rows and the groups has 2"),
    (OK, {"trend": [1, 1]}, "there is no trend"),
    (OK, {"trend": {0: 1}}, "trend has no score for group 1"),
    (OK, {"trend": ["x", "y"]}, "give a number a group"),
    (OK, {"trend": [1, 2], "method": "exact"}, "use method='monte-carlo'"),
    (OK, {"method": "monte-carlo"}, "rng is None; give a whole number"),
    (OK, {"method": "monte-carlo", "rng": 1, "replicates": 0}, "replicates is 0"),
    ((*OK[:2], [0, 1, 2]), {"alternative": "less"}, "a one-sided test takes two groups"),
    ((*OK[:2], [0, 1, 2]), {"method": "exact"}, "is that of two groups"),
]


@pytest.mark.parametrize(("columns", "options", "message"), BAD)
def test_bad_input_is_named(columns, options, message):
    with pytest.raises(InputError, match=message):
        survival.logrank(*columns, **options)
