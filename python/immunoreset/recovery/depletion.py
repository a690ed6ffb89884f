"""Episodes of B cell depletion. Definitions: docs/methods/recovery/depletion.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, number
from immunoreset.errors import InputError

ONSETS, STATUSES = _core.depletion_words()

_NO_RULE = float("nan")  # in place of a threshold: the limit of each sample


@dataclass(frozen=True, slots=True)
class DepletionPreset:
    """Thresholds of the literature under a name.

    Attributes
    ----------
    threshold : float
        Depleted below this many cells/uL; NaN is the lower limit of quantification of each sample.
    recovery : float
        Recovered from this many on; NaN as above.
    baseline_fraction : float
        Or from this share of the baseline on; NaN where there is no such rule.
    rule, source, certainty : str
        The rule in words, where it is from, and how well that is established.
    """

    threshold: float
    recovery: float
    baseline_fraction: float
    rule: str
    source: str
    certainty: str


DEPLETION_PRESETS: Mapping[str, DepletionPreset] = MappingProxyType(
    {
        "undetectable": DepletionPreset(
            _NO_RULE,
            _NO_RULE,
            _NO_RULE,
            "depleted below the limit of quantification of the sample, recovered when not",
            "what the CAR T series in autoimmune disease report",
            "established; what it means depends on the assay",
        ),
        "rave": DepletionPreset(
            10.0,
            10.0,
            _NO_RULE,
            "depleted below 10/uL, recovered at 10/uL or more",
            "ANCA-associated vasculitis: 'B cell recovery was defined as CD19 count >= 10 cells/ul'"
            " (Nephrol Dial Transplant 2020, gfaa142)",
            "read in the source",
        ),
        "rtx_conventional": DepletionPreset(
            5.0,
            5.0,
            _NO_RULE,
            "depleted below 5/uL",
            "rituximab in lupus: 'effective depletion (<5 cells/ul)' (Albert 2008)",
            "read in the abstract; the source names no recovery threshold, 5/uL is its complement",
        ),
        "nobility": DepletionPreset(
            0.441,
            0.441,
            _NO_RULE,
            "depleted below 0.441/uL, the limit of the high-sensitivity assay",
            "obinutuzumab in lupus nephritis, NOBILITY (Lupus Sci Med 2020;7(S1):A27)",
            "read in the source; the limit serves as recovery threshold too",
        ),
        "deep_hsfc": DepletionPreset(
            0.1,
            0.1,
            _NO_RULE,
            "depleted below 0.1/uL (0.0001 x 10^9/L) by high-sensitivity flow cytometry",
            "rituximab in rheumatoid arthritis (Dass 2008, Vital 2011)",
            "established; the sources name no recovery threshold, 0.1/uL is its complement",
        ),
        "ocr_lln": DepletionPreset(
            80.0,
            80.0,
            1.0,
            "recovered at the baseline or at 80/uL, the lower limit of normal, whichever is lower",
            "ocrelizumab label: median time to repletion 72 weeks (27 to 175)",
            "established; the label has no depletion threshold, the recovery level serves for it",
        ),
    }
)


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
    """

    patient: list[Any]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    excluded: dict[Any, str]


_EXCLUDED = {
    "never-depleted": "never seen depleted after infusion, so there is no return to wait for",
    "no-baseline": "the recovery rule needs a quantified baseline and there is none",
    "no-samples": "no sample after infusion",
}


@dataclass(frozen=True, slots=True)
class Depletion(Result):
    """Depletion episodes, one row a patient; NaN where there is nothing to say. Days from infusion.

    Attributes
    ----------
    patient : list
        The patients, sorted, or as given in ``patients=``.
    samples, samples_after_end : ndarray of int
        Samples up to the end of observation, and those after it, which do not count.
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
    threshold, recovery, baseline_fraction, confirm, min_separation
        The rule, as in `DepletionPreset` and `depletion`.
    """

    patient: list[Any]
    samples: NDArray[np.int64]
    samples_after_end: NDArray[np.int64]
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
    preset: str
    threshold: float
    recovery: float
    baseline_fraction: float
    confirm: int
    min_separation: float

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

    def return_intervals(self) -> ReturnIntervals:
        """Return the days from infusion to B cell return, censored as they are.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> day, count = [-7, 14, 84, 112], [210, 0, 4, 31]
        >>> ep = recovery.depletion(["a"] * 4, day, count, lloq=1, confirm=1)
        >>> ep.return_intervals()
        ReturnIntervals(patient=['a'], left=array([84.]), right=array([112.]), excluded={})
        """
        out = np.isin(self.status, list(_EXCLUDED))
        kept = np.flatnonzero(~out)
        return ReturnIntervals(
            [self.patient[i] for i in kept],
            self.recovery_left[kept],
            self.recovery_right[kept],
            {self.patient[i]: _EXCLUDED[str(self.status[i])] for i in np.flatnonzero(out)},
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw a bar a patient, from onset to recovery, its ends as intervals; return the axes."""
        from immunoreset.plots.recovery import depletion_bars

        return depletion_bars(self, ax=ax)

    def _table(self) -> dict[str, Any]:
        table = {name: getattr(self, name) for name in _COLUMNS}
        for name in ("onset_midpoint", "recovery_midpoint", "duration_exact", "duration_midpoint"):
            table[name] = getattr(self, name)
        return table

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
        n = len(self.patient)
        return f"{n} patient{'' if n == 1 else 's'}: {', '.join(words)}"

    def _depleted_words(self) -> str:
        if np.isnan(self.threshold):
            return "below the limit of quantification"
        if not np.isnan(self.baseline_fraction):
            return f"< {number(self.threshold)}/uL and below the recovery level"
        return f"< {number(self.threshold)}/uL"

    def _recovered_words(self) -> str:
        level = "quantifiable" if np.isnan(self.recovery) else f">= {number(self.recovery)}/uL"
        if not np.isnan(self.baseline_fraction):
            level += f" or {100 * self.baseline_fraction:g}% of baseline"
        if self.confirm > 1:
            level += f", {self.confirm} samples"
            if self.min_separation > 0:
                level += f" at least {self.min_separation:g} days apart"
        return level


_RULE = ("preset", "threshold", "recovery", "baseline_fraction", "confirm", "min_separation")
_COLUMNS = tuple(name for name in Depletion.__dataclass_fields__ if name not in _RULE)


def depletion(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    count: ArrayLike | str,
    *,
    lloq: ArrayLike | str | None = None,
    below: ArrayLike | str | None = None,
    threshold: float | str = 10,
    recovery: float | None = None,
    baseline_fraction: float | None = None,
    confirm: int = 2,
    min_separation: float = 0,
    lymphodepletion_day: float | Mapping[Any, float | None] | ArrayLike | str | None = None,
    end_day: float | Mapping[Any, float | None] | ArrayLike | str | None = None,
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
    count : array_like of float, or str
        Cells/uL. Give a count below its limit as any number less than `lloq`, 0 for example.
    lloq : float or array_like of float, or str, optional
        Lower limit of quantification, for all samples or for each. A count less than it is known
        to lie below it, and no more. Without it all counts are taken as exact.
    below : array_like of bool, or str, optional
        Flags counts that are below their limit though written as the limit ("<1" stored as 1).
    threshold : float or str, default 10
        Depleted below this count, or a name in `DEPLETION_PRESETS`.
    recovery : float, optional
        Recovered at this count or more; the threshold (or what the preset says) by default.
    baseline_fraction : float, optional
        Or recovered at this share of the baseline, if that is less. With ``recovery=inf`` alone.
        The patient's threshold is then no higher than the recovery level.
    confirm : int, default 2
        Recovered samples in a row that make a recovery; the first of them dates it.
    min_separation : float, default 0
        Days by which confirming samples must lie apart at least.
    lymphodepletion_day : float, mapping or array_like, or str, optional
        When lymphodepletion began (negative, or 0 where there was none): one day for all, a mapping
        from patient (None where it is not known), or a column of the rows. Without it a patient has
        no baseline and no depth: a count taken during lymphodepletion is none.
    end_day : float, mapping or array_like, or str, optional
        When observation ended (rescue B-cell-depleting drug, second infusion, withdrawal), given
        in the same ways (None in a mapping where it did not); samples after that day do not count.
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
    if data is not None:
        patient, day, count, lloq, below, lymphodepletion_day, end_day = columns(
            data,
            patient=patient,
            day=day,
            count=count,
            lloq=lloq,
            below=below,
            lymphodepletion_day=lymphodepletion_day,
            end_day=end_day,
        )
    rule = _rule(threshold)
    levels = (
        rule.threshold,
        rule.recovery if recovery is None else _level("recovery", recovery),
        rule.baseline_fraction
        if baseline_fraction is None
        else _level("baseline_fraction", baseline_fraction),
    )
    names, codes = _patients(patient, patients)
    found: dict[str, Any] = _core.depletion(
        names,
        codes,
        day,
        count,
        lloq,
        below,
        _day_of_patient("lymphodepletion_day", lymphodepletion_day, np.nan, names, codes),
        _day_of_patient("end_day", end_day, np.inf, names, codes),
        *levels,
        confirm,
        min_separation,
    )
    found["onset"] = _words(ONSETS, found["onset"])
    found["status"] = _words(STATUSES, found["status"])
    return Depletion(
        patient=names,
        preset=threshold if isinstance(threshold, str) else "",
        threshold=levels[0],
        recovery=levels[1],
        baseline_fraction=levels[2],
        confirm=confirm,
        min_separation=float(min_separation),
        **found,
    )


def _rule(threshold: float | str) -> DepletionPreset:
    if isinstance(threshold, str):
        if threshold not in DEPLETION_PRESETS:
            raise InputError(
                f"threshold is {threshold!r}; give cells/uL, or one of {sorted(DEPLETION_PRESETS)}"
            )
        return DEPLETION_PRESETS[threshold]
    level = _level("threshold", threshold)
    return DepletionPreset(level, level, _NO_RULE, "", "", "")


def _level(argument: str, value: Any) -> float:
    if isinstance(value, (int, float, np.number)) and value == value:
        return float(value)
    raise InputError(f"{argument} is {value!r}; give one number")


def _patients(patient: Any, patients: Sequence[Any] | None) -> tuple[list[Any], NDArray[np.int64]]:
    """Return the patients, sorted unless they are given, and the position of each row's patient."""
    values = np.asarray(patient)
    if values.ndim != 1:
        raise InputError(f"patient has {values.ndim} dimensions; give one a row")
    # Rows mostly come patient by patient: only the first of each run is looked at one by one.
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])
    heads = values[starts].tolist()
    distinct = set(heads)
    if any(label is None or label != label for label in distinct):
        run = next(i for i, label in enumerate(heads) if label is None or label != label)
        raise InputError(
            f"patient[{starts[run]}] is {heads[run]!r}; give every row a patient, or leave it out"
        )
    if patients is not None:
        names = list(patients)
    else:
        try:
            names = sorted(distinct)
        except TypeError as error:
            raise InputError("patient mixes labels that cannot be sorted; use one type") from error
    position = {label: i for i, label in enumerate(names)}
    if len(position) < len(names):
        twice = next(label for i, label in enumerate(names) if position[label] != i)
        raise InputError(f"patients lists {twice!r} twice; list each patient once")
    try:
        codes = np.fromiter(map(position.__getitem__, heads), np.int64, len(heads))
    except KeyError as error:
        row = int(starts[heads.index(error.args[0])])
        raise InputError(
            f"patient[{row}] is {error.args[0]!r}, who is not in patients; add the patient there"
        ) from None
    return names, np.repeat(codes, np.diff(np.append(starts, len(values))))


def _day_of_patient(
    argument: str, value: Any, unknown: float, names: list[Any], codes: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """Return one day a patient out of one number, a mapping, or a column of the rows."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        missing = [name for name in names if name not in value]
        if missing:
            raise InputError(f"{argument} has no day for patient {missing[0]!r}; add it, or None")
        nan = [name for name in names if value[name] != value[name]]
        if nan:
            raise InputError(
                f"{argument} of patient {nan[0]!r} is nan; give a day, or None for none"
            )
        return _days(argument, [unknown if value[name] is None else value[name] for name in names])
    column = _days(argument, value)
    if column.ndim == 0:
        if np.isnan(column):
            raise InputError(f"{argument} is nan; give a day, or None for none")
        return np.full(len(names), column)
    if column.shape != codes.shape:
        raise InputError(
            f"{argument} has {column.size} rows and patient has {codes.size}; "
            "give one day a row, a mapping from patient, or one number"
        )
    if np.isnan(column).any():
        row = int(np.isnan(column).argmax())
        raise InputError(f"{argument}[{row}] is nan; give each row of a patient its day")
    days = np.full(len(names), np.nan)
    days[codes] = column
    differs = np.flatnonzero(column != days[codes])
    if differs.size:
        row = int(differs[0])
        raise InputError(
            f"{argument}[{row}] is {column[row]:g}, but another row of patient "
            f"{names[codes[row]]!r} says {days[codes[row]]:g}; give each patient one day"
        )
    silent = np.isnan(days)
    if silent.any():
        raise InputError(
            f"{argument} has no row of patient {names[int(silent.argmax())]!r}; "
            "give a mapping from patient where some have no sample"
        )
    return days


def _days(argument: str, value: Any) -> NDArray[np.float64]:
    try:
        return np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{argument} is {value!r}; give days from infusion, as numbers") from None


def _words(words: tuple[str, ...], codes: NDArray[np.int64]) -> NDArray[np.str_]:
    column = np.array(words)[codes]
    column.setflags(write=False)
    return column


def _midpoint(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(left) & np.isfinite(right)
    middle = np.full(len(left), np.nan)
    middle[known] = (left[known] + right[known]) / 2
    return middle
