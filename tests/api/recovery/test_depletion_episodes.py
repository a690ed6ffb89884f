"""Several series, several infusions, several rows a day, and groups of patients."""

import numpy as np
import pytest
from immunoreset import recovery, survival
from immunoreset.errors import InputError

TWO_INFUSIONS = (
    [-7, 7, 50, 80, 90, 97, 100, 110, 150, 180, 200],
    [90, 2, 3, 15, 40, 8, 5, 0, 4, 20, 30],
)


def one(day, count, **options):
    return recovery.depletion(["P"] * len(day), day, count, **options)


# --- series -------------------------------------------------------------------------------------


def compartments():
    return (
        ["a", "a", "a", "a", "a", "a", "b", "b"],
        [-7, 14, 28, 56, 14, 28, 14, 28],
        [210, 0, 12, 31, 0, 3, 0, 0],
        ["blood"] * 4 + ["marrow"] * 2 + ["blood"] * 2,
    )


def test_each_patient_has_a_row_for_each_series():
    patient, day, count, series = compartments()
    ep = recovery.depletion(patient, day, count, series=series, lloq=1)
    assert ep.patient == ["a", "a", "b", "b"]
    assert ep.series == ["blood", "marrow"] * 2
    assert ep.status.tolist() == ["recovered", "not-recovered", "not-recovered", "no-samples"]
    assert str(ep).startswith("2 patients, 4 rows: 3 depleted")
    assert ep.to_frame("polars").columns[:3] == ["patient", "series", "episode"]


def test_a_series_gives_what_it_gives_alone():
    patient, day, count, series = compartments()
    ep = recovery.depletion(patient, day, count, series=series, lloq=1)
    for label in ("blood", "marrow"):
        rows = [i for i in range(len(series)) if series[i] == label]
        alone = recovery.depletion(
            [patient[i] for i in rows], [day[i] for i in rows], [count[i] for i in rows],
            lloq=1, patients=["a", "b"],
        )  # fmt: skip
        part = ep.select(series=label)
        assert part.patient == alone.patient
        for name in ("onset_left", "onset_right", "recovery_left", "recovery_right", "nadir"):
            np.testing.assert_array_equal(getattr(part, name), getattr(alone, name))
            assert not getattr(part, name).flags.writeable


def test_compartments_are_never_mixed():
    patient, day, count, _ = compartments()
    message = r"day\[1\] and day\[4\] of patient 'a' are both 14.0; .* give series=, if they are"
    with pytest.raises(InputError, match=message):
        recovery.depletion(patient, day, count, lloq=1)


def test_a_series_may_have_thresholds_of_its_own():
    patient, day, count, series = compartments()
    ep = recovery.depletion(
        patient, day, count, series=series, lloq=1,
        threshold={"blood": "rave", "marrow": 2}, recovery={"blood": 30, "marrow": 2}, confirm=1,
    )  # fmt: skip
    assert ep.preset == {"blood": "rave", "marrow": ""}
    assert ep.threshold == {"blood": 10, "marrow": 2}
    assert ep.recovery == {"blood": 30, "marrow": 2}
    assert ep.recovery_right.tolist()[:2] == [56, 28]
    assert "thresholds by series" in str(ep)
    assert ep.select(series="marrow").threshold == 2
    assert "< 2/uL" in str(ep.select(series="marrow"))


def test_one_series_alone_may_have_a_rule_of_the_baseline():
    patient, day, count, series = compartments()
    ep = recovery.depletion(
        patient, day, count, series=series, lloq=1, lymphodepletion_day=-5,
        threshold={"blood": "ocr_lln", "marrow": 80},
    )  # fmt: skip
    assert ep.status.tolist() == ["not-recovered", "not-recovered", "no-baseline", "no-samples"]
    assert "levels by series" in str(ep)
    assert "or 100% of baseline" in str(ep.select(series="blood"))
    assert "0 recovered (>= 80/uL, 2 samples)" in str(ep.select(series="marrow"))


def test_rows_of_one_patient_are_no_independent_observations():
    patient, day, count, series = compartments()
    ep = recovery.depletion(patient, day, count, series=series, lloq=1)
    for call in (ep.return_intervals, ep.conventions, lambda: recovery.aplasia(ep)):
        with pytest.raises(InputError, match="patient 'a' has several rows, which are not indep"):
            call()
    assert ep.select(series="blood").return_intervals().patient == ["a", "b"]
    assert ep.select(series="marrow").return_intervals().excluded == {
        "b": "no sample after infusion"
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": {"blood": 10}}, "threshold is a mapping from series; give series="),
        ({"series": ["x"] * 3, "threshold": {"y": 10}}, "threshold names 'y'; the series are"),
        ({"series": ["x", "y", "y"], "recovery": {"x": 10}}, "recovery says nothing of series 'y'"),
        ({"series": ["x", None, "y"]}, r"series\[1\] is None"),
        ({"series": ["x", "y"]}, "series has 2 rows and patient has 3"),
        ({"duplicates": "sum"}, "duplicates is 'sum'"),
        ({"infusion_day": {"Q": 0}}, "infusion_day has no day for patient 'P'"),
        ({"infusion_day": {"P": []}}, "infusion_day of patient 'P' is empty"),
        ({"infusion_day": {"P": [0, np.nan]}}, "infusion_day of patient 'P' holds nan"),
        ({"infusion_day": {"P": None}}, "infusion_day of patient 'P' is nan"),
        ({"infusion_day": {"P": [20, 20]}}, "infusion_day of patient 'P' is 20.0; it is not after"),
        ({"infusion_day": {"P": ["May"]}}, r"infusion_day is \['May'\]; give days"),
        ({"infusion_day": np.nan}, "infusion_day is nan"),
        ({"lymphodepletion_day": {"P": [-5, 20]}}, "has 2 days and there are 1 infusions"),
        (
            {"infusion_day": {"P": [0, 20]}, "lymphodepletion_day": {"P": [-5, 0]}},
            "lymphodepletion_day of patient 'P' is 0.0; lymphodepletion precedes its infusion",
        ),
        ({"group": {"Q": "CD19"}}, "group has no label for patient 'P'"),
        ({"group": {"P": "x", "Q": 1}, "patients": ["P", "Q"]}, "group mixes labels"),
        ({"group": ["CD19"] * 2}, "group has 2 rows and patient has 3"),
        ({"group": ["x", "x", "y"]}, r"group\[0\] is 'x', but another row .* says 'y'"),
        ({"group": ["x"] * 3, "patients": ["P", "Q"]}, "group has no row of patient 'Q'"),
    ],
)
def test_bad_input_is_refused_by_name(options, message):
    given = {"patient": ["P"] * 3, "day": [-7, 14, 28], "count": [50, 0, 3]} | options
    with pytest.raises(InputError, match=message):
        recovery.depletion(**given)


def test_no_rows_have_no_series():
    with pytest.raises(InputError, match="series is empty"):
        recovery.depletion([], [], [], series=[])


def test_what_cannot_be_selected_is_named():
    ep = one([-7, 14], [90, 0])
    with pytest.raises(InputError, match="series is 'blood'; the episodes have none"):
        ep.select(series="blood")
    with pytest.raises(InputError, match=r"episode is 2; the episodes have \[1\]"):
        ep.select(episode=2)


# --- infusions ----------------------------------------------------------------------------------


def test_a_second_infusion_starts_its_own_clock():
    ep = one(*TWO_INFUSIONS, infusion_day={"P": [0, 100]}, lymphodepletion_day={"P": [-5, 95]})
    assert ep.patient == ["P", "P"]
    assert ep.episode.tolist() == [1, 2]
    assert ep.infusion_day.tolist() == [0, 100]
    assert ep.next_infusion_day.tolist() == [100, np.inf]
    assert ep.baseline.tolist() == [90, 40]
    assert ep.recovery_left.tolist() == [50, 50]
    assert ep.recovery_right.tolist() == [80, 80]
    assert ep.onset.tolist() == ["after-infusion", "lymphodepletion"]
    # the second by hand, with day 0 at its infusion
    day, count = np.array(TWO_INFUSIONS)
    again = one(day[day > 0] - 100, count[day > 0], lymphodepletion_day=-5)
    second = ep.select(episode=2)
    for name in ("depth", "onset_left", "duration_left", "duration_right", "deficit_high"):
        assert getattr(second, name)[0] == getattr(again, name)[0], name


def test_an_episode_is_censored_at_the_next_infusion():
    ep = one([-7, 14, 60, 100, 130], [90, 0, 0, 0, 50], infusion_day={"P": [0, 90]})
    assert ep.status.tolist() == ["not-recovered", "unconfirmed"]
    assert ep.unconfirmed_day[1] == 40
    assert ep.recovery_left[0] == 60
    assert ep.recovery_right[0] == np.inf
    ep = one([-7, 14, 60, 90, 130], [90, 0, 0, 20, 50], infusion_day={"P": [0, 90]})
    assert ep.status[0] == "unconfirmed"  # a sample of that day is drawn before the infusion
    assert ep.pre_infusion[1] == 20
    assert one([-7, 14, 60, 100, 130], [90, 0, 0, 50, 50]).status[0] == "recovered"


def test_one_lymphodepletion_day_is_that_of_the_first_infusion():
    for start in (-5, {"P": -5}, {"P": [-5]}, {"P": [-5, None]}, [-5] * 11):
        ep = one(*TWO_INFUSIONS, infusion_day={"P": [0, 100]}, lymphodepletion_day=start)
        np.testing.assert_array_equal(ep.baseline, [90, np.nan])
        assert ep.onset.tolist() == ["after-infusion", "depleted-before"]


def test_days_of_any_clock():
    day, count = [-7, 14, 56, 84], [90, 0, 12, 30]
    ours = one(day, count, lymphodepletion_day=-5, end_day=60)
    for infusion in (1000, {"P": 1000}, [1000] * 4):
        other = one(
            [d + 1000 for d in day], count, infusion_day=infusion, lymphodepletion_day=995,
            end_day=1060,
        )  # fmt: skip
        assert other.infusion_day.tolist() == [1000]
        table = other.to_dict()
        assert all(
            table[name] == pytest.approx(value, nan_ok=True)
            for name, value in ours.to_dict().items()
            if name not in ("infusion_day", "patient", "onset", "status", "preset", "duplicates")
            and value is not None
        )
        assert table["status"] == ours.to_dict()["status"] == ["unconfirmed"]


def test_left_censoring_by_an_earlier_drug_flows_to_the_intervals():
    ep = one([-30, -7, 14, 56, 84, 112], [3, 2, 0, 0, 12, 40], lloq=1, lymphodepletion_day=-5)
    assert ep.onset[0] == "depleted-before"
    assert (ep.onset_left[0], ep.onset_right[0]) == (-np.inf, 0)
    assert (ep.duration_left[0], ep.duration_right[0]) == (56, np.inf)
    assert np.isnan(ep.duration_exact[0])
    assert np.isnan(ep.duration_midpoint[0])
    back = ep.return_intervals()  # from the infusion it is known as well as anybody's
    assert (back.left[0], back.right[0]) == (56, 84)
    rows = ep.conventions()
    by_visit = [i for i, name in enumerate(rows.convention) if name == "visit date"]
    assert [rows.n[i] for i in by_visit] == [1, 0]
    assert [rows.excluded[i] for i in by_visit] == [0, 1]
    assert (rows.n[5], rows.excluded[5]) == (0, 1)  # by intervals the duration is not known either
    assert np.isnan(rows.median_left[5])


def test_the_duration_of_days_that_are_not_whole_is_one_interval():
    rows = one([-7, 14.5, 84, 112.25], [210, 0, 4, 31], lloq=1, confirm=1).conventions()
    assert (rows.median_left[5], rows.median_right[5]) == (69.5, 119.25)


# --- several rows a day -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "status", "right"),
    [
        ("first", "recovered", 28),
        ("last", "recovered", 56),
        ("min", "recovered", 56),
        ("mean", "recovered", 56),
        ("max", "recovered", 28),
    ],
)
def test_rows_of_one_day_are_combined_as_told(rule, status, right):
    day, count = [-7, 14, 28, 28, 56, 84], [90, 0, 12, 2, 30, 40]
    ep = one(day, count, lloq=1, duplicates=rule)
    assert (ep.status[0], ep.recovery_right[0]) == (status, right)
    assert (ep.samples[0], ep.rows_combined[0], ep.duplicates) == (5, 1, rule)


def test_the_mean_of_a_count_and_of_one_below_its_limit_is_a_range():
    ep = one([-7, 14, 14], [90, 12, 0], lloq=1, duplicates="mean", threshold=6.5)
    assert ep.status[0] == "not-recovered"  # from 6 up to 6.5, but not 6.5: depleted
    assert (ep.nadir[0], ep.nadir_below[0]) == (6.5, True)
    with pytest.raises(InputError, match=r"lloq\[2\] is 1; it exceeds the threshold"):
        one([-7, 14, 14], [90, 12, 0], lloq=1, duplicates="mean", threshold=6.2)
    assert one([-7, 14, 14], [90, 12, 0], lloq=1, duplicates="mean", threshold=6).status[0] == (
        "never-depleted"
    )


def test_seen_in_one_of_two_tubes_is_detectable_but_by_the_least():
    day, count = [-7, 14, 14], [90, 0, 3]
    for rule, status in (("mean", "never"), ("max", "never"), ("min", "not"), ("last", "never")):
        ep = one(day, count, lloq=1, duplicates=rule, threshold="undetectable")
        assert ep.status[0].startswith(status), rule


def test_rows_of_other_days_are_left_alone():
    day, count = [-7, 14, 28, 56], [90, 0, 12, 30]
    plain = one(day, count, lloq=1).to_dict()
    for rule in ("first", "last", "mean", "min", "max"):
        ours = one(day, count, lloq=1, duplicates=rule).to_dict()
        assert repr(ours) == repr(plain | {"duplicates": rule})


# --- groups -------------------------------------------------------------------------------------


def products():
    """Eight patients seen every 28 days: the count is back on day 56, 84 or 112, or not."""
    back = {"a": 56, "b": 56, "c": 84, "d": 84, "e": 112, "f": 112, "g": 112, "h": 1000}
    rows = [
        (name, day, 0 if 0 < day < when else 60, "CD19" if name < "e" else "BCMA")
        for name, when in back.items()
        for day in (-7, 28, 56, 84, 112, 140)
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def test_groups_go_on_to_the_curves():
    patient, day, count, product = products()
    ep = recovery.depletion(patient, day, count, lloq=1, group=product)
    assert ep.group == ["CD19"] * 4 + ["BCMA"] * 4
    by_name = recovery.depletion(
        patient, day, count, lloq=1, group=dict(zip(patient, product, strict=True))
    )
    assert by_name.group == ep.group
    back = ep.return_intervals()
    curves = survival.turnbull(back.left, back.right, group=back.group)
    assert list(curves) == ["BCMA", "CD19"]
    assert (curves["CD19"].median.left, curves["CD19"].median.right) == (28, 84)
    part = ep.select(group="BCMA")
    assert part.patient == ["e", "f", "g", "h"]
    rows = ep.conventions()
    assert rows.group == ["BCMA"] * 6 + ["CD19"] * 6
    assert str(rows).splitlines()[1].startswith("CD19: return: visit dates 70 +- 16.2 (4 of 4")
    data = {"id": patient, "day": day, "n": count, "arm": product}
    named = recovery.depletion("id", "day", "n", group="arm", lloq=1, data=data)
    assert named.group == ep.group
    assert "group" in ep.to_frame("polars").columns


def test_the_depth_of_two_products_is_compared_exactly():
    # a nadir below its limit leaves a lower bound of the depth, which is censored on the right;
    # CD19: 100 to 0.1, 0.2 and below 0.1; BCMA: 100 to 2, 4 and 5
    nadir = {"a": 0.1, "b": 0.2, "c": 0, "d": 2, "e": 4, "f": 5}
    patient = [name for name in nadir for _ in range(2)]
    count = [value for least in nadir.values() for value in (100, least)]
    ep = recovery.depletion(
        patient, [-7, 14] * 6, count, lloq=0.1, lymphodepletion_day=-5,
        group={name: "CD19" if name < "d" else "BCMA" for name in nadir},
    )  # fmt: skip
    assert ep.nadir_below.tolist() == [False, False, True, False, False, False]
    np.testing.assert_allclose(
        ep.depth, np.log10([1000, 500, 1000, 50, 25, 20]), rtol=1e-15, atol=0
    )
    test = survival.logrank(ep.depth, ~ep.nadir_below, ep.group, method="exact")
    # complete separation, and b never deeper than c for certain: of 20 deals the two extreme ones
    assert test.pvalue == pytest.approx(2 / 20, rel=1e-12)
