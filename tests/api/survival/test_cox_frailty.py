"""survival.cox_frailty against R, by definition, by hand, at its edges, and what it refuses."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference.cox_frailty import Marginal

NAMES = [
    "kidney", "kidney, breslow", "rats", "rats, female", "cgd",
    *(f"random {i}" for i in range(2, 9)),
]  # fmt: skip


@pytest.fixture
def case(golden, request):
    data = golden("survival/cox_frailty")
    return next(case for case in data["cases"] if case["id"] == request.param)


def fitted(case, **options):
    data = case["inputs"]
    return survival.cox_frailty(
        data["time"], data["event"], np.array(data["x"], float), data["cluster"],
        entry=data["entry"], strata=data["strata"], ties=case["ties"], **options,
    )  # fmt: skip


@pytest.mark.parametrize("case", NAMES, indirect=True)
def test_as_r_at_the_root_of_the_profile(case):
    expected, fit = case["expected"], fitted(case)
    se = np.sqrt(np.diag(expected["cov"]))
    assert fit.theta == pytest.approx(expected["theta"], rel=1e-8)
    assert np.all(np.abs(fit.coef - expected["coef"]) < 1e-8 * se)
    np.testing.assert_allclose(fit.cov, expected["cov"], rtol=1e-7, atol=1e-8 * max(se) ** 2)
    np.testing.assert_allclose(fit.frailties.estimate, expected["frailty"], rtol=1e-8)
    assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-12)
    assert fit.loglik_partial == pytest.approx(expected["loglik_partial"], rel=1e-9)
    assert fit.df - len(fit.coef) == pytest.approx(expected["df_frailty"], rel=1e-7)
    assert fit.score_norm < 1e-8


def test_kidney_in_the_digits_that_are_printed(golden):
    """The marginal maximum is at .40777; R prints .412, where its search stops (trap 44)."""
    kidney = golden("survival/cox_frailty")["cases"][0]
    fit = fitted(kidney, names=["age", "female"])
    assert round(fit.theta, 5) == 0.40777
    assert kidney["default"]["theta"] == pytest.approx(0.41216, abs=1e-5)
    assert round(fit.loglik, 5) == -181.63863
    assert str(fit) == (
        "58 events in 76 rows of 38 clusters (efron ties); age: hazard ratio 1.01, 95% wald "
        "interval 0.983 to 1.03, p = 0.6541; female: hazard ratio 0.205, 95% wald interval 0.0853 "
        "to 0.494, p = 0.0004; variance of the gamma frailty 0.408, 95% profile interval 0.0522 to "
        "1.05, p = 0.0100"
    )


# --- by definition --------------------------------------------------------------------------------


@st.composite
def studies(draw, most=10, columns=1):
    """Draw rows of a few clusters, and perhaps entries, strata and offsets."""
    n = draw(st.integers(3, most))

    def column(values):
        return draw(st.lists(values, min_size=n, max_size=n))

    time, event = column(st.integers(1, 6)), column(st.integers(0, 1))
    x = np.array([column(st.integers(-2, 2)) for _ in range(columns)], float).T
    cluster = column(st.integers(0, 3))
    options = {}
    if draw(st.booleans()):
        options["entry"] = [draw(st.integers(0, t - 1)) for t in time]
    if draw(st.booleans()):
        options["strata"] = column(st.integers(0, 1))
    if draw(st.booleans()):
        options["offset"] = [0.25 * v for v in column(st.integers(-4, 4))]
    return time, event, x, cluster, options


def answer(*rows, **options):
    """Return the fit, or None where the data are refused as those of a Cox regression are."""
    try:
        return survival.cox_frailty(*rows, **options)
    except InputError:
        with pytest.raises(InputError):
            survival.cox(*rows[:3], **options)
        return None


@settings(max_examples=150, deadline=None)
@given(studies(), st.sampled_from(["efron", "breslow"]))
def test_no_variance_is_more_likely_than_the_answer(study, ties):
    time, event, x, cluster, options = study
    fit = answer(time, event, x, cluster, ties=ties, **options)
    if fit is None:
        return
    twin = Marginal(time, event, x, cluster, ties, **options)
    value, at = twin.maximum(fit.theta)
    assert fit.loglik == pytest.approx(value, rel=1e-10, abs=1e-10)
    np.testing.assert_allclose(fit.coef, at[:1], atol=1e-5 * fit.std_error[0])
    assert fit.loglik_no_frailty == pytest.approx(twin.maximum(0)[0], rel=1e-10, abs=1e-10)
    for theta in 10 ** np.arange(-2, 2.1, 0.25):
        assert twin.maximum(theta)[0] <= fit.loglik + 1e-9


def test_the_higher_of_two_maxima_between_neighbours_of_the_grid():
    time, event = [1, 3, 1, 4, 4, 1, 1, 3], [1, 1, 0, 0, 1, 1, 0, 1]
    x, cluster = np.array([-1, -1, 0, -2, 0, -2, -1, 1.0]), [3, 0, 0, 1, 0, 3, 2, 3]
    options = {
        "strata": [1, 1, 0, 1, 1, 1, 1, 1],
        "offset": [0.5, 1, 0, -1, -0.25, -1, -1, -0.5],
    }
    fit = survival.cox_frailty(time, event, x, cluster, **options)
    twin = Marginal(time, event, x, cluster, **options)
    heights = [twin.maximum(theta)[0] for theta in 10 ** np.arange(-2, 2.01, 0.05)]
    assert max(heights) <= fit.loglik + 1e-9
    assert fit.loglik == pytest.approx(twin.maximum(fit.theta)[0], rel=1e-10)
    other = [twin.maximum(theta)[0] for theta in (1.5, 2.37, 4)]
    assert other[0] < other[1] > other[2]
    assert fit.theta < 1


@settings(max_examples=150, deadline=None)
@given(studies(most=14, columns=2), st.sampled_from(["efron", "breslow"]))
def test_no_parameter_of_the_definition_has_a_slope_left(study, ties):
    time, event, x, cluster, options = study
    fit = answer(time, event, x, cluster, ties=ties, **options)
    if fit is None:
        return
    twin = Marginal(time, event, x, cluster, ties, **options)
    at = np.concatenate([fit.coef, twin.jumps(fit.coef, fit.frailties.estimate)])
    value, slope = twin.value(at, fit.theta)
    assert fit.loglik == pytest.approx(value, rel=1e-11, abs=1e-11)
    assert np.max(np.abs(slope)) < 1e-7
    up = twin.value(at, fit.theta * 1.0001 + 1e-6)[0]
    assert up <= value + 1e-12
    assert fit.frailties.events.sum() == sum(event)
    expected = fit.frailties.estimate @ fit.frailties.expected
    assert expected == pytest.approx(sum(event), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(studies(most=12))
def test_limits_are_those_of_the_profile(study):
    time, event, x, cluster, options = study
    fit = answer(time, event, x, cluster, level=0.9, **options)
    if fit is None:
        return
    twin = Marginal(time, event, x, cluster, **options)
    assert 0 <= fit.theta_low <= fit.theta <= fit.theta_high
    lowest = fit.loglik - 2.705543454095404 / 2  # the 90% quantile of chi-squared
    if fit.theta_low > 0:
        assert twin.maximum(fit.theta_low)[0] == pytest.approx(lowest, abs=1e-7)
    else:
        assert fit.loglik_no_frailty >= lowest - 1e-9
    if fit.theta_high < 1e4:
        assert twin.maximum(fit.theta_high)[0] == pytest.approx(lowest, abs=1e-7)


# --- invariances ----------------------------------------------------------------------------------


def same(a, b, rtol=1e-7):
    if a is None or b is None:
        assert a is b
        return
    assert a.theta == pytest.approx(b.theta, rel=rtol, abs=rtol)
    np.testing.assert_allclose(a.coef, b.coef, atol=rtol * np.max(b.std_error))
    np.testing.assert_allclose(a.cov, b.cov, rtol=1e-6, atol=rtol * np.max(b.cov))
    assert a.loglik == pytest.approx(b.loglik, rel=1e-10, abs=1e-10)
    assert a.df == pytest.approx(b.df, rel=1e-6)


@settings(max_examples=100, deadline=None)
@given(studies(most=16), st.permutations(range(4)), st.randoms(use_true_random=False))
def test_names_of_clusters_order_of_rows_and_unit_of_time_do_not_matter(study, names, random):
    time, event, x, cluster, options = study
    fit = answer(time, event, x, cluster, **options)
    row = list(range(len(time)))
    random.shuffle(row)
    label = [f"centre {names[c]}" for c in cluster]
    moved = {key: np.array(value)[row] for key, value in options.items()}
    if "entry" in moved:
        moved["entry"] = moved["entry"] * 30.4375
    other = answer(
        np.array(time)[row] * 30.4375, np.array(event)[row], x[row], np.array(label)[row], **moved
    )
    same(fit, other)
    if fit is not None:
        of = dict(zip(other.frailties.cluster, other.frailties.estimate, strict=True))
        for name, frailty in zip(fit.frailties.cluster, fit.frailties.estimate, strict=True):
            assert of[f"centre {names[name]}"] == pytest.approx(frailty, rel=1e-6)


@settings(max_examples=100, deadline=None)
@given(studies(most=12))
def test_one_cluster_is_a_cox_regression_and_says_nothing_of_the_variance(study):
    time, event, x, _, options = study
    fit = answer(time, event, x, ["A"] * len(time), **options)
    if fit is None:
        return
    plain = survival.cox(time, event, x, **options)
    np.testing.assert_array_equal(fit.coef, plain.coef)
    np.testing.assert_allclose(fit.cov, plain.cov, rtol=1e-14)
    assert (fit.theta, fit.theta_low, fit.theta_high) == (0, 0, np.inf)
    assert (fit.test_statistic, fit.test_pvalue, fit.df) == (0, 1, 1)
    assert fit.loglik == fit.loglik_no_frailty == pytest.approx(plain.loglik, rel=1e-14)


@settings(max_examples=100, deadline=None)
@given(studies(most=16))
def test_every_row_its_own_cluster(study):
    time, event, x, _, options = study
    fit = answer(time, event, x, np.arange(len(time)), **options)
    if fit is None:
        return
    twin = Marginal(time, event, x, np.arange(len(time)), **options)
    at = np.concatenate([fit.coef, twin.jumps(fit.coef, fit.frailties.estimate)])
    assert np.max(np.abs(twin.value(at, fit.theta)[1])) < 1e-7
    assert fit.loglik >= fit.loglik_no_frailty


# --- edges ----------------------------------------------------------------------------------------


def two_centres():
    """Return two centres of six patients, as on the method page."""
    return (
        np.repeat([1, 2], 6),
        np.ones(12, int),
        np.tile([-1, 1], 6),
        np.repeat(["first", "second"], 6),
    )


def test_the_example_of_the_page():
    # by hand: docs/methods/survival/cox_frailty.md; the root of its equation by bisection
    fit = survival.cox_frailty(*two_centres(), ties="breslow")
    theta, d, j = fit.theta, 6, np.arange(6)

    def slope(t):
        return (
            2 * np.sum(j / (1 + j * t))
            + np.log1p(d * t) / t**2
            - (d + 1 / t) * d / (1 + d * t)
            + 2 * np.log1p(d * t / 2) / t**2
            - (d + 2 / t) * (d / 2) / (1 + d * t / 2)
        )

    low, high = 1e-3, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    assert theta == pytest.approx(low, rel=1e-8)
    first, second = fit.frailties.estimate
    assert first == pytest.approx((1 + 6 * theta) / (1 + 3 * theta), rel=1e-10)
    assert second == pytest.approx(1 / (1 + 3 * theta), rel=1e-10)
    assert fit.coef[0] == pytest.approx(0, abs=1e-12)
    assert fit.std_error[0] == pytest.approx(1 / np.sqrt(12), rel=1e-12)


def test_a_cluster_that_was_never_at_risk_keeps_its_distribution():
    time, event, x, cluster = two_centres()
    time, event = np.append(time, 0.5), np.append(event, 0)
    x, cluster = np.append(x, 1), np.append(cluster, "third")
    fit = survival.cox_frailty(time, event, x, cluster, ties="breslow")
    third = fit.frailties
    assert (third.events[2], third.expected[2], third.estimate[2]) == (0, 0, 1)
    assert third.std_error[2] == pytest.approx(np.sqrt(fit.theta), rel=1e-12)


def test_columns_of_a_frame_and_what_a_result_can_do():
    time, event, x, cluster = two_centres()
    data = {"month": time, "flare": event, "arm": x, "centre": cluster}
    fit = survival.cox_frailty("month", "flare", ["arm"], "centre", data=data)
    assert fit.names == ("arm",)
    assert fit.frailties.cluster == ("first", "second")
    assert list(fit.to_dict()["frailties"]) == [
        "cluster", "events", "expected", "estimate", "std_error", "low", "high", "level",
    ]  # fmt: skip
    again = pickle.loads(pickle.dumps(fit))
    assert again.theta == fit.theta
    assert str(fit.frailties).startswith("frailties of 2 clusters from 0.")
    assert fit.to_frame().shape == (1, 10)
    assert fit.frailties.to_frame().shape == (2, 7)
    np.testing.assert_allclose(fit.hazard_ratio_low, np.exp(fit.low), rtol=1e-15)
    np.testing.assert_allclose(fit.hazard_ratio_high, np.exp(fit.high), rtol=1e-15)
    with pytest.raises(ValueError, match="read-only"):
        fit.coef[0] = 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ties": "exact"}, "ties.*a frailty takes ties='efron' or 'breslow'"),
        ({"ties": "middle"}, "ties is 'middle'"),
        ({"level": 1}, "level is 1"),
        ({"cluster": ["A"] * 11 + [None]}, r"cluster\[11\] is None; give every row a label"),
        ({"cluster": ["A"] * 11}, "cluster"),
        ({"event": np.zeros(12, int)}, "nobody has the event"),
        ({"X": np.ones(12)}, r"column 0 of X \('x1'\): among those at risk"),
        ({"X": np.repeat([1, 0], 6)}, "monotone, so that this coefficient is infinite whatever"),
        ({"time": np.arange(-1, 11)}, r"time\[0\] is -1"),
    ],
)
def test_bad_input_is_named(change, words):
    time, event, x, cluster = two_centres()
    arguments = {"time": time, "event": event, "X": x, "cluster": cluster} | change
    with pytest.raises(InputError, match=words):
        survival.cox_frailty(**arguments)


def test_a_monotone_likelihood_of_late_entries_is_named():
    """Without a frailty -log(1 + exp(13 b + 3.875)): test_cox.py."""
    rows = [145, 47.5, 1.25, 510], [1, 0, 1, 1], [-14, -48, -1, -1], [5, 1, 7, 7]
    with pytest.raises(InputError, match="monotone, so that this coefficient is infinite whatever"):
        survival.cox_frailty(*rows, entry=[7, 4, 0, 7], offset=[0, 2.25, 3.875, 3.875])


def test_a_likelihood_that_is_almost_flat_is_climbed_to_its_top():
    """The frailties of two of four rows are 2e-6; no theta of the definition is more likely."""
    time, event, x, cluster = [4, 5, 3, 2], [1, 1, 1, 1], [-4, -3, -8, -6], [0, 1, 2, 3]
    options = {"entry": [1, 4, 0, 0], "offset": [12, 6.5, 11.5, 0], "ties": "breslow"}
    fit = survival.cox_frailty(time, event, x, cluster, **options)
    assert fit.score_norm < 1e-8
    definition = Marginal(time, event, x, cluster, **options)
    jumps = definition.jumps(fit.coef, fit.frailties.estimate)
    at = np.concatenate([fit.coef, jumps])
    value, slope = definition.value(at, fit.theta)
    assert value == pytest.approx(fit.loglik, rel=1e-12)
    assert np.max(np.abs(slope)) < 1e-9
    for step in (-0.01, 0.01):
        assert definition.value(at, fit.theta * np.exp(step))[0] < value


def test_many_clusters_take_the_time_of_few():
    """2,000 clusters of 5: the information on the frailties is never formed."""
    rng = np.random.default_rng(5)
    cluster = np.repeat(np.arange(2000), 5)
    x = rng.normal(size=10000)
    time = rng.exponential(1 / (rng.gamma(2, 0.5, 2000)[cluster] * np.exp(0.5 * x)))
    fit = survival.cox_frailty(np.minimum(time, 3), time <= 3, x, cluster)
    assert fit.theta == pytest.approx(0.5, abs=0.1)
    assert fit.coef[0] == pytest.approx(0.5, abs=0.1)
    assert fit.theta_low < 0.5 < fit.theta_high
