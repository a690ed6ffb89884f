"""Rates per person-time: golden values of R, the twin, zero events, posteriors, bad input."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import incidence as twin


def test_limits_agree_with_r(golden):
    case = golden("survival/poisson_rates")
    for row in case["expected"]["rows"]:
        for interval in ("garwood", "byar", "score", "blaker"):
            rate = survival.incidence(row["x"], row["t"], interval=interval)
            assert rate.estimate == pytest.approx(row["rate"], rel=1e-14)
            assert [rate.low, rate.high] == pytest.approx(row[interval], rel=case["rtol"])
        # exactci stops its search for the mid-P limits at about 1e-4
        rate = survival.incidence(row["x"], row["t"], interval="mid-p")
        assert [rate.low, rate.high] == pytest.approx(row["midp"], rel=2e-4)


def test_mid_p_limits_agree_with_roots_of_ppois(golden):
    case = golden("survival/rate_midp")
    for row in case["expected"]:
        rate = survival.incidence(row["x"], 1, interval="mid-p")
        assert [rate.low, rate.high] == pytest.approx(row["midp"], rel=case["rtol"])


def test_infections_of_the_cgd_trial(golden):
    # chronic granulomatous disease: 56 in 50.716 patient-years against 20 in 51.890
    rows = golden("survival/mcf_cgd_survival")["inputs"]
    events, start, stop = (np.array(rows[name]) for name in ("event", "start", "stop"))
    rates = survival.incidence(events, (stop - start) / 365.25, group=rows["treat"], per=100)
    placebo, treated = rates["placebo"], rates["rIFN-g"]
    ratio = survival.incidence_contrast(
        treated.events, treated.exposure, placebo.events, placebo.exposure
    )
    assert (placebo.events, treated.events) == (56, 20)
    assert placebo.exposure == pytest.approx(50.716, abs=5e-4)
    assert treated.exposure == pytest.approx(51.890, abs=5e-4)
    assert placebo.estimate == pytest.approx(110.4, abs=0.05)
    assert treated.estimate == pytest.approx(38.5, abs=0.05)
    assert ratio.estimate == pytest.approx(0.349, abs=5e-4)


def test_garwood_limits_are_those_that_tables_print():
    # 95%, four decimals: 0, 1, 2, 3, 5 and 10 events
    rate = survival.incidence([0, 1, 2, 3, 5, 10], 1)
    assert rate.low.round(4).tolist() == [0, 0.0253, 0.2422, 0.6187, 1.6235, 4.7954]
    assert rate.high.round(4).tolist() == [3.6889, 5.5716, 7.2247, 8.7673, 11.6683, 18.3904]


@pytest.mark.parametrize("interval", list(twin.PVALUES))
@given(x=st.integers(0, 40), level=st.sampled_from([0.5, 0.8, 0.95, 0.99]))
@settings(max_examples=40, deadline=None)
def test_limits_invert_the_test_of_their_name(interval, x, level):
    rate = survival.incidence(x, 2.0, interval=interval, level=level)
    alpha = 1 - level
    # the mean count on either side of each limit
    for limit, out in ((2 * rate.low, -1), (2 * rate.high, 1)):
        if limit > 0:
            outside, inside = limit * (1 + out * 1e-6), limit * (1 - out * 1e-6)
            assert twin.PVALUES[interval](x, outside) <= alpha * (1 + 1e-4)
            assert twin.PVALUES[interval](x, inside) >= alpha * (1 - 1e-4)
    assert rate.low <= rate.estimate <= rate.high


def test_likelihood_and_jeffreys_limits_by_definition():
    rate = survival.incidence(7, 2.0, interval="likelihood")
    for mean in (2 * rate.low, 2 * rate.high):
        assert 2 * (7 * math.log(7 / mean) - 7 + mean) == pytest.approx(
            3.841458820694124, rel=1e-10
        )
    rate = survival.incidence(7, 2.0, interval="jeffreys")
    posterior = survival.rate_posterior(7, 2.0)
    assert (rate.low, rate.high) == pytest.approx(posterior.interval(), rel=1e-13)


def test_rates_are_given_per_unit_and_one_sided():
    rate = survival.incidence(0, 50, per=100, alternative="less")
    assert rate.high == pytest.approx(-100 * math.log(0.05) / 50, rel=1e-14)  # rule of three
    assert math.isinf(survival.incidence(4, 50, alternative="greater").high)
    assert survival.incidence(4, 50, per=100).estimate == pytest.approx(8)


def test_patients_are_added_up_within_groups():
    events, years, arm = [2, 0, 1, 4], [1, 0.5, 2, 0.25], ["b", "a", "b", "b"]
    rates = survival.incidence(events, years, group=arm)
    assert list(rates) == ["a", "b"]
    assert (rates["b"].events, rates["b"].exposure, rates["b"].rows) == (7, 3.25, 3)
    whole = survival.incidence(7, 3.25)
    assert (rates["b"].low, rates["b"].high) == (whole.low, whole.high)
    assert rates["a"].low == 0
    frame = {"relapses": events, "years": np.array(years), "arm": arm}
    named = survival.incidence("relapses", "years", group="arm", data=frame)
    assert str(named) == str(rates)
    total = survival.incidence("relapses", "years", data=frame, per=100)
    assert (total.events, total.exposure, total.rows) == (7, 3.75, 4)
    assert list(rates.to_frame(backend="polars")["group"]) == ["a", "b"]


def test_no_exposure_is_undefined_and_allowed_without_events():
    rate = survival.incidence(0, 0)
    assert math.isnan(rate.estimate)
    assert (rate.low, rate.high) == (0, math.inf)
    rates = survival.incidence([0, 1], [0.0, 1.0], group=["a", "b"])
    assert math.isnan(rates["a"].estimate)


@pytest.mark.parametrize(
    ("events", "exposure", "options", "message"),
    [
        ([1, 1], [1, 0], {}, r"exposure\[1\] is 0; there are events in its row but no time"),
        ([1, -1], [1, 1], {}, r"events\[1\] is -1; it cannot be negative"),
        (1.5, 1, {}, "events is 1.5"),
        (1, math.nan, {}, "exposure is nan"),
        (1, -2, {}, "exposure is -2; it cannot be negative"),
        (1, 1, {"level": 95}, "level is 95"),
        (1, 1, {"per": 0}, "per is 0; it must be greater than 0"),
        (1, 1, {"interval": "exact"}, "interval is 'exact'; choose one of"),
        (1, 1, {"interval": "blaker", "alternative": "less"}, "no one-sided form: use"),
        ([1, 2], [1, 2], {"group": ["a", None]}, r"group\[1\] is None"),
        ([1, 2], [1], {"group": ["a", "b"]}, "exposure has 1 rows and events has 2"),
    ],
)
def test_bad_input_is_named(events, exposure, options, message):
    with pytest.raises(InputError, match=message):
        survival.incidence(events, exposure, **options)


# --- two rates ---


def test_each_p_value_of_r_has_a_name(golden):
    case = golden("survival/poisson_rates")
    (x1, x2), (t1, t2) = case["inputs"]["two"]["x"], case["inputs"]["two"]["t"]
    expected = case["expected"]["two_sample"]
    by = {
        method: survival.incidence_contrast(x1, t1, x2, t2, method=f"conditional{method}")
        for method in ("", "-minlike", "-mid-p")
    }
    assert by[""].estimate == pytest.approx(expected["ratio"], rel=1e-12)
    assert by["-minlike"].pvalue == pytest.approx(expected["p"], rel=1e-9)  # of poisson.test
    assert by[""].pvalue == pytest.approx(expected["p_central"], rel=1e-9)
    assert by["-mid-p"].pvalue == pytest.approx(expected["p_midp"], rel=1e-9)
    assert [by[""].low, by[""].high] == pytest.approx(expected["ci_central"], rel=1e-9)
    assert [by[""].low, by[""].high] == pytest.approx(expected["ci"], rel=1e-9)
    assert [by["-mid-p"].low, by["-mid-p"].high] == pytest.approx(expected["ci_midp"], rel=2e-4)


def test_an_arm_without_events(golden):
    case = golden("survival/rate_zero_arm")
    given = case["inputs"]
    arms = survival.incidence(given["y"], given["fu"], group=given["arm"])
    ratio = survival.incidence_contrast(
        arms[1].events, arms[1].exposure, arms[0].events, arms[0].exposure
    )
    expected = case["expected"]["exact"]
    assert ratio.estimate == expected["ratio"]
    assert [ratio.low, ratio.high] == pytest.approx(expected["ci"], rel=1e-12)
    minlike = survival.incidence_contrast(0, 6, 11, 5.7, method="conditional-minlike")
    assert minlike.pvalue == pytest.approx(expected["p"], rel=1e-9)
    nothing = survival.incidence_contrast(0, 6, 0, 5.7)
    assert math.isnan(nothing.estimate)
    assert (nothing.low, nothing.high, nothing.pvalue) == (0, math.inf, 1)


@given(
    st.integers(0, 15), st.integers(0, 15), st.floats(0.5, 20), st.floats(0.5, 20),
    st.sampled_from(["", "-mid-p", "-minlike"]),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_ratio_p_values_and_limits_agree_with_the_twin(x1, x2, t1, t2, method):
    answer = survival.incidence_contrast(x1, t1, x2, t2, method=f"conditional{method}")
    rule = method.removeprefix("-") or "central"
    assert answer.pvalue == pytest.approx(twin.ratio_pvalue(x1, t1, x2, t2, 1, rule), rel=1e-9)
    for limit, out in ((answer.low, -1), (answer.high, 1)):
        if 0 < limit < math.inf:
            p = [twin.ratio_pvalue(x1, t1, x2, t2, limit * (1 + s * out * 1e-6), rule)
                 for s in (1, -1)]  # fmt: skip
            assert p[0] <= 0.05 * (1 + 1e-4)
            assert p[1] >= 0.05 * (1 - 1e-4)
    swapped = survival.incidence_contrast(x2, t2, x1, t1, method=f"conditional{method}")
    if answer.low > 0:
        assert swapped.high == pytest.approx(1 / answer.low, rel=1e-9)


@given(st.integers(0, 30), st.integers(0, 30), st.floats(0.5, 20), st.floats(0.5, 20))
@settings(max_examples=60, deadline=None)
def test_the_score_of_a_difference_agrees_with_the_twin(x1, x2, t1, t2):
    answer = survival.incidence_contrast(x1, t1, x2, t2, measure="difference")
    for limit, z in ((answer.low, 1.959963984540054), (answer.high, -1.959963984540054)):
        assert twin.restricted_score(x1, t1, x2, t2, limit) == pytest.approx(z, rel=1e-7)
    assert answer.low <= answer.estimate <= answer.high
    hundred = survival.incidence_contrast(x1, t1, x2, t2, measure="difference", per=100)
    assert hundred.low == pytest.approx(100 * answer.low, rel=1e-12)


def test_bad_contrasts_are_named():
    with pytest.raises(InputError, match="given their total, counts tell of a ratio alone"):
        survival.incidence_contrast(1, 1, 2, 2, measure="difference", method="conditional")
    with pytest.raises(InputError, match=r"t2\[1\] is 0; there are events in its row"):
        survival.incidence_contrast([1, 1], 1, [1, 1], [1, 0])
    with pytest.raises(InputError, match="margin is 0; it must be greater than 0"):
        survival.incidence_contrast(1, 1, 2, 2, margin=0)


# --- posteriors ---


def test_a_gamma_posterior_by_hand():
    # exponential prior of rate 2, no event in 8: exponential of rate 10
    r = survival.rate_posterior(0, 8, prior=(1, 2))
    assert (r.shape, r.rate, r.mean) == (1, 10, 0.1)
    assert r.interval(0.9) == pytest.approx((-math.log(0.95) / 10, -math.log(0.05) / 10), rel=1e-12)
    assert r.prob_above(0.3) == pytest.approx(math.exp(-3), rel=1e-12)
    assert r.predictive(10, 3) == pytest.approx([0.5, 0.25, 0.125, 0.0625], rel=1e-12)
    assert "prior Gamma(1, 2)" in str(r)
    assert r.to_frame(backend="polars").shape == (1, 8)


@given(st.integers(0, 200), st.floats(0.1, 50), st.floats(0.1, 5), st.floats(0, 3))
@settings(max_examples=40, deadline=None)
def test_predictive_counts_have_the_right_mean(x, t, shape, rate):
    r = survival.rate_posterior(x, t, prior=(shape, rate))
    future = t / 2
    p = r.predictive(future, 4000)
    assert p.sum() == pytest.approx(1, rel=1e-9)
    assert p @ np.arange(4001) == pytest.approx(r.mean * future, rel=1e-8)


def test_improper_posteriors_are_refused():
    with pytest.raises(InputError, match=r"prior rate is 0; shape and rate of a gamma prior"):
        survival.rate_posterior(0, 0)
    with pytest.raises(InputError, match="prior shape is 0; shape and rate"):
        survival.rate_posterior(0, 1, prior=(0, 0))
    with pytest.raises(InputError, match="m is -1; give the largest number of future events"):
        survival.rate_posterior(1, 1).predictive(1, -1)


def test_results_travel_and_are_drawn():
    rates = survival.incidence([2, 0], [3.0, 1.0], per=100)
    assert pickle.loads(pickle.dumps(rates)).high.tolist() == rates.high.tolist()
    assert str(rates) == "2 rates, 95% garwood"
    assert rates.plot(names=["a", "b"]).get_xlabel() == "events per 100 of exposure"
    grouped = survival.incidence([2, 0, 0], [3.0, 1.0, 0.0], group=["a", "b", "c"])
    assert [t.get_text() for t in grouped.plot().get_yticklabels()] == ["a", "b", "c"]
    contrast = survival.incidence_contrast([1, 2], 1, 3, 4)
    assert contrast.to_frame(backend="polars").shape == (2, 10)
    assert str(contrast).startswith("2 contrasts of rates (ratio)")
    assert str(survival.rate_posterior([1, 2], 3)) == "2 posterior rates"


@pytest.mark.parametrize("group", [None, "arm"])
def test_a_frame_without_rows_is_refused(group):
    data = {"n": np.array([], int), "years": np.array([]), "arm": np.array([], str)}
    with pytest.raises(InputError, match="events; there is no row"):
        survival.incidence("n", "years", group=group, data=data)
