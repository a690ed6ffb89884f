"""Win ratios against the slow twin, by hand, as other tests, and by their symmetries."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import response, survival
from immunoreset.errors import InputError

from tests.reference import win_ratio as twin

Z = 1.959963984540054  # R: qnorm(0.975)


def specified(outcome):
    """Make a win_outcome of what the twin takes."""
    second = {"time": "event", "count": "follow_up"}.get(outcome["kind"])
    return survival.win_outcome(
        **{outcome["kind"]: outcome["value"]},
        **({second: outcome["second"]} if second else {}),
        better=outcome["better"],
        threshold=outcome["threshold"],
    )


@st.composite
def hierarchies(draw, n):
    kinds = draw(st.lists(st.sampled_from(["time", "count", "score"]), min_size=1, max_size=3))
    made = []
    for kind in kinds:
        whole = st.lists(st.integers(0, 4), min_size=n, max_size=n)
        second = None
        if kind == "time":
            second = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
        elif kind == "count" and draw(st.booleans()):
            second = draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))
        made.append(
            {
                "kind": kind,
                "value": draw(whole),
                "second": second,
                "better": draw(st.sampled_from(["larger", "smaller"])),
                "threshold": draw(st.sampled_from([0, 1, 2])) if kind == "score" else 0,
            }
        )
    return made


@st.composite
def trials(draw, least=2, most=4):
    m, n = draw(st.integers(least, most)), draw(st.integers(least, most))
    group = draw(st.permutations([1] * m + [0] * n))
    return draw(hierarchies(m + n)), list(group)


@settings(max_examples=150)
@given(trials())
def test_counts_limits_and_pvalue_are_those_of_the_twin(trial):
    hierarchy, group = trial
    treated = [k for k, label in enumerate(group) if label]
    others = [k for k, label in enumerate(group) if not label]
    found = survival.win_ratio([specified(o) for o in hierarchy], group)
    wins, losses, ties = twin.by_outcome(hierarchy, treated, others)
    assert found.wins.tolist() == wins
    assert found.losses.tolist() == losses
    assert found.ties.tolist() == ties
    expected = twin.limits(hierarchy, treated, others, Z)
    for measure, numbers in zip(
        (found.win_ratio, found.net_benefit, found.win_odds), expected, strict=True
    ):
        if numbers is not None:
            assert (measure.estimate, measure.low, measure.high) == pytest.approx(
                numbers, rel=1e-9, abs=1e-12
            )
    assert found.method == "exact"
    assert found.pvalue == pytest.approx(twin.pvalue(hierarchy, [(treated, others)]), rel=1e-12)


@settings(max_examples=40)
@given(st.data())
def test_strata_are_those_of_the_twin(data):
    hierarchy = data.draw(hierarchies(9))
    strata = [0, 0, 0, 1, 1, 1, 1, 2, 2]
    group = [1, 0, 0, *data.draw(st.permutations([1, 1, 0, 0])), 1, 1]
    found = survival.win_ratio([specified(o) for o in hierarchy], group, strata=strata)
    parts = [
        (
            [k for k in range(9) if strata[k] == s and group[k]],
            [k for k in range(9) if strata[k] == s and not group[k]],
        )
        for s in (0, 1)
    ]
    counts = [twin.by_outcome(hierarchy, *part) for part in parts]
    sums = [
        [sum(of_both) for of_both in zip(*some, strict=True)] for some in zip(*counts, strict=True)
    ]
    assert [found.wins.tolist(), found.losses.tolist(), found.ties.tolist()] == sums
    win, loss = (
        sum(sum(c[what]) / n for c, n in zip(counts, (3, 4), strict=True)) for what in (0, 1)
    )
    if loss > 0:
        assert found.win_ratio.estimate == pytest.approx(win / loss, rel=1e-12)
    all_pairs = 2 / 3 + 4 / 4
    assert found.net_benefit.estimate == pytest.approx((win - loss) / all_pairs, abs=1e-12)
    assert found.pvalue == pytest.approx(twin.pvalue(hierarchy, parts), rel=1e-12)
    assert found.pairs == 6


@given(trials(1, 5))
def test_the_other_side_sees_the_mirror_image(trial):
    hierarchy, group = trial
    outcomes = [specified(o) for o in hierarchy]
    one, other = (
        survival.win_ratio(outcomes, group),
        survival.win_ratio(outcomes, group, reference=1),
    )
    assert one.wins.tolist() == other.losses.tolist()
    assert one.net_benefit.low == pytest.approx(-other.net_benefit.high, abs=1e-12)
    assert one.pvalue == pytest.approx(other.pvalue, rel=1e-12)
    if one.win_ratio.estimate > 0:
        assert 1 / one.win_ratio.estimate == pytest.approx(other.win_ratio.estimate, rel=1e-12)
    for measure in (one.win_ratio, one.net_benefit, one.win_odds):
        assert measure.low <= measure.estimate <= measure.high
        assert not math.isnan(measure.low + measure.pvalue)


def test_values_of_r(golden):
    outcomes = [
        survival.win_outcome(time="death", event="died"),
        survival.win_outcome(count="relapses", follow_up="years"),
        survival.win_outcome(score="activity", better="smaller", threshold=4),
    ]
    for case in golden("survival/win_ratio")["cases"]:
        data = case["data"]
        found = survival.win_ratio(outcomes, "group", data=data)
        ratio, benefit = found.win_ratio, found.net_benefit
        assert found.wins.tolist() == case["wins"]
        assert found.losses.tolist() == case["losses"]
        assert [found.wins[0], found.losses[0]] == case["death"]  # survival::concordance
        assert ratio.estimate == pytest.approx(case["win_ratio"], rel=1e-12)
        assert ratio.std_error == pytest.approx(case["win_ratio_error"], rel=1e-10)
        assert benefit.estimate == pytest.approx(case["net_benefit"], rel=1e-12, abs=1e-14)
        assert benefit.std_error == pytest.approx(case["net_benefit_error"], rel=1e-10)
        assert found.pvalue == pytest.approx(case["pvalue_exact"], rel=1e-10)  # coin
        asymptotic = survival.win_ratio(outcomes, "group", data=data, method="asymptotic")
        assert asymptotic.pvalue == pytest.approx(case["pvalue_asymptotic"], rel=1e-8)


# --- special cases that other functions know ------------------------------------------------------


def test_one_score_is_wilcoxons_rank_sum():
    rng = np.random.default_rng(4)
    for n in (4, 9, 30):
        x, y = rng.normal(size=n), rng.normal(0.5, size=n + 2)
        ranks = response.rank_sum(x, y)
        found = survival.win_ratio(
            survival.win_outcome(score=np.append(x, y)), [1] * n + [0] * (n + 2)
        )
        assert found.wins.sum() == ranks.statistic
        assert (1 + found.net_benefit.estimate) / 2 == pytest.approx(ranks.probability, rel=1e-13)
        assert found.win_odds.estimate == pytest.approx(
            ranks.probability / (1 - ranks.probability), rel=1e-12
        )
        assert found.method == ranks.method == "exact"
        assert found.pvalue == pytest.approx(ranks.pvalue, rel=1e-11)


def test_one_uncensored_time_is_the_concordance_of_the_group():
    rng = np.random.default_rng(5)
    time, group = rng.exponential(size=24), np.arange(24) % 2
    found = survival.win_ratio(survival.win_outcome(time=time, event=np.ones(24)), group)
    # pairs within a group are tied in the score: 276 pairs, of which 144 are across
    c = survival.concordance(time, np.ones(24), group)
    assert found.wins.sum() == c.concordant
    assert found.losses.sum() == c.discordant


def test_a_censored_time_decides_what_harrell_counts():
    rng = np.random.default_rng(6)
    time, event = rng.integers(1, 9, 40), rng.integers(0, 2, 40)
    group = np.arange(40) % 2
    found = survival.win_ratio(survival.win_outcome(time=time, event=event), group)
    c = survival.concordance(time, event, group)
    assert (found.wins.sum(), found.losses.sum()) == (c.concordant, c.discordant)


def test_an_event_that_all_know_is_a_difference_of_rates():
    # a score of 0 and 1: the net benefit is the difference of two rates, 10/14 - 3/12
    score = [1] * 10 + [0] * 4 + [1] * 3 + [0] * 9
    found = survival.win_ratio(survival.win_outcome(score=score), [1] * 14 + [0] * 12)
    assert found.net_benefit.estimate == pytest.approx(10 / 14 - 3 / 12, rel=1e-14)
    assert found.win_ratio.estimate == pytest.approx(10 * 9 / (4 * 3), rel=1e-14)  # odds ratio
    # Woolf's variance of the log odds ratio, with n - 1 in place of n of each group
    woolf = (1 / 10 + 1 / 4) * 14 / 13 + (1 / 3 + 1 / 9) * 12 / 11
    assert found.win_ratio.std_error == pytest.approx(math.sqrt(woolf), rel=1e-12)


# --- edges ----------------------------------------------------------------------------------------


def test_no_loss_has_a_finite_lower_limit():
    found = survival.win_ratio(survival.win_outcome(score=[3, 4, 5, 1, 2, 0]), [1, 1, 1, 0, 0, 0])
    p = 0.025 ** (1 / 3)  # three independent pairs, all won
    assert found.win_ratio.estimate == math.inf
    assert found.win_ratio.low == pytest.approx(p / (1 - p), rel=1e-12)
    assert found.net_benefit.low == pytest.approx(2 * p - 1, rel=1e-12)
    assert found.pvalue == pytest.approx(2 / 20, rel=1e-12)


def test_no_decided_pair_and_one_patient_a_group():
    tied = survival.win_ratio(survival.win_outcome(score=[1, 1, 1]), [1, 0, 0])
    assert (tied.win_ratio.estimate, tied.win_ratio.low, tied.win_ratio.high) == (1, 0, math.inf)
    assert (tied.net_benefit.estimate, tied.win_odds.estimate, tied.pvalue) == (0, 1, 1)
    one = survival.win_ratio(survival.win_outcome(score=[2, 1]), [1, 0])
    assert one.pvalue == 1
    assert one.win_ratio.low == pytest.approx(0.025 / 0.975)


def test_random_deals_come_near_the_exact_test_and_come_again():
    rng = np.random.default_rng(8)
    score, group = rng.integers(0, 6, 40), rng.permutation(np.arange(40) % 2)
    outcome = survival.win_outcome(score=score)
    exact = survival.win_ratio(outcome, group)
    seen = []
    options = {"method": "monte-carlo", "replicates": 10_000, "rng": 3}
    found = survival.win_ratio(outcome, group, progress=lambda *a: seen.append(a), **options)
    assert found.method == "monte-carlo"
    assert found.replicates == 10_000
    assert seen == [(4096, 10_000), (8192, 10_000), (10_000, 10_000)]
    assert abs(found.pvalue - exact.pvalue) < 5 * math.sqrt(0.25 / 10_000)
    assert survival.win_ratio(outcome, group, **options).pvalue == found.pvalue


def test_auto_turns_to_what_can_be_had():
    rng = np.random.default_rng(9)
    outcome, group = survival.win_outcome(score=rng.normal(size=400)), np.arange(400) % 2
    asymptotic = survival.win_ratio(outcome, group)
    random = survival.win_ratio(outcome, group, rng=1, replicates=2000)
    assert (asymptotic.method, random.method) == ("asymptotic", "monte-carlo")
    assert abs(asymptotic.pvalue - random.pvalue) < 0.06
    with pytest.raises(InputError, match=r"method.*too large.*use method='monte-carlo'"):
        survival.win_ratio(outcome, group, method="exact")


def test_columns_words_and_picture():
    data = {
        "arm": ["cart", "cart", "soc", "soc"], "day": [30, 20, 10, 15], "dead": [0, 0, 1, 0],
        "relapses": [0, 1, 2, 1], "years": [1.0, 1.0, 1.0, 1.0], "centre": ["a", "b", "a", "b"],
    }  # fmt: skip
    outcomes = [
        survival.win_outcome(time="day", event="dead"),
        survival.win_outcome(count="relapses", follow_up="years", name="relapse"),
    ]
    found = survival.win_ratio(outcomes, "arm", reference="soc", data=data)
    assert found.outcomes == ("day", "relapse")
    assert found.to_frame("pandas")["wins"].tolist() == [2, 1]
    assert "cart (2) against soc (2): 3 wins, 0 losses, 1 ties; win ratio inf" in str(found)
    assert str(found.net_benefit).startswith("net benefit 0.75 (95%")
    assert found.win_odds.to_dict()["measure"] == "win odds"
    assert survival.win_ratio(outcomes, "arm", data=data).group == "soc"
    by_centre = survival.win_ratio(outcomes, "arm", reference="soc", strata="centre", data=data)
    assert by_centre.strata == ("a", "b")
    assert by_centre.pairs == 2
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    ax = found.plot()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["day", "relapse", "all outcomes"]
    widths = [round(bar.get_width(), 6) for bar in ax.patches]
    assert widths == [0.5, 0.25, 0.75, 0.5, 0.25, 0.25, 0, 0, 0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "one of time, count and score; none given"),
        ({"time": [1], "score": [1]}, "one of time, count and score"),
        ({"time": [1]}, "event is missing"),
        ({"score": [1], "event": [1]}, "event belongs to a time; this outcome is a score"),
        ({"score": [1], "follow_up": [1]}, "follow_up belongs to a count"),
        ({"count": [1], "threshold": 2}, "threshold belongs to a score"),
        ({"score": [1], "better": "higher"}, "better is 'higher'"),
    ],
)
def test_an_outcome_that_is_none_is_named(options, words):
    with pytest.raises(InputError, match=words):
        survival.win_outcome(**options)


def outcome(**options):
    return survival.win_outcome(**options)


@pytest.mark.parametrize(
    ("outcomes", "group", "options", "words"),
    [
        (outcome(score=[1, math.nan]), [0, 1], {}, r"outcomes\[0\].score\[1\] is nan"),
        (
            [outcome(score=[1, 2]), outcome(time=[1, -2], event=[1, 1])], [0, 1], {},
            r"outcomes\[1\].time\[1\] is -2",
        ),
        (outcome(time=[1, 2], event=[1, 3]), [0, 1], {}, r"outcomes\[0\].event\[1\] is 3"),
        (outcome(count=[1, 2.5]), [0, 1], {}, r"outcomes\[0\].count\[1\] is 2.5; a count"),
        (outcome(count=[1, 2], follow_up=[1, -1]), [0, 1], {}, r"outcomes\[0\].follow_up\[1\] is"),
        (outcome(score=[1, 2], threshold=-1), [0, 1], {}, r"outcomes\[0\].threshold is -1"),
        (outcome(score=[1, 2]), [0, 1, 2], {}, "group has 3 labels"),
        (outcome(score=[1, 2]), [0, 0], {}, "group has 1 labels"),
        (outcome(score=[1, 2]), [0, 1, 1], {}, r"outcomes\[0\].score has 2 rows and group has 3"),
        (outcome(score=[1, 2]), [0, 1], {"reference": "x"}, "reference is 'x'; use one of"),
        (outcome(score=[1, 2]), [0, 1], {"strata": [0, 1]}, "no stratum has patients of both"),
        (outcome(score=[1, 2]), [0, 1], {"strata": [0]}, "strata has 1 rows"),
        (outcome(score=[1, 2]), [0, 1], {"level": 95}, "level is 95"),
        (outcome(score=[1, 2]), [0, 1], {"method": "boot"}, "method is 'boot'"),
        (outcome(score=[1, 2]), [0, 1], {"method": "monte-carlo"}, "rng is None"),
        ([], [0, 1], {}, "outcomes is empty"),
        (["score"], [0, 1], {}, r"outcomes\[0\] is 'score'; make it by"),
        (outcome(score="a"), [0, 1], {"data": {"b": [1]}}, r"outcomes\[0\].score: there is no"),
    ],
)  # fmt: skip
def test_bad_input_is_named(outcomes, group, options, words):
    with pytest.raises(InputError, match=words):
        survival.win_ratio(outcomes, group, **options)
