"""Exact tests: golden values of R, slow twins, printed examples, and properties."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import response
from immunoreset.errors import InputError

from tests.reference import contrast as contrast_twin
from tests.reference import exact_test as twin

EVERY = [
    ("fisher", "minlike"), ("fisher", "central"), ("fisher", "blaker"), ("fisher-mid-p", None),
    ("barnard", None), ("barnard-unpooled", None), ("boschloo", "minlike"), ("boschloo", "central"),
]  # fmt: skip
GOLDEN = {
    "boschloo_two_sided": dict(method="boschloo"),
    "boschloo_greater": dict(method="boschloo", alternative="greater"),
    "boschloo_less": dict(method="boschloo", alternative="less"),
    "z_pooled_two_sided": dict(method="barnard"),
    "z_unpooled_two_sided": dict(method="barnard-unpooled"),
}


def table_of(case):
    (a, b), (c, d) = case["table"]
    return a, a + b, c, c + d


@pytest.mark.parametrize(("in_r", "options"), GOLDEN.items())
def test_unconditional_pvalues_agree_with_exact(golden, in_r, options):
    for case in golden("response/unconditional_exact")["expected"].values():
        if in_r in case:
            pvalue = response.exact_test(*table_of(case), **options).pvalue
            # Exact looks at a grid of rates, and refines it: never above the supremum
            assert case[in_r] * (1 - 1e-9) <= pvalue <= case[in_r] * (1 + 1e-6)


@pytest.mark.parametrize("rule", ["minlike", "central", "blaker"])
def test_fisher_agrees_with_exact2x2(golden, rule):
    for case in golden("response/fisher_grid")["expected"].values():
        table = table_of(case)
        test = response.exact_test(*table, two_sided=rule)
        assert test.pvalue == pytest.approx(case[rule]["p"], rel=1e-12)
        for alternative in ("greater", "less"):
            pvalue = response.exact_test(*table, alternative=alternative).pvalue
            assert pvalue == pytest.approx(case[alternative], rel=1e-12)
        pvalue = response.exact_test(*table, method="fisher-mid-p").pvalue
        assert pvalue == pytest.approx(case["midp_central"]["p"], rel=1e-12)


def test_both_rules_of_boschloo():
    # scipy 1.17 (n=256) doubles the smaller one-sided p-value, R's Exact orders by Fisher's p
    for table, central, minlike in [
        ((12, 17, 2, 11), 0.008034281406668047, 0.00937268138),
        ((0, 8, 4, 10), 0.06048145170748296, 0.05312500102),
    ]:
        test = response.exact_test(*table, method="boschloo", two_sided="central")
        assert test.pvalue == pytest.approx(central, rel=1e-12)
        test = response.exact_test(*table, method="boschloo", two_sided="minlike")
        assert test.pvalue == pytest.approx(minlike, rel=1e-9)


@pytest.mark.parametrize("method", ["barnard", "barnard-unpooled", "boschloo"])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@pytest.mark.parametrize(("n1", "n2"), [(1, 1), (3, 4), (6, 2), (7, 7)])
def test_unconditional_pvalues_equal_listings(method, alternative, n1, n2):
    x1, x2 = np.arange(n1 + 1)[:, None], np.arange(n2 + 1)
    test = response.exact_test(x1, n1, x2, n2, method=method, alternative=alternative)
    expected = twin.unconditional_pvalues(n1, n2, method, alternative)
    assert (test.pvalue >= expected - 1e-12).all()
    assert test.pvalue == pytest.approx(expected, rel=1e-5)


def test_tables_of_equal_z_count_whatever_their_rounding():
    # 0, 3 and 5, 10 of 15 and 15 patients: the squared difference over m (30 - m) is 1/9 for both
    keys = -np.array(
        [
            [Fraction((a - b) ** 2, max(1, (a + b) * (30 - a - b))) for b in range(16)]
            for a in range(16)
        ]
    )
    joint = contrast_twin.binomial(15, np.linspace(0, 1, 4001))
    region = (keys <= keys[0, 3]).astype(float)
    expected = np.einsum("ra,ab,rb->r", joint, region, joint).max()
    assert keys[0, 3] == keys[5, 10]
    assert response.exact_test(0, 15, 3, 15, method="barnard").pvalue == pytest.approx(
        expected, rel=1e-6
    )


@pytest.mark.parametrize("method", ["barnard", "boschloo"])
def test_the_nuisance_rate_has_the_pvalue(method):
    keys = twin.orders(6, 9, method, "two-sided")
    for x1 in range(7):
        for x2 in range(10):
            test = response.exact_test(x1, 6, x2, 9, method=method)
            first = contrast_twin.binomial(6, [test.nuisance])[0]
            second = contrast_twin.binomial(9, [test.nuisance])[0]
            region = keys <= keys[x1, x2] + 1e-8
            assert first @ region @ second == pytest.approx(test.pvalue, rel=1e-12)


def test_berger_and_boos_restrict_the_nuisance_rate():
    gamma = 0.01
    for x1, x2 in [(0, 5), (4, 1), (6, 2), (3, 3)]:
        for method in ("barnard", "boschloo"):
            test = response.exact_test(x1, 6, x2, 7, method=method, berger_boos=gamma)
            rate = response.proportion(x1 + x2, 13, level=1 - gamma)
            expected = twin.unconditional_pvalues(
                6, 7, method, "two-sided", points=4001, within=(rate.low, rate.high)
            )[x1, x2]
            assert test.pvalue == pytest.approx(min(1, expected + gamma), rel=1e-5)
            assert rate.low <= test.nuisance <= rate.high


@pytest.mark.parametrize("method", ["fisher", "barnard", "barnard-unpooled", "boschloo"])
@pytest.mark.parametrize("n", [8, 15])
def test_unconditional_tests_hold_their_level(method, n):
    x = np.arange(n + 1)
    pvalue = response.exact_test(x[:, None], n, x, n, method=method).pvalue
    rates = np.linspace(0.001, 0.999, 400)
    weights = contrast_twin.binomial(n, rates)
    size = np.einsum("ra,ab,rb->r", weights, pvalue <= 0.05, weights)
    assert size.max() <= 0.05 + 1e-12


def test_boschloo_is_never_weaker_than_fisher():
    x1, x2 = np.arange(13)[:, None], np.arange(10)
    for options in (dict(alternative="greater"), dict(two_sided="minlike")):
        fisher = response.exact_test(x1, 12, x2, 9, **options).pvalue
        boschloo = response.exact_test(x1, 12, x2, 9, method="boschloo", **options).pvalue
        assert (boschloo <= fisher * (1 + 1e-12)).all()


@given(st.sampled_from(EVERY), st.integers(1, 14), st.integers(1, 14), st.data())
@settings(max_examples=200, deadline=None)
def test_symmetries(which, n1, n2, data):
    method, rule = which
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    pvalue = response.exact_test(x1, n1, x2, n2, method=method, two_sided=rule).pvalue
    groups = response.exact_test(x2, n2, x1, n1, method=method, two_sided=rule).pvalue
    events = response.exact_test(n1 - x1, n1, n2 - x2, n2, method=method, two_sided=rule).pvalue
    assert 0 <= pvalue <= 1
    assert groups == pytest.approx(pvalue, rel=1e-9)
    assert events == pytest.approx(pvalue, rel=1e-9)
    greater = response.exact_test(x1, n1, x2, n2, method=method, alternative="greater").pvalue
    less = response.exact_test(x2, n2, x1, n1, method=method, alternative="less").pvalue
    assert greater == pytest.approx(less, rel=1e-9)


@given(st.sampled_from(EVERY), st.integers(1, 14), st.integers(1, 14), st.data())
@settings(max_examples=200, deadline=None)
def test_more_responders_are_more_extreme(which, n1, n2, data):
    method, _ = which
    x1, x2 = data.draw(st.integers(0, n1 - 1)), data.draw(st.integers(0, n2))
    if method == "barnard-unpooled":
        return  # its z is not monotone: 0/n1 has no variance of its own
    test = response.exact_test([x1, x1 + 1], n1, x2, n2, method=method, alternative="greater")
    assert test.pvalue[1] <= test.pvalue[0] * (1 + 1e-9)


@pytest.mark.parametrize(("method", "rule"), EVERY)
def test_empty_margins_and_groups_are_answers(method, rule):
    options = dict(method=method, two_sided=rule)
    for table in [(0, 5, 0, 7), (5, 5, 7, 7)]:
        assert response.exact_test(*table, **options).pvalue == 1
    test = response.exact_test(0, 0, 3, 7, **options)
    assert test.pvalue == 1
    assert np.isnan(test.statistic)
    assert np.isnan(test.nuisance)


def test_large_trials_work():
    test = response.exact_test(300, 1000, 340, 1000, method="boschloo")
    assert 0.04 < test.pvalue < response.exact_test(300, 1000, 340, 1000).pvalue < 0.07
    assert response.exact_test(100, 500, 300, 500).pvalue == pytest.approx(
        twin.minlike_by_comb(100, 500, 300, 500), rel=1e-10
    )


def test_rows_of_different_groups_and_of_none():
    n1, n2 = np.array([5, 8, 5, 0, 8]), np.array([6, 3, 6, 4, 3])
    x1, x2 = np.array([4, 1, 0, 0, 1]), np.array([1, 2, 3, 2, 2])
    test = response.exact_test(x1, n1, x2, n2, method="boschloo")
    for i in range(5):
        one = response.exact_test(int(x1[i]), int(n1[i]), int(x2[i]), int(n2[i]), method="boschloo")
        assert test.pvalue[i] == pytest.approx(one.pvalue, rel=1e-12)
    assert response.exact_test([], 5, [], 6, method="barnard").pvalue.shape == (0,)
    assert response.exact_test([], 5, [], 6).pvalue.shape == (0,)


# --- larger tables --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # R 4.2.2 fisher.test: its help page's job satisfaction (prints 0.7827), and Mehta-Patel
        ([[1, 2, 1, 0], [3, 3, 6, 1], [10, 10, 14, 9], [6, 7, 12, 11]], 0.782684938966531),
        ([[2, 0, 1, 2, 6], [1, 3, 1, 1, 1], [1, 0, 3, 1, 0], [1, 2, 1, 2, 0]], 0.0911177720258471),
        (
            [[1, 1, 1, 0, 0, 0, 1, 3, 3], [4, 4, 4, 5, 5, 5, 6, 5, 0], [1, 1, 1, 0, 0, 0, 1, 0, 0]],
            0.117069572250858,
        ),
        ([[3, 1], [1, 3]], 34 / 70),
    ],
)
def test_larger_tables_agree_with_r(table, expected):
    for counts in (np.array(table), np.array(table).T, np.array(table)[::-1]):
        assert response.exact_test_table(counts).pvalue == pytest.approx(expected, rel=1e-11)


@given(st.integers(2, 3), st.integers(2, 4), st.data())
@settings(max_examples=60, deadline=None)
def test_larger_tables_equal_listings(rows, columns, data):
    cells = st.lists(st.integers(0, 3), min_size=rows * columns, max_size=rows * columns)
    table = np.array(data.draw(cells)).reshape(rows, columns)
    expected = twin.freeman_halton(table)
    assert response.exact_test_table(table).pvalue == pytest.approx(expected, rel=1e-10)


def test_a_table_of_two_groups_is_fishers():
    for x1, x2 in [(7, 1), (0, 4), (5, 5)]:
        test = response.exact_test_table([[x1, 9 - x1], [x2, 8 - x2]])
        assert test.pvalue == pytest.approx(response.exact_test(x1, 9, x2, 8).pvalue, rel=1e-12)
    assert response.exact_test_table([[3, 4, 0], [0, 0, 0]]).pvalue == 1


# --- bad input, results ---------------------------------------------------------------------------

ROW = dict(x1=1, n1=8, x2=1, n2=8)
BAD = [
    (dict(x1=9), "x1 is 9; there are more events than patients"),
    (dict(x2=[1, 9], method="boschloo"), r"x2\[1\] is 9; there are more events"),
    (dict(n1=[8, -8]), r"n1\[1\] is -8; it cannot be negative"),
    (dict(x1=1.5), "x1 is 1.5; a whole number is needed here"),
    (dict(method="chi"), "method is 'chi'; choose one of"),
    (dict(method="barnard", two_sided="minlike"), r"two_sided is 'minlike'; choose one of \['abs"),
    (dict(method="boschloo", two_sided="blaker"), "two_sided is 'blaker'; choose one of"),
    (dict(method="boschloo", berger_boos=1.5), "berger_boos is 1.5; this is the error spent"),
    (dict(berger_boos=0.001), "berger_boos is 0.001; a test given the number of events"),
    (dict(n1=1001, method="barnard"), "n1 is 1001; this is too many patients for an exact"),
    (dict(x1=[1, 2], x2=[1, 2, 3]), "shapes of x1, n1, x2 and n2 do not fit"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        response.exact_test(**ROW | arguments)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([[1, 2], [3, -4]], r"table\[1, 1\] is -4; it cannot be negative"),
        ([1, 2, 3], "table has 1 dimensions; give a row a group"),
        ([[1, 2], [3, 0.5]], "table"),
        (np.full((30, 30), 3), "table; there are too many tables with these margins"),
    ],
)
def test_bad_tables_are_named(table, message):
    with pytest.raises(InputError, match=message):
        response.exact_test_table(table)


def test_columns_of_a_frame():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [8, 3], "m": [8, 4], "b": [2, 1], "n": [8, 4]})
    test = response.exact_test("a", "m", "b", "n", data=frame)
    assert test.to_frame("polars")["pvalue"].to_list() == test.pvalue.tolist()
    assert polars.DataFrame(test).shape == (2, 7)


def test_results_are_frozen_readable_and_pickle():
    test = response.exact_test([9, 8], 10, [3, 8], 10, method="boschloo")
    with pytest.raises(AttributeError):
        test.method = "fisher"
    assert not test.pvalue.flags.writeable
    assert pickle.loads(pickle.dumps(test)).pvalue.tolist() == test.pvalue.tolist()
    assert test.to_dict()["pvalue"] == test.pvalue.tolist()
    assert str(test) == "2 exact tests, two-sided boschloo (minlike)"
    one = response.exact_test(9, 10, 3, 10, alternative="greater")
    assert one.two_sided is None
    assert str(one) == "9/10 against 3/10: greater fisher p = 0.0099"
    table = response.exact_test_table([[3, 1], [1, 3]])
    assert pickle.loads(pickle.dumps(table)).pvalue == table.pvalue
    assert table.to_dict()["table"] == [[3, 1], [1, 3]]
    assert "<td>0.4857</td>" in table._repr_html_()
    assert str(table) == "2 x 2 table: fisher-freeman-halton p = 0.4857"
