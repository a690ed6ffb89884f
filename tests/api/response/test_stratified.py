"""Two groups over strata: golden values of R, the enumerating twin, and properties."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from immunoreset import response
from immunoreset.errors import InputError

from tests.reference import stratified as twin

Z = 1.959963984540054
# R's mantelhaen.test(exact=TRUE) solves for the odds ratio or its inverse to this
R_ROOT = 1.23e-4
TABLES = [(8, 8, 3, 9), (5, 7, 4, 8), (0, 3, 1, 2), (2, 6, 0, 5)]
DIFFERENCES = [
    "mantel-haenszel", "miettinen-nurminen", "miettinen-nurminen-1985", "newcombe",
]  # fmt: skip

table = st.tuples(st.integers(0, 6), st.integers(0, 6)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)
tables = st.lists(table, min_size=1, max_size=4)


def columns(rows):
    return [list(column) for column in zip(*rows, strict=True)]


def rabbits(golden):
    case = golden("response/cmh_rabbits")
    counts = np.array(case["inputs"]["table"]).reshape(case["inputs"]["dim"], order="F")
    rows = [(t[0, 0], t[0].sum(), t[1, 0], t[1].sum()) for t in np.moveaxis(counts, 2, 0)]
    return columns([[int(x) for x in row] for row in rows]), case["expected"]


def test_rabbits_agree_with_r(golden):
    counts, r = rabbits(golden)
    odds = response.stratified(*counts, measure="odds-ratio")
    assert odds.estimate == pytest.approx(r["or_mh"], rel=1e-12)
    assert [odds.low, odds.high] == pytest.approx(r["ci"], rel=1e-12)
    test = response.stratified_test(*counts)
    assert test.statistic == pytest.approx(r["chisq"], rel=1e-12)
    corrected = response.stratified_test(*counts, method="cochran-mantel-haenszel-cc")
    assert corrected.statistic == pytest.approx(r["chisq_cc"], rel=1e-12)
    assert corrected.pvalue == pytest.approx(r["p_cc"], rel=1e-12)
    exact = response.stratified_test(*counts, method="conditional-minlike")
    assert exact.pvalue == pytest.approx(r["exact_p"], rel=1e-12)


def test_exact_limits_agree_with_r_to_the_digits_it_solves_for(golden):
    counts, r = rabbits(golden)
    exact = response.stratified(*counts, measure="odds-ratio", method="conditional")
    for ours, theirs in zip(
        (exact.estimate, exact.low, exact.high), (r["exact_or"], *r["exact_ci"]), strict=True
    ):
        assert 1 / ours == pytest.approx(1 / theirs, abs=R_ROOT)
    # to the last digits ours solve the equations
    rows = list(zip(*counts, strict=True))
    assert float(twin.tails(rows, exact.low)[1]) == pytest.approx(0.025, rel=1e-10)
    assert float(twin.tails(rows, exact.high)[0]) == pytest.approx(0.025, rel=1e-10)
    assert float(twin.tails(rows, exact.estimate)[3]) == pytest.approx(16, rel=1e-12)


@given(tables)
@settings(max_examples=60, deadline=None)
def test_tests_equal_enumerated_tables(rows):
    counts = columns(rows)
    lower, upper, minlike, _ = map(float, twin.tails(rows))
    for method, alternative, expected in [
        ("conditional-minlike", "two-sided", minlike),
        ("conditional-central", "two-sided", min(1, 2 * min(lower, upper))),
        ("conditional-central", "greater", upper),
        ("conditional-minlike", "less", lower),
    ]:
        test = response.stratified_test(*counts, method=method, alternative=alternative)
        assert test.pvalue == pytest.approx(expected, rel=1e-11)
        assert test.statistic == sum(counts[0])
    for method, corrected in [
        ("cochran-mantel-haenszel", False),
        ("cochran-mantel-haenszel-cc", True),
    ]:
        test = response.stratified_test(*counts, method=method)
        try:
            expected = float(twin.chi_square(rows, corrected))
        except ZeroDivisionError:
            assert math.isnan(test.statistic)
            assert math.isnan(test.pvalue)
            continue
        assert test.statistic == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert test.pvalue == pytest.approx(math.erfc(math.sqrt(expected / 2)), rel=1e-6)


@given(tables, st.sampled_from(["difference", "ratio", "odds-ratio"]))
@settings(max_examples=100, deadline=None)
def test_mantel_haenszel_equals_exact_fractions(rows, measure):
    s = response.stratified(*columns(rows), measure=measure)
    try:
        estimate = float(twin.common(rows, measure))
        error = twin.standard_error(rows, measure)
    except ZeroDivisionError:
        assert s.low in (-1, 0)
        assert s.high in (1, math.inf)
        return
    assert s.estimate == pytest.approx(estimate, rel=1e-12, abs=1e-14)
    if measure == "difference":
        expected = max(-1, estimate - Z * error), min(1, estimate + Z * error)
    else:
        expected = estimate * math.exp(-Z * error), estimate * math.exp(Z * error)
    assert (s.low, s.high) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(tables)
@settings(max_examples=60, deadline=None)
def test_newcombe_limits_equal_the_twin(rows):
    assume(twin.informative(rows))
    s = response.stratified(*columns(rows), method="newcombe")
    low, high = twin.newcombe(rows, Z)
    assert s.low == pytest.approx(max(-1, low), rel=1e-9, abs=1e-9)
    assert s.high == pytest.approx(min(1, high), rel=1e-9, abs=1e-9)


SCORE = ["miettinen-nurminen", "miettinen-nurminen-1985"]


@pytest.mark.parametrize("method", SCORE)
@given(tables)
@settings(max_examples=40, deadline=None)
def test_miettinen_nurminen_limits_solve_the_score_equation(method, rows):
    assume(twin.informative(rows))
    s = response.stratified(*columns(rows), method=method)
    for limit, target, end in ((s.low, Z, -1), (s.high, -Z, 1)):
        if abs(limit - end) < 1e-9:
            assert limit == pytest.approx(s.estimate if s.estimate == end else end)
        else:
            found = twin.score(rows, limit, own=method == SCORE[1])
            assert found == pytest.approx(target, rel=1e-6)


@pytest.mark.parametrize("method", SCORE)
@given(tables)
@settings(max_examples=40, deadline=None)
def test_miettinen_nurminen_ratios_solve_the_score_equation(method, rows):
    responders = [sum(x for x, *_ in rows_) for rows_ in _groups(rows)]
    s = response.stratified(*columns(rows), measure="ratio", method=method)
    own = method == SCORE[1]
    assert math.isnan(s.estimate) == (responders == [0, 0])
    assert (s.low > 0) == (responders[0] > 0)
    assert (s.high < math.inf) == (responders[1] > 0)
    if s.low > 1e-8:
        assert twin.score(rows, s.low, "ratio", own) == pytest.approx(Z, rel=1e-6)
    if s.high < 1e8:
        assert twin.score(rows, s.high, "ratio", own) == pytest.approx(-Z, rel=1e-6)
    if min(responders) > 0:
        assert s.low < s.estimate < s.high
        mean = s.estimate if own else float(twin.common(rows, "ratio"))
        assert s.estimate == pytest.approx(mean, rel=1e-12)
        if own:
            assert abs(twin.score(rows, s.estimate, "ratio", own)) < 1e-6


def _groups(rows):
    """Return (x, n) of each group in the strata that have both."""
    kept = twin.informative(rows)
    return [[row[:2] for row in kept], [row[2:] for row in kept]]


def test_either_score_test_of_no_difference_is_cochran_mantel_haenszel():
    # at a difference of 0 both groups have one rate, so that either weights are those of Mantel and
    # Haenszel, and the squared statistic is the chi-square of Cochran, Mantel and Haenszel
    rows = [(1, 4, 3, 9), (6, 7, 5, 12)]
    for own in (False, True):
        assert twin.score(rows, 0.0, own=own) ** 2 == pytest.approx(
            float(twin.chi_square(rows, False)), rel=1e-7
        )
    usual = response.stratified(*columns(rows), method=SCORE[0])
    own = response.stratified(*columns(rows), method=SCORE[1])
    assert own.estimate != pytest.approx(usual.estimate, abs=1e-4)


@pytest.mark.parametrize("method", SCORE)
@given(tables, st.floats(0.5, 0.999))
@settings(max_examples=60, deadline=None)
def test_a_ratio_inverts_with_the_groups(method, rows, level):
    x1, n1, x2, n2 = columns(rows)
    s = response.stratified(x1, n1, x2, n2, measure="ratio", method=method, level=level)
    mirror = response.stratified(x2, n2, x1, n1, measure="ratio", method=method, level=level)
    for ours, theirs in ((s.low, mirror.high), (s.high, mirror.low)):
        expected = math.inf if theirs == 0 else 1 / theirs
        assert ours == pytest.approx(expected, rel=1e-9)


def test_one_stratum_has_the_limits_of_contrast():
    for measure in ("difference", "ratio"):
        for table in ((7, 9, 3, 12), (9, 9, 5, 6), (0, 5, 2, 8), (1, 1, 1, 1), (6, 6, 9, 9)):
            one = response.contrast(*table, measure=measure)
            for method in SCORE:
                s = response.stratified(*table, measure=measure, method=method)
                assert (s.estimate, s.low, s.high) == pytest.approx(
                    (one.estimate, one.low, one.high), rel=1e-9, abs=1e-12
                )


@given(tables)
@settings(max_examples=60, deadline=None)
def test_homogeneity_tests_equal_the_twin(rows):
    telling = [row for row in twin.informative(rows) if 0 < row[0] + row[2] < row[1] + row[3]]
    tests = [response.homogeneity_test(*columns(rows), method=m) for m in ("breslow-day", "tarone")]
    if len(telling) < 2:
        assert all(math.isnan(test.statistic) and test.df == 0 for test in tests)
        return
    odds = response.stratified(*columns(rows), measure="odds-ratio").estimate
    expected = twin.breslow_day(rows, odds) if 0 < odds < math.inf else (0, 0)
    for test, value in zip(tests, expected, strict=True):
        assert test.statistic == pytest.approx(value, rel=1e-7, abs=1e-9)
        assert test.df == len(telling) - 1
        assert 0 <= test.pvalue <= 1


@given(st.lists(st.integers(1, 12).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=5))  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_stratified_wilson_equals_repeated_substitution(rows):
    events, n = columns(rows)
    s = response.stratified_proportion(events, n)
    estimate, low, high, weights = twin.yan_su(events, n, Z)
    assert s.estimate == pytest.approx(estimate, rel=1e-9, abs=1e-12)
    assert s.low == pytest.approx(low, rel=1e-9, abs=1e-12)
    assert s.high == pytest.approx(high, rel=1e-9, abs=1e-12)
    assert s.weights == pytest.approx(weights, rel=1e-9)
    assert s.weights.sum() == pytest.approx(1)


@given(tables, st.sampled_from(DIFFERENCES), st.floats(0.5, 0.99))
@settings(max_examples=100, deadline=None)
def test_a_difference_changes_its_sign_with_groups_and_events(rows, method, level):
    s = response.stratified(*columns(rows), method=method, level=level)
    x1, n1, x2, n2 = map(np.array, columns(rows))
    for other in ((x2, n2, x1, n1), (n1 - x1, n1, n2 - x2, n2)):
        mirror = response.stratified(*other, method=method, level=level)
        assert mirror.low == pytest.approx(-s.high, abs=1e-8)
        assert mirror.high == pytest.approx(-s.low, abs=1e-8)
    if not math.isnan(s.estimate):
        assert -1 <= s.low <= s.estimate + 1e-12
        assert s.estimate - 1e-12 <= s.high <= 1


@given(tables, st.sampled_from(["mantel-haenszel", "conditional"]))
@settings(max_examples=60, deadline=None)
def test_an_odds_ratio_inverts_with_the_groups(rows, method):
    x1, n1, x2, n2 = columns(rows)
    s = response.stratified(x1, n1, x2, n2, measure="odds-ratio", method=method)
    mirror = response.stratified(x2, n2, x1, n1, measure="odds-ratio", method=method)
    for ours, theirs in ((s.low, mirror.high), (s.high, mirror.low)):
        expected = math.inf if theirs == 0 else 1 / theirs
        assert ours == pytest.approx(expected, rel=1e-9)


@given(tables, st.sampled_from([0.8, 0.95]))
@settings(max_examples=40, deadline=None)
def test_the_exact_interval_inverts_the_central_test(rows, level):
    s = response.stratified(*columns(rows), measure="odds-ratio", method="conditional", level=level)
    pvalue = response.stratified_test(*columns(rows), method="conditional-central").pvalue
    if abs(pvalue - (1 - level)) > 1e-9:
        assert (s.low <= 1 <= s.high) == (pvalue > 1 - level)


def test_random_strata_agree_with_metafor(golden):
    case = golden("response/strata_metafor")
    close = {"rel": case["rtol"], "abs": 1e-12}
    for one in case["cases"]:
        counts, expected = one["inputs"].values(), one["expected"]
        for measure in ("difference", "ratio", "odds-ratio"):
            s = response.stratified(*counts, measure=measure)
            estimate, low, high = expected[measure]
            if measure == "difference":
                low, high = max(-1, low), min(1, high)
            assert (s.estimate, s.low, s.high) == pytest.approx((estimate, low, high), **close)
        for name, method in (("cmh", ""), ("cmh_cc", "-cc")):
            test = response.stratified_test(*counts, method="cochran-mantel-haenszel" + method)
            assert test.statistic == pytest.approx(expected[name], **close)
        exact = response.stratified_test(*counts, method="conditional-minlike")
        assert exact.pvalue == pytest.approx(expected["exact_p"], **close)
        for method in ("breslow-day", "tarone"):
            test = response.homogeneity_test(*counts, method=method)
            name = method.replace("-", "_")
            assert test.statistic == pytest.approx(expected[name], rel=1e-8, abs=1e-10)
            assert test.pvalue == pytest.approx(expected[name + "_p"], rel=1e-8)


def test_one_stratum_equals_the_limits_of_newcombe_1998():
    # table II, rows (a) to (f) in the literature: method 10
    for counts, printed in [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ]:
        s = response.stratified(*counts, method="newcombe")
        assert (round(s.low, 4), round(s.high, 4)) == printed


def test_no_stratum_with_both_groups_leaves_everything_open():
    for method in DIFFERENCES:
        s = response.stratified([1, 0], [2, 0], [0, 3], [0, 3], method=method)
        assert math.isnan(s.estimate)
        assert (s.low, s.high) == (-1, 1)
    s = response.stratified_proportion([0, 0], [0, 0])
    assert math.isnan(s.estimate)
    assert (s.low, s.high) == (0, 1)


def test_columns_of_a_frame():
    polars = pytest.importorskip("polars")
    names = ["a", "of_a", "b", "of_b"]
    frame = polars.DataFrame(dict(zip(names, columns(TABLES), strict=True)))
    s = response.stratified(*names, data=frame)
    assert s.low == response.stratified(*columns(TABLES)).low
    assert response.stratified_test(*names, data=frame).strata == 4
    assert polars.DataFrame(s).shape == (1, 3)


BAD = [
    ((9, 8, 1, 8), {}, r"x1\[0\] is 9; there are more events than patients"),
    (([1, 1], [8, 8], [1, -1], [8, 8]), {}, r"x2\[1\] is -1; it cannot be negative"),
    (([1, 1], [8, 8], [1, 1], [8]), {}, "n2 has 1 rows and x1 has 2"),
    (([1, None], [8, 8], [1, 1], [8, 8]), {}, r"x1\[1\] is None; a number is needed"),
    (([], [], [], []), {}, "there is no stratum"),
    ((1, 8, 1, 8), dict(level=95), "level is 95; a level is a probability"),
    ((1, 8, 1, 8), dict(method="wald"), "method is 'wald'; choose one of"),
    ((1, 8, 1, 8), dict(measure="rr"), "measure is 'rr'; choose one of"),
    ((1, 8, 1, 8), dict(method="conditional"), "this method is not defined for this measure"),
    ((2500, 5000, 2500, 5000), dict(measure="odds-ratio", method="conditional"), "out of reach"),
]


@pytest.mark.parametrize(("counts", "options", "message"), BAD)
def test_bad_input_is_named(counts, options, message):
    with pytest.raises(InputError, match=message):
        response.stratified(*counts, **options)


def test_bad_input_of_the_tests_is_named():
    with pytest.raises(InputError, match=r"x1\[0\] is 9"):
        response.stratified_test(9, 8, 1, 8)
    with pytest.raises(InputError, match="choose one of"):
        response.stratified_test(1, 8, 1, 8, method="fisher")
    with pytest.raises(InputError, match="choose one of"):
        response.homogeneity_test(1, 8, 1, 8, method="woolf")
    with pytest.raises(InputError, match=r"events\[0\] is 9"):
        response.stratified_proportion(9, 8)


def test_results_are_frozen_readable_and_pickle():
    s = response.stratified(*columns(TABLES))
    with pytest.raises(AttributeError):
        s.level = 0.9
    assert not s.x1.flags.writeable
    assert pickle.loads(pickle.dumps(s)).low == s.low
    assert s.to_dict()["x1"] == columns(TABLES)[0]
    assert "<td>" in s._repr_html_()
    for result in (
        response.stratified_test(*columns(TABLES)),
        response.homogeneity_test(*columns(TABLES)),
        response.stratified_proportion([8, 3], [8, 4]),
    ):
        assert "2 strata" in str(result) or "4 strata" in str(result)
        assert result.to_frame("polars").shape[0] == 1
