"""A simulated cohort with NMOSD: the relapses of two years before CAR T cells, and those after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from immunoreset._columns import Column, typed_frame
from immunoreset.datasets._bundled import Description
from immunoreset.datasets.simulated_cart_cohort import DESCRIPTION as CART_COHORT
from immunoreset.datasets.simulated_cart_cohort import (
    SimulatedCohort,
    check_seed_and_n,
    frames_of,
)
from immunoreset.datasets.simulation import parameters
from immunoreset.datasets.simulation.course import draw_course
from immunoreset.datasets.simulation.relapses import draw_relapses

if TYPE_CHECKING:
    import narwhals as nw

RELAPSES = (
    Column("id", "text", "patient"),
    Column("day", "integer", "day of onset, negative before the infusion", "d"),
)

DESCRIPTION = Description(
    name="simulated_nmosd_cohort",
    title="SIMULATED patients with NMOSD, their relapses of two years before and all after CAR T",
    source=(
        "random draws: as simulated_cart_cohort, with a relapse rate of each patient's own, and "
        "patients chosen for recent relapses as trials choose them"
    ),
    license=CART_COHORT.license,
    caveat=(
        f"{CART_COHORT.caveat} The rates of relapses, and what treatment leaves of them, are all "
        "assumed."
    ),
    columns=(
        *CART_COHORT.columns,
        *(Column(f"relapses.{c.name}", c.kind, c.meaning, c.unit) for c in RELAPSES),
    ),
)


@dataclass(frozen=True, slots=True)
class SimulatedNmosdCohort(SimulatedCohort):
    """A cohort with NMOSD whose patients are simulated. Not data.

    Attributes
    ----------
    relapses : narwhals.DataFrame
        One row a relapse, from `history_start` to the end of follow-up (`subjects` has that).
        Those after the infusion are in `events` too.
    history_start : int
        The day from which relapses before the infusion are known, the same for all: -730.
    """

    relapses: nw.DataFrame[Any]
    history_start: ClassVar[int] = -parameters.HISTORY_DAYS

    def _files(self) -> list[tuple[str, Sequence[Column], nw.DataFrame[Any]]]:
        return [*SimulatedCohort._files(self), ("relapses", RELAPSES, self.relapses)]


def simulated_nmosd_cohort(
    seed: int, n: int, *, backend: str | None = None
) -> SimulatedNmosdCohort:
    """Simulate patients with NMOSD, with their relapses before and after CAR T cells.

    As `simulated_cart_cohort`, but all have NMOSD, and each has a relapse rate of its own. They are
    chosen, as in trials, for two relapses within two years, one of them in the last: without any
    treatment they would have fewer afterwards. In responders few relapses are left while B cells
    are gone, more once they are back. The result is simulated and says so.

    Parameters
    ----------
    seed
        The same seed gives the same digits on every machine.
    n
        Number of patients. A patient depends on seed and position only.
    backend : {"polars", "pandas", "pyarrow"}, optional
        The kind of frames; by default the first of these that is installed.

    Returns
    -------
    SimulatedNmosdCohort
        The tables, `relapses` among them, and `write` to put them into a folder.

    Raises
    ------
    InputError
        When seed or n is no whole number or negative.

    Examples
    --------
    >>> from immunoreset import datasets
    >>> patients = datasets.simulated_nmosd_cohort(seed=5, n=12, backend="pandas")
    >>> days = patients.relapses["day"].to_numpy()
    >>> print((days < 0).sum(), "relapses in two years before,", (days > 0).sum(), "after")
    35 relapses in two years before, 4 after
    """
    check_seed_and_n(seed, n)
    drawn = [draw_relapses(seed, draw_course(seed, number, "NMOSD")) for number in range(n)]
    rows = [(course.id, day) for course, days in drawn for day in days]
    columns: dict[str, list[Any]] = {
        "id": [name for name, _ in rows],
        "day": [day for _, day in rows],
    }
    import narwhals as nw

    native = typed_frame(RELAPSES, columns, backend)
    return SimulatedNmosdCohort(
        **frames_of(seed, (course for course, _ in drawn), backend),
        notes=(),
        files=(),
        seed=seed,
        n=n,
        relapses=nw.from_native(native, eager_only=True),
    )
