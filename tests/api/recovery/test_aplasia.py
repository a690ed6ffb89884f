import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from immunoreset import recovery, survival
from immunoreset.errors import InputError

from tests.reference import aplasia as twin

ROWS = (
    [0, 0, 3, 0, 0, 2, 1],
    [3, 3, 7, 3, 7, 2, 1],
    [84, 56, 112, 84, 140, 90, 131],
    [112, 84, 140, 126, math.inf, 112, 131],
)
DAYS = st.tuples(
    st.integers(0, 7), st.integers(0, 6), st.integers(1, 60), st.integers(0, 40), st.booleans()
)


def rows_of(days):
    return [
        (a, a + width, a + width + least, math.inf if lost else a + width + least + gap)
        for a, width, least, gap, lost in days
    ]


def columns_of(rows):
    return [np.array(column, float) for column in zip(*rows, strict=True)]


@settings(max_examples=60, deadline=None)
@given(st.lists(DAYS, min_size=1, max_size=7))
def test_no_masses_have_a_larger_likelihood_by_the_twin(days):
    rows = rows_of(days)
    ap = recovery.aplasia(*columns_of(rows))
    _, _, loglik = twin.expectation_maximisation(rows, estimate_onset=False, rounds=400)
    assert ap.kkt_gap <= 1e-8
    assert loglik - 1e-9 <= ap.loglik <= loglik + 0.02  # the twin's slow approach from below
    assert ap.mass.sum() == pytest.approx(1, rel=1e-12)
    assert ap.median_low <= ap.median_left < ap.median_right <= ap.median_high or (
        ap.median_left == ap.median_right
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(DAYS, min_size=1, max_size=7))
@example([  # from all 32 starts Newton's steps led to a lower end
    (3, 5, 12, 40, False), (5, 0, 1, 0, False), (4, 0, 53, 30, False), (7, 0, 32, 22, False),
    (7, 0, 32, 22, False), (7, 5, 1, 0, True), (7, 5, 1, 0, True),
])  # fmt: skip
def test_with_estimated_onsets_too(days):
    rows = rows_of(days)
    ap = recovery.aplasia(*columns_of(rows), onset="estimated")
    _, _, loglik = twin.expectation_maximisation(rows, estimate_onset=True, rounds=400)
    assert ap.kkt_gap <= 1e-8
    assert loglik - 1e-9 <= ap.loglik
    assert ap.least_loglik <= ap.loglik + 1e-9
    assert 1 <= ap.agreeing <= ap.starts
    assert ap.onset_mass.sum() == pytest.approx(1, rel=1e-12)
    assert math.isnan(ap.median_low)
    # the twin goes on from nowhere better: its rounds leave the estimate where it is
    fixed = stationary(rows, ap)
    assert fixed == pytest.approx(ap.loglik, abs=1e-7)


def stationary(rows, ap):
    """Return the log-likelihood at the estimate, each mass at the last day of its interval."""
    total = 0.0
    onset = dict(zip(ap.onset_day.tolist(), ap.onset_mass.tolist(), strict=True))
    for row in rows:
        p = 0.0
        for day in twin.onset_days(row):
            low, high = row[2] - day, row[3] - day
            exact = row[2] == row[3]
            held = [
                mass
                for right, mass in zip(ap.right, ap.mass, strict=True)
                if (right == high if exact else low < right <= high)
            ]
            p += onset.get(day, 0.0) * sum(held)
        total += math.log(p)
    return total


@settings(max_examples=60, deadline=None)
@given(st.lists(DAYS, min_size=1, max_size=12), st.booleans())
def test_with_exact_onset_it_is_turnbull(days, is_uniform):
    rows = [(a, a, a + least, math.inf if lost else a + least + gap)
            for a, _, least, gap, lost in days]  # fmt: skip
    onset_left, onset_right, left, right = columns_of(rows)
    ap = recovery.aplasia(
        onset_left, onset_right, left, right, onset="uniform" if is_uniform else "estimated"
    )
    tb = survival.turnbull(left - onset_left, right - onset_left)
    # with one onset day alone that day's mass is 1; otherwise masses of days are estimated too
    if is_uniform or len(set(onset_left)) == 1:
        assert ap.loglik == pytest.approx(tb.loglik, abs=1e-8)
    # ends within one day of an exact time are one in days
    after = np.unique(np.concatenate((ap.right, tb.right)))
    here = [ap.mass[ap.right <= t].sum() for t in after]
    there = [tb.mass[tb.right <= t].sum() for t in after]
    np.testing.assert_allclose(here, there, atol=1e-7)


def test_of_exact_and_censored_durations_it_is_kaplan_meier():
    time = np.array([31, 50, 50, 84, 90, 120, 133])
    event = np.array([1, 1, 0, 1, 0, 1, 0], bool)
    start = np.array([0, 3, 2, 2, 5, 1, 0])
    ap = recovery.aplasia(start, start, start + time, np.where(event, start + time, np.inf))
    km = survival.kaplan_meier(time, event)
    assert ap.right[:-1].tolist() == time[event & (time > 0)].tolist()
    np.testing.assert_allclose(ap.estimate[:-1], km.at(ap.right[:-1]).estimate, atol=1e-9)
    assert (ap.left[:-1] == ap.right[:-1]).all()


def test_limits_of_a_share_are_those_of_a_proportion():
    """3 of 10 beyond day 100: by the likelihood ratio of a binomial, uniroot in R 4.2.2."""
    time = np.array([50, 53, 56, 59, 62, 65, 68, 235, 240, 245])
    ap = recovery.aplasia(np.zeros(10), np.zeros(10), time, time)
    found = ap.at(100)
    assert found.left == found.right == pytest.approx(0.3, rel=1e-9)

    def drop(s):
        return 3 * math.log(s / 0.3) + 7 * math.log((1 - s) / 0.7)

    assert drop(found.low) == pytest.approx(-1.920729410347062, rel=1e-5)
    assert drop(found.high) == pytest.approx(-1.920729410347062, rel=1e-5)


def test_quantiles_curve_and_restricted_mean_agree():
    ap = recovery.aplasia(*ROWS, horizon=100)
    third = ap.quantile([0.25, 0.5])
    assert third.left[1] == ap.median_left
    assert third.high[1] == ap.median_high
    assert ap.at(ap.median_low - 1).low > 0.5
    assert ap.at(ap.median_high + 1).high < 0.5 or math.isinf(ap.median_high)
    assert ap.restricted_mean_left < ap.restricted_mean_right <= 100
    bounds = [np.minimum(end, 100) @ ap.mass for end in (ap.left, ap.right)]
    assert [ap.restricted_mean_left, ap.restricted_mean_right] == pytest.approx(bounds, rel=1e-12)
    assert 0 < ap.restricted_mean_low < ap.restricted_mean_left
    assert ap.restricted_mean_right < ap.restricted_mean_high <= 100


def test_limits_of_the_restricted_mean_of_equal_durations():
    """By hand: with a share e at 0, or at the horizon, the log-likelihood is 5 log(1 - e)."""
    ap = recovery.aplasia([0] * 5, [0] * 5, [100] * 5, [100] * 5, horizon=300)
    kept = math.exp(-1.920729410347062 / 5)
    assert ap.restricted_mean_left == ap.restricted_mean_right == 100
    assert ap.restricted_mean_low == pytest.approx(100 * kept, rel=1e-6)
    assert ap.restricted_mean_high == pytest.approx(300 - 200 * kept, rel=1e-6)
    assert math.isnan(recovery.aplasia(*ROWS, horizon=300, onset="estimated").restricted_mean_low)


def test_nobody_recovered():
    ap = recovery.aplasia([0, 0], [3, 7], [84, 112], [math.inf, math.inf])
    assert math.isinf(ap.median_right)
    assert math.isinf(ap.median_high)
    assert 0 <= ap.median_low <= 112
    assert "median aplasia after" in str(ap)


def test_one_patient():
    ap = recovery.aplasia([0], [3], [84], [112])
    assert (ap.left.tolist(), ap.right.tolist(), ap.mass.tolist()) == ([83], [109], [1])
    assert ap.loglik == 0
    both = recovery.aplasia([0], [3], [84], [112], onset="estimated")
    assert both.loglik == pytest.approx(0, abs=1e-12)


def episodes():
    day = [-7, 3, 28, 84, 112, 140, -7, 14, 56, -7, 3, 28, 3, 28, 84]
    count = [210, 4, 0, 2, 18, 40, 150, 0, 0, 2, 0, 0, 120, 90, 80]
    patient = ["P1"] * 6 + ["P2"] * 3 + ["P3"] * 3 + ["P4"] * 3
    return recovery.depletion(patient, day, count, lloq=1, lymphodepletion_day=-5)


def test_episodes_are_taken_as_they_are():
    ep = episodes()
    for method in ("npmle", "parametric"):
        ap = recovery.aplasia(ep, method=method)
        same = recovery.aplasia([-7, -7], [3, 14], [84, 56], [112, math.inf], method=method)
        assert (ap.n, ap.recovered, ap.loglik) == (2, 1, same.loglik)
        assert set(ap.excluded) == {"P3", "P4"}
        assert "onset is not known" in ap.excluded["P3"]
        assert "never seen depleted" in ap.excluded["P4"]
        labels = {"P1": "a", "P2": "b", "P3": "a", "P4": "b"}
        mapped = recovery.aplasia(ep, group=labels, method=method)
        assert [mapped[key].n for key in "ab"] == [1, 1]


def test_groups_are_estimated_by_themselves():
    group = ["CD19", "BCMA", "CD19", "BCMA", "CD19", "CD19", "BCMA"]
    both = recovery.aplasia(*ROWS, group=group)
    own = [i for i, label in enumerate(group) if label == "BCMA"]
    alone = recovery.aplasia(*(np.array(column)[own] for column in ROWS))
    assert list(both) == ["BCMA", "CD19"]
    assert both["BCMA"].mass.tolist() == alone.mass.tolist()
    assert both["BCMA"].at(90).high == alone.at(90).high
    assert both.to_frame("pandas").columns[0] == "group"


def test_columns_of_a_frame_and_the_table():
    names = ("onset_left", "onset_right", "recovery_left", "recovery_right")
    ap = recovery.aplasia(*names, data=dict(zip(names, ROWS, strict=True)))
    assert ap.mass.tolist() == recovery.aplasia(*ROWS).mass.tolist()
    assert list(ap.to_frame("pandas").columns) == ["left", "right", "mass", "estimate"]
    assert "_times" not in ap.to_dict()


def test_the_picture():
    pytest.importorskip("matplotlib").use("Agg")
    both = recovery.aplasia(*ROWS, group=[1, 1, 1, 1, 2, 2, 2])
    ax = both.plot()
    assert ax.get_legend_handles_labels()[1] == ["1", "2"]
    assert ax.get_ylim() == (0, 1.02)
    assert recovery.aplasia(*ROWS, onset="estimated").plot().get_legend() is None


# --- the test of two groups


@settings(max_examples=60, deadline=None)
# all mass but 6e-11 on one day, so that scores are 0 but for 1e-9
@example([(0, 0, 1, 0, True), (0, 0, 1, 0, True), (0, 0, 22, 40, False), (0, 4, 60, 4, False)], 3)
# scores of plus and minus log 2 on a flat likelihood, good to 4e-9
@example([(0, 0, 1, 1, False), (0, 0, 1, 2, False), (0, 0, 2, 2, False), (0, 0, 3, 1, False)], 1)
@given(st.lists(DAYS, min_size=4, max_size=8), st.integers(1, 3))
def test_the_exact_pvalue_is_the_twins(days, first):
    rows = rows_of(days)
    group = ["a"] * first + ["b"] * (len(rows) - first)
    test = recovery.aplasia_test(*columns_of(rows), group=group)
    ap = recovery.aplasia(*columns_of(rows))  # whose masses are held to the twin above
    longest = max((row[2] if row[3] == math.inf else row[3]) - row[0] for row in rows)
    mass = [0.0] * (longest + 2)
    for right, share in zip(ap.right, ap.mass, strict=True):
        mass[longest + 1 if right == math.inf else int(right)] += share
    scores = twin.scores(rows, mass)
    assert test.method == "exact"
    assert test.statistic == pytest.approx(sum(scores[first:]), abs=1e-6)
    wanted = twin.permutation_pvalue(scores, range(first, len(rows)))
    assert test.pvalue == pytest.approx(wanted, rel=1e-9)


def test_swapping_labels_changes_the_sign_alone():
    group = np.array([0, 0, 0, 0, 1, 1, 1])
    here = recovery.aplasia_test(*ROWS, group=group)
    there = recovery.aplasia_test(*ROWS, group=1 - group)
    assert here.statistic == pytest.approx(-there.statistic, rel=1e-9)
    assert here.pvalue == pytest.approx(there.pvalue, rel=1e-12)
    one = [
        recovery.aplasia_test(*ROWS, group=group, alternative=side).pvalue
        for side in ("less", "greater")
    ]
    assert min(one) <= here.pvalue <= 2 * min(one) + 1e-12


def test_many_patients_and_the_normal_distribution():
    rng = np.random.default_rng(5)
    n = 200
    start = rng.integers(0, 7, n)
    back = start + 30 + rng.integers(0, 100, n) + 40 * (np.arange(n) < 100)
    visit = 28 * (back // 28)
    rows = (start, start + 3, np.maximum(visit, start + 3), visit + 28)
    test = recovery.aplasia_test(*rows, group=np.arange(n) < 100)
    assert test.method == "normal"
    assert test.pvalue < 1e-4
    assert test.z < 0  # the second label, True, is later
    with pytest.raises(InputError, match="use method='normal'"):
        recovery.aplasia_test(*rows, group=np.arange(n) < 100, method="exact")


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (([4], [3], [84], [112]), {}, r"onset_left\[0\] is 4; it is after the right end"),
        (([0], [3], [84.5], [112]), {}, r"recovery_left\[0\] is 84.5; method='npmle' counts whole"),
        (([0], [3], [84], [1e7]), {}, r"onset intervals have more than"),
        (([-math.inf], [3], [84], [112]), {}, r"there is no patient"),
        (([0], [3], [84], [112]), {"level": 1.0}, r"level is 1"),
        (([0], [3], [84], [112]), {"horizon": -1}, r"horizon is -1"),
        (([0], [3], [84], [112]), {"onset": "known"}, r"onset is 'known'"),
        (([0], [3], [84], [112]), {"method": "em"}, r"method is 'em'"),
        (([0], [3], [84], [112]), {"X": [1]}, r"X is for method='parametric'"),
        (([0], [3], [84], [112]), {"group": "CD19"}, r"group is 'CD19'; give one label"),
    ],
)
def test_bad_input_is_named(rows, options, message):
    with pytest.raises(InputError, match=message):
        recovery.aplasia(*rows, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group": None}, "group is None"),
        ({"group": ["a", "a"]}, "group has 1 labels"),
        ({"group": ["a", "b"], "method": "t"}, "method is 't'"),
        ({"group": ["a", "b"], "alternative": "more"}, "alternative"),
    ],
)
def test_bad_input_of_the_test_is_named(options, message):
    with pytest.raises(InputError, match=message):
        recovery.aplasia_test([0, 0], [3, 3], [84, 84], [112, 112], **options)


def test_bad_use_of_episodes():
    with pytest.raises(InputError, match="give it alone"):
        recovery.aplasia(episodes(), [3])
    with pytest.raises(InputError, match="no label for patient 'P2'"):
        recovery.aplasia(episodes(), group={"P1": 1})
