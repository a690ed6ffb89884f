"""Repertoires: worked by hand, the twin, golden values of vegan, and the edges."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery, response
from immunoreset.errors import InputError

from tests.reference import repertoire as twin

FOUR = [4, 3, 2, 1]
COUNTS = st.lists(st.integers(1, 9), min_size=1, max_size=8)


def test_agrees_with_vegan(golden):
    case = golden("recovery/repertoire")
    for sample in case["samples"].values():
        found = recovery.repertoire(sample["count"], orders=[*sample["orders"], 2])
        assert found.shannon == pytest.approx(sample["shannon"], rel=1e-12)
        assert found.gini_simpson == pytest.approx(sample["gini_simpson"], rel=1e-12)
        assert found.hill == pytest.approx([*sample["hill"], sample["hill_2"]], rel=1e-11)
        # vegan leaves the factor (n - 1) / n of Chao's formula out
        missing = (sample["chao1"] - found.clones) * (found.reads - 1) / found.reads
        assert found.chao1 == pytest.approx(found.clones + missing, rel=1e-12)
        curve = recovery.rarefaction(sample["count"], sample["depth"])
        assert curve.estimate == pytest.approx(sample["rarefied"], rel=case["rtol"])
        assert curve.subsample_sd == pytest.approx(sample["rarefied_sd"], rel=1e-8)


def test_overlap_agrees_with_vegan(golden):
    case = golden("recovery/repertoire")["overlap"]
    count = case["before"] + case["after"]
    clone = list(range(60)) * 2
    found = recovery.repertoire_overlap(count, clone, [0] * 60 + [1] * 60, before=0, after=1)
    for index in ("jaccard", "weighted_jaccard", "morisita_horn"):
        assert getattr(found, index)[0] == pytest.approx(case[index], rel=1e-12)


def test_four_clones_by_hand():
    found = recovery.repertoire(FOUR, depth=2, orders=[0, 1, 2])
    entropy = -(0.4 * log(0.4) + 0.3 * log(0.3) + 0.2 * log(0.2) + 0.1 * log(0.1))
    assert (found.reads, found.clones, found.singletons, found.doubletons) == (10, 4, 1, 1)
    assert found.hill == pytest.approx([4, exp(entropy), 1 / 0.3], rel=1e-14)
    assert found.clonality == pytest.approx(1 - entropy / log(4), rel=1e-13)
    assert found.gini == pytest.approx(0.25)
    assert (found.d50, found.d50_share, found.coverage) == (2, 0.5, 0.9)
    # of the 45 pairs of reads 6 + 3 + 1 are of one clone
    assert found.rarefied_hill[0] == pytest.approx(1 + 35 / 45, rel=1e-14)
    assert found.rarefied_hill[1] == pytest.approx(2 ** (35 / 45), rel=1e-14)
    assert found.rarefied_hill[2] == pytest.approx(1 / (0.5 + 0.5 * 10 / 45), rel=1e-14)
    assert str(found).startswith("4 clones in 10 reads (Chao1 4, 95% interval 4 to ")


@given(COUNTS, st.floats(0, 5), st.integers(1, 72))
@settings(max_examples=100, deadline=None)
def test_indices_agree_with_their_definitions(count, order, depth):
    depth = min(depth, sum(count))
    found = recovery.repertoire(count, orders=[order, 1], depth=depth)
    assert found.shannon == pytest.approx(twin.shannon(count), rel=1e-12, abs=1e-14)
    assert found.gini == pytest.approx(twin.gini(count), rel=1e-12, abs=1e-14)
    assert found.d50 == twin.d50(count)
    assert found.chao1 == pytest.approx(twin.chao1(count), rel=1e-14)
    assert found.top10_share == 1
    if abs(order - 1) > 1e-3:  # the definition cancels there
        assert found.hill[0] == pytest.approx(twin.hill(count, order), rel=1e-11)
        wanted = twin.rarefied_hill(count, depth, order)
        assert found.rarefied_hill[0] == pytest.approx(wanted, rel=1e-11)
    assert found.rarefied_hill[1] == pytest.approx(twin.rarefied_hill(count, depth, 1), rel=1e-12)
    assert found.chao1_low <= found.chao1 * (1 + 1e-15)
    assert found.clones <= found.chao1_low * (1 + 1e-15)


@given(COUNTS)
@settings(max_examples=60, deadline=None)
def test_the_curve_agrees_with_its_definition(count):
    depth = range(sum(count) + 1)
    curve = recovery.rarefaction(count, depth)
    for k in depth:
        assert curve.estimate[k] == pytest.approx(twin.rarefied_richness(count, k), rel=1e-12)
        assert curve.subsample_sd[k] == pytest.approx(twin.subsample_sd(count, k), rel=1e-12)
        assert curve.std_error[k] == pytest.approx(twin.std_error(count, k), abs=1e-7)
    assert (np.diff(curve.estimate) >= -1e-12).all()
    assert (curve.low <= curve.estimate).all()
    assert (curve.estimate <= curve.high).all()


@given(COUNTS, COUNTS, st.integers(0, 8), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_overlap_agrees_with_its_definition(first, second, shift, depth):
    before = dict(enumerate(first))
    after = {clone + shift: x for clone, x in enumerate(second)}
    depth = min(depth, sum(first), sum(second))
    found = recovery.repertoire_overlap(
        [*first, *second], [*before, *after], [0] * len(first) + [1] * len(second),
        before=0, after=1, depth=depth,
    )  # fmt: skip
    names = ("shared", "jaccard", "weighted_jaccard", "morisita_horn")
    values = [getattr(found, name)[0] for name in names]
    assert values == pytest.approx(twin.overlap(before, after), rel=1e-12)
    values = [getattr(found, f"rarefied_{name}")[0] for name in names]
    assert values == pytest.approx(twin.rarefied_overlap(before, after, depth), rel=1e-11)


@pytest.mark.parametrize("count", [[1], [9], [1] * 12, [1, 0, 0], [5, 5]])
def test_degenerate_samples_have_finite_answers(count):
    found = recovery.repertoire(count, orders=[0, 0.5, 1, 2, 100])
    assert np.isfinite(found.hill).all()
    numbers = [v for v in found.to_dict().values() if isinstance(v, float)]
    assert np.isfinite(numbers).all()
    curve = recovery.rarefaction(count)
    assert curve.estimate[-1] == found.clones
    assert curve.estimate[0] == 1
    limits = recovery.repertoire_bootstrap(count, rng=1, replicates=50, level=0.9, min_coverage=0)
    assert np.isfinite(limits.low).all()
    assert np.isfinite(limits.high).all()


def test_one_clone_is_clonal_and_singletons_are_not_covered():
    one, single = recovery.repertoire([9]), recovery.repertoire([1] * 6)
    assert (one.clonality, one.gini, one.shannon, one.d50) == (1, 0, 0, 1)
    assert (single.clonality, single.coverage, single.d50) == (pytest.approx(0), 0, 3)
    assert single.chao1 == 6 + 5 / 6 * 15


def test_samples_are_rarefied_to_the_smallest():
    data = {"n": [5, 3, 2, 9, 1], "c": list("abcab"), "s": ["V0", "V0", "V0", "M6", "M6"]}
    found = recovery.repertoire("n", clone="c", sample="s", data=data, orders=[0])
    assert list(found) == ["M6", "V0"]
    assert {r.depth for r in found.values()} == {10}
    shallow = recovery.repertoire("n", clone="c", sample="s", data=data, depth=4, orders=[0])
    assert shallow["V0"].rarefied_hill[0] == pytest.approx(twin.rarefied_richness([5, 3, 2], 4))
    frame = found.to_frame("pandas")
    assert list(frame["group"]) == ["M6", "V0"]
    assert list(frame["rarefied_hill_0"]) == [2, 3]


def test_a_frame_of_narwhals_is_read():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"reads": [5, 3, 2], "clone": ["a", "b", "a"]})
    found = recovery.repertoire("reads", clone="clone", data=frame)
    assert (found.reads, found.clones) == (10, 2)
    assert pickle.loads(pickle.dumps(found)).to_dict() == found.to_dict()


PATIENTS = {
    "patient": ["P1"] * 5 + ["P2"] * 4,
    "visit": ["V0", "V0", "V0", "M6", "M6", "V0", "V0", "M6", "M6"],
    "clone": list("abcad") + list("abcd"),
    "reads": [50, 30, 20, 5, 95, 80, 20, 60, 50],
}


def overlap(**options):
    given = dict(before="V0", after="M6", patient="patient", data=PATIENTS) | options
    return recovery.repertoire_overlap("reads", "clone", "visit", **given)


def test_patients_are_paired():
    found = overlap()
    assert found.patients == ("P1", "P2")
    assert found.shared.tolist() == [1, 0]
    assert found.depth == 100
    assert [r.reads for r in found.after] == [100, 110]
    before, after = found.values("clonality")
    assert before[0] == recovery.repertoire([50, 30, 20]).clonality
    test = found.signed_rank("rarefied_hill_1")
    x, y = found.values("rarefied_hill_1")
    assert test == response.signed_rank(y, x)
    assert list(found.to_frame("pandas")["reads_after"]) == [100, 110]
    assert str(found).endswith("at 100 reads, 1 without a clone in common")
    assert (before >= 0).all()
    assert (after <= 1).all()


def test_other_samples_do_not_matter():
    more = {name: [*column, other] for (name, column), other in zip(
        PATIENTS.items(), ["P3", "M12", "z", 7], strict=True)}  # fmt: skip
    assert overlap(data=more).to_dict() == overlap().to_dict()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"after": "M9"}, r"after is 'M9'; the samples are \['M6', 'V0'\]"),
        ({"after": "V0"}, "before and after are both 'V0'"),
        ({"depth": 101}, r"depth is 101; a sample has fewer reads"),
        ({"depth": 0}, r"depth is 0; give at least 1 read"),
        ({"depth": 2.5}, r"depth is 2.5; give a whole number"),
        ({"orders": [-1]}, r"orders\[0\] is -1; the order of a Hill number"),
        ({"level": 1}, "level is 1; a level is"),
        (
            {"data": {name: column[:-2] for name, column in PATIENTS.items()}},
            "patient 'P2' has no row of sample 'M6'; leave the patient out",
        ),
        (
            {"patient": ["P1"]},
            "count, clone, sample and patient have 9, 9, 9 and 1 rows",
        ),
    ],
)
def test_bad_pairs_are_named(options, words):
    with pytest.raises(InputError, match=words):
        overlap(**options)


@pytest.mark.parametrize(
    ("count", "options", "words"),
    [
        ([3, -1], {}, r"count\[1\] is -1"),
        ([3, 1.5], {}, r"count\[1\] is 1.5"),
        ([], {}, "count; there is no row|there is no row"),
        ([0, 0], {}, r"count\[0\] is 0; no clone of this sample has a read"),
        ([3, 0], {"sample": ["a", "b"]}, r"count\[1\] is 0; no clone of this sample has a read"),
        ([3, 1], {"depth": 5}, "depth is 5; a sample has fewer reads than that"),
        ([3, 1], {"depth": 0}, "depth is 0; give at least 1 read"),
        ([3, 1], {"orders": [101]}, r"orders\[0\] is 101"),
        ([3, 1], {"clone": ["a"]}, "clone has 1"),
        ([2**53, 1], {}, r"count\[1\] is 1; the reads of its sample add up"),
    ],
)
def test_bad_input_is_named(count, options, words):
    with pytest.raises(InputError, match=words):
        recovery.repertoire(count, **options)


def test_an_index_that_is_not_there_is_named():
    with pytest.raises(InputError, match="index is 'evenness'; give one of"):
        recovery.repertoire([2, 1]).index("evenness")


def test_bad_curves_are_named():
    with pytest.raises(InputError, match=r"depth\[1\] is 5; a sample has fewer reads"):
        recovery.rarefaction([3, 1], [2, 5])
    with pytest.raises(InputError, match=r"depth\[0\] is -1"):
        recovery.rarefaction([3, 1], [-1])
    with pytest.raises(InputError, match="points is 1; a curve has at least 2"):
        recovery.rarefaction([3, 1], points=1)


def test_a_curve_runs_from_one_read_to_all():
    curve = recovery.rarefaction([300, 200, 1], points=11)
    assert curve.depth[[0, -1]].tolist() == [1, 501]
    assert len(curve.depth) == 11
    assert recovery.rarefaction([2, 1]).depth.tolist() == [1, 2, 3]
    assert recovery.rarefaction([1]).depth.tolist() == [1]
    assert str(curve) == "3 clones in 501 reads; 3 in 501 reads (95% interval 3 to 3)"
    assert str(recovery.rarefaction([2, 1], [])) == "2 clones in 3 reads"


def test_replicates_are_those_of_their_streams():
    count = np.arange(1, 40)
    alone = recovery.repertoire_bootstrap(count, rng=7, replicates=100)
    seen = []
    with ThreadPoolExecutor(2) as executor:
        shared = recovery.repertoire_bootstrap(
            count, rng=7, replicates=100, executor=executor,
            progress=lambda done, total: seen.append((done, total)),
        )  # fmt: skip
    assert (alone.replicates == shared.replicates).all()
    assert seen[-1] == (100, 100)
    assert not alone.replicates.flags.writeable
    assert (alone.low <= alone.high).all()
    assert (alone.bias[[0, 6]] < 0).all()  # a resample misses clones
    other = recovery.repertoire_bootstrap(count, rng=8, replicates=100)
    assert (other.replicates != alone.replicates).any()


def test_the_interval_is_the_basic_one():
    found = recovery.repertoire_bootstrap([30, 20, 10, 5], rng=3, replicates=39, orders=[2])
    column = np.sort(found.replicates[:, 0])  # 39 replicates: the limits are the ends
    assert found.low[0] == pytest.approx(2 * found.estimate[0] - column[-1], rel=1e-15)
    assert found.high[0] == pytest.approx(2 * found.estimate[0] - column[0], rel=1e-15)
    column = np.sort(found.replicates[:, -1])
    assert found.low[-1] == pytest.approx(found.estimate[-1] ** 2 / column[-1], rel=1e-15)
    table = found.to_frame("pandas")
    assert list(table["index"])[-1] == "hill_2"


def test_a_failing_task_is_raised_and_the_others_are_cancelled():
    def stop(done, total):
        raise RuntimeError("enough")

    with ThreadPoolExecutor(1) as executor, pytest.raises(RuntimeError, match="enough"):
        recovery.repertoire_bootstrap(
            [3, 2, 2], rng=1, replicates=100, executor=executor, progress=stop
        )


def test_limits_are_refused_where_much_is_unseen():
    with pytest.raises(InputError, match=r"coverage is 0.8; so small a share .* min_coverage=0"):
        recovery.repertoire_bootstrap([5, 3, 1, 1], rng=1)
    found = recovery.repertoire_bootstrap([5, 3, 1, 1], rng=1, min_coverage=0.8)
    assert found.coverage == 0.8


def test_pictures_are_drawn():
    pytest.importorskip("matplotlib")
    curves = recovery.rarefaction([5, 3, 2, 9, 1], sample=["a", "a", "a", "b", "b"])
    ax = curves.plot()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    assert len(curves["a"].plot().lines) == 2
    ax = overlap().plot()
    # 2 * 0.5 * 0.05 / (0.5^2 + 0.3^2 + 0.2^2 + 0.05^2 + 0.95^2)
    assert [text.get_text() for text in ax.texts] == ["P1: 0.04", "P2: 0.00"]
    assert overlap().plot(index="clonality").get_yscale() == "linear"
