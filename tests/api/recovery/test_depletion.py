"""Depletion episodes: courses worked by hand, the slow twin, and what is refused."""

import pickle

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery
from immunoreset.errors import InputError

from tests.reference import depletion as twin

OTHERS = [
    "episode", "infusion_day", "next_infusion_day", "samples", "samples_after_end", "blips",
    "onset", "status", "baseline_below", "pre_infusion_below", "nadir_below",
]  # fmt: skip


def one(day, count, **options):
    """The episode of a single patient."""
    return recovery.depletion(["P"] * len(day), day, count, **options)


def test_a_course_worked_by_hand():
    ep = one(
        [112, -7, 0, 3, 28, 84, 56, 140], [25, 200, 80, 4, 0, 9, 0, 60], lloq=1,
        lymphodepletion_day=-5,
    )  # fmt: skip
    assert (ep.patient, ep.status[0], ep.onset[0]) == (["P"], "recovered", "after-infusion")
    assert (ep.baseline[0], ep.pre_infusion[0]) == (200, 80)
    assert (ep.nadir[0], ep.nadir_below[0]) == (1, True)
    assert ep.depth[0] == pytest.approx(np.log10(200), rel=1e-15)
    assert (ep.onset_left[0], ep.onset_right[0]) == (0, 3)
    assert (ep.recovery_left[0], ep.recovery_right[0]) == (84, 112)
    assert (ep.duration_left[0], ep.duration_right[0]) == (81, 112)
    assert (ep.duration_exact[0], ep.duration_midpoint[0]) == (109, 96.5)
    assert (ep.onset_midpoint[0], ep.recovery_midpoint[0]) == (1.5, 98)


def test_one_sample_only():
    assert one([28], [0]).status[0] == "not-recovered"
    assert one([28], [50]).status[0] == "never-depleted"
    assert one([-3], [50]).status[0] == "no-samples"
    assert one([0], [50]).status[0] == "no-samples"


def test_all_below_the_limit():
    ep = one([-7, 14, 28], [0, 0, 0], lloq=2, lymphodepletion_day=-5)
    assert (ep.onset[0], ep.status[0]) == ("depleted-before", "not-recovered")
    assert (ep.onset_left[0], ep.onset_right[0], ep.duration_left[0]) == (-np.inf, 0, 28)
    assert np.isnan(ep.depth[0])
    assert (ep.nadir[0], ep.nadir_day[0]) == (2, 14)
    assert np.isnan(ep.duration_exact[0])
    assert np.isnan(ep.onset_midpoint[0])


def test_depleted_by_lymphodepletion_or_by_an_earlier_drug():
    day, count = [-30, -3, 14, 28, 56], [90, 3, 1, 30, 40]
    assert one(day, count, lymphodepletion_day=-5).onset[0] == "lymphodepletion"
    assert one(day, count, lymphodepletion_day=-3).onset[0] == "depleted-before"
    assert one(day, count).onset[0] == "depleted-before"


def test_a_baseline_is_never_taken_after_lymphodepletion_began():
    ep = one([-4, 14], [60, 0], lymphodepletion_day=-5)
    assert np.isnan(ep.baseline[0])
    assert np.isnan(ep.depth[0])
    assert ep.pre_infusion[0] == 60


def test_thresholds_are_met_at_equality_by_recovery_alone():
    assert one([-1, 14], [50, 10]).status[0] == "never-depleted"
    ep = one([-1, 14, 28, 56], [50, 9.999, 10, 10])
    assert (ep.status[0], ep.recovery_right[0]) == ("recovered", 28)
    assert one([-1, 14, 28, 56], [50, 0, 10, 10], recovery=10.5).status[0] == "not-recovered"


@pytest.mark.parametrize(
    ("apart", "status", "right"),
    [(0, "recovered", 84), (28, "recovered", 84), (29, "unconfirmed", np.inf)],
)
def test_confirming_samples_lie_apart(apart, status, right):
    day, count = [-7, 7, 28, 35, 56, 84, 90, 112], [100, 0, 15, 2, 5, 12, 30, 40]
    ep = one(day, count, min_separation=apart)
    assert (ep.status[0], ep.recovery_right[0], ep.blips[0]) == (status, right, 1)
    assert ep.recovery_left[0] == 56


def test_a_return_that_is_not_confirmed_is_a_blip_or_open():
    ep = one([-7, 14, 28, 56], [100, 0, 15, 2])
    assert (ep.status[0], ep.blips[0]) == ("not-recovered", 1)
    ep = one([-7, 14, 28, 56], [100, 0, 2, 15])
    assert (ep.status[0], ep.blips[0], ep.unconfirmed_day[0]) == ("unconfirmed", 0, 56)
    assert (ep.recovery_left[0], ep.recovery_right[0]) == (28, np.inf)
    assert one([-7, 14, 28, 56], [100, 0, 2, 15], confirm=1).recovery_right[0] == 56


def test_samples_after_the_end_do_not_count():
    day, count = [-7, 14, 28, 56, 84], [100, 0, 0, 50, 70]
    for end in (56, {"P": 56}, [56] * 5):
        ep = one(day, count, end_day=end)
        assert (ep.status[0], ep.samples[0], ep.samples_after_end[0]) == ("unconfirmed", 4, 1)
    assert one(day, count, end_day=np.inf).status[0] == "recovered"


def test_none_in_a_mapping_is_not_known_of_that_patient_alone():
    ep = recovery.depletion(
        ["a", "b", "a", "b"], [-7, -7, 14, 14], [90, 80, 0, 0],
        lymphodepletion_day={"a": None, "b": -5}, end_day={"a": 10, "b": None},
    )  # fmt: skip
    np.testing.assert_array_equal(ep.baseline, [np.nan, 80])
    assert ep.status.tolist() == ["no-samples", "not-recovered"]


def test_undetectable_compares_each_count_with_its_own_limit():
    ep = one(
        [-7, 14, 28, 56, 84], [90, 0.5, 3, 6, 8], lloq=[1, 1, 5, 5, 5], threshold="undetectable"
    )
    assert (ep.recovery_left[0], ep.recovery_right[0]) == (28, 56)
    flagged = one(
        [-7, 14, 28], [90, 1, 1], lloq=1, below=[False, True, False], threshold="undetectable"
    )
    assert (flagged.onset_right[0], flagged.unconfirmed_day[0]) == (14, 28)


def test_recovery_to_the_baseline_or_the_lower_limit_of_normal():
    for baseline, status in ((50, "recovered"), (300, "not-recovered")):
        ep = one(
            [-7, 14, 28, 56], [baseline, 2, 50, 60], threshold="ocr_lln", lymphodepletion_day=-5
        )
        assert ep.status[0] == status
    assert one([-7, 14], [50, 2], threshold="ocr_lln").status[0] == "no-baseline"
    half = one(
        [-7, 14, 28, 56], [100, 2, 50, 60], recovery=np.inf, baseline_fraction=0.5,
        lymphodepletion_day=-5,
    )  # fmt: skip
    assert half.recovery_right[0] == 28


def test_presets_are_what_their_sources_say():
    assert {name: (p.threshold, p.recovery) for name, p in recovery.DEPLETION_PRESETS.items()} == {
        "undetectable": pytest.approx((np.nan, np.nan), nan_ok=True),
        "rave": (10, 10),
        "rtx_conventional": (5, 5),
        "nobility": (0.441, 0.441),
        "deep_hsfc": (0.1, 0.1),
        "ocr_lln": (80, 80),
    }
    for preset in recovery.DEPLETION_PRESETS.values():
        assert preset.rule
        assert preset.source
        assert preset.certainty
    ep = one([-7, 14, 28], [100, 7, 6], threshold="rave")
    assert (ep.preset, ep.threshold, ep.status[0]) == ("rave", 10, "not-recovered")
    ep = one([-7, 14, 28], [100, 7, 6], threshold="rtx_conventional")
    assert ep.status[0] == "never-depleted"
    assert one([-7, 14, 28], [100, 7, 26], threshold="rave", recovery=50).recovery == 50


def cohort():
    patient = ["b", "a", "b", "a", "b", "a", "c", "b", "d"]
    day = [84, -7, 14, 14, -7, 90, 28, 112, -7]
    count = [12, 100, 0, 3, 80, 4, 60, 30, 70]
    return patient, day, count


def test_patients_are_sorted_or_as_given():
    ep = recovery.depletion(*cohort())
    assert ep.patient == ["a", "b", "c", "d"]
    assert ep.status.tolist() == ["not-recovered", "recovered", "never-depleted", "no-samples"]
    given_order = recovery.depletion(*cohort(), patients=["d", "b", "e", "a", "c"])
    assert given_order.patient == ["d", "b", "e", "a", "c"]
    assert given_order.status[[1, 2]].tolist() == ["recovered", "no-samples"]
    numbers = recovery.depletion([7, 3, 7, 3], [-7, -7, 14, 14], [50, 60, 1, 2])
    assert numbers.patient == [3, 7]
    assert numbers.nadir.tolist() == [2, 1]
    assert recovery.depletion([], [], []).patient == []


def test_return_intervals_say_who_is_left_out_and_why():
    back = recovery.depletion(*cohort(), patients=["a", "b", "c", "d", "e"]).return_intervals()
    assert back.patient == ["a", "b"]
    assert back.left.tolist() == [90, 14]
    assert back.right.tolist() == [np.inf, 84]
    assert list(back.excluded) == ["c", "d", "e"]
    assert back.excluded["c"].startswith("never seen depleted")
    assert back.excluded["d"] == "no sample after infusion"


@pytest.mark.parametrize("backend", ["polars", "pandas", "pyarrow"])
def test_frames_come_in_and_go_out(backend):
    import narwhals as nw

    patient, day, count = cohort()
    table = {"id": patient, "day": day, "n": count, "lloq": [1.0] * 9, "ld": [-5.0] * 9}
    frame = nw.from_dict(table, backend=backend).to_native()
    ep = recovery.depletion("id", "day", "n", lloq="lloq", lymphodepletion_day="ld", data=frame)
    assert ep.baseline.tolist()[:2] == [100, 80]
    out = nw.from_native(ep.to_frame(backend))
    assert out.columns[0] == "patient"
    assert out["status"].to_list() == ep.status.tolist()
    assert pl.DataFrame(ep)["recovery_left"].to_list()[:2] == [90, 14]


def test_the_result_reads_pickles_and_does_not_change():
    ep = recovery.depletion(*cohort())
    assert str(ep) == (
        "4 patients: 2 depleted (< 10/uL), 1 recovered (>= 10/uL, 2 samples), 1 not recovered, "
        "1 never depleted, 1 no samples"
    )
    assert pickle.loads(pickle.dumps(ep)).to_dict()["status"] == ep.to_dict()["status"]
    assert "<table>" in ep._repr_html_()
    for name in (*twin.NUMBERS, *OTHERS):
        assert not getattr(ep, name).flags.writeable
    lln = one([-7, 14], [90, 1], threshold="ocr_lln", min_separation=14)
    assert str(lln).startswith("1 patient: 0 depleted (< 80/uL and below the recovery level), ")
    assert "100% of baseline, 2 samples at least 14 days apart" in str(lln)
    limit = one([-7, 14], [90, 1], threshold="undetectable", lloq=2, confirm=1)
    assert "1 depleted (below the limit of quantification)" in str(limit)
    assert "0 recovered (quantifiable)" in str(limit)


def test_the_picture_has_a_lane_a_patient():
    patient, day, count = cohort()
    patient, day, count = [*patient, *"fff"], [*day, -7, 14, 28], [*count, 50, 0, 40]
    ax = recovery.depletion(patient, day, count, patients=["a", "b", "c", "d", "e", "f"]).plot()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b", "c", "d", "e", "f"]
    legend = {text.get_text() for text in ax.get_legend().get_texts()}
    assert {"recovered", "return not confirmed", "not recovered at the last sample"} <= legend
    assert ax.get_xlim()[0] == -7
    ax.figure.canvas.draw()
    recovery.depletion(["a", "a"], [0, 14], [50, 60]).plot()


# --- the slow twin ----------------------------------------------------------------------------

COUNTS = st.sampled_from([0, 0.5, 1, 2, 5, 9, 9.5, 10, 10.5, 20, 50, 150])
LIMITS = st.sampled_from([0.5, 1, 2.5, 5])
SERIES = st.lists(
    st.tuples(st.integers(-20, 60), COUNTS, LIMITS),
    max_size=14,
    unique_by=lambda sample: sample[0],
)
# days that meet often: one value, blips, several rows a day, all below the limit
CROWDED = st.lists(st.tuples(st.sampled_from([-9, -5, 0, 3, 14, 28, 30, 45]), COUNTS, LIMITS))
LEVELS = [(10, 10), (5, 10), (10, 50), (5, 5), (None, None), (None, 20)]
INFUSIONS = {
    (0,): [(None,), (-5,), (0,), (-1,)],
    (0, 25): [(-5, 20), (None, 25), (-1, None)],
    (-3, 14, 29): [(-5, None, 28), (None, 0, 15)],
}
RULES = st.fixed_dictionaries(
    {
        "levels": st.sampled_from(LEVELS),
        "fraction": st.sampled_from([None, None, 0.5, 1.0]),
        "confirm": st.integers(1, 3),
        "apart": st.sampled_from([0, 1, 7, 14]),
        "end": st.sampled_from([np.inf, 45, 10, 0, -3]),
        "limits": st.booleans(),
        "duplicates": st.sampled_from(["first", "last", "mean", "min", "max"]),
        "infusions": st.sampled_from(
            [(days, start) for days, starts in INFUSIONS.items() for start in starts]
        ),
    }
)


@settings(max_examples=600, deadline=None)
@given(
    st.lists(st.one_of(SERIES, CROWDED), min_size=1, max_size=4),
    RULES,
    st.randoms(use_true_random=False),
)
def test_agrees_with_the_twin(cohort, rule, random):
    threshold, back = rule["levels"]
    limits = rule["limits"] or threshold is None
    infusions, lymphodepletion = rule["infusions"]
    rows = [(p, *sample) for p, series in enumerate(cohort) for sample in series]
    random.shuffle(rows)
    expected = []
    for p in range(len(cohort)):
        samples = [
            twin.sample(day, count, lloq if limits else None)
            for who, day, count, lloq in rows
            if who == p
        ]
        expected += twin.episodes(
            twin.one_a_day(samples, rule["duplicates"]), infusions, lymphodepletion,
            threshold=threshold, recovery=back, fraction=rule["fraction"],
            confirm=rule["confirm"], apart=rule["apart"], end=rule["end"],
        )  # fmt: skip
    everybody = range(len(cohort))

    def call():
        return recovery.depletion(
            [row[0] for row in rows],
            [row[1] for row in rows],
            [row[2] for row in rows],
            lloq=[row[3] for row in rows] if limits else None,
            duplicates=rule["duplicates"],
            threshold="undetectable" if threshold is None else threshold,
            recovery=back,
            baseline_fraction=rule["fraction"],
            confirm=rule["confirm"],
            min_separation=rule["apart"],
            infusion_day={p: list(infusions) for p in everybody},
            lymphodepletion_day={p: list(lymphodepletion) for p in everybody},
            end_day=rule["end"],
            patients=everybody,
        )

    if any(row["status"] == "undecided" for row in expected):
        with pytest.raises(InputError, match="it exceeds the threshold and the count lies"):
            call()
        return
    ep = call()
    assert len(ep.patient) == len(expected)
    for r, row in enumerate(expected):
        for name in twin.NUMBERS:
            wanted = pytest.approx(twin.as_number(row[name]), rel=1e-12, abs=1e-12, nan_ok=True)
            assert getattr(ep, name)[r] == wanted, name
        for name in OTHERS:
            assert getattr(ep, name)[r] == row[name], name


@settings(max_examples=50, deadline=None)
@given(SERIES, st.floats(0.1, 40))
def test_more_demanding_recovery_is_never_earlier(series, more):
    day = [sample[0] for sample in series]
    count = [sample[1] for sample in series]
    easy, hard = one(day, count), one(day, count, recovery=10 + more)
    if easy.patient and hard.status[0] == "recovered":
        assert easy.status[0] == "recovered"
        assert easy.recovery_right[0] <= hard.recovery_right[0]


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"day": [-7, 14, 14]}, r"day\[1\] and day\[2\] of patient 'P' are both 14.0; .*series="),
        ({"day": [-7, np.nan, 14]}, r"day\[1\] is nan"),
        ({"day": ["2021-01-01", "2021-02-01", "2021-03-01"]}, "day holds values of type"),
        ({"day": [-7, 14]}, "day has 2 rows and patient has 3"),
        ({"count": [50, -1, 3]}, r"count\[1\] is -1"),
        ({"count": [50, np.nan, 3]}, r"count\[1\] is nan; give a count below the limit .* as 0"),
        ({"count": [50, None, 3]}, r"count\[1\] is None"),
        ({"count": [[50], [3], [4]]}, "count has 2 dimensions"),
        ({"lloq": 0}, "lloq is 0; it must be greater than 0"),
        ({"lloq": [1, np.nan, 1]}, r"lloq\[1\]"),
        ({"lloq": [1, 1]}, "lloq has 2 rows and patient has 3"),
        ({"lloq": 20}, r"lloq\[1\] is 20; it exceeds the threshold and the count lies below it"),
        ({"lloq": 1, "below": [1, 0, 0]}, r"count\[0\] is 50; it is flagged"),
        ({"below": [0, 1, 0]}, "below; this compares each count with a limit"),
        ({"lloq": 1, "below": [0, 1]}, "below has 2 rows and patient has 3"),
        ({"lloq": 1, "below": [0, 2, 0]}, r"below\[1\] is 2"),
        ({"threshold": "undetectable"}, "threshold; this compares each count with a limit"),
        ({"threshold": "rave_full"}, r"threshold is 'rave_full'; give cells/uL, or one of \['deep"),
        ({"threshold": np.nan}, "threshold is nan"),
        ({"threshold": 0}, "threshold is 0"),
        ({"recovery": 5}, "recovery is 5; recovery starts at the threshold"),
        ({"recovery": np.inf}, "recovery is inf"),
        ({"recovery": np.nan}, "recovery is nan; give one number"),
        ({"recovery": "rave"}, "recovery is 'rave'; give one number"),
        ({"baseline_fraction": 0}, "baseline_fraction is 0"),
        ({"confirm": 0}, "confirm is 0"),
        ({"min_separation": -1}, "min_separation is -1"),
        ({"min_separation": np.nan}, "min_separation is nan"),
        ({"lymphodepletion_day": 5}, "lymphodepletion_day of patient 'P' is 5.0; .*precedes its"),
        ({"lymphodepletion_day": np.nan}, "lymphodepletion_day is nan; give a day"),
        ({"lymphodepletion_day": -np.inf}, "lymphodepletion_day of patient 'P' is -inf"),
        ({"lymphodepletion_day": {"Q": -5}}, "lymphodepletion_day has no day for patient 'P'"),
        ({"lymphodepletion_day": [-5, -5, -4]}, r"_day\[0\] is -5, but another row"),
        ({"end_day": [90, 90]}, "end_day has 2 rows and patient has 3"),
        ({"end_day": [90, np.nan, 90]}, r"end_day\[1\] is nan; give each row"),
        ({"end_day": {"P": np.nan}}, "end_day of patient 'P' is nan"),
        ({"end_day": {"P": "June"}}, r"end_day is \['June'\]; give days from infusion"),
        ({"end_day": [90] * 3, "patients": ["P", "Q"]}, "end_day has no row of patient 'Q'"),
        ({"end_day": np.nan}, "end_day is nan; give a day"),
        ({"patient": ["P", None, "P"]}, r"patient\[1\] is None"),
        ({"patient": [1.0, 1.0, np.nan]}, r"patient\[2\] is nan"),
        ({"patient": np.array([1, "P", "P"], object)}, "patient mixes labels"),
        ({"patient": [["P", "P", "P"]]}, "patient has 2 dimensions"),
        ({"patients": ["Q"]}, r"patient\[0\] is 'P', who is not in patients"),
        ({"patients": ["P", "Q", "P"]}, "patients lists 'P' twice"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(options, message):
    given_rows = {"patient": ["P"] * 3, "day": [-7, 14, 28], "count": [50, 0, 3]} | options
    with pytest.raises(InputError, match=message):
        recovery.depletion(**given_rows)
