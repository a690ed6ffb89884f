"""The rows of `recovery.aplasia` and `recovery.aplasia_test`, out of what a caller has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunoreset._frame import as_matrix, columns_and_covariates
from immunoreset.errors import InputError
from immunoreset.recovery.depletion import Depletion
from immunoreset.recovery.depletion_inputs import check_one_row_a_patient

Column = NDArray[np.float64]
Times = tuple[Column, Column, Column, Column]

TIMES = ("onset_left", "onset_right", "recovery_left", "recovery_right")
LEFT_CENSORED = "depleted before the first sample that counts, so that the onset is not known"
NEVER_DEPLETED = "never seen depleted, so that there is no aplasia to measure"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that take part, and why the others do not."""

    times: Times
    group: list[Any] | None
    X: Column | None
    terms: tuple[str, ...]
    excluded: dict[Any, str]

    def of(self, chosen: NDArray[np.bool_]) -> Rows:
        """Return some of the rows, without labels."""
        first, second, third, last = (np.ascontiguousarray(t[chosen]) for t in self.times)
        X = None if self.X is None else np.ascontiguousarray(self.X[chosen])
        return Rows((first, second, third, last), None, X, self.terms, self.excluded)


def read(
    given: Sequence[Any],
    group: Any = None,
    X: Any = None,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> Rows:
    """Return the rows with a known onset; `given` are the four times, or a Depletion and None."""
    patients: Sequence[Any]
    if isinstance(given[0], Depletion):
        if any(value is not None for value in (*given[1:], data)):
            raise InputError("onset_left is a Depletion, which has all four columns; give it alone")
        patients = given[0].patient
        check_one_row_a_patient(patients)
        first, second, third, last = (getattr(given[0], name) for name in TIMES)
        if isinstance(group, Mapping):
            missing = [name for name in patients if name not in group]
            if missing:
                raise InputError(f"group has no label for patient {missing[0]!r}; add it")
            group = [group[name] for name in patients]
    else:
        if data is not None:
            asked = dict(zip(TIMES, given, strict=True))
            (*given, group), X, names = columns_and_covariates(data, X, names, **asked, group=group)
        read_in = (_column(name, value) for name, value in zip(TIMES, given, strict=True))
        first, second, third, last = read_in
        for name, column in zip(TIMES, (first, second, third, last), strict=True):
            _same_length(name, len(column), len(first))
        patients = list(range(len(first)))
    times = (first, second, third, last)
    values, terms = _covariates(X, names, len(patients))
    labels = None if group is None else np.asarray(group, object).tolist()
    if labels is not None:
        if not isinstance(labels, list):
            raise InputError(f"group is {group!r}; give one label a patient")
        _same_length("group", len(labels), len(patients))
    kept, excluded = _excluded(patients, times)
    rows = Rows(times, None, values, terms, excluded).of(kept)
    if labels is not None:
        labels = [label for label, keep in zip(labels, kept, strict=True) if keep]
    return Rows(rows.times, labels, rows.X, terms, excluded)


def _column(name: str, value: Any) -> Column:
    try:
        column = np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is {value!r}; give one number a patient") from error
    if column.ndim != 1:
        raise InputError(f"{name} has {column.ndim} dimensions; give one number a patient")
    return column


def _same_length(name: str, length: int, wanted: int) -> None:
    if length != wanted:
        raise InputError(
            f"{name} has {length} rows and onset_left has {wanted}; give both from the same rows"
        )


def _covariates(
    X: Any, names: Sequence[str] | None, n: int
) -> tuple[Column | None, tuple[str, ...]]:
    if X is None:
        return None, ()
    try:
        values = np.asarray(X, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("X holds what is no number; give numbers, one row a patient") from error
    values, terms = as_matrix(values, names)
    _same_length("X", len(values), n)
    return values, terms


def _excluded(patients: Sequence[Any], times: Times) -> tuple[NDArray[np.bool_], dict[Any, str]]:
    """Return which rows take part, and why the others do not."""
    onset_left, onset_right, recovery_left, _ = times
    before = np.isneginf(onset_left)
    never = np.isposinf(onset_right) | (np.isnan(onset_right) & np.isnan(recovery_left))
    reasons = {patients[i]: LEFT_CENSORED for i in np.flatnonzero(before).tolist()}
    reasons |= {patients[i]: NEVER_DEPLETED for i in np.flatnonzero(never & ~before).tolist()}
    return ~(before | never), reasons
