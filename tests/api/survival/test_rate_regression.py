"""Rate regression: golden values of R, the twin, arms without events, theta, robust variances."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import rate_regression as twin

CHI_SQUARED_95 = 3.841458820694124


@pytest.fixture
def flares(golden):
    case = golden("survival/rate_flares_nb")
    given = case["inputs"]

    def fit(**options):
        return survival.rate_regression(given["y"], given["arm"], exposure=given["fu"], **options)

    return fit, case["expected"], case["rtol"]


@pytest.mark.parametrize(
    ("family", "key"),
    [("poisson", "poisson"), ("quasi-poisson", "quasi"), ("negative-binomial", "nb")],
)
def test_agrees_with_glm_and_glm_nb(flares, family, key):
    fit, expected, rtol = flares
    answer, expected = fit(family=family), expected[key]
    assert answer.coef == pytest.approx(list(expected["coef"].values()), rel=rtol)
    for ours, theirs in (
        ("deviance", "deviance"), ("null_deviance", "null_deviance"), ("pearson", "pearson_chi2"),
        ("df_residual", "df_residual"),
    ):  # fmt: skip
        assert getattr(answer, ours) == pytest.approx(expected[theirs], rel=rtol)
    # glm stops with the weights of the step before: see the closed form below
    assert answer.std_error == pytest.approx(list(expected["se"].values()), rel=1e-4)
    assert answer.dispersion == pytest.approx(expected["dispersion"], rel=1e-4)
    if expected["loglik"] is None:
        assert math.isnan(answer.loglik)
        assert math.isnan(answer.aic)
    else:
        assert answer.loglik == pytest.approx(expected["loglik"], rel=1e-12)
        assert answer.aic == pytest.approx(expected["aic"], rel=1e-12)
    assert answer.score_norm < 1e-9


def test_standard_errors_of_two_arms_have_a_closed_form(flares, golden):
    fit, _, _ = flares
    given = golden("survival/rate_flares_nb")["inputs"]
    y, arm = np.array(given["y"]), np.array(given["arm"])
    events = [y[arm == a].sum() for a in (0, 1)]
    answer = fit(family="poisson")
    assert answer.std_error[0] == pytest.approx(events[0] ** -0.5, rel=1e-9)
    assert answer.std_error[1] == pytest.approx(sum(1 / e for e in events) ** 0.5, rel=1e-9)
    pearson = fit(family="quasi-poisson")
    assert pearson.dispersion == pytest.approx(pearson.pearson / 46, rel=1e-14)
    assert pearson.std_error == pytest.approx(answer.std_error * pearson.dispersion**0.5, rel=1e-12)


def test_theta_agrees_with_mass(flares):
    fit, expected, rtol = flares
    answer = fit()
    assert answer.theta == pytest.approx(expected["nb"]["theta"], rel=rtol)
    # MASS stops at 1e-4 of theta, with the information of the step before
    assert answer.theta_std_error == pytest.approx(expected["nb"]["se_theta"], rel=5e-4)
    assert answer.theta_low < answer.theta < answer.theta_high < math.inf


def test_robust_standard_errors_agree_with_sandwich(flares):
    fit, expected, rtol = flares
    for variance, key in (("HC0", "hc0_se"), ("HC1", "hc1_se")):
        answer = fit(family="poisson", variance=variance)
        assert answer.std_error == pytest.approx(expected[key], rel=rtol)
        assert answer.interval == "wald"


def test_profiles_agree_with_confint(flares):
    # R interpolates its profiles with a spline
    fit, expected, _ = flares
    poisson = fit(family="poisson")
    limits = np.column_stack([poisson.low, poisson.high])
    assert limits == pytest.approx(np.array(expected["poisson_profile_ci"]), rel=2e-5)
    fixed = fit(interval="profile-fixed-theta")
    limits = np.column_stack([fixed.low, fixed.high])
    assert limits == pytest.approx(np.array(expected["nb_profile_ci_fixed_theta"]), rel=5e-5)
    joint = fit()
    assert (joint.low < fixed.low).all()
    assert (joint.high > fixed.high).all()


def rows(seed, n=24, theta=1.5, k=1):
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(n, k)), 2)
    exposure = rng.uniform(0.3, 2, n)
    rate = rng.gamma(theta, 1 / theta, n) if math.isfinite(theta) else np.ones(n)
    return rng.poisson(2 * rate * exposure * np.exp(0.4 * x[:, 0])), x, exposure


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("family", ["poisson", "negative-binomial"])
def test_the_fit_is_a_peak_and_the_limits_lie_on_the_profile(seed, family):
    y, x, exposure = rows(seed)
    fit = survival.rate_regression(
        y, x, exposure=exposure, family=family, interval="profile-fixed-theta"
    )
    theta = math.inf if family == "poisson" else fit.theta
    assert np.abs(twin.gradient(fit.coef, theta, y, x, exposure)).max() < 1e-6
    top = twin.loglik(fit.coef, theta, y, x, exposure)
    assert fit.loglik == pytest.approx(top, rel=1e-10)
    for limit in (fit.low[1], fit.high[1]):
        best = max(
            twin.loglik([intercept, limit], theta, y, x, exposure)
            for intercept in fit.coef[0] + np.linspace(-2, 2, 4001)
        )
        assert 2 * (top - best) == pytest.approx(CHI_SQUARED_95, abs=2e-4)


@given(st.integers(0, 10_000), st.integers(6, 30), st.floats(-3, 3), st.floats(0.1, 50))
@settings(max_examples=40, deadline=None)
def test_shifted_and_scaled_covariates_and_units_change_nothing_else(seed, n, shift, scale):
    y, x, exposure = rows(seed, n, k=2)
    fit = survival.rate_regression(y, x, exposure=exposure)
    moved = survival.rate_regression(
        y, np.column_stack([shift + scale * x[:, 0], x[:, 1]]), exposure=365 * exposure
    )
    close = {"rel": 1e-6, "abs": 1e-6, "nan_ok": True}  # NaN: infinite, of either sign
    assert moved.coef[1] * scale == pytest.approx(fit.coef[1], **close)
    assert moved.low[2] == pytest.approx(fit.low[2], **close)
    assert moved.pvalue[1:] == pytest.approx(fit.pvalue[1:], **close)
    assert moved.loglik == pytest.approx(fit.loglik, rel=1e-9)
    assert moved.boundary == fit.boundary
    assert not (fit.low > fit.coef).any()
    assert not (fit.coef > fit.high).any()


def test_an_arm_without_events_has_one_finite_limit(golden):
    given = golden("survival/rate_zero_arm")["inputs"]
    for family in ("poisson", "negative-binomial", "quasi-poisson"):
        fit = survival.rate_regression(
            given["y"], given["arm"], exposure=given["fu"], family=family
        )
        assert fit.infinite
        assert fit.coef[1] == fit.low[1] == -math.inf
        assert fit.rate_ratio[1] == 0
        assert fit.std_error[1] == math.inf
        assert -2.5 < fit.high[1] < -1.5
        assert fit.pvalue[1] < 0.001
        turned = survival.rate_regression(
            given["y"], 1 - np.array(given["arm"]), exposure=given["fu"], family=family
        )
        assert turned.low[1] == pytest.approx(-fit.high[1], rel=1e-6)
        assert turned.coef[0] == -math.inf
    poisson = survival.rate_regression(
        given["y"], given["arm"], exposure=given["fu"], family="poisson"
    )
    # given the ratio r the likelihood is ((5.7 + 6 r) / 5.7)^-11 of the highest
    assert poisson.rate_ratio_high[1] == pytest.approx(
        5.7 / 6 * math.expm1(CHI_SQUARED_95 / 22), rel=1e-8
    )
    wald = survival.rate_regression(
        given["y"], given["arm"], exposure=given["fu"], family="poisson", variance="HC0"
    )
    assert math.isinf(wald.high[1])
    assert math.isnan(wald.pvalue[1])
    assert "p = NA" in str(wald)


def test_poisson_is_reached_at_the_boundary():
    fit = survival.rate_regression([2, 2, 1, 3, 2, 2], [0, 0, 0, 1, 1, 1])
    assert fit.boundary
    assert fit.theta == fit.theta_high == math.inf
    assert 0 < fit.theta_low < math.inf
    poisson = survival.rate_regression([2, 2, 1, 3, 2, 2], [0, 0, 0, 1, 1, 1], family="poisson")
    assert fit.coef == pytest.approx(poisson.coef, rel=1e-12)
    assert (fit.low <= poisson.low + 1e-9).all()


def test_observed_information_differs_and_poisson_has_one(flares):
    fit, _, _ = flares
    expected, observed = fit(), fit(information="observed")
    assert observed.std_error[1] > expected.std_error[1]
    assert observed.theta_std_error > expected.theta_std_error
    assert fit(family="poisson", information="observed").std_error == pytest.approx(
        fit(family="poisson").std_error, rel=1e-12
    )
    # the observed information is minus the second derivative, jointly with theta
    given_theta = observed.theta
    y, x, exposure = rows(3)
    joint = survival.rate_regression(y, x, exposure=exposure, information="observed")
    at, step = [*joint.coef, math.log(joint.theta)], 1e-3
    hessian = np.zeros((3, 3))
    for a, b in np.ndindex(3, 3):
        for sa, sb in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            moved = np.array(at)
            moved[a] += sa * step
            moved[b] += sb * step
            value = twin.loglik(moved[:2], math.exp(moved[2]), y, x, exposure)
            hessian[a, b] -= sa * sb * value / (4 * step**2)
    assert joint.std_error == pytest.approx(np.diag(np.linalg.inv(hessian))[:2] ** 0.5, rel=1e-4)
    assert joint.theta_std_error / joint.theta == pytest.approx(
        np.linalg.inv(hessian)[2, 2] ** 0.5, rel=1e-3
    )
    assert given_theta == pytest.approx(expected.theta, rel=1e-12)


def test_clusters_by_definition():
    y, x, exposure = rows(5)
    cluster = np.repeat(list("abcdefgh"), 3)
    plain = survival.rate_regression(
        y, x, exposure=exposure, family="poisson", variance="HC0", cluster=cluster
    )
    expected = twin.sandwich(plain.coef, y, x, exposure, cluster)
    assert plain.cov == pytest.approx(expected, rel=1e-9)
    corrected = survival.rate_regression(y, x, exposure=exposure, family="poisson", cluster=cluster)
    assert corrected.variance == "HC1"
    assert corrected.clusters == 8
    assert corrected.cov == pytest.approx(8 / 7 * 23 / 22 * expected, rel=1e-9)


def test_one_rate_for_all_and_columns_of_a_frame():
    frame = {"relapses": [2, 0, 1, 4], "years": [1, 0.5, 2, 0.25], "arm": [0, 1, 0, 1]}
    alone = survival.rate_regression("relapses", exposure="years", family="poisson", data=frame)
    assert alone.rate_ratio[0] == pytest.approx(7 / 3.75, rel=1e-12)
    assert alone.names == ("intercept",)
    fit = survival.rate_regression("relapses", ["arm"], exposure="years", data=frame)
    assert fit.names == ("intercept", "arm")
    assert fit.to_frame(backend="polars").shape == (2, 9)
    assert pickle.loads(pickle.dumps(fit)).theta == fit.theta
    assert fit.plot().get_xlabel() == "rate ratio"
    assert "negative binomial, theta" in str(fit)


@pytest.mark.parametrize(
    ("events", "options", "message"),
    [
        ([0, 0, 0], {}, "events; there is no event at all, so that every rate is 0"),
        ([1, -1, 0], {}, r"events\[1\] is -1; it cannot be negative"),
        ([1, 2, 1.5], {}, r"events\[2\] is 1.5"),
        ([1, 2, 0], {"exposure": [1, 0, 1]}, r"exposure\[1\] is 0; a rate needs time at risk"),
        ([1, 2, 0], {"variance": "HC0", "interval": "profile"}, "a profile is that of the model"),
        ([1, 2, 0], {"variance": "model", "cluster": [1, 2, 3]}, "clusters belong to a robust"),
        ([1, 2, 0], {"cluster": ["a", "a", "a"]}, "takes at least two of them"),
        ([1, 2], {"family": "quasi-poisson"}, "as many coefficients as rows"),
        ([1, 2, 0], {"family": "nb"}, "family is 'nb'; choose one of"),
        ([1, 2, 0], {"names": ["a", "b"]}, "names has 2 entries; X has 1 columns"),
    ],
)
def test_bad_input_is_named(events, options, message):
    with pytest.raises(InputError, match=message):
        survival.rate_regression(events, [0, 1, 1][: len(events)], **options)


def test_a_dependent_column_is_named():
    with pytest.raises(InputError, match=r"X column\[1\]; it is constant or a combination"):
        survival.rate_regression([1, 2, 0], [[0, 3], [1, 3], [1, 3]])


@pytest.mark.parametrize("family", ["poisson", "negative-binomial"])
def test_an_arm_that_is_one_cluster_tells_nothing_of_the_spread_between_clusters(family):
    """Its scores add up to 0, so that limits would have no width and p would be 0."""
    answer = survival.rate_regression(
        [3, 4, 5, 5], [0, 0, 1, 1], family=family, cluster=[1, 1, 2, 2]
    )
    assert answer.rate_ratio[1] == pytest.approx(10 / 7)
    assert (answer.std_error == math.inf).all()
    assert (answer.low == -math.inf).all()
    assert (answer.high == math.inf).all()
    assert np.isnan(answer.pvalue).all()
    # one patient in the arm at 0 tells of the intercept alone, and the others of the ratio
    single = survival.rate_regression(
        [7, 1, 3, 2, 4], [0, 1, 1, 1, 1], family=family, variance="HC0"
    )
    assert single.std_error[0] == math.inf
    squares = sum((x - 2.5) ** 2 for x in (1, 3, 2, 4))
    assert single.std_error[1] == pytest.approx(math.sqrt(squares) / 10)


@pytest.mark.parametrize("family", ["poisson", "quasi-poisson", "negative-binomial"])
def test_limits_do_not_depend_on_where_years_are_counted_from(family):
    """An intercept makes up for 2,020 years of each row: the effect of a year is the same."""
    events, year = [1, 2, 0, 5, 3, 1], np.array([0, 1, 2, 3, 4, 5.0])
    near = survival.rate_regression(events, year, family=family)
    far = survival.rate_regression(events, year + 2020, family=family)
    assert np.isfinite([near.low, near.high]).all()
    assert far.low[1] == pytest.approx(near.low[1], rel=1e-7)
    assert far.high[1] == pytest.approx(near.high[1], rel=1e-7)
    # the intercept, the rate in the year 0, is then far from all, and still has limits
    wald = survival.rate_regression(events, year + 2020, family=family, interval="wald")
    assert far.low[0] == pytest.approx(wald.low[0], rel=0.5)


def test_a_limit_where_means_are_huge_is_found():
    # of four rows one has no event, and an arm that only it tells of: the others have v + x s
    y, t, x = np.array([6, 3, 765]), np.array([255, 178, 255]) / 16, np.array([5.25, 0, -0.125])
    columns = [[5.25, 5.25], [0, 0], [-0.125, -0.125], [2.625, -0.125]]
    rows = {"events": [*y, 0], "X": columns, "exposure": [*t, 1.75]}
    fit = survival.rate_regression(**rows, family="quasi-poisson", level=0.98)
    assert fit.low[0] == -np.inf
    log_mean = np.log(t) + fit.high[0] + np.linspace(-1, 1, 20_001)[:, None] * x
    profile = (y * log_mean - np.exp(log_mean)).sum(axis=1).max() - sum(map(math.lgamma, y + 1))
    poisson = survival.rate_regression(**rows, family="poisson")
    statistic = 2 * (poisson.loglik - profile) / fit.dispersion
    # the square of a quantile of t with one degree of freedom
    assert statistic == pytest.approx(np.tan(np.pi * 0.49) ** 2, rel=1e-6)
