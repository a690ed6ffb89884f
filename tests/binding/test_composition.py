"""The arrays of composition: kinds of input, ownership of the block, leaks."""

import gc
import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

SHARE = [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", object])
def test_every_numeric_type_is_read(dtype):
    share, *_ = _core.composition(np.array(SHARE, dtype), None, 1.0)
    assert share.tolist() == SHARE


def test_strided_shares_are_read():
    table = np.array(SHARE)
    found = _core.composition(table[::-1, ::-1], None, 1)[0]
    assert found.tolist() == table[::-1, ::-1].tolist()


def test_arrays_are_read_only_and_outlive_each_other():
    share, clr, replaced, centre, variation, _ = _core.composition(SHARE, None, 1)
    for array in (share, clr, replaced, centre, variation):
        assert not array.flags.writeable
    del clr, replaced, centre, variation
    gc.collect()
    assert share.tolist() == SHARE


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0.5, 0.5], None, 1.0), "share has 1 dimensions"),
        (([["a", "b"]], None, 1.0), "share"),
        ((SHARE, np.ones((1, 1, 3)), 1.0), "limit does not fit"),
        ((SHARE, 0.1, 1.0), "limit does not fit"),
        ((SHARE, [0.1, 0.1], 1.0), "limit does not fit"),
        ((SHARE, [[0.1, 0.1, 0.1]], 1.0), "limit does not fit"),
    ],
)
def test_shapes_are_checked(arguments, words):
    with pytest.raises(InputError, match=words):
        _core.composition(*arguments)


def test_other_faults():
    with pytest.raises(TypeError):
        _core.composition(SHARE, None, "one")
    with pytest.raises(InputError, match="parts"):
        _core.composition_share(SHARE, None, 1, np.array([True]), 0.95)
    with pytest.raises(InputError, match="group"):
        _core.composition_test(SHARE, None, np.array([1]), None, 1, 0.95, 9, (0, 0), 0, None)
    with pytest.raises(InputError, match="replicates is -1"):
        _core.composition_test(SHARE, SHARE, None, None, 1, 0.95, 9, (0, 0), -1, None)


@pytest.mark.leaks
def test_no_reference_is_lost():
    share = np.array(SHARE)

    def calls():
        _core.composition(share, None, 1)
        _core.composition_share(share, None, 1, np.array([True, False, False]), 0.95)
        _core.composition_test(share, share, None, None, 1, 0.95, 9, (0, 0), 0, None)
        for bad in ((share[0], None, 1), (share, 0.1, 1), (share, None, 2)):
            with pytest.raises(InputError):
                _core.composition(*bad)

    calls()
    gc.collect()
    before, references = sys.getallocatedblocks(), sys.getrefcount(share)
    for _ in range(300):
        calls()
    gc.collect()
    assert sys.getrefcount(share) == references
    assert sys.getallocatedblocks() - before < 150
