"""Simultaneous bands: the slow twin, R's tables, and what the tables approximate."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from immunoreset import survival

from tests.reference import kaplan_meier_band as twin


def chance(kind, critical, start, stop):
    """Return the twin's chance that the path stays within the critical value."""
    if kind == "hall-wellner":
        return twin.bridge_stays(critical, start, stop)
    duration = math.log(stop * (1 - start) / (start * (1 - stop))) / 2
    return twin.diffusion_stays(critical, duration)


def variance_ends(km, band):
    """Return Greenwood's sum at both ends of a band."""
    sums = np.cumsum(km.events / (km.at_risk * np.maximum(km.at_risk - km.events, 1e-300)))
    return sums[km.time == band.time[0]][0], sums[km.time == band.time[-1]][0]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=8, max_size=60),
    st.sampled_from([0.5, 0.9, 0.95, 0.99]),
    st.sampled_from(["hall-wellner", "equal-precision"]),
    st.sampled_from(["plain", "log-log", "arcsine"]),
)
def test_bands_are_those_of_the_twin(rows, level, kind, transform):
    time, event = np.array([t for t, _ in rows], float), np.array([e for _, e in rows])
    km = survival.kaplan_meier(time, event, level=level)
    assume(np.sum((km.events > 0) & (km.estimate > 0)) > 1)
    band = km.band(kind, transform=transform)
    n, ends = len(rows), variance_ends(km, band)
    shares = [n * end / (1 + n * end) for end in ends]
    assume(math.log(ends[1] / ends[0]) > 0.01)  # fewer modes would not do
    # the chances of the twin are good to 1e-12
    assert chance(kind, band.critical, *shares) == pytest.approx(level, abs=1e-10)
    for estimate, low, high, row in zip(band.estimate, band.low, band.high, band.time, strict=True):
        std_error = km.std_error[km.time == row][0] / estimate
        error = (1 + n * std_error**2) / math.sqrt(n) if kind == "hall-wellner" else std_error
        expected = twin.limits(estimate, band.critical * error, transform)
        np.testing.assert_allclose([low, high], expected, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize(
    ("in_r", "kind", "transform", "table", "exact"),
    [
        ("hall-wellner", "hall-wellner", "plain", 1.3172236842, 1.3189408251),
        ("loghall", "hall-wellner", "log-log", 1.3172236842, 1.3189408251),
        ("epband", "equal-precision", "plain", 2.8704763158, 2.8775669143),
        ("logep", "equal-precision", "log-log", 2.8704763158, 2.8775669143),
    ],
)
def test_bands_differ_from_km_ci_by_the_critical_value_alone(
    golden, in_r, kind, transform, table, exact
):
    # km.ci interpolates in Klein and Moeschberger's tables C.3 and C.4, with weights of one half in
    # the upper end of the range: its critical values follow from its limits
    case = golden("survival/km_bands_bmt_all")
    inputs, expected = case["inputs"], case["expected"][in_r]
    km = survival.kaplan_meier(inputs["time"], inputs["event"])
    band = km.band(kind, lower=inputs["tl"], upper=inputs["tu"], transform=transform)
    assert band.critical == pytest.approx(exact, rel=1e-9)  # tests/reference
    std_error = km.std_error[np.isin(km.time, band.time)] / band.estimate
    n = len(inputs["time"])
    error = (1 + n * std_error**2) / math.sqrt(n) if kind == "hall-wellner" else std_error
    for row, estimate in enumerate(band.estimate):
        low, high = twin.limits(estimate, table * error[row], transform)
        assert low == pytest.approx(np.clip(expected["lower"][row], 0, 1), rel=1e-9)
        assert high == pytest.approx(np.clip(expected["upper"][row], 0, 1), rel=1e-9)


def test_the_printed_equal_precision_values_are_an_asymptotic_formula():
    # Klein and Moeschberger's table C.3, 95%, range 0.1 to 0.6: 2.8826. It solves 4 phi(x) / x +
    # phi(x) (x - 1/x) log(b (1 - a) / (a (1 - b))) = 0.05 (Miller and Siegmund 1982), and the band
    # it gives holds with probability 0.9494
    x, duration = 2.8826, math.log(0.6 * 0.9 / (0.1 * 0.4)) / 2
    density = math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    assert 4 * density / x + density * (x - 1 / x) * 2 * duration == pytest.approx(0.05, abs=5e-6)
    assert twin.diffusion_stays(x, duration) == pytest.approx(0.94938, abs=1e-5)
    assert twin.diffusion_stays(2.88728393690, duration) == pytest.approx(0.95, abs=1e-11)
