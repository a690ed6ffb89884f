"""The bootstrap of a survival quantile: the twin, workers, random numbers, limits, messages."""

import pickle
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from math import comb
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset._random import random_key
from immunoreset.errors import InputError
from immunoreset.survival import kaplan_meier_bootstrap as module

from tests.reference import kaplan_meier_bootstrap as twin

TIME, EVENT = [3, 5, 6, 8, 10, 12], [1, 0, 1, 1, 0, 0]


def call(**options):
    return survival.bootstrap_quantile(TIME, EVENT, **{"rng": 1, **options})


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=30),
    st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 0.75]),
    st.integers(0, 2**63),
)
def test_every_replicate_is_that_of_the_twin(rows, p, seed):
    time, event = [float(t) for t, _ in rows], [int(d) for _, d in rows]
    found = survival.bootstrap_quantile(time, event, p, rng=seed, replicates=9, level=0.5)
    assert found.replicates.tolist() == twin.replicates(time, event, p, random_key(seed), 9)
    assert found.estimate == twin.quantile(time, event, p)


def test_the_spread_is_the_one_known_for_the_median():
    # Efron 1979, section 3: without censoring and with n = 2m - 1 patients the bootstrap median is
    # the k-th smallest time with the binomial chance P(Bin(n, (k-1)/n) <= m-1) - P(Bin(n, k/n) <=
    # m-1). n = 13: computed by that formula
    n, m = 13, 7
    found = survival.bootstrap_quantile(range(1, n + 1), [1] * n, rng=5, replicates=40_000)
    at_most = np.array([_binomial_at_most(m - 1, n, k / n) for k in range(n + 1)])
    chance = at_most[:-1] - at_most[1:]
    count = np.bincount(found.replicates.astype(int), minlength=n + 1)[1:]
    expected = 40_000 * chance
    kept = expected > 5
    # chi-squared, at most 12 degrees of freedom: 0.9999
    assert np.sum((count - expected)[kept] ** 2 / expected[kept]) < 39
    assert found.estimate == 7


def _binomial_at_most(k, n, rate):
    return sum(comb(n, i) * rate**i * (1 - rate) ** (n - i) for i in range(k + 1))


def test_limits_are_order_statistics_of_the_replicates():
    found = call(replicates=999)
    ordered = np.sort(found.replicates)
    assert found.low == ordered[24]  # the 25th smallest: 1000 * 0.025
    assert found.high == ordered[-25]
    assert found.reached == np.mean(ordered < np.inf)
    assert call(replicates=39).low == call(replicates=39).replicates.min()
    assert call(replicates=19, level=0.9).low == call(replicates=19, level=0.9).replicates.min()


@pytest.fixture
def small_tasks(monkeypatch):
    monkeypatch.setattr(module, "DRAWS_A_TASK", 600)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_digits_are_the_same_for_any_number_of_threads(workers, small_tasks):
    with ThreadPoolExecutor(workers) as pool:
        found = call(replicates=5000, executor=pool)
    alone = call(replicates=5000)
    assert found.replicates.tolist() == alone.replicates.tolist()
    assert (found.estimate, found.low, found.high) == (alone.estimate, alone.low, alone.high)
    assert not found.replicates.flags.writeable


def test_digits_are_the_same_in_other_processes(small_tasks):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = call(replicates=500, executor=pool)
    assert found.replicates.tolist() == call(replicates=500).replicates.tolist()


def test_a_failing_task_cancels_the_others(small_tasks):
    class Pool:
        def __init__(self):
            self.futures = []

        def submit(self, *_):
            future = Future()
            if not self.futures:
                future.set_exception(RuntimeError("worker lost"))
            self.futures.append(future)
            return future

    pool = Pool()
    with pytest.raises(RuntimeError, match="worker lost"):
        call(replicates=1000, executor=pool)
    assert len(pool.futures) == 10
    assert all(future.cancelled() for future in pool.futures[1:])


def test_progress_ends_at_the_number_of_replicates(small_tasks):
    seen = []
    call(replicates=1000, progress=lambda *at: seen.append(at))
    assert seen[-1] == (1000, 1000)
    seen.clear()
    with ThreadPoolExecutor(2) as pool:
        call(replicates=1000, executor=pool, progress=lambda *at: seen.append(at))
    assert seen == [(done, 1000) for done in range(100, 1001, 100)]


def test_an_exception_of_the_progress_function_ends_the_call():
    def stop(done, replicates):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        call(progress=stop)


def test_control_c_is_answered_within_a_tenth_of_a_second(stopped_after):
    rng = np.random.default_rng(0)
    data = rng.exponential(size=100_000), rng.random(100_000) < 0.7

    def long():
        survival.bootstrap_quantile(*data, rng=1, replicates=100_000)

    assert stopped_after(long, 0.2) < 0.2 + 0.1


def test_random_numbers_come_from_ints_sequences_and_generators():
    seven = call(rng=7).replicates.tolist()
    assert call(rng=np.int64(7)).replicates.tolist() == seven
    assert call(rng=np.random.SeedSequence(7)).replicates.tolist() == seven
    generator = np.random.default_rng(7)
    assert call(rng=generator).replicates.tolist() == seven
    assert call(rng=generator).replicates.tolist() != seven
    assert call(rng=8).replicates.tolist() != seven


def test_more_replicates_begin_with_the_same_ones():
    assert call(replicates=50).replicates.tolist() == call().replicates[:50].tolist()


@pytest.mark.parametrize("rng", [None, True, 1.5, "7", -1])
def test_other_sources_of_randomness_are_refused(rng):
    with pytest.raises(InputError, match="rng is"):
        call(rng=rng)


def test_not_reached_is_infinite_and_written_nr():
    found = survival.bootstrap_quantile([1, 2], [0, 0], rng=1)
    assert found.estimate == found.low == found.high == np.inf
    assert found.reached == 0
    assert str(found) == (
        "median NR (95% bootstrap percentile interval NR to NR; 10000 replicates, 0.0% reach it)"
    )


def test_one_patient_has_one_median():
    found = survival.bootstrap_quantile([4], [1], rng=1)
    assert (found.estimate, found.low, found.high, found.reached) == (4, 4, 4, 1)


def test_columns_of_a_frame_are_read():
    data = {"day": np.array(TIME), "relapse": np.array(EVENT)}
    found = survival.bootstrap_quantile("day", "relapse", data=data, rng=1)
    assert found.replicates.tolist() == call().replicates.tolist()


def test_the_result_is_a_frozen_row():
    found = call(p=0.25)
    assert pickle.loads(pickle.dumps(found)).low == found.low
    assert found.to_frame("polars").to_dicts() == [
        {
            "p": 0.25,
            "estimate": 6.0,
            "low": found.low,
            "high": found.high,
            "reached": found.reached,
        }
    ]
    assert str(found).startswith("25% quantile 6 (")
    with pytest.raises(AttributeError):
        found.low = 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p": 0}, "p is 0; a probability strictly between 0 and 1"),
        ({"p": float("nan")}, "p; a probability strictly between 0 and 1"),
        ({"level": 1}, "level is 1; a level is"),
        ({"level": float("nan")}, "level is nan"),
        ({"replicates": 38}, "replicates is 38; limits at level 0.95 take at least 39"),
        ({"replicates": 0}, "replicates is 0; give 1 to 4294967295"),
        ({"replicates": 2**32}, "replicates is 4294967296; give"),
        ({"replicates": 10.5}, "replicates is 10.5; give a whole number"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        call(**options)


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([1, -3], [1, 1], r"time\[1\] is -3; it cannot be negative"),
        ([1, float("nan")], [1, 1], r"time\[1\] is nan"),
        ([1, 2], [1, 2], r"event\[1\] is 2"),
        ([1, 2], [1], "event has 1 row"),
        ([], [], "time: there is no patient|there is no patient"),
        ([[1, 2]], [1, 1], "time has 2 dimensions"),
    ],
)
def test_bad_rows_are_named(time, event, message):
    with pytest.raises(InputError, match=message):
        survival.bootstrap_quantile(time, event, rng=1)
    with ThreadPoolExecutor(1) as pool, pytest.raises(InputError, match=message):
        survival.bootstrap_quantile(time, event, rng=1, executor=pool)
