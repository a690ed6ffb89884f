"""Compositions against the slow twin, by hand, and by their symmetries."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery
from immunoreset.errors import InputError

from tests.reference import composition as twin

counts = st.integers(1, 60)


@st.composite
def tables(draw, least=1, most=6):
    """Counts of cells, samples by subsets."""
    parts = draw(st.integers(2, 4))
    n = draw(st.integers(least, most))
    return [[draw(counts) for _ in range(parts)] for _ in range(n)]


@given(tables())
def test_shares_and_log_ratios_are_those_of_the_twin(table):
    found = recovery.composition(table, total=None)
    rows = [twin.closed(row) for row in table]
    assert found.share == pytest.approx(np.array(rows), rel=1e-13)
    assert found.clr == pytest.approx(np.array([twin.clr(row) for row in rows]), abs=1e-12)
    assert found.centre == pytest.approx(twin.centre(rows), rel=1e-12)
    if found.n > 1:
        expected = np.array([twin.clr(row) for row in rows]).var(axis=0, ddof=1).sum()
        assert found.total_variance == pytest.approx(expected, rel=1e-9, abs=1e-14)
        assert found.variation[0, 1] == pytest.approx(
            np.var([math.log(a[0] / a[1]) for a in rows], ddof=1), rel=1e-9, abs=1e-14
        )
    else:
        assert math.isnan(found.total_variance)


@given(tables(), st.floats(0.01, 100))
def test_the_unit_does_not_matter(table, unit):
    found = recovery.composition(np.array(table) * unit, total=None)
    assert found.clr == pytest.approx(recovery.composition(table, total=None).clr, abs=1e-12)


def test_zeros_are_replaced_and_the_rest_gives_way_in_proportion():
    found = recovery.composition([[60, 40, 0, 0]], total=100, limit=[1, 1, 2, 4])
    assert found.share[0] == pytest.approx(twin.closed([60, 40, 0, 0], [1, 1, 2, 4]), rel=1e-14)
    assert found.share[0] == pytest.approx([0.6 * 0.961, 0.4 * 0.961, 0.013, 0.026], rel=1e-14)
    assert found.replaced.tolist() == [2]
    by_row = recovery.composition([[0.5, 0.5], [1, 0]], limit=[[0.1, 0.1], [0.01, 0.02]])
    assert by_row.share[1] == pytest.approx([1 - 0.013, 0.013], rel=1e-14)


def test_column_names_are_the_names_of_subsets():
    frame = {"naive": [0.7, 0.6], "memory": [0.3, 0.4], "product": ["CD19", "BCMA"]}
    found = recovery.composition(["naive", "memory"], group="product", data=frame)
    assert list(found) == ["BCMA", "CD19"]
    assert found["CD19"].names == ("naive", "memory")
    assert found.to_frame("pandas")["naive"].tolist() == pytest.approx([0.6, 0.7])
    limits = recovery.composition(
        [[1, 0], [0.5, 0.5]], limit=[[0.1, 0.2], [0.3, 0.4]], group=["a", "b"]
    )
    assert limits["a"].share[0, 1] == pytest.approx(0.13)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"share": [[0.5, 0.5], [0.5, math.nan]]}, r"share\[1\] is nan"),
        ({"share": [[0.5, 0.5], [1.5, -0.5]]}, r"share\[1\] is -0.5"),
        ({"share": [[50, 50]]}, r"share\[0\] is 100; it is what the row sums to.*total=100"),
        ({"share": [[0.5, 0.5], [0, 0]]}, r"share\[1\].*no composition without B cells"),
        ({"share": [[1, 0]]}, r"share\[0\] is 0; a zero has no logarithm: give limit="),
        ({"share": [[1, 0]], "limit": 0.9}, "limit.*half of it"),
        ({"share": [[1, 0]], "limit": [0.1, 0]}, r"limit\[1\] is 0; it must be greater than 0"),
        ({"share": [[1, 0]], "limit": [0.1, 0.1, 0.1]}, "limit does not fit share"),
        ({"share": [[1.0], [1.0]]}, "a composition has two parts"),
        ({"share": np.empty((0, 3))}, "no patient"),
        ({"share": [[0.5, 0.5]], "names": ["naive"]}, "names has 1 entries"),
        ({"share": [[0.5, 0.5]], "total": math.nan}, "total is 0"),
        ({"share": [[0.5, 0.5]], "group": ["a", "b"]}, "group has 2 labels; share has 1 rows"),
        ({"share": ["naive", "b"], "data": {"naive": [1.0]}}, "no column 'b'"),
    ],
)
def test_bad_input_is_named(arguments, words):
    with pytest.raises(InputError, match=words):
        recovery.composition(**arguments)


# --- the share of some subsets --------------------------------------------------------------------


def test_the_mean_share_is_student_on_the_logit_scale():
    x = np.array([0.98, 0.85, 0.96, 0.9])
    table = np.column_stack((x - 0.2, np.full(4, 0.2), 1 - x))
    found = recovery.composition_share(
        table, ["naive", "transitional"], names=["naive", "transitional", "memory"], at_least=0.9
    )
    logits = np.log(x / (1 - x))
    reach = 3.182446305284263 * logits.std(ddof=1) / 2  # Student's 97.5 % point on 3 df
    for limit, logit in ((found.mean, 0), (found.low, -reach), (found.high, reach)):
        assert limit == pytest.approx(1 / (1 + np.exp(-(logits.mean() + logit))), rel=1e-9)
    assert found.median == pytest.approx(0.93)
    assert (found.median_low, found.median_high, found.achieved_level) == (0, 1, 1)
    assert (found.reached.low, found.reached.high) == pytest.approx((0.19412, 0.99369), abs=1e-5)


def test_six_samples_have_a_median_with_limits():
    x = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
    found = recovery.composition_share(np.column_stack((x, 1 - x)), "x1")
    assert (found.median_low, found.median_high) == pytest.approx((0.5, 0.95))
    assert found.achieved_level == pytest.approx(1 - 2 / 64)
    assert found.parts == ("x1",)


def test_shares_by_group_and_what_is_refused():
    table, names = [[0.9, 0.1], [0.6, 0.4], [0.7, 0.3]], ["naive", "memory"]
    found = recovery.composition_share(table, ["naive"], names=names, group=["a", "b", "b"])
    assert found["a"].n == 1
    assert (found["a"].low, found["a"].high) == (0, 1)
    assert found["b"].reached is None
    with pytest.raises(InputError, match="there is no subset 'plasma'"):
        recovery.composition_share(table, ["plasma"], names=names)
    with pytest.raises(InputError, match="name one at least, and not all"):
        recovery.composition_share(table, names, names=names)
    with pytest.raises(InputError, match="level is 95"):
        recovery.composition_share(table, ["naive"], names=names, level=95)


# --- the test -------------------------------------------------------------------------------------


@st.composite
def pairs(draw):
    before = draw(tables())
    return before, [[draw(counts) for _ in row] for row in before]


@given(pairs())
@settings(max_examples=60, deadline=None)
def test_pairs_are_those_of_the_twin(both):
    before, after = ([twin.clr(twin.closed(row)) for row in table] for table in both)
    differences = np.array(after) - np.array(before)
    found = recovery.composition_test(*both, total=None)
    alone, adjusted, every = twin.permutation(
        differences.sum(axis=0).tolist(), list(twin.arrangements_of_pairs(differences.tolist()))
    )
    assert found.pvalue == pytest.approx(alone)
    assert found.adjusted == pytest.approx(adjusted)
    assert found.global_pvalue == pytest.approx(every)
    assert found.effect == pytest.approx(differences.mean(axis=0), abs=1e-12)
    assert found.distance == pytest.approx(np.linalg.norm(differences, axis=1), abs=1e-12)
    assert found.statistic == pytest.approx(np.linalg.norm(differences.mean(axis=0)), abs=1e-12)


@given(tables(least=2), st.data())
@settings(max_examples=60, deadline=None)
def test_groups_are_those_of_the_twin(table, data):
    n = len(table)
    second = data.draw(st.integers(1, n - 1))
    group = data.draw(st.permutations([0] * (n - second) + [1] * second))
    rows = np.array([twin.clr(twin.closed(row)) for row in table])
    found = recovery.composition_test(table, group=group, total=None)
    member = np.array(group) == 1
    seen = (rows - rows.mean(axis=0))[member].sum(axis=0)
    alone, adjusted, every = twin.permutation(
        seen.tolist(), list(twin.arrangements_of_groups(rows.tolist(), second))
    )
    assert found.pvalue == pytest.approx(alone)
    assert found.adjusted == pytest.approx(adjusted)
    assert found.global_pvalue == pytest.approx(every)
    difference = rows[member].mean(axis=0) - rows[~member].mean(axis=0)
    assert found.effect == pytest.approx(difference, abs=1e-12)
    assert (found.n, found.second, found.arrangements) == (n, second, math.comb(n, second))


def test_the_limits_are_students_and_welchs():
    generator = np.random.default_rng(3)
    first, second = generator.dirichlet([4, 2, 1], 7), generator.dirichlet([3, 3, 1], 7)
    differences = recovery.composition(second).clr - recovery.composition(first).clr
    paired = recovery.composition_test(first, second)
    reach = 2.4469118511449692 * differences.std(axis=0, ddof=1) / math.sqrt(7)
    assert paired.high - paired.effect == pytest.approx(reach, rel=1e-9)
    both = np.vstack((first[:4], second[:6]))
    groups = recovery.composition_test(both, group=[0] * 4 + [1] * 6)
    a, b = recovery.composition(first[:4]).clr, recovery.composition(second[:6]).clr
    # R 4.2: t.test(b[, 1], a[, 1])$conf.int has this half-width; recomputed by formula here
    variances = a[:, 0].var(ddof=1) / 4, b[:, 0].var(ddof=1) / 6
    df = sum(variances) ** 2 / (variances[0] ** 2 / 3 + variances[1] ** 2 / 5)
    half = (groups.high - groups.low)[0] / 2
    t = half / math.sqrt(sum(variances))
    student = pytest.importorskip("scipy.stats").t

    assert student.cdf(t, df) == pytest.approx(0.975, rel=1e-9)


def test_random_arrangements_come_near_and_come_again():
    generator = np.random.default_rng(8)
    first, second = generator.dirichlet([4, 2, 1], 9), generator.dirichlet([3, 3, 1], 9)
    exact = recovery.composition_test(first, second)
    drawn = [
        recovery.composition_test(first, second, method="monte-carlo", rng=5, replicates=20_000)
        for _ in range(2)
    ]
    assert drawn[0].pvalue.tolist() == drawn[1].pvalue.tolist()
    assert drawn[0].pvalue == pytest.approx(exact.pvalue, abs=0.015)
    assert drawn[0].global_pvalue == pytest.approx(exact.global_pvalue, abs=0.015)
    assert (drawn[0].method, drawn[0].arrangements) == ("monte-carlo", 20_000)
    assert (exact.method, exact.arrangements) == ("exact", 2**8)


def test_a_large_cohort_is_exact_only_where_it_can_be():
    table = np.random.default_rng(1).dirichlet([1, 1], 60)
    with pytest.raises(InputError, match="method='monte-carlo' with rng="):
        recovery.composition_test(table[:30], table[30:])
    drawn = recovery.composition_test(table, group=[0, 1] * 30, rng=2, replicates=500)
    assert drawn.method == "monte-carlo"
    assert 1 / 501 <= drawn.global_pvalue <= 1


def test_progress_is_reported_and_may_stop_the_call():
    table = np.random.default_rng(1).dirichlet([1, 1], 8)
    seen = []
    recovery.composition_test(
        table, table[::-1], method="monte-carlo", rng=1, replicates=9000,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen == [(4096, 9000), (8192, 9000), (9000, 9000)]

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recovery.composition_test(
            table, table[::-1], method="monte-carlo", rng=1, replicates=9000, progress=stop
        )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "either after"),
        ({"after": [[0.5, 0.5]], "group": [1]}, "either after"),
        ({"after": [[0.5, 0.5], [0.5, 0.5]]}, "the same patients in the same order"),
        ({"after": [[0.2, 0.3, 0.5]]}, "after.*the same subsets"),
        ({"after": [[0.5, math.nan]]}, r"after\[0\] is nan"),
        ({"group": ["a"]}, "group has 1 labels"),
        ({"after": [[0.5, 0.5]], "method": "asymptotic"}, "choose 'auto', 'exact' or"),
        ({"after": [[0.5, 0.5]], "method": "monte-carlo"}, "rng is None"),
        ({"after": [[0.5, 0.5]], "level": 1}, "level is 1"),
    ],
)
def test_bad_input_of_the_test_is_named(arguments, words):
    with pytest.raises(InputError, match=words):
        recovery.composition_test([[0.5, 0.5]], **arguments)


def test_words_and_pictures():
    pytest.importorskip("matplotlib").use("Agg")
    names = ["naive", "memory"]
    table = [[0.2, 0.8], [0.3, 0.7], [0.9, 0.1], [0.8, 0.2]]
    found = recovery.composition(table, names=names)
    assert str(found).startswith("4 compositions, centre naive")
    from immunoreset.plots.composition import means_of_days

    days, means = means_of_days(found, [-7, -7, 112, 112])
    assert days.tolist() == [-7, 112]
    assert means[0] == pytest.approx(twin.centre(table[:2]))
    assert len(found.plot(day=[-7, -7, 112, 112]).collections) == 3
    assert len(found.plot().containers) == 2
    with pytest.raises(InputError, match="day has 1 values"):
        found.plot(day=[3])
    test = recovery.composition_test(table[:2], table[2:], names=names)
    assert "after against before, 2 patients" in str(test)
    assert test.plot().get_xlabel().startswith("factor")
    groups = recovery.composition_test(table, group=["BCMA", "BCMA", "CD19", "CD19"])
    assert "CD19 against BCMA" in str(groups)
    assert groups.to_frame("pandas")["subset"].tolist() == ["x1", "x2"]
