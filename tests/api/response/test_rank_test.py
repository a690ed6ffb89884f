"""Rank tests of scores: golden values of R, the enumerating twin, and properties."""

import math
import pickle
import shutil
import subprocess
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import response
from immunoreset.errors import InputError

from tests.reference import rank_test as twin

ALTERNATIVES = ["two-sided", "greater", "less"]
LEVELS = [0.5, 0.75, 0.8, 0.9, 0.95, 0.99]
R_ROOT = 2e-4  # wilcox.test looks for its asymptotic limits to 1e-4

# few values, so many ties; and many values, so few
scores = st.sampled_from([1, 3, 50]).flatmap(lambda k: st.lists(st.integers(-k, 2 * k), min_size=1))


def up_to(n):
    return scores.map(lambda values: values[:n])


# --- R -----------------------------------------------------------------------------------------


def test_the_golden_case(golden):
    case = golden("response/rank_tests")
    data, expected, rtol = case["inputs"], case["expected"], case["rtol"]
    paired = response.signed_rank(data["depression_x"], data["depression_y"])
    r = expected["paired"]
    assert paired.statistic == r["V"]
    assert paired.pvalue == pytest.approx(r["p"], rel=1e-12)
    assert paired.estimate == pytest.approx(r["hl"], rel=1e-12)
    assert [paired.low, paired.high] == pytest.approx(r["ci"], rel=1e-12)
    r = expected["ranksum_greater"]
    greater = response.rank_sum(data["a"], data["b"], alternative="greater")
    assert (greater.statistic, greater.pvalue) == pytest.approx((r["W"], r["p"]), rel=1e-12)
    r = expected["ranksum_two_sided"]
    both = response.rank_sum(data["a"], data["b"])
    assert both.pvalue == pytest.approx(r["p"], rel=1e-12)
    assert [both.estimate, both.low, both.high] == pytest.approx([r["hl"], *r["ci"]], rel=1e-12)
    tied = response.rank_sum(data["tie"], group=data["g"])
    assert tied.pvalue == pytest.approx(expected["ties_exact"]["p"], rel=rtol)
    assert tied.groups == ("0", "1")
    pratt = response.signed_rank(data["diff"], zeros="pratt")
    assert pratt.pvalue == pytest.approx(expected["signed_pratt_p"], rel=rtol)
    wilcoxon = response.signed_rank(data["diff"])
    assert wilcoxon.pvalue == pytest.approx(expected["signed_wilcoxon_zeros_p"], rel=rtol)


def check_shift(test, asymptotic, r, rtol):
    assert test.estimate == pytest.approx(r["estimate"], rel=rtol)
    assert [test.low, test.high] == pytest.approx(r["interval"], rel=rtol)
    assert test.achieved_level == pytest.approx(r["achieved"], rel=rtol)
    limits = [asymptotic.low, asymptotic.high]
    assert limits == pytest.approx(r["asymptotic_interval"], abs=R_ROOT)


def test_random_pairs_agree_with_r(golden):
    case = golden("response/rank_test_random")
    for r in case["expected"]["paired"]:
        side = r["alternative"]
        plain = response.signed_rank(r["d"], alternative=side)
        pratt = response.signed_rank(r["d"], alternative=side, zeros="pratt")
        assert plain.statistic == r["V"]
        assert plain.pvalue == pytest.approx(r["wilcoxon"], rel=case["rtol"])
        assert pratt.pvalue == pytest.approx(r["pratt"], rel=case["rtol"])
        for name, correct in (("asymptotic", False), ("corrected", True)):
            test = response.signed_rank(
                r["d"], alternative=side, method="asymptotic", correct=correct
            )
            assert test.pvalue == pytest.approx(r[name], rel=case["rtol"])
        if "estimate" in r:
            exact = response.signed_rank(r["d"], level=0.9)
            asymptotic = response.signed_rank(r["d"], level=0.9, method="asymptotic")
            check_shift(exact, asymptotic, r, case["rtol"])


def test_random_groups_agree_with_r(golden):
    case = golden("response/rank_test_random")
    for r in case["expected"]["groups"]:
        side = r["alternative"]
        exact = response.rank_sum(r["x"], r["y"], alternative=side)
        assert exact.statistic == r["W"]
        assert exact.pvalue == pytest.approx(r["exact"], rel=case["rtol"])
        assert exact.pvalue == pytest.approx(r["exactRankTests"], rel=case["rtol"])
        for name, correct in (("asymptotic", False), ("corrected", True)):
            test = response.rank_sum(
                r["x"], r["y"], alternative=side, method="asymptotic", correct=correct
            )
            assert test.pvalue == pytest.approx(r[name], rel=case["rtol"])
        if "estimate" in r:
            exact = response.rank_sum(r["x"], r["y"], level=0.9)
            asymptotic = response.rank_sum(r["x"], r["y"], level=0.9, method="asymptotic")
            check_shift(exact, asymptotic, r, case["rtol"])


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_large_samples_agree_with_r():
    code = (
        "x <- ((1:120)^2 %% 211); y <- ((1:120)^3 %% 199)\n"
        "p <- wilcox.test(x, y, paired = TRUE, exact = FALSE)$p.value\n"
        "q <- wilcox.test(x, y, exact = FALSE)$p.value\n"
        "d <- (1:250)^1.5 * (-1)^((1:250) %/% 3) + 200\n"
        "f <- wilcox.test(d, exact = TRUE, conf.int = TRUE)\n"
        "cat(sprintf('%.17g', c(p, q, f$p.value, f$estimate, f$conf.int)))"
    )
    done = subprocess.run(["Rscript", "--vanilla", "-e", code], capture_output=True, check=True)
    r = [float(word) for word in done.stdout.split()]
    i = np.arange(1, 121)
    x, y = i**2 % 211, i**3 % 199
    i = np.arange(1, 251)
    exact = response.signed_rank(i**1.5 * (-1.0) ** (i // 3) + 200, method="exact")
    ours = [
        response.signed_rank(x, y, method="asymptotic").pvalue,
        response.rank_sum(x, y, method="asymptotic").pvalue,
        exact.pvalue, exact.estimate, exact.low, exact.high,
    ]  # fmt: skip
    assert ours == pytest.approx(r, rel=1e-10)


# --- the twin ----------------------------------------------------------------------------------


def check_twin(test, seen, pvalue, jumps, limits):
    low, high, outside = limits
    assert test.statistic == seen
    assert test.pvalue == pytest.approx(float(pvalue), rel=1e-12)
    assert test.estimate == pytest.approx(float(twin.median(jumps)), rel=1e-12)
    assert [test.low, test.high] == pytest.approx([float(low), float(high)], rel=1e-12)
    assert test.achieved_level == pytest.approx(1 - float(outside), rel=1e-12)


@given(
    up_to(9), st.sampled_from([0, 1, Fraction(1, 2), -2]), st.sampled_from(ALTERNATIVES),
    st.sampled_from(["wilcoxon", "pratt"]), st.sampled_from(LEVELS),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_signed_ranks_equal_the_enumeration(d, mu, alternative, zeros, level):
    test = response.signed_rank(
        d, mu=float(mu), alternative=alternative, zeros=zeros, level=level, method="exact"
    )
    seen, pvalue = twin.signed_rank(d, mu, alternative, zeros)
    limits = twin.interval(
        twin.walsh(d), lambda shift, side: twin.signed_rank(d, shift, side)[1], level, alternative
    )
    check_twin(test, seen, pvalue, twin.walsh(d), limits)


@given(
    up_to(5), up_to(5), st.sampled_from([0, 1, Fraction(1, 2), -2]),
    st.sampled_from(ALTERNATIVES), st.sampled_from(LEVELS),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_rank_sums_equal_the_enumeration(x, y, mu, alternative, level):
    test = response.rank_sum(x, y, mu=float(mu), alternative=alternative, level=level)
    seen, pvalue = twin.rank_sum(x, y, mu, alternative)
    limits = twin.interval(
        twin.gaps(x, y), lambda shift, side: twin.rank_sum(x, y, shift, side)[1], level, alternative
    )
    check_twin(test, seen, pvalue, twin.gaps(x, y), limits)
    assert test.probability == pytest.approx(float(seen / (len(x) * len(y))), rel=1e-15)


# --- properties --------------------------------------------------------------------------------


@given(up_to(30), st.sampled_from(["exact", "asymptotic"]), st.sampled_from(LEVELS))
@settings(max_examples=80, deadline=None)
def test_the_sign_mirrors_and_a_scale_multiplies(d, method, level):
    here = response.signed_rank(d, method=method, level=level, alternative="greater")
    there = response.signed_rank(
        [-4 * v for v in d], method=method, level=level, alternative="less"
    )
    assert there.pvalue == pytest.approx(here.pvalue, rel=1e-12, nan_ok=True)
    assert there.high == -4 * here.low
    assert there.estimate == -4 * here.estimate


@given(up_to(20), up_to(20), st.sampled_from(ALTERNATIVES), st.sampled_from(LEVELS))
@settings(max_examples=80, deadline=None)
def test_the_groups_change_places(x, y, alternative, level):
    swapped = {"two-sided": "two-sided", "greater": "less", "less": "greater"}[alternative]
    here = response.rank_sum(x, y, alternative=alternative, level=level)
    there = response.rank_sum(y, x, alternative=swapped, level=level)
    assert there.pvalue == pytest.approx(here.pvalue, rel=1e-12)
    assert (there.low, there.high) == (-here.high, -here.low)
    assert there.probability == pytest.approx(1 - here.probability, abs=1e-15)
    assert here.achieved_level >= level - 1e-12


@given(up_to(12), st.integers(-200, 200), st.sampled_from(LEVELS))
@settings(max_examples=80, deadline=None)
def test_a_shift_is_outside_when_its_test_says_so(d, eighths, level):
    """No Walsh average of whole numbers is an odd number of eighths."""
    shift = eighths / 4 + 0.125
    test = response.signed_rank(d, mu=shift, level=level)
    if abs(test.pvalue - (1 - level)) > 1e-9 and test.low < test.high:
        assert (test.low <= shift <= test.high) == (test.pvalue > 1 - level)


@pytest.mark.parametrize("n", [40, 400, 3000])
@pytest.mark.parametrize("kind", ["normal", "heavy", "whole"])
def test_selected_limits_are_those_of_all_differences(n, kind):
    rng = np.random.default_rng([n, len(kind)])
    x, y = rng.normal(0.1, size=n), rng.normal(size=n)
    if kind == "heavy":
        x, y = np.exp(6 * x), np.exp(6 * y)
    elif kind == "whole":
        x, y = np.round(40 * x), np.round(40 * y)
    groups = response.rank_sum(x, y, method="asymptotic")
    gaps = np.sort(np.subtract.outer(x, y), axis=None)
    assert groups.estimate == pytest.approx(np.median(gaps), rel=1e-12)
    assert groups.low in gaps
    assert groups.high in gaps
    pairs = response.signed_rank(x, y, method="asymptotic")
    walsh = np.add.outer(x - y, x - y)[np.triu_indices(n)] / 2
    assert pairs.estimate == pytest.approx(np.median(walsh), rel=1e-12)
    assert pairs.low in walsh
    assert pairs.high in walsh


def test_the_asymptotic_limits_are_where_the_p_value_crosses():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=60), rng.normal(size=50)
    test = response.rank_sum(x, y, method="asymptotic")
    for limit, outwards in ((test.low, -1), (test.high, 1)):
        step = outwards * 1e-9
        outside = response.rank_sum(x, y, mu=limit + step, method="asymptotic")
        inside = response.rank_sum(x, y, mu=limit - step, method="asymptotic")
        assert outside.pvalue < 0.05 <= inside.pvalue
        assert test.achieved_level <= 1 - outside.pvalue + 1e-12


# --- conventions -------------------------------------------------------------------------------


def test_rounding_makes_no_difference():
    tied = response.signed_rank([0.3, 0.9, 0.1, 0.1 + 0.2], [0.1, 0.7, 0.3, 0.3])
    assert (tied.zeros, tied.ties, tied.statistic) == (1, 3, 4)
    assert response.rank_sum([0.1 + 0.2], [0.3]).statistic == 0.5


def test_few_patients_have_an_answer():
    one = response.signed_rank([2.5])
    assert (one.pvalue, one.estimate, one.low, one.high) == (1, 2.5, -math.inf, math.inf)
    assert one.achieved_level == 1
    nothing = response.signed_rank([0, 0, 0])
    assert (nothing.pvalue, nothing.zeros, nothing.statistic) == (1, 3, 0)
    assert math.isnan(response.signed_rank([0, 0, 0], method="asymptotic").pvalue)
    alike = response.rank_sum([5] * 8, [5] * 8)
    assert (alike.pvalue, alike.probability, alike.low, alike.high) == (1, 0.5, 0, 0)


def test_zeros_do_not_move_the_estimate():
    """R drops them, and has 2.5 here: the median of six averages of 1 to 4."""
    assert response.signed_rank([0, 0, 0, 0, 1, 2, 3, 4]).estimate == 1


def test_frames_and_groups_are_read():
    frame = {"score": np.array([1.0, 3, 2, 5, 4]), "arm": np.array(["b", "a", "b", "a", "a"])}
    test = response.rank_sum("score", group="arm", data=frame)
    assert test == response.rank_sum(frame["score"], group=frame["arm"])
    assert test.groups == ("a", "b")
    assert test.statistic == response.rank_sum([3, 5, 4], [1, 2]).statistic == 6
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"before": [1.0, 5.0, 4.0], "after": [2.0, 2.0, 2.0]})
    paired = response.signed_rank("before", "after", data=table)
    assert paired.statistic == 5
    assert paired.to_frame("polars")["n"].to_list() == [3]
    assert polars.DataFrame(paired).shape == (1, 7)


BAD = [
    (dict(x=[1, math.nan]), r"x\[1\] is nan; a number is needed"),
    (dict(x=[1, None]), r"x\[1\] is None; a number is needed"),
    (dict(x=[1, math.inf]), r"x\[1\] is inf; a score lies within 1e300"),
    (dict(x=[1, 2], y=[1, -math.inf]), r"y\[1\] is -inf; a score lies"),
    (dict(x=[1, 2], y=[1]), "y has 1 rows and x has 2"),
    (dict(x=[]), "x; there is no row"),
    (dict(x=[[1.0, 2.0]]), "x has 2 dimensions"),
    (dict(x=[1], mu=math.nan), "mu is nan; a number is needed"),
    (dict(x=[1], level=1), "level is 1; a level is a probability"),
    (dict(x=[1], method="normal"), "method is 'normal'; choose one of"),
    (dict(x=[1], zeros="drop"), "zeros is 'drop'; choose one of"),
    (dict(x=[1], alternative="more"), "alternative is 'more'; choose one of"),
    (dict(x=np.arange(737), method="exact"), "method; the exact distribution of so many"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_pairs_are_named(call, message):
    with pytest.raises(InputError, match=message):
        response.signed_rank(**call)


BAD_GROUPS = [
    (dict(x=[1.0], y=[]), "y; there is no row"),
    (dict(x=[], y=[1.0]), "x; there is no row"),
    (dict(x=[1.0], y=[2.0, math.nan]), r"y\[1\] is nan"),
    (dict(x=[1, 2]), "y and group: give the second group's scores as y, or"),
    (dict(x=[1, 2], y=[1], group=[1, 2]), "y and group"),
    (dict(x=[1, 2], group=[1, 1]), "group has 1 labels"),
    (dict(x=[1, 2, 3], group="abc"), "group has 0 dimensions"),
    (dict(x=[1, 2, 3], group=[1, 2, 3]), "group has 3 labels"),
    (dict(x=[1, 2, 3], group=[1, 2]), "group has 2 rows and x has 3"),
    (dict(x=np.arange(101), y=np.arange(101), method="exact"), "method; the exact distribution"),
]


@pytest.mark.parametrize(("call", "message"), BAD_GROUPS)
def test_bad_groups_are_named(call, message):
    with pytest.raises(InputError, match=message):
        response.rank_sum(**call)


def test_results_are_frozen_readable_and_pickle():
    test = response.rank_sum([3, 5, 4], [1, 2])
    with pytest.raises(AttributeError):
        test.level = 0.9
    assert pickle.loads(pickle.dumps(test)) == test
    assert test.to_dict()["statistic"] == 6
    assert "<td>" in test._repr_html_()
    assert str(test) == (
        "3 patients against 2: probability of exceeding 1, shift 2.5, 95% interval -inf to inf, "
        "two-sided exact p = 0.2000"
    )
    labelled = response.rank_sum([3, 5, 4, 1, 2], group=["a", "a", "a", "b", "b"], correct=False)
    assert str(labelled).startswith("3 patients of a against 2 of b: probability of exceeding 1")
    assert labelled.correct is False
    assert response.signed_rank([1, 2], method="asymptotic").correct is True
    assert response.signed_rank([1, 2]).method == "exact"
