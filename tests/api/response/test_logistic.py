"""Firth's logistic regression: golden values of R, closed forms, the twin, separation."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import response
from immunoreset.errors import InputError

from tests.reference import logistic as twin

CHI_SQUARED_95 = 3.841458820694124


def test_agrees_with_logistf(golden):
    case = golden("response/firth_8of8")
    fit = response.logistic(case["inputs"]["y"], case["inputs"]["g"])
    expected = case["expected"]
    close = {"rel": case["rtol"]}
    assert fit.coef == pytest.approx(list(expected["coef"].values()), **close)
    assert fit.std_error == pytest.approx(expected["se"], **close)
    assert fit.low == pytest.approx(list(expected["lower"].values()), **close)
    assert fit.high == pytest.approx(list(expected["upper"].values()), **close)
    assert fit.pvalue == pytest.approx(list(expected["p"].values()), **close)
    assert fit.separated


def test_a_two_by_two_table_has_a_closed_form():
    # Firth's penalty of a saturated table adds 1/2 to each cell: 8.5/0.5 and 2.5/6.5
    fit = response.logistic([1] * 10 + [0] * 6, [1] * 8 + [0] * 8)
    assert fit.coef[0] == pytest.approx(np.log(2.5 / 6.5), rel=1e-10)
    assert fit.coef[1] == pytest.approx(np.log(8.5 / 0.5) - np.log(2.5 / 6.5), rel=1e-10)
    # maximum likelihood: the observed log-odds, variance the sum of 1 / cell
    plain = response.logistic([1] * 7 + [0] + [1] * 2 + [0] * 6, [1] * 8 + [0] * 8, penalty=None)
    assert plain.coef[1] == pytest.approx(np.log(7 / 1) - np.log(2 / 6), rel=1e-10)
    assert plain.std_error[1] == pytest.approx((1 / 7 + 1 + 1 / 2 + 1 / 6) ** 0.5, rel=1e-10)
    assert not plain.separated


def rows(seed, n=20):
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=n), 2)
    return rng.random(n) < 1 / (1 + np.exp(-x)), x


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("penalty", ["firth", None])
def test_the_fit_is_a_peak_and_the_limits_lie_on_the_profile(seed, penalty):
    event, x = rows(seed)
    fit = response.logistic(event, x, penalty=penalty)
    firth = penalty is not None
    assert np.abs(twin.gradient(fit.coef, event, x, firth)).max() < 1e-8
    assert fit.score_norm < 1e-8
    highest = twin.penalized(fit.coef, event, x, firth)
    for j in (0, 1):
        for limit in (fit.low[j], fit.high[j]):
            fall = 2 * (highest - twin.profile(fit.coef, j, limit, event, x, firth))
            assert fall == pytest.approx(CHI_SQUARED_95, rel=1e-7)


@given(st.integers(0, 10_000), st.integers(6, 40), st.floats(-3, 3), st.floats(0.1, 50))
@settings(max_examples=60, deadline=None)
def test_shifted_and_scaled_covariates_change_nothing_else(seed, n, shift, scale):
    rng = np.random.default_rng(seed)
    x, event = rng.normal(size=(n, 2)), rng.random(n) < 0.6
    fit = response.logistic(event, x)
    moved = response.logistic(event, np.column_stack([shift + scale * x[:, 0], x[:, 1]]))
    mirrored = response.logistic(~event, x)
    assert moved.coef[1] * scale == pytest.approx(fit.coef[1], rel=1e-6, abs=1e-8)
    assert moved.low[2] == pytest.approx(fit.low[2], rel=1e-6, abs=1e-8)
    assert moved.pvalue[1:] == pytest.approx(fit.pvalue[1:], rel=1e-6, abs=1e-12)
    assert mirrored.low == pytest.approx(-fit.high, rel=1e-6, abs=1e-8)
    assert (fit.low <= fit.coef).all()
    assert (fit.coef <= fit.high).all()


def test_a_profile_with_two_peaks_is_followed_along_the_higher_one():
    # nearly separated: given one coefficient the penalised likelihood has two maxima in the others,
    # and a climb that begins where the last one ended can change from one to the other
    group = [1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1]
    titre = [-1.13, 0.63, -0.56, 1.64, 1.11, 1.55, -0.66, 0.83, 1.71, -0.24, -0.95, 0.3, 0.9, 0.64,
             0.32, 1.0, -0.58, -0.16]  # fmt: skip
    event = [0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1]
    x = np.column_stack([group, titre])
    fit = response.logistic(event, x)
    top = twin.penalized(fit.coef, event, x)
    for j, limit in ((1, fit.high[1]), (2, fit.high[2])):
        starts = (np.zeros(3), fit.coef, fit.coef * limit / fit.coef[j])
        least = 2 * (top - max(_peak(event, x, j, limit, start) for start in starts))
        assert least == pytest.approx(CHI_SQUARED_95, abs=1e-4)


def _peak(event, x, j, value, start):
    """Return a high penalised likelihood with coefficient j of three fixed, on finer grids."""
    free = [k for k in range(3) if k != j]
    at, centre, size = np.array(start), np.array(start)[free], 10.0
    at[j], best = value, -np.inf
    while size > 1e-3:
        for step in np.ndindex(11, 11):
            at[free] = centre + size * (np.array(step) / 5 - 1)
            found = twin.penalized(at, event, x)
            if found > best:
                best, peak = found, at[free]
        centre, size = peak, size / 1.5
    return best


def test_of_two_maxima_the_higher_one_is_the_fit():
    x = [[0, 0.18], [1, -1.54], [0, 0.09], [1, -2.03], [0, 0.16], [1, -1.01], [1, -0.06], [1, 1.32],
         [0, -1.76], [1, 1.27], [0, -0.36], [0, -0.52], [1, 1.38]]  # fmt: skip
    event = [1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1]
    fit = response.logistic(event, x)
    at = [twin.penalized(beta, event, x) for beta in (fit.coef, [1.1217, -9.4316, 6.6781])]
    assert at[0] >= at[1]
    assert at[0] - twin.penalized([0.6034, -2.7093, 2.1205], event, x) > 0.18  # the other one
    assert np.abs(twin.gradient(fit.coef, event, x)).max() < 1e-5


def test_a_slow_climb_along_a_ridge_ends():
    group = [0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]
    titre = [-0.3, -2.67, 1.33, -2.63, -0.67, 1.65, -1.35, 1.66, 1.07, -0.09, -0.36, -0.28, 0.27,
             0.96, 1.3, -2.07, 0.86]  # fmt: skip
    event = [1, 1, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0]
    fit = response.logistic(event, np.column_stack([group, titre]))
    assert np.all(np.isfinite(fit.low))
    assert np.all(fit.low < fit.coef)
    assert np.all(fit.coef < fit.high)


def test_all_responders_have_finite_estimates():
    fit = response.logistic([1] * 8, [0, 0, 0, 0, 1, 1, 1, 1])
    assert np.isfinite(fit.coef).all()
    assert fit.coef[1] == pytest.approx(0, abs=1e-9)
    assert fit.coef[0] == pytest.approx(np.log(4.5 / 0.5), rel=1e-9)
    assert fit.separated


SEPARATED = [
    ([0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6], r"X column\[0\]; it separates responders"),
    ([0, 0, 1, 0, 1, 1], [1, 2, 3, 3, 4, 5], r"X column\[0\]; it separates"),
    ([0, 1, 0, 1, 1, 1], [[1, 0], [2, 0], [3, 0], [1, 1], [2, 1], [3, 1]], r"X column\[1\]"),
    ([1, 1, 1], [1, 2, 4], "event; every row has the same outcome"),
]


@pytest.mark.parametrize(("event", "x", "message"), SEPARATED)
def test_separation_is_an_error_without_a_penalty(event, x, message):
    with pytest.raises(InputError, match=message + ".*penalty='firth'"):
        response.logistic(event, x, penalty=None)
    fit = response.logistic(event, x)
    assert fit.separated
    assert np.isfinite(fit.coef).all()


def test_columns_of_a_frame():
    polars = pytest.importorskip("polars")
    event, x = rows(7)
    frame = polars.DataFrame({"responder": event, "age": x, "dose": x**2})
    fit = response.logistic("responder", ["age", "dose"], data=frame)
    assert fit.names == ("intercept", "age", "dose")
    assert fit.coef.tolist() == response.logistic(event, np.column_stack([x, x**2])).coef.tolist()
    assert polars.DataFrame(fit)["term"].to_list() == list(fit.names)
    assert response.logistic("responder", "age", data=frame).names == ("intercept", "age")


BAD = [
    (dict(event=[0, 1, 2], X=[1, 2, 4]), r"event\[2\] is 2"),
    (dict(event=[0, 1, 1], X=[1, float("nan"), 4]), r"X\[1\] is nan; a number is needed"),
    (dict(event=[0, 1, 1], X=[1, 2]), "X is not one row a patient; give 3 rows"),
    (dict(event=[0, 1, 1, 0], X=[1, 1, 1, 1]), r"X column\[0\]; it is constant"),
    (dict(event=[0, 1, 1, 0], X=[[1, 2], [2, 4], [3, 6], [1, 2]]), r"X column\[1\]; it is const"),
    (dict(event=[], X=[]), "event; there is no row"),
    (dict(event=[0, 1, 1, 0], X=[1, 2, 4, 3], level=2), "level is 2"),
    (dict(event=[0, 1, 1, 0], X=[1, 2, 4, 3], penalty="lasso"), "penalty is 'lasso'; choose"),
    (dict(event=[0, 1], X=[1, 2], names=["a", "b"]), "names has 2 entries; X has 1 columns"),
    (dict(event=[0, 1], X=[[[1]]]), "X has 3 dimensions"),
    (dict(event="y", X="x", data={"y": [0, 1]}), "there is no column 'x'"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        response.logistic(**arguments)


def test_results_are_frozen_readable_and_pickle():
    fit = response.logistic([1] * 10 + [0] * 6, [1] * 8 + [0] * 8, names=["A"])
    with pytest.raises(AttributeError):
        fit.level = 0.9
    assert not fit.coef.flags.writeable
    assert pickle.loads(pickle.dumps(fit)).low.tolist() == fit.low.tolist()
    assert fit.to_dict()["names"] == ["intercept", "A"]
    assert str(fit).startswith("10/16 responded (Firth's penalty); A: odds ratio 44.2, 95% profile")
    assert "<td>intercept</td>" in fit._repr_html_()
