"""Randomness comes in by `rng=` and leaves no trace outside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from immunoreset.errors import InputError


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
