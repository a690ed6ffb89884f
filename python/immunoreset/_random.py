"""Randomness comes in by `rng=` and leaves no trace outside it."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from immunoreset.errors import InputError

MOST_REPLICATES = 2**32 - 1  # one stream of random numbers each


def replicate_count(replicates: Any) -> int:
    """Return a number of replicates as an int, or raise an `InputError`."""
    try:
        count = operator.index(replicates)
    except TypeError:
        raise InputError(f"replicates is {replicates!r}; give a whole number") from None
    if not 1 <= count <= MOST_REPLICATES:
        raise InputError(f"replicates is {count}; give 1 to {MOST_REPLICATES}")
    return count


def random_key(rng: Any) -> tuple[int, int]:
    """Return the 128 bits that name all streams of a call; a Generator moves on by one draw.

    Parameters
    ----------
    rng : int, SeedSequence or Generator
        None is refused: a number nobody can get again is no result.
    """
    if isinstance(rng, bool) or not isinstance(
        rng, (int, np.integer, np.random.SeedSequence, np.random.Generator)
    ):
        raise InputError(
            f"rng is {rng!r}; give a whole number, a numpy.random.SeedSequence or a "
            "numpy.random.Generator, so that the same call gives the same digits again"
        )
    if not isinstance(rng, (np.random.SeedSequence, np.random.Generator)) and rng < 0:
        raise InputError(f"rng is {rng}; a seed is a whole number from 0 on")
    low, high = np.random.default_rng(rng).integers(0, 2**64, 2, dtype=np.uint64).tolist()
    return low, high
