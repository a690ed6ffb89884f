"""Two response rates: golden values of R, slow twins, printed tables, and properties."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import response
from immunoreset.errors import InputError

from tests.reference import contrast as twin

Z = 1.959963984540054
METHODS = {
    "difference": [
        "miettinen-nurminen", "mee", "scas", "newcombe", "agresti-caffo", "wald", "chan-zhang",
    ],
    "ratio": ["miettinen-nurminen", "scas", "koopman", "katz"],
    "odds-ratio": [
        "miettinen-nurminen", "miettinen-nurminen-1985", "scas", "woolf", "conditional",
        "conditional-mid-p", "conditional-minlike", "conditional-blaker",
    ],
}  # fmt: skip
EVERY = [(measure, method) for measure, methods in METHODS.items() for method in methods]
# name in R -> measure and method here, and the digits to which R solves
GOLDEN = {
    "wald": ("difference", "wald", 1e-12),
    "newcombe_hybrid_score": ("difference", "newcombe", 1e-12),
    "agresti_caffo": ("difference", "agresti-caffo", 1e-12),
    "miettinen_nurminen_diff": ("difference", "miettinen-nurminen", 1e-6),
    "mee_farrington_manning_diff": ("difference", "mee", 1e-6),
    "skew_corrected_scas_diff": ("difference", "scas", 1e-6),
    "miettinen_nurminen_ratio": ("ratio", "miettinen-nurminen", 1e-6),
    "koopman_ratio": ("ratio", "koopman", 1e-6),
    "scas_ratio": ("ratio", "scas", 1e-6),
    "miettinen_nurminen_odds": ("odds-ratio", "miettinen-nurminen", 1e-6),
}
TABLES = [(7, 34, 1, 34), (5, 6, 2, 9), (0, 5, 3, 7), (4, 4, 2, 5), (1, 3, 0, 4), (9, 10, 3, 10)]


def neutral(measure):
    return 0.0 if measure == "difference" else 1.0


def swapped(measure, value):
    return -value if measure == "difference" else 1 / value if value else np.inf


@pytest.mark.parametrize(("in_r", "here"), GOLDEN.items())
def test_limits_agree_with_r(golden, in_r, here):
    measure, method, digits = here
    for row in golden("response/two_prop_ci")["expected"]["rows"]:
        table = [row[name] for name in ("x1", "n1", "x2", "n2")]
        r = response.contrast(*table, measure=measure, method=method)
        assert (r.low, r.high) == pytest.approx(row[in_r], rel=digits, abs=1e-9)


def test_limits_printed_by_newcombe_1998():
    printed = {
        (56, 70, 48, 80): ((0.0524, 0.3339), (0.0533, 0.3377), (0.0528, 0.3382)),
        (0, 10, 0, 10): ((-0.2775, 0.2775), (-0.2775, 0.2775), (-0.2879, 0.2879)),
        (10, 10, 0, 10): ((0.6075, 1), (0.6777, 1), (0.6636, 1)),
        (5, 56, 0, 29): ((-0.0381, 0.1926), (-0.0313, 0.1926), (-0.0326, 0.1933)),
    }
    for table, by_method in printed.items():
        for method, limits in zip(
            ("newcombe", "mee", "miettinen-nurminen"), by_method, strict=True
        ):
            r = response.contrast(*table, method=method)
            assert (round(r.low, 4), round(r.high, 4)) == limits


@pytest.mark.parametrize(
    ("in_r", "method"),
    [
        ("central", "conditional"),
        ("midp_central", "conditional-mid-p"),
        ("minlike", "conditional-minlike"),
        ("blaker", "conditional-blaker"),
    ],
)
def test_conditional_odds_ratios_agree_with_r_to_the_digits_it_solves_for(golden, in_r, method):
    def small(odds_ratio):  # R solves for the odds ratio, or 1 / it, below 1: to 1.2e-4
        return np.minimum(odds_ratio, 1 / np.maximum(odds_ratio, 1e-300))

    for case in golden("response/fisher_grid")["expected"].values():
        (a, b), (c, d) = case["table"]
        r = response.contrast(a, a + b, c, c + d, measure="odds-ratio", method=method)
        expected = case[in_r]
        assert r.pvalue == pytest.approx(expected["p"], rel=1e-12)
        assert small(np.array([r.low, r.high])) == pytest.approx(
            small(np.array(expected["ci"])), abs=1.3e-4
        )
        if a + c == 0:
            assert np.isnan(r.estimate)  # R says 0: the table knows nothing
        else:
            assert small(r.estimate) == pytest.approx(small(expected["or"]), abs=1.3e-4)


def test_conditional_limits_by_hand():
    # 3/4 v 1/4: the weights are 1, 16 w, 36 w^2, 16 w^3, w^4
    r = response.contrast(3, 4, 1, 4, measure="odds-ratio", method="conditional")
    w = np.array([r.low, r.high])
    weights = np.array([1 + 0 * w, 16 * w, 36 * w**2, 16 * w**3, w**4])
    assert weights[3:, 0].sum() / weights[:, 0].sum() == pytest.approx(0.025, rel=1e-12)
    # R prints 621.93, at which this tail is 0.02517
    assert weights[:4, 1].sum() / weights[:, 1].sum() == pytest.approx(0.025, rel=1e-12)


@pytest.mark.parametrize("measure", METHODS)
@pytest.mark.parametrize("table", TABLES)
def test_score_limits_and_statistics_equal_their_twins(measure, table):
    method = "miettinen-nurminen-1985" if measure == "odds-ratio" else "miettinen-nurminen"
    r = response.contrast(*table, measure=measure, method=method)
    low, high = twin.limits(
        measure, lambda v, sign: twin.score_statistic(measure, *table, v) - sign * Z
    )
    if r.low > (-1 if measure == "difference" else 0):
        assert r.low == pytest.approx(low, rel=1e-8)
    if r.high < (1 if measure == "difference" else np.inf):
        assert r.high == pytest.approx(high, rel=1e-8)
    margins = (-0.35, -0.1, 0.05, 0.4) if measure == "difference" else (0.2, 0.8, 1.5, 6)
    for margin in margins:
        r = response.contrast(*table, measure=measure, method=method, margin=margin)
        assert r.statistic == pytest.approx(
            twin.score_statistic(measure, *table, margin), rel=1e-8, abs=1e-8
        )


@pytest.mark.parametrize("measure", METHODS)
@pytest.mark.parametrize("table", [(7, 34, 1, 34), (5, 6, 2, 9), (9, 10, 3, 10)])
def test_corrected_limits_solve_their_equations(measure, table):
    r = response.contrast(*table, measure=measure, method="scas")
    for limit, z in ((r.low, Z), (r.high, -Z)):
        assert twin.skewed_excess(measure, *table, limit, z) == pytest.approx(0, abs=1e-7)
    if measure == "odds-ratio":
        r = response.contrast(*table, measure=measure)
        for limit, z in ((r.low, Z), (r.high, -Z)):
            statistic = twin.score_statistic(measure, *table, limit, corrected=True)
            assert statistic == pytest.approx(z, abs=1e-7)


@pytest.mark.parametrize("table", [*TABLES, (0, 4, 0, 6), (5, 5, 5, 5)])
def test_newcombe_equals_its_twin(table):
    r = response.contrast(*table, method="newcombe")
    assert (r.low, r.high) == pytest.approx(twin.newcombe(*table, Z), abs=1e-14)


def test_woolf_and_katz_by_formula():
    log_ratio, error = twin.log_odds_ratio(7, 34, 1, 34)
    r = response.contrast(7, 34, 1, 34, measure="odds-ratio", method="woolf")
    assert (r.low, r.high) == pytest.approx(np.exp([log_ratio - Z * error, log_ratio + Z * error]))
    r = response.contrast(7, 34, 1, 34, measure="ratio", method="katz")
    error = (1 / 7 - 1 / 34 + 1 - 1 / 34) ** 0.5
    assert (r.low, r.high) == pytest.approx(7 * np.exp([-Z * error, Z * error]), rel=1e-12)


@pytest.mark.parametrize("rule", ["central", "mid-p", "minlike", "blaker"])
def test_conditional_pvalues_equal_exact_sums(rule):
    method = "conditional" if rule == "central" else f"conditional-{rule}"
    for x1 in range(6):
        for x2 in range(9):
            for margin in (0.25, 1.0, 3.0):
                r = response.contrast(
                    x1, 5, x2, 8, measure="odds-ratio", method=method, margin=margin
                )
                expected = twin.conditional_pvalue(x1, 5, x2, 8, margin, rule)
                assert r.pvalue == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("margin", [-0.4, -0.1, 0.0, 0.25])
def test_exact_unconditional_pvalues_equal_sums_over_all_tables(margin):
    for x1 in range(5):
        for x2 in range(7):
            r = response.contrast(
                x1, 4, x2, 6, method="chan-zhang", margin=margin, alternative="greater"
            )
            expected = twin.chan_zhang_pvalue(x1, 4, x2, 6, margin)
            # the twin's grid may miss the greatest value by a little
            assert expected - 1e-12 <= r.pvalue <= expected + 1e-6


@pytest.mark.parametrize(("measure", "method"), EVERY)
def test_every_zero_cell_is_defined(measure, method):
    x1, x2 = np.meshgrid(np.arange(6), np.arange(5))
    r = response.contrast(x1, 5, x2, 4, measure=measure, method=method)
    assert not np.isnan([r.low, r.high, r.pvalue, r.statistic]).any()
    assert (r.low <= r.high).all()
    assert (r.pvalue >= 0).all()
    assert (r.pvalue <= 1).all()
    undefined = np.isnan(r.estimate)
    if measure == "difference":
        assert not undefined.any()
    else:
        events = x1 + x2
        empty = events == 0 if measure == "ratio" else (events == 0) | (events == 9)
        assert (undefined == empty).all()
        assert (r.low[events == 0] == 0).all()
        assert np.isinf(r.high[events == 0]).all()


@pytest.mark.parametrize(("measure", "method"), EVERY)
def test_a_group_without_patients_is_an_answer(measure, method):
    r = response.contrast(0, 0, 3, 4, measure=measure, method=method)
    assert np.isnan(r.estimate)
    assert (r.low, r.high) == ((-1, 1) if measure == "difference" else (0, np.inf))
    assert r.pvalue == 1
    assert "NA" in str(r)


@given(st.sampled_from(EVERY), st.integers(1, 12), st.integers(1, 12), st.data())
@settings(max_examples=300, deadline=None)
def test_swapping_groups_mirrors_everything(which, n1, n2, data):
    measure, method = which
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    level = data.draw(st.sampled_from([0.8, 0.95, 0.99]))
    r = response.contrast(x1, n1, x2, n2, measure=measure, method=method, level=level)
    s = response.contrast(x2, n2, x1, n1, measure=measure, method=method, level=level)
    close = dict(rel=1e-8, abs=1e-9)
    assert r.low == pytest.approx(swapped(measure, s.high), **close)
    assert r.high == pytest.approx(swapped(measure, s.low), **close)
    assert r.pvalue == pytest.approx(s.pvalue, **close)
    if measure != "ratio":  # events and the others swapped
        s = response.contrast(n1 - x1, n1, n2 - x2, n2, measure=measure, method=method, level=level)
        assert r.low == pytest.approx(swapped(measure, s.high), **close)
    if not np.isnan(r.estimate) and level > 0.9:
        assert r.low <= r.estimate + 1e-12
        assert r.estimate <= r.high * (1 + 1e-12) + 1e-12


@given(st.sampled_from(EVERY), st.integers(1, 15), st.integers(1, 15), st.data())
@settings(max_examples=300, deadline=None)
def test_limits_are_monotone_in_the_responders(which, n1, n2, data):
    measure, method = which
    if method in ("wald", "katz", "woolf", "agresti-caffo"):
        return  # a formula with a zero cell need not be
    x1, x2 = data.draw(st.integers(0, n1 - 1)), data.draw(st.integers(0, n2))
    r = response.contrast([x1, x1 + 1], n1, x2, n2, measure=measure, method=method)
    assert r.low[1] >= r.low[0] - 1e-8
    assert r.high[1] >= r.high[0] - 1e-8


@given(st.sampled_from(EVERY), st.integers(2, 15), st.integers(2, 15), st.data())
@settings(max_examples=300, deadline=None)
def test_intervals_invert_their_tests(which, n1, n2, data):
    measure, method = which
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    level = data.draw(st.sampled_from([0.8, 0.9, 0.95]))
    options = dict(measure=measure, method=method, level=level)
    r = response.contrast(x1, n1, x2, n2, **options)
    if r.low == r.high:
        return  # a variance of 0: the Wald methods at none and all
    least, most = (-1, 1) if measure == "difference" else (0, np.inf)
    for limit, outward in ((r.low, -1), (r.high, 1)):
        if not least < limit < most or not 1e-9 < abs(limit) < 1e9:
            continue
        shift = outward * 1e-5 * (1 if measure == "difference" else limit)
        inside = response.contrast(x1, n1, x2, n2, margin=limit - shift, **options).pvalue
        assert inside > 1 - level - 1e-3
        if least < limit + shift < most:
            outside = response.contrast(x1, n1, x2, n2, margin=limit + shift, **options).pvalue
            assert outside < 1 - level + 1e-3


@pytest.mark.parametrize("measure", METHODS)
@pytest.mark.parametrize("table", [(3, 5, 2, 6), (4, 9, 1, 7)])
def test_scas_has_a_median_unbiased_estimate_for_a_one_sided_limit_at_one_half(measure, table):
    options = dict(measure=measure, method="scas", level=0.5)
    low = response.contrast(*table, alternative="greater", **options).low
    high = response.contrast(*table, alternative="less", **options).high
    assert low == pytest.approx(high, abs=1e-9)
    assert response.contrast(*table, margin=low, **options).pvalue == pytest.approx(1, abs=1e-6)


def test_non_inferiority_is_read_off_the_one_sided_limit():
    for margin in (-0.2, -0.1, 0.0):
        r = response.contrast(40, 50, 41, 50, margin=margin, alternative="greater", level=0.975)
        assert (r.pvalue < 0.025) == (r.low > margin)
        assert r.high == 1
    # Farrington and Manning 1990: z = (p1 - p2 + 0.1) / sd at the restricted rates
    r = response.contrast(40, 50, 41, 50, method="mee", margin=-0.1, alternative="greater")
    expected = twin.score_statistic("difference", 40, 50, 41, 50, -0.1, factor=False)
    assert r.statistic == pytest.approx(expected, rel=1e-9)


def test_many_patients_need_no_more_than_few():
    r = response.contrast(3_000_000_000, 6_000_000_000, 2_900_000_000, 6_000_000_000)
    assert r.low < r.estimate < r.high
    assert r.high - r.low == pytest.approx(2 * Z * (0.4999 / 6e9) ** 0.5, rel=1e-3)


def test_arrays_broadcast():
    r = response.contrast(np.array([[1], [2]]), 4, [3, 2, 1], 8, margin=[0.0, 0.1, 0.2])
    assert r.low.shape == (2, 3)
    assert r.low[1, 2] == response.contrast(2, 4, 1, 8).low
    assert r.pvalue[1, 2] == response.contrast(2, 4, 1, 8, margin=0.2).pvalue
    assert not r.low.flags.writeable


def test_columns_of_a_frame():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [8, 3], "m": [8, 4], "b": [2, 1], "n": [8, 4]})
    r = response.contrast("a", "m", "b", "n", data=frame)
    assert r.estimate.tolist() == [0.75, 0.5]
    assert r.to_frame("polars")["low"].to_list() == r.low.tolist()
    assert polars.DataFrame(r).shape == (2, 10)


ROW = dict(x1=1, n1=8, x2=1, n2=8)
BAD = [
    (dict(x1=9), "x1 is 9; there are more events than patients"),
    (dict(x2=[1, 9]), r"x2\[1\] is 9; there are more events"),
    (dict(n2=-8), "n2 is -8; it cannot be negative"),
    (dict(x1=[1, None]), r"x1\[1\] is None; a number is needed"),
    (dict(n1=2.5), "n1 is 2.5; a whole number is needed here"),
    (dict(level=95), "level is 95; a level is a probability"),
    (dict(margin=-10), "margin is -10; a margin for a difference of rates lies strictly"),
    (dict(margin=[0.1, 1.0]), r"margin\[1\] is 1; a margin for a difference"),
    (dict(measure="ratio", margin=0), "margin is 0; a margin for a ratio lies between 1e-9"),
    (dict(measure="risk"), "measure is 'risk'; choose one of"),
    (dict(method="exact"), "method is 'exact'; choose one of"),
    (
        dict(measure="ratio", method="woolf"),
        r"method 'woolf' is not defined for measure 'ratio'; choose one of \['miettinen-nurminen', "
        r"'scas', 'koopman', 'katz'\]",
    ),
    (dict(x1=[1, 2], x2=[1, 2, 3]), "shapes of x1, n1, x2, n2 and margin do not fit"),
    (dict(n1=1001, method="chan-zhang"), "n1 is 1001; this is too many patients for an exact"),
    (
        dict(measure="odds-ratio", method="conditional-blaker", alternative="less"),
        "no one-sided form: use conditional or conditional-mid-p",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        response.contrast(**ROW | arguments)


def test_results_are_frozen_readable_and_pickle():
    r = response.contrast([9, 8], 10, [3, 8], 10)
    with pytest.raises(AttributeError):
        r.level = 0.9
    assert pickle.loads(pickle.dumps(r)).low.tolist() == r.low.tolist()
    assert r.to_dict()["low"] == r.low.tolist()
    assert "<td>9</td>" in r._repr_html_()
    assert str(r) == "2 contrasts (difference), 95% miettinen-nurminen"
    assert str(response.contrast(9, 10, 3, 10, measure="ratio")) == (
        "9/10 against 3/10: ratio 3, 95% miettinen-nurminen interval 1.328 to 8.692, "
        "two-sided p = 0.0076 against 1"
    )
