"""The chunk of replicates: kinds of input, its range, what it returns, leaks."""

import gc
import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

TIME, EVENT, KEY = [3.0, 5, 6, 8, 10, 12], [1, 0, 1, 1, 0, 0], (1, 2)


def call(time=TIME, event=EVENT, p=0.5, key=KEY, begin=0, end=20, progress=None):
    return _core.kaplan_meier_bootstrap(time, event, p, key, begin, end, progress)


@pytest.mark.parametrize("dtype", ["i2", ">i4", "f4", ">f8", object])
def test_every_numeric_type_is_read(dtype):
    estimate, replicates = call(time=np.array(TIME, dtype), event=np.array(EVENT, bool))
    assert estimate == 8
    # the first ones: tests/core/survival/test_kaplan_meier_bootstrap.c
    assert replicates[:8].tolist() == [7, 8, 8, 5.5, 8, 8, 8, 6]
    assert not replicates.flags.writeable


def test_a_part_of_the_replicates_is_that_part():
    whole = call()[1]
    assert call(begin=7, end=11)[1].tolist() == whole[7:11].tolist()
    assert call(begin=7, end=7)[1].size == 0
    assert call(begin=2**32 - 2, end=2**32 - 1)[1].size == 1


def test_the_key_has_128_bits():
    top = call(key=(2**64 - 1, 2**64 - 1), end=200)[1].tolist()
    assert top != call(key=(2**63 - 1, 2**64 - 1), end=200)[1].tolist()
    assert top != call(key=(2**64 - 1, 2**63 - 1), end=200)[1].tolist()


@pytest.mark.parametrize(("begin", "end"), [(-1, 5), (5, 4), (0, 2**32)])
def test_a_range_outside_the_streams_is_refused(begin, end):
    with pytest.raises(InputError, match=f"replicates run from {begin} to {end}"):
        call(begin=begin, end=end)


@pytest.mark.leaks
def test_progress_may_fail_and_nothing_leaks():
    time, event = np.array(TIME), np.array(EVENT, np.uint8)

    def stop(done, count):
        raise RuntimeError("enough")

    def each_way():
        call(time, event)
        for change in ({"progress": stop}, {"p": 2.0}, {"event": [2] * 6}, {"end": -1}):
            with pytest.raises((RuntimeError, InputError)):
                call(time=time, **{"event": event, **change})

    each_way()
    before = sys.getrefcount(time), sys.getrefcount(event), sys.getrefcount(stop)
    gc.collect()
    blocks = sys.getallocatedblocks()
    for _ in range(300):
        each_way()
    gc.collect()
    assert (sys.getrefcount(time), sys.getrefcount(event), sys.getrefcount(stop)) == before
    assert sys.getallocatedblocks() - blocks < 100
