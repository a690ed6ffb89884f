"""The Fine-Gray model against cmprsk, its slow twin, and what must not change it."""

import math
import pickle
import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import fine_gray as twin

MONTHS = [1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
CAUSE = [1, 2, 1, 0, 1, 2, 0, 1, 0, 2, 1, 0]
AGE = [61, 55, 48, 39, 52, 66, 41, 44, 58, 49, 63, 35]
SEX = [0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0]

row = st.tuples(
    st.integers(0, 12).map(float),
    st.integers(0, 2),
    st.integers(-3, 3),
    st.integers(-3, 3),
    st.integers(0, 1),
)


@st.composite
def patients(draw, most=18):
    rows = draw(st.lists(row, min_size=5, max_size=most))
    time, cause, one, two, stratum = (np.array(column) for column in zip(*rows, strict=True))
    return time, cause, np.column_stack([one, two]).astype(float), stratum


def fit_or_discard(*args, **options):
    """Fit, unless the data are refused for what they are: nothing else may go wrong."""
    refused = "X column|not among the causes|nobody has the cause"
    try:
        return survival.fine_gray(*args, **options)
    except InputError as error:
        assume(re.search(refused, str(error)) is None)
        raise


def same(actual, expected, rtol=1e-8, atol=1e-10):
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


# --- R ------------------------------------------------------------------------------------------


def test_200_patients_with_two_causes(golden):
    case = golden("survival/crr_sim200")
    inputs, expected = case["inputs"], case["expected"]
    X = np.column_stack([inputs["x1"], inputs["x2"], inputs["x3"]])
    for cause in (1, 2):
        fit = survival.fine_gray(inputs["time"], inputs["event"], X, cause_of_interest=cause)
        there = expected[f"cause{cause}"]
        # cmprsk stops at a gradient of 1e-6: its likelihood is not larger than ours
        same(fit.coef, there["coef"], 3e-5)
        same(fit.std_error, there["se"], 1e-6)
        same(fit.cov, there["vcov"], 1e-5, 1e-6)
        same(fit.loglik, there["loglik"], 1e-11)
        same(fit.loglik_null, there["loglik_null"], 1e-13)
        assert fit.loglik >= there["loglik"] - 1e-12 * abs(fit.loglik)
        assert fit.score_norm < 1e-9
    fit = survival.fine_gray(inputs["time"], inputs["event"], X)
    predicted = fit.predict(inputs["newdata"], [expected["predict_last"][0]])
    same(predicted.estimate[:, 0], expected["predict_last"][1:], 1e-6)
    median = fit.predict(inputs["newdata"], expected["predict_median_row"][0])
    same(median.estimate[:, 0], expected["predict_median_row"][1:], 1e-6)


def test_200_patients_with_two_censoring_strata(golden):
    case = golden("survival/crr_sim200")
    inputs, expected = case["inputs"], case["expected"]["cause1_cengroup"]
    X = np.column_stack([inputs["x1"], inputs["x2"], inputs["x3"]])
    fit = survival.fine_gray(inputs["time"], inputs["event"], X, strata=inputs["cengroup"])
    same(fit.coef, expected["coef"], 1e-5)
    same(fit.loglik, expected["loglik"], 1e-11)
    # cmprsk's variance with strata is another one: see the method page
    same(fit.std_error, expected["se"], 1e-2)
    assert fit.strata == (0, 1)


def test_random_cohorts(golden):
    for case in golden("survival/fine_gray_random")["cases"]:
        p = case["p"]
        X = np.reshape(case["X"], (-1, p))
        fit = survival.fine_gray(case["time"], case["cause"], X)
        same(fit.coef, case["coef"], 1e-8, 1e-8)  # where cmprsk stops
        same(fit.cov, np.reshape(case["cov"], (p, p)), 1e-8, 1e-12)
        same(fit.naive_cov, np.reshape(case["naive_cov"], (p, p)), 1e-8, 1e-12)
        same([fit.loglik, fit.loglik_null], case["loglik"], 1e-12)
        predicted = np.reshape(case["predict"], (3, -1))  # times, then a row a patient
        same(fit.time, predicted[0])
        same(fit.predict(X[:2]).estimate, predicted[1:], 1e-8)


# --- the twin -----------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(patients(), st.booleans())
def test_fits_agree_with_the_twin(data, stratified):
    time, cause, X, stratum = data
    strata = stratum if stratified else None
    fit = fit_or_discard(time, cause, X, strata=strata)
    assume(np.max(np.abs(fit.coef)) < 4)
    beta, cov, loglik, times, jump, inverse, log_hazard = twin.fine_gray(time, cause, X, 1, strata)
    assume(np.all(np.isfinite(beta)) and np.max(np.abs(beta)) < 5)
    same(fit.coef, beta, 1e-7, 1e-8)
    same(fit.cov, cov, 1e-6, 1e-8)
    same(fit.naive_cov, inverse, 1e-6, 1e-8)
    same([fit.loglik_null, fit.loglik], loglik, 1e-10)
    same(fit.time, times)
    baseline = fit.predict([[0.0, 0.0]]).estimate[0]
    same(baseline, -np.expm1(-np.cumsum(jump)), 1e-7)
    assert fit.score_norm < 1e-7
    for x in ([0.0, 0.0], [1.0, -2.0]):
        predicted = fit.predict(x, level=0.9)
        assume(np.all(predicted.estimate < 1 - 1e-8))  # else the hazard is lost in it
        hazard = -np.log1p(-predicted.estimate[0])
        errors = [np.sqrt(np.sum(log_hazard(np.array(x), t) ** 2)) for t in times]
        same(predicted.std_error[0], np.exp(-hazard) * hazard * errors, 1e-5, 1e-8)
        apart = np.exp(1.6448536269514722 * np.array(errors))
        same(predicted.low[0], -np.expm1(-hazard / apart), 1e-5, 1e-8)
        same(predicted.high[0], -np.expm1(-hazard * apart), 1e-5, 1e-8)


# --- what must hold -----------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(patients(), st.data())
def test_the_order_of_rows_does_not_matter(data, draw):
    time, cause, X, stratum = data
    fit = fit_or_discard(time, cause, X, strata=stratum)
    rows = np.array(draw.draw(st.permutations(range(len(time)))))
    other = survival.fine_gray(time[rows], cause[rows], X[rows], strata=stratum[rows])
    same(other.coef, fit.coef, 1e-7, 1e-8)
    same(other.cov, fit.cov, 1e-6, 1e-8)


@settings(deadline=None, max_examples=50)
@given(patients(), st.sampled_from([0.01, 8.0, 1e6]))
def test_units_origins_and_labels_do_not_matter(data, unit):
    time, cause, X, _ = data
    fit = fit_or_discard(time, cause, X)
    moved = survival.fine_gray(
        time * 8, np.array([9, 4, 7])[cause], (X - 2000) * unit, cause_of_interest=4, censored=9
    )
    same(moved.coef * unit, fit.coef, 1e-6, 1e-7)
    same(moved.std_error * unit, fit.std_error, 1e-5, 1e-7)
    same(moved.predict((X - 2000) * unit).estimate, fit.predict(X).estimate, 1e-6, 1e-8)


def test_without_competing_events_it_is_coxs_model_with_breslows_ties():
    # Cox's score and information, risk set by risk set
    rng = np.random.default_rng(2)
    time, event, x = rng.integers(1, 20, 60), rng.random(60) < 0.7, rng.normal(size=60)
    fit = survival.fine_gray(time, event, x)
    score = information = 0.0
    for t in np.unique(time[event]):
        risk = np.exp(fit.coef[0] * x) * (time >= t)
        mean, d = risk @ x / risk.sum(), np.sum(event & (time == t))
        score += x[event & (time == t)].sum() - d * mean
        information += d * (risk @ x**2 / risk.sum() - mean**2)
    assert abs(score) < 1e-10
    same(fit.naive_cov[0, 0], 1 / information, 1e-10)


def test_without_censoring_patients_with_other_events_stay_at_risk_to_the_end():
    rng = np.random.default_rng(3)
    time, cause, x = rng.exponential(1, 50), rng.integers(1, 3, 50), rng.normal(size=(50, 2))
    fit = survival.fine_gray(time, cause, x)
    late = survival.fine_gray(np.where(cause == 1, time, 99.0), np.where(cause == 1, 1, 0), x)
    same(fit.coef, late.coef)
    same(fit.cov, late.cov)


def test_errors_are_those_of_repeated_samples():
    rng = np.random.default_rng(4)
    fits = []
    for _ in range(400):
        x = rng.integers(0, 2, 80).astype(float)
        # P(cause 1 by t) = 1 - (1 - p (1 - exp(-t)))^exp(b x), p = 0.5, b = 0.7
        u = rng.random(80)
        limit = 1 - 0.5 ** np.exp(0.7 * x)
        first = u < limit
        inner = 1 - (1 - np.where(first, u, 0)) ** np.exp(-0.7 * x)
        time = np.where(first, -np.log1p(-inner / 0.5), rng.exponential(1, 80))
        end = rng.uniform(0.3, 3, 80)
        cause = np.where(time <= end, np.where(first, 1, 2), 0)
        fit = survival.fine_gray(np.minimum(time, end), cause, x)
        fits.append((fit.coef[0], fit.std_error[0], fit.low[0] <= 0.7 <= fit.high[0]))
    coef, error, held = (np.array(column) for column in zip(*fits, strict=True))
    assert abs(coef.mean() - 0.7) < 4 * coef.std() / 20 + 0.03
    assert abs(error.mean() / coef.std() - 1) < 0.12
    assert abs(held.mean() - 0.95) < 0.045


# --- edges and input ----------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(patients(8))
def test_small_cohorts_are_fitted_or_refused(data):
    time, cause, X, _ = data
    fit = fit_or_discard(time, cause, X)
    assert np.all(np.isfinite(fit.coef))
    assert np.all(np.isfinite(fit.std_error))


@pytest.mark.parametrize(
    ("X", "options", "message"),
    [
        ([1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0], {}, r"X column\[0\]; alone or with other columns"),
        (np.column_stack([AGE, [3.0] * 12]), {}, r"X column\[1\]; it is constant or a combination"),
        (np.column_stack([AGE, SEX, AGE]), {}, r"X column\[2\]; it is constant or a combination"),
        (AGE, {"cause_of_interest": 3}, r"cause_of_interest is 3; it is not among the causes"),
        (AGE, {"cause_of_interest": 3, "causes": [1, 2, 3]}, r"nobody has the cause of interest"),
        (AGE, {"cause_of_interest": "x"}, r"cause_of_interest is 'x'; give the number"),
        (AGE[1:], {}, r"X does not have one row a patient; give 12 rows"),
        (np.zeros((12, 0)), {}, r"X; it has no column"),
        (np.zeros((12, 1, 1)), {}, r"X has 3 dimensions"),
        ([math.nan, *AGE[1:]], {}, r"X\[0\] is nan; a number is needed here"),
        ([1e101, *AGE[1:]], {}, r"X\[0\] is 1e\+101; a covariate lies within 1e100"),
        (AGE, {"names": ["a", "b"]}, r"names has 2 entries; X has 1 columns"),
        (AGE, {"level": 0.0}, r"level is 0; a level is a probability"),
        (AGE, {"strata": [1]}, r"strata has 1 row"),
    ],
)
def test_bad_input_is_named(X, options, message):
    with pytest.raises(InputError, match=message):
        survival.fine_gray(MONTHS, CAUSE, X, **options)


def test_columns_come_from_a_frame():
    frame = {"t": MONTHS, "c": CAUSE, "age": AGE, "sex": SEX}
    fit = survival.fine_gray("t", "c", ["age", "sex"], data=frame)
    arrays = survival.fine_gray(MONTHS, CAUSE, np.column_stack([AGE, SEX]))
    assert fit.names == ("age", "sex")
    assert arrays.names == ("x1", "x2")
    assert fit.coef.tobytes() == arrays.coef.tobytes()
    one = survival.fine_gray("t", "c", "age", strata="sex", data=frame)
    assert one.strata == (0, 1)
    mixed = survival.fine_gray("t", "c", np.array(AGE), data=frame)
    assert mixed.names == ("x1",)


def test_text_causes_take_the_label_of_the_censored():
    words = np.array(["none", "relapse", "death"])[CAUSE]
    fit = survival.fine_gray(MONTHS, words, AGE, cause_of_interest="relapse", censored="none")
    assert fit.cause == "relapse"
    assert fit.coef.tobytes() == survival.fine_gray(MONTHS, CAUSE, AGE).coef.tobytes()
    with pytest.raises(InputError, match=r"cause_of_interest is 1; it is not among the causes"):
        survival.fine_gray(MONTHS, words, AGE, censored="none")


def test_results_are_tables_and_pickles():
    fit = survival.fine_gray(MONTHS, CAUSE, np.column_stack([AGE, SEX]), names=["age", "sex"])
    assert fit.to_frame("pandas")["term"].tolist() == ["age", "sex"]
    same(fit.hazard_ratio_low, np.exp(fit.low))
    same(fit.high - fit.low, 2 * 1.959963984540054 * fit.std_error)
    assert (fit.n, fit.events, fit.competing) == (12, 5, 3)
    assert str(fit).startswith("5 events of 1 and 3 competing in 12 patients; age: subdistribution")
    again = pickle.loads(pickle.dumps(fit))
    assert again.predict([50, 1], 5).estimate.shape == (1, 1)
    predicted = fit.predict([[50, 1], [40, 0]], [0, 5, 99])
    assert predicted.estimate[:, 0].tolist() == [0, 0]
    assert predicted.to_frame("pandas").shape == (6, 6)
    assert predicted.low[:, 0].tolist() == [0, 0]
    assert np.isnan(predicted.high[:, 0]).all()  # before the first event
    assert str(predicted) == "predicted incidence of 1 of 2 patients at 3 times"
    assert not fit.coef.flags.writeable
    assert not predicted.estimate.flags.writeable
    with pytest.raises(InputError, match=r"X has 3 columns; the model has 2"):
        fit.predict([[1, 2, 3]])
    with pytest.raises(InputError, match=r"times\[0\] is -1"):
        fit.predict([[1, 2]], -1)
