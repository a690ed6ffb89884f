"""Decay of titres, seroconversion and retention: golden values of R, the twin, and the ends."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery, survival
from immunoreset.errors import InputError

from tests.reference import titre as twin

DAY = [-2, 14, 28, 56, 84, 112, 168, 252]


# --- decay ----------------------------------------------------------------------------------------


def test_agrees_with_nls(golden):
    case = golden("recovery/titre")["decay"]
    patient = ["A"] * len(case["day"])
    known = recovery.titre(patient, case["day"], case["value"], half_life="IgG1")
    free = recovery.titre(patient, case["day"], case["value"], half_life=None)
    for fit, expected, rel in ((known, case["known"], 1e-8), (free, case["free"], 1e-6)):
        assert fit.share[0] == pytest.approx(expected["share"], rel=rel)
        assert fit.half_life[0] == pytest.approx(expected["half_life"], rel=rel)
        assert fit.short_lived[0] + fit.long_lived[0] == pytest.approx(expected["initial"], rel=rel)
        assert fit.sd[0] == pytest.approx(expected["sd"], rel=rel)
        assert fit.loglik[0] == pytest.approx(expected["loglik"], rel=1e-8)
        assert fit.score_norm[0] < 1e-8
    assert known.share_low[0] == pytest.approx(case["known"]["share_low"], rel=1e-8)
    assert known.share_high[0] == pytest.approx(case["known"]["share_high"], rel=1e-8)
    assert (known.df[0], free.df[0]) == (pytest.approx(6), pytest.approx(5))


def test_values_on_the_curve_by_hand():
    # 24 / 2^t + 8, half-lives of 21 days
    fit = recovery.titre(
        ["A"] * 5, [0, 21, 42, 63, 84], [32, 20, 14, 11, 9.5], half_life=21, sd=0.1
    )
    assert fit.share[0] == pytest.approx(0.75, rel=1e-9)
    assert (fit.short_lived[0], fit.long_lived[0]) == pytest.approx((24, 8), rel=1e-9)
    assert math.isinf(fit.df[0])
    alone = recovery.titre(["A"] * 5, [0, 21, 42, 63, 84], [32, 20, 14, 11, 9.5], half_life=21)
    assert alone.status[0] == "no-scatter"
    assert "give sd=" in alone.reason[0]


@st.composite
def series(draw):
    """Titres about a curve, some beyond limits or between two dilutions."""
    n = draw(st.integers(5, 8))
    day = sorted(draw(st.sets(st.integers(1, 200), min_size=n - 1, max_size=n - 1)))
    share = draw(st.sampled_from([0.0, 0.4, 0.8, 0.97]))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    time = np.array([0, *day], float)
    value = 200 * (share * 2 ** (-time / 21) + 1 - share) * np.exp(rng.normal(0, 0.3, n))
    return time, value, draw(st.sampled_from([None, 40.0])), draw(st.sampled_from([None, 190.0]))


@given(series(), st.sampled_from([None, 0.3]))
@settings(max_examples=12, deadline=None)
def test_limits_lie_on_the_profile_of_the_twin(rows, sd):
    time, value, lloq, uloq = rows
    fit = recovery.titre(["A"] * len(time), time, value, half_life=21, lloq=lloq, uloq=uloq, sd=sd)
    if fit.status[0] != "fitted":
        return
    low = [-math.inf if x < (lloq or 0) else math.log(min(x, uloq or math.inf)) for x in value]
    high = [math.log(max(x, lloq or 0)) if x < (uloq or math.inf) else math.inf for x in value]
    at = {
        share: twin.loglik(low, high, twin.curve(share, 21, time), sd)
        for share in (fit.share[0], fit.share_low[0], fit.share_high[0], 0.2, 0.5, 0.9)
        if share < 1
    }
    peak = fit.loglik[0]
    if fit.share[0] < 1:
        assert at[fit.share[0]] == pytest.approx(peak, abs=1e-6)
    assert max(at.values()) <= peak + 1e-6
    if sd is not None:
        drop = 3.841458820694124 / 2
    else:
        student = pytest.importorskip("scipy.stats").t
        n, t = fit.df[0] + 2, student.ppf(0.975, fit.df[0])
        drop = 0.5 * n * math.log1p(t * t / fit.df[0])
    for limit in (fit.share_low[0], fit.share_high[0]):
        if 0 < limit < 1:
            assert peak - at[limit] == pytest.approx(drop, abs=1e-5)


@given(st.integers(0, 10**6), st.sampled_from([0.01, 1000.0]))
@settings(max_examples=15, deadline=None)
def test_unit_and_order_do_not_matter(seed, unit):
    rng = np.random.default_rng(seed)
    day = np.array(DAY * 3)
    patient = np.repeat(["A", "B", "C"], len(DAY))
    value = np.exp(rng.normal(4, 0.5, len(day)))
    fit = recovery.titre(patient, day, value, half_life="IgG3", lloq=20)
    turn = rng.permutation(len(day))
    other = recovery.titre(
        patient[turn], day[turn], value[turn] * unit, half_life=7, lloq=20 * unit
    )
    assert other.status.tolist() == fit.status.tolist()
    for name in ("share", "share_low", "share_high", "sd"):
        assert getattr(other, name) == pytest.approx(
            getattr(fit, name), rel=1e-6, abs=1e-9, nan_ok=True
        )


def test_every_patient_has_a_row_and_a_reason():
    day, value = [0, 21, 42, 84], [100, 60, 30, 22]
    fit = recovery.titre(
        ["A"] * 4 + ["B"] * 4 + ["C"] * 2, day + day + [0, 30], [*value, 5, 5, 5, 5, 80, 20],
        half_life=21, lloq=10, patients=["A", "B", "C", "D"],
    )  # fmt: skip
    assert fit.status.tolist() == ["fitted", "none-quantified", "too-few", "no-samples"]
    assert [bool(reason) for reason in fit.reason] == [False, True, True, True]
    assert np.isnan(fit.share[1:]).all()
    assert fit.below.tolist() == [0, 4, 0, 0]
    assert str(fit).startswith("4 patients, 1 fitted: short-lived share 0.")
    assert "1 no-samples; 1 none-quantified; 1 too-few" in str(fit)
    assert fit.to_dict()["status"][3] == "no-samples"
    assert list(fit.to_frame("pandas")["patient"]) == ["A", "B", "C", "D"]
    assert pickle.loads(pickle.dumps(fit)).share[0] == fit.share[0]


def test_samples_after_immunoglobulin_are_left_out():
    day, value = [0, 21, 42, 63, 84, 105], [12, 7.1, 4.9, 9.5, 3.4, 2.9]
    fit = recovery.titre(["A"] * 6, day, value, half_life="IgG1", ivig_day={"A": [42, 60]})
    assert fit.left_out[0] == 2  # days 63 and 84; that of day 42 was drawn before
    assert fit.samples[0] == 4
    assert "2 samples after immunoglobulin left out" in str(fit)
    kept = recovery.titre(
        ["A"] * 6, day, value, half_life="IgG1", ivig_day={"A": 60}, ivig_window=10
    )
    assert kept.left_out[0] == 1


def test_dilutions_need_a_scatter():
    day, value = [0, 28, 56, 84, 168], [640, 320, 160, 160, 160]
    arguments = {"half_life": "IgG1", "dilution": 2}
    alone = recovery.titre(["A"] * 5, day, value, **arguments)
    assert alone.status[0] == "no-scatter"
    fit = recovery.titre(["A"] * 5, day, value, sd=0.35, **arguments)
    assert fit.status[0] == "fitted"
    assert 0 < fit.share_low[0] < fit.share[0] < fit.share_high[0] < 1


def test_dilutions_of_several_patients_share_a_scatter():
    rng = np.random.default_rng(9)
    day = np.array([0, 14, 28, 56, 84, 168])
    share = np.array([0.0, 0.5, 0.8, 0.95, 0.9, 0.3])
    curve = 2000 * (share[:, None] * 2 ** (-day / 21) + 1 - share[:, None])
    value = 2 ** np.floor(np.log2(curve * np.exp(rng.normal(0, 0.5, curve.shape))))
    patient, days = np.repeat(list("ABCDEF"), 6), np.tile(day, 6)
    fit = recovery.titre(
        patient, days, value.ravel(), half_life="IgG1", dilution=2, sd="common", patients="ABCDEFG"
    )
    assert fit.status.tolist() == ["fitted"] * 6 + ["no-samples"]
    assert np.unique(fit.sd[:6]).size == 1
    assert 0.25 < fit.sd[0] < 0.9
    assert 10 < fit.df[0] < 36 - 12
    assert ((fit.share_low[:6] <= share) & (share <= fit.share_high[:6])).all()
    assert fit.given_sd == "common"


def test_groups_are_compared_by_shares():
    rng = np.random.default_rng(4)
    day = np.array([0, 21, 42, 84, 168])
    share = {"cd19": [0.3, 0.35, 0.4, 0.45], "bcma": [0.85, 0.9, 0.93, 0.95]}
    patient, value, product = [], [], {}
    for name, shares in share.items():
        for i, s in enumerate(shares):
            patient += [f"{name}{i}"] * 5
            product[f"{name}{i}"] = name
            value += list(10 * (s * 2 ** (-day / 21) + 1 - s) * np.exp(rng.normal(0, 0.02, 5)))
    fit = recovery.titre(patient, list(day) * 8, value, half_life="IgG1", group=product)
    test = fit.compare()
    assert test.pvalue == pytest.approx(2 / 70)  # of 8 over 4 divisions the two extreme ones
    assert test.groups == ("bcma", "cd19")
    assert test.method == "exact"
    assert fit.compare("long_lived").pvalue < 0.06
    with pytest.raises(InputError, match="of is 'sd'"):
        fit.compare("sd")
    with pytest.raises(InputError, match="there are no groups"):
        recovery.titre(patient, list(day) * 8, value, half_life="IgG1").compare()


def test_columns_of_a_frame():
    data = {"id": ["A"] * 4, "day": [0, 21, 42, 84], "igg": [12.0, 9, 8.1, 6.9], "low": [1.0] * 4}
    fit = recovery.titre("id", "day", "igg", half_life="IgG1", lloq="low", data=data)
    same = recovery.titre(data["id"], data["day"], data["igg"], half_life=21.0, lloq=1.0)
    assert fit.share[0] == same.share[0]


def test_the_picture_has_points_curves_and_bands():
    day, value = [0, 21, 42, 84, 168], [1500, 600, 300, 90, 20]
    fit = recovery.titre(["A"] * 5, day, value, half_life="IgG1", lloq=30, uloq=1280)
    ax = fit.plot()
    assert ax.get_yscale() == "log"
    assert len(ax.patches) == 2
    assert len(ax.lines) == 2 - (fit.long_lived[0] == 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"value": [3, 0, 1, 1]}, r"value\[1\]; a titre of 0 has no logarithm: give lloq="),
        ({"value": [3, -1, 1, 1]}, r"value\[1\] is -1; it cannot be negative"),
        ({"value": [3, math.nan, 1, 1]}, r"value\[1\] is nan"),
        ({"day": [0, 1, 2, 1e9]}, r"day\[3\] is 1000000000; days lie within a million"),
        ({"half_life": "IgE"}, "half_life is 'IgE'; give days, or one of"),
        ({"half_life": 0}, "half_life is 0; a half-life lies between 0.01"),
        ({"half_life": math.nan}, "half_life is nan; give a number, or None"),
        ({"sd": "pooled"}, "sd is 'pooled'; give a number, 'common', or None"),
        ({"sd": 0}, "sd is 0; the standard deviation of log titres"),
        ({"dilution": 1}, "dilution is 1; a step between two dilutions"),
        ({"lloq": 5, "uloq": 4}, r"lloq\[0\] is 5; it is not below the upper limit"),
        ({"lloq": [1, 2]}, "lloq has 2 rows and patient has 4"),
        ({"level": 95}, "level is 95"),
        ({"ivig_day": 3}, "ivig_day is no mapping"),
        ({"ivig_day": {"B": 3}}, "ivig_day names 'B', who is no patient"),
        ({"ivig_day": {"A": [3, None]}}, "ivig_day of patient 'A' is None"),
        ({"ivig_day": {"A": 3}, "ivig_window": -1}, "ivig_window is -1"),
        (
            {"lloq": 2, "below": [0, 0, 0, 1], "value": [5, 4, 3, 3]},
            r"value\[3\] is 3; it is flagged",
        ),
    ],
)
def test_bad_titres_are_named(arguments, words):
    whole = {"day": [0, 1, 2, 3], "value": [4, 3, 2, 1], "half_life": 21, **arguments}
    with pytest.raises(InputError, match=words):
        recovery.titre(["A"] * 4, whole.pop("day"), whole.pop("value"), **whole)


# --- seroconversion -------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(-30, 300), st.integers(0, 40)), min_size=1, max_size=9,
             unique_by=lambda row: row[0]),
    st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_seroconversion_is_that_of_the_twin(samples, confirm):
    day, value = zip(*samples, strict=True)
    found = recovery.seroconversion(["A"] * len(day), day, value, uln=20, confirm=confirm)
    status, left, right = twin.seroconversion(samples, 20, confirm)
    assert found.status[0] == status
    if left is None:
        assert np.isnan(found.left[0])
        assert np.isnan(found.right[0])
    else:
        assert (found.left[0], found.right[0]) == (left, right)


def test_intervals_feed_the_survival_functions():
    day = [-1, 28, 56, 84] * 5
    value = [90, 41, 17, 12, 60, 33, 30, 18, 15, 9, 8, 8, 50, 19, 18, 3, 44, 40, 41, 39]
    loss = recovery.seroconversion(
        sorted("ABCDE" * 4), day, value, uln=20,
        group={"A": "CD19", "B": "CD19", "C": "CD19", "D": "BCMA", "E": "BCMA"},
    )  # fmt: skip
    days = loss.intervals()
    assert days.patient == ["A", "B", "D", "E"]
    assert days.left.tolist() == [28, 56, 0, 84]
    assert days.right.tolist() == [56, math.inf, 28, math.inf]
    assert days.group == ["CD19", "CD19", "BCMA", "BCMA"]
    assert days.excluded == {
        "C": "not above the upper limit of normal at the start, so there is nothing to lose"
    }
    assert survival.turnbull(days.left, days.right).mass.sum() == pytest.approx(1)
    assert 0 < survival.interval_logrank(days.left, days.right, days.group).pvalue <= 1
    assert (loss.converted.events, loss.converted.n) == (2, 4)
    assert str(loss).startswith("2/4 (50.0%)")
    assert "1 negative-at-baseline" in str(loss)
    assert loss.to_dict()["converted"]["estimate"] == 0.5


def test_an_assay_is_not_switched_within_a_patient():
    arguments = (["A", "A", "B", "B"], [0, 30, 0, 30], [90, 10, 50, 5])
    with pytest.raises(InputError, match=r"assay\[1\]; an earlier sample of this patient"):
        recovery.seroconversion(*arguments, uln=20, assay=["Farr", "ELISA", "Farr", "Farr"])
    fine = recovery.seroconversion(
        *arguments, uln=[20, 20, 10, 10], assay=["Farr", "Farr", "ELISA", "ELISA"], confirm=1
    )
    assert fine.status.tolist() == ["converted", "converted"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"confirm": 0}, "confirm is 0; give the number of negative samples"),
        ({"confirm": 1.5}, "confirm is 1.5; give a whole number"),
        ({"uln": 0}, "uln is 0; it must be greater than 0"),
        ({"uln": None}, "uln is None; give the upper limit of normal"),
        ({"start_day": math.inf}, "start_day is inf"),
        ({"day": [0, 0]}, r"day\[1\] is 0; this patient has another sample of that day"),
    ],
)
def test_bad_seroconversion_is_named(arguments, words):
    whole = {"day": [0, 30], "uln": 20, **arguments}
    with pytest.raises(InputError, match=words):
        recovery.seroconversion(["A", "A"], whole.pop("day"), [9, 8], **whole)


# --- retention ------------------------------------------------------------------------------------


def test_retention_agrees_with_r(golden):
    case = golden("recovery/titre")
    expected = case["retention"]
    found = recovery.titre_retention(expected["before"], expected["after"])
    for name in ("estimate", "low", "high", "pvalue", "pvalue_margin", "pvalue_sign"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-11), name
    assert found.pvalue_signed_rank == pytest.approx(expected["pvalue_signed_rank"], rel=1e-11)
    limits = case["limits"]
    found = recovery.titre_retention(expected["before"], expected["after"], lloq=limits["lloq"])
    assert found.estimate == pytest.approx(limits["estimate"], rel=1e-8)
    # survreg's scale is that of maximum likelihood
    effective = found.df + 1
    assert found.sd * math.sqrt(found.df / effective) == pytest.approx(limits["scale"], rel=1e-8)
    for name in ("known", "censored", "unknown"):
        assert getattr(found, name) == limits[name]
    assert math.isnan(found.pvalue_signed_rank)


def test_limits_of_a_ratio_lie_on_the_profile_of_the_twin():
    before, after = [16.0] * 7, [4, 8, 2, 8, 4, 0.5, 6]
    found = recovery.titre_retention(before, after, lloq=1)
    low = [math.log(a / 16) if a >= 1 else -math.inf for a in after]
    high = [math.log(max(a, 1) / 16) for a in after]
    t = pytest.importorskip("scipy.stats").t.ppf(0.975, found.df)
    fall = [
        twin.loglik(low, high, [0] * 7) - twin.loglik_of_level(low, high, [0] * 7, math.log(end))
        for end in (found.low, found.high)
    ]
    expected = 0.5 * (found.df + 1) * math.log1p(t * t / found.df)
    assert fall == pytest.approx([expected, expected], abs=1e-6)


def test_ends_of_retention():
    one = recovery.titre_retention([100], [50])
    assert (one.estimate, one.low, one.high, one.pvalue) == (pytest.approx(0.5), 0, math.inf, 1)
    same = recovery.titre_retention([40, 50, 60], [40, 50, 60])
    assert (same.estimate, same.low, same.high) == (1, 1, 1)
    assert (same.pvalue, same.pvalue_margin, same.is_retained) == (1, 0, True)
    hidden = recovery.titre_retention([1, 2], [2, 1], lloq=5)
    assert math.isnan(hidden.estimate)
    assert (hidden.unknown, hidden.low, hidden.high) == (2, 0, math.inf)
    with pytest.raises(InputError, match="too few ratios are known to tell how far they scatter"):
        recovery.titre_retention([100, 80, 70], [1, 2, 3], lloq=5)


def test_protective_levels_are_counted():
    found = recovery.titre_retention(
        [1.2, 0.8, 0.05, 0.5], [1.0, 0.02, 0.3, 0.1], protective=0.1, lloq=0.04
    )
    assert (found.protected_before, found.protected_after, found.kept) == (3, 3, 2)
    assert (found.keeping.events, found.keeping.n) == (2, 3)
    with pytest.raises(InputError, match=r"after\[1\]; nobody can tell on which side"):
        recovery.titre_retention([1.2, 0.8], [1.0, 0.02], protective=0.01, lloq=0.04)
    none = recovery.titre_retention([0.05, 0.06, 0.02], [0.01, 0.05, 0.02], protective=0.1)
    assert none.keeping.n == 0


def test_groups_of_retention():
    before, after = [1.2, 0.8, 2.1, 0.5, 0.9, 1.1], [1.0, 0.7, 1.9, 0.1, 0.2, 0.3]
    found = recovery.titre_retention(before, after, group=["CD19"] * 3 + ["BCMA"] * 3)
    assert found["CD19"].estimate > 0.8 > 0.5 > found["BCMA"].estimate
    assert list(found.to_frame("pandas")["group"]) == ["BCMA", "CD19"]
    with pytest.raises(InputError, match=r"after\[5\] is -1"):
        recovery.titre_retention(before, [*after[:5], -1], group=["b"] * 3 + ["a"] * 3)
    with pytest.raises(InputError, match="group has 1 labels and before 6 rows"):
        recovery.titre_retention(before, after, group=["a"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"margin": 0}, "margin is 0; it must be greater than 0"),
        ({"protective": math.nan}, "protective is nan; give a titre, or None"),
        ({"protective": -1}, "protective is -1"),
        ({"level": 1}, "level is 1"),
        ({"lloq": 3, "uloq": 2}, r"lloq\[0\] is 3"),
        ({"lloq": [1.0]}, "lloq has 1 rows and before has 2"),
    ],
)
def test_bad_retention_is_named(arguments, words):
    with pytest.raises(InputError, match=words):
        recovery.titre_retention([4, 5], [3, 4], **arguments)
