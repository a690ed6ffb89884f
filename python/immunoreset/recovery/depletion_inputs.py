"""What `recovery.depletion` is given, as the core takes it: codes, days, thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset._frame import columns, is_missing, labels
from immunoreset.errors import InputError
from immunoreset.recovery.depletion_presets import DEPLETION_PRESETS, NO_RULE

Day = float | Mapping[Any, Any] | ArrayLike | str | None
Duplicates = Literal["error", "first", "last", "mean", "min", "max"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Rows and patients of one call, ready for the core.

    Attributes
    ----------
    names, series : list
        The patients; the series, or [None] where there is one without a name.
    rows : tuple
        The arguments of `_core.depletion` up to `end_day`.
    group : list or None
        The label of each patient.
    duplicates : str
        What several rows of one day stand for.
    """

    names: list[Any]
    series: list[Any]
    rows: tuple[Any, ...]
    group: list[Any] | None
    duplicates: str


def read_inputs(
    patient: Any,
    day: Any,
    count: Any,
    series: Any,
    lloq: Any,
    below: Any,
    duplicates: Duplicates,
    infusion_day: Any,
    lymphodepletion_day: Any,
    end_day: Any,
    group: Any,
    patients: Sequence[Any] | None,
    data: Any,
) -> Inputs:
    """Read the arguments that `depletion` and `depletion_sensitivity` share."""
    if data is not None:
        (patient, day, count, series, lloq, below, infusion_day, lymphodepletion_day, end_day,
         group) = columns(
            data, patient=patient, day=day, count=count, series=series, lloq=lloq, below=below,
            infusion_day=infusion_day, lymphodepletion_day=lymphodepletion_day, end_day=end_day,
            group=group,
        )  # fmt: skip
    names, codes = read_patients(patient, patients)
    kinds, which = ([None], None) if series is None else labels(series, "series")
    if not kinds:
        raise InputError("series is empty; leave it out where there are no rows")
    start, infusions = read_infusions(infusion_day, names, codes)
    rows = (
        names, kinds, codes, which, day, count, lloq, below, duplicates, start, infusions,
        _lymphodepletion(lymphodepletion_day, start, names, codes),
        _day_of_patient("end_day", end_day, np.inf, names, codes),
    )  # fmt: skip
    return Inputs(names, kinds, rows, read_groups(group, names, codes), duplicates)


@dataclass(frozen=True, slots=True)
class Levels:
    """The thresholds of each series, as columns."""

    preset: list[str]
    threshold: NDArray[np.float64]
    recovery: NDArray[np.float64]
    baseline_fraction: NDArray[np.float64]


def read_levels(threshold: Any, recovery: Any, baseline_fraction: Any, series: list[Any]) -> Levels:
    """Return the rule of each series out of numbers, names of presets, or mappings from series."""
    rules = [_rule(value) for value in _by_series("threshold", threshold, series)]
    found = [
        (
            preset,
            level,
            back if other is None else _level("recovery", other),
            share if fraction is None else _level("baseline_fraction", fraction),
        )
        for (preset, level, back, share), other, fraction in zip(
            rules,
            _by_series("recovery", recovery, series),
            _by_series("baseline_fraction", baseline_fraction, series),
            strict=True,
        )
    ]
    threshold_of, recovery_of, fraction_of = (
        np.array([rule[i] for rule in found], np.float64) for i in (1, 2, 3)
    )
    return Levels([rule[0] for rule in found], threshold_of, recovery_of, fraction_of)


def _by_series(argument: str, value: Any, series: list[Any]) -> list[Any]:
    if not isinstance(value, Mapping):
        return [value] * len(series)
    if series == [None]:
        raise InputError(f"{argument} is a mapping from series; give series=, or one value")
    strangers = [name for name in value if name not in series]
    if strangers:
        raise InputError(f"{argument} names {strangers[0]!r}; the series are {series}")
    missing = [name for name in series if name not in value]
    if missing:
        raise InputError(f"{argument} says nothing of series {missing[0]!r}; add it")
    return [value[name] for name in series]


def _rule(threshold: Any) -> tuple[str, float, float, float]:
    if isinstance(threshold, str):
        if threshold not in DEPLETION_PRESETS:
            raise InputError(
                f"threshold is {threshold!r}; give cells/uL, or one of {sorted(DEPLETION_PRESETS)}"
            )
        preset = DEPLETION_PRESETS[threshold]
        return threshold, preset.threshold, preset.recovery, preset.baseline_fraction
    level = _level("threshold", threshold)
    return "", level, level, NO_RULE


def _level(argument: str, value: Any) -> float:
    if isinstance(value, (int, float, np.number)) and value == value:
        return float(value)
    raise InputError(f"{argument} is {value!r}; give one number")


def read_infusions(
    value: Any, names: list[Any], codes: NDArray[np.int64]
) -> tuple[NDArray[np.int64] | None, NDArray[np.float64] | None]:
    """Return where the infusions of each patient start, and the days of all; None for day 0."""
    if value is None:
        return None, None
    if not isinstance(value, Mapping):
        days = _day_of_patient("infusion_day", value, np.nan, names, codes)
        return np.arange(len(names) + 1), days
    each = _lists_of_days("infusion_day", value, names)
    empty = [name for name, days in zip(names, each, strict=True) if not days]
    if empty:
        raise InputError(f"infusion_day of patient {empty[0]!r} is empty; give at least one day")
    start = np.cumsum([0, *map(len, each)])
    return start.astype(np.int64), _days("infusion_day", [day for days in each for day in days])


def _lymphodepletion(
    value: Any, start: NDArray[np.int64] | None, names: list[Any], codes: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """Return one day an infusion; one day of a patient is that of the first infusion."""
    argument = "lymphodepletion_day"
    if value is None:
        return None
    several = isinstance(value, Mapping) and any(map(_is_list, value.values()))
    if not several:
        days = _day_of_patient(argument, value, np.nan, names, codes)
        if days is None or start is None:
            return days
        expanded = np.full(int(start[-1]), np.nan)
        expanded[start[:-1]] = days
        return expanded
    listed = _lists_of_days(argument, value, names)
    wanted = np.ones(len(names), int) if start is None else np.diff(start)
    for name, given, infusions in zip(names, listed, wanted, strict=True):
        if len(given) not in (1, infusions):
            raise InputError(
                f"{argument} of patient {name!r} has {len(given)} days and there are {infusions} "
                "infusions; give one for each, None where it is not known"
            )
    padded = [
        day
        for given, infusions in zip(listed, wanted, strict=True)
        for day in (*given, *[None] * (infusions - len(given)))
    ]
    return _days(argument, [np.nan if day is None else day for day in padded])


def _lists_of_days(argument: str, value: Mapping[Any, Any], names: list[Any]) -> list[list[Any]]:
    """Return the days of each patient, in which None may stand, but nan may not."""
    missing = [name for name in names if name not in value]
    if missing:
        raise InputError(f"{argument} has no day for patient {missing[0]!r}; add it")
    each = [list(value[name]) if _is_list(value[name]) else [value[name]] for name in names]
    for name, days in zip(names, each, strict=True):
        if any(day is not None and is_missing(day) for day in days):
            raise InputError(f"{argument} of patient {name!r} holds nan; give days")
    return each


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple, np.ndarray))


def read_groups(value: Any, names: list[Any], codes: NDArray[np.int64]) -> list[Any] | None:
    """Return the label of each patient out of a mapping, or a column of the rows."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        for name in names:
            if is_missing(value.get(name)):
                raise InputError(f"group has no label for patient {name!r}; add it")
        labels_of = [value[name] for name in names]
        try:
            sorted(set(labels_of))
        except TypeError as error:
            raise InputError("group mixes labels that cannot be sorted; use one type") from error
        return labels_of
    found, group = labels(value)
    if group.shape != codes.shape:
        raise InputError(
            f"group has {group.size} rows and patient has {codes.size}; "
            "give one label a row, or a mapping from patient"
        )
    of = np.full(len(names), -1)
    of[codes] = group
    differs = np.flatnonzero(group != of[codes])
    if differs.size:
        row = int(differs[0])
        raise InputError(
            f"group[{row}] is {found[group[row]]!r}, but another row of patient "
            f"{names[codes[row]]!r} says {found[of[codes[row]]]!r}; give each patient one label"
        )
    if (of < 0).any():
        raise InputError(
            f"group has no row of patient {names[int((of < 0).argmax())]!r}; "
            "give a mapping from patient where some have no sample"
        )
    return [found[code] for code in of]


def read_patients(
    patient: Any, patients: Sequence[Any] | None
) -> tuple[list[Any], NDArray[np.int64]]:
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


def check_one_row_a_patient(patients: Sequence[Any]) -> None:
    """Refuse several episodes of one patient where independent ones are needed."""
    seen: set[Any] = set()
    for name in patients:
        if name in seen:
            raise InputError(
                f"patient {name!r} has several rows, which are not independent; take one "
                "series and one episode by select(series=..., episode=1)"
            )
        seen.add(name)
