"""_core.turnbull: malformed input, references, turns between which Ctrl-C is heard."""

import gc
import sys
import threading

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

INF = float("inf")


def slow_rows(n):
    """Rows whose likelihood takes many steps: a few exact times among wide intervals."""
    rng = np.random.default_rng(5)
    time = rng.exponential(150, n)
    visits = np.cumsum(rng.uniform(20, 60, (n, 8)), axis=1)
    left = np.where(visits < time[:, None], visits, 0).max(axis=1)
    right = np.where(visits >= time[:, None], visits, INF).min(axis=1)
    exact = rng.random(n) < 0.03
    return np.where(exact, time, left), np.where(exact, time, right)


def test_columns_are_lent_and_outlive_the_call():
    merged, (curve,) = _core.turnbull([0, 0, 2], [1, 1, 3], None, None, 1, True)
    assert merged == 0
    n, left, _, mass, *_ = curve
    del curve
    gc.collect()
    assert (n, left.tolist()) == (3, [0, 2])
    np.testing.assert_allclose(mass, [2 / 3, 1 / 3], rtol=1e-14)
    assert not mass.flags.writeable
    assert not mass.flags.owndata


def test_inputs_are_not_kept():
    left, right = np.array([0.0, 5, 7]), np.array([2, 5, INF])
    codes = np.array([0, 1, 0])
    before = [sys.getrefcount(array) for array in (left, right, codes)]
    _core.turnbull(left, right, None, codes, 2, True)
    with pytest.raises(InputError):
        _core.turnbull(right, left, None, codes, 2, True)
    assert [sys.getrefcount(array) for array in (left, right, codes)] == before


@pytest.mark.parametrize("dtype", ["i2", "u1", "f4", ">f8", object])
def test_every_numeric_type_is_read(dtype):
    _, (curve,) = _core.turnbull(np.array([0, 3, 4], dtype)[::-1], [6, 5, 2], None, None, 1, True)
    assert curve[1].tolist() == [0, 4]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [3, 4], None, [0], 1), "group has 1 rows and left has 2"),
        (([1, 2], [3, 4], None, [[0, 0]], 1), "group has 2 dimensions"),
        (([1, 2], [3, 4], None, [0, 0.5], 1), r"group\[1\] is 0.5"),
        (([1, 2], [3, 4], None, [0, 0], 2), "there is no row"),
        ((1, 2, None, None, 1), "left has 0 dimensions"),
        (([1, 2], 2, None, None, 1), "right has 0 dimensions"),
    ],
)
def test_malformed_input_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        _core.turnbull(*arguments, True)


def test_wrong_calls_are_type_errors():
    for arguments in ((), ([1],), ([1], [2], None, None, "1", True)):
        with pytest.raises(TypeError):
            _core.turnbull(*arguments)


def test_no_group_is_no_curve():
    assert _core.turnbull([1], [2], None, None, 0, True) == (0, [])


def test_ctrl_c_is_heard_between_turns(stopped_after):
    columns = slow_rows(60_000)
    # a turn takes some 20 ms
    assert stopped_after(lambda: _core.turnbull(*columns, None, None, 1, True), 0.15) < 0.5


def test_other_threads_run_meanwhile():
    left, right = slow_rows(20_000)
    ticks = []
    done = threading.Event()

    def tick():
        while not done.wait(0.001):
            ticks.append(1)

    thread = threading.Thread(target=tick)
    thread.start()
    _core.turnbull(left, right, None, None, 1, True)
    done.set()
    thread.join()
    assert len(ticks) > 2


@pytest.mark.leaks
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_thousands_of_calls_leave_nothing_behind():
    left, right, codes = np.array([0.0, 5, 7, 1]), np.array([2, 5, INF, 3]), np.array([0, 1, 0, 1])

    def calls():
        for _ in range(2000):
            _core.turnbull(left, right, None, codes, 2, True)
            for bad in (
                (right, left, None, codes, 2),
                (left, right, None, codes, 3),
                (left, [1, 2], None, None, 1),
                (left, right, right, codes, 2),
            ):
                with pytest.raises(InputError):
                    _core.turnbull(*bad, True)
        gc.collect()
        with open("/proc/self/statm") as file:
            held = [sys.getrefcount(array) for array in (left, right, codes)]
            return int(file.read().split()[1]), sys.getallocatedblocks(), held

    calls()
    pages, blocks, held = calls()
    more_pages, more_blocks, still_held = calls()
    assert more_blocks <= blocks + 500  # one block a call would be thousands
    assert more_pages <= pages + 256
    assert held == still_held
