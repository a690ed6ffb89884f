"""A trend along groups: golden values of R, the enumerating twin, and properties."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import response
from immunoreset.errors import InputError

from tests.reference import trend as twin

group = st.integers(0, 5).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(-3, 4))
)
groups = st.lists(group, min_size=1, max_size=4)


def columns(rows):
    return [list(column) for column in zip(*rows, strict=True)]


def test_smokers_agree_with_r(golden):
    case = golden("response/trend_rxc")
    r = case["expected"]
    test = response.trend_test(case["inputs"]["events"], case["inputs"]["n"])
    assert test.statistic == pytest.approx(r["ca_z"], rel=1e-12)
    assert test.statistic**2 == pytest.approx(r["trend_chisq"], rel=1e-12)
    assert test.pvalue == pytest.approx(r["trend_p"], rel=1e-12)


@given(groups)
@settings(max_examples=100, deadline=None)
def test_exact_pvalues_equal_enumerated_tables(rows):
    events, n, scores = columns(rows)
    for alternative, expected in twin.pvalues(events, n, scores).items():
        test = response.trend_test(
            events, n, scores=scores, method="exact", alternative=alternative
        )
        assert test.pvalue == pytest.approx(float(expected), rel=1e-11)
        assert test.statistic == sum(x * s for x, s in zip(events, scores, strict=True))


@given(groups)
@settings(max_examples=100, deadline=None)
def test_z_equals_exact_fractions(rows):
    events, n, scores = columns(rows)
    test = response.trend_test(events, n, scores=scores)
    try:
        square = float(twin.squared_z(events, n, scores))
    except ZeroDivisionError:
        assert math.isnan(test.statistic)
        assert math.isnan(test.pvalue)
        return
    assert test.statistic**2 == pytest.approx(square, rel=1e-9, abs=1e-12)
    one = response.trend_test(events, n, scores=scores, alternative="greater")
    assert one.pvalue == pytest.approx(math.erfc(test.statistic / math.sqrt(2)) / 2, rel=1e-9)


@given(
    groups, st.integers(-5, 5), st.integers(1, 3), st.sampled_from(["exact", "cochran-armitage"])
)
@settings(max_examples=80, deadline=None)
def test_shifts_scales_order_and_direction(rows, shift, scale, method):
    events, n, scores = map(np.array, columns(rows))
    here = response.trend_test(events, n, scores=scores, method=method, alternative="greater")
    for other in (
        dict(events=events, scores=shift + scale * scores, n=n, alternative="greater"),
        dict(events=events[::-1], scores=scores[::-1], n=n[::-1], alternative="greater"),
        dict(events=n - events, scores=scores, n=n, alternative="less"),
        dict(events=events, scores=-scores, n=n, alternative="less"),
    ):
        test = response.trend_test(method=method, **other)
        assert test.pvalue == pytest.approx(here.pvalue, rel=1e-9, nan_ok=True)


def test_two_groups_are_the_chi_square_of_the_table():
    # 8/10 v 3/10: 20 (8 * 7 - 2 * 3)^2 / (11 * 9 * 10 * 10) = 5.0505
    test = response.trend_test([3, 8], [10, 10])
    assert test.statistic**2 == pytest.approx(20 * 50**2 / 9900, rel=1e-12)


def test_columns_of_a_frame():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"x": [0, 2, 5], "of": [3, 4, 6], "dose": [1, 3, 10]})
    test = response.trend_test("x", "of", scores="dose", data=frame)
    assert test.statistic == response.trend_test([0, 2, 5], [3, 4, 6], scores=[1, 3, 10]).statistic
    default = response.trend_test("x", "of", data=frame)
    assert default.scores.tolist() == [1, 2, 3]
    assert polars.DataFrame(test).shape == (1, 2)


BAD = [
    (dict(events=[1, 9], n=[8, 8]), r"events\[1\] is 9; there are more events than patients"),
    (dict(events=[1, -1], n=[8, 8]), r"events\[1\] is -1; it cannot be negative"),
    (dict(events=[1, None], n=[8, 8]), r"events\[1\] is None; a number is needed"),
    (dict(events=[], n=[]), "there is no row"),
    (dict(events=[1, 2], n=[8]), "n has 1 rows and events has 2"),
    (dict(events=[1, 2], n=[8, 8], scores=[1]), "scores has 1 rows and events has 2"),
    (dict(events=[1, 2], n=[8, 8], scores=[1, math.inf]), r"scores\[1\] is inf; a score is"),
    (dict(events=[1, 2], n=[8, 8], scores=[1, 1.5], method="exact"), r"scores\[1\] is 1.5; the ex"),
    (dict(events=[999, 2], n=[9999, 8888], method="exact"), "out of reach"),
    (dict(events=[1, 2], n=[8, 8], method="jonckheere"), "method is 'jonckheere'; choose one"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        response.trend_test(**arguments)


def test_results_are_frozen_readable_and_pickle():
    test = response.trend_test([0, 2, 5], [3, 4, 6])
    with pytest.raises(AttributeError):
        test.pvalue = 0
    assert not test.scores.flags.writeable
    assert pickle.loads(pickle.dumps(test)).pvalue == test.pvalue
    assert test.to_dict()["scores"] == [1, 2, 3]
    assert "<td>" in test._repr_html_()
    assert str(test).startswith("trend over 3 groups: statistic ")
