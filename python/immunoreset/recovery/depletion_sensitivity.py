"""What other thresholds would have said of a cohort: docs/methods/recovery/depletion.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset._result import Grouped, Result
from immunoreset.errors import InputError
from immunoreset.recovery.depletion import STATUSES, Depletion, episodes_of
from immunoreset.recovery.depletion_conventions import median_interval
from immunoreset.recovery.depletion_inputs import Day, Duplicates, Levels, read_inputs
from immunoreset.recovery.depletion_presets import NO_RULE

DEPLETED = ("recovered", "unconfirmed", "not-recovered")


@dataclass(frozen=True, slots=True)
class DepletionSensitivity(Result):
    """Depletion and return by thresholds: a row for each pair of them.

    Attributes
    ----------
    threshold, recovery : ndarray
        Depleted below the one, recovered from the other on (cells/uL).
    n : int
        Patients, by their first episode.
    recovered, unconfirmed, not_recovered, never_depleted, no_samples, undecided : ndarray of int
        Patients of each status; undecided: a count lies below a limit that exceeds a threshold, so
        that nobody can tell its state.
    depleted : ndarray of int
        The first three together.
    median_left, median_right : ndarray
        Half of the depleted have returned between these days from infusion, by
        `survival.turnbull` (inf: not reached by the last visit). NaN where nobody was depleted, and
        where some are undecided: leaving them out would choose patients by their counts.
    confirm, min_separation, duplicates
        As in `depletion`.
    """

    threshold: NDArray[np.float64]
    recovery: NDArray[np.float64]
    n: int
    depleted: NDArray[np.int64]
    recovered: NDArray[np.int64]
    unconfirmed: NDArray[np.int64]
    not_recovered: NDArray[np.int64]
    never_depleted: NDArray[np.int64]
    no_samples: NDArray[np.int64]
    undecided: NDArray[np.int64]
    median_left: NDArray[np.float64]
    median_right: NDArray[np.float64]
    confirm: int
    min_separation: float
    duplicates: str

    def plot(self, ax: Any = None) -> Any:
        """Draw a heat table: the middle of the median's interval by thresholds; return the axes."""
        return _draw({"": self}, ax=ax)

    def _table(self) -> dict[str, Any]:
        names = [
            name
            for name in self.__dataclass_fields__
            if name not in ("n", "confirm", "min_separation", "duplicates")
        ]
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        shown = np.flatnonzero(np.isfinite(self.median_left))
        patients = f"{self.n} patient{'' if self.n == 1 else 's'}"
        pairs = f"{len(self.threshold)} pairs of thresholds"
        if not len(shown):
            return f"{patients}, {pairs}: no median return"
        low, high = self.median_left[shown].min(), self.median_right[shown].max()
        until = "not reached" if np.isinf(high) else f"{high:g}"
        return f"{patients}, {pairs}: median return from {low:g} to {until}"


def depletion_sensitivity(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    count: ArrayLike | str,
    *,
    thresholds: Sequence[float] = (0.1, 1, 5, 10, 20, 50),
    recoveries: Sequence[float] | None = None,
    series: ArrayLike | str | None = None,
    lloq: ArrayLike | str | None = None,
    below: ArrayLike | str | None = None,
    duplicates: Duplicates = "error",
    confirm: int = 2,
    min_separation: float = 0,
    infusion_day: Day = None,
    lymphodepletion_day: Day = None,
    end_day: Day = None,
    group: Mapping[Any, Any] | ArrayLike | str | None = None,
    patients: Sequence[Any] | None = None,
    data: Any = None,
) -> DepletionSensitivity | Grouped[DepletionSensitivity]:
    """Find the episodes by many thresholds, so that a conclusion is seen to depend on them or not.

    Parameters
    ----------
    patient, day, count
        As in `depletion`, like all that is not named here.
    thresholds : sequence of float
        Depleted below each of these (cells/uL).
    recoveries : sequence of float, optional
        Recovered from each of these on, in all pairs in which it is no less than the threshold; by
        default from the threshold itself on.
    series, group : optional
        Each series and each group gets a table of its own.

    Returns
    -------
    DepletionSensitivity or Grouped of DepletionSensitivity
        With `group` or `series` a mapping from label to table; with both, from (series, group).

    Raises
    ------
    InputError
        As `depletion`; but a count below a limit that exceeds a threshold is no error: its patient
        counts as undecided by that threshold.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> table = recovery.depletion_sensitivity(
    ...     ["a"] * 5, [-7, 14, 56, 84, 112], [210, 0, 4, 31, 60], lloq=1, thresholds=[0.1, 1, 10]
    ... )
    >>> table.depleted, table.undecided
    (array([0, 1, 1]), array([1, 0, 0]))
    >>> table.median_left, table.median_right
    (array([nan, 14., 56.]), array([nan, 56., 84.]))
    """
    inputs = read_inputs(
        patient, day, count, series, lloq, below, duplicates, infusion_day, lymphodepletion_day,
        end_day, group, patients, data,
    )  # fmt: skip
    pairs = _pairs(thresholds, recoveries)
    found = []
    for low, high in pairs:
        same = [np.full(len(inputs.series), level) for level in (low, high, NO_RULE)]
        levels = Levels([""] * len(inputs.series), *same)
        ep = episodes_of(inputs, levels, confirm, min_separation, undecided=True)
        found.append(ep.select(episode=1) if len(ep.patient) else ep)
    kinds = [None] if series is None else inputs.series
    labels = [None] if inputs.group is None else sorted(dict.fromkeys(inputs.group))
    tables = {
        _key(kind, label): _table_of([ep.select(series=kind, group=label) for ep in found], pairs)
        for kind in kinds
        for label in labels
    }
    return tables[None] if list(tables) == [None] else Grouped(tables, _draw)


def _pairs(thresholds: Any, recoveries: Any) -> list[tuple[float, float]]:
    low = _numbers("thresholds", thresholds)
    if recoveries is None:
        return [(level, level) for level in low]
    pairs = [(level, back) for level in low for back in _numbers("recoveries", recoveries)]
    kept = [pair for pair in pairs if pair[0] <= pair[1]]
    if not kept:
        raise InputError("recoveries are all below thresholds; recovery starts at the threshold")
    return kept


def _numbers(argument: str, values: Any) -> list[float]:
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        raise InputError(f"{argument} is {values!r}; give cells/uL, as numbers") from None
    wrong = [value for value in numbers if not (value > 0 and np.isfinite(value))]
    if wrong or not numbers:
        raise InputError(
            f"{argument} holds {wrong[0]:g}; give numbers above 0"
            if wrong
            else f"{argument} is empty; give at least one number"
        )
    return list(dict.fromkeys(numbers))


def _key(kind: Any, label: Any) -> Any:
    if kind is None or label is None:
        return label if kind is None else kind
    return kind, label


def _table_of(found: list[Depletion], pairs: list[tuple[float, float]]) -> DepletionSensitivity:
    counts = {
        name.replace("-", "_"): _column([np.count_nonzero(ep.status == name) for ep in found])
        for name in STATUSES
        if name != "no-baseline"
    }
    medians = []
    for ep in found:
        depleted = np.isin(ep.status, DEPLETED)
        decided = not np.any(ep.status == "undecided")
        medians.append(
            median_interval(ep.recovery_left[depleted], ep.recovery_right[depleted])
            if decided
            else (np.nan, np.nan)
        )
    numbers = [
        _column(column, np.float64)
        for column in (*zip(*pairs, strict=True), *zip(*medians, strict=True))
    ]
    return DepletionSensitivity(
        threshold=numbers[0],
        recovery=numbers[1],
        n=len(found[0].patient),
        depleted=_column(counts["recovered"] + counts["unconfirmed"] + counts["not_recovered"]),
        median_left=numbers[2],
        median_right=numbers[3],
        confirm=found[0].confirm,
        min_separation=found[0].min_separation,
        duplicates=found[0].duplicates,
        **counts,
    )


def _column(values: Any, dtype: Any = np.int64) -> NDArray[Any]:
    column = np.array(values, dtype)
    column.setflags(write=False)
    return column


def _draw(tables: Mapping[Any, DepletionSensitivity], ax: Any = None) -> Any:
    from immunoreset.plots.sensitivity import sensitivity

    return sensitivity(tables, ax=ax)
