"""Repeated values with limits: golden values of R, the twin, and what has no answer."""

import pickle
from math import atan, cos, expm1, log1p, sin, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery
from immunoreset.errors import InputError

from tests.reference import tobit_mixed as twin

CHI_SQUARED_95 = 3.841458820694124
STUDENT_95_6, STUDENT_95_15 = 2.446911851144969, 2.131449545559323


def student_upper_6(t):
    """Return P(T > t) on 6 degrees of freedom, by its closed form."""
    angle = atan(t / sqrt(6))
    return (1 - sin(angle) * (1 + cos(angle) ** 2 / 2 + 3 * cos(angle) ** 4 / 8)) / 2


def inputs(case):
    data = case["inputs"]
    x = np.column_stack([data["group"], data["month"]])
    return np.array(data["low"], float), np.array(data["high"], float), data["patient"], x


def test_agrees_with_lme4_where_nothing_has_limits(golden):
    case = golden("recovery/tobit_mixed")
    _, _, patient, x = inputs(case)
    y, expected = case["inputs"]["y"], case["expected"]["lme4"]
    fit = recovery.tobit_mixed(y, y, patient, x)
    # lme4 stops some 1e-6 short of the maximum; its log-likelihood is lower by 9e-11
    assert fit.coef == pytest.approx(expected["coef"], abs=2e-6)
    assert fit.sd == pytest.approx(expected["sd"], rel=5e-6)
    assert fit.patient_sd == pytest.approx(expected["patient_sd"], rel=5e-6)
    assert 0 <= fit.loglik - expected["loglik"] < 1e-9
    assert fit.loglik_no_patient == pytest.approx(expected["loglik_plain"], rel=1e-12)
    assert fit.effects.effect == pytest.approx(expected["effect"], abs=5e-6)
    assert fit.effects.std_dev == pytest.approx(expected["effect_sd"], rel=2e-6)
    # theirs is the expected information of the coefficients, with the variances taken as known
    assert fit.cov == pytest.approx(np.array(expected["vcov"]), rel=0.02, abs=1e-3)


def test_agrees_with_integrate_and_nlm_on_rows_of_every_kind(golden):
    case = golden("recovery/tobit_mixed")
    fit = recovery.tobit_mixed(*inputs(case))
    expected = case["expected"]["limits"]
    assert fit.coef == pytest.approx(expected["coef"], rel=1e-6)
    assert (fit.sd, fit.patient_sd) == pytest.approx(
        (expected["sd"], expected["patient_sd"]), rel=1e-6
    )
    assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-11)
    assert min(fit.below, fit.above, fit.between, fit.exact) > 3
    assert fit.n == fit.below + fit.above + fit.between + fit.exact == 41


def rows(seed, patients=6, visits=3):
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), visits)
    x = (patient % 2).astype(float)
    y = np.round(x + rng.normal(size=patients)[patient] + rng.normal(size=len(patient)), 2)
    low, high = y.copy(), y.copy()
    kind = rng.integers(0, 6, len(y))
    low[kind == 0] = -np.inf
    high[kind == 1] = np.inf
    high[kind == 2] += 0.5
    return low, high, patient, x


@pytest.mark.parametrize("seed", range(4))
def test_the_fit_is_a_peak_of_the_twin(seed):
    low, high, patient, x = rows(seed)
    fit = recovery.tobit_mixed(low, high, patient, x)
    theta = (fit.coef, fit.sd, fit.patient_sd, low, high, patient, x)
    assert fit.score_norm < 1e-8
    assert fit.quadrature_error < 1e-9
    assert fit.loglik == pytest.approx(twin.loglik(*theta), rel=1e-11)
    assert np.abs(twin.gradient(*theta)).max() < 1e-5
    assert fit.effects.effect == pytest.approx(twin.modes(*theta), abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_limits_lie_on_the_profile(seed):
    low, high, patient, x = rows(seed, patients=8, visits=4)
    fit = recovery.tobit_mixed(low, high, patient, x)
    for limit in (fit.low[1], fit.high[1]):
        rest = recovery.tobit_mixed(low - limit * x, high - limit * x, patient)
        # x is constant within each of 8 patients, as the intercept is
        reach = 8 * log1p(STUDENT_95_6**2 / 6)
        assert 2 * (fit.loglik - rest.loglik) == pytest.approx(reach, rel=1e-7)
    assert fit.df.tolist() == [6, 6]
    without = recovery.tobit_mixed(low, high, patient)
    t = sqrt(6 * expm1(2 * (fit.loglik - without.loglik) / 8))
    assert fit.pvalue[1] == pytest.approx(2 * student_upper_6(t), rel=1e-6)
    tobit = recovery.tobit(low, high, x)
    statistic = max(0, 2 * (fit.loglik - tobit.loglik))
    assert fit.test_statistic == pytest.approx(statistic, abs=1e-9)
    assert (fit.patient_sd_low == 0) == (statistic <= CHI_SQUARED_95)
    assert fit.patient_sd_low <= fit.patient_sd <= fit.patient_sd_high
    assert fit.sd_low < fit.sd < fit.sd_high


def test_without_limits_and_with_equal_visits_the_intervals_are_students():
    rng = np.random.default_rng(11)
    patient, month = np.repeat(np.arange(8), 3), np.tile([1.0, 3, 6], 8)
    bcma = (patient % 2).astype(float)
    y = bcma + 0.3 * month + 2 * rng.normal(size=8)[patient] + 0.5 * rng.normal(size=24)
    fit = recovery.tobit_mixed(y, y, patient, np.column_stack([bcma, month]))
    assert fit.df.tolist() == [6, 6, 15]
    means = y.reshape(8, 3).mean(axis=1)
    a, b = means[::2], means[1::2]
    error = sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2 * (1 / 4 + 1 / 4))
    for limit, sign in ((fit.low[1], -1), (fit.high[1], 1)):
        assert limit == pytest.approx(b.mean() - a.mean() + sign * STUDENT_95_6 * error, rel=1e-6)
    within = y - means[patient]
    centred = month - month.mean()
    slope = (within * centred).sum() / (centred**2).sum()
    error = sqrt(((within - slope * centred) ** 2).sum() / 15 / (centred**2).sum())
    for limit, sign in ((fit.low[2], -1), (fit.high[2], 1)):
        assert limit == pytest.approx(slope + sign * STUDENT_95_15 * error, rel=1e-6)


def test_two_patients_say_nothing_of_two_products():
    y = np.array([1.0, 2, 4, 6])
    fit = recovery.tobit_mixed(y, y, ["a", "a", "b", "b"], [0, 0, 1, 1])
    assert fit.df.tolist() == [0, 0]
    assert (fit.low[1], fit.high[1], fit.pvalue[1]) == (-np.inf, np.inf, 1)


def test_without_differences_between_patients_it_is_tobit():
    # the same values in each patient, the more so with opposite signs
    y = np.array([-2.0, 2, -1, 1, -1.5, 1.5, -0.5, 0.5, -1.7, 1.7])
    low = np.where(y < -1.6, -np.inf, y)
    patient = np.repeat(["a", "b", "c", "d", "e"], 2)
    fit, plain = recovery.tobit_mixed(low, y, patient), recovery.tobit(low, y)
    assert fit.patient_sd == fit.patient_sd_low == 0 < fit.patient_sd_high
    assert fit.coef == pytest.approx(plain.coef, rel=1e-9)
    assert fit.sd == pytest.approx(plain.sd, rel=1e-9)
    assert fit.loglik == pytest.approx(plain.loglik, rel=1e-13)
    assert (fit.test_statistic, fit.test_pvalue) == (0, 1)
    assert (fit.effects.effect == 0).all()
    assert (fit.effects.std_dev == 0).all()
    assert fit.std_error == pytest.approx(plain.std_error[:1], rel=1e-7)


def test_a_patient_wholly_below_the_limit_counts():
    low, high, patient, x = rows(3, patients=8, visits=4)
    low[patient == 2], high[patient == 2] = -np.inf, high.min()
    fit = recovery.tobit_mixed(low, high, patient, x)
    effect = fit.effects.effect
    assert effect[2] == effect.min() < 0
    assert fit.effects.std_dev[2] < fit.patient_sd
    assert fit.effects.rows.tolist() == [4] * 8
    few = patient != 2
    assert fit.coef[0] < recovery.tobit_mixed(low[few], high[few], patient[few], x[few]).coef[0]


@given(st.integers(0, 10**6), st.sampled_from([0.01, 100.0]), st.sampled_from([-50.0, 2000.0]))
@settings(max_examples=15, deadline=None)
def test_unit_origin_order_and_labels_do_not_matter(seed, unit, origin):
    low, high, patient, x = rows(seed)
    fit = recovery.tobit_mixed(low, high, patient, x)
    order = np.random.default_rng(seed).permutation(len(low))
    named = np.array(list("fedcba"))[patient]
    other = recovery.tobit_mixed(
        origin + unit * low[order], origin + unit * high[order], named[order], x[order]
    )
    assert other.coef[1] == pytest.approx(unit * fit.coef[1], rel=1e-6, abs=1e-7 * unit)
    assert other.sd == pytest.approx(unit * fit.sd, rel=1e-6)
    assert other.patient_sd == pytest.approx(unit * fit.patient_sd, rel=1e-5, abs=1e-6 * unit)
    assert other.high[1] == pytest.approx(unit * fit.high[1], rel=1e-5, abs=1e-6 * unit)
    assert other.patient_sd_high == pytest.approx(unit * fit.patient_sd_high, rel=1e-5)
    assert other.effects.effect[::-1] == pytest.approx(
        unit * fit.effects.effect, rel=1e-4, abs=1e-5 * unit
    )


PAIRS = ["a", "a", "b", "b"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (([1.0, 2, 4, 3], [1.0, 2, 4], PAIRS), "high"),
        (([3.0, 1, 2, 5], [2.0, 1, 2, 5], PAIRS), r"low\[0\] is 3; it is above the upper end"),
        (([-np.inf] * 4, [1.0, 2, 3, 2], PAIRS), "nothing was detected"),
        (([1.0] * 4, [1.0] * 4, PAIRS), "no spread"),
        (([1.0, 2, 4, 3], [1.0, 2, 4, 3], PAIRS, [1, 1, 1, 1]), "constant or a combination"),
        (([1.0, 2, 4, 3], [1.0, 2, 4, 3], ["a"] * 4), "all rows are those of one patient"),
        (([1.0, 2, 4, 3], [1.0, 2, 4, 3], list("abcd")), "no patient has two values"),
        (([1.0, 1, 4, 4], [1.0, 1, 4, 4], PAIRS), "values of a patient hardly differ"),
        (([1.0, 2, 4, 3], [1.0, 2, 4, 3], ["a", None, "b", "b"]), r"patient\[1\] is None"),
        (([1.0, 2, 4, 3], [1.0, 2, 4, 3], ["a", "b"]), "patient has 2 rows"),
        (([-np.inf, -np.inf, 3, 4], [2, 2, 3, 4], PAIRS, [1, 1, 0, 0]), "separates rows beyond"),
        (([], [], []), "there is no row"),
    ],
)
def test_bad_input_names_argument_row_and_remedy(call, words):
    with pytest.raises(InputError, match=words):
        recovery.tobit_mixed(*call)


def test_columns_names_and_results():
    low, high, patient, x = rows(1)
    frame = {"low": low, "high": high, "bcma": x, "id": patient}
    fit = recovery.tobit_mixed("low", "high", "id", ["bcma"], data=frame)
    assert fit.names == ("intercept", "bcma")
    assert recovery.tobit_mixed("low", "high", "id", data=frame).names == ("intercept",)
    assert fit.coef == pytest.approx(recovery.tobit_mixed(low, high, patient, x).coef)
    assert str(fit).startswith("18 values of 6 patients (")
    assert str(fit.effects).startswith("effects of 6 patients from ")
    assert fit.effects.patient == tuple(range(6))
    assert fit.icc == pytest.approx(fit.patient_sd**2 / (fit.patient_sd**2 + fit.sd**2))
    assert pickle.loads(pickle.dumps(fit)).to_dict() == fit.to_dict()
    with pytest.raises(InputError, match="names has 2 entries; X has 1 columns"):
        recovery.tobit_mixed(low, high, patient, x, names=["a", "b"])
