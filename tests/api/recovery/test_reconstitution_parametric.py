"""The parametric form of B cell return: twins, reductions, readings of a gap, limits, episodes."""

import math
import pickle

import numpy as np
import pytest
from immunoreset import recovery, survival
from immunoreset.errors import InputError

from tests.reference import reconstitution_parametric as twin

INF = float("inf")
DROP = 1.920729410347062  # qchisq(0.95, 1) / 2 in R
DISTRIBUTIONS = ("weibull", "lognormal", "loglogistic")


def cohort(seed, n, every, competing_every=600.0):
    """Return log-normal returns of median 120 days between visits, competing events, to day 364."""
    rng = np.random.default_rng(seed)
    time, other = rng.lognormal(np.log(120), 0.5, n), np.ceil(rng.exponential(competing_every, n))
    end = np.minimum(other, 364)
    seen = np.ceil(time / every) * every
    left = np.floor(np.minimum(time, end) / every) * every
    return left, np.where(seen <= end, seen, INF), np.where(other < 364, other, INF)


def fit(rows, **options):
    left, right, competing = rows
    return recovery.reconstitution(left, right, competing=competing, method="parametric", **options)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("unseen", ["competing", "return", "unknown"])
def test_no_parameters_near_by_have_a_larger_likelihood(distribution, unseen):
    rows = cohort(3, 15, 28)
    rc = fit(rows, distribution=distribution, unseen=unseen)
    assert rc.score <= 1e-8
    read = twin.rows_of(*rows, unseen)
    here = twin.loglik(distribution, read, rc.mu, rc.sigma, rc.rate)
    assert rc.loglik == pytest.approx(here, abs=1e-9)
    assert rc.n_competing == read[1]
    for mu in rc.mu + np.linspace(-0.3, 0.3, 13):
        for sigma in rc.sigma * np.exp(np.linspace(-0.4, 0.4, 13)):
            for rate in rc.rate * np.array([0.8, 0.99, 1, 1.01, 1.3]):
                assert twin.loglik(distribution, read, mu, sigma, rate) <= here + 1e-10


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_shares_are_those_of_a_slow_sum(distribution):
    rc = fit(cohort(5, 15, 28), distribution=distribution)
    at = rc.at([30, 150, 364])
    for day, share in zip(at.time, at.estimate, strict=True):
        expected = twin.share(distribution, rc.mu, rc.sigma, rc.rate, day)
        assert share == pytest.approx(expected, abs=1e-6)


def test_limits_are_those_of_a_grid():
    rows = cohort(2, 8, 28, 200)
    rc = fit(rows)
    start = (rc.mu, math.log(rc.sigma), math.log(rc.rate))
    read = twin.rows_of(*rows, "unknown")
    low, high, best = twin.grid_limits("weibull", read, 150, start, DROP, points=21)
    at = rc.at(150)
    # no point of the grid lies beyond the limits, and some come near them
    assert best <= rc.loglik + 1e-9
    assert at.low[0] <= low + 1e-6
    assert high - 1e-6 <= at.high[0]
    assert low - at.low[0] < 0.02
    assert at.high[0] - high < 0.02


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_the_time_to_return_is_that_of_survival_parametric(distribution):
    left, right, competing = cohort(7, 40, 28)
    rc = fit((left, right, competing), distribution=distribution)
    read, events, followed = twin.rows_of(left, right, competing, "unknown")
    first, last = (np.array(column, float) for column in zip(*read, strict=True))
    other = survival.parametric(first, last, distribution=distribution)
    assert rc.rate == pytest.approx(events / followed, rel=1e-12)
    of_rate = events * math.log(rc.rate) - rc.rate * followed
    assert rc.loglik == pytest.approx(other.loglik + of_rate, abs=1e-8)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_without_competing_events_it_is_survival_parametric(distribution):
    left, right, _ = cohort(8, 25, 28)
    rc = recovery.reconstitution(left, right, method="parametric", distribution=distribution)
    other = survival.parametric(left, right, distribution=distribution)
    assert rc.loglik == pytest.approx(other.loglik, abs=1e-8)
    ours, theirs = rc.at([60, 150, 300]), other.at([60, 150, 300])
    np.testing.assert_allclose(ours.estimate, 1 - np.ravel(theirs.estimate), atol=1e-7)
    np.testing.assert_allclose(ours.low, 1 - np.ravel(theirs.high), atol=1e-5)
    np.testing.assert_allclose(ours.high, 1 - np.ravel(theirs.low), atol=1e-5)
    assert rc.plateau == 1
    assert rc.rate == 0


def test_nobody_watched_and_nothing_seen_differ():
    left, right, _ = cohort(8, 15, 28)
    watched = fit((left, right, np.full(15, INF)))
    without = recovery.reconstitution(left, right, method="parametric")
    assert watched.at(150).estimate == pytest.approx(without.at(150).estimate, abs=1e-12)
    assert without.at(INF).low == 1
    assert 0.7 < watched.at(INF).low[0] < 0.99
    assert watched.at(INF).high == 1


def test_readings_of_a_gap_lie_in_order():
    rows = cohort(4, 30, 84, 200)
    readings = ("competing", "unknown", "return")
    shares = [fit(rows, unseen=unseen).at(150).estimate[0] for unseen in readings]
    assert shares == sorted(shares)
    assert fit(rows).unseen == "unknown"
    assert fit(rows).n_unseen > 0
    left, right, competing = rows
    with pytest.raises(InputError, match="'unknown' is of method='parametric'"):
        recovery.reconstitution(left, right, competing=competing, unseen="unknown")


@pytest.mark.parametrize("seed", range(4))
def test_limits_enclose_and_never_fall(seed):
    rc = fit(cohort(seed, 10, [28, 84][seed % 2]), distribution=DISTRIBUTIONS[seed % 3])
    at, wide = (rc.at([20, 60, 100, 150, 250, 400, INF], level=level) for level in (0.9, 0.99))
    for low, high in ((at.low, at.high), (wide.low, wide.high)):
        assert np.all(low <= at.estimate)
        assert np.all(at.estimate <= high)
        assert np.all(np.diff(low) > -1e-6)
        assert np.all(np.diff(high) > -1e-6)
    assert np.all(wide.low <= at.low)
    assert np.all(at.high <= wide.high)
    assert at.estimate[-1] == pytest.approx(rc.plateau)
    assert at.estimate[-1] + at.competing[-1] == pytest.approx(1)
    days = rc.quantile(0.3)
    assert days.low <= days.left == days.right <= days.high
    assert rc.at(days.left).estimate == pytest.approx(0.3, abs=1e-9)
    assert math.isinf(rc.quantile(0.999).left) == (rc.plateau < 0.999)


def test_groups_frames_pickles_and_words():
    rows = cohort(6, 20, 28)
    group = ["CD19", "BCMA"] * 10
    by = fit(rows, group=group)
    own = fit([column[1::2] for column in rows])
    assert list(by) == ["BCMA", "CD19"]
    assert by["BCMA"].at(150).low == own.at(150).low
    again = pickle.loads(pickle.dumps(own))
    assert again.at(150).high == own.at(150).high
    assert own.to_dict()["rate"] == own.rate
    assert str(own.at(INF)).startswith("ever returned: ")
    pytest.importorskip("matplotlib")
    with_limits, without = by.plot(), by.plot(level=None)
    assert len(with_limits.lines) == len(without.lines) + 4


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        (([0], [0]), {}, r"right\[0\] is 0.*npmle"),
        (([30, 30], [30, 30]), {}, "left.*all exact durations are equal"),
        (([0], [INF]), {"competing": [0]}, "competing.*no rate"),
        (([28], [56]), {"distribution": "gamma"}, "distribution.*weibull"),
        (([28], [56]), {"unseen": "both"}, "unseen.*unknown"),
        (([28], [56]), {"cause": ["death"]}, "cause is for method='npmle'"),
        (([56], [28]), {}, r"left\[0\] is 56"),
        (([], []), {}, "no row"),
    ],
)
def test_what_cannot_be_is_refused(rows, options, words):
    with pytest.raises(InputError, match=words):
        recovery.reconstitution(*rows, method="parametric", **options)


def test_bad_questions_are_refused():
    rc = recovery.reconstitution([28, 56], [56, 84], method="parametric")
    with pytest.raises(InputError, match=r"times\[1\] is -1"):
        rc.at([3, -1])
    with pytest.raises(InputError, match="p is 1"):
        rc.quantile(1)
    with pytest.raises(InputError, match="level is 95"):
        rc.at(3, level=95)
    with pytest.raises(InputError, match="method is 'weibull'"):
        recovery.reconstitution([28], [56], method="weibull")


# --- episodes ------------------------------------------------------------------------------------


def episodes(**options):
    """Return two patients; the second has another infusion on day 100, before return."""
    patient = ["a"] * 4 + ["b"] * 5
    day = [-7, 14, 84, 112, -7, 14, 84, 128, 170]
    count = [210, 0, 4, 31, 180, 0, 2, 0, 40]
    return recovery.depletion(
        patient, day, count, lloq=1, confirm=1, infusion_day={"a": [0], "b": [0, 100]}, **options
    )


def test_another_infusion_competes():
    ep = episodes()
    assert list(ep.patient) == ["a", "b", "b"]
    rc = recovery.reconstitution(ep)
    assert (rc.n, rc.n_returned, rc.n_competing) == (2, 1, 1)
    assert rc.competing_time.tolist() == [100]
    first = recovery.reconstitution(
        ep.select(episode=1), competing={"b": 90}, cause=["x", "rescue"]
    )
    assert first.competing_cause == ["rescue"]
    later = recovery.reconstitution(
        ep.select(episode=1), competing={"b": 120}, cause={"b": "rescue"}
    )
    assert later.competing_cause == ["re-infusion"]
    with pytest.raises(InputError, match="'b' has several rows"):
        recovery.reconstitution(ep, reinfusion="censored")
    alone = recovery.reconstitution(ep.select(episode=1), reinfusion="censored")
    assert alone.n_competing == 0
    with pytest.raises(InputError, match="reinfusion is 'ignored'"):
        recovery.reconstitution(ep, reinfusion="ignored")
    assert recovery.reconstitution(ep, method="parametric").n_competing == 1


def test_the_groups_of_episodes_are_taken():
    ep = episodes(group={"a": "CD19", "b": "BCMA"})
    by = recovery.reconstitution(ep)
    assert {label: rc.n for label, rc in by.items()} == {"BCMA": 1, "CD19": 1}
    other = recovery.reconstitution(ep, group={"a": "SLE", "b": "SLE"})
    assert other["SLE"].n == 2
    with pytest.raises(InputError, match="group has no label for patient 'b'"):
        recovery.reconstitution(ep, group={"a": "SLE"})
    with pytest.raises(InputError, match="data is given beside episodes"):
        recovery.reconstitution(ep, data={"x": [1]})
    with pytest.raises(InputError, match="competing has shape"):
        recovery.reconstitution(ep, competing=[3])
