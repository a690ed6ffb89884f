"""The immune reset against its words, by hand, and by what it refuses."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery, response
from immunoreset.errors import InputError
from immunoreset.plots.panels import panels
from immunoreset.recovery.reset import COMPONENTS

from tests.reference import reset as twin

inf, nan = math.inf, math.nan
CRITERIA = {
    "depth_below": 1.0,
    "naive_at_least": 0.8,
    "memory_at_most": 0.25,
    "overlap_at_most": 0.1,
    "titre_fold": 4.0,
    "drug_free_days": 90.0,
    "protective_at_least": 0.5,
}
maybe = st.none()
# few numbers, so that many lie on a boundary
shares = maybe | st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0])
titres = maybe | st.sampled_from([0.0, 5.0, 10.0, 20.0, 40.0, 100.0])


@st.composite
def patients(draw):
    """A patient as the twin takes it."""
    followed = float(draw(st.integers(60, 400)))
    p = {"followed": followed, "stopped": draw(st.booleans())}
    right = draw(st.sampled_from([None, inf]) | st.integers(40, int(followed)).map(float))
    p["return_right"] = right
    p["return_left"] = None if right is None else min(right, 60.0) - 20
    back = right is not None and right < inf
    p["nadir"] = draw(maybe | st.sampled_from([0.0, 0.5, 1.0, 2.0]))
    p["nadir_below"] = draw(st.booleans())
    p["naive_share"] = draw(shares) if back else None
    p["memory_share"] = draw(shares) if back else None
    p["memory_share_before"], p["overlap"] = draw(shares), draw(shares)
    p["titre"], p["titre_before"], p["titre_negative"] = draw(titres), draw(titres), 10.0
    p["titre_below"] = draw(st.booleans())
    day = st.integers(1, int(followed)).map(float)
    p["relapse"] = draw(st.just(inf) | day)
    start = draw(maybe | st.just(inf) | day.filter(lambda x: x < followed))
    p["drug_free"] = None
    if start is not None:
        after = day.filter(lambda x: x > start) if start < inf else st.nothing()
        p["drug_free"] = (start, draw(st.just(inf) | after))
    p["protective"], p["protective_before"] = draw(titres), draw(titres)
    return p


def columns_of(some):
    """The columns of patients of the twin."""
    none = (nan, nan)
    names = [name for name in some[0] if name != "drug_free"]
    columns = {name: [nan if p[name] is None else p[name] for p in some] for name in names}
    columns["drug_free_from"] = [(p["drug_free"] or none)[0] for p in some]
    columns["drug_free_to"] = [(p["drug_free"] or none)[1] for p in some]
    return columns


@settings(max_examples=150, deadline=None)
@given(st.lists(patients(), min_size=1, max_size=6))
def test_each_component_is_what_its_words_say(some):
    found = recovery.reset(**columns_of(some), **CRITERIA)
    assert found.assessed == COMPONENTS
    for i, p in enumerate(some):
        statuses, together = twin.judge(p, CRITERIA)
        assert found.status[i].tolist() == statuses
        assert found.composite[i] == together
        if together == "met":
            assert (found.left[i], found.right[i]) == twin.days(p, CRITERIA, statuses)
        else:
            assert math.isinf(found.right[i]) or math.isnan(found.right[i])
    counts = found.shares
    for row, name in enumerate((*COMPONENTS, "all")):
        column = found.composite if name == "all" else found.status[:, row]
        assert counts.met[row] == np.count_nonzero(column == "met")
        decided = counts.met[row] + counts.not_met[row]
        rate = response.proportion(int(counts.met[row]), int(decided))
        assert (counts.low[row], counts.high[row]) == (rate.low, rate.high)
        assert counts.least[row] <= counts.most[row]
    assert (found.left[found.precluded] == max(p["followed"] for p in some)).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(patients(), min_size=2, max_size=6), st.randoms())
def test_the_order_of_patients_does_not_matter(some, random):
    mixed = some.copy()
    random.shuffle(mixed)
    order = [next(i for i, p in enumerate(some) if p is q) for q in mixed]
    one = recovery.reset(**columns_of(some), **CRITERIA)
    other = recovery.reset(**columns_of(mixed), **CRITERIA)
    assert (other.status == one.status[order]).all()
    assert other.left == pytest.approx(one.left[order], nan_ok=True)


# Worked by hand: counts 0.05 of 0.1/uL; return in (90, 120]; 90 days of remission from 120.
ONE = {
    "return_left": [90.0],
    "return_right": [120.0],
    "followed": [400.0],
    "nadir": [0.05],
    "depth_below": 0.1,
    "naive_share": [0.9],
    "memory_share": [0.02],
    "memory_share_before": [0.4],
    "memory_at_most": 0.1,
    "overlap": [0.01],
    "overlap_at_most": 0.05,
    "mutation": [1.5],
    "mutation_before": [6.0],
    "titre": [8.0],
    "titre_before": [200.0],
    "titre_negative": 20.0,
    "drug_free_from": [30.0],
    "drug_free_to": [inf],
    "relapse": [inf],
    "protective": [0.9],
    "protective_before": [1.2],
    "protective_at_least": 0.5,
}


def test_a_reset_by_hand_with_its_reasons():
    found = recovery.reset(**ONE)
    assert found.status[0].tolist() == ["met"] * 6
    assert (found.left[0], found.right[0]) == (180, 210)
    assert [found.reasons(name)[0] for name in COMPONENTS] == [
        "nadir 0.05/uL, below 0.1/uL",
        "naive and transitional share 0.9 at return, at least 0.8",
        "overlap 0.01 with the repertoire before, at most 0.05",
        "titre 8, negative up to 20",
        "drug-free remission at return and to day 210",
        "0.75 of the protective titre kept, at least 0.5",
    ]
    assert found.shares.low[-1] == pytest.approx(0.025, rel=1e-12)  # 0.025^(1/1)
    assert found.criteria["titre_fold"] == 4
    # 180 days of remission: not before 300
    later = recovery.reset(**ONE, drug_free_days=180)
    assert (later.left[0], later.right[0]) == (270, 300)


@pytest.mark.parametrize(
    ("change", "component", "status", "reason"),
    [
        ({"nadir": [0.1]}, "depth", "not met", "nadir 0.1/uL, not below 0.1/uL"),
        ({"nadir": [0.1], "nadir_below": [True]}, "depth", "met",
         "nadir below its limit of 0.1/uL, at most 0.1/uL"),
        ({"nadir_samples": [1]}, "depth", "not met",
         "depleted in 1 samples in a row, 2 confirm it"),
        ({"depth_below": None}, "depth", "not assessed", "no column with a criterion was given"),
        ({"memory_share": [0.05]}, "renewal", "not met",
         "memory share 0.125 of its baseline, above 0.1"),
        ({"mutation": [6.0]}, "repertoire", "not met", "mean mutation 6, not less than 6 before"),
        ({"titre": [25.0]}, "serology", "met", "titre fell 8-fold, at least 4-fold"),
        ({"titre": [100.0]}, "serology", "not met", "titre fell 2-fold, less than 4-fold"),
        ({"titre_before": [20.0]}, "serology", "not assessed",
         "titre 20 was negative before, with 20 the upper limit"),
        ({"relapse": [209.0]}, "clinical", "not met", "relapse on day 209, before day 210"),
        ({"drug_free_to": [200.0]}, "clinical", "not met",
         "drug-free remission ended on day 200, before day 210"),
        ({"followed": [200.0]}, "clinical", "not yet assessable",
         "followed to day 200; drug-free remission is due to day 210"),
        ({"followed": [200.0], "stopped": [1]}, "clinical", "not met",
         "follow-up ended on day 200 by death, rescue or re-infusion"),
        ({"protective": [nan]}, "protection", "not assessed", "not measured"),
    ],
)  # fmt: skip
def test_each_reason_in_words(change, component, status, reason):
    found = recovery.reset(**{**ONE, **change})
    assert found.status[0, COMPONENTS.index(component)] == status
    assert found.reasons(component) == [reason]
    assert found.is_limit.any() == ("limit of" in reason)
    assert found.composite[0] == ("met" if "depth_below" in change else status)


def test_a_criterion_left_out_leaves_the_rest():
    found = recovery.reset(**{**ONE, "overlap_at_most": None, "mutation_falls": False})
    assert "repertoire" not in found.assessed
    assert found.shares.component[-1] == "all"
    assert found.composite[0] == "met"
    only = recovery.reset(**{**ONE, "overlap_at_most": None})
    assert only.reasons("repertoire") == ["mean mutation 1.5, less than 6 before"]


def test_who_fails_for_good_stays_without_to_the_end():
    # by hand: one reset in (180, 210], one relapse, one followed to 150: half of two came to it
    cohort = {
        "return_left": [90] * 3, "return_right": [120] * 3, "followed": [400, 500, 150],
        "drug_free_from": [30] * 3, "drug_free_to": [inf] * 3, "relapse": [inf, 130, inf],
    }  # fmt: skip
    found = recovery.reset(**cohort)
    assert found.composite.tolist() == ["met", "not met", "not yet assessable"]
    assert found.precluded.tolist() == [False, True, False]
    assert found.left.tolist() == [180, 500, 150]
    curve = found.time_to_reset()
    assert curve.at(400).estimate == pytest.approx(0.5)


def test_not_assessed_is_excluded_with_its_reason():
    cohort = {name: value * 2 if isinstance(value, list) else value for name, value in ONE.items()}
    cohort["overlap"] = [0.01, nan]
    found = recovery.reset(**cohort, patient=["a", "b"])
    days = found.intervals()
    assert days.patient == ["a"]
    assert days.excluded == {"b": "repertoire: not measured"}
    assert found.shares.not_assessed[-1] == 1
    assert (found.shares.least[-1], found.shares.most[-1]) == (0.5, 1)


def test_days_of_its_own_make_a_component_the_last_one():
    found = recovery.reset(**ONE, times={"serology": ([240.0], [270.0])})
    assert (found.left[0], found.right[0]) == (240, 270)
    still = recovery.reset(**{**ONE, "titre": [100.0]}, times={"serology": ([240.0], [inf])})
    assert (still.left[0], still.right[0]) == (240, inf)
    assert not still.precluded[0]


@pytest.mark.parametrize("n", [1, 5, 15])
def test_all_and_none(n):
    cohort = {name: value * n if isinstance(value, list) else value for name, value in ONE.items()}
    everybody = recovery.reset(**cohort).shares
    assert everybody.low[-1] == pytest.approx(0.025 ** (1 / n), rel=1e-12)
    nobody = recovery.reset(**{**cohort, "nadir": [5.0] * n}).shares
    assert (nobody.share[-1], nobody.low[-1]) == (0, 0)
    assert nobody.high[-1] == pytest.approx(1 - 0.025 ** (1 / n), rel=1e-12)


def test_frames_hold_missing_values():
    frame = {
        "rl": [90.0, 60.0], "rr": [120.0, inf], "end": [400.0, 90.0], "naive": [0.9, None],
        "id": ["x", "y"], "product": ["CD19", "BCMA"],
    }  # fmt: skip
    found = recovery.reset("rl", "rr", "end", naive_share="naive", patient="id", data=frame)
    assert found.patient == ["x", "y"]
    assert found.composite.tolist() == ["met", "not yet assessable"]
    import pandas as pd

    table = pd.DataFrame(frame)
    groups = recovery.reset("rl", "rr", "end", naive_share="naive", group="product", data=table)
    assert list(groups) == ["BCMA", "CD19"]
    assert groups["CD19"].composite.tolist() == ["met"]
    assert groups.to_frame("pandas")["group"].tolist() == ["BCMA", "CD19"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"followed": [100.0]}, r"return_right\[0\] is 120; it is after `followed`"),
        ({"return_left": [120.0]}, r"return_left\[0\] is 120; it does not come before the end"),
        ({"return_right": [nan]}, r"return_right\[0\]; it cannot be missing"),
        ({"return_right": [inf]}, r"naive_share\[0\] is 0.9; B cells of its patient were not seen"),
        ({"relapse": [nan]}, r"relapse\[0\]; it cannot be missing here.*inf"),
        ({"naive_share": [90.0]}, r"naive_share\[0\] is 90; a share lies between 0 and 1"),
        ({"titre": [-1.0]}, r"titre\[0\] is -1; it cannot be negative"),
        ({"titre_below": [2]}, r"titre_below\[0\] is 2; it is 0"),
        ({"nadir": [inf]}, r"nadir\[0\] is inf; a number is needed"),
        ({"titre_fold": -4}, "titre_fold is -4; a criterion is a number of 0 or more"),
        ({"titre": ["high"]}, "titre holds .* values; give numbers"),
        ({"titre": [1.0, 2.0]}, r"titre has shape \(2,\); return_left has 1 patients"),
        ({"titre": "titre"}, "titre is 'titre'; without data="),
        ({"level": 95}, "level is 95"),
        ({"patient": ["a", "b"]}, "patient has 2 labels; return_left has 1"),
        ({"times": {"renewal": ([1], [2])}}, "times has 'renewal'"),
        ({"times": {"depth": ([1],)}}, r"times\['depth'\] is"),
        ({"times": {"depth": ([1], [inf])}}, r"depth_right\[0\] is inf; the component is met"),
    ],
)
def test_bad_input_is_named(change, words):
    with pytest.raises(InputError, match=words):
        recovery.reset(**{**ONE, **change})


def test_nothing_to_judge_and_nobody():
    with pytest.raises(InputError, match="no component can be judged"):
        recovery.reset([90], [120], [400])
    with pytest.raises(InputError, match="there is no patient"):
        recovery.reset([], [], [], naive_share=[])
    with pytest.raises(InputError, match="'a' has several rows"):
        recovery.reset([9, 9], [12, 12], [40, 40], naive_share=[1, 1], patient=["a", "a"])
    with pytest.raises(InputError, match="return_left has no rows"):
        recovery.reset(90, 120, 400, naive_share=0.9)


def test_two_groups_by_the_exact_test():
    half = recovery.reset(
        [90] * 8, [120] * 8, [400] * 8, naive_share=[0.9] * 4 + [0.6] * 3 + [nan],
        group=["b"] * 4 + ["a"] * 4,
    )  # fmt: skip
    found = recovery.reset_test(half)
    expected = response.contrast(4, 4, 0, 3, method="chan-zhang")
    assert found.groups == ("a", "b")
    assert found.pvalue[0] == expected.pvalue
    assert (found.low[-1], found.high[-1]) == (expected.low, expected.high)
    assert found.decided.tolist() == [[3, 4], [3, 4]]
    assert list(found.to_frame("pandas")["met_b"]) == [4, 4]
    with pytest.raises(InputError, match="results has 1 groups"):
        recovery.reset_test({"a": half["a"]})
    other = recovery.reset([90], [120], [400], naive_share=[0.9], naive_at_least=0.7)
    with pytest.raises(InputError, match="judged by different criteria"):
        recovery.reset_test({"a": half["a"], "b": other})


def test_results_show_themselves():
    found = recovery.reset(**ONE, patient=["p1"])
    assert "depth 1 of 1" in str(found)
    assert str(found).endswith("all 1 of 1 (100.0%, 95% 2.5% to 100.0%)")
    assert pickle.loads(pickle.dumps(found)).reasons("depth") == found.reasons("depth")
    assert found.to_dict()["shares"]["met"] == [1] * 7
    assert "nadir 0.05" in found._repr_html_()


def test_the_heat_map_shows_components_beside_the_composite():
    found = recovery.reset(**{**ONE, "overlap": [nan]}, patient=["p1"])
    ax = found.plot()
    assert [text.get_text() for text in ax.get_xticklabels()] == [*COMPONENTS, "all"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["p1"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["met", "not assessed"]
    assert ax.texts[1].get_text() == "0.9"
    groups = recovery.reset([90, 60], [120, inf], [400, 90], naive_share=[0.6, nan], group=[1, 2])
    ax = groups.plot()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["1  0", "2  1"]
    assert ax.texts[2].get_text() == "not yet"


def test_three_panels_share_their_days():
    who, day = ["A"] * 4, [0, 14, 90, 120]
    rows = {"patient": who, "day": day, "lloq": 1.0}
    series = {
        "CAR T per uL": {**rows, "count": [1, 90, 2, 0]},
        "B cells per uL": {**rows, "count": [200, 0, 0, 15], "threshold": 10},
        "titre": {**rows, "count": [160, 80, 20, 20]},
    }
    axes = panels(series, spans={"B cells return": (90, 120)})
    assert [ax.get_ylabel() for ax in axes] == list(series)
    assert len({ax.get_xlim() for ax in axes}) == 1
    assert [ax.get_xlabel() for ax in axes] == ["", "", "days since infusion"]
    assert [ax.get_legend() is None for ax in axes] == [False, True, True]
    words = [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert words == ["count", "below its limit", "B cells return"]
    again = panels(series, axes=axes)
    assert again == axes
    with pytest.raises(InputError, match="series is empty"):
        panels({})
    with pytest.raises(InputError, match="axes has 3 of them; series has 1"):
        panels({"titre": series["titre"]}, axes=axes)
