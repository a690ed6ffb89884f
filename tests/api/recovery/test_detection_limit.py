"""Values with limits: golden values of R, worked curves, the twin, and what cannot be known."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery, survival
from immunoreset.errors import InputError

from tests.reference import detection_limit as twin

STUDENT_95_14 = 2.1447866879169273  # R: qt(0.975, 14)
CELLS = [1, 5, 5, 7, 3, 12]
BELOW = [True, True, True, False, False, False]


def rows_of(value, below, above=None):
    above = [False] * len(value) if above is None else above
    pairs = zip(below, above, strict=True)
    kinds = ["below" if b else "above" if a else "detected" for b, a in pairs]
    return list(zip(map(float, value), kinds, strict=True))


def samples(least_detected=0):
    row = st.tuples(st.integers(1, 12), st.booleans())
    return st.lists(row, min_size=1, max_size=14).filter(
        lambda rows: len({v for v, b in rows if not b}) >= least_detected
    )


# --- one sample -----------------------------------------------------------------------------------


def test_agrees_with_survreg_and_optim(golden):
    case = golden("recovery/detection_limit")
    data, expected = case["inputs"], case["expected"]
    fit = recovery.detection_limit(data["value"], data["below"], above=data["above"])
    assert fit.parameters["mean_log"] == pytest.approx(expected["lognormal"]["mean_log"], rel=1e-8)
    assert fit.parameters["sd_log"] == pytest.approx(expected["lognormal"]["sd_log"], rel=1e-8)
    assert fit.loglik == pytest.approx(expected["lognormal"]["loglik"], rel=1e-12)
    assert (fit.n, fit.detected, fit.below, fit.above) == (15, 9, 4, 2)
    assert fit.score_norm < 1e-8
    gamma = recovery.detection_limit(
        data["value"], data["below"], above=data["above"], distribution="gamma"
    )
    # 1e-5 is what optim and nlm reach on the parameters; the likelihood agrees to 12 digits
    assert gamma.mean.estimate == pytest.approx(expected["gamma"]["mean"], rel=1e-5)
    assert gamma.parameters["shape"] == pytest.approx(expected["gamma"]["shape"], rel=1e-5)
    assert gamma.loglik == pytest.approx(expected["gamma"]["loglik"], rel=1e-12)


@pytest.mark.parametrize("distribution", ["lognormal", "gamma", "normal"])
def test_the_fit_is_a_peak_of_the_twin(distribution):
    fit = recovery.detection_limit(CELLS, BELOW, distribution=distribution)
    a, b = fit.parameters.values()
    rows = rows_of(CELLS, BELOW)
    peak = twin.loglik(rows, distribution, a, b)
    assert fit.loglik == pytest.approx(peak, rel=1e-11)
    for step in (1e-3, -1e-3):
        assert twin.loglik(rows, distribution, a + step, b) < peak
        assert twin.loglik(rows, distribution, a, b + step) < peak


@pytest.mark.parametrize("distribution", ["lognormal", "normal"])
def test_limits_lie_where_the_profile_has_fallen_by_the_critical_value(distribution):
    value = [2, 3, 3, 5, 8, 9, 14, 2, 2, 4, 6, 30, 4, 7, 11]
    below = [True] * 3 + [False] * 4 + [True] * 2 + [False] * 6
    fit = recovery.detection_limit(value, below, distribution=distribution)
    critical = 15 * math.log1p(STUDENT_95_14**2 / 14)
    rows = rows_of(value, below)
    for asked in ("mean", "median"):
        estimate = getattr(fit, asked)
        for limit in (estimate.low, estimate.high):
            fall = 2 * (fit.loglik - twin.profile(rows, distribution, asked, limit))
            assert fall == pytest.approx(critical, rel=1e-6)


def test_without_limits_the_normal_mean_has_students_limits():
    x = np.random.default_rng(4).normal(3, 1, 15)
    mean = recovery.detection_limit(x, distribution="normal").mean
    reach = STUDENT_95_14 * x.std(ddof=1) / math.sqrt(15)
    assert mean.estimate == pytest.approx(x.mean(), rel=1e-9)
    assert (mean.low, mean.high) == pytest.approx((x.mean() - reach, x.mean() + reach), rel=1e-8)


@given(samples())
@settings(max_examples=25, deadline=None)
def test_the_curve_shares_out_what_lies_below_a_limit(rows):
    value, below = zip(*rows, strict=True)
    answer = recovery.detection_limit(value, below, method="kaplan-meier")
    # the twin creeps where little mass is left: 1e-3 is where 4000 rounds have come to
    for x, share in zip(answer.value, answer.share_below, strict=True):
        assert share == pytest.approx(twin.share_below(rows_of(value, below), x), abs=1e-3)


@given(samples())
def test_the_curve_is_that_of_flipped_survival_times(rows):
    value, below = map(np.array, zip(*rows, strict=True))
    answer = recovery.detection_limit(value, below, method="kaplan-meier")
    km = survival.kaplan_meier(20 - value, ~below, interval="beta-product")
    assert answer.share_below == pytest.approx(km.estimate, rel=1e-14)
    assert answer.share_low == pytest.approx(km.low, rel=1e-12)
    assert (answer.value == 20 - km.time).all()


def test_what_the_limits_hide_is_said_and_not_guessed():
    answer = recovery.detection_limit([5, 5, 5, 7], [True] * 3 + [False], method="kaplan-meier")
    assert (answer.median.left, answer.median.right) == (0, 5)
    assert math.isnan(answer.median.estimate)
    assert str(answer.median).startswith("<5 (95%")
    assert (answer.mean.left, answer.mean.right) == (7 / 4, 3 * 5 / 4 + 7 / 4)
    log_titre = recovery.detection_limit(
        [-1, -1, 2], [True, True, False], method="kaplan-meier", distribution="normal"
    )
    assert (log_titre.median.left, log_titre.median.right) == (-math.inf, -1)
    beyond = recovery.detection_limit(
        [2, 9, 9], above=[False, True, True], method="kaplan-meier", p=[0.9]
    )
    assert str(beyond.quantiles[0]).startswith(">9")
    assert beyond.above == 2


def test_all_below_and_one_patient_are_answered_or_refused_with_a_remedy():
    answer = recovery.detection_limit([1, 5], [True, True], method="kaplan-meier")
    assert (answer.median.left, answer.median.right) == (0, 1)
    one = recovery.detection_limit([4], method="kaplan-meier")
    assert (one.median.estimate, one.median.low, one.median.high) == (4, 0, math.inf)
    with pytest.raises(InputError, match=r"nothing was detected.*method='kaplan-meier'"):
        recovery.detection_limit([1, 5], [True, True])
    with pytest.raises(InputError, match="no spread"):
        recovery.detection_limit([4])
    # one detected value and a limit below it are enough for a likelihood, if for wide limits
    assert recovery.detection_limit([4, 1], [False, True]).mean.high == math.inf


@given(samples(least_detected=2))
@settings(max_examples=40, deadline=None)
def test_order_statistics_follow_the_line_through_the_twins_positions(rows):
    value, below = zip(*rows, strict=True)
    if sum(not b for b in below) < 3:
        return
    fit = recovery.detection_limit(value, below, method="order-statistics", p=[0.5])
    normal = pytest.importorskip("scipy.stats").norm
    placed = [(normal.ppf(p), v, kind) for p, v, kind in twin.positions(rows_of(value, below))]
    seen = [(z, math.log(v)) for z, v, kind in placed if kind == "detected"]
    z, y = map(np.array, zip(*seen, strict=True))
    slope = ((z - z.mean()) * (y - y.mean())).sum() / ((z - z.mean()) ** 2).sum()
    start = y.mean() - slope * z.mean()
    filled = [v if kind == "detected" else math.exp(start + slope * z) for z, v, kind in placed]
    assert fit.mean.estimate == pytest.approx(np.mean(filled), rel=1e-9)
    assert fit.sd.estimate == pytest.approx(np.std(filled, ddof=1), rel=1e-8)
    assert fit.median.estimate == pytest.approx(np.median(filled), rel=1e-9)


@given(samples(least_detected=2), st.sampled_from(["lognormal", "gamma"]))
@settings(max_examples=40, deadline=None)
def test_order_and_unit_of_the_rows_do_not_matter(rows, distribution):
    value, below = map(np.array, zip(*rows, strict=True))
    fit = recovery.detection_limit(value, below, distribution=distribution)
    other = recovery.detection_limit(8.0 * value[::-1], below[::-1], distribution=distribution)
    assert other.median.estimate == pytest.approx(8 * fit.median.estimate, rel=1e-6)
    assert other.mean.low == pytest.approx(8 * fit.mean.low, rel=1e-6, abs=1e-300)
    assert fit.median.low <= fit.median.estimate <= fit.median.high


def test_groups_columns_and_results():
    pytest.importorskip("polars")
    frame = {"cells": CELLS * 2, "low": BELOW * 2, "product": ["CD19"] * 6 + ["BCMA"] * 6}
    both = recovery.detection_limit("cells", "low", group="product", data=frame)
    assert list(both) == ["BCMA", "CD19"]
    alone = recovery.detection_limit(CELLS, BELOW)
    assert both["CD19"].median == alone.median
    assert both.to_frame().shape == (6, 6)
    assert pickle.loads(pickle.dumps(alone)).to_dict() == alone.to_dict()
    assert "3 below" in alone._repr_html_()
    assert both.plot().get_xscale() == "log"
    drawn = recovery.detection_limit([-1.0, 2, 3], [True, False, False], distribution="normal")
    assert drawn.plot().get_xscale() == "linear"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"value": [1.0, 0.0]}, r"value\[1\] is 0; values and limits are positive: .*below=True"),
        ({"value": [1.0, math.nan]}, r"value\[1\] is nan"),
        ({"value": [1.0, 1e200]}, r"value\[1\] is 1e\+200; values and limits lie within"),
        ({"value": []}, "there is no row"),
        ({"value": [1.0, 2], "below": [1, 0], "above": [1, 0]}, r"above\[0\] is 1; its row is"),
        ({"value": [1.0, 2], "below": [True]}, "below"),
        ({"value": [1.0, 2], "level": 95}, "level is 95"),
        ({"value": [1.0, 2], "p": [0.5, 1.0]}, r"p\[2\] is 1; a probability strictly between"),
        ({"value": [1.0, 2], "method": "half"}, "method is 'half'"),
        ({"value": [1.0, 2], "distribution": "weibull"}, "distribution is 'weibull'"),
        ({"value": [1.0, 2], "method": "order-statistics"}, "three detected values or more"),
        (
            {"value": [1.0, 2, 3], "method": "order-statistics", "distribution": "gamma"},
            "takes 'lognormal' or 'normal'",
        ),
        (
            {"value": [1.0, 9], "above": [True, False], "method": "kaplan-meier"},
            "above; a value above an upper limit cannot be ranked",
        ),
    ],
)
def test_bad_input_names_argument_row_and_remedy(call, words):
    with pytest.raises(InputError, match=words):
        recovery.detection_limit(**call)


# --- groups ---------------------------------------------------------------------------------------


def test_agrees_with_cendiff_and_survreg(golden):
    case = golden("recovery/lod_two_group")
    data, expected = case["inputs"], case["expected"]
    rows = data["value"], data["censored"], data["group"]
    peto = recovery.detection_limit_test(*rows, test="peto-peto", method="asymptotic")
    assert peto.statistic == pytest.approx(expected["cendiff_chisq"], rel=1e-12)
    ratio = recovery.detection_limit_test(*rows, test="likelihood-ratio")
    assert ratio.loglik == pytest.approx(expected["lognormal"]["loglik"], rel=1e-12)
    assert ratio.loglik_null == pytest.approx(expected["lognormal"]["loglik_null"], rel=1e-12)
    assert math.log(ratio.effect) == pytest.approx(expected["lognormal"]["coef"]["g"], rel=1e-8)
    assert ratio.low < 1 < ratio.high
    assert "ratio of medians 2.71" in str(ratio)


@given(samples(), st.integers(1, 2**14))
@settings(max_examples=30, deadline=None)
def test_the_exact_gehan_test_counts_all_ways_to_deal_out_the_labels(rows, bits):
    value, below = zip(*rows[:9], strict=True)
    group = [bits >> i & 1 for i in range(len(value))]
    if len(set(group)) < 2:
        return
    exact = recovery.detection_limit_test(value, below, group, test="gehan", method="exact")
    assert exact.pvalue == pytest.approx(twin.gehan_pvalue(rows_of(value, below), group), rel=1e-12)


def test_small_groups_are_exact_and_large_ones_are_not():
    value = np.arange(1, 41)
    small = recovery.detection_limit_test(value[:10], None, [0] * 5 + [1] * 5)
    assert small.method == "exact"
    assert small.pvalue == pytest.approx(2 / 252, rel=1e-12)  # complete separation
    assert small.z > 0
    large = recovery.detection_limit_test(value, None, np.arange(40) % 2)
    assert large.method == "asymptotic"
    three = recovery.detection_limit_test(value, None, np.arange(40) % 3)
    assert (three.df, three.method, len(three.groups)) == (2, "asymptotic", 3)


def test_groups_that_show_nothing_are_not_different():
    test = recovery.detection_limit_test([1, 5, 1, 5], [True] * 4, list("abab"))
    assert (test.df, test.pvalue) == (0, 1)
    ratio = recovery.detection_limit_test(
        [2, 3, 5, 9, 1, 1, 2], [False] * 4 + [True] * 3, [0] * 4 + [1] * 3, test="likelihood-ratio"
    )
    assert (ratio.effect, ratio.low) == (0, 0)
    assert 0 < ratio.high < 1


def test_log_titres_have_a_difference():
    y = np.log2([20, 40, 80, 20, 160, 320, 40, 640])
    below = [True, False, False, True, False, False, False, False]
    group = list("aaaabbbb")
    test = recovery.detection_limit_test(
        y, below, group, test="likelihood-ratio", distribution="normal"
    )
    ends = np.where(below, -np.inf, y)
    fit = recovery.tobit(ends, y, [0] * 4 + [1] * 4)
    assert test.effect == pytest.approx(fit.coef[1], rel=1e-9)
    assert (test.low, test.high) == pytest.approx((fit.low[1], fit.high[1]), rel=1e-9)
    assert test.pvalue == pytest.approx(fit.pvalue[1], rel=1e-6)
    assert "difference of means" in str(test)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"group": [0, 0, 0]}, "one group is nothing to compare"),
        ({"test": "t"}, "test is 't'"),
        ({"method": "fast"}, "method is 'fast'"),
        ({"test": "likelihood-ratio", "method": "exact"}, "use test='peto-prentice'"),
        ({"distribution": "gamma"}, "takes 'lognormal' or 'normal'"),
        ({"group": [0, 1, 2], "method": "exact"}, "exact distribution is that of two groups"),
        ({"above": [True, False, False]}, "use 'maximum-likelihood', or the test"),
        ({"below": [True] * 3, "test": "likelihood-ratio"}, "nothing was detected"),
    ],
)
def test_bad_comparisons_are_named(call, words):
    data = {"value": [1.0, 2, 3], "below": None, "group": [0, 1, 1]} | call
    with pytest.raises(InputError, match=words):
        recovery.detection_limit_test(**data)
