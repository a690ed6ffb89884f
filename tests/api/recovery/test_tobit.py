"""Tobit regression: golden values of R, the twin, and likelihoods without a maximum."""

import pickle
from math import erfc, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery
from immunoreset.errors import InputError

from tests.reference import tobit as twin

CHI_SQUARED_95 = 3.841458820694124


def test_agrees_with_survreg_on_tobins_data(golden):
    case = golden("recovery/tobit_tobin")
    durable = np.array(case["inputs"]["durable"])
    x = np.column_stack([case["inputs"]["age"], case["inputs"]["quant"]])
    low = np.where(durable > 0, durable, -np.inf)
    fit = recovery.tobit(low, durable, x, names=["age", "quant"])
    expected = case["expected"]
    assert fit.coef == pytest.approx(list(expected["coef"].values()), rel=1e-8)
    assert fit.sd == pytest.approx(expected["scale"][0], rel=1e-8)
    assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-12)
    # survreg stops at 1e-9 of the log-likelihood, which leaves the covariance 1e-7
    assert fit.cov == pytest.approx(np.array(expected["vcov"]), rel=2e-7)
    assert fit.std_error == pytest.approx(expected["se"][:3], rel=1e-8)
    assert (fit.n, fit.exact, fit.below) == (20, 7, 13)


def test_agrees_with_survreg_on_rows_of_every_kind(golden):
    case = golden("recovery/detection_limit")
    data, expected = case["inputs"], case["expected"]["tobit"]
    low, high = (np.array(data[end], float) for end in ("left", "right"))
    fit = recovery.tobit(low, high, data["x"])
    assert fit.coef == pytest.approx(expected["coef"], rel=1e-8)
    assert fit.sd == pytest.approx(expected["sd"], rel=1e-8)
    assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-12)
    assert fit.cov == pytest.approx(np.array(expected["vcov"]), rel=1e-7)
    assert (fit.exact, fit.below, fit.above, fit.between) == (6, 1, 1, 7)
    statistic = 2 * (expected["loglik"] - expected["loglik_null"])
    assert fit.pvalue[1] == pytest.approx(erfc(sqrt(statistic / 2)), rel=1e-8)
    assert recovery.tobit(low, high).loglik == pytest.approx(expected["loglik_null"], rel=1e-12)


def rows(seed, n=25):
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(n, 2)), 2)
    y = np.round(1 + x[:, 0] + rng.normal(size=n), 2)
    low, high = y.copy(), y.copy()
    kind = rng.integers(0, 5, n)
    low[kind == 0] = -np.inf
    high[kind == 1] = np.inf
    high[kind == 2] += 0.5
    return low, high, x


@pytest.mark.parametrize("seed", range(5))
def test_the_fit_is_a_peak_and_the_limits_lie_on_the_profile(seed):
    low, high, x = rows(seed)
    fit = recovery.tobit(low, high, x)
    assert fit.score_norm < 1e-8
    assert np.abs(twin.gradient(fit.coef, fit.sd, low, high, x)).max() < 1e-6
    assert fit.loglik == pytest.approx(twin.loglik(fit.coef, fit.sd, low, high, x), rel=1e-11)
    for limit in (fit.low[1], fit.high[1]):
        shift = limit * x[:, 0]
        rest = recovery.tobit(low - shift, high - shift, x[:, 1])
        assert 2 * (fit.loglik - rest.loglik) == pytest.approx(CHI_SQUARED_95, rel=1e-7)
    without = recovery.tobit(low, high, x[:, 1])
    assert fit.pvalue[1] < 1
    assert fit.loglik >= without.loglik


@given(st.integers(0, 10**6), st.sampled_from([0.01, 100.0]), st.sampled_from([-50.0, 2000.0]))
@settings(max_examples=25, deadline=None)
def test_unit_and_origin_do_not_matter(seed, unit, origin):
    low, high, x = rows(seed)
    fit = recovery.tobit(low, high, x)
    other = recovery.tobit(origin + unit * low, origin + unit * high, x)
    assert other.coef[1:] == pytest.approx(unit * fit.coef[1:], rel=1e-6, abs=1e-8 * unit)
    assert other.high[1:] == pytest.approx(unit * fit.high[1:], rel=1e-6, abs=1e-8 * unit)
    assert other.sd == pytest.approx(unit * fit.sd, rel=1e-7)
    assert other.pvalue[1:] == pytest.approx(fit.pvalue[1:], rel=1e-4, abs=1e-12)


def test_a_separating_column_is_named():
    low = [-np.inf, -np.inf, 3, 4, 6]
    high = [2, 2, 3, 4, 6]
    with pytest.raises(InputError, match=r"X column\[1\].*separates rows beyond their limits"):
        recovery.tobit(low, high, [[5, 0], [4, 0], [4, 1], [3, 1], [4, 1]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (([1.0], [1.0, 2]), "high"),
        (([3.0, 1], [2.0, 1]), r"low\[0\] is 3; it is above the upper end"),
        (([-np.inf, 1], [np.inf, 1]), "open at both ends"),
        (([-np.inf, -np.inf], [1.0, 2]), "nothing was detected"),
        (([1.0, 1], [1.0, 1]), "no spread"),
        (([1.0, 2, 4], [1.0, 2, 4], [1, 1, 1]), "constant or a combination"),
        (([1.0, 2, 4], [1.0, 2, 4], [1, np.nan, 1]), r"X\[1\] is nan"),
        (([1.0, 2, 4], [1.0, 2, 4], [[1, 2]]), "X has 2 dimensions and 1 rows"),
        (([], []), "there is no row"),
    ],
)
def test_bad_input_names_argument_row_and_remedy(call, words):
    with pytest.raises(InputError, match=words):
        recovery.tobit(*call)


def test_columns_names_and_results():
    low, high, x = rows(1)
    frame = {"low": low, "high": high, "age": x[:, 0], "dose": x[:, 1]}
    fit = recovery.tobit("low", "high", ["age", "dose"], data=frame)
    assert fit.names == ("intercept", "age", "dose")
    assert recovery.tobit("low", "high", data=frame).names == ("intercept",)
    assert recovery.tobit("low", "high", "age", data=frame).names == ("intercept", "age")
    assert fit.coef == pytest.approx(recovery.tobit(low, high, x).coef)
    assert str(fit).startswith("25 values (")
    assert pickle.loads(pickle.dumps(fit)).to_dict() == fit.to_dict()
    with pytest.raises(InputError, match="names has 1 entries; X has 2 columns"):
        recovery.tobit(low, high, x, names=["age"])
