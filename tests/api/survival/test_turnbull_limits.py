"""Confidence limits of interval-censored times: closed forms, a twin, inversion, the bootstrap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import turnbull as twin

INF = float("inf")
DROP = 3.8414588206941258  # 0.95 quantile of chi-squared on 1 degree of freedom


def visits(seed, n, days=28, last=168):
    rng = np.random.default_rng(seed)
    time = rng.exponential(100, n)
    left = np.minimum(np.floor(time / days) * days, last)
    return left, np.where(left >= last, INF, left + days)


def test_nobody_with_an_event():
    # n log S = -DROP / 2
    at = survival.turnbull([84] * 8, [INF] * 8).at([0, 42, 84, 85])
    np.testing.assert_allclose(at.low, [1, *[np.exp(-DROP / 16)] * 2, 0], rtol=1e-9)
    assert at.high.tolist() == [1, 1, 1, 1]
    assert (at.level, at.interval) == (0.95, "likelihood")


@pytest.mark.parametrize(("events", "n"), [(1, 5), (3, 8), (8, 8), (12, 40)])
def test_one_visit_at_which_all_were_seen_is_binomial(events, n):
    left = [0] * events + [28] * (n - events)
    right = [28] * events + [INF] * (n - events)
    at = survival.turnbull(left, right).at(28)
    best = sum(k * np.log(k / n) for k in (events, n - events) if k)
    for s in (at.low, at.high):
        if s > 0:
            assert 2 * (best - events * np.log1p(-s) - (n - events) * np.log(s)) == pytest.approx(
                DROP, rel=1e-8
            )
    assert (at.low == 0) == (events == n)


@st.composite
def rows(draw):
    n = draw(st.integers(2, 7))
    left = np.array(draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)), float)
    width = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), float)
    beyond = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    return left, np.where(beyond, INF, left + width)


@given(rows(), st.sampled_from([0.5, 1.0, 2.0, 2.5, 4.0, 7.0]))
@settings(deadline=None, max_examples=40)
def test_limits_are_those_of_the_twin(sample, time):
    left, right = sample
    at = survival.turnbull(left, right).at(time)
    low, high = twin.likelihood_limits(left, right, time, DROP, steps=16)
    # the twin's self-consistency is slow where the maximum is flat: it is never better
    assert at.low <= low + 1e-4
    assert at.high >= high - 1e-4
    for limit in (at.low, at.high):
        if 0 < limit < 1:
            fall = 2 * (twin.npmle(left, right)[2] - twin.profile(left, right, time, limit))
            # a limit at the edge of what is not determined may be the end of a flat stretch
            assert fall <= DROP + 0.02


@given(rows(), st.sampled_from([0.2, 0.5, 0.8]))
@settings(deadline=None, max_examples=100)
def test_quantiles_invert_the_limits(sample, p):
    left, right = sample
    tb = survival.turnbull(left, right, level=0.9)
    quantile = tb.quantile(p)
    assert quantile.low <= quantile.left
    assert quantile.high >= quantile.right
    times = np.arange(0.25, 10, 0.5)
    at = tb.at(times)
    holds = (at.low <= 1 - p + 1e-9) & (at.high >= 1 - p - 1e-9)
    assert holds[(times > quantile.low) & (times < quantile.high)].all()
    assert not holds[(times < quantile.low) | (times > quantile.high)].any()


@given(rows())
@settings(deadline=None, max_examples=100)
def test_limits_hold_what_is_not_determined_and_fall_with_time(sample):
    left, right = sample
    tb = survival.turnbull(left, right)
    at = tb.at(np.arange(0, 10, 0.5))
    assert np.all(at.low <= at.estimate_low + 1e-9)
    assert np.all(at.high >= at.estimate_high - 1e-9)
    assert np.all(np.diff(at.low) <= 1e-9)
    assert np.all(np.diff(at.high) <= 1e-9)


def test_levels_and_groups():
    left, right = visits(1, 40)
    narrow = survival.turnbull(left, right, level=0.8).at(84)
    wide = survival.turnbull(left, right, level=0.99).at(84)
    assert wide.low < narrow.low < narrow.high < wide.high
    label = np.arange(40) % 2
    grouped = survival.turnbull(left, right, group=label, level=0.8)
    alone = survival.turnbull(left[label == 1], right[label == 1], level=0.8)
    assert grouped[1].at(84).low == alone.at(84).low
    assert grouped[1].median.high == alone.median.high
    assert grouped[1].level == 0.8


def test_times_within_rounding_of_a_visit():
    left, right = [0, 0.3, 0.3], [0.1 + 0.2, 1, INF]
    merged = survival.turnbull(left, right)
    assert merged.at(0.3).low == merged.at(0.1 + 0.2).low
    apart = survival.turnbull(left, right, timefix=False)
    # the first event may then have come after 0.3
    assert apart.at(0.3).high == 1
    assert merged.at(0.3).high < 1


def test_bootstrap_is_the_percentiles_of_resamples():
    left, right = visits(2, 30)
    tb = survival.turnbull(left, right)
    at = tb.at([56, 84], interval="bootstrap", replicates=399, rng=5)
    assert at.interval == "bootstrap"
    assert np.all(at.low < at.estimate)
    assert np.all(at.estimate < at.high)
    again = tb.at([56, 84], interval="bootstrap", replicates=399, rng=5)
    np.testing.assert_array_equal(at.low, again.low)
    one = tb.at(84, interval="bootstrap", replicates=399, rng=5)
    assert isinstance(one.low, float)
    assert one.low == at.low[1]
    # all were seen at each visit, so that each curve is a share of 30
    assert at.low[1] * 30 == pytest.approx(round(at.low[1] * 30), abs=1e-9)
    median = tb.quantile(0.5, interval="bootstrap", replicates=399, rng=5)
    assert median.low <= median.left
    assert median.right <= median.high
    assert "bootstrap limits" in str(median)


def test_bootstrap_of_one_patient_knows_nothing():
    at = survival.turnbull([28], [56]).at(56, interval="bootstrap", replicates=99, rng=1)
    assert (at.low, at.high) == (0, 0)


def test_bad_input_is_named():
    tb = survival.turnbull([0, 5], [3, INF])
    with pytest.raises(InputError, match="interval is 'wald'; choose one of"):
        tb.at(1, interval="wald")
    with pytest.raises(InputError, match="rng is None"):
        tb.at(1, interval="bootstrap")
    with pytest.raises(
        InputError, match=r"replicates is 10; limits at level 0\.95 take at least 39"
    ):
        tb.quantile(0.5, interval="bootstrap", replicates=10, rng=1)
    with pytest.raises(InputError, match="level is 1"):
        survival.turnbull([0, 5], [3, INF], level=1)
