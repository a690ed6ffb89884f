"""Response rates: golden values of R, the exact twin, and properties."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import response
from immunoreset.errors import InputError

from tests.reference import proportion as twin

METHODS = [
    "clopper-pearson", "mid-p", "blaker", "minlike", "wilson", "wilson-cc",
    "agresti-coull", "jeffreys", "likelihood", "logit", "arcsine", "wald",
]  # fmt: skip
# more responders never lower a limit; it can with Wald's on any scale, and with Sterne's holes
MONOTONE = ("clopper-pearson", "mid-p", "wilson", "wilson-cc", "jeffreys", "likelihood")
# name in R -> name here
GOLDEN = {
    "exact": "clopper-pearson",
    "wilson": "wilson",
    "wilson_cc": "wilson-cc",
    "agresti-coull": "agresti-coull",
    "asymptotic": "wald",
    "jeffreys_bcd": "jeffreys",
    "logit": "logit",
}


@pytest.mark.parametrize(("in_r", "method"), GOLDEN.items())
def test_limits_agree_with_r(golden, in_r, method):
    for row in golden("response/binom_ci_grid")["expected"]["rows"]:
        r = response.proportion(row["x"], row["n"], method=method)
        expected = row["ci"][in_r]
        # R neither clips nor is exact at the edges (1e-17): both are defined as 0 and 1 here
        low, high = (min(max(expected[side], 0), 1) for side in ("lower", "upper"))
        assert r.low == pytest.approx(low, rel=1e-12, abs=1e-15)
        assert r.high == pytest.approx(high, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("in_r", "method", "digits"),
    [("midp", "mid-p", 1e-4), ("blaker", "blaker", 1e-4), ("sterne_minlike", "minlike", 1e-4)],
)
def test_limits_agree_with_exactci_to_the_digits_it_solves_for(golden, in_r, method, digits):
    for row in golden("response/binom_ci_grid")["expected"]["rows"]:
        r = response.proportion(row["x"], row["n"], method=method)
        assert r.low == pytest.approx(row["ci"][in_r]["lower"], abs=1.01 * digits)
        assert r.high == pytest.approx(row["ci"][in_r]["upper"], abs=1.01 * digits)


def test_one_sided_limits_agree_with_r(golden):
    for row in golden("response/binom_ci_grid")["expected"]["rows"]:
        greater = response.proportion(row["x"], row["n"], alternative="greater")
        less = response.proportion(row["x"], row["n"], alternative="less")
        assert greater.low == pytest.approx(row["ci"]["clopper_pearson_one_sided_lower"], rel=1e-12)
        assert less.high == pytest.approx(row["ci"]["clopper_pearson_one_sided_upper"], rel=1e-12)
        assert greater.high == 1
        assert less.low == 0


def test_limits_printed_by_newcombe_1998():
    printed = {
        "wald": (0.2522, 0.3638), "wilson": (0.2553, 0.3662),
        "clopper-pearson": (0.2527, 0.3676), "mid-p": (0.2544, 0.3658),
    }  # fmt: skip
    for method, limits in printed.items():
        r = response.proportion(81, 263, method=method)
        assert (round(r.low, 4), round(r.high, 4)) == limits


@pytest.mark.parametrize("method", ["blaker", "minlike"])
@pytest.mark.parametrize(("x", "n"), [(1, 4), (3, 10), (7, 9), (5, 5), (11, 15)])
def test_limits_enclose_just_the_rates_their_test_accepts(method, x, n):
    grid = [i / 500 for i in range(1, 500)]
    rates = twin.accepted(x, n, method, 0.95, grid)
    r = response.proportion(x, n, method=method)
    assert r.low <= rates.min() <= r.low + 1 / 500
    assert r.high - 1 / 500 <= rates.max() <= r.high


@pytest.mark.parametrize("method", ["minlike", "central", "blaker", "mid-p"])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_pvalues_equal_exact_sums(method, alternative):
    for n in (1, 2, 5, 8, 15):
        for x in range(n + 1):
            for rate in (0.1, 0.25, 0.5, 0.9):
                expected = twin.pvalue(x, n, rate, method, alternative)
                test = response.proportion_test(x, n, rate, method=method, alternative=alternative)
                assert test.pvalue == pytest.approx(float(expected), rel=1e-12)
                assert test.statistic == x


def test_score_test_by_hand():
    # z = (7 - 5) / sqrt(10 * 0.5 * 0.5) = 1.264911; 2 * (1 - Phi(z)) = 0.205903
    test = response.proportion_test(7, 10, 0.5, method="score")
    assert test.statistic == pytest.approx(2 / 2.5**0.5, rel=1e-15)
    assert test.pvalue == pytest.approx(0.2059032107320684, rel=1e-12)


def test_upper_limit_is_one_when_all_respond():
    for method in METHODS:
        assert response.proportion(8, 8, method=method).high == 1
        assert response.proportion(0, 8, method=method).low == 0


def test_no_patient_is_an_answer():
    for method in METHODS:
        r = response.proportion(0, 0, method=method)
        assert np.isnan(r.estimate)
        assert (r.low, r.high) == (0, 1)
        assert "0/0 (no patient)" in str(r)
    assert response.proportion_test(0, 0, 0.5).pvalue == 1


@given(st.integers(1, 60), st.data(), st.sampled_from(METHODS), st.floats(0.5, 0.999))
@settings(max_examples=300, deadline=None)
def test_properties_of_every_interval(n, data, method, level):
    x = data.draw(st.integers(0, n))
    r = response.proportion(x, n, method=method, level=level)
    mirrored = response.proportion(n - x, n, method=method, level=level)
    assert 0 <= r.low <= r.estimate <= r.high <= 1
    assert r.low == pytest.approx(1 - mirrored.high, abs=1e-12)
    if x < n and method in MONOTONE:
        more = response.proportion(x + 1, n, method=method, level=level)
        assert more.low >= r.low - 1e-12
        assert more.high >= r.high - 1e-12


@given(st.integers(1, 40), st.data(), st.sampled_from([0.8, 0.9, 0.95]))
@settings(max_examples=100, deadline=None)
def test_intervals_invert_their_tests(n, data, level):
    x = data.draw(st.integers(1, n))
    for interval, test in [("clopper-pearson", "central"), ("mid-p", "mid-p"), ("wilson", "score")]:
        low = response.proportion(x, n, method=interval, level=level).low
        pvalue = response.proportion_test(x, n, low, method=test).pvalue
        assert pvalue == pytest.approx(1 - level, rel=1e-9)


def test_arrays_broadcast():
    r = response.proportion(np.array([[1], [2]]), np.array([4, 8, 16]))
    assert r.low.shape == (2, 3)
    assert r.low[1, 2] == response.proportion(2, 16).low
    assert not r.low.flags.writeable


def test_columns_of_a_frame():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"responders": [8, 3], "treated": [8, 4]})
    r = response.proportion("responders", "treated", data=frame)
    assert r.estimate.tolist() == [1.0, 0.75]
    assert r.to_frame("polars")["low"].to_list() == r.low.tolist()
    assert polars.DataFrame(r).shape == (2, 5)


BAD = [
    (dict(events=9, n=8), "events is 9; there are more events than patients"),
    (dict(events=[1, 9], n=[8, 8]), r"events\[1\] is 9; there are more"),
    (dict(events=-1, n=8), "events is -1; it cannot be negative"),
    (dict(events=[1, None], n=8), r"events\[1\] is None; a number is needed"),
    (dict(events=[1, float("nan")], n=8), r"events\[1\] is nan; a whole number"),
    (dict(events=1.5, n=8), "events is 1.5; a whole number is needed here"),
    (dict(events=["one"], n=8), "events holds values of type"),
    (dict(events=1, n=8, level=95), "level is 95; a level is a probability"),
    (dict(events=1, n=8, method="exact"), "method is 'exact'; choose one of"),
    (dict(events=1, n=8, method="blaker", alternative="less"), "no one-sided form"),
    (dict(events=[1, 2, 3], n=[8, 8]), "shapes of events and n do not fit"),
    (dict(events="x", n="n", data={"n": [1]}), "events: there is no column 'x'"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        response.proportion(**arguments)


def test_null_rate_outside_the_unit_interval():
    with pytest.raises(InputError, match=r"null\[1\] is 1.5; a rate under the null"):
        response.proportion_test(1, 2, [0.5, 1.5])


def test_results_are_frozen_readable_and_pickle():
    r = response.proportion([8, 3], [8, 4])
    with pytest.raises(AttributeError):
        r.level = 0.9
    assert pickle.loads(pickle.dumps(r)).low.tolist() == r.low.tolist()
    assert r.to_dict()["low"] == r.low.tolist()
    assert "<td>8</td>" in r._repr_html_()
    assert str(response.proportion(8, 8)) == (
        "8/8 (100.0%), 95% clopper-pearson interval 63.1% to 100.0%"
    )
    assert str(response.proportion_test(30, 30, 0.5)).endswith("p < 0.0001")
