"""Time at risk split into phases. Formulas: docs/methods/survival/incidence.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import as_array, columns, labels
from immunoreset._result import Grouped, Result
from immunoreset.errors import InputError
from immunoreset.response.proportion import Alternative
from immunoreset.survival.incidence import Incidence, IncidenceInterval, _draw


@dataclass(frozen=True, slots=True)
class ExposureSplit(Result):
    """Pieces of follow-up, each in one phase of one patient.

    Attributes
    ----------
    patient : list
        The patient of each piece.
    row : ndarray of int
        The row of the input it is a part of.
    phase : list of str
        Its phase.
    start, stop, exposure : ndarray of float
        It is at risk on (start, stop], for so long.
    events : ndarray of int
        Events in it.
    phases : tuple of str
        All phases in order, also those in which nobody was.
    """

    patient: list[Any]
    row: NDArray[np.int64]
    phase: list[str]
    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    exposure: NDArray[np.float64]
    events: NDArray[np.int64]
    phases: tuple[str, ...]
    _code: NDArray[np.int64]

    def _table(self) -> dict[str, Any]:
        names = ("patient", "row", "phase", "start", "stop", "exposure", "events")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return (
            f"{int(self.events.sum())} events in {len(self.row)} pieces of follow-up, "
            f"{len(self.phases)} phases: {', '.join(self.phases)}"
        )

    def rates(
        self,
        *,
        per: float = 1.0,
        interval: IncidenceInterval = "garwood",
        level: float = 0.95,
        alternative: Alternative = "two-sided",
    ) -> Grouped[Incidence]:
        """Return the rate of each phase, in their order, with limits.

        Parameters
        ----------
        per, interval, level, alternative
            As in `incidence`. A phase in which nobody was has the estimate NaN and the limits 0 and
            infinity.
        """
        answers = _core.incidence_total(
            self.events, self.exposure, self._code, len(self.phases), interval, alternative, level,
            per,
        )  # fmt: skip
        rates: Mapping[str, Incidence] = {
            name: _core.frozen(Incidence, (*answer, per, interval, alternative, level))
            for name, answer in zip(self.phases, zip(*answers, strict=True), strict=True)
        }
        return Grouped(rates, _draw)


def split_exposure(
    start: ArrayLike | str,
    stop: ArrayLike | str,
    events: Any,
    cuts: Sequence[ArrayLike | str],
    *,
    patient: ArrayLike | str | None = None,
    event_patient: ArrayLike | None = None,
    phases: Sequence[str] | None = None,
    data: Any = None,
) -> ExposureSplit:
    """Split time at risk into phases whose ends may differ from patient to patient.

    Parameters
    ----------
    start, stop : array_like of float, or str
        Each row is at risk on (start, stop], usually one row a patient from infusion on. Several
        rows of one patient follow each other without gap or overlap, in any order.
    events : sequence of array_like of float, or array_like of float
        The times of the events: one sequence a row (any row of the patient will do), or with
        `event_patient` one time an event. An event at the end of a phase belongs to that phase.
    cuts : sequence of float, or of array_like of float, or of str
        The ends of the phases but the last, in order: a number, or a time for each row (the day of
        return of the B cells), infinite where it was not reached. A phase ends at its cut, or has
        no time where an earlier cut is later.
    patient : array_like, or str, optional
        A label a row; by default each row is a patient, labelled from 0.
    event_patient : array_like, optional
        The patient of each event.
    phases : sequence of str, optional
        Their names, one more than there are cuts; by default "phase 1", "phase 2", ...
    data : frame or mapping of arrays, optional
        Where start, stop, patient and cuts are column names.

    Returns
    -------
    ExposureSplit
        Its `rates` are those of the phases; its columns suit `rate_regression`, with
        ``cluster=split.patient``.

    Raises
    ------
    InputError
        For rows of one patient that overlap or leave a gap, an event outside the follow-up, a row
        without time, a missing time; it names patient and rows.

    Notes
    -----
    Lexis 1875; Clayton and Hills 1993 (Statistical Models in Epidemiology), chapter 6. Times that
    differ by rounding alone are one. A phase that depends on what happens later (the responders')
    would not be a phase: each must be known when it begins.

    Examples
    --------
    Infections up to day 30, in aplasia, and after the B cells are back (day 60 in one patient):

    >>> from immunoreset import survival
    >>> split = survival.split_exposure(
    ...     [0, 0], [100, 80], [[12, 45], [80]], [30, [60, float("inf")]],
    ...     phases=["to day 30", "aplasia", "after return"])
    >>> print(split.rates(per=365))
    to day 30: 1 events in 60: 6.08 per 365, 95% garwood interval 0.154 to 33.9
    aplasia: 2 events in 80: 9.12 per 365, 95% garwood interval 1.11 to 33
    after return: 0 events in 40: 0 per 365, 95% garwood interval 0 to 33.7
    """
    ends = [cuts] if isinstance(cuts, str) else list(cuts)
    if data is not None:
        named = {f"cuts[{c}]": cut for c, cut in enumerate(ends)}
        start, stop, patient, *ends = columns(
            data, open_ended=named, start=start, stop=stop, patient=patient, **named
        )
    n = np.size(start)
    matrix = np.empty((n, len(ends)))
    for c, cut in enumerate(ends):
        column = _times(cut, f"cuts[{c}]")
        if column.shape not in ((), (n,)):
            raise InputError(
                f"cuts[{c}] has shape {column.shape}; give a number, or one for each of {n} rows"
            )
        matrix[:, c] = column
    shown = (
        tuple(f"phase {c + 1}" for c in range(len(ends) + 1)) if phases is None else tuple(phases)
    )
    if len(shown) != len(ends) + 1:
        raise InputError(f"phases has {len(shown)} entries; {len(ends)} cuts make {len(ends) + 1}")
    if patient is None:
        names, codes = list(range(n)), np.arange(n)
    else:
        names, codes = labels(patient, "patient")
    of, times = _events(events, event_patient, names, codes)
    row, phase, begin, end, exposure, counted = _core.incidence_split(
        codes, start, stop, matrix, of, times, names
    )
    return _core.frozen(
        ExposureSplit,
        (
            [names[code] for code in codes[row]], row, [shown[code] for code in phase], begin, end,
            exposure, counted, shown, phase,
        ),
    )  # fmt: skip


def _events(
    events: Any, event_patient: Any, names: list[Any], codes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return the code of the patient and the time of each event."""
    if event_patient is None:
        rows = list(events)
        if len(rows) != len(codes):
            raise InputError(
                f"events has {len(rows)} rows and start has {len(codes)}; give one sequence of "
                "times a row, or event_patient"
            )
        lists = [times if isinstance(times, list) else np.ravel(times).tolist() for times in rows]
        counts = [len(times) for times in lists]
        try:
            return np.repeat(codes, counts), _times([t for times in lists for t in times], "events")
        except InputError:
            for row, times in enumerate(rows):
                _times(times, f"events[{row}]")
            raise
    code = {name: position for position, name in enumerate(names)}
    found = np.asarray(event_patient).tolist()
    for position, name in enumerate(found):
        if name not in code:
            raise InputError(
                f"event_patient[{position}] is {name!r}; there is no row of that patient"
            )
    return np.array([code[name] for name in found], np.int64), _times(events, "events")


def _times(values: Any, argument: str) -> NDArray[Any]:
    try:
        times = as_array(values)
    except ValueError:  # lists of different lengths
        times = np.empty((0, 0))
    if times.ndim > 1 or times.dtype.kind not in "biuf":
        raise InputError(f"{argument} is {values!r}; give times as numbers")
    return times
