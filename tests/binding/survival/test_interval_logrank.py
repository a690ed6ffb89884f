"""The binding of the tests of interval-censored times: types, references, progress, Ctrl-C."""

import gc
import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

INF = float("inf")
LEFT, RIGHT = np.array([0.0, 3, 1, 2, 6, 5]), np.array([2.0, INF, 4, 5, INF, 8])
GROUP = np.array([0, 1, 0, 1, 1, 0], np.uint8)


def fit(left=LEFT, right=RIGHT, group=GROUP, groups=2, strata=None, n_strata=1, **options):
    chosen = {"method": "monte-carlo", "replicates": 200, "progress": None, **options}
    return _core.interval_logrank(
        (left, right, group, groups, strata, n_strata), "sun", chosen["method"], None,
        "two-sided", True, (1, 2), chosen["replicates"], chosen["progress"],
    )  # fmt: skip


def plain(answer):
    return [x.tolist() if isinstance(x, np.ndarray) else x for x in answer]


@pytest.mark.parametrize("method", ["asymptotic", "score", "exact", "monte-carlo"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_times_of_every_type_and_stride(method, dtype):
    answer = plain(fit(method=method))
    assert plain(fit(LEFT.astype(dtype), RIGHT.astype(dtype), method=method)) == answer
    wide = np.repeat(LEFT, 2)[::2], np.repeat(RIGHT, 2)[::2]
    assert plain(fit(*wide, method=method)) == answer


def test_malformed_input_is_refused():
    for changed, message in (
        ({"group": GROUP[:3]}, "group has 3 rows and left has 6"),
        ({"right": RIGHT[:3]}, "right has 3 rows and left has 6"),
        ({"left": LEFT[None]}, "left has 2 dimensions"),
        ({"left": LEFT + 5}, r"left\[0\] is 5"),
        ({"method": "guess"}, "method is 'guess'"),
        ({"replicates": -1}, "replicates is -1"),
    ):
        with pytest.raises(InputError, match=message):
            fit(**changed)


def test_wrong_calls_are_type_errors():
    for arguments in (
        (),
        (1,),
        ((LEFT, RIGHT), "sun", "exact", None, "two-sided", True, (1, 2), 0),
    ):
        with pytest.raises(TypeError):
            _core.interval_logrank(*arguments)


def test_progress_is_told_and_may_stop():
    told = []
    fit(replicates=2000, progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (2000, 2000)
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    def stop(*_):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        fit(replicates=2000, progress=stop)


def test_ctrl_c_is_heard(stopped_after):
    rng = np.random.default_rng(1)
    left = rng.integers(0, 300, 2000).astype(float)
    right = np.where(rng.random(2000) < 0.3, INF, left + 28)
    group = (np.arange(2000) % 2).astype(np.uint8)
    # many minutes
    assert stopped_after(lambda: fit(left, right, group, replicates=50_000_000), 0.1) < 0.5


@pytest.mark.leaks
def test_thousands_of_calls_leave_nothing_behind():
    def calls():
        for _ in range(500):
            for method in ("asymptotic", "score", "exact", "monte-carlo"):
                fit(method=method, replicates=10)
            for changed in ({"group": GROUP[:3]}, {"left": LEFT + 5}, {"method": "guess"}):
                with pytest.raises(InputError):
                    fit(**changed)
        gc.collect()
        return sys.getallocatedblocks(), [sys.getrefcount(a) for a in (LEFT, RIGHT, GROUP)]

    calls()
    before = calls()
    after = calls()
    assert after[1] == before[1]
    # a block lost in each round would be hundreds; interpreters keep some tens for themselves
    assert after[0] - before[0] < 150
