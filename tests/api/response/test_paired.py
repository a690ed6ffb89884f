"""Two responses of the same patients: golden values of R, the exact twin, and properties."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import response
from immunoreset.errors import InputError

from tests.reference import paired as twin

Z = 1.959963984540054
DIFFERENCES = ["tango", "newcombe", "wald"]
ODDS_RATIOS = ["conditional", "conditional-mid-p"]
FAGERLAND = (1, 1, 7, 12)

count = st.integers(0, 12)
tables = st.tuples(count, count, count, count)


def rows(golden):
    case = golden("response/mcnemar_grid")
    for row in case["expected"]["rows"]:
        (a, b), (c, d) = row["table"]
        yield (a, b, c, d), row, case["rtol"]


def test_tests_agree_with_r(golden):
    for table, r, _ in rows(golden):
        test = response.paired_test(*table, method="mcnemar")
        corrected = response.paired_test(*table, method="mcnemar-cc")
        assert test.statistic == pytest.approx(r["chisq"], rel=1e-12, nan_ok=True)
        assert test.pvalue == pytest.approx(r["p"], rel=1e-12, nan_ok=True)
        assert corrected.statistic == pytest.approx(r["chisq_cc"], rel=1e-12, nan_ok=True)
        assert response.paired_test(*table).pvalue == pytest.approx(r["p_exact"], rel=1e-12)
        mid_p = response.paired_test(*table, method="mid-p")
        assert mid_p.pvalue == pytest.approx(r["p_midp"], rel=1e-12)


def test_intervals_agree_with_r(golden):
    for table, r, rtol in rows(golden):
        wald = response.paired(*table, method="wald")
        assert [wald.low, wald.high] == pytest.approx(r["ci_diff_scores_wald"], rel=1e-12)
        # PropCIs has the second rate less the first
        tango = response.paired(*table)
        assert [-tango.high, -tango.low] == pytest.approx(r["tango_score_ci"], rel=rtol)
        odds = response.paired(*table, measure="odds-ratio")
        assert [odds.low, odds.high] == pytest.approx(r["exact_or"]["ci"], rel=1e-12)
        if r["exact_or"]["or"] is None:
            assert math.isnan(odds.estimate)
        else:
            assert odds.estimate == pytest.approx(r["exact_or"]["or"], rel=1e-12)


def test_pvalues_printed_by_fagerland_2013():
    printed = {"mcnemar": 0.034, "exact": 0.070, "mid-p": 0.039, "mcnemar-cc": 0.077}
    for method, p in printed.items():
        assert round(response.paired_test(*FAGERLAND, method=method).pvalue, 3) == p


@pytest.mark.parametrize("method", ["exact", "mid-p"])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_pvalues_equal_exact_sums(method, alternative):
    for b in range(9):
        for c in range(9):
            test = response.paired_test(3, b, c, 2, method=method, alternative=alternative)
            expected = twin.pvalue(b, c, method == "mid-p", alternative)
            assert test.pvalue == pytest.approx(float(expected), rel=1e-12)


@given(tables.filter(any))
@settings(max_examples=80, deadline=None)
def test_tango_limits_solve_the_score_equation(table):
    d = response.paired(*table)
    for limit, target, end in ((d.low, Z, -1), (d.high, -Z, 1)):
        if limit == end:
            assert d.estimate == end
        else:
            assert twin.tango(table, limit) == pytest.approx(target, rel=1e-5)


@given(tables.filter(any))
@settings(max_examples=80, deadline=None)
def test_newcombe_limits_equal_the_twin(table):
    d = response.paired(*table, method="newcombe")
    low, high = twin.newcombe(table, Z)
    assert d.low == pytest.approx(max(-1, low), abs=1e-7)
    assert d.high == pytest.approx(min(1, high), abs=1e-7)


@given(tables, st.sampled_from(DIFFERENCES), st.floats(0.5, 0.999))
@settings(max_examples=150, deadline=None)
def test_a_difference_changes_its_sign_with_time_and_response(table, method, level):
    a, b, c, d = table
    here = response.paired(a, b, c, d, method=method, level=level)
    for other in ((a, c, b, d), (d, c, b, a)):
        mirror = response.paired(*other, method=method, level=level)
        assert mirror.low == pytest.approx(-here.high, abs=1e-7)
        assert mirror.high == pytest.approx(-here.low, abs=1e-7)
    assert -1 <= here.low <= here.high <= 1
    if any(table):
        assert here.low <= here.estimate <= here.high


@given(tables, st.sampled_from(ODDS_RATIOS), st.sampled_from([0.8, 0.9, 0.95]))
@settings(max_examples=100, deadline=None)
def test_an_odds_ratio_inverts_and_belongs_to_its_test(table, method, level):
    a, b, c, d = table
    here = response.paired(a, b, c, d, measure="odds-ratio", method=method, level=level)
    mirror = response.paired(a, c, b, d, measure="odds-ratio", method=method, level=level)
    assert here.low == pytest.approx(1 / mirror.high if mirror.high else math.inf, rel=1e-12)
    test = {"conditional": "exact", "conditional-mid-p": "mid-p"}[method]
    pvalue = response.paired_test(a, b, c, d, method=test).pvalue
    if abs(pvalue - (1 - level)) > 1e-9:
        assert (here.low <= 1 <= here.high) == (pvalue > 1 - level)


def test_one_sided_chi_square_halves():
    for method in ("mcnemar", "mcnemar-cc"):
        both, less, greater = (
            response.paired_test(*FAGERLAND, method=method, alternative=alternative).pvalue
            for alternative in ("two-sided", "less", "greater")
        )
        assert less == pytest.approx(both / 2, rel=1e-12)
        assert greater == pytest.approx(1 - both / 2, rel=1e-12)


def test_nobody_is_an_answer():
    for method in DIFFERENCES:
        d = response.paired(0, 0, 0, 0, method=method)
        assert math.isnan(d.estimate)
        assert (d.low, d.high) == (-1, 1)
    for method in ODDS_RATIOS:
        r = response.paired(5, 0, 0, 3, measure="odds-ratio", method=method)
        assert (r.low, r.high) == (0, math.inf)
    assert response.paired_test(0, 0, 0, 0).pvalue == 1


def test_arrays_broadcast_and_frames_are_read():
    r = response.paired(np.array([[1], [5]]), [1, 2, 3], 7, 12)
    assert r.low.shape == (2, 3)
    assert r.low[0, 0] == response.paired(*FAGERLAND).low
    assert not r.low.flags.writeable
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"yy": [1, 5], "yn": [1, 0], "ny": [7, 6], "nn": [12, 4]})
    r = response.paired("yy", "yn", "ny", "nn", data=frame)
    assert polars.DataFrame(r).shape == (2, 7)
    test = response.paired_test("yy", "yn", "ny", "nn", data=frame)
    assert test.to_frame("polars")["pvalue"].to_list() == test.pvalue.tolist()


BAD = [
    ((-1, 1, 7, 12), {}, "both is -1; it cannot be negative"),
    ((1, [1, 2], [7, -7], 12), {}, r"second\[1\] is -7; it cannot be negative"),
    ((1, 1.5, 7, 12), {}, "first is 1.5; a whole number is needed"),
    ((1, None, 7, 12), {}, "first is None; a number is needed"),
    ((1, 1, 7, 2**60), {}, "neither is .*; a count lies between"),
    ((1, 1, 7, 12), dict(level=0), "level is 0; a level is a probability"),
    ((1, 1, 7, 12), dict(method="agresti"), "method is 'agresti'; choose one of"),
    ((1, 1, 7, 12), dict(method="conditional"), "not defined for this measure"),
    ((1, 1, 7, 12), dict(measure="ratio"), "measure is 'ratio'; choose one of"),
    (([1, 2], [1, 2, 3], 7, 12), {}, "shapes of both, first, second and neither do not fit"),
]


@pytest.mark.parametrize(("table", "options", "message"), BAD)
def test_bad_input_is_named(table, options, message):
    with pytest.raises(InputError, match=message):
        response.paired(*table, **options)


def test_bad_input_of_the_test_is_named():
    with pytest.raises(InputError, match=r"first\[1\] is -2"):
        response.paired_test(1, [1, -2], 7, 12)
    with pytest.raises(InputError, match="method is 'yates'; choose one of"):
        response.paired_test(*FAGERLAND, method="yates")


def test_results_are_frozen_readable_and_pickle():
    r = response.paired([1, 5], [1, 0], [7, 6], [12, 4])
    with pytest.raises(AttributeError):
        r.level = 0.9
    assert pickle.loads(pickle.dumps(r)).low.tolist() == r.low.tolist()
    assert r.to_dict()["low"] == r.low.tolist()
    assert "<td>" in r._repr_html_()
    assert str(r) == "2 paired contrasts, difference, tango"
    assert str(response.paired_test([1, 5], 1, 7, 12)) == "2 paired tests, two-sided exact"
