"""The Kaplan-Meier curve: golden values of R, edges, groups, what is refused and in which words."""

import copy
import pickle

import numpy as np
import pytest
from immunoreset import survival
from immunoreset.errors import InputError, SmallRiskSetWarning

# name in R -> name here
INTERVALS = {
    "plain": "plain",
    "log": "log",
    "log-log": "log-log",
    "logit": "logit",
    "arcsin": "arcsine",
}
COLUMNS = {
    "time": "time",
    "n_risk": "at_risk",
    "n_event": "events",
    "n_censor": "censored",
    "surv": "estimate",
    "std_err_surv": "std_error",
    "cumhaz": "cumulative_hazard",
    "std_chaz": "cumulative_hazard_std_error",
}
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSE = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def same(actual, expected, rtol=1e-12):
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=1e-15)


def check_curve(km, fit, column):
    for in_r, name in COLUMNS.items():
        same(getattr(km, name), column(fit[in_r]))


def check_limits(km, ci, column):
    # R's digits of a limit near 0 or 1 carry the rounding of the exponents of its two exponentials
    same(km.low, column(ci["lower"]), 1e-11)
    same(km.high, column(ci["upper"]), 1e-11)


def check_quantiles(km, expected, column):
    q = km.quantile(expected["probs"])
    same(q.estimate, column(expected["quantile"]))
    same(q.low, column(expected["lower"]))
    same(q.high, column(expected["upper"]))


@pytest.mark.parametrize("case", ["km_aml_all", "km_aml_main", "km_aml_nonm", "km_left_truncated"])
@pytest.mark.parametrize("in_r", INTERVALS)
def test_curves_agree_with_r(golden, column, case, in_r):
    case = golden(f"survival/{case}")
    expected = case["expected"]
    km = survival.kaplan_meier(**case["inputs"], interval=INTERVALS[in_r])
    check_curve(km, expected, column)
    check_limits(km, expected["ci"][in_r], column)
    if "quantile_ci" in expected:
        check_quantiles(km, expected["quantile_ci"][in_r], column)


@pytest.mark.parametrize("case", ["km_aml_all", "km_aml_main", "km_aml_nonm"])
def test_restricted_means_agree_with_r(golden, case):
    case = golden(f"survival/{case}")
    km = survival.kaplan_meier(**case["inputs"])
    for row in case["expected"]["rmst"]:
        mean = km.rmst(row["tau"])
        same([mean.estimate, mean.std_error], [row["rmean"], row["se"]])


@pytest.mark.parametrize("in_r", INTERVALS)
def test_edges_agree_with_r(golden, column, in_r):
    for expected in golden("survival/km_edges")["expected"].values():
        km = survival.kaplan_meier(
            expected["time_in"], expected["event_in"], interval=INTERVALS[in_r]
        )
        check_curve(km, expected["fit"], column)
        check_limits(km, expected["ci"][in_r], column)
        check_quantiles(km, expected["median"][in_r], column)


@pytest.mark.parametrize("in_r", INTERVALS)
def test_arms_of_a_trial_agree_with_r(golden, column, in_r):
    case = golden("survival/km_gehan_6mp")
    inputs = case["inputs"]
    arms = survival.kaplan_meier(
        inputs["time"], inputs["event"], group=inputs["treat"], interval=INTERVALS[in_r]
    )
    assert list(arms) == ["6-MP", "control"]
    for arm, expected in case["expected"].items():
        check_curve(arms[arm], expected, column)
        check_limits(arms[arm], expected["ci"][in_r], column)
        check_quantiles(arms[arm], expected["median"][in_r], column)


@pytest.mark.parametrize("lower", ["peto", "modified"])
def test_wider_lower_limits_agree_with_r(golden, column, lower):
    case = golden("survival/km_aml_variants")
    km = survival.kaplan_meier(**case["inputs"], interval="log", lower=lower)
    check_limits(km, case["expected"][f"conf_lower_{lower}"], column)


@pytest.mark.parametrize(
    ("in_r", "form"),
    [
        ("stype1_ctype1", "kaplan-meier"),
        ("stype2_ctype1", "nelson-aalen"),
        ("stype2_ctype2", "fleming-harrington"),
        ("tsiatis", "kaplan-meier"),  # R ignores error="tsiatis" and gives Greenwood's
    ],
)
def test_forms_agree_with_r(golden, column, in_r, form):
    case = golden("survival/km_aml_variants")
    expected = case["expected"][in_r]
    km = survival.kaplan_meier(**case["inputs"], form=form, interval="log")
    same(km.estimate, expected["surv"])
    same(km.std_error / km.estimate, expected["std_err"])
    if "cumhaz" in expected:
        same(km.cumulative_hazard, expected["cumhaz"])
        same(km.cumulative_hazard_std_error, expected["std_chaz"])
    check_limits(km, expected, column)


@pytest.mark.parametrize(
    ("in_r", "weights", "options"),
    [
        ("case_weights_greenwood", "case_weights", {}),
        ("case_weights_robust_true", "case_weights", {"variance": "robust"}),
        ("frac_weights_default_robust", "frac_weights", {"variance": "robust"}),
        ("cluster", None, {"cluster": "cluster"}),
    ],
)
def test_weights_and_clusters_agree_with_r(golden, column, in_r, weights, options):
    case = golden("survival/km_weighted")
    inputs, expected = case["inputs"], case["expected"][in_r]
    km = survival.kaplan_meier(
        "time", "event", weights=weights, interval="log", data=inputs, **options
    )
    sums = km.weighted_at_risk is not None
    assert sums == (weights is not None and km.variance == "robust")
    same(km.weighted_at_risk if sums else km.at_risk, expected["n_risk"])
    same(km.weighted_events if sums else km.events, expected["n_event"])
    same(km.estimate, expected["surv"])
    of_s = expected["std_err_is_of"] == "S"
    same(km.std_error if of_s else km.std_error / km.estimate, expected["std_err"])
    check_limits(km, expected, column)


def test_pointwise_limits_of_a_transplant_series_agree_with_km_ci(golden, column):
    case = golden("survival/km_bands_bmt_all")
    inputs = case["inputs"]
    km = survival.kaplan_meier(inputs["time"], inputs["event"])
    rows = np.isin(km.time, case["expected"]["loglog"]["time"])
    same(km.low[rows], case["expected"]["loglog"]["lower"], 1e-11)
    same(km.high[rows], case["expected"]["loglog"]["upper"], 1e-11)


@pytest.mark.parametrize(
    ("in_r", "kind", "transform"),
    [
        ("hall-wellner", "hall-wellner", "plain"),
        ("loghall", "hall-wellner", "log-log"),
        ("epband", "equal-precision", "plain"),
        ("logep", "equal-precision", "log-log"),
    ],
)
def test_bands_agree_with_km_ci_to_the_digits_of_its_tables(golden, in_r, kind, transform):
    case = golden("survival/km_bands_bmt_all")
    inputs, expected = case["inputs"], case["expected"][in_r]
    km = survival.kaplan_meier(inputs["time"], inputs["event"])
    band = km.band(kind, lower=inputs["tl"], upper=inputs["tu"], transform=transform)
    assert band.time.tolist() == expected["time"]
    same(band.estimate, expected["surv"])
    # its critical values are interpolated in tables of four digits
    np.testing.assert_allclose(band.low, np.clip(expected["lower"], 0, 1), atol=1.5e-3)
    np.testing.assert_allclose(band.high, np.clip(expected["upper"], 0, 1), atol=1.5e-3)


def test_beta_product_limits_agree_with_bpcp(golden):
    case = golden("survival/km_bpcp_tiny")
    expected = case["expected"]
    km = survival.kaplan_meier(**case["inputs"], interval="beta-product")
    start = km.at(0)
    same(np.append(start.low, km.low), expected["bpcp"]["lower"], 1e-12)
    same(np.append(start.high, km.high), expected["bpcp"]["upper"], 1e-12)
    for fraction, estimate, low, high in expected["quantiles_25_50_75"]:
        q = km.quantile(1 - fraction)
        same([q.estimate, q.low, q.high], [np.nan if estimate is None else estimate, low, high])


def test_mid_p_limits_agree_with_bpcp_to_the_digits_of_its_default(golden):
    case = golden("survival/km_bpcp_tiny")
    expected = case["expected"]["bpcp_midp"]
    km = survival.kaplan_meier(**case["inputs"], interval="beta-product-mid-p")
    # by default bpcp stops its search for the root 1e-4 from it;
    # tests/core holds the digits it gives with midpMMTol = 1e-14
    np.testing.assert_allclose(np.append(km.at(0).low, km.low), expected["lower"], atol=3e-4)
    np.testing.assert_allclose(np.append(km.at(0).high, km.high), expected["upper"], atol=3e-4)


def test_one_patient_has_a_bound_before_the_event_and_after_it():
    # Fay, Brittain and Proschan 2013: with one patient the limits are 0.025 before, 0.975 after
    for interval in ("beta-product", "log-log"):
        km = survival.kaplan_meier([5.0], [1], interval=interval)
        assert km.estimate.tolist() == [0]
        if interval == "log-log":
            assert np.isnan(km.low[0])
            assert np.isnan(km.high[0])
        else:
            assert km.at(1).low == pytest.approx(0.025, rel=1e-12)
            assert km.low[0] == 0
            assert km.high[0] == pytest.approx(0.975, rel=1e-12)


@pytest.mark.parametrize("n", [1, 10, 12, 20, 24, 1000])
def test_median_of_times_one_to_n_is_the_middle_one(n):
    assert survival.kaplan_meier(range(1, n + 1), np.ones(n)).median.estimate == (n + 1) / 2


def test_without_censoring_survival_is_the_fraction_left_to_the_last_digit():
    n = 997
    km = survival.kaplan_meier(np.arange(1.0, n + 1), np.ones(n, bool))
    assert km.estimate.tolist() == [(n - k) / n for k in range(1, n + 1)]


def test_rounding_does_not_tell_times_apart_unless_asked_to():
    time, event = [0.1 + 0.2, 0.3, 0.5, 1.0], [1, 1, 1, 0]
    km = survival.kaplan_meier(time, event)
    assert km.time.tolist() == [0.3, 0.5, 1.0]
    assert km.merged == 1
    assert km.at(0.1 + 0.2).estimate == km.at(0.3).estimate == 0.5
    apart = survival.kaplan_meier(time, event, timefix=False)
    assert apart.time.tolist() == [0.3, 0.1 + 0.2, 0.5, 1.0]
    assert apart.merged == 0
    assert apart.at(0.3).estimate == 0.75


def test_ties_are_merged_over_all_groups_together():
    arms = survival.kaplan_meier([0.3, 1, 0.1 + 0.2, 1], [1, 0, 1, 0], group=list("aabb"))
    assert arms["b"].time.tolist() == [0.3, 1.0]
    assert arms["a"].merged == arms["b"].merged == 1


def test_values_at_times():
    km = survival.kaplan_meier(WEEKS, RELAPSE)
    at = km.at([0, 5.9, 6, 6.5, 35, 35.1])
    same(at.estimate, [1, 1, 6 / 7, 6 / 7, km.estimate[-1], np.nan])
    same(at.std_error[:2], [0, 0])
    assert at.at_risk.tolist() == [21, 21, 21, 17, 1, 0]
    assert at.low[2] == km.low[0]
    assert np.isnan(at.high[-1])
    one = km.at(6)
    assert isinstance(one.estimate, float)
    assert isinstance(one.at_risk, int)


def test_after_the_last_event_of_all_survival_stays_zero():
    km = survival.kaplan_meier([1, 2], [1, 1], interval="beta-product")
    at = km.at(3)
    assert at.estimate == 0
    assert (at.low, at.high) == (km.low[-1], km.high[-1])
    assert km.rmst(10).estimate == pytest.approx(1.5)


def test_patients_at_risk_between_rows_count_those_who_have_entered():
    km = survival.kaplan_meier([5, 8, 9], [1, 1, 0], entry=[0, 4, 6])
    assert km.at_risk.tolist() == [2, 2, 1]
    assert km.at([0, 1, 4, 5, 5.5, 6, 8, 8.5, 9, 10]).at_risk.tolist() == [
        1, 1, 2, 2, 1, 2, 2, 1, 1, 0,
    ]  # fmt: skip


def test_all_entering_at_zero_is_no_late_entry():
    late = survival.kaplan_meier(WEEKS, RELAPSE, entry=np.zeros(21))
    km = survival.kaplan_meier(WEEKS, RELAPSE)
    assert late.estimate.tolist() == km.estimate.tolist()
    assert late.at([0, 5, 6]).at_risk.tolist() == km.at([0, 5, 6]).at_risk.tolist() == [21] * 3


def test_a_small_early_risk_set_warns_and_conditioning_mends_it():
    time, event, entry = [2, 9, 10, 11], [1, 1, 0, 1], [0, 3, 3, 3]
    with pytest.warns(SmallRiskSetWarning, match="all 1 at risk at time 2 have the event") as seen:
        km = survival.kaplan_meier(time, event, entry=entry)
    assert seen[0].filename == __file__
    assert km.estimate.tolist() == [0, 0, 0, 0]
    with pytest.warns(SmallRiskSetWarning, match="in group 'x'") as seen:
        survival.kaplan_meier(time, event, entry=entry, group=["x"] * 4)
    assert seen[0].filename == __file__
    later = survival.kaplan_meier(time, event, entry=entry, start_time=3)
    same(later.estimate, [2 / 3, 2 / 3, 0])
    assert survival.kaplan_meier(time, event, entry=entry, form="nelson-aalen").estimate[-1] > 0


def test_start_time_conditions_on_survival_so_far():
    # R: survfit(Surv(time, status) ~ 1, start.time = 9) of the nonmaintained aml arm;
    # summary(fit, rmean = 40) prints 29.645833 and 3.261845
    time = [5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
    event = [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
    km = survival.kaplan_meier(time, event, start_time=9)
    assert km.at_risk.tolist() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert km.n == 8
    assert km.rmst(40).estimate == pytest.approx(29.645833, abs=1e-6)
    assert km.rmst(40).std_error == pytest.approx(3.261845, abs=1e-6)
    assert survival.kaplan_meier(time, event, start_time=8).at_risk[0] == 10


def test_reverse_is_the_curve_of_the_censorings():
    km = survival.kaplan_meier(WEEKS, RELAPSE, reverse=True)
    swapped = survival.kaplan_meier(WEEKS, 1 - np.array(RELAPSE))
    assert km.estimate.tolist() == swapped.estimate.tolist()
    assert km.events.tolist() == swapped.events.tolist()
    assert km.median.estimate == swapped.median.estimate


def test_interval_types_that_hold_at_n_of_eight_are_named_on_the_result():
    km = survival.kaplan_meier(
        "t", "e", interval="beta-product-mid-p", data={"t": [1, 2], "e": [1, 0]}
    )
    assert (km.interval, km.level, km.form, km.variance) == (
        "beta-product-mid-p", 0.95, "kaplan-meier", "greenwood",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], []), "time; there is no patient: give at least one row"),
        (([1, -2], [1, 0]), r"time\[1\] is -2; it cannot be negative"),
        (([1, np.nan], [1, 0]), r"time\[1\] is nan; a number is needed"),
        (([1, np.inf], [1, 0]), r"time\[1\] is inf; a number is needed"),
        (([1, None], [1, 0]), r"time\[1\] is None"),
        (([1, 2], [1, 2]), r"event\[1\] is 2.0; code an event as 1 or True"),
        (([1, 2], [1, -1]), r"event\[1\] is -1.0; code an event"),
        (([1, 2], [1, np.nan]), r"event\[1\] is nan; code an event"),
        (([1, 2], [1]), "event has 1 rows and time has 2"),
        (([[1, 2]], [1, 1]), "time has 2 dimensions"),
        ((["a", "b"], [1, 1]), "time holds values of type"),
    ],
)
def test_bad_rows_are_named(arguments, message):
    with pytest.raises(InputError, match=message):
        survival.kaplan_meier(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"entry": [0, 2]}, r"entry\[1\] is 2; it must be less than the end of its row"),
        ({"entry": [0, -1]}, r"entry\[1\] is -1; it cannot be negative"),
        ({"entry": [0, np.nan]}, r"entry\[1\] is nan"),
        ({"entry": [0, 2 - 1e-12]}, r"entry\[1\] is 1.999999999999; it differs from the end"),
        ({"entry": [0]}, "entry has 1 rows and time has 2"),
        ({"weights": [1, 1.5]}, r"weights\[1\] is 1.5; frequency weights are whole.*robust"),
        ({"weights": [1, -1]}, r"weights\[1\] is -1; it cannot be negative"),
        ({"weights": [1, np.inf]}, r"weights\[1\] is inf"),
        ({"weights": [0, 0]}, "weights; every weight is 0 here"),
        ({"weights": [1, 1e300], "variance": "robust"}, r"weights\[1\] is 1e\+300; sampling"),
        ({"cluster": [1, None]}, r"cluster\[1\] is None; give every row a label"),
        ({"group": ["a", None]}, r"group\[1\] is None; give every row a label"),
        ({"level": 1}, "level is 1; a level is a probability strictly between"),
        ({"level": np.nan}, "level; a level is a probability strictly between"),
        ({"start_time": 3}, "start_time is 3; nobody"),
        ({"start_time": -1}, "start_time is -1; it cannot be negative"),
        ({"start_time": np.inf}, "start_time is inf"),
        ({"interval": "loglog"}, r"interval is 'loglog'; choose one of \['plain', 'log'"),
        ({"form": "km"}, "form is 'km'; choose one of"),
        ({"lower": "x"}, "lower is 'x'; choose one of"),
        ({"variance": "x"}, "variance is 'x'; choose one of"),
        ({"interval": "beta-product", "entry": [0, 0]}, "interval; beta product limits are for"),
        ({"interval": "beta-product", "cluster": [1, 1]}, "interval; beta product limits are for"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        survival.kaplan_meier([1, 2], [1, 0], **options)


def test_a_group_without_followed_patients_is_refused():
    with pytest.raises(InputError, match="start_time is 5; nobody"):
        survival.kaplan_meier([1, 9], [1, 1], group=["a", "b"], start_time=5)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda km: km.at(-1), "times is -1; it cannot be negative"),
        (lambda km: km.at([0, np.nan]), r"times\[1\] is nan"),
        (lambda km: km.quantile(0), "p is 0; a probability strictly between 0 and 1"),
        (lambda km: km.quantile([0.5, 1]), r"p\[1\] is 1; a probability"),
        (lambda km: km.rmst(0), "tau is 0; it must be greater than 0"),
        (lambda km: km.rmst(36), "tau is 36; the curve is not known beyond the last follow-up"),
        (lambda km: km.band(lower=1), "lower is 1; a band begins at or after the first event"),
        (lambda km: km.band(upper=40), "upper is 40; a band begins"),
        (lambda km: km.band("x"), "kind is 'x'; choose one of"),
        (lambda km: km.band(transform="x"), "transform is 'x'; choose one of"),
    ],
)
def test_bad_questions_are_named(ask, message):
    with pytest.raises(InputError, match=message):
        ask(survival.kaplan_meier(WEEKS, RELAPSE))


def test_a_band_needs_greenwood():
    km = survival.kaplan_meier(WEEKS, RELAPSE, variance="robust")
    with pytest.raises(InputError, match="variance is 'robust'; a band rests on"):
        km.band()


def test_results_say_what_they_are():
    km = survival.kaplan_meier(WEEKS, RELAPSE)
    assert str(km) == "21 patients, 9 events, median 23 (95% log-log 13 to NR)"
    assert str(survival.kaplan_meier([1], [0])) == (
        "1 patient, 0 events, median NR (95% log-log NR to NR)"
    )
    assert str(km.median) == "median 23 (95% log-log 13 to NR)"
    assert str(km.quantile(0.25)) == "25% quantile 13 (95% log-log 6 to 22)"
    assert str(km.quantile([0.25, 0.5])) == "2 quantiles, 95% log-log"
    assert str(km.at([1, 2])) == "survival at 2 times, 95% log-log"
    assert str(km.rmst(20)) == "mean up to 20 is 16.12 (95% 13.66 to 18.57)"
    assert str(km.band()) == "95% hall-wellner band (log-log) from 6 to 35"


def test_results_are_tables_dicts_and_pickles():
    km = survival.kaplan_meier(WEEKS, RELAPSE, entry=np.zeros(21), cluster=np.arange(21) // 2)
    assert list(km.to_frame("pandas").columns)[:4] == ["time", "at_risk", "events", "censored"]
    assert km.to_frame("polars").shape == (16, 10)
    assert km.to_dict()["n"] == 21
    assert not any(name.startswith("_") for name in km.to_dict())
    assert "<table>" in km._repr_html_()
    for twin in (pickle.loads(pickle.dumps(km)), copy.deepcopy(km)):
        assert repr(twin.median) == repr(km.median)
        assert twin.rmst(20) == km.rmst(20)
        assert twin.at(7) == km.at(7)
    with pytest.raises(AttributeError):
        km.level = 0.9
    with pytest.raises(ValueError, match="read-only"):
        km.estimate[0] = 1
    for table in (km.at([1, 2]), km.median, km.rmst(9), survival.kaplan_meier([1], [1]).at(2)):
        assert table.to_frame("polars").shape[0] == np.size(table.estimate)


def test_columns_of_any_frame(golden):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"weeks": WEEKS, "relapse": RELAPSE, "arm": ["a", "b", "c"] * 7})
    arms = survival.kaplan_meier("weeks", "relapse", group="arm", data=frame)
    assert [arm.n for arm in arms.values()] == [7, 7, 7]
    stacked = arms.to_frame("polars")
    assert stacked["group"].unique().sort().to_list() == ["a", "b", "c"]
    assert len(str(arms).splitlines()) == 3


def test_input_is_not_changed_and_not_kept():
    time, event = np.array([3.0, 1.0, 2.0]), np.array([1, 0, 1])
    km = survival.kaplan_meier(time, event)
    time[:] = 9
    assert km.time.tolist() == [1, 2, 3]
    assert event.tolist() == [1, 0, 1]
