import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import recovery
from immunoreset.errors import InputError

from tests.reference import aplasia as twin

ROWS = (
    [0, 0, 3, 0, 0, 2, 1],
    [3, 3, 7, 3, 7, 2, 1],
    [84, 56, 112, 84, 140, 90, 131],
    [112, 84, 140, 126, math.inf, 112, 131],
)
parametric = partial(recovery.aplasia, method="parametric")
DISTRIBUTIONS = ("weibull", "lognormal", "loglogistic", "gamma")


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_no_neighbour_has_a_larger_likelihood_by_the_twin(distribution):
    ap = parametric(*ROWS, distribution=distribution)
    rows = list(zip(*ROWS, strict=True))
    here = twin.loglik(distribution, ap.mu, ap.sigma, rows)
    assert ap.loglik == pytest.approx(here, rel=1e-6)  # the twin's midpoint rule
    for d_mu, ratio in ((0.02, 1), (-0.02, 1), (0, 1.05), (0, 0.95)):
        assert twin.loglik(distribution, ap.mu + d_mu, ap.sigma * ratio, rows) < here


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 14), st.integers(7, 150), st.integers(1, 84)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(DISTRIBUTIONS),
)
def test_loglik_of_any_rows_is_the_twins(days, distribution):
    rows = [(a, a + w, a + w + g, a + w + g + r) for a, w, g, r in days]
    exact = [z - y for x, y, w, z in rows if x == y and w == z]
    t = exact[0] if exact else 0
    if exact and all(w - y <= t <= z - x for x, y, w, z in rows) and set(exact) == {t}:
        with pytest.raises(InputError, match="has no maximum"):
            parametric(*np.array(rows, float).T, distribution=distribution)
        return
    ap = parametric(*np.array(rows, float).T, distribution=distribution)
    slow = twin.loglik(distribution, ap.mu, ap.sigma, rows)
    error = 2e-4 if ap.sigma < 0.1 else 1e-7  # of the integral, as the method page has it
    assert ap.loglik == pytest.approx(slow, rel=1e-6, abs=error * len(rows))
    assert ap.score <= 1e-8
    assert 0 <= ap.median_low <= ap.median < ap.median_high


def test_with_exact_onset_it_is_an_interval_censored_fit():
    """R 4.2.2, survival 3.5: survreg(Surv(l, r, type="interval2") ~ 1), rel.tolerance 1e-14."""
    left = [84, 56, 112, 84, 140, 90, 28]
    right = [112, 84, 140, 126, math.inf, 112, 56]
    ap = parametric([0] * 7, [0] * 7, left, right)
    assert ap.mu == pytest.approx(4.7188498058, rel=1e-7)
    assert ap.sigma == pytest.approx(0.314631478621, rel=1e-6)
    assert ap.loglik == pytest.approx(-10.800264006498, rel=1e-10)


def test_a_gamma_duration_of_exact_times_is_the_closed_form():
    """The mean is that of the times, and log k - digamma(k) the log of it less the mean log."""
    times = np.array([60.0, 85, 90, 112, 150, 210])
    ap = parametric([0] * 6, [0] * 6, times, times, distribution="gamma")
    assert ap.mean == pytest.approx(times.mean(), rel=1e-10)
    assert math.exp(ap.mu) == pytest.approx(ap.mean, rel=1e-14)
    # log k - digamma(k) = 1 / (2 k) + 1 / (12 k^2) - 1 / (120 k^4) + ...: at k near 6 to 1e-7
    k = 1 / ap.sigma**2
    wanted = math.log(times.mean()) - np.log(times).mean()
    assert 1 / (2 * k) + 1 / (12 * k**2) - 1 / (120 * k**4) == pytest.approx(wanted, rel=1e-6)


def test_a_ratio_of_gamma_durations_is_that_of_the_means():
    times, group = np.array([60.0, 85, 90, 112, 150, 210]), np.array([0, 1, 0, 1, 0, 1])
    ap = parametric([0] * 6, [0] * 6, times, times, X=group, distribution="gamma")
    ratio = times[group == 1].mean() / times[group == 0].mean()
    assert ap.ratio[0] == pytest.approx(ratio, rel=1e-9)
    assert ap.ratio_low[0] < 1 < ap.ratio[0] < ap.ratio_high[0]


def test_shifting_both_ends_changes_nothing():
    here = parametric(*ROWS)
    there = parametric(*(np.array(column) + 5 for column in ROWS))
    assert there.median == pytest.approx(here.median, rel=1e-12)
    assert there.median_low == pytest.approx(here.median_low, rel=1e-12)


def test_quantities_and_curve_agree():
    ap = parametric(*ROWS, horizon=180)
    assert ap.at(ap.median).estimate == pytest.approx(0.5, rel=1e-12)
    assert ap.quantile(0.5).low == pytest.approx(ap.median_low, rel=1e-12)
    # a time is a limit of the median where 1/2 is a limit of the curve
    assert ap.at(ap.median_low).low == pytest.approx(0.5, rel=1e-6)
    assert ap.at(ap.median_high).high == pytest.approx(0.5, rel=1e-6)
    assert ap.restricted_mean < ap.mean
    assert ap.restricted_mean_low < ap.restricted_mean < ap.restricted_mean_high < 180
    curve = ap.at([60, 120])
    assert curve.estimate.shape == (2,)
    assert (curve.low < curve.estimate).all()


def test_nobody_recovered_has_no_upper_limit():
    ap = parametric([0, 0], [3, 7], [84, 112], [math.inf, math.inf])
    assert (ap.median, ap.median_high, ap.mean) == (math.inf,) * 3
    assert 0 < ap.median_low < 112
    assert "not reached" in str(ap)


def test_one_patient_and_a_common_interval_have_the_least_sigma():
    for rows in (1, 4):
        ap = parametric([0] * rows, [3] * rows, [84] * rows, [168] * rows)
        assert ap.at_bound == "least"
        assert ap.sigma == pytest.approx(0.05)
        assert 81 < ap.median < 168


def test_groups_are_estimated_by_themselves():
    group = ["CD19", "BCMA", "CD19", "BCMA", "CD19", "CD19", "BCMA"]
    both = parametric(*ROWS, group=group)
    assert list(both) == ["BCMA", "CD19"]
    own = [i for i, label in enumerate(group) if label == "BCMA"]
    alone = parametric(*(np.array(column)[own] for column in ROWS))
    assert both["BCMA"].median == alone.median
    assert both["BCMA"].n == 3
    assert both["BCMA"].at(90).high == alone.at(90).high


def test_a_ratio_is_that_of_two_groups():
    """Exact durations: the closed form of two normal samples, as in test_aplasia_limits.c."""
    y = np.log([60, 85, 90, 112, 150, 210])
    group = np.array([0, 1, 0, 1, 0, 1])
    ap = parametric(*[np.zeros(6)] * 2, np.exp(y), np.exp(y), X=group, distribution="lognormal")
    difference = y[group == 1].mean() - y[group == 0].mean()
    within = sum(((y[group == k] - y[group == k].mean()) ** 2).sum() for k in (0, 1)) / 6
    half = math.sqrt(within * math.expm1(3.841458820694124 / 6) * 4)
    assert ap.ratio[0] == pytest.approx(math.exp(difference), rel=1e-9)
    assert ap.ratio_low[0] == pytest.approx(math.exp(difference - half), rel=1e-6)
    assert ap.ratio_high[0] == pytest.approx(math.exp(difference + half), rel=1e-6)
    assert ap.terms == ("x1",)


def test_with_exact_onset_and_covariates_it_is_an_interval_censored_fit():
    """R 4.2.2, survival 3.5: survreg(Surv(l, r, type="interval2") ~ x), rel.tolerance 1e-14."""
    left = [84, 56, 112, 84, 140, 90, 28]
    right = [112, 84, 140, 126, math.inf, 112, 56]
    x = {"dose": [1, 2, 1, 3, 2, 1, 2]}
    ap = parametric([0] * 7, [0] * 7, left, right, X=["dose"], data=x, distribution="loglogistic")
    assert ap.terms == ("dose",)
    assert ap.mu == pytest.approx(4.69718602328639, rel=1e-7)
    assert math.log(ap.ratio[0]) == pytest.approx(-0.07588220669549, rel=1e-6)
    assert ap.sigma == pytest.approx(0.22524551721082, rel=1e-6)
    assert ap.to_frame("pandas").shape == (4, 4)


def test_columns_of_a_frame_and_the_table():
    names = ("onset_left", "onset_right", "recovery_left", "recovery_right")
    ap = parametric(*names, data=dict(zip(names, ROWS, strict=True)), horizon=365)
    assert ap.median == parametric(*ROWS).median
    assert ap.to_frame("pandas").shape == (3, 4)
    assert "_times" not in ap.to_dict()


def test_the_picture():
    pytest.importorskip("matplotlib").use("Agg")
    both = parametric(*ROWS, group=[1, 1, 1, 1, 2, 2, 2])
    ax = both.plot()
    assert ax.get_legend_handles_labels()[1] == ["1", "2"]
    assert ax.get_ylim() == (0, 1.02)
    assert parametric(*ROWS).plot().get_legend() is None


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (([4], [3], [84], [112]), {}, r"onset_left\[0\] is 4; it is after the right end"),
        (([0], [9], [8], [112]), {}, r"recovery_left\[0\] is 8; it is before the onset_right"),
        (([3], [3], [3], [3]), {}, r"recovery_right\[0\] is 3; onset and recovery"),
        (([0], [3], [84], [math.nan]), {}, r"recovery_right\[0\]; it is missing"),
        (([math.nan], [3], [84], [112]), {}, r"onset_left\[0\] is nan"),
        (([], [], [], []), {}, r"there is no patient"),
        (([-math.inf], [3], [84], [112]), {}, r"there is no patient"),
        (([0], [3, 3], [84], [112]), {}, r"onset_right has 2 rows"),
        (([0], [3], [84], None), {}, r"recovery_right has 0 dimensions"),
        (([0], [3], ["x"], [112]), {}, r"recovery_left is \['x'\]"),
        (([0], [3], [84], [112]), {"level": 1.0}, r"level is 1"),
        (([0], [3], [84], [112]), {"horizon": -1}, r"horizon is -1"),
        (([0], [3], [84], [112]), {"distribution": "normal"}, r"distribution"),
        (([0], [0], [84], [84]), {}, r"recovery_left\[0\] is 84; all exact durations are equal"),
        (([0], [3], [84], [112]), {"X": [1]}, r"X\[0\]; this column is constant"),
        (([0] * 2, [3] * 2, [84, 56], [112, math.inf]), {"X": [0, 1]}, r"does not fall"),
        (([0], [3], [84], [112]), {"X": [1, 2]}, r"X has 2 rows"),
        (([0], [3], [84], [112]), {"X": [[1]], "names": ["a", "b"]}, r"names has 2 entries"),
        (([0], [3], [84], [112]), {"X": [math.nan]}, r"X\[0\] is nan"),
        (([0], [3], [84], [112]), {"group": ["a", "b"]}, r"group has 2 rows"),
    ],
)
def test_bad_input_is_named(rows, options, message):
    with pytest.raises(InputError, match=message):
        parametric(*rows, **options)
