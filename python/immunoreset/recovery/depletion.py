"""Episodes of B cell depletion. Definitions: docs/methods/recovery/depletion.md."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._result import Result, number
from immunoreset.errors import InputError
from immunoreset.recovery.depletion_inputs import (
    Day,
    Duplicates,
    Inputs,
    Levels,
    check_one_row_a_patient,
    read_inputs,
    read_levels,
)

if TYPE_CHECKING:
    from immunoreset.recovery.depletion_conventions import DepletionConventions

ONSETS, STATUSES = _core.depletion_words()

Level = float | str | Mapping[Any, Any]


class ReturnIntervals(NamedTuple):
    """Days from infusion to B cell return, as (left, right], for `survival.turnbull`.

    Attributes
    ----------
    patient : list
        Who is in, in the order of the intervals.
    left, right : ndarray
        The last day without return and the first with it; `right` is inf where none was seen.
    excluded : dict
        From each patient left out to the reason.
    group : list or None
        The label of each patient, in the order of the intervals.
    """

    patient: list[Any]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    excluded: dict[Any, str]
    group: list[Any] | None = None


_EXCLUDED = {
    "never-depleted": "never seen depleted after infusion, so there is no return to wait for",
    "no-baseline": "the recovery rule needs a quantified baseline and there is none",
    "no-samples": "no sample after infusion",
    "undecided": "a count lies below a limit that exceeds the threshold",
}


@dataclass(frozen=True, slots=True)
class Depletion(Result):
    """Depletion episodes, one row a patient, series and infusion.

    NaN stands where there is nothing to say. Days are counted from the infusion of the row.

    Attributes
    ----------
    patient : list
        Whose row it is: the patients are sorted, or as given in ``patients=``.
    series : list or None
        Which cells and compartment, where ``series=`` was given.
    episode : ndarray of int
        1 for the first infusion of the patient, 2 for the second.
    group : list or None
        The label of the patient, where ``group=`` was given.
    infusion_day, next_infusion_day : ndarray
        The infusion in the clock of the samples; the next infusion of the patient, which ends the
        episode, in the clock of this one (inf where there is none).
    samples, samples_after_end : ndarray of int
        Samples (one a day) between the infusion before and the next one or the end of observation;
        and those after the end of observation, which do not count.
    rows_combined : ndarray of int
        Rows that were combined with another of their day, by ``duplicates=``.
    baseline, baseline_day, baseline_below : ndarray
        The last count up to the day of lymphodepletion. Where `baseline_below`, `baseline` is the
        limit of quantification and the count lies below it.
    pre_infusion, pre_infusion_day, pre_infusion_below : ndarray
        The last count up to the day of infusion.
    nadir, nadir_day, nadir_below : ndarray
        The least count after infusion and its first day. Where `nadir_below`, some count lies below
        its limit, so that the true nadir is at most `nadir`.
    depth : ndarray
        log10(baseline / nadir): a lower bound where `nadir_below`; inf where a nadir of 0 is taken
        as exact, without a limit.
    onset : ndarray of str
        "after-infusion"; "lymphodepletion": already depleted at infusion, but not before
        lymphodepletion; "depleted-before": already depleted before (rituximab, say), so that the
        onset is left-censored at 0; "no-earlier-sample": depleted at the first sample, which came
        after infusion; "none".
    onset_left, onset_right : ndarray
        Depletion began in (onset_left, onset_right].
    status : ndarray of str
        "recovered"; "unconfirmed": the last counts are recovered, but too few to confirm it;
        "not-recovered"; "never-depleted"; "no-baseline": the rule needs one; "no-samples".
        ("undecided" is a status of `depletion_sensitivity` alone.)
    recovery_left, recovery_right : ndarray
        Confirmed recovery is in (recovery_left, recovery_right]; inf where it was not seen.
    duration_left, duration_right : ndarray
        Its length is in (duration_left, duration_right]: both ends lie between visits.
    unconfirmed_day : ndarray
        First day of an unconfirmed return at the end of observation.
    blips : ndarray of int
        Returns that were not confirmed and were followed by a count below the recovery threshold.
    deficit_low, deficit_high : ndarray
        Bounds of the area between threshold and counts (cell days/uL) from infusion to recovery, or
        to the last sample, with straight lines between the samples.
    last_day : ndarray
        The last sample that counts.
    preset : str
        The name of the thresholds, or "".
    threshold, recovery, baseline_fraction, confirm, min_separation, duplicates
        The rule, as in `DepletionPreset` and `depletion`; where series have rules of their own,
        preset and thresholds are dicts from series.
    """

    patient: list[Any]
    series: list[Any] | None
    episode: NDArray[np.int64]
    group: list[Any] | None
    infusion_day: NDArray[np.float64]
    next_infusion_day: NDArray[np.float64]
    samples: NDArray[np.int64]
    samples_after_end: NDArray[np.int64]
    rows_combined: NDArray[np.int64]
    baseline: NDArray[np.float64]
    baseline_day: NDArray[np.float64]
    baseline_below: NDArray[np.bool_]
    pre_infusion: NDArray[np.float64]
    pre_infusion_day: NDArray[np.float64]
    pre_infusion_below: NDArray[np.bool_]
    nadir: NDArray[np.float64]
    nadir_day: NDArray[np.float64]
    nadir_below: NDArray[np.bool_]
    depth: NDArray[np.float64]
    onset: NDArray[np.str_]
    onset_left: NDArray[np.float64]
    onset_right: NDArray[np.float64]
    status: NDArray[np.str_]
    recovery_left: NDArray[np.float64]
    recovery_right: NDArray[np.float64]
    duration_left: NDArray[np.float64]
    duration_right: NDArray[np.float64]
    unconfirmed_day: NDArray[np.float64]
    blips: NDArray[np.int64]
    deficit_low: NDArray[np.float64]
    deficit_high: NDArray[np.float64]
    last_day: NDArray[np.float64]
    preset: str | dict[Any, str]
    threshold: float | dict[Any, float]
    recovery: float | dict[Any, float]
    baseline_fraction: float | dict[Any, float]
    confirm: int
    min_separation: float
    duplicates: str

    @property
    def onset_midpoint(self) -> NDArray[np.float64]:
        """The middle of the onset interval; NaN where one of its ends is infinite."""
        return _midpoint(self.onset_left, self.onset_right)

    @property
    def recovery_midpoint(self) -> NDArray[np.float64]:
        """The middle of the recovery interval; NaN where recovery was not seen."""
        return _midpoint(self.recovery_left, self.recovery_right)

    @property
    def duration_exact(self) -> NDArray[np.float64]:
        """Visit dates taken for times: first depleted to first recovered visit. NaN without both.

        This is what published means average; it is late at both ends and leaves out who has not
        recovered. The visits themselves are `onset_right` and `recovery_right`.
        """
        seen = np.isfinite(self.recovery_right) & np.isfinite(self.onset_left)
        return np.where(seen, self.recovery_right - self.onset_right, np.nan)

    @property
    def duration_midpoint(self) -> NDArray[np.float64]:
        """The midpoint convention: from `onset_midpoint` to `recovery_midpoint`."""
        return self.recovery_midpoint - self.onset_midpoint

    def select(
        self, *, series: Any = None, episode: int | None = None, group: Any = None
    ) -> Depletion:
        """Return the rows of one series, one episode or one group.

        Parameters
        ----------
        series, group : optional
            A label.
        episode : int, optional
            1 for what follows the first infusion of each patient.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> ep = recovery.depletion(
        ...     ["a", "a", "a", "a"], [-7, 14, 14, 28], [210, 0, 3, 2],
        ...     series=["blood", "blood", "marrow", "marrow"], lloq=1,
        ... )
        >>> print(ep.select(series="marrow"))
        1 patient: 1 depleted (< 10/uL), 0 recovered (>= 10/uL, 2 samples), 1 not recovered
        """
        keep = np.ones(len(self.patient), bool)
        for name, wanted in (("series", series), ("episode", episode), ("group", group)):
            if wanted is None:
                continue
            column = getattr(self, name)
            known = [] if column is None else list(dict.fromkeys(_listed(column)))
            if wanted not in known:
                raise InputError(f"{name} is {wanted!r}; the episodes have {known or 'none'}")
            keep &= np.array([label == wanted for label in _listed(column)], bool)
        rows = np.flatnonzero(keep)
        changed: dict[str, Any] = {}
        for name in _COLUMNS:
            column = getattr(self, name)
            if isinstance(column, np.ndarray):
                changed[name] = column[rows]
                changed[name].setflags(write=False)
            elif column is not None:
                changed[name] = [column[row] for row in rows]
        if series is not None:
            for name in _LEVELS:
                rule = getattr(self, name)
                changed[name] = rule[series] if isinstance(rule, dict) else rule
        return dataclasses.replace(self, **changed)

    def return_intervals(self) -> ReturnIntervals:
        """Return the days from infusion to B cell return, censored as they are.

        Raises
        ------
        InputError
            When a patient has several rows, which are no independent observations.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> day, count = [-7, 14, 84, 112], [210, 0, 4, 31]
        >>> ep = recovery.depletion(["a"] * 4, day, count, lloq=1, confirm=1)
        >>> back = ep.return_intervals()
        >>> back.left, back.right
        (array([84.]), array([112.]))
        """
        check_one_row_a_patient(self.patient)
        out = np.isin(self.status, list(_EXCLUDED))
        kept = np.flatnonzero(~out)
        return ReturnIntervals(
            [self.patient[i] for i in kept],
            self.recovery_left[kept],
            self.recovery_right[kept],
            {self.patient[i]: _EXCLUDED[str(self.status[i])] for i in np.flatnonzero(out)},
            None if self.group is None else [self.group[i] for i in kept],
        )

    def conventions(self) -> DepletionConventions:
        """Return how long it took by visit dates, by midpoints and by intervals, side by side.

        Raises
        ------
        InputError
            When a patient has several rows, which are no independent observations.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> day, count = [-7, 14, 84, 112], [210, 0, 4, 31]
        >>> ep = recovery.depletion(["a"] * 4, day, count, lloq=1, confirm=1)
        >>> print(ep.conventions())
        return: visit dates 112 (1 of 1 patients), midpoints 98, intervals between 84 and 112
        """
        from immunoreset.recovery.depletion_conventions import conventions_of

        check_one_row_a_patient(self.patient)
        return conventions_of(self)

    def plot(self, ax: Any = None) -> Any:
        """Draw a bar a patient, from onset to recovery, its ends as intervals; return the axes."""
        from immunoreset.plots.recovery import depletion_bars

        return depletion_bars(self, ax=ax)

    def _table(self) -> dict[str, Any]:
        table = {name: getattr(self, name) for name in _COLUMNS}
        for name in ("onset_midpoint", "recovery_midpoint", "duration_exact", "duration_midpoint"):
            table[name] = getattr(self, name)
        return {name: column for name, column in table.items() if column is not None}

    def __str__(self) -> str:
        count = {name: int(np.count_nonzero(self.status == name)) for name in STATUSES}
        depleted = sum(count[name] for name in ("recovered", "unconfirmed", "not-recovered"))
        words = [
            f"{depleted} depleted ({self._depleted_words()})",
            f"{count['recovered']} recovered ({self._recovered_words()})",
        ]
        words += [
            f"{count[name]} {name.replace('-', ' ')}"
            for name in STATUSES
            if name != "recovered" and count[name]
        ]
        n, rows = len(set(self.patient)), len(self.patient)
        of = f", {rows} rows" if rows != n else ""
        return f"{n} patient{'' if n == 1 else 's'}{of}: {', '.join(words)}"

    def _depleted_words(self) -> str:
        if isinstance(self.threshold, dict) or isinstance(self.baseline_fraction, dict):
            return "thresholds by series"
        if np.isnan(self.threshold):
            return "below the limit of quantification"
        if not np.isnan(self.baseline_fraction):
            return f"< {number(self.threshold)}/uL and below the recovery level"
        return f"< {number(self.threshold)}/uL"

    def _recovered_words(self) -> str:
        if isinstance(self.recovery, dict) or isinstance(self.baseline_fraction, dict):
            level = "levels by series"
        else:
            level = "quantifiable" if np.isnan(self.recovery) else f">= {number(self.recovery)}/uL"
            if not np.isnan(self.baseline_fraction):
                level += f" or {100 * self.baseline_fraction:g}% of baseline"
        if self.confirm > 1:
            level += f", {self.confirm} samples"
            if self.min_separation > 0:
                level += f" at least {self.min_separation:g} days apart"
        return level


_LEVELS = ("preset", "threshold", "recovery", "baseline_fraction")
_RULE = (*_LEVELS, "confirm", "min_separation", "duplicates")
_COLUMNS = tuple(name for name in Depletion.__dataclass_fields__ if name not in _RULE)


def depletion(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    count: ArrayLike | str,
    *,
    series: ArrayLike | str | None = None,
    lloq: ArrayLike | str | None = None,
    below: ArrayLike | str | None = None,
    duplicates: Duplicates = "error",
    threshold: Level = 10,
    recovery: float | Mapping[Any, float] | None = None,
    baseline_fraction: float | Mapping[Any, float] | None = None,
    confirm: int = 2,
    min_separation: float = 0,
    infusion_day: Day = None,
    lymphodepletion_day: Day = None,
    end_day: Day = None,
    group: Mapping[Any, Any] | ArrayLike | str | None = None,
    patients: Sequence[Any] | None = None,
    data: Any = None,
) -> Depletion:
    """Find out of each patient's counts when B cells went and when they came back.

    Rows may come in any order. A time is known only as an interval: after the last sample that
    does not show the state, up to the first that does.

    Parameters
    ----------
    patient : array_like or str
        Whose sample it is: strings or numbers.
    day : array_like of float, or str
        Days from infusion, which is day 0; a sample of day 0 counts as drawn before infusion.
        Or days of any clock, with `infusion_day`.
    count : array_like of float, or str
        Cells/uL. Give a count below its limit as any number less than `lloq`, 0 for example.
    series : array_like, or str, optional
        What was counted, and where: a label a row, such as "CD19 blood", "CD20 blood" or "CD19
        marrow". Each patient then has a row for each series: no two are ever mixed.
    lloq : float or array_like of float, or str, optional
        Lower limit of quantification, for all samples or for each. A count less than it is known
        to lie below it, and no more. Without it all counts are taken as exact.
    below : array_like of bool, or str, optional
        Flags counts that are below their limit though written as the limit ("<1" stored as 1).
    duplicates : {"error", "first", "last", "mean", "min", "max"}, default "error"
        What several rows of one patient, series and day stand for: an error, the first or last row,
        or the mean, least or largest count. Counts below their limits are combined by bounds: the
        mean of 12 and "<1" lies from 6 up to 6.5.
    threshold : float, str or mapping, default 10
        Depleted below this count, or a name in `DEPLETION_PRESETS`; or either for each series.
    recovery : float or mapping, optional
        Recovered at this count or more; the threshold (or what the preset says) by default.
    baseline_fraction : float or mapping, optional
        Or recovered at this share of the baseline, if that is less. With ``recovery=inf`` alone.
        The patient's threshold is then no higher than the recovery level.
    confirm : int, default 2
        Recovered samples in a row that make a recovery; the first of them dates it.
    min_separation : float, default 0
        Days by which confirming samples must lie apart at least.
    infusion_day : float, mapping or array_like, or str, optional
        The days of infusion: one for all, a mapping from patient to a day or several days, or a
        column of the rows; day 0 by default. Each infusion starts an episode with a clock of its
        own; the one before is observed up to that day.
    lymphodepletion_day : float, mapping or array_like, or str, optional
        When lymphodepletion began (before infusion, or that day where there was none), in the same
        ways (None in a mapping where it is not known; one day of several infusions is that of the
        first). Without it an episode has no baseline and no depth: a count taken during
        lymphodepletion is none.
    end_day : float, mapping or array_like, or str, optional
        When observation ended (rescue B-cell-depleting drug, withdrawal): one day for all, a
        mapping from patient (None where it did not), or a column of the rows; samples after that
        day do not count.
    group : mapping or array_like, or str, optional
        A label a patient (the product, CD19 or BCMA): a mapping from patient, or a column of the
        rows. It is handed on to `return_intervals` and `conventions`.
    patients : sequence, optional
        All patients, in the order wanted; those without samples get a row as well.
    data : frame or mapping of arrays, optional
        Where arguments are column names.

    Returns
    -------
    Depletion

    Raises
    ------
    InputError
        For two counts of a patient on one day, a negative or missing count, a count below a limit
        that exceeds the threshold (nobody can tell its state), an unknown preset, and the like; it
        names argument, row or patient, and remedy.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> ep = recovery.depletion(
    ...     ["P1"] * 6 + ["P2"] * 3,
    ...     [-7, 3, 28, 84, 112, 140, -7, 14, 56],
    ...     [210, 4, 0, 2, 18, 40, 150, 0, 0],
    ...     lloq=1,
    ...     lymphodepletion_day=-5,
    ... )
    >>> print(ep)
    2 patients: 2 depleted (< 10/uL), 1 recovered (>= 10/uL, 2 samples), 1 not recovered
    >>> ep.recovery_left, ep.recovery_right
    (array([84., 56.]), array([112.,  inf]))
    >>> ep.duration_left, ep.duration_right
    (array([81., 42.]), array([119.,  inf]))
    """
    inputs = read_inputs(
        patient, day, count, series, lloq, below, duplicates, infusion_day, lymphodepletion_day,
        end_day, group, patients, data,
    )  # fmt: skip
    levels = read_levels(threshold, recovery, baseline_fraction, inputs.series)
    return episodes_of(inputs, levels, confirm, min_separation)


def episodes_of(
    inputs: Inputs, levels: Levels, confirm: int, min_separation: float, undecided: bool = False
) -> Depletion:
    """Return the episodes; where `undecided`, a threshold below a limit is a status, no error."""
    arguments: tuple[Any, ...] = (
        *inputs.rows, levels.threshold, levels.recovery, levels.baseline_fraction, confirm,
        min_separation, undecided,
    )  # fmt: skip
    found: dict[str, Any] = _core.depletion(*arguments)
    found["onset"] = _words(ONSETS, found["onset"])
    found["status"] = _words(STATUSES, found["status"])
    whose, which = found.pop("patient"), found.pop("series")
    one_each = len(whose) == len(inputs.names)
    patient = inputs.names if one_each else [inputs.names[code] for code in whose.tolist()]
    group = inputs.group
    if group is not None and not one_each:
        group = [group[code] for code in whose.tolist()]
    named = inputs.series != [None]
    return Depletion(
        patient=patient,
        series=[inputs.series[code] for code in which.tolist()] if named else None,
        group=group,
        preset=_one_or_each(levels.preset, inputs.series),
        threshold=_one_or_each(levels.threshold.tolist(), inputs.series),
        recovery=_one_or_each(levels.recovery.tolist(), inputs.series),
        baseline_fraction=_one_or_each(levels.baseline_fraction.tolist(), inputs.series),
        confirm=confirm,
        min_separation=float(min_separation),
        duplicates=inputs.duplicates,
        **found,
    )


def _one_or_each(values: list[Any], series: list[Any]) -> Any:
    """Return the value of all series, or a dict where they differ."""
    first = values[0]  # nan is alike to nan
    alike = all(value == first or (value != value and first != first) for value in values)
    return first if alike else dict(zip(series, values, strict=True))


def _listed(column: Any) -> list[Any]:
    return column.tolist() if isinstance(column, np.ndarray) else list(column or [])


def _words(words: tuple[str, ...], codes: NDArray[np.int64]) -> NDArray[np.str_]:
    column = np.array(words)[codes]
    column.setflags(write=False)
    return column


def _midpoint(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(left) & np.isfinite(right)
    middle = np.full(len(left), np.nan)
    middle[known] = (left[known] + right[known]) / 2
    return middle
