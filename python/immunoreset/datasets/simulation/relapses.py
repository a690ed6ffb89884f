"""The relapses of one simulated patient with NMOSD, before and after the infusion."""

from __future__ import annotations

import math
from dataclasses import replace

from immunoreset.datasets.simulation import parameters
from immunoreset.datasets.simulation.course import Course, stream
from immunoreset.datasets.simulation.draws import Draws


def draw_relapses(seed: int, course: Course) -> tuple[Course, tuple[int, ...]]:
    """Return the course with all its relapses, and the days of all, negative before infusion.

    Parameters
    ----------
    seed
        The seed of the cohort.
    course
        A course that has one relapse at most; death, withdrawal and the rescue of a patient who
        never responded stay.
    """
    draws = stream(seed, course.number, "relapses")
    rate, before = _history(draws)
    rescued, wait = draws.chance(parameters.RESCUE_AFTER_RELAPSE), draws.uniform(7, 60)
    after = tuple(day for day in _after(draws, rate, course) if 0 < day <= course.end_day)
    events = [(day, "relapse") for day in after]
    events += [
        (day, kind)
        for day, kind in course.events
        if kind in ("death", "withdrawal") or (kind == "rescue" and not course.responds)
    ]
    if course.responds and after and rescued and after[0] + wait <= course.end_day:
        events.append((math.floor(after[0] + wait), "rescue"))
    events.sort(key=lambda event: event[0])
    return replace(course, events=tuple(events)), (*before, *after)


def _history(draws: Draws) -> tuple[float, list[int]]:
    """Return the rate of a patient who was chosen for recent relapses, and their days."""
    while True:
        rate = draws.lognormal(*parameters.RELAPSES_NMOSD)
        days = _onsets(draws, [(-parameters.HISTORY_DAYS, 0, rate)])
        if all(sum(day >= first for day in days) >= n for first, n in parameters.CHOSEN_FOR):
            return rate, days


def _after(draws: Draws, rate: float, course: Course) -> list[int]:
    if not course.responds:
        return _onsets(draws, [(0, course.end_day, rate)])
    back = min(course.aplasia[1], course.end_day)
    aplastic, returned = (left * rate for left in parameters.RELAPSES_LEFT)
    return _onsets(draws, [(0, back, aplastic), (back, course.end_day, returned)])


def _onsets(draws: Draws, pieces: list[tuple[float, float, float]]) -> list[int]:
    """Return the days of a Poisson process with these (begin, end, rate), kept apart."""
    days: list[int] = []
    for begin, end, rate in pieces:
        day = begin + draws.exponential(rate)
        while day < end:
            if not days or day - days[-1] >= parameters.RELAPSES_APART:
                days.append(math.floor(day))
            day += draws.exponential(rate)
    return days
