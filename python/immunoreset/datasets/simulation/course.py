"""The true course of one simulated patient: who, how long, what happens, and when."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from immunoreset.datasets.simulation import parameters
from immunoreset.datasets.simulation.draws import Draws
from immunoreset.datasets.simulation.kinetics import BCellCurve, CarTCurve, draw_curves

# The part of a patient that each stream of draws belongs to. Only append: a new number in between
# would change every patient.
PARTS = (
    *("person", "curves", "events", "visits", "flow", "pk", "neutrophils", "laboratory"),
    *("scores", "safety", "drugs", "apheresis", "relapses"),
)


@dataclass(frozen=True, slots=True)
class Course:
    """What is true of a patient, before anyone measures it.

    Attributes
    ----------
    events : tuple of (int, str)
        Day and type of the rows of the table events, in order.
    aplasia : tuple of float
        Days on which B cells fall below and come back to 10 cells/uL.
    visit_days : tuple of int
        Days on which the patient is seen, from screening on.
    """

    number: int
    disease: str
    sex: str
    age: int
    end_day: int
    end_reason: str
    responds: bool
    car_t: CarTCurve
    b_cells: BCellCurve
    aplasia: tuple[float, float]
    screening_day: int
    visit_days: tuple[int, ...]
    events: tuple[tuple[int, str], ...] = field(default=())

    @property
    def id(self) -> str:
        """The patient's identifier; it says that the patient is simulated."""
        return f"SIM-{self.number + 1:03d}"

    def day_of(self, *types: str) -> int | None:
        """Return the day of the first event of these types, or None."""
        return next((day for day, kind in self.events if kind in types), None)

    def b_cells_at(self, day: float) -> float:
        """Return the B cell count: a rescue drug or a further infusion takes it down again."""
        again = self.day_of("rescue", "reinfusion")
        if again is None or day <= again:
            return self.b_cells.at(day)
        left = self.b_cells.at(again) * math.exp(-parameters.RESCUE_KILL * (day - again))
        back = day - again - parameters.RESCUE_LASTS
        rate, ceiling = self.b_cells.rate, self.b_cells.ceiling
        return left + (ceiling * -math.expm1(-rate * back / ceiling) if back > 0 else 0.0)


def draw_course(seed: int, number: int, disease: str | None = None) -> Course:
    """Draw the course of the patient with this position.

    Parameters
    ----------
    seed
        The seed of the cohort.
    number
        Position of the patient; the course depends on no other patient and not on how many.
    disease
        Of the patient; drawn by default.
    """
    person = stream(seed, number, "person")
    drawn = person.choice(parameters.DISEASES)
    disease = disease or drawn
    female = person.chance(parameters.FEMALE.get(disease, parameters.FEMALE_OTHERWISE))
    youngest, oldest = parameters.AGES_ALLOWED
    age = min(max(person.lognormal(*parameters.AGE), youngest), oldest)
    responds = person.chance(parameters.RESPONSE[disease])
    screening = -round(person.uniform(*parameters.SCREENING))
    cut = round(person.uniform(*parameters.FOLLOW_UP))

    car_t, b_cells = draw_curves(stream(seed, number, "curves"))
    gone = next(
        (tenth / 10 for tenth in range(300) if b_cells.at(tenth / 10) < parameters.APLASIA), 30.0
    )
    course = Course(
        number=number,
        disease=disease,
        sex="female" if female else "male",
        age=round(age),
        end_day=min(cut, parameters.STUDY_DAYS),
        end_reason="data cut" if cut < parameters.STUDY_DAYS else "completed",
        responds=responds,
        car_t=car_t,
        b_cells=b_cells,
        aplasia=(gone, b_cells.first_day(parameters.APLASIA, gone)),
        screening_day=screening,
        visit_days=(),
    )
    course = _with_events(course, stream(seed, number, "events"))
    return replace(course, visit_days=_visit_days(course, stream(seed, number, "visits")))


def stream(seed: int, number: int, part: str) -> Draws:
    """Return the draws of one part of one patient."""
    return Draws(seed, number, PARTS.index(part))


def _with_events(course: Course, draws: Draws) -> Course:
    """Draw relapse, rescue, further infusion, death and withdrawal, and put them in order."""
    death = draws.exponential(parameters.DEATH_RATE)
    withdrawal = draws.exponential(parameters.WITHDRAWAL_RATE)
    nmosd = course.disease == "NMOSD"
    rate = parameters.RELAPSE_RATE_NMOSD if nmosd else parameters.RELAPSE_RATE
    relapse = parameters.RELAPSE_FROM + draws.exponential(rate)
    adjudicated = draws.chance(0.8)
    rescued = draws.chance(parameters.RESCUE_AFTER_RELAPSE)
    reinfused = draws.chance(parameters.REINFUSION_AFTER_RELAPSE)
    wait = draws.uniform(7, 60)
    unanswered = draws.chance(parameters.RESCUE_WITHOUT_RESPONSE)
    rescue_day = draws.uniform(100, 300)

    planned: list[tuple[float, str]] = []
    if course.responds:
        planned.append((relapse, "relapse"))
        if nmosd and adjudicated:
            planned.append((relapse, "adjudicated_relapse"))
        if rescued:
            planned.append((relapse + wait, "rescue"))
        elif reinfused:
            planned.append((relapse + wait, "reinfusion"))
    elif unanswered:
        planned.append((rescue_day, "rescue"))
    end, reason = course.end_day, course.end_reason
    last = min(death, withdrawal)
    if last < end:
        end = max(1, math.floor(last))
        reason = "death" if death < withdrawal else "withdrawal"
        planned.append((end, reason))
    events = sorted(
        ((math.floor(day), kind) for day, kind in planned if math.floor(day) <= end),
        key=lambda event: event[0],
    )
    return replace(course, events=tuple(events), end_day=end, end_reason=reason)


def _visit_days(course: Course, draws: Draws) -> tuple[int, ...]:
    days = [course.screening_day, parameters.LD_DAY, *parameters.EARLY_DAYS]
    plan = 2 * parameters.MONTH
    while plan <= parameters.STUDY_DAYS + parameters.JITTER_MOST:
        off = round(draws.normal(0.0, parameters.JITTER))
        missed = draws.chance(parameters.MISSED)
        if not missed:
            days.append(plan + min(max(off, -parameters.JITTER_MOST), parameters.JITTER_MOST))
        plan += parameters.MONTH if plan < 364 else parameters.LATE_INTERVAL
    return tuple(day for day in days if day <= course.end_day)
