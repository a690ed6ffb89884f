"""Rates before and after: by hand, against the contrast, regression to the mean by simulation."""

import math

import numpy as np
import pytest
from immunoreset import survival
from immunoreset.errors import InputError

ROWS = ([3, 2, 4, 1, 6], [1, 1, 2, 1, 2], [0, 1, 0, 0, 1], [1, 2, 1, 1.5, 0.5])


def test_by_hand():
    r = survival.incidence_before_after(*ROWS, mean=1, theta=2)
    # (x + 2) / (T + 2) each: 5/3, 4/3, 6/4, 3/3, 8/4
    assert r.expected == pytest.approx(5 / 3 + 2 * 4 / 3 + 1.5 + 1.5 + 1, rel=1e-14)
    assert r.ratio_to_expected == pytest.approx(2 / r.expected, rel=1e-14)
    contrast = survival.incidence_contrast(2, 6, 16, 7)
    assert (r.ratio, r.low, r.high, r.pvalue) == (
        contrast.estimate, contrast.low, contrast.high, contrast.pvalue
    )  # fmt: skip
    # central: twice P(X <= 2), X binomial of 18 with 6/13
    tail = sum(math.comb(18, k) * (6 / 13) ** k * (7 / 13) ** (18 - k) for k in range(3))
    assert r.pvalue == pytest.approx(2 * tail, rel=1e-10)
    assert "regression to the mean" in str(r)
    assert r.to_frame(backend="polars").shape == (1, 13)


def test_patients_chosen_for_their_events_regress_to_the_expected_number():
    rng = np.random.default_rng(1)
    rate = rng.gamma(0.8, 1 / 0.8, 200_000)
    before, after = rng.poisson(rate), rng.poisson(rate)
    chosen = before >= 2  # as trials do
    one = np.ones(chosen.sum())
    r = survival.incidence_before_after(
        before[chosen], one, after[chosen], one, mean=1.0, theta=0.8
    )
    assert r.ratio < 0.8  # nothing was done to anybody
    assert r.ratio_to_expected == pytest.approx(1, abs=0.02)


def test_mean_and_theta_are_those_of_the_regression():
    before = [9, 0, 1, 14, 2, 0, 3]
    r = survival.incidence_before_after(before, [1.0] * 7, [0] * 7, [2.0] * 7)
    fit = survival.rate_regression(before)
    assert r.theta == pytest.approx(fit.theta, rel=1e-9)
    assert r.mean == pytest.approx(fit.rate_ratio[0], rel=1e-9)
    frame = {"b": before, "tb": [1.0] * 7, "a": [0] * 7, "ta": [2.0] * 7}
    assert survival.incidence_before_after("b", "tb", "a", "ta", data=frame).expected == r.expected
    quiet = survival.incidence_before_after([0], [1], [1], [1])
    assert math.isnan(quiet.expected)
    assert math.isnan(quiet.ratio_to_expected)


def test_bad_input_is_named():
    with pytest.raises(InputError, match="mean and theta belong to one distribution"):
        survival.incidence_before_after(*ROWS, mean=1)
    with pytest.raises(InputError, match=r"time_before\[0\] is 0; a rate needs time at risk"):
        survival.incidence_before_after([0], [0], [1], [1])
    with pytest.raises(InputError, match=r"time_after\[0\] is 0; there are events"):
        survival.incidence_before_after([0], [1], [1], [0])
    with pytest.raises(InputError, match="theta is 0; it must be greater than 0"):
        survival.incidence_before_after([1], [1], [1], [1], mean=1, theta=0)
