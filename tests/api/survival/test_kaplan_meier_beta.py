"""Beta product limits of the curve: the slow twin, proportions, the product itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import response, survival

from tests.reference import kaplan_meier_beta as twin

FORMS = {"beta-product": "clopper-pearson", "beta-product-mid-p": "mid-p"}
patients = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=25)


def columns(rows):
    return [float(t) for t, _ in rows], [int(e) for _, e in rows]


def limits(time, event, interval, level=0.95, **options):
    km = survival.kaplan_meier(time, event, interval=interval, level=level, **options)
    start = km.at(0)
    return np.array([np.append(start.low, km.low), np.append(start.high, km.high)]).T


@settings(max_examples=40, deadline=None)
@given(patients, st.sampled_from(list(FORMS)), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_limits_are_those_of_the_twin(rows, interval, level):
    time, event = columns(rows)
    expected = twin.limits(twin.rows(time, event), level, interval.endswith("mid-p"))
    # the twin halves 50 times
    np.testing.assert_allclose(
        limits(time, event, interval, level), expected, rtol=1e-9, atol=1e-14
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.sampled_from(list(FORMS)))
def test_without_censoring_the_limits_are_those_of_a_proportion(time, interval):
    left = [sum(t > u for t in time) for u in sorted(set(time))]
    rates = response.proportion([len(time), *left], len(time), method=FORMS[interval])
    np.testing.assert_allclose(
        limits(time, np.ones(len(time)), interval), np.array([rates.low, rates.high]).T, rtol=1e-11
    )


@settings(max_examples=60, deadline=None)
@given(patients, st.sampled_from(list(FORMS)))
def test_limits_enclose_the_curve_and_fall(rows, interval):
    time, event = columns(rows)
    km = survival.kaplan_meier(time, event, interval=interval)
    assert np.all(km.low <= km.estimate)
    assert np.all(km.estimate <= km.high)
    assert np.all(np.diff(limits(time, event, interval), axis=0) <= 1e-14)
    assert km.low[-1] == 0
    assert km.high[-1] > 0


@settings(max_examples=40, deadline=None)
@given(patients)
def test_mid_p_limits_lie_within_the_others(rows):
    time, event = columns(rows)
    wide, narrow = (limits(time, event, interval) for interval in FORMS)
    assert np.all(wide[:, 0] <= narrow[:, 0])
    assert np.all(narrow[:, 1] <= wide[:, 1])


@pytest.mark.parametrize("interval", FORMS)
def test_frequency_weights_are_that_many_patients(interval):
    time, event, weights = [2, 3, 3, 5, 7], [1, 0, 1, 0, 1], [3, 1, 2, 4, 2]
    found = limits(time, event, interval, weights=weights)
    expanded = limits(np.repeat(time, weights), np.repeat(event, weights), interval)
    assert found.tolist() == expanded.tolist()


def test_matching_moments_leaves_tails_near_the_nominal_ones():
    # What the limits leave out of the simulated product, nominally 0.025; 20,000 draws tell it to
    # 0.0015 or so. The page docs/methods/survival/kaplan_meier_beta.md gives the range found with
    # 200,000: below 0.024 to 0.049 (the most with one patient left after much censoring), above
    # 0.016 to 0.026
    rng = np.random.default_rng(8)
    below, above = [], []
    for seed in range(40):
        n = int(rng.integers(4, 16))
        time, event = rng.exponential(size=n), rng.random(n) < rng.choice([0.3, 0.6])
        drawn = twin.simulated(twin.rows(list(time), list(event)), 20_000, seed)
        found = limits(time, event, "beta-product")
        for (low, high), (minus, plus) in zip(found, drawn, strict=True):
            below += [np.mean(minus < low)] if low > 0 else []
            above += [np.mean(plus > high)] if high < 1 else []
    assert 0.019 < min(below) < max(below) < 0.055
    assert 0.012 < min(above) < max(above) < 0.030
    assert np.median(below) == pytest.approx(0.025, abs=0.004)
    assert np.median(above) == pytest.approx(0.025, abs=0.004)


def test_limits_agree_with_bpcp_on_random_samples(golden):
    case = golden("survival/km_bpcp_random")
    for sample in case["expected"]:
        for name, interval in (("bpcp", "beta-product"), ("bpcp_midp", "beta-product-mid-p")):
            found = limits(sample["time"], sample["event"], interval, sample["level"])
            expected = np.array([sample[name]["lower"], sample[name]["upper"]]).T
            np.testing.assert_allclose(found, expected, rtol=case["rtol"], atol=1e-14)
