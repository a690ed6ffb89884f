"""survival.curve_difference: the tests of Klein and others, limits, small groups, bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import curve_difference as twin
from tests.reference.kaplan_meier import merge

SCALES = ["plain", "log", "log-log", "logit", "arcsine"]
BETAS = ["beta-product", "beta-product-mid-p"]

arm = st.lists(st.tuples(st.integers(0, 12).map(float), st.booleans()), min_size=1, max_size=15)


def joined(one, other):
    rows = [*one, *other]
    return [t for t, _ in rows], [e for _, e in rows], [0] * len(one) + [1] * len(other)


@settings(deadline=None, max_examples=200)
@given(arm, arm, st.integers(0, 12), st.sampled_from(SCALES))
def test_agrees_with_the_formulas(one, other, t, transform):
    d = survival.curve_difference(*joined(one, other), at=t, transform=transform)
    (first,), _ = merge([t for t, _ in one])
    (second,), _ = merge([t for t, _ in other])
    rows = [twin.at(second, [e for _, e in other], t), twin.at(first, [e for _, e in one], t)]
    if any(row is None or not 0 < row["estimate"] < 1 for row in rows) or math.isnan(d.estimate):
        assert math.isnan(d.pvalue)
        assert math.isnan(d.low)
        return
    expected = twin.compare(*rows, transform)
    found = (d.estimate, d.low, d.high, d.statistic, d.pvalue)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


@settings(deadline=None, max_examples=60)
@given(arm, arm, st.integers(0, 12), st.sampled_from(BETAS))
def test_beta_products_are_defined_wherever_survival_is(one, other, t, transform):
    d = survival.curve_difference(*joined(one, other), at=t, transform=transform)
    if math.isnan(d.estimate):
        return
    assert -1 <= d.low <= d.estimate <= d.high <= 1
    assert 0 < d.pvalue <= 1
    low, high = d.low, d.high
    assert (d.pvalue < 0.05) == (low > 0 or high < 0) or abs(d.pvalue - 0.05) < 1e-9
    if d.estimate != 0 and d.pvalue < 1:
        at_p = survival.curve_difference(
            *joined(one, other), at=t, transform=transform, level=1 - d.pvalue
        )
        assert min(abs(at_p.low), abs(at_p.high)) < 1e-7


def test_uncensored_beta_products_combine_clopper_and_pearson():
    # 7 of 10 v 3 of 9 alive at 5: Clopper-Pearson (0.347544, 0.933264) and (0.074854, 0.700705)
    time = [1, 2, 3] + [9] * 7 + [1] * 6 + [9] * 3
    group = ["b"] * 10 + ["a"] * 9
    d = survival.curve_difference(time, [1] * 19, group, at=5, transform="beta-product")
    assert d.estimate == pytest.approx(0.7 - 1 / 3)
    low = 0.7 - 1 / 3 - math.hypot(0.7 - 0.34754715, 0.70070494 - 1 / 3)
    high = 0.7 - 1 / 3 + math.hypot(0.93326056 - 0.7, 1 / 3 - 0.07485463)
    assert (d.low, d.high) == pytest.approx((low, high), abs=1e-7)


def test_labels_and_reference():
    time, event, group = [1, 2, 3, 4, 1, 3, 3, 9], [1, 1, 1, 0, 1, 0, 1, 0], list("yyyyxxxx")
    d = survival.curve_difference(time, event, group, at=2)
    assert (d.group, d.reference) == ("y", "x")
    turned = survival.curve_difference(time, event, group, at=[2, 3.5], reference="y")
    assert turned.estimate[0] == -d.estimate
    assert turned.low[0] == pytest.approx(-d.high, rel=1e-14)
    assert turned.at_risk.tolist() == [3, 1]
    assert turned.reference_at_risk.dtype == np.int64
    assert str(turned) == "survival of x less y at 2 times, 95% log-log"
    assert turned.to_frame("polars").shape == (2, 11)
    by_name = survival.curve_difference(
        "t", "e", "g", at=2, data={"t": time, "e": event, "g": group}
    )
    assert by_name == d


def test_weights_are_repeated_rows_and_split_rows_the_same_curve():
    rng = np.random.default_rng(6)
    time, event = rng.integers(2, 20, 30), rng.random(30) < 0.7
    group, weight = rng.integers(0, 2, 30), rng.integers(1, 4, 30)
    one = survival.curve_difference(time, event, group, at=[5, 9], weights=weight)
    rows = np.repeat(np.arange(30), weight)
    other = survival.curve_difference(time[rows], event[rows], group[rows], at=[5, 9])
    np.testing.assert_allclose(one.low, other.low, rtol=1e-13)
    split = survival.curve_difference(
        np.concatenate([np.ones(30), time]),
        np.concatenate([np.zeros(30), event]),
        np.tile(group, 2),
        at=[5, 9],
        entry=np.concatenate([np.zeros(30), np.ones(30)]),
    )
    plain = survival.curve_difference(time, event, group, at=[5, 9])
    np.testing.assert_allclose(split.pvalue, plain.pvalue, rtol=1e-12)


def test_where_a_survival_is_1_the_text_says_what_to_do():
    d = survival.curve_difference([9, 9, 9, 1, 2, 9], [0] * 3 + [1, 1, 0], list("aaabbb"), at=3)
    assert str(d) == (
        "survival of b less a at 3 is -0.6667 (95% log-log not defined: "
        "use transform='beta-product-mid-p')"
    )


@pytest.mark.parametrize(
    ("group", "options", "message"),
    [
        (list("aaa"), {}, "this compares two groups"),
        (list("abc"), {}, "this compares two groups"),
        (list("aab"), {"reference": "c"}, "reference is 'c'; use one of the labels"),
        (list("aab"), {"at": -1}, r"at\[0\] is -1"),
        (list("aab"), {"at": math.nan}, r"at\[0\] is nan"),
        (list("aab"), {"transform": "probit"}, "transform is 'probit'"),
        (list("aab"), {"level": 1}, "level is 1"),
        (list("aab"), {"entry": [0, 0, 0], "transform": "beta-product"}, "use interval='log-log'"),
        (list("ab"), {}, "group has 2 rows and time has 3"),
    ],
)
def test_bad_input_is_refused(group, options, message):
    with pytest.raises(InputError, match=message):
        survival.curve_difference([1, 2, 3], [1, 1, 0], group, **{"at": 1, **options})
