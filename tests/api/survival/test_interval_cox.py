"""Proportional hazards of interval-censored times: a twin, closed forms, limits, infinity."""

import json
import pickle

import numpy as np
import pytest
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import interval_cox as twin

INF = float("inf")
DROP = 3.8414588206941258  # 0.95 quantile of chi-squared on 1 degree of freedom


def visits(seed, n, effect=0.7, days=28, last=168):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, n).astype(float)
    time = rng.exponential(100 * np.exp(-effect * x))
    left = np.minimum(np.floor(time / days) * days, last)
    right = np.where(left >= last, INF, left + days)
    wide = rng.random(n) < 0.2  # a visit was missed
    return np.where(wide, np.maximum(left - days, 0), left), right, x


def breast(golden):
    inputs = golden("survival/ic_logrank_bcos")["inputs"]
    return [np.array(inputs[name], float) for name in ("left", "right", "treat")]


# --- agreement --------------------------------------------------------------------------------


def test_breast_data(golden):
    left, right, treat = breast(golden)
    fit = survival.interval_cox(left, right, treat)
    coef, loglik = twin.fit(left, right, treat, low=0.79, high=0.805, steps=10)
    assert fit.coef[0] == pytest.approx(coef, abs=1e-4)  # of ten golden sections
    assert fit.loglik >= loglik - 1e-10
    assert fit.loglik == pytest.approx(loglik, abs=1e-8)
    assert fit.kkt_gap < 1e-12
    # no effect is the NPMLE of all
    assert fit.null_loglik == pytest.approx(survival.turnbull(left, right).loglik, rel=1e-14)
    assert fit.statistic[0] == pytest.approx(2 * (fit.loglik - fit.null_loglik), rel=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_coefficient_is_that_of_the_twin(seed):
    left, right, x = visits(seed, 24)
    fit = survival.interval_cox(left, right, x)
    coef, loglik = twin.fit(left, right, x)
    assert fit.coef[0] == pytest.approx(coef, abs=1e-4)
    assert fit.loglik >= loglik - 1e-9
    assert fit.loglik == pytest.approx(loglik, abs=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_limits_are_where_the_profile_has_fallen(seed):
    left, right, x = visits(seed, 20)
    fit = survival.interval_cox(left, right, x)
    for limit in (fit.low[0], fit.high[0]):
        fall = 2 * (fit.loglik - twin.profile(left, right, x, limit)[0])
        assert fall == pytest.approx(DROP, abs=1e-5)
    assert fit.low[0] < fit.coef[0] < fit.high[0]


def test_standard_error_is_the_curvature_of_the_profile():
    left, right, x = visits(7, 40)
    fit = survival.interval_cox(left, right, x)
    step = 0.02
    there = [twin.profile(left, right, x, fit.coef[0] + d)[0] for d in (-step, 0, step)]
    curvature = -(there[0] - 2 * there[1] + there[2]) / step**2
    assert fit.std_error[0] == pytest.approx(curvature**-0.5, rel=2e-3)


def test_two_covariates_are_at_the_top_of_the_profile():
    left, right, x = visits(3, 40)
    X = np.column_stack((x, np.random.default_rng(4).normal(50, 12, 40)))
    fit = survival.interval_cox(left, right, X, names=["arm", "age"])
    best = twin.profile(left, right, X - X.mean(axis=0), fit.coef)[0]
    assert fit.loglik == pytest.approx(best, abs=1e-8)
    for j, size in ((0, 0.05), (1, 0.004)):
        for side in (-1, 1):
            moved = fit.coef.copy()
            moved[j] += side * size
            assert twin.profile(left, right, X - X.mean(axis=0), moved)[0] < best
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)), fit.std_error, rtol=1e-12)
    np.testing.assert_allclose(fit.covariance, fit.covariance.T, rtol=1e-8)
    # the baseline is that of the mean patient
    np.testing.assert_allclose(fit.mean, X.mean(axis=0), rtol=1e-12)
    assert "age: hazard ratio" in str(fit)


def test_exact_times_come_near_the_partial_likelihood():
    # with exact times the two likelihoods differ, and agree as n grows
    rng = np.random.default_rng(5)
    x = rng.integers(0, 2, 300)
    time = np.round(rng.exponential(1, 300) / np.exp(0.5 * x), 6)
    fit = survival.interval_cox(time, time, x)
    cox = survival.cox(time, np.ones(300, bool), x)
    assert fit.coef[0] == pytest.approx(cox.coef[0], abs=0.02)
    assert fit.std_error[0] == pytest.approx(cox.std_error[0], rel=0.05)


# --- what must not matter ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_units_order_and_origin_do_not_matter(seed):
    left, right, x = visits(seed, 30)
    fit = survival.interval_cox(left, right, x)
    other = survival.interval_cox(left * 0.25, right * 0.25, 1000 - 10 * x)
    np.testing.assert_allclose(-10 * other.coef, fit.coef, rtol=1e-8)
    np.testing.assert_allclose(-10 * other.low, fit.high, rtol=1e-6)
    order = np.random.default_rng(1).permutation(30)
    shuffled = survival.interval_cox(left[order], right[order], x[order])
    np.testing.assert_allclose(shuffled.coef, fit.coef, rtol=1e-8)
    assert shuffled.loglik == pytest.approx(fit.loglik, rel=1e-12)
    twice = survival.interval_cox(np.tile(left, 2), np.tile(right, 2), np.tile(x, 2))
    np.testing.assert_allclose(twice.coef, fit.coef, rtol=1e-7)
    np.testing.assert_allclose(twice.std_error * np.sqrt(2), fit.std_error, rtol=1e-6)


def test_the_baseline_without_an_effect_is_the_npmle():
    # the same intervals in both groups: the coefficient is 0
    left, right, _ = visits(2, 20)
    x = np.repeat([0, 1], 20)
    fit = survival.interval_cox(np.tile(left, 2), np.tile(right, 2), x)
    tb = survival.turnbull(left, right)
    assert fit.coef[0] == pytest.approx(0, abs=1e-9)
    assert fit.low[0] == pytest.approx(-fit.high[0], abs=1e-6)
    assert fit.pvalue[0] == pytest.approx(1, abs=1e-6)
    np.testing.assert_array_equal(fit.baseline_right, tb.right)
    np.testing.assert_allclose(fit.baseline, tb.estimate, atol=1e-9)


# --- infinite coefficients --------------------------------------------------------------------


def test_a_group_without_events():
    # 5 of 5 back by day 56, 0 of 5 by day 84. Without an event in the second group only the
    # first tells of the hazards: the likelihood of the second is exp(-5 ratio hazard)
    left, right = [28] * 5 + [84] * 5, [56] * 5 + [INF] * 5
    arm = [0] * 5 + [1] * 5
    with pytest.raises(InputError, match=r"column 0 of X \('x1'\): the likelihood is monotone"):
        survival.interval_cox(left, right, arm)
    fit = survival.interval_cox(left, right, arm, infinite=True)
    assert (fit.coef[0], fit.std_error[0], fit.low[0]) == (-INF, INF, -INF)
    assert fit.hazard_ratio[0] == 0
    assert fit.high[0] < 0
    # 5 log(1 - exp(-h)) - 5 ratio h at its best over h, against 0
    ratio = fit.hazard_ratio_high[0]
    hazard = np.log1p(1 / ratio)
    fall = -2 * (5 * np.log1p(-np.exp(-hazard)) - 5 * ratio * hazard)
    assert fall == pytest.approx(DROP, rel=1e-6)
    assert "hazard ratio 0, 95% profile interval 0 to" in str(fit)
    other = survival.interval_cox(left, right, 1 - np.array(arm), infinite=True)
    assert other.coef[0] == INF
    assert other.low[0] == pytest.approx(-fit.high[0], rel=1e-6)


def test_the_other_coefficient_stays_finite():
    left, right = [28] * 6 + [84] * 6, [56] * 6 + [INF] * 6
    left[0], right[0], left[1] = 56, 84, 0
    age = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8.0])
    X = np.column_stack((np.repeat([0, 1], 6), age))
    fit = survival.interval_cox(left, right, X, infinite=True, names=["arm", "age"])
    assert fit.coef[0] == -INF
    assert np.isfinite(fit.coef[1])
    assert fit.low[1] < fit.coef[1] < fit.high[1]
    assert fit.covariance[0].tolist() == [0, 0]


# --- results, frames, bad input ---------------------------------------------------------------


def test_a_result_goes_everywhere():
    left, right, x = visits(1, 15)
    fit = survival.interval_cox(left, right, x)
    again = pickle.loads(pickle.dumps(fit))
    assert str(again) == str(fit)
    assert json.loads(json.dumps(fit.to_dict()))["coef"] == fit.coef.tolist()
    assert fit.to_frame().columns[0] == "name"
    assert "<table>" in fit._repr_html_()
    assert not fit.coef.flags.writeable
    np.testing.assert_allclose(fit.hazard_ratio_low, np.exp(fit.low))


@pytest.mark.parametrize("backend", ["polars", "pandas"])
def test_columns_of_a_frame(backend):
    module = pytest.importorskip(backend)
    left, right, x = visits(2, 30)
    frame = module.DataFrame({"last": left, "first": right, "arm": x})
    fit = survival.interval_cox("last", "first", "arm", data=frame)
    assert fit.names == ("arm",)
    assert fit.coef[0] == survival.interval_cox(left, right, x).coef[0]
    assert survival.interval_cox("last", "first", ["arm"], data=frame).names == ("arm",)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"left": [9, 1, 2, 3]}, r"left\[0\] is 9; it is after the right end"),
        ({"right": [5, 6]}, "right has 2 rows and left has 4"),
        ({"X": [0, 1, 1]}, "X is not one row a patient"),
        ({"X": [0, 1, float("nan"), 1]}, r"X\[2\] is nan"),
        ({"X": [1, 1, 1, 1]}, r"column 0 of X \('x1'\): it is constant"),
        ({"X": [[0, 0], [1, 2], [0, 0], [1, 2]]}, r"column 1 of X \('x2'\): it is constant, or a"),
        ({"level": 1}, "level is 1"),
        ({"right": [INF] * 4}, "one interval lies in all rows"),
        ({"names": ["a", "b"]}, "names has 2 entries"),
        ({"left": [], "right": [], "X": []}, "there is no row"),
    ],
)
def test_bad_input_is_named(changed, message):
    arguments = {"left": [0, 6, 2, 7], "right": [5, 9, 7, INF], "X": [0, 1, 1, 0], **changed}
    with pytest.raises(InputError, match=message):
        survival.interval_cox(**arguments)
