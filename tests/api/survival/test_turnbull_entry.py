"""Left truncation of interval-censored times: definition, Kaplan-Meier, limits, refusals."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import turnbull as twin

INF = float("inf")
DROP = 3.841458820694124  # the 0.95 quantile of chi-squared on one degree of freedom


@st.composite
def rows(draw, most=10):
    """Rows on a coarse grid, with entries not after the left end."""
    n = draw(st.integers(1, most))
    whole = st.lists(st.integers(0, 8), min_size=n, max_size=n)
    left = np.array(draw(whole), float)
    beyond = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    right = np.where(beyond, INF, left + np.array(draw(whole)) // 2)
    entry = left - np.array(draw(whole))
    entry = np.where((left == right) & (entry == left), left - 1, entry)
    return left, right, np.where(entry < 0, -INF, entry)


def estimate(left, right, entry):
    """The curve, or no example where nothing links its parts."""
    try:
        return survival.turnbull(left, right, entry=entry)
    except InputError as error:
        if "passed under observation" in str(error):
            assume(False)
        raise


def on_pieces(tb, pieces):
    """Put the masses where the twin can tell them: on the last piece of each innermost interval."""
    mass = np.zeros(len(pieces))
    for left, right, part in zip(tb.left, tb.right, tb.mass, strict=True):
        inside = [k for k, (a, b) in enumerate(pieces) if left <= a and b <= right and b > left]
        mass[inside[-1] if left < right else pieces.index((left, left))] += part
    return mass


@given(rows())
@settings(deadline=None, max_examples=100)
def test_no_curve_of_the_twin_is_likelier(sample):
    tb = estimate(*sample)
    pieces, _, loglik = twin.truncated_npmle(*sample, most=1500)
    _, holds, seen = twin.truncated_pieces(*sample)
    own = twin.truncated_loglik(on_pieces(tb, pieces), holds, seen)
    assert own == pytest.approx(tb.loglik, abs=1e-9)
    assert loglik <= tb.loglik + 1e-9
    assert loglik == pytest.approx(tb.loglik, abs=0.02)


@given(rows())
@settings(deadline=None, max_examples=100)
def test_masses_are_self_consistent(sample):
    # Turnbull 1976: each row and the unseen behind it, spread as the masses are, give the masses
    tb = estimate(*sample)
    pieces, holds, seen = twin.truncated_pieces(*sample)
    mass = on_pieces(tb, pieces)
    events = (holds / (holds @ mass)[:, None]).sum(axis=0) * mass
    unseen = ((1 - seen) / (seen @ mass)[:, None]).sum(axis=0) * mass
    np.testing.assert_allclose((events + unseen) / (events + unseen).sum(), mass, atol=1e-8)


@given(rows(most=7), st.integers(0, 1000))
@settings(deadline=None, max_examples=60)
def test_other_curves_of_the_same_likelihood_lie_within_the_bounds(sample, seed):
    tb = estimate(*sample)
    _, holds, seen = twin.truncated_pieces(*sample)
    rng = np.random.default_rng(seed)
    pieces, *_ = twin.truncated_pieces(*sample)
    for _ in range(3):
        mass = rng.dirichlet(np.full(len(pieces), 0.2)) + 1e-9
        for _ in range(600):
            events = (holds / (holds @ mass)[:, None]).sum(axis=0) * mass
            unseen = ((1 - seen) / (seen @ mass)[:, None]).sum(axis=0) * mass
            mass = (events + unseen) / (events + unseen).sum()
        if twin.truncated_loglik(mass, holds, seen) < tb.loglik - 1e-7:
            continue  # not yet there
        start = sum(
            m for m, (a, b) in zip(mass, pieces, strict=True) if b <= tb.first_entry and a < b
        )
        start += sum(m for m, (a, b) in zip(mass, pieces, strict=True) if a == b <= tb.first_entry)
        start = start if np.isfinite(sample[2]).all() else 0.0
        for right, least, most in zip(
            tb.innermost_right, tb.innermost_least, tb.innermost_most, strict=True
        ):
            after = sum(
                m
                for m, (a, _) in zip(mass, pieces, strict=True)
                if a > right or (a == right and _ > a)
            )
            assert least - 2e-3 <= after / (1 - start) <= most + 2e-3


@given(
    st.lists(
        st.tuples(st.integers(2, 12), st.booleans(), st.integers(0, 6)), min_size=1, max_size=14
    )
)
@settings(deadline=None, max_examples=100)
def test_exact_and_censored_rows_are_kaplan_meier(patients):
    time = np.array([t for t, _, _ in patients], float)
    event = np.array([e for _, e, _ in patients])
    entry = np.array([min(e, t - 1) for t, _, e in patients], float)
    tb = estimate(time, np.where(event, time, INF), entry)
    km = survival.kaplan_meier(time, event, entry=entry)
    times = np.unique(time[event])
    np.testing.assert_allclose(tb.at(times).estimate, km.at(times).estimate, rtol=1e-13)
    for at in times:
        found = tb.at(at)
        if 0 < found.estimate < 1 and at < time.max():
            low, high = twin.thomas_grunkemeier(time, event, entry, at, DROP)
            assert found.high == pytest.approx(high, abs=1e-8)
            # theirs puts no event at a time at which none was seen
            assert found.low <= low + 1e-8


@given(rows())
@settings(deadline=None, max_examples=60)
def test_without_truncation_nothing_changes(sample):
    left, right, _ = sample
    plain = survival.turnbull(left, right)
    entered = survival.turnbull(left, right, entry=np.full(len(left), -INF))
    np.testing.assert_array_equal(plain.innermost_right, entered.innermost_right)
    np.testing.assert_allclose(plain.innermost_mass, entered.innermost_mass, atol=1e-9)
    assert entered.loglik == pytest.approx(plain.loglik, abs=1e-11)
    assert entered.unique
    assert entered.rank == plain.rank == len(plain.mass)
    times = np.arange(0, 13, 1.5)
    for name in ("low", "high", "estimate_low", "estimate_high"):
        np.testing.assert_allclose(
            getattr(plain.at(times), name), getattr(entered.at(times), name), atol=1e-7
        )
    for name in ("left", "right", "low", "high"):
        np.testing.assert_array_equal(
            getattr(plain.quantile([0.3, 0.5]), name), getattr(entered.quantile([0.3, 0.5]), name)
        )


@given(rows(), st.sampled_from([2.5, 4, 6]), st.integers(1, 12))
@settings(deadline=None, max_examples=60)
def test_curves_that_are_likely_enough_lie_within_the_limits(sample, at, copies):
    # rows censored at a time, under observation from the start, make the likeliest curve with its
    # probability there: as likely as the data say, it is within the limits or not
    left, right, entry = sample
    assume(entry.min() < at)
    tb = estimate(*sample)
    more = np.full(copies, float(at))
    start = np.full(copies, entry.min())
    pressed = estimate(
        np.concatenate((left, more)),
        np.concatenate((right, np.full(copies, INF))),
        np.concatenate((entry, start)),
    )
    assume(pressed.unique)
    inside = pressed.at(at)
    assume(np.isfinite(inside.estimate))
    if inside.estimate == 0:
        return
    loglik = pressed.loglik - copies * np.log(inside.estimate)
    fall = 2 * (tb.loglik - loglik)
    high = tb.at(at).high
    if fall < DROP - 1e-6:
        assert inside.estimate <= high + 1e-7
    elif fall > DROP + 1e-6:
        assert inside.estimate >= high - 1e-7


def test_worked_by_hand():
    # at 2 one of three, at 5 one of three, at 7 one of two
    left, right = [2, 4, 5, 7, 9], [2, INF, 5, 7, INF]
    tb = survival.turnbull(left, right, entry=[0, 0, 1, 3, 4])
    np.testing.assert_allclose(tb.estimate, [2 / 3, 4 / 9, 2 / 9, 0], rtol=1e-14)
    assert tb.first_entry == 0
    assert tb.unique
    assert str(tb) == "5 patients, median at 5"


def test_several_curves_of_one_likelihood_are_said_to_be_several():
    # the event in (0, 10] may lie up to 4 or after 6: two are known to have passed either
    tb = survival.turnbull([0, 6, 11, 11], [10, INF, INF, INF], entry=[0, 0, 0, 4])
    assert not tb.unique
    at = tb.at([5, 10])
    assert np.isnan(at.estimate[0])
    np.testing.assert_allclose(at.estimate_low, [2 / 3, 2 / 3], rtol=1e-12)
    np.testing.assert_allclose(at.estimate_high, [1, 2 / 3], rtol=1e-12)
    assert np.all(at.low <= at.estimate_low)
    assert np.all(at.high >= at.estimate_high)
    quarter = tb.quantile(0.25)
    assert (quarter.left, quarter.right) == (0, 10)
    assert str(tb) == "4 patients, median after 11 (several curves are as likely)"


def test_a_picture_of_several_curves_draws_none_of_them():
    tb = survival.turnbull([0, 6, 11, 11], [10, INF, INF, INF], entry=[0, 0, 0, 4])
    ax = tb.plot()
    assert len(ax.collections) == 2  # limits, and what the curves cover
    covered = ax.collections[1].get_paths()[0].vertices
    assert (covered[:, 0].min(), covered[:, 1].max()) == (0, 1)
    assert covered[:, 1].min() == 0
    assert not ax.lines


def test_the_curve_is_of_those_free_at_the_first_entry():
    tb = survival.turnbull([5, 9, 12], [8, 11, INF], entry=[3, 4, 3])
    assert tb.first_entry == 3
    assert tb.at(3).estimate == tb.at(3).low == 1
    assert str(tb).startswith("3 patients free of the event at 3, median ")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ([0, float("nan")], r"entry\[1\] is nan"),
        ([0, -2], r"entry\[1\] is -2"),
        ([0, 6], r"entry\[1\] is 6; it is after the last time"),
        ([0, INF], r"entry\[1\] is inf; it is after the last time"),
        ([2, 0], r"entry\[0\] is 2; it must be less than the end of its row"),
        ([0], "entry has 1 rows and left has 2"),
    ],
)
def test_entries_that_cannot_be_are_refused(entry, message):
    with pytest.raises(InputError, match=message):
        survival.turnbull([2, 5], [2, 9], entry=entry)


def test_a_gap_in_observation_is_refused_with_the_row_that_enters_after_it():
    message = r"entry\[1\] is 5; before it comes a time that nobody is known to have passed"
    with pytest.raises(InputError, match=message):
        survival.turnbull([3, 7, 9], [INF, 8, INF], entry=[0, 5, 5])
    # Kaplan and Meier's curve is 0 from the death of the only patient at risk
    with pytest.raises(InputError, match=message):
        survival.turnbull([3, 7, 9], [3, 7, INF], entry=[0, 5, 5])


def test_the_bootstrap_is_refused():
    tb = survival.turnbull([3, 7], [4, INF], entry=[0, 1])
    with pytest.raises(InputError, match=r"use interval='likelihood'"):
        tb.at(5, interval="bootstrap", rng=1)


def test_groups_and_columns_of_a_frame():
    left, right = np.array([2.0, 4, 5, 7, 9, 6]), np.array([2, INF, 6, 7, INF, INF])
    entry, group = np.array([0.0, 0, 1, 0, 4, 0]), np.array(list("aababb"))
    curves = survival.turnbull(left, right, entry=entry, group=group)
    for label in "ab":
        own = group == label
        alone = survival.turnbull(left[own], right[own], entry=entry[own])
        np.testing.assert_array_equal(curves[label].mass, alone.mass)
        assert curves[label].first_entry == alone.first_entry
        assert curves[label].at(5) == alone.at(5)
    data = {"l": left, "r": right, "e": entry, "g": group}
    named = survival.turnbull("l", "r", entry="e", group="g", data=data)
    np.testing.assert_array_equal(named["a"].mass, curves["a"].mass)


@pytest.mark.parametrize("n", [5, 40, 2000])
def test_simulated_entries_are_certified(n):
    rng = np.random.default_rng(n)
    time, entry = rng.exponential(150, 3 * n) + 1, rng.uniform(0, 100, 3 * n)
    entry[: n // 5 + 1] = 0
    seen = np.flatnonzero(time > entry)[:n]
    time, entry = time[seen], entry[seen]
    visits = entry[:, None] + np.cumsum(rng.integers(14, 60, (len(time), 10)), axis=1)
    left = np.where(visits < time[:, None], visits, entry[:, None]).max(axis=1)
    right = np.where(visits >= time[:, None], visits, INF).min(axis=1)
    left[0], right[0] = 1000, INF  # under observation from the first to the last
    tb = survival.turnbull(left, right, entry=entry)
    assert tb.kkt_gap <= 1e-11
    assert tb.mass.sum() == pytest.approx(1, abs=1e-12)
