"""Interval-censored regression: closed forms, a slow twin, the maximum's conditions, refusals."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import interval_cox as twin

INF = float("inf")
QUANTILE = 3.841458820694124  # chi-squared on 1 df, 95%


@pytest.fixture
def bcos(golden):
    """Return Finkelstein and Wolfe's breast data (1985), as in R's interval::bcos."""
    inputs = golden("survival/turnbull_bcos")["inputs"]
    left, right = (np.array(inputs[name], float) for name in ("left", "right"))
    return left, right, np.array(inputs["treat"], float)


def patients(n, seed, visit=28):
    """Return rows of two covariates with visits every so many days, one in five missed."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.integers(0, 2, n), rng.normal(50, 10, n)])
    time = rng.exponential(100 * np.exp(-0.7 * X[:, 0] + 0.02 * (X[:, 1] - 50)))
    days = visit * np.arange(1, 13) + rng.integers(0, 5, (n, 12))
    seen = rng.random((n, 12)) < 0.8
    left = np.where(seen & (days < time[:, None]), days, 0).max(axis=1)
    right = np.where(seen & (days >= time[:, None]), days, INF).min(axis=1)
    return left.astype(float), right, X


def hazards(fit, left, right):
    """Return the hazard in each innermost interval but the last, where all covariates are 0."""
    intervals, _, _ = twin.cells(left, right)
    curve = fit.baseline()
    # not out of the curve, whose probabilities may lie too near 0 and 1 for their digits
    sums = fit._cumulative_hazard[:-1] * np.exp(-(fit._center @ fit.coef))
    jumps = np.diff(sums, prepend=0)
    ends = zip(curve.left[:-1], curve.right[:-1], strict=True)
    found = dict(zip(ends, jumps, strict=True))
    return np.array([found.get(interval, 0.0) for interval in intervals[:-1]])


# --- agreement --------------------------------------------------------------------------------


def test_breast_data_against_plain_expectation_steps(bcos):
    left, right, treat = bcos
    fit = survival.interval_cox(left, right, treat)
    coef, hazard, loglik = twin.maximise(left, right, treat)
    assert fit.coef[0] == pytest.approx(coef[0], rel=1e-8)
    assert fit.loglik == pytest.approx(loglik, abs=1e-9)
    assert fit.coef[0] == pytest.approx(0.7974, abs=5e-5)
    np.testing.assert_allclose(hazards(fit, left, right), hazard, atol=1e-7)
    assert fit.loglik_null == survival.turnbull(left, right).loglik
    assert max(fit.score_norm, fit.kkt_gap) < 1e-10


def test_limits_of_the_breast_data(bcos):
    left, right, treat = bcos
    fit = survival.interval_cox(left, right, treat)
    for limit in (fit.low[0], fit.high[0]):
        loglik = twin.maximise(left, right, treat, {0: limit})[2]
        assert 2 * (fit.loglik - loglik) == pytest.approx(QUANTILE, abs=1e-7)
    sides = [
        twin.maximise(left, right, treat, {0: fit.coef[0] + side * fit.std_error[0]})[2]
        for side in (-1, 1)
    ]
    assert 2 * fit.loglik - sum(sides) == pytest.approx(1, abs=1e-7)


def test_one_visit_is_a_table_of_two_by_two():
    left, right = [0, 28, 28, 28, 0, 0, 28, 28], [28, INF, INF, INF, 28, 28, INF, INF]
    fit = survival.interval_cox(left, right, [0, 0, 0, 0, 1, 1, 1, 1])
    assert fit.hazard_ratio[0] == pytest.approx(np.log(0.5) / np.log(0.75), rel=1e-12)
    assert fit.at(28, [[0], [1]]).estimate.ravel() == pytest.approx([0.75, 0.5], rel=1e-12)


def test_exact_times_have_the_discrete_likelihood_not_coxs():
    """Times in order x = 1, 0, 1, 0: with hazards free at each, the profile is a polynomial's."""
    times = [1.0, 2, 3, 4]
    fit = survival.interval_cox(times, times, [1, 0, 1, 0])
    coef, _, loglik = twin.maximise(times, times, [1, 0, 1, 0])
    assert fit.coef[0] == pytest.approx(coef[0], abs=1e-8)
    assert fit.loglik == pytest.approx(loglik, abs=1e-9)
    partial = survival.cox(times, [1, 1, 1, 1], [1, 0, 1, 0])
    assert abs(fit.coef[0] - partial.coef[0]) > 0.1


def test_narrow_intervals_of_many_patients_come_near_cox():
    rng = np.random.default_rng(3)
    x = rng.integers(0, 2, 400)
    time = rng.exponential(np.exp(-x))
    right = np.where(time < 1.5, np.ceil(time * 20) / 20, INF)
    left = np.where(time < 1.5, right - 0.05, 1.5)
    fit = survival.interval_cox(left, right, x)
    partial = survival.cox(np.minimum(time, 1.5), time < 1.5, x)
    assert fit.coef[0] == pytest.approx(partial.coef[0], abs=0.03)
    assert fit.std_error[0] == pytest.approx(partial.std_error[0], rel=0.03)


# --- the twin ---------------------------------------------------------------------------------


@st.composite
def tables(draw):
    n, p = draw(st.integers(2, 10)), draw(st.integers(1, 2))
    left = draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    width = draw(st.lists(st.sampled_from([0, 1, 2, 3, INF]), min_size=n, max_size=n))
    X = draw(st.lists(st.lists(st.integers(0, 2), min_size=p, max_size=p), min_size=n, max_size=n))
    left = np.array(left, float)
    return left, left + np.array(width, float), np.array(X, float)


@settings(max_examples=300, deadline=None)
@given(tables())
def test_the_conditions_of_the_maximum_or_the_reason_why_there_is_none(table):
    left, right, X = table
    _, begin, end = twin.cells(left, right)
    pairs = twin.ordered_pairs(left, right, X)
    full = len(pairs) > 0 and np.linalg.matrix_rank(pairs) == X.shape[1]
    try:
        fit = survival.interval_cox(left, right, X)
    except InputError as error:
        if "monotone" in str(error):
            assert full
            assert twin.is_monotone(left, right, X)
        elif "a range of values" not in str(error):
            assert not full
        return
    assert full
    assert not twin.is_monotone(left, right, X)
    # the problem is concave, so these are the maximum's
    hazard = hazards(fit, left, right)
    loglik, score, _ = twin.slopes(hazard, fit.coef, X, begin, end)
    assert loglik == pytest.approx(fit.loglik, abs=1e-9)
    np.testing.assert_allclose(score, 0, atol=1e-7)
    assert twin.gap(hazard, fit.coef, X, begin, end) < 1e-7
    assert np.all((fit.low < fit.coef) & (fit.coef < fit.high) & (fit.std_error > 0))
    assert np.all((fit.pvalue >= 0) & (fit.pvalue <= 1))
    assert fit.loglik >= fit.loglik_null - 1e-12


@pytest.mark.parametrize("seed", range(4))
def test_two_covariates_against_the_twin(seed):
    left, right, X = patients(15, seed)
    fit = survival.interval_cox(left, right, X)
    centred = X - X.mean(axis=0)
    coef, _, loglik = twin.maximise(left, right, centred)
    np.testing.assert_allclose(fit.coef, coef, rtol=1e-6, atol=1e-8)
    assert fit.loglik == pytest.approx(loglik, abs=1e-8)
    for j in range(2):
        for limit in (fit.low[j], fit.high[j]):
            there = twin.maximise(left, right, centred, {j: limit})[2]
            assert 2 * (fit.loglik - there) == pytest.approx(QUANTILE, abs=1e-5)


# --- invariance -------------------------------------------------------------------------------


def test_order_of_rows_and_scale_of_time_and_covariates_do_not_matter(bcos):
    left, right, treat = bcos
    fit = survival.interval_cox(left, right, treat)
    order = np.random.default_rng(0).permutation(len(left))
    same = survival.interval_cox(7.5 * left[order], 7.5 * right[order], 10 - 2 * treat[order])
    assert same.coef[0] == pytest.approx(-fit.coef[0] / 2, rel=1e-9)
    assert same.low[0] == pytest.approx(-fit.high[0] / 2, rel=1e-9)
    assert same.pvalue[0] == pytest.approx(fit.pvalue[0], rel=1e-8)
    assert same.loglik == pytest.approx(fit.loglik, rel=1e-13)


def test_a_row_seen_never_or_only_once_in_time_adds_nothing(bcos):
    left, right, treat = bcos
    fit = survival.interval_cox(left, right, treat)
    more = survival.interval_cox(np.append(left, 0), np.append(right, INF), np.append(treat, 1))
    assert more.coef[0] == pytest.approx(fit.coef[0], rel=1e-9)
    assert more.loglik == pytest.approx(fit.loglik, rel=1e-13)
    assert more.n == fit.n + 1


def test_doubled_rows_double_the_likelihood_and_halve_the_variance_nearly(bcos):
    left, right, treat = (np.tile(column, 2) for column in bcos)
    fit, twice = survival.interval_cox(*bcos), survival.interval_cox(left, right, treat)
    assert twice.coef[0] == pytest.approx(fit.coef[0], rel=1e-9)
    assert twice.loglik == pytest.approx(2 * fit.loglik, rel=1e-13)
    assert twice.std_error[0] == pytest.approx(fit.std_error[0] / np.sqrt(2), rel=0.01)


def test_rounding_makes_no_new_visit_days():
    left, right, x = [0, 0.3, 0.1 + 0.2, 0.3], [0.1 + 0.2, INF, INF, 0.9], [1, 0, 1, 0]
    left, right, x = [*left, 0], [*right, 0.3], [*x, 0]
    fit = survival.interval_cox(left, right, x)
    exact = survival.interval_cox(np.round(left, 6), np.round(right, 6), x)
    assert fit.merged == 1
    assert fit.coef[0] == pytest.approx(exact.coef[0], rel=1e-9)
    assert fit.at(0.1 + 0.2, [[0]]).estimate[0, 0] == fit.at(0.3, [[0]]).estimate[0, 0]


# --- what has no answer -----------------------------------------------------------------------


def test_a_group_without_returns_has_one_limit():
    left, right = [0, 28, 56, 84, 84, 84, 84, 84], [28, 56, 84, INF, INF, INF, INF, INF]
    treated = [0, 0, 0, 0, 1, 1, 1, 1]
    with pytest.raises(InputError, match=r"column 0 of X \('dose'\): monotone") as raised:
        survival.interval_cox(left, right, treated, names=["dose"])
    assert "coefficient is -inf" in str(raised.value)
    assert "level 0.95 is (-inf, " in str(raised.value)
    assert "interval_logrank" in str(raised.value)
    limit = float(str(raised.value).split("(-inf, ")[1].split(")")[0])
    # the supremum is that of the untreated alone
    supremum = survival.turnbull(left[:4], right[:4]).loglik
    loglik = twin.maximise(left, right, treated, {0: limit})[2]
    assert 2 * (supremum - loglik) == pytest.approx(QUANTILE, abs=1e-4)


def test_rows_in_perfect_order_have_one_limit():
    with pytest.raises(InputError, match=r"coefficient is inf; .* is \(.*, inf\), a hazard"):
        survival.interval_cox([0, 1, 2, 3], [1, 2, 3, INF], [3, 2, 1, 0])


@pytest.mark.parametrize(
    ("left", "right", "X", "message"),
    [
        ([], [], np.empty((0, 1)), "there is no row"),
        ([0], [5], [1], r"column 0 of X \('x1'\): among the rows"),
        ([0, 1, 2], [3, 4, 5], [0, 1, 1], "of no two rows is it known"),
        ([0, 1, 2], [INF, INF, INF], [0, 1, 1], "nobody has the event"),
        ([0, 1, 2], [1, 2, INF], [1, 1, 1], r"column 0 of X \('x1'\): among the rows"),
        ([0, 1, 2], [1, 2, INF], [[0, 1], [1, 3], [2, 5]], r"column 1 of X \('x2'\): among"),
        ([0, 1, -1], [1, 2, 3], [0, 1, 2], r"left\[2\] is -1; it cannot be negative"),
        ([0, 3, 1], [1, 2, 3], [0, 1, 2], r"left\[1\] is 3; it is after the right end"),
        ([0, 1, 2], [1, float("nan"), 3], [0, 1, 2], r"right\[1\]; it is missing: give inf"),
        ([0, 1, 2], [1, 2, 3], [0, float("nan"), 2], r"X\[1\] is nan"),
        ([0, 1, 2], [1, 2, 3], [0, 1e101, 2], r"X\[1\] is 1e\+101; a covariate lies between"),
        ([0, 1, 2], [1, 2, 3], [0, 1], "X is not one row a patient; give 3 rows"),
        ([0, 1, 2], [1, 2], [0, 1, 1], "right has 2 rows and left has 3"),
    ],
)
def test_input_without_an_answer_is_named(left, right, X, message):
    with pytest.raises(InputError, match=message):
        survival.interval_cox(left, right, X)


def test_groups_without_a_common_visit_leave_a_range():
    left, right = [0, 1, 0, 2, 0, 0, 0, 3], [1, INF, 2, INF, 3, 3, 3, INF]
    with pytest.raises(InputError, match=r"column 0 of X \('x1'\): a range of values"):
        survival.interval_cox(left, right, [0, 0, 1, 1, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"interval": "bootstrap"}, "interval is 'bootstrap'"),
        ({"level": 1.0}, "level is 1; a level is a probability"),
        ({"names": ["a", "b"]}, "names has 2 entries and X 1 columns"),
    ],
)
def test_options_that_are_none(bcos, options, message):
    with pytest.raises(InputError, match=message):
        survival.interval_cox(*bcos, **options)


# --- the result -------------------------------------------------------------------------------


def test_curves_follow_the_model(bcos):
    fit = survival.interval_cox(*bcos)
    none, treated = fit.baseline(), fit.baseline([1])
    np.testing.assert_allclose(treated.estimate, none.estimate ** fit.hazard_ratio[0], rtol=1e-12)
    assert none.mass.sum() == pytest.approx(1, abs=1e-15)
    assert none.estimate[-1] == 0
    at = fit.at([0, none.left[2], 55], [[0], [1]])
    assert at.estimate[:, 0].tolist() == [1, 1]
    assert at.estimate[0, 1] == none.estimate[1]
    assert np.isnan(at.estimate[0, 2])
    assert at.estimate_low[0, 2] == 0 < at.estimate_high[0, 2]
    inside = fit.at((none.left[2] + none.right[2]) / 2, [[1]])
    assert inside.estimate_low[0, 0] == treated.estimate[2]
    assert inside.estimate_high[0, 0] == treated.estimate[1]
    assert str(at) == "probability of no event of 2 patients at 3 times"
    assert len(at.to_dict()["estimate"]) == 2
    assert [len(column) for column in at._table().values()] == [6] * 5
    with pytest.raises(InputError, match="X does not have 1 columns"):
        fit.at(5, [[0, 1]])
    with pytest.raises(InputError, match="times holds nan"):
        fit.at(float("nan"), [[0]])
    with pytest.raises(InputError, match="give numbers"):
        fit.baseline(["a"])


def test_a_picture(bcos):
    pytest.importorskip("matplotlib")
    ax = survival.interval_cox(*bcos).baseline([1]).plot()
    assert ax.get_ylabel() == "without the event"


def test_sentence_table_and_copies(bcos):
    fit = survival.interval_cox(*bcos, names=["chemotherapy"])
    assert str(fit) == (
        "56 events in 94 rows (interval-censored); chemotherapy: hazard ratio 2.22, "
        "95% profile interval 1.27 to 3.98, p = 0.0051"
    )
    assert fit._table()["term"] == ["chemotherapy"]
    assert fit.likelihood_ratio_test.df == 1
    assert fit.likelihood_ratio_test.pvalue == fit.pvalue[0]
    assert str(pickle.loads(pickle.dumps(fit))) == str(fit)
    wald = survival.interval_cox(*bcos, interval="wald", level=0.9)
    assert wald.high[0] == pytest.approx(wald.coef[0] + 1.6448536269514722 * wald.std_error[0])
    with pytest.raises(ValueError, match="read-only"):
        fit.coef[0] = 0


def test_columns_of_data(bcos):
    left, right, treat = bcos
    data = {"from": left, "to": right, "arm": treat}
    fit = survival.interval_cox("from", "to", "arm", data=data)
    assert fit.names == ("arm",)
    assert fit.coef[0] == survival.interval_cox(left, right, treat).coef[0]
    with pytest.raises(InputError, match="dose"):
        survival.interval_cox("from", "to", ["arm", "dose"], data=data)
