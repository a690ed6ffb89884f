"""Parametric fits: R's survreg, a slow twin, closed forms, edges, and what a maximum satisfies."""

import json
import math
import pickle
import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import ConvergenceError, FollowUpWarning, InputError

from tests.reference import parametric as twin

INF = float("inf")
SURVREG = ("exponential", "weibull", "lognormal", "loglogistic")
ALL = (*SURVREG, "gamma", "gengamma", "gompertz")
AML = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]
VISITS = [84, 56, 112, 84, 140, 0], [112, 84, 140, 84, INF, 28]


# --- agreement with R -------------------------------------------------------------------------


@pytest.mark.parametrize("distribution", SURVREG)
@pytest.mark.parametrize("arm", ["6-MP", "control"])
def test_gehan_arms_agree_with_survreg(golden, arm, distribution):
    case = golden("survival/survreg_gehan")
    inputs, expected = case["inputs"], case["expected"][f"{arm}_{distribution}"]
    rows = np.array(inputs["treat"]) == arm
    fit = survival.parametric(
        np.array(inputs["time"])[rows], event=np.array(inputs["event"])[rows],
        distribution=distribution,
    )  # fmt: skip
    assert fit.coef[0] == pytest.approx(expected["coef"]["(Intercept)"], rel=1e-9)
    assert fit.scale == pytest.approx(expected["scale"][0], rel=1e-9)
    assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-13)
    np.testing.assert_allclose(fit.std_error, expected["se"], rtol=1e-9)
    np.testing.assert_allclose(fit.cov, expected["vcov"], rtol=1e-8, atol=1e-10)
    assert fit.score_norm < 1e-9


def test_gehan_regression_agrees_with_survreg_and_the_printed_values(golden):
    case = golden("survival/survreg_gehan")
    inputs, expected = case["inputs"], case["expected"]["both_weibull"]
    control = np.array(inputs["treat"]) == "control"
    fit = survival.parametric(inputs["time"], event=inputs["event"], X=control, names=["control"])
    # survreg stops here at its default tolerance, 1.7e-9 short of where a smaller one takes it
    np.testing.assert_allclose(fit.coef, list(expected["coef"].values()), rtol=1e-8)
    np.testing.assert_allclose(fit.cov, expected["vcov"], rtol=1e-7)
    closer = [3.515686946495818, -1.267334587419076]  # survreg.control(rel.tolerance = 1e-15)
    np.testing.assert_allclose(fit.coef, closer, rtol=1e-13)
    # Venables and Ripley: intercept 3.516, control -1.267, scale .732, loglik -106.6
    assert [round(x, 3) for x in (*fit.coef, fit.scale)] == [3.516, -1.267, 0.732]
    null = survival.parametric(inputs["time"], event=inputs["event"])
    assert null.loglik == pytest.approx(expected["loglik_null"], rel=1e-13)
    # the p-value is that of twice the difference of both log-likelihoods
    assert fit.pvalue[1] == pytest.approx(math.erfc(math.sqrt(fit.loglik - null.loglik)), rel=1e-6)


@pytest.mark.parametrize("kind", ["alone", "regression", "weighted"])
@pytest.mark.parametrize("distribution", SURVREG)
def test_mixed_rows_agree_with_survreg(golden, distribution, kind):
    case = golden("survival/survreg_visits")
    inputs, expected = case["inputs"], case["expected"][distribution][kind]
    left, right = np.array(inputs["left"], float), np.array(inputs["right"], float)
    fit = survival.parametric(
        left, right, distribution=distribution,
        X=None if kind == "alone" else np.column_stack((inputs["x"], inputs["arm"])),
        weights=inputs["weight"] if kind == "weighted" else None,
    )  # fmt: skip
    np.testing.assert_allclose(fit.coef, expected["coef"], rtol=1e-9)
    assert fit.scale == pytest.approx(expected["scale"], rel=1e-9)
    assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-13)
    np.testing.assert_allclose(fit.cov, np.reshape(expected["vcov"], fit.cov.shape), rtol=1e-8)
    # R compares an extreme-value interval of width w with log(1 - exp(-exp(w))), where the largest
    # value is log(1 - exp(-w)): residuals of exponential and Weibull intervals differ
    deviance, theirs = fit.residuals().deviance, np.array(expected["deviance"])
    apart = (left > 0) & (left < right) & (right < INF)
    same = ~apart if distribution in ("exponential", "weibull") else np.full(len(left), True)
    np.testing.assert_allclose(deviance[same], theirs[same], rtol=1e-6)
    if distribution in ("exponential", "weibull"):
        width = np.log(right[apart] / left[apart]) / fit.scale
        excess = np.log1p(-np.exp(-np.exp(width))) - np.log1p(-np.exp(-width))
        np.testing.assert_allclose(deviance[apart] ** 2 + 2 * excess, theirs[apart] ** 2, rtol=1e-6)


# --- the slow twin ----------------------------------------------------------------------------


def mixed_rows(rng, n):
    """Rows of all kinds, some truncated, with weights."""
    time = 100 * rng.weibull(1.6, n)
    left = np.floor(time / 28) * 28
    right = left + 28
    exact = rng.random(n) < 0.4
    left[exact] = right[exact] = np.round(time[exact], 1) + 0.1
    right[rng.random(n) < 0.2] = INF
    left[np.isinf(right)] += 1
    entry = np.where(rng.random(n) < 0.3, np.floor(0.8 * left), 0.0)
    return left, right, entry, rng.choice([1.0, 2.0, 0.5], n)


@pytest.mark.parametrize("truncated", [False, True])
@pytest.mark.parametrize("covariate", [False, True])
@pytest.mark.parametrize("distribution", ALL)
def test_the_log_likelihood_and_its_maximum_are_the_twins(distribution, covariate, truncated):
    rng = np.random.default_rng(20)
    left, right, entry, weights = mixed_rows(rng, 40)
    entry = entry if truncated else np.zeros(40)
    x = np.round(rng.normal(size=40), 1) if covariate else np.zeros(40)
    fit = survival.parametric(
        left, right, distribution=distribution, X=x if covariate else None,
        entry=entry, weights=weights, interval="wald",
    )  # fmt: skip
    rows = list(zip(left, right, entry, weights, strict=True))

    def likelihood(own, slope):
        return twin.log_likelihood(distribution, own, rows, slope * x)

    slope = fit.coef[1] if covariate else 0.0
    own = fit.parameters
    assert likelihood(own, slope) == pytest.approx(fit.loglik, abs=1e-9)
    # no neighbour is higher: the first differences vanish, the second are negative
    for name in own:
        step = 1e-3 * max(abs(own[name]), 0.01)
        up, down = (likelihood(own | {name: own[name] + s}, slope) for s in (step, -step))
        assert up < fit.loglik
        assert down < fit.loglik
        assert abs(up - down) < 0.05 * abs(up + down - 2 * fit.loglik)
    if covariate:
        assert likelihood(own, slope + 1e-3) < fit.loglik > likelihood(own, slope - 1e-3)


@pytest.mark.parametrize("distribution", ALL[:-2])
def test_a_cure_fraction_agrees_with_the_twin(distribution):
    rng = np.random.default_rng(8)
    time = np.where(rng.random(60) < 0.4, INF, 50 * rng.weibull(2, 60))
    left = np.where(time > 150, 150, np.floor(time / 10) * 10)
    right = np.where(time > 150, INF, left + 10)
    fit = survival.parametric(left, right, distribution=distribution, cure=True)
    assert fit.follow_up_pvalue < 0.05
    assert not fit.boundary
    rows = [(a, b, 0, 1) for a, b in zip(left, right, strict=True)]
    assert twin.log_likelihood(distribution, fit.parameters, rows) == pytest.approx(
        fit.loglik, abs=1e-9
    )
    for change in (-1e-3, 1e-3):
        near = fit.parameters | {"cured": fit.cure_fraction + change}
        assert twin.log_likelihood(distribution, near, rows) < fit.loglik
    low, high = fit.cure_fraction_interval
    assert low < fit.cure_fraction < high
    assert fit.quantile(0.99).estimate == INF


def of_location(distribution, rows, scale, location):
    if distribution == "lognormal":
        own = {"meanlog": location, "sdlog": scale}
    else:
        own = {"shape": 1 / scale, "scale": math.exp(location)}
    return twin.log_likelihood(distribution, own, rows)


def highest(f, low, high):
    """The largest value of a function with one maximum, by golden section."""
    ratio = (math.sqrt(5) - 1) / 2
    places = [high - ratio * (high - low), low + ratio * (high - low)]
    values = [f(place) for place in places]
    while high - low > 1e-5:
        if values[0] > values[1]:
            high, places[1], values[1] = places[1], places[0], values[0]
            places[0] = high - ratio * (high - low)
            values[0] = f(places[0])
        else:
            low, places[0], values[0] = places[0], places[1], values[1]
            places[1] = low + ratio * (high - low)
            values[1] = f(places[1])
    return max(values)


@pytest.mark.parametrize("distribution", ALL)
def test_limits_are_where_the_profile_has_lost_what_the_level_says(distribution):
    # hold the second parameter at its limit by brute force: the rest is a grid of locations
    left, right, *_ = mixed_rows(np.random.default_rng(3), 25)
    fit = survival.parametric(left, right, distribution=distribution)
    rows = [(a, b, 0, 1) for a, b in zip(left, right, strict=True)]
    lost = 0.5 * 1.959963984540054**2
    # the quantile and the survival at a limit are one profile, seen from two sides
    for p in (0.2, 0.5, 0.8):
        quantile = fit.quantile(p)
        assert quantile.low < quantile.estimate < quantile.high
        assert fit.at(quantile.low).low == pytest.approx(1 - p, abs=1e-6)
        if quantile.high < INF:
            assert fit.at(quantile.high).high == pytest.approx(1 - p, abs=1e-6)
    if distribution == "exponential":
        for limit in (fit.low[0], fit.high[0]):
            there = twin.log_likelihood(distribution, {"rate": math.exp(-limit)}, rows)
            assert there == pytest.approx(fit.loglik - lost, abs=1e-7)
    if distribution in ("weibull", "lognormal", "loglogistic"):
        for limit in (fit.low[1], fit.high[1]):
            ends = fit.estimate[0] - 2, fit.estimate[0] + 2
            best = highest(partial(of_location, distribution, rows, math.exp(limit)), *ends)
            assert best == pytest.approx(fit.loglik - lost, abs=1e-7)


# --- closed forms -----------------------------------------------------------------------------


def test_exponential_is_events_over_time():
    # hand: 7 events in 423 weeks
    time, event = AML
    fit = survival.parametric(time, event=event, distribution="exponential")
    assert fit.parameters == {"rate": pytest.approx(7 / 423, rel=1e-12)}
    assert fit.loglik == pytest.approx(7 * math.log(7 / 423) - 7, rel=1e-14)
    assert fit.aic == pytest.approx(2 - 2 * fit.loglik)
    assert fit.aicc == pytest.approx(fit.aic + 4 / 9)
    assert fit.bic == pytest.approx(math.log(11) - 2 * fit.loglik)
    # with late entries it is the time at risk that counts
    late = survival.parametric(time, event=event, entry=[5.0] * 11, distribution="exponential")
    assert late.parameters["rate"] == pytest.approx(7 / (423 - 55), rel=1e-12)
    assert late.truncated
    assert late.residuals().deviance is None


def test_generalised_gamma_has_no_break_at_log_normal():
    # exact normal scores are symmetric on the log scale: q is 0, and the fit is the log-normal one
    time = np.exp(np.array([-1.5, -1, -0.6, -0.2, 0.2, 0.6, 1, 1.5]))
    wide = survival.parametric(time, distribution="gengamma", interval="wald")
    normal = survival.parametric(time, distribution="lognormal")
    assert wide.estimate[2] == pytest.approx(0, abs=1e-9)
    assert wide.loglik == pytest.approx(normal.loglik, rel=1e-12)
    np.testing.assert_allclose(wide.estimate[:2], normal.estimate, atol=1e-8)


def test_generalised_gamma_of_mirrored_times_has_minus_q():
    left, right, *_ = mixed_rows(np.random.default_rng(3), 60)
    left, right = left[left > 0], right[left > 0]
    fit = survival.parametric(left, right, distribution="gengamma", interval="wald")
    # 1 / T lies in [1 / right, 1 / left): shares at the ends do not matter to a density
    mirrored = survival.parametric(
        np.where(np.isinf(right), 0, 1 / right), 1 / left, distribution="gengamma", interval="wald"
    )
    np.testing.assert_allclose(mirrored.estimate, fit.estimate * [-1, 1, -1], rtol=1e-7, atol=1e-8)


# --- properties -------------------------------------------------------------------------------


@st.composite
def rows(draw):
    """Few rows on a coarse grid: ties, exact, censored on both sides."""
    n = draw(st.integers(1, 10))
    left = np.array(draw(st.lists(st.integers(0, 8), min_size=n, max_size=n)), float)
    width = np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), float)
    beyond = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    right = np.where(beyond, INF, left + width)
    left[right == 0] = right[right == 0] = 0.5
    return left, right


@given(
    rows(), st.sampled_from([d for d in ALL if d != "gengamma"]), st.sampled_from([7, 1 / 30.4375])
)
@settings(deadline=None, max_examples=150)
def test_few_rows_are_fitted_or_refused_whatever_the_unit(sample, distribution, unit):
    left, right = sample
    try:
        fit = survival.parametric(left, right, distribution=distribution)
    except (ConvergenceError, InputError):
        return
    assert fit.score_norm < 1e-7
    assert np.all(np.linalg.eigvalsh(fit.cov) > 0)
    assert np.all(fit.low <= fit.estimate)
    assert np.all(fit.estimate <= fit.high)
    other = survival.parametric(left * unit, right * unit, distribution=distribution)
    exact = np.sum(left == right)
    assert other.loglik == pytest.approx(fit.loglik - exact * math.log(unit), abs=1e-8)
    assert other.median.estimate == pytest.approx(unit * fit.median.estimate, rel=1e-6)
    order = np.random.default_rng(1).permutation(len(left))
    again = survival.parametric(left[order], right[order], distribution=distribution)
    np.testing.assert_allclose(again.estimate, fit.estimate, rtol=1e-6, atol=1e-6)


@given(st.integers(0, 2**32 - 1), st.sampled_from(ALL))
@settings(deadline=None, max_examples=30)
def test_a_row_of_weight_two_is_two_rows(seed, distribution):
    left, right, entry, weights = mixed_rows(np.random.default_rng(seed), 20)
    weights = np.ceil(weights)
    twice = np.repeat(np.arange(20), weights.astype(int))
    try:
        one = survival.parametric(
            left, right, entry=entry, weights=weights, distribution=distribution, interval="wald"
        )
    except InputError:
        return
    two = survival.parametric(
        left[twice], right[twice], entry=entry[twice], distribution=distribution, interval="wald"
    )
    assert one.weight == two.n
    assert one.loglik == pytest.approx(two.loglik, abs=1e-9)
    np.testing.assert_allclose(one.std_error, two.std_error, rtol=1e-5)


@pytest.mark.parametrize("distribution", ALL)
def test_covariates_may_be_shifted_and_scaled(distribution):
    rng = np.random.default_rng(5)
    left, right, *_ = mixed_rows(rng, 40)
    x = rng.normal(size=(40, 2))
    near = survival.parametric(left, right, X=x, distribution=distribution, interval="wald")
    far = survival.parametric(
        left, right, X=1000 + 7 * x, distribution=distribution, interval="wald"
    )
    assert far.loglik == pytest.approx(near.loglik, rel=1e-11)
    np.testing.assert_allclose(7 * far.coef[1:], near.coef[1:], rtol=1e-6)
    np.testing.assert_allclose(
        far.at(50, [1000, 1000]).estimate, near.at(50, [0, 0]).estimate, rtol=1e-8
    )
    np.testing.assert_allclose(
        far.quantile(0.3, 1000 + 7 * x[0]).low, near.quantile(0.3, x[0]).low, rtol=1e-6
    )
    np.testing.assert_allclose(7 * far.std_error[1:3], near.std_error[1:3], rtol=1e-6)


# --- what has no maximum, and other edges -----------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([3, 5], [INF, INF]), "nobody has an event"),
        (([0, 0], [5, 7]), "every patient may have had the event at once"),
        (([5],), "so that the scale is 0: use distribution='exponential'"),
        (([5, 5],), "so that the scale is 0"),
        (([2, 3], [6, 8]), "so that the scale is 0"),
        (([0, 10], [5, INF]), "as the distribution becomes wider"),
        (([0, 5],), r"left\[0\] is 0; an event at time 0 itself"),
        (([3, 9], [2, 9]), r"left\[0\] is 3; it is after the right end"),
        (([3, math.nan],), r"left\[1\] is nan"),
        (([3, -1],), r"left\[1\] is -1"),
        (([],), "there is no row"),
        ((["a", "b"],), "left"),
        (([3, 9], [True, True]), "right is boolean"),
    ],
)
def test_bad_rows_are_named(arguments, message):
    with pytest.raises(InputError, match=message):
        survival.parametric(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"distribution": "normal"}, "distribution is 'normal'"),
        ({"interval": "score"}, "interval is 'score'"),
        ({"level": 95}, "level is 95"),
        ({"event": [1, 2, 1]}, r"event\[1\] is 2"),
        ({"event": [1, 1]}, "event has 2 rows"),
        ({"right": [9, 9, 9], "event": [1, 1, 1]}, "right and event are given"),
        ({"entry": [0, 5, 0]}, r"entry\[1\] is 5; it must be less than the end"),
        ({"weights": [0, 0, 0]}, "every weight is 0"),
        ({"weights": [1, -1, 1]}, r"weights\[1\] is -1"),
        ({"X": [1, 1, 1]}, "X column 'x1'; it is constant"),
        ({"X": [1, 2, 4], "names": ["a", "b"]}, "names has 2 entries; X has 1 columns"),
        ({"X": [1, 2]}, "X is not one row a patient"),
        ({"X": [1, 2, math.nan]}, r"X\[2\] is nan"),
        ({"cure": True, "distribution": "gompertz"}, "cure fraction of its own"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        survival.parametric([2, 3, 7], **options)


def test_entry_after_the_last_negative_visit_is_named():
    with pytest.raises(InputError, match=r"entry\[0\] is 3; it is after the last time known"):
        survival.parametric([0, 5, 9], [4, 7, 12], entry=[3, 0, 0])


@pytest.mark.parametrize("distribution", [d for d in ALL if d != "gengamma"])
def test_a_covariate_without_events_is_named(distribution):
    with pytest.raises(InputError, match="X column 'arm'; alone or with other columns"):
        survival.parametric(
            [4, 6, 9, 12, 12, 12], event=[1, 1, 1, 0, 0, 0], X=[0, 0, 0, 1, 1, 1],
            distribution=distribution, names=["arm"],
        )  # fmt: skip


def test_one_event_and_one_later_censored():
    # hand: the exponential rate is 1 event in 12; a single event suffices
    fit = survival.parametric([4, 8], event=[1, 0], distribution="exponential")
    assert fit.parameters["rate"] == pytest.approx(1 / 12)
    assert survival.parametric([4, 8], event=[1, 0]).score_norm < 1e-7
    one = survival.parametric([5], distribution="exponential")
    assert one.parameters["rate"] == pytest.approx(0.2)
    assert str(one).startswith("1 patient, exponential: median 3.466")
    assert one.aicc == INF


def test_a_short_follow_up_is_warned_of():
    with pytest.warns(FollowUpWarning, match="hardly goes beyond the last event"):
        fit = survival.parametric(*AML[:1], event=[1] * 11, cure=True)
    # nobody censored: nobody cured, and the rest is the fit without
    assert fit.boundary
    assert fit.cure_fraction == 0
    assert fit.estimate[-1] == -INF
    assert math.isnan(fit.std_error[-1])
    low, high = fit.cure_fraction_interval
    assert low == 0 < high < 0.4
    plain = survival.parametric(*AML[:1])
    np.testing.assert_allclose(fit.estimate[:2], plain.estimate, atol=1e-8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        survival.parametric([1, 2, 3, 4] + [99] * 6, event=[1] * 4 + [0] * 6, cure=True)


def test_follow_up_of_maller_and_zhou():
    # hand: the last event is at 4, follow-up ends at 6: events in (2, 4] are 2 of 6, (1 - 2/6)^6
    with pytest.warns(FollowUpWarning):
        fit = survival.parametric([1, 2, 3, 4, 6, 6], event=[1, 1, 1, 1, 0, 0], cure=True)
    assert fit.follow_up_pvalue == pytest.approx((2 / 3) ** 6)


def test_gompertz_of_a_falling_hazard_leaves_some_free():
    time = [1, 2, 3, 5, 9, 30, 30, 30, 30, 30]
    fit = survival.parametric(time, event=[1] * 5 + [0] * 5, distribution="gompertz")
    own = fit.parameters
    assert own["shape"] < 0
    never = math.exp(own["rate"] / own["shape"])
    assert fit.at(1e6).estimate == pytest.approx(never, rel=1e-9)
    beyond = fit.quantile(1 - never + 0.01)
    assert beyond.estimate == INF == beyond.high
    assert math.isnan(beyond.std_error)
    assert beyond.low < INF


# --- predictions, groups, frames, results -----------------------------------------------------


@pytest.mark.parametrize("interval", ["profile", "wald"])
@pytest.mark.parametrize("distribution", ALL)
def test_predictions(distribution, interval):
    left, right, *_ = mixed_rows(np.random.default_rng(3), 30)
    fit = survival.parametric(left, right, distribution=distribution, interval=interval)
    at = fit.at([0, 10, 50, 100, 300])
    assert at.estimate[0] == at.low[0] == at.high[0] == 1
    assert np.all(np.diff(at.estimate) < 0)
    assert np.all(at.low <= at.estimate)
    assert np.all(at.estimate <= at.high)
    quantile = fit.quantile([0.1, 0.5, 0.9])
    np.testing.assert_allclose(fit.at(quantile.estimate).estimate, [0.9, 0.5, 0.1], rtol=1e-9)
    assert fit.median.estimate == quantile.estimate[1]
    for table, rows_of in ((at, 5), (quantile, 3), (fit, len(fit.names))):
        assert len(table.to_frame()) == rows_of
    assert str(at) == f"survival at 5 times, 95% {interval}"
    assert str(quantile) == f"3 quantiles, 95% {interval}"
    assert str(fit.quantile(0.9)).startswith("90% quantile")


def test_covariates_of_a_prediction():
    rng = np.random.default_rng(5)
    left, right, *_ = mixed_rows(rng, 40)
    data = {"l": left, "r": right, "age": rng.normal(50, 9, 40), "arm": rng.integers(0, 2, 40)}
    fit = survival.parametric("l", "r", X=["age", "arm"], data=data)
    assert fit.covariates == ("age", "arm")
    assert fit.names == ("intercept", "age", "arm", "log(scale)")
    by_name, by_place = fit.at(50, {"arm": 1, "age": 60}), fit.at(50, [60, 1])
    assert by_name == by_place
    z = (math.log(50) - fit.coef @ [1, 60, 1]) / fit.scale
    assert by_place.estimate == pytest.approx(math.exp(-math.exp(z)), rel=1e-12)
    for wrong, message in (
        ((), "give one number a covariate"),
        ({"arm": 1}, "X lacks 'age'"),
        ({"arm": 1, "age": 3, "sex": 1}, "X has 'sex'"),
        (["a", "b"], "give one number a covariate"),
    ):
        with pytest.raises(InputError, match=message):
            fit.at(50, wrong)
    assert "arm: time ratio" in str(fit)
    single = survival.parametric("l", "r", X="arm", data=data, distribution="gompertz")
    assert "arm: hazard ratio" in str(single)
    with pytest.raises(AttributeError, match="a shape and a rate"):
        _ = single.scale


def test_groups_are_fits_of_their_own():
    left, right, *_ = mixed_rows(np.random.default_rng(1), 60)
    label = np.array(["BCMA", "CD19", "both"])[np.arange(60) % 3]
    fits = survival.parametric(left, right, group=label, distribution="loglogistic")
    assert list(fits) == ["BCMA", "CD19", "both"]
    for name, fit in fits.items():
        alone = survival.parametric(
            left[label == name], right[label == name], distribution="loglogistic"
        )
        np.testing.assert_array_equal(fit.estimate, alone.estimate)
        assert fit.at(40) == alone.at(40)
    assert set(fits.to_frame()["group"]) == {"BCMA", "CD19", "both"}
    assert fits.plot().get_legend_handles_labels()[1] == ["BCMA", "CD19", "both"]
    with pytest.raises(InputError, match=r"left\[7\] is nan"):
        survival.parametric(np.where(np.arange(60) == 7, math.nan, left), right, group=label)


def test_residuals_of_every_kind():
    fit = survival.parametric(*VISITS)
    residuals = fit.residuals()
    assert residuals.cox_snell_left[5] == 0
    assert residuals.cox_snell_right[4] == INF
    assert residuals.cox_snell_left[3] == residuals.cox_snell_right[3]
    assert residuals.martingale.sum() == pytest.approx(0, abs=1e-8)
    # the residuals of a right-censored row are positive only if it is later than expected
    assert residuals.deviance[4] > 0 > residuals.deviance[5]
    assert len(residuals.to_frame()) == 6
    assert str(residuals) == "residuals of 6 patients"
    curve = survival.turnbull(residuals.cox_snell_left, residuals.cox_snell_right)
    assert curve.n == 6


def test_comparison():
    left, right, *_ = mixed_rows(np.random.default_rng(3), 30)
    table = survival.parametric_comparison(left, right)
    assert sorted(table.distribution) == sorted(ALL)
    assert np.all(np.diff(table.aic) >= 0)
    assert table.fits[table.distribution[0]].aic == table.aic[0]
    assert str(table).endswith(f"smallest AIC: {table.distribution[0]}")
    assert len(table.to_frame()) == 7
    # one distribution has no maximum, and says why
    few = survival.parametric_comparison([5, 5, 5], distributions=["weibull", "exponential"])
    assert few.distribution == ("exponential", "weibull")
    assert few.problem[0] == ""
    assert "the scale is 0" in few.problem[1]
    assert math.isnan(few.aic[1])
    with pytest.raises(InputError, match="nobody has an event"):
        survival.parametric_comparison([5, 6], [INF, INF])
    with pytest.raises(InputError, match="distributions is empty"):
        survival.parametric_comparison([5, 6], distributions=[])


def test_spelled_out_names():
    short = survival.parametric([1, 3, 4], distribution="lognormal")
    spelled = survival.parametric([1, 3, 4], distribution="log-normal")
    assert spelled.distribution == "lognormal"
    assert spelled.loglik == short.loglik


@pytest.mark.parametrize("backend", ["polars", "pandas", "pyarrow"])
def test_columns_of_a_frame(backend):
    module = pytest.importorskip(backend)
    data = {"last": [0.0, 0, 2, 4], "first": [1.0, 1, INF, 5], "arm": ["a", "b", "a", "b"]}
    frame = module.table(data) if backend == "pyarrow" else module.DataFrame(data)
    fits = survival.parametric("last", "first", group="arm", data=frame, distribution="exponential")
    assert fits["a"].n == 2


def test_a_result_goes_everywhere():
    left = np.array([1.0, 3, 4])
    fit = survival.parametric(left)
    again = pickle.loads(pickle.dumps(fit))
    assert str(again) == str(fit)
    left[0] = 99  # the result keeps rows of its own
    assert again.at(2) == fit.at(2)
    assert not fit.estimate.flags.writeable
    assert json.loads(json.dumps(fit.to_dict()))["estimate"] == fit.estimate.tolist()
    assert "_rows" not in fit.to_dict()
    assert fit.to_frame().columns[:2] == ["parameter", "estimate"]
    assert fit.plot().get_ylabel() == "without the event"
