"""survival.rmst and rmst_contrast: by hand, survRM2, the twin, what must not change them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import rmst as twin
from tests.reference.kaplan_meier import merge
from tests.reference.kaplan_meier_beta import incomplete_beta

INTERVALS = ["plain", "t", "beta-product", "beta-product-mid-p"]

times = st.one_of(st.integers(0, 12).map(float), st.integers(1, 40).map(lambda i: i * 0.3))
patients = st.lists(st.tuples(times, st.booleans()), min_size=1, max_size=20)
LEUKEMIA = (
    [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45],
    [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1],
    ["maintained"] * 11 + ["none"] * 12,
)


def test_leukemia_as_in_survrm2(golden):
    case = golden("survival/rmst2_aml_default_tau")
    data, expected = case["inputs"], case["expected"]
    c = survival.rmst_contrast(data["time"], data["event"], data["arm"], tau="largest-common")
    assert c.tau == expected["tau"]
    effects = (c.difference, c.ratio, c.lost_ratio)
    for effect, row in zip(effects, expected["unadjusted"]["values"], strict=True):
        found = (effect.estimate, effect.low, effect.high, effect.pvalue)
        assert found == pytest.approx(row, rel=1e-12)
    for label, name in ((1, "arm1"), (0, "arm0")):
        m = c.means[label]
        found = (m.estimate, m.std_error, m.low, m.high)
        assert found == pytest.approx(tuple(expected[name].values()), rel=1e-12)


@settings(deadline=None, max_examples=200)
@given(patients, st.floats(0.1, 15))
def test_means_agree_with_the_twin(data, tau):
    time, event = map(list, zip(*data, strict=True))
    (merged,), _ = merge(time)
    last_events = all(e for t, e in zip(merged, event, strict=True) if t == max(merged))
    if tau > max(merged) and not last_events:
        with pytest.raises(InputError, match="is known up to"):
            survival.rmst(time, event, tau=tau)
        return
    mean = survival.rmst(time, event, tau=tau)
    expected = twin.mean(merged, event, tau)
    assert mean.estimate == pytest.approx(expected[0], rel=1e-12, abs=1e-13)
    assert mean.std_error == pytest.approx(expected[1], rel=1e-10, abs=1e-13)
    assert mean.estimate + mean.lost == pytest.approx(tau, rel=1e-15)
    for interval in INTERVALS:
        one = survival.rmst(time, event, tau=tau, interval=interval)
        assert 0 <= one.low <= one.estimate <= one.high <= tau
        assert one == survival.kaplan_meier(time, event).rmst(tau, interval=interval)


@settings(deadline=None, max_examples=80)
@given(patients, st.floats(0.5, 12))
def test_beta_product_limits_are_quantiles_of_matched_moments(data, tau):
    time, event = map(list, zip(*data, strict=True))
    tau = min(tau, max(time))
    if tau <= 0:
        return
    (merged,), _ = merge(time)
    mean = survival.rmst(time, event, tau=tau, interval="beta-product")
    under, over = twin.beta_moments(merged, event, tau)
    for limit, (m, v), tail in ((mean.low, under, 0.025), (mean.high, over, 0.975)):
        if not 1e-9 < m < 1 - 1e-9:
            continue
        total = m * (1 - m) / v - 1
        if limit != mean.estimate:
            share = incomplete_beta(limit / tau, m * total, (1 - m) * total)
            assert share == pytest.approx(tail, rel=1e-5)


def test_without_censoring_it_is_the_mean():
    time = np.array([3.0, 8, 1, 12, 5, 5])
    capped = np.minimum(time, 6)
    mean = survival.rmst(time, np.ones(6, int), tau=6, interval="t")
    assert mean.estimate == pytest.approx(capped.mean(), rel=1e-15)
    assert mean.std_error == pytest.approx(capped.std() / math.sqrt(6), rel=1e-14)
    half = 2.570581835636314 * capped.std(ddof=1) / math.sqrt(6)  # t(0.975, 5)
    assert mean.low == pytest.approx(capped.mean() - half, rel=1e-12)
    two = survival.rmst_contrast(
        np.concatenate([time, time + 1]), np.ones(12, int), [0] * 6 + [1] * 6, tau=6, interval="t"
    )
    other = np.minimum(time + 1, 6)
    error = math.sqrt(capped.var(ddof=1) / 6 + other.var(ddof=1) / 6)
    assert two.difference.std_error == pytest.approx(error, rel=1e-13)


def test_no_event_before_the_horizon():
    exact = survival.rmst([20] * 8, [0] * 8, tau=5, interval="beta-product")
    assert exact.low == pytest.approx(5 * 0.025 ** (1 / 8), rel=1e-13)
    assert (exact.estimate, exact.high, exact.lost_low) == (5, 5, 0)
    assert survival.rmst([20] * 8, [0] * 8, tau=5, interval="t").low == 0
    assert survival.rmst([20] * 8, [0] * 8, tau=5).low == 5
    time, event, group = [9] * 5 + [1, 2, 3, 9, 9], [0] * 5 + [1, 1, 1, 0, 0], list("aaaaabbbbb")
    c = survival.rmst_contrast(time, event, group, tau=9, interval="beta-product-mid-p")
    assert c.lost_ratio.estimate == math.inf
    assert c.lost_ratio.high == math.inf
    assert 0 < c.lost_ratio.low < math.inf
    assert 0 < c.difference.pvalue < 1
    plain = survival.rmst_contrast(time, event, group, tau=9)
    assert (plain.lost_ratio.low, plain.lost_ratio.high) == (0, math.inf)
    assert math.isnan(plain.lost_ratio.pvalue)


def test_groups_are_a_mapping_of_the_ungrouped():
    time, event, group = map(np.array, LEUKEMIA)
    grouped = survival.rmst(time, event, group, tau=40)
    for label in grouped:
        rows = group == label
        assert grouped[label] == survival.rmst(time[rows], event[rows], tau=40)
    assert grouped.to_frame("polars").columns[:3] == ["group", "tau", "n"]
    assert list(grouped) == ["maintained", "none"]


def test_several_groups_against_the_reference():
    rng = np.random.default_rng(7)
    time, event, group = rng.integers(5, 30, 60), rng.random(60) < 0.7, rng.integers(0, 3, 60)
    c = survival.rmst_contrast(time, event, group, tau=12, reference=1)
    assert (c.labels, c.reference) == ([0, 2], 1)
    for k, label in enumerate(c.labels):
        rows = (group == label) | (group == 1)
        two = survival.rmst_contrast(time[rows], event[rows], group[rows], tau=12, reference=1)
        assert c.ratio.estimate[k] == two.ratio.estimate
        assert c.difference.pvalue[k] == two.difference.pvalue
    assert c.to_frame("polars").shape == (6, 8)
    assert str(c.ratio) == "2 contrasts (ratio)"
    assert c.to_dict()["means"][0]["n"] == int((group == 0).sum())


def test_contrasts_agree_with_the_twin():
    time, event, group = LEUKEMIA
    c = survival.rmst_contrast(time, event, group, tau=30, reference="none")
    arms = [twin.mean(time[:11], event[:11], 30), twin.mean(time[11:], event[11:], 30)]
    effects = (c.difference, c.ratio, c.lost_ratio)
    for effect, expected in zip(effects, twin.contrast(*arms, 30), strict=True):
        found = (effect.estimate, effect.std_error, effect.low, effect.high, effect.pvalue)
        assert found == pytest.approx(expected, rel=1e-11)


def test_what_must_not_change_them():
    rng = np.random.default_rng(8)
    time, event, group = rng.integers(2, 30, 40), rng.random(40) < 0.7, rng.integers(0, 2, 40)
    x = rng.normal(size=(40, 2))
    order = rng.permutation(40)
    for covariates in (None, x):
        c = survival.rmst_contrast(time, event, group, tau=9, covariates=covariates)
        moved = None if covariates is None else 5 - 3e4 * covariates[order]
        mixed = survival.rmst_contrast(
            time[order] * 7.0, event[order], group[order], tau=63, covariates=moved
        )
        assert mixed.difference.estimate == pytest.approx(7 * c.difference.estimate, rel=1e-9)
        assert mixed.difference.pvalue == pytest.approx(c.difference.pvalue, rel=1e-9)
        assert mixed.lost_ratio.high == pytest.approx(c.lost_ratio.high, rel=1e-9)
        turned = survival.rmst_contrast(time, event, 1 - group, tau=9, covariates=covariates)
        assert turned.difference.estimate == pytest.approx(-c.difference.estimate, rel=1e-9)
        assert turned.ratio.low == pytest.approx(1 / c.ratio.high, rel=1e-9)
    weight = rng.integers(1, 4, 40)
    rows = np.repeat(np.arange(40), weight)
    for interval in INTERVALS:
        one = survival.rmst_contrast(time, event, group, tau=9, weights=weight, interval=interval)
        other = survival.rmst_contrast(
            time[rows], event[rows], group[rows], tau=9, interval=interval
        )
        assert one.difference.pvalue == pytest.approx(other.difference.pvalue, rel=1e-9)
        assert one.ratio.low == pytest.approx(other.ratio.low, rel=1e-11)
    split = survival.rmst(
        np.concatenate([np.ones(40), time]),
        np.concatenate([np.zeros(40), event]),
        tau=9,
        entry=np.concatenate([np.zeros(40), np.ones(40)]),
    )
    whole = survival.rmst(time, event, tau=9)
    assert split.estimate == pytest.approx(whole.estimate, rel=1e-13)
    assert split.std_error == pytest.approx(whole.std_error, rel=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_adjusted_contrasts_agree_with_the_twin(seed, days):
    rng = np.random.default_rng(seed)
    n = 24
    time = rng.integers(1, 15, n).astype(float) if days else rng.exponential(8, n)
    event, group = rng.random(n) < 0.6, np.arange(n) % 2
    time[:2], event[:2] = 20, 0  # both groups are followed beyond the horizon
    x = rng.normal(size=(n, 2))
    c = survival.rmst_contrast(time, event, group, tau=9, covariates=x)
    for effect in (c.difference, c.ratio, c.lost_ratio):
        value, error = twin.adjusted(time, event, group, x, 9, effect.measure)
        shown = value if effect.measure == "difference" else math.exp(value)
        assert effect.estimate == pytest.approx(shown, rel=1e-8, abs=1e-9, nan_ok=True)
        assert effect.std_error == pytest.approx(error, rel=1e-8, nan_ok=True)
    assert c.covariates == 2


def test_covariates_by_name():
    rng = np.random.default_rng(9)
    data = {
        "t": rng.integers(1, 20, 30),
        "e": np.ones(30, int),
        "g": np.repeat(["a", "b"], 15),
        "age": rng.normal(50, 9, 30),
        "sex": rng.integers(0, 2, 30),
    }
    one = survival.rmst_contrast("t", "e", "g", tau=9, covariates=["age", "sex"], data=data)
    x = np.column_stack([data["age"], data["sex"]])
    other = survival.rmst_contrast(data["t"], data["e"], data["g"], tau=9, covariates=x)
    assert one.difference == other.difference
    assert "adjusted for 2" in str(one)
    single = survival.rmst_contrast("t", "e", "g", tau=9, covariates="age", data=data)
    assert single.covariates == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tau": 99}, r"tau is 99.0; the curve of group 'b' is known up to 9.0 only"),
        ({"tau": 0}, "tau is 0; it must be greater than 0"),
        ({"tau": math.nan}, "tau; it must be greater than 0"),
        ({"tau": "all"}, "tau is 'all'"),
        ({"interval": "normal"}, "interval is 'normal'"),
        ({"reference": "c"}, "reference is 'c'; use one of the labels"),
        ({"level": 2}, "level is 2"),
        ({"interval": "t", "entry": [0] * 6}, "use interval='plain'"),
        ({"covariates": [1, 1, 1, 1, 1, 1]}, r"covariates column\[0\]; it is constant"),
        ({"covariates": [1, 2]}, "covariates has 2 dimensions and 2 rows"),
        ({"covariates": [1, 2, 3, 4, 5, math.nan]}, r"covariates\[5\] is nan"),
        (
            {"covariates": [1, 2, 3, 4, 5, 6], "weights": [1] * 6},
            "weights is given with covariates",
        ),
        ({"covariates": [1, 2, 3, 4, 5, 6], "entry": [0] * 6}, "entry is given with covariates"),
        ({"covariates": [1, 2, 3, 4, 5, 6], "interval": "t"}, "interval is 't'; the adjusted"),
        ({"group": ["a"] * 6}, "group has one label"),
        ({"group": None}, "group has 0 dimensions"),
    ],
)
def test_bad_input_is_refused(options, message):
    given_ = {"group": list("aaabbb"), "tau": 2, **options}
    with pytest.raises(InputError, match=message):
        survival.rmst_contrast([1, 2, 3, 1, 2, 9], [1, 1, 1, 1, 1, 0], **given_)


def test_a_time_beyond_the_follow_up_is_refused_by_name():
    with pytest.raises(
        InputError, match=r"tau is 5.0; the curve is known up to 4.0 only, where the"
    ):
        survival.rmst([1, 2, 4], [1, 1, 0], tau=5)
    assert survival.rmst([1, 2, 4], [1, 0, 1], tau=5).estimate == pytest.approx(3)  # it is 0 from 4
