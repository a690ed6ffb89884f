"""The binding of the log-rank tests: types, references, memory, Ctrl-C."""

import gc
import signal
import sys
import threading
import time
import tracemalloc

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

TIME = np.array([5.0, 2.0, 1.0, 2.0, 6.0])
EVENT = np.array([1, 1, 1, 0, 0])
GROUP = np.array([0, 1, 0, 1, 1], np.uint8)
KINDS = (("fleming-harrington", 0.0, 0.0), ("fleming-harrington", 0.0, 1.0))


def rows(time=TIME, event=EVENT, group=GROUP, groups=2, entry=None, weights=None, strata=None, n=1):
    return time, event, group, groups, entry, weights, strata, n


def fit(columns=None, trend=None):
    return _core.logrank(columns or rows(), "logrank", 0.0, 0.0, trend, "two-sided", 0.95, True)


def monte_carlo(columns=None, end=200, progress=None):
    return _core.logrank_monte_carlo(
        columns or rows(), KINDS, None, "two-sided", True, (1, 2), 0, end, progress
    )


def exact(columns=None):
    return _core.logrank_exact(columns or rows(), "logrank", 0.0, 0.0, "two-sided", True)


def maxcombo(columns=None):
    return _core.logrank_maxcombo(columns or rows(), KINDS, "two-sided", True)


def replicates(event=EVENT):
    return _core.logrank_replicates(
        TIME[None], event[None], GROUP, 2, [1.0], "logrank", 0.0, 0.0, None, "two-sided", True, True
    )


def one_sample(event=EVENT):
    return _core.logrank_one_sample(TIME, event, None, TIME, None, None, "two-sided", 0.95)


CALLS = [fit, monte_carlo, exact, maxcombo]


@pytest.mark.parametrize("dtype", [bool, "u1", "i4", "f8"])
def test_events_and_times_of_every_type(dtype):
    kinds = rows(TIME.astype("f4"), EVENT.astype(dtype), strata=np.zeros(5, "i4"))
    assert fit(kinds)[5] == fit()[5]
    assert fit(rows(TIME[::-1], EVENT[::-1], GROUP[::-1].copy()))[5] == pytest.approx(fit()[5])


@pytest.mark.parametrize(
    "values", [[False, True, False], [3, 5, 3], [-1, 0, -1], [0, 1, 1], [250, 5, 0], [4, 4, 4]]
)
@pytest.mark.parametrize("dtype", [bool, "u1", "i1", "i2", "i8"])
def test_codes_are_those_of_numpy(values, dtype):
    array = np.array(values).astype(dtype)
    names, codes = _core.logrank_codes(array)
    distinct, positions = np.unique(array, return_inverse=True)
    assert names == distinct.tolist()
    assert codes.tolist() == positions.tolist()
    assert codes.dtype == np.uint8
    assert _core.logrank_codes(np.repeat(array, 3)[::3])[1].tolist() == positions.tolist()


@pytest.mark.parametrize(
    "group", [[1], np.array(["a"]), np.array([0.5]), np.array([[1]]), np.array([0, 256]),
              np.array([], int), np.array([-(2**63), 2**63 - 1]), np.array([1], np.uint64)]
)  # fmt: skip
def test_other_labels_are_left_to_numpy(group):
    assert _core.logrank_codes(group) is None


@pytest.mark.parametrize("call", CALLS)
def test_what_the_python_side_never_passes_is_refused(call):
    with pytest.raises(InputError, match="contiguous array of uint8"):
        call(rows(group=GROUP.astype(int)))
    with pytest.raises(InputError, match=r"group\[1\] is 5; it is no code"):
        call(rows(group=np.array([0, 5, 0, 1, 0], np.uint8)))
    with pytest.raises(InputError, match="the numbers of groups and strata are needed"):
        call(rows(n=0))
    with pytest.raises(InputError, match=r"strata\[2\] is 1; it is no code"):
        call(rows(strata=[0, 0, 1, 0, 0]))
    with pytest.raises(TypeError):
        call((TIME, EVENT))


def test_bytes_that_are_no_flags_are_refused_by_the_core():
    event = np.array([1, 2, 0, 0, 0], np.uint8).view(bool)
    for call in CALLS:
        with pytest.raises(InputError, match=r"event\[1\] is 2; an event is 0"):
            call(rows(event=event))
    with pytest.raises(InputError, match=r"event\[0, 1\] is 2.0; an event is 0"):
        replicates(event)
    with pytest.raises(InputError, match=r"event\[1\] is 2; an event is 0"):
        one_sample(event)


def test_replicates_have_a_range():
    with pytest.raises(InputError, match="replicates run from 0 to -1"):
        monte_carlo(end=-1)
    with pytest.raises(InputError, match="replicates run from 0 to 4294967296"):
        monte_carlo(end=2**32)


@pytest.mark.leaks
def test_nothing_is_lost():
    def work():
        for call in (*CALLS, replicates, one_sample):
            call()
        fit(trend=[1, 2])
        _core.logrank_codes(np.array([3, 9, 3]))
        monte_carlo(progress=lambda done, total: None)
        for bad in (rows(group=GROUP + 1), rows(strata=[0, 0, 1, 0, 0]), rows(n=0)):
            for call in CALLS:
                with pytest.raises(InputError):
                    call(bad)
        with pytest.raises(InputError):
            fit(trend=[1, 1])

    for _ in range(20):
        work()
    gc.collect()
    tracemalloc.start()
    blocks, references = sys.getallocatedblocks(), sys.getrefcount(GROUP)
    memory = tracemalloc.get_traced_memory()[0]
    for _ in range(500):
        work()
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - memory
    tracemalloc.stop()
    assert sys.getrefcount(GROUP) == references
    assert sys.getallocatedblocks() - blocks < 200
    assert grown < 20_000


def interrupted_after(work):
    """Return how long a call goes on after Ctrl-C."""
    sent = []

    def send():
        time.sleep(0.2)
        sent.append(time.process_time())
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=send)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        work()
    stopped = time.process_time()
    thread.join()
    return stopped - sent[0]


def test_ctrl_c_is_answered():
    rng = np.random.default_rng(1)
    n = 40
    columns = rows(rng.exponential(1, n), np.ones(n, bool), np.arange(n).astype(np.uint8) % 2)
    assert interrupted_after(lambda: monte_carlo(columns, end=50_000_000)) < 5  # of minutes
    time_table = rng.exponential(1, (20_000, n - 10))
    group = np.arange(n - 10).astype(np.uint8) % 2
    assert interrupted_after(
        lambda: _core.logrank_replicates(
            time_table, np.ones((20_000, n - 10), bool), group, 2, [], "logrank", 0.0, 0.0, None,
            "two-sided", True, True,
        )
    ) < 0.5  # fmt: skip
