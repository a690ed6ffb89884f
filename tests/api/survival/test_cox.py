"""survival.cox against R, by hand, at its edges, and what it refuses."""

import pickle

import numpy as np
import pytest
from immunoreset import survival
from immunoreset.errors import ConvergenceError, InputError

# Remission of acute myelogenous leukemia, Embury and others 1977
AML_TIME = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
AML_EVENT = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
AML_ARM = [0] * 11 + [1] * 12


def agree(fit, expected, rtol):
    """Compare with R to the digits that its stopping rule leaves."""
    coef, se = (np.array(list(expected[key].values()), float) for key in ("coef", "se"))
    np.testing.assert_allclose(fit.coef, coef, rtol=rtol)
    np.testing.assert_allclose(fit.std_error, se, rtol=rtol)
    np.testing.assert_allclose(fit.cov, expected["vcov"], rtol=2 * rtol, atol=1e-9)
    np.testing.assert_allclose(
        [fit.loglik_null, fit.loglik], [expected["loglik_null"], expected["loglik"]], rtol=1e-13
    )
    assert fit.score_test.statistic == pytest.approx(expected["score_test"], rel=1e-11)
    assert fit.likelihood_ratio_test.statistic == pytest.approx(expected["lr_test"], rel=1e-9)
    assert fit.wald_test.statistic == pytest.approx(expected["wald_test"], abs=0.0051)  # R rounds
    if expected["naive_se"]:
        naive = np.sqrt(np.diag(fit.naive_cov))
        np.testing.assert_allclose(naive, list(expected["naive_se"].values()), rtol=rtol)
    assert fit.score_norm < 1e-8


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_aml_under_three_rules(golden, ties):
    case = golden("survival/cox_aml")
    data = case["inputs"]
    fit = survival.cox(data["time"], data["event"], data["arm"], ties=ties)
    agree(fit, case["expected"][ties], case["rtol"])


@pytest.mark.parametrize("study", ["gehan", "aml"])
def test_exact_marginal_likelihood(golden, study):
    case = golden("survival/cox_exact_marginal")
    data, expected = case["inputs"][study], case["expected"][study]
    fit = survival.cox(data["time"], data["event"], data["x"], ties="exact-marginal")
    assert fit.coef[0] == pytest.approx(expected["coef"], rel=case["rtol"])
    assert fit.std_error[0] == pytest.approx(expected["se"], rel=case["rtol"])
    assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-12)
    assert fit.loglik_null == pytest.approx(expected["loglik_null"], rel=1e-12)


def test_time_dependent_covariates_of_the_stanford_heart_transplants(golden):
    case = golden("survival/cox_heart_td")
    data = case["inputs"]
    age, surgery, transplant = (np.array(data[k], float) for k in ("age", "surgery", "transplant"))
    x = np.column_stack([age, surgery, transplant, age * transplant, surgery * transplant])
    fit = survival.cox(data["stop"], data["event"], x, entry=data["start"])
    agree(fit, case["expected"], case["rtol"])


def test_weights_and_clusters_of_the_lung_data(golden):
    case = golden("survival/cox_lung_weights")
    data, expected, rtol = case["inputs"], case["expected"], case["rtol"]
    x = np.column_stack([data["age"], data["sex"]])

    def fit(**options):
        return survival.cox(data["time"], data["event"], x, **options)

    fraction = data["frac_weights"]
    agree(fit(weights=fraction, weights_kind="sampling"), expected["frac_efron"], rtol)
    agree(
        fit(weights=fraction, weights_kind="sampling", ties="breslow"),
        expected["frac_breslow"],
        rtol,
    )
    agree(fit(weights=data["int_weights"]), expected["int_expanded_efron"], rtol)
    agree(fit(weights=data["int_weights"], ties="breslow"), expected["int_breslow"], rtol)
    # R's Efron with whole weights has its likelihood, which is that of sampling weights here
    shared = fit(weights=data["int_weights"], weights_kind="sampling")
    np.testing.assert_allclose(shared.coef, list(expected["int_efron"]["coef"].values()), rtol=rtol)
    kept = np.array([inst is not None for inst in data["inst"]])
    clustered = survival.cox(
        np.array(data["time"])[kept],
        np.array(data["event"])[kept],
        x[kept],
        cluster=[inst for inst in data["inst"] if inst is not None],
    )
    agree(clustered, expected["cluster_inst"], rtol)


def test_random_data_sets_in_r(golden):
    case = golden("survival/cox_random")
    assert len(case["cases"]) > 80
    for one in case["cases"]:
        data, expected = one["inputs"], one["expected"]
        options = {k: data.get(k) for k in ("entry", "strata", "offset", "cluster")}
        if one["kind"] != "none":
            options |= {"weights": data["weights"], "weights_kind": one["kind"]}
        fit = survival.cox(data["time"], data["event"], data["x"], ties=one["ties"], **options)
        where = f"case {one['id']}"
        se = np.sqrt(np.diag(np.atleast_2d(expected["naive"])))
        assert np.all(np.abs(fit.coef - np.atleast_1d(expected["coef"])) < 1e-8 * se), where
        for ours, theirs in ((fit.cov, expected["cov"]), (fit.naive_cov, expected["naive"])):
            np.testing.assert_allclose(
                ours,
                np.atleast_2d(theirs),
                rtol=1e-8,
                atol=1e-8 * np.max(np.abs(theirs)),
                err_msg=where,
            )
        np.testing.assert_allclose([fit.loglik_null, fit.loglik], expected["loglik"], rtol=1e-12)
        assert fit.score_test.statistic == pytest.approx(expected["score"], rel=1e-10), where
        assert fit.wald_test.statistic == pytest.approx(expected["wald"], rel=1e-7), where


def test_firth_when_one_arm_has_no_events(golden):
    case = golden("survival/cox_firth_monotone")
    data, expected, rtol = case["inputs"], case["expected"], case["rtol"]
    fit = survival.cox(data["time"], data["event"], data["arm"], ties="breslow", penalty="firth")
    assert fit.interval == "profile"
    found = [fit.coef[0], fit.std_error[0], fit.low[0], fit.high[0], fit.pvalue[0]]
    keys = ("coef", "se", "lower", "upper", "p")
    np.testing.assert_allclose(found, [expected[key] for key in keys], rtol=rtol)
    # coxphf's log-likelihoods are those of covariates divided by their standard deviation
    penalised = [fit.penalized_loglik_null, fit.penalized_loglik]
    spread = np.log(np.std(data["arm"], ddof=1))
    np.testing.assert_allclose(penalised, np.array(expected["loglik"]) + spread, rtol=1e-6)


def test_firth_where_the_profile_jumps_between_two_maxima():
    """Two maxima of the penalised likelihood, near (-2.2, 0.7) and (12, -10)."""
    x = [[0, -1.0538638951674009], [1, 1.2851809508341205], [1, 0.3908146859212047],
         [0, -0.9388412955119111]]  # fmt: skip
    fit = survival.cox([1, 2, 4, 3], [1, 0, 0, 1], x, penalty="firth", interval="wald")
    np.testing.assert_allclose(fit.coef, [-2.1753, 0.7032], atol=1e-3)
    with pytest.raises(ConvergenceError, match=r"X column\[1\]; Firth's penalised .* interval='wa"):
        survival.cox([1, 2, 4, 3], [1, 0, 0, 1], x, penalty="firth")


def test_by_hand_with_two_patients_in_each_arm():
    """Times 1 to 4, all with the event, x = 1, 0, 1, 0: with r = exp(beta) the likelihood is
    r / (2 + 2 r) * 1 / (2 + r) * r / (1 + r) * 1, and the logarithm's slope in beta is
    2 - 2 r / (1 + r) - r / (2 + r)."""
    fit = survival.cox([1, 2, 3, 4], [1, 1, 1, 1], [1, 0, 1, 0])
    r = fit.hazard_ratio[0]
    assert 2 * r / (1 + r) + r / (2 + r) == pytest.approx(2, abs=1e-12)
    value = np.log(r / (2 + 2 * r)) - np.log(2 + r) + np.log(r / (1 + r))
    assert fit.loglik == pytest.approx(value, rel=1e-14)
    assert fit.loglik_null == pytest.approx(-np.log(24), rel=1e-14)


@pytest.mark.parametrize("ties", ["breslow", "exact"])
def test_the_score_test_of_two_arms_is_the_log_rank_test(ties):
    """The discrete likelihood has the hypergeometric variance of the log-rank test; Breslow's has
    d p (1 - p) without the factor (n - d) / (n - 1), which is 1 without ties."""
    time = np.array(AML_TIME, float)
    if ties == "breslow":
        time = time + np.arange(len(time)) / 1000
    excess = variance = 0.0
    arm, event = np.array(AML_ARM), np.array(AML_EVENT)
    for t in np.unique(time[event == 1]):
        at_risk = time >= t
        n, d, n1 = at_risk.sum(), event[time == t].sum(), arm[at_risk].sum()
        excess += arm[(time == t) & (event == 1)].sum() - d * n1 / n
        if n > 1:
            variance += d * n1 / n * (1 - n1 / n) * (n - d) / (n - 1)
    fit = survival.cox(time, event, arm, ties=ties)
    assert fit.score_test.statistic == pytest.approx(excess**2 / variance, rel=1e-12)
    assert fit.score_test.df == 1


def test_profile_limits_have_their_level():
    fit = survival.cox(AML_TIME, AML_EVENT, AML_ARM, interval="profile")
    for limit in (fit.low[0], fit.high[0]):
        # the arm fixed at the limit is an offset; the second covariate then has its profile
        held = survival.cox(
            AML_TIME, AML_EVENT, np.arange(23) % 2, offset=limit * np.array(AML_ARM)
        )
        assert 2 * (fit.loglik - held.loglik_null) == pytest.approx(3.841458820694124, rel=1e-9)
    assert fit.pvalue[0] == pytest.approx(fit.likelihood_ratio_test.pvalue, rel=1e-9)


def test_an_arm_without_events_is_refused_with_its_limit_and_the_remedy():
    with pytest.raises(InputError) as caught:
        survival.cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], names=["dose"])
    words = str(caught.value)
    assert "column 0 of X ('dose')" in words
    assert "monotone likelihood" in words
    assert "coefficient is -inf" in words
    assert "penalty='firth'" in words
    limit = float(words.split("(-inf, ")[1].split(")")[0])
    # risk sets 3 + 3 r, 2 + 3 r, 1 + 3 r, against 3, 2, 1 in the limit r = 0
    r = np.exp(limit)
    drop = sum(np.log(1 + 3 * r / k) for k in (3, 2, 1))
    assert 2 * drop == pytest.approx(3.841458820694124, rel=1e-4)


def test_a_strong_finite_effect_is_no_monotone_likelihood():
    """Sixty patients fail in the order of x but for two neighbours, a tenth of a step apart."""
    x = np.arange(60.0, 0.0, -1.0)
    x[30], x[31] = 30.0, 30.1
    fit = survival.cox(np.arange(60), np.ones(60), x)
    assert fit.score_norm < 1e-8
    assert fit.coef[0] > 2
    x[30], x[31] = 30.1, 30.0
    with pytest.raises(InputError, match="monotone"):
        survival.cox(np.arange(60), np.ones(60), x)


def test_a_row_that_is_never_at_risk_does_not_hide_a_monotone_likelihood():
    """Two rows are compared, once: the likelihood is 1 / (1 + exp(13 b + 3.875))."""
    rows = [145, 47.5, 1.25, 510], [1, 0, 1, 1], [-14, -48, -1, -1]
    offset = [0, 2.25, 3.875, 3.875]
    limit = (np.log(np.expm1(3.841458820694124 / 2)) - 3.875) / 13
    with pytest.raises(InputError, match=rf"coefficient is -inf; .* is \(-inf, {limit:.6g}\)"):
        survival.cox(*rows, entry=[7, 4, 0, 7], offset=offset)


def test_perfectly_ordered_patients_are_monotone_however_many():
    rng = np.random.default_rng(4)
    x = np.sort(rng.normal(size=40))[::-1]
    with pytest.raises(InputError, match=r"coefficient is inf; .* is \(\d"):
        survival.cox(np.arange(1, 41), np.ones(40), x)


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact", "exact-marginal"])
def test_one_event_among_three(ties):
    """x = 1 fails between x = 0 and x = 3: exp(b) / (1 + exp(b) + exp(3 b)) is largest where
    2 exp(3 b) = 1."""
    fit = survival.cox([2, 3, 4], [1, 0, 0], [1, 0, 3], ties=ties)
    assert fit.coef[0] == pytest.approx(-np.log(2) / 3, rel=1e-10)
    assert (fit.n, fit.events) == (3, 1)


def test_everybody_at_one_time():
    fit = survival.cox([7, 7, 7, 7], [1, 1, 1, 0], [1, 0, 2, 1])
    assert np.isfinite(fit.coef[0])
    flat = "constant, or a combination"
    with pytest.raises(InputError, match=flat):  # every choice of all four is the same
        survival.cox([7, 7, 7, 7], [1, 1, 1, 1], [1, 0, 2, 1], ties="exact")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time": [-1, 2, 3, 4, 5]}, "time[0] is -1; it cannot be negative"),
        ({"time": [1, np.nan, 3, 4, 5]}, "time[1] is nan; a number is needed here"),
        ({"event": [0] * 5}, "event; nobody has the event"),
        ({"event": [0, 1, 2, 0, 1]}, "event[2] is 2.0; code an event as 1"),
        ({"X": [1, 2, np.inf, 4, 5]}, "X[2] is inf; a number is needed here"),
        ({"X": [3] * 5}, "column 0 of X ('x1'): among those at risk at the events"),
        (
            {"X": np.column_stack([[1, 4, 2, 8, 5], [2, 8, 4, 16, 10]])},
            "column 1 of X ('x2'): among",
        ),
        ({"X": np.empty((5, 0))}, "X; it has no column"),
        ({"X": [1, 2, 3]}, "X is not one row a patient; give 5 rows"),
        ({"entry": [0, 0, 3, 0, 0]}, "entry[2] is 3; it must be less than the end of its row"),
        ({"weights": [1, 1, 0.5, 1, 1]}, "weights[2] is 0.5; frequency weights are whole numbers"),
        ({"weights": [0] * 5}, "weights; every weight is 0"),
        (
            {"weights": [1, 1, 2, 1, 1], "weights_kind": "sampling", "ties": "exact"},
            "weights; the exact",
        ),
        ({"offset": [0, 0, 0, 500, 0]}, "offset[3] is 500; an offset is the logarithm"),
        ({"level": 95}, "level is 95"),
        ({"ties": "average"}, "ties is 'average'; choose one of"),
        ({"interval": "profile", "robust": True}, "interval; a profile of the likelihood"),
        ({"penalty": "firth", "ties": "exact"}, "penalty; Firth's penalty takes ties="),
        ({"penalty": "ridge"}, "penalty is 'ridge'; choose 'firth' or None"),
        ({"robust": True, "ties": "exact"}, "robust; this takes ties='efron' or 'breslow'"),
        ({"robust": False, "cluster": [1, 1, 2, 2, 3]}, "robust is False; cluster give"),
        ({"strata": [1, 1, None, 2, 2]}, "strata[2] is None; give every row a label"),
        ({"names": ["a", "b"]}, "names has 2 entries and X 1 columns"),
        ({"time": []}, "event has 5 rows and time has 0"),
        ({"time": [], "event": [], "X": np.empty((0, 1))}, "time; there is no row"),
    ],
)
def test_what_is_refused(changes, message):
    call = {"time": [1, 2, 3, 4, 5], "event": [1, 1, 1, 0, 1], "X": [2, 0, 3, 1, 1]} | changes
    with pytest.raises(InputError) as caught:
        survival.cox(**call)
    assert message in str(caught.value)


def test_a_column_that_varies_only_before_the_first_event_says_nothing():
    with pytest.raises(InputError, match=r"column 1 of X"):
        survival.cox([1, 2, 3, 4, 5], [0, 1, 1, 0, 1], [[1, 1], [0, 0], [2, 0], [1, 0], [0, 0]])


def test_columns_by_name():
    frame = {"t": AML_TIME, "e": AML_EVENT, "arm": AML_ARM, "dose": list(range(23)), "w": [1] * 23}
    fit = survival.cox("t", "e", ["arm", "dose"], weights="w", data=frame)
    assert fit.names == ("arm", "dose")
    assert fit.to_dict()["n"] == 23
    plain = survival.cox(AML_TIME, AML_EVENT, np.column_stack([AML_ARM, range(23)]))
    np.testing.assert_array_equal(fit.coef, plain.coef)
    assert list(fit.to_frame("pandas")["term"]) == ["arm", "dose"]
    assert survival.cox("t", "e", "arm", data=frame).names == ("arm",)


def test_the_result_reads_well_pickles_and_does_not_change():
    fit = survival.cox(AML_TIME, AML_EVENT, AML_ARM, names=["none"])
    assert str(fit) == (
        "18 events in 23 rows (efron ties); none: hazard ratio 2.5, 95% wald interval 0.916 to "
        "6.81, p = 0.0737"
    )
    assert str(fit.score_test) == "chi-squared 3.417 on 1 df, p = 0.0645"
    again = pickle.loads(pickle.dumps(fit))
    np.testing.assert_array_equal(again.residuals("score").values, fit.residuals("score").values)
    for name in ("coef", "cov", "low", "hazard_ratio", "z"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(fit, name)[0] = 0
    assert "hazard_ratio" not in repr(type(fit))
    assert fit.hazard_ratio_low[0] == np.exp(fit.low[0])


def test_times_that_differ_by_rounding_are_tied():
    time = [0.1 + 0.2, 0.3, 0.5, 0.7]
    fit = survival.cox(time, [1, 1, 1, 0], [1, 0, 0, 1])
    assert fit.merged == 1
    tied = survival.cox([0.3, 0.3, 0.5, 0.7], [1, 1, 1, 0], [1, 0, 0, 1])
    assert fit.coef[0] == pytest.approx(tied.coef[0], rel=1e-12)
    assert survival.cox(time, [1, 1, 1, 0], [1, 0, 0, 1], timefix=False).merged == 0


def test_convergence_error_is_one_of_arithmetic():
    assert issubclass(ConvergenceError, ArithmeticError)
