"""Cumulative incidence: by hand, against R, against its slow twin, and what must not change it."""

import math
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError, SmallRiskSetWarning

from tests.reference import competing_risks as twin

MONTHS = [1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
CAUSE = [1, 2, 1, 0, 1, 2, 0, 1, 0, 2, 1, 0]
CAUSES = [1, 2, 3]
INTERVALS = ["plain", "log", "log-log", "logit"]
VARIANCES = ["aalen", "greenwood"]
COLUMNS = ("estimate", "std_error", "low", "high")

days = st.integers(0, 30).map(float)
noisy = st.tuples(days, st.sampled_from([0.0, 1e-9, 0.25])).map(sum)


@st.composite
def patients(draw, time=noisy, most=14, causes=3):
    rows = draw(st.lists(st.tuples(time, st.integers(0, causes)), min_size=1, max_size=most))
    return [t for t, _ in rows], [c for _, c in rows]


@st.composite
def entering(draw, most=12):
    row = st.tuples(days, st.integers(1, 20), st.integers(0, 3), st.integers(0, 3))
    rows = draw(st.lists(row, min_size=1, max_size=most).filter(lambda x: any(w for *_, w in x)))
    entry = [e for e, *_ in rows]
    return entry, [e + d for e, d, *_ in rows], [c for *_, c, _ in rows], [w for *_, w in rows]


def fit(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallRiskSetWarning)
        return survival.competing_risks(*args, **{"causes": CAUSES} | options)


def same(actual, expected, rtol=1e-11, atol=1e-13):
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


def identical(a, b, *left_out):
    for name in a.__slots__:
        one, two = (getattr(result, name) for result in (a, b))
        if name not in left_out and isinstance(one, np.ndarray):
            assert one.tobytes() == two.tobytes(), name
        elif name not in left_out:
            assert repr(one) == repr(two), name


# --- R ------------------------------------------------------------------------------------------


def test_variances_of_twelve_patients(golden):
    case = golden("survival/cif_variances_small")
    expected = case["expected"]
    aalen = survival.competing_risks(case["inputs"]["time"], case["inputs"]["event"])
    greenwood = survival.competing_risks(
        case["inputs"]["time"], case["inputs"]["event"], variance="greenwood"
    )
    same(aalen.time, expected["time"])
    same(aalen.estimate, [expected["cif1"], expected["cif2"]], 1e-12)
    same(aalen.std_error**2, expected["var_cmprsk_causes_rows"], 1e-12)
    same(greenwood.std_error, np.transpose(expected["se_infinitesimal_jackknife"]), 1e-12)
    same(greenwood.std_error[0], expected["prodlim_se1"], 1e-12)
    rows = np.isin(greenwood.time, expected["etm_cif2"]["time"])
    same(greenwood.std_error[1][rows] ** 2, expected["etm_cif2"]["var"], 1e-12)


def test_curves_of_two_groups_with_times_at_zero(golden):
    case = golden("survival/cif_gray_35")
    inputs, expected = case["inputs"], case["expected"]
    groups = survival.competing_risks(inputs["ftime"], inputs["status"], inputs["dis"])
    for row, name in enumerate(expected["curves"]):
        group, cause = map(int, name.split())
        at = groups[group].cause(cause).at(expected["times"])
        known = [value is not None for value in expected["est"][row]]
        same(at.estimate[known], [v for v in expected["est"][row] if v is not None], 1e-12)
        same(at.std_error[known] ** 2, [v for v in expected["var"][row] if v is not None], 1e-12)

    # at 36 R says NA; all 18 patients of group 1 have had an event by 35
    same([groups[1].cause(k).at(36).estimate for k in (1, 2)], [15 / 18, 3 / 18])


def test_random_cohorts(golden, column):
    for case in golden("survival/competing_random")["cases"]:
        for variance in VARIANCES:
            ci = survival.competing_risks(case["time"], case["cause"], variance=variance)
            assert list(ci.causes) == case["causes"]
            same(ci.time, case["at"])
            for curve in case["curves"]:
                one = ci.cause(curve["cause"])
                expected = column(curve["estimate"])
                known = ~np.isnan(expected)
                same(one.estimate[known], expected[known], 1e-12)
                same(one.time_lost(case["tau"][0]).estimate, curve["time_lost"][0], 1e-12)
                if variance == "aalen":
                    same(one.std_error[known] ** 2, column(curve["var_aalen"])[known], 1e-11, 1e-15)
                else:
                    same(one.std_error, column(curve["std_error_survfit"]), 1e-10, 1e-8)
                    of_prodlim = column(curve["std_error_prodlim"])
                    there = ~np.isnan(of_prodlim)
                    same(one.std_error[there], of_prodlim[there], 1e-10, 1e-8)


# --- the twin -----------------------------------------------------------------------------------


def check(ci, rows, interval):
    for name in ("time", "at_risk", "censored", "event_free"):
        same(getattr(ci, name), [row[name] for row in rows])
    for k in range(len(ci.causes)):
        for name in ("events", "estimate"):
            same(getattr(ci, name)[k], [row[name][k] for row in rows])
        same(ci.std_error[k], [row["std_error"][k] for row in rows], 1e-9, 3e-8)
        for j, row in enumerate(rows):
            if row["estimate"][k] < 1 - 1e-9:
                limits = ci.low[k][j], ci.high[k][j]
                same(limits, twin.limits(rows, j, k, interval), 1e-6, 1e-7)


@settings(deadline=None, max_examples=60)
@given(patients(days), st.sampled_from(VARIANCES), st.sampled_from(INTERVALS))
def test_curves_agree_with_the_twin(data, variance, interval):
    ci = fit(*data, variance=variance, interval=interval)
    check(ci, twin.curves(*data, CAUSES, variance=variance), interval)


@settings(deadline=None, max_examples=60)
@given(entering(), st.sampled_from(VARIANCES), st.sampled_from(INTERVALS))
def test_late_entry_and_weights_agree_with_the_twin(data, variance, interval):
    entry, time, cause, weight = data
    ci = fit(time, cause, entry=entry, weights=weight, variance=variance, interval=interval)
    rows = twin.curves(time, cause, CAUSES, entry, weight, variance)
    check(ci, rows, interval)
    for k in range(3):
        tau = 0.8 * ci.time[-1]
        if tau > 0:
            lost = ci.cause(CAUSES[k]).time_lost(tau)
            expected = twin.time_lost(rows, k, tau, variance)
            same([lost.estimate, lost.std_error], expected, 1e-9, 1e-7)


@settings(deadline=None, max_examples=30)
@given(patients(days, most=8), st.floats(0.2, 0.99))
def test_greenwood_is_the_infinitesimal_jackknife(data, part):
    time, cause = data
    ci = fit(*data, variance="greenwood")
    tau = part * max(time)
    assume(tau > 0)
    step = 1e-5
    moves, areas = [], []
    for i in range(len(time)):
        pair = []
        for sign in (1, -1):
            weight = [1.0 + sign * step * (j == i) for j in range(len(time))]
            rows = twin.curves(time, cause, CAUSES, weight=weight, variance="greenwood")
            pair.append(
                ([row["estimate"][0] for row in rows], twin.time_lost(rows, 0, tau, "greenwood")[0])
            )
        moves.append((np.array(pair[0][0]) - pair[1][0]) / (2 * step))
        areas.append((pair[0][1] - pair[1][1]) / (2 * step))
    same(ci.std_error[0], np.sqrt((np.array(moves) ** 2).sum(axis=0)), 1e-5, 1e-6)
    same(ci.cause(1).time_lost(tau).std_error, math.sqrt(sum(a * a for a in areas)), 1e-5, 1e-5)


# --- what must hold -----------------------------------------------------------------------------


@settings(deadline=None)
@given(patients(), st.sampled_from(VARIANCES))
def test_incidences_and_event_free_survival_add_up(data, variance):
    ci = fit(*data, variance=variance)
    same(ci.estimate.sum(axis=0) + ci.event_free, np.ones(len(ci.time)), 1e-13)
    km = survival.kaplan_meier(data[0], np.array(data[1]) > 0)
    assert km.estimate.tobytes() == ci.event_free.tobytes()
    same(km.std_error, ci.event_free_std_error)
    tau = float(ci.time[-1])
    if tau > 0:
        same(ci.time_lost(tau).estimate.sum() + km.rmst(tau).estimate, tau, 1e-12)


@settings(deadline=None)
@given(patients(causes=1))
def test_without_competing_events_it_is_the_complement_of_kaplan_meier(data):
    km = survival.kaplan_meier(*data)
    ci = fit(*data, variance="greenwood").cause(1)
    same(ci.estimate, 1 - km.estimate, 1e-12)
    there = km.estimate > 0
    same(ci.std_error[there], km.std_error[there], 1e-9, 3e-9)
    whole = survival.kaplan_meier(*data, interval="beta-product")
    for row in np.flatnonzero(~there):
        same([ci.low[row], ci.high[row]], [1 - whole.high[row], 1])


@settings(deadline=None)
@given(st.lists(st.tuples(days, st.integers(1, 3)), min_size=1, max_size=20))
def test_without_censoring_it_is_a_proportion(rows):
    time, cause = (np.array(column) for column in zip(*rows, strict=True))
    ci = fit(time, cause, variance="greenwood")
    n = len(rows)
    for k in CAUSES:
        share = np.array([np.sum((cause == k) & (time <= t)) for t in ci.time]) / n
        same(ci.cause(k).estimate, share)
        same(ci.cause(k).std_error, np.sqrt(share * (1 - share) / n), 1e-9, 3e-8)
        none, every = share == 0, share == 1
        same(ci.cause(k).high[none], 1 - 0.025 ** (1 / n))
        same(ci.cause(k).low[every], 0.025 ** (1 / n), 1e-10)


@settings(deadline=None)
@given(patients(), st.sampled_from(VARIANCES), st.sampled_from(INTERVALS))
def test_limits_enclose_the_estimate_and_never_have_width_0(data, variance, interval):
    ci = fit(*data, variance=variance, interval=interval)
    assert np.all((ci.low >= 0) & (ci.high <= 1))
    assert np.all((ci.low <= ci.estimate + 1e-12) & (ci.estimate <= ci.high + 1e-12))
    assert np.all(ci.high > ci.low)


@settings(deadline=None)
@given(patients(), st.data())
def test_the_order_of_rows_does_not_matter(data, draw):
    rows = draw.draw(st.permutations(range(len(data[0]))))
    identical(fit([data[0][i] for i in rows], [data[1][i] for i in rows]), fit(*data))


@settings(deadline=None)
@given(patients(st.floats(1e-3, 1e4)), st.integers(-3, 12))
def test_the_unit_of_time_does_not_matter(data, power):
    scaled = fit([t * 2.0**power for t in data[0]], data[1], timefix=False)
    ci = fit(*data, timefix=False)
    for name in COLUMNS:
        assert getattr(scaled, name).tobytes() == getattr(ci, name).tobytes()
    assert (scaled.time * 2.0**-power).tolist() == ci.time.tolist()


@settings(deadline=None)
@given(patients(), st.permutations(CAUSES))
def test_other_labels_of_the_causes_change_nothing_else(data, order):
    words = ["censor", "x", "a", "m"]
    renamed = [0 if c == 0 else order[c - 1] for c in data[1]]
    ci, other = fit(*data), fit(data[0], renamed)
    text = survival.competing_risks(
        data[0], [words[c] for c in data[1]], causes=words[1:], censored="censor"
    )
    for k in CAUSES:
        for name in COLUMNS:
            column = getattr(ci.cause(k), name).tobytes()
            assert column == getattr(other.cause(order[k - 1]), name).tobytes()
            assert column == getattr(text.cause(words[k]), name).tobytes()


@settings(deadline=None)
@given(entering())
def test_weights_are_repeated_rows(data):
    entry, time, cause, weight = data
    repeated = [np.repeat(column, weight) for column in (time, cause, entry)]
    many = fit(*repeated[:2], entry=repeated[2])
    identical(fit(time, cause, entry=entry, weights=weight), many)


@settings(deadline=None)
@given(entering(), st.floats(0.01, 0.99))
def test_splitting_rows_changes_nothing_at_the_times_of_events(data, part):
    entry, time, cause, _ = data
    middle = [e + part * (t - e) for e, t in zip(entry, time, strict=True)]
    ci = fit(time, cause, entry=entry, timefix=False)
    split = fit(middle + time, [0] * len(time) + cause, entry=entry + middle, timefix=False)
    events = ci.events.sum(axis=0) > 0
    rows = np.isin(split.time, ci.time[events])
    same(split.estimate[:, rows], ci.estimate[:, events])
    same(split.std_error[:, rows], ci.std_error[:, events], 1e-9, 3e-9)


@settings(deadline=None)
@given(patients(), st.data())
def test_groups_are_the_curves_of_their_patients(data, draw):
    arms = draw.draw(st.lists(st.sampled_from("abc"), min_size=len(data[0]), max_size=len(data[0])))
    data = (np.round(data[0], 3), np.array(data[1]))
    for label, curves in fit(*data, arms).items():
        rows = np.array(arms) == label
        identical(curves, fit(data[0][rows], data[1][rows]), "merged")


@pytest.mark.parametrize("n", [255, 256, 3000])
def test_counting_days_is_sorting_them(n):
    rng = np.random.default_rng(n)
    time, cause = np.floor(rng.exponential(20, n)), rng.integers(0, 4, n)
    ci = fit(time, cause)
    identical(ci, fit(time, cause, weights=np.ones(n)))
    moved = fit(time + 0.5, cause)
    assert (moved.time - 0.5).tolist() == ci.time.tolist()
    assert moved.estimate.tobytes() == ci.estimate.tobytes()
    rows = twin.counts(time.tolist(), cause.tolist(), CAUSES)
    assert ci.events.T.tolist() == [row["events"] for row in rows]


def test_many_patients_agree_with_few_formulas():
    rng = np.random.default_rng(8)
    time, cause = rng.exponential(10, 20_000), rng.integers(0, 3, 20_000)
    ci = fit(time, cause, causes=[1, 2])
    at = ci.cause(1).at([5.0])
    # rates of a third each of 1/10: F = (1 - exp(-2/3 t/10)) / 2
    assert abs(at.estimate[0] - (1 - math.exp(-1 / 3)) / 2) < 4 * at.std_error[0]
    centre, width = np.log(-np.log(at.estimate)), at.std_error / (at.estimate * np.log(at.estimate))
    same(at.low, np.exp(-np.exp(centre - 1.959963984540054 * width)), 1e-12)
    same(at.high, np.exp(-np.exp(centre + 1.959963984540054 * width)), 1e-12)


# --- edges --------------------------------------------------------------------------------------


def test_a_cause_that_nobody_had_has_limits():
    ci = survival.competing_risks([5, 8, 9, 12, 20], [0, 2, 0, 2, 0], causes=[1, 2])
    relapse = ci.cause(1)
    assert relapse.estimate.tolist() == [0] * 5
    # before any of them is censored, 0 of 5
    same(relapse.high[0], 1 - 0.025 ** (1 / 5))
    same(relapse.at(0).high, 1 - 0.025 ** (1 / 5))
    # after day 9 two are followed, and so would two in three of those who died on day 8
    same(relapse.at(10).high, 1 - 0.025 ** (1 / (2 + 2 / 3)))
    lost = relapse.time_lost(10)
    assert (lost.estimate, lost.std_error, lost.low) == (0, 0, 0)
    same(lost.high, 10 * relapse.at(10).high)


def test_nobody_is_censored():
    ci = survival.competing_risks([3, 1, 2], [2, 1, 1])
    assert ci.cause(1).estimate.tolist() == [1 / 3, 2 / 3, 2 / 3]
    assert ci.cause(2).at(50).estimate == 1 / 3
    assert ci.event_free[-1] == 0
    assert math.isnan(ci.event_free_std_error[-1])


@pytest.mark.parametrize("cause", [0, 1])
def test_one_patient(cause):
    ci = survival.competing_risks([7], [cause], causes=[1, 2])
    one = ci.cause(1)
    assert one.estimate.tolist() == [float(cause)]
    same([one.low[0], one.high[0]], [0.025 * cause, 1 if cause else 0.975])
    assert str(ci) == f"1 patient, events: {cause} of 1, 0 of 2, {1 - cause} censored"


def test_all_censored_has_no_cause_unless_it_is_named():
    ci = survival.competing_risks([1, 2], [0, 0])
    assert ci.causes == ()
    assert ci.event_free.tolist() == [1, 1]
    assert str(ci) == "2 patients, events: none, 2 censored"
    with pytest.raises(InputError, match=r"cause is 1; choose one of \[\], or name a cause"):
        ci.cause(1)


def test_quantiles_and_times_beyond_the_follow_up():
    ci = survival.competing_risks(MONTHS, CAUSE)
    one = ci.cause(1)
    q = one.quantile([0.2, 0.9])
    assert q.estimate[0] == 4
    assert math.isnan(q.estimate[1])
    assert one.high[2] < 0.5 < one.high[3]
    assert str(one.quantile(0.5)) == "median 10 (95% log-log 4 to NR)"
    after = one.at([11, 11.5])
    assert not math.isnan(after.estimate[0])
    assert math.isnan(after.estimate[1])
    assert after.at_risk.tolist() == [1, 0]


def test_an_early_risk_set_of_one_is_warned_of():
    with pytest.warns(SmallRiskSetWarning, match="all 1 at risk at time 1 have an event, so noth"):
        survival.competing_risks([1, 4, 5], [2, 1, 0], entry=[0, 2, 2])
    with pytest.warns(SmallRiskSetWarning, match="in group 'b'"):
        survival.competing_risks([1, 4, 5], [2, 1, 0], ["b"] * 3, entry=[0, 2, 2])


def test_times_within_rounding_are_one():
    ci = survival.competing_risks([0.1 + 0.2, 0.3, 1], [1, 2, 0])
    assert ci.merged == 1
    assert ci.time.tolist() == [0.3, 1]
    assert ci.cause(1).at(0.1 + 0.2).estimate == 1 / 3
    apart = survival.competing_risks([0.1 + 0.2, 0.3, 1], [1, 2, 0], timefix=False)
    assert len(apart.time) == 3
    assert apart.merged == 0


# --- input --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "cause", "options", "message"),
    [
        ([1, -2], [0, 1], {}, r"time\[1\] is -2; it cannot be negative"),
        ([1, math.nan], [0, 1], {}, r"time\[1\] is nan; a number is needed here"),
        ([1, 2], [0, 0.5], {}, r"cause\[1\] is 0.5"),
        ([1, 2], [0, 1, 2], {}, r"cause has 3 rows"),
        ([1, 2], [0, 3], {"causes": [1, 2]}, r"cause\[1\] is 3; it is neither one of causes nor"),
        ([1, 2], [0, 1], {"causes": [0, 1]}, r"causes\[0\] is 0, the code of a censored patient"),
        ([1, 2], [0, 1], {"causes": [1, 1]}, r"causes\[1\] is 1, which is there twice"),
        ([1, 2], [0, 1], {"causes": []}, r"causes has 0 entries; give 1 to 63 labels"),
        ([1, 2], [0, 1], {"censored": "no"}, r"censored is 'no'; give the number that stands for"),
        ([1, 2], [0, 1], {"level": 1.0}, r"level is 1; a level is a probability"),
        ([1, 2], [0, 1], {"interval": "arcsine"}, r"interval is 'arcsine'"),
        ([1, 2], [0, 1], {"variance": "ij"}, r"variance is 'ij'"),
        (
            [1, 2],
            [0, 1],
            {"weights": [1, 0.5]},
            r"weights\[1\] is 0.5; frequency weights",
        ),
        ([1, 2], [0, 1], {"weights": [0, 0]}, r"every weight is 0 here"),
        ([1, 2], [0, 1], {"entry": [0, 2]}, r"entry\[1\] is 2; it must be less than the end"),
        ([], [], {}, r"there is no patient"),
        (range(70), range(70), {}, r"cause\[64\] is 64; there are more than 63 causes"),
        (None, [1], {}, r"time is None; give one value a patient"),
        ([1], None, {}, r"cause has 0 dimensions; give one label a patient"),
    ],
)
def test_bad_input_is_named(time, cause, options, message):
    with pytest.raises(InputError, match=message):
        survival.competing_risks(time, cause, **options)


WORDS = ["relapse", "death", "none", "relapse"]


def test_text_causes_take_the_label_of_the_censored():
    ci = survival.competing_risks([1, 2, 3, 4], WORDS, censored="none")
    assert ci.causes == ("death", "relapse")
    assert ci.censored.tolist() == [0, 0, 1, 0]
    assert str(ci.cause("relapse").at(1)).startswith("cumulative incidence of relapse at 1 is 0.25")
    as_objects = np.array(WORDS, dtype=object)
    identical(ci, survival.competing_risks([1, 2, 3, 4], as_objects, censored="none"))
    with pytest.raises(InputError, match=r"censored is 0; cause holds text, so give the label of"):
        survival.competing_risks([1, 2, 3, 4], WORDS)
    with pytest.raises(InputError, match=r"censored is 'None', which is no label of cause"):
        survival.competing_risks([1, 2, 3, 4], WORDS, censored="None")
    with pytest.raises(InputError, match=r"cause\[2\] is 'none'; it is neither one of causes nor"):
        survival.competing_risks([1, 2, 3, 4], WORDS, censored="None", causes=["relapse", "death"])
    with pytest.raises(InputError, match=r"causes\[1\] is 'none', the label of a censored patient"):
        survival.competing_risks([1, 2, 3, 4], WORDS, censored="none", causes=["death", "none"])
    with pytest.raises(InputError, match=r"causes is \['death', 'relapse', 'death'\]; give each"):
        survival.competing_risks(
            [1, 2, 3, 4], WORDS, censored="none", causes=["death", "relapse", "death"]
        )


def test_nobody_is_censored_in_text():
    ci = survival.competing_risks([1, 2], ["b", "a"], censored="none", causes=["a", "b", "c"])
    assert ci.causes == ("a", "b", "c")
    assert ci.estimate[:, -1].tolist() == [0.5, 0.5, 0]


def test_whole_numbers_of_any_type_are_causes():
    expected = survival.competing_risks(MONTHS, CAUSE)
    for kind in (float, np.int8, object):
        identical(expected, survival.competing_risks(MONTHS, np.array(CAUSE, kind)))
    other = survival.competing_risks(MONTHS, np.array(CAUSE) + 5, censored=5.0)
    assert other.causes == (6, 7)
    assert other.estimate.tobytes() == expected.estimate.tobytes()


# --- results ------------------------------------------------------------------------------------


def test_columns_come_from_a_frame():
    frame = {"months": np.array(MONTHS), "event": np.array(CAUSE), "arm": np.array(list("ab") * 6)}
    grouped = survival.competing_risks("months", "event", "arm", data=frame)
    assert list(grouped) == ["a", "b"]
    rows = sum(2 * len(each.time) for each in grouped.values())
    assert grouped.to_frame("pandas").shape[0] == rows


def test_results_are_tables_dicts_and_pickles():
    ci = survival.competing_risks(MONTHS, CAUSE)
    one = ci.cause(2)
    assert ci.to_frame("pandas").query("cause == 2")["estimate"].tolist() == one.estimate.tolist()
    assert list(one.to_frame("pandas")) == ["time", "at_risk", "events", "competing", "censored",
                                            "estimate", "std_error", "low", "high"]  # fmt: skip
    assert one.to_dict()["cause"] == 2
    assert "_all" not in one.to_dict()
    assert "cumulative incidence" in one.at([3, 4])._repr_html_()
    identical(pickle.loads(pickle.dumps(ci)), ci)
    assert pickle.loads(pickle.dumps(one)).at(4).estimate == one.at(4).estimate
    lost = ci.time_lost(10)
    assert lost.to_frame("pandas")["cause"].tolist() == [1, 2]
    assert str(lost) == "mean time lost before 10 to each of 2 causes"
    assert not ci.estimate.flags.writeable
    assert not lost.estimate.flags.writeable
    for name in ("events", "competing", "estimate"):
        assert not getattr(one, name).flags.writeable


def test_summaries_refuse_what_they_cannot_answer():
    one = survival.competing_risks(MONTHS, CAUSE).cause(1)
    with pytest.raises(InputError, match=r"times\[1\] is -1"):
        one.at([1, -1])
    with pytest.raises(InputError, match=r"p is 1; a probability strictly between"):
        one.quantile(1)
    with pytest.raises(InputError, match=r"tau is 12; the curve is not known beyond"):
        one.time_lost(12)
    with pytest.raises(InputError, match=r"tau is 0; it must be greater than 0"):
        one.time_lost(0)


def test_pictures():
    ci = survival.competing_risks(MONTHS, CAUSE)
    ax = ci.plot(risk_table=True)
    assert [line.get_label() for line in ax.get_lines()] == ["1", "2"]
    assert ax.get_lines()[0].get_ydata()[-1] == ci.estimate[0, -1]
    stacked = ci.plot(stacked=True)
    assert len(stacked.collections) == 2
    assert stacked.get_ylabel() == "cumulative incidence"
    assert len(ci.cause(2).plot(limits=False).get_lines()) == 1
    grouped = survival.competing_risks(MONTHS, CAUSE, list("ab") * 6)
    texts = [text.get_text() for text in grouped.plot().get_legend().get_texts()]
    assert texts == ["a, 1", "a, 2", "b, 1", "b, 2"]
    assert len(grouped.plot(causes=[1], risk_table=True).get_lines()) == 2
    with pytest.raises(InputError, match="stacked is True"):
        grouped.plot(stacked=True)
