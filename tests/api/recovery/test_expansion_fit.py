"""Fitted expansion curves: predictions, pictures, and a slow phase that does not fall."""

import pickle

import numpy as np
import pytest
from immunoreset import recovery
from immunoreset.errors import InputError

from tests.reference import expansion_cohort as twin

DAYS = np.array([1.0, 3, 5, 7, 9, 11, 14, 21, 28, 60, 90, 180, 365])
TYPICAL = {
    "cmax": np.log(24000), "tmax": np.log(9.3), "fold": np.log(3900), "alpha": np.log(0.16),
    "slow_share": np.log(0.0079 / 0.9921), "beta": np.log(0.0032),
}  # fmt: skip
NOISE = np.array([0.2, -0.25, 0.3, -0.1, 0.15, 0.1, -0.3, 0.2, -0.15, 0.25, -0.3, 0.2, -0.05])


def copies_of(theta, noise=NOISE):
    return np.exp([twin.log_curve(day, theta) for day in DAYS] + noise)


@pytest.fixture(scope="module")
def fit():
    who = ["a"] * 13 + ["b"] * 2
    return recovery.expansion_fit(
        who, [*DAYS, 3, 9], [*copies_of(TYPICAL), 500, 900], lloq=20, patients=["a", "b"]
    )


def test_the_curve_without_scatter_is_found_again_on_every_day():
    flat = recovery.expansion_fit(["P"] * 13, DAYS, copies_of(TYPICAL, 0 * NOISE))
    asked = [0, 4, 9.3, 20, 100, 500]
    curve = flat.predict(asked)
    expected = np.exp([twin.log_curve(day, TYPICAL) for day in asked])
    assert curve.estimate[0] == pytest.approx(expected, rel=1e-5)
    assert np.isnan(curve.low).all()  # it passes through all samples


def test_limits_of_the_curve_are_those_of_its_quantities(fit):
    curve = fit.predict([0, 20])
    assert curve.estimate[0, 0] == pytest.approx(fit.initial[0])
    assert curve.low[0, 1] < np.exp(twin.log_curve(20, TYPICAL)) < curve.high[0, 1]
    assert np.isnan(curve.estimate[1]).all()  # too few samples
    assert np.isnan(fit.predict([20], limits=False).low).all()
    frame = curve.to_frame("pandas")
    assert list(frame["patient"]) == ["a", "a", "b", "b"]
    assert list(frame["day"]) == [0, 20, 0, 20]
    assert str(curve) == "2 curves on 2 days"
    # of a decline of one phase, on the day of its peak between samples, the height is cmax
    who, day = ["a"] * 9, DAYS[:9]
    one = recovery.expansion_fit(who, day, copies_of(TYPICAL)[:9], decline="exponential")
    assert one.predict(one.tmax).estimate[0] == pytest.approx(one.cmax)


def test_a_slow_phase_that_does_not_fall_has_a_lower_limit():
    copies = copies_of(TYPICAL)
    copies[9:] = [200, 210, 220, 230]
    fit = recovery.expansion_fit(["P"] * 13, DAYS, copies, lloq=20)
    assert fit.status.tolist() == ["fitted"]
    assert np.isinf(fit.slow_half_life[0])
    assert np.isinf(fit.slow_half_life_high[0])
    assert 100 < fit.slow_half_life_low[0] < 5000
    assert fit.slow_share_low[0] < fit.slow_share[0] < fit.slow_share_high[0]
    late = fit.predict([200, 300]).estimate[0]
    assert late[0] == pytest.approx(late[1])


def test_days_that_are_none_are_refused(fit):
    with pytest.raises(InputError, match=r"days\[1\] is -2"):
        fit.predict([1, -2])
    with pytest.raises(InputError, match=r"days\[0\] is nan"):
        fit.predict(np.nan)


def test_a_result_travels(fit):
    again = pickle.loads(pickle.dumps(fit))
    assert again.predict([5]).estimate[0] == fit.predict([5]).estimate[0]
    assert "given" not in "".join(fit.to_frame("pandas").columns)


def test_the_picture_shows_samples_and_curves(fit):
    pytest.importorskip("matplotlib").use("Agg")
    ax = fit.plot(ylabel="copies/uL")
    assert len(ax.lines) == 1  # of the two, one has a curve
    assert ax.get_ylabel() == "copies/uL"
    single = recovery.expansion_fit(["a"] * 13, DAYS, copies_of(TYPICAL), lloq=20)
    several = len(fit.plot().collections)
    ax = single.plot()
    # samples and marks below the limit of one patient less, and the band of limits
    assert len(ax.collections) == several - 2 + 1
    assert ax.get_yscale() == "log"
    assert recovery.expansion_fit([], [], []).plot().get_yscale() == "log"
