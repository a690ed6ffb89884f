"""Loss of autoantibodies. Definitions: docs/methods/recovery/titre.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core, response
from immunoreset._frame import columns, labels
from immunoreset._result import Result
from immunoreset.errors import InputError
from immunoreset.recovery.depletion_inputs import read_groups, read_patients
from immunoreset.recovery.titre import read_infusion_days

_WORDS = _core.titre_words()[1]
STATUSES = np.array([word for word, _ in _WORDS])
REASONS = np.array([reason for _, reason in _WORDS])
FOLLOWED = ("converted", "unconfirmed", "positive")


class SeroconversionIntervals(NamedTuple):
    """Days from the start to seroconversion, as (left, right], for `survival.turnbull`.

    Attributes
    ----------
    patient : list
        Who is in: the patients positive at the start with a sample after it.
    left, right : ndarray
        The last positive day and the first negative one of a confirmed seroconversion; `right` is
        inf where none was seen.
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


@dataclass(frozen=True, slots=True)
class Seroconversion(Result):
    """Loss of an autoantibody, one row a patient; days are counted from `start_day`.

    Attributes
    ----------
    patient : list
        Whose row it is: sorted, or as given in ``patients=``.
    group : list or None
        The label of the patient, where ``group=`` was given.
    status : ndarray of str
        "converted"; "unconfirmed": the last samples are negative but too few in a row; "positive";
        "negative-at-baseline"; "no-baseline"; "no-follow-up".
    reason : ndarray of str
        The status in words; empty for "converted".
    left, right : ndarray
        Seroconversion, dated by the first of the confirming samples, lies in (left, right]; `right`
        is inf where it was not seen. NaN for the last three statuses.
    baseline, baseline_day : ndarray
        The last value up to the start.
    positive_again_day : ndarray
        The first positive sample after a seroconversion; NaN without one.
    last_day : ndarray
        Of the last sample.
    samples, left_out : ndarray of int
        Samples that count, and those left out after immunoglobulin.
    converted : response.Proportion
        How many of those positive at the start, with a sample after it, have converted. Patients
        not followed long enough count as not converted: `intervals` do without that.
    confirm : int
    start_day, ivig_window, level : float
    """

    patient: list[Any]
    group: list[Any] | None
    status: NDArray[np.str_]
    reason: NDArray[np.str_]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    baseline: NDArray[np.float64]
    baseline_day: NDArray[np.float64]
    positive_again_day: NDArray[np.float64]
    last_day: NDArray[np.float64]
    samples: NDArray[np.int64]
    left_out: NDArray[np.int64]
    converted: response.Proportion
    confirm: int
    start_day: float
    ivig_window: float
    level: float

    def intervals(self) -> SeroconversionIntervals:
        """Return the days to seroconversion, censored as they are.

        Examples
        --------
        >>> from immunoreset import recovery, survival
        >>> loss = recovery.seroconversion(["P1"] * 4, [0, 30, 60, 90], [80, 35, 9, 8], uln=20)
        >>> days = loss.intervals()
        >>> print(survival.turnbull(days.left, days.right).right)
        [60.]
        """
        followed = np.isin(self.status, FOLLOWED)
        kept = np.flatnonzero(followed)
        return SeroconversionIntervals(
            [self.patient[i] for i in kept],
            self.left[kept],
            self.right[kept],
            {self.patient[i]: str(self.reason[i]) for i in np.flatnonzero(~followed)},
            None if self.group is None else [self.group[i] for i in kept],
        )

    def _table(self) -> dict[str, Any]:
        table = {name: getattr(self, name) for name in _COLUMNS}
        return {name: column for name, column in table.items() if column is not None}

    def __str__(self) -> str:
        words = f"{self.converted} of the patients positive at the start converted"
        if self.confirm > 1:
            words += f" ({self.confirm} negative samples in a row)"
        for name in STATUSES[1:]:
            count = int(np.count_nonzero(self.status == name))
            words += f"; {count} {name}" if count else ""
        out = int(self.left_out.sum())
        return words + (f"; {out} samples after immunoglobulin left out" if out else "")


_COLUMNS = tuple(
    name
    for name in Seroconversion.__dataclass_fields__
    if name not in ("converted", "confirm", "start_day", "ivig_window", "level")
)


def seroconversion(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    value: ArrayLike | str,
    *,
    uln: ArrayLike | str,
    confirm: int = 2,
    assay: ArrayLike | str | None = None,
    start_day: float = 0.0,
    ivig_day: Mapping[Any, Any] | None = None,
    ivig_window: float = 28.0,
    group: Mapping[Any, Any] | ArrayLike | str | None = None,
    patients: Sequence[Any] | None = None,
    level: float = 0.95,
    data: Any = None,
) -> Seroconversion:
    """Find when patients lost an autoantibody: the interval between two samples.

    Positive is above the upper limit of normal, negative up to it. A patient who is positive at the
    last sample up to the start converts with the first of `confirm` negative samples in a row.

    Parameters
    ----------
    patient : array_like or str
        Whose sample it is: strings or numbers.
    day : array_like of float, or str
        Days from infusion; a sample of `start_day` counts as drawn before.
    value : array_like of float, or str
        The titre or concentration of one antibody; one below its limit of quantification as any
        number up to that limit, or 0.
    uln : float or array_like of float, or str
        The upper limit of normal of the assay, for all samples or for each.
    confirm : int, default 2
        Negative samples in a row that make a seroconversion; the first of them dates it.
    assay : array_like, or str, optional
        The assay of each sample. A patient measured by two is refused: anti-dsDNA by Farr and by
        ELISA are not one antibody.
    start_day : float, default 0
        Days of the result are counted from it.
    ivig_day, ivig_window
        As in `titre`: samples after immunoglobulin, which brings antibodies of its donors.
    group : mapping or array_like, or str, optional
        A label a patient (a mapping, or a column of the rows), handed on by `intervals`.
    patients : sequence, optional
        All patients, in order, also those without a sample.
    level : float, default 0.95
        Of the limits of the proportion.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Seroconversion
        One row a patient, with a status; `intervals` for `survival.turnbull`.

    Raises
    ------
    InputError
        For a value that is missing or negative, for a patient measured by two assays or twice on a
        day, for a limit that is not positive. It names argument, row and value.

    Notes
    -----
    With `survival.turnbull` the curve and its limits; with `survival.interval_logrank` the exact
    comparison of two products.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> day = [-1, 28, 56, 84] * 3
    >>> value = [90, 41, 17, 12, 60, 33, 30, 18, 15, 9, 8, 8]
    >>> print(recovery.seroconversion(sorted("ABC" * 4), day, value, uln=20).status)
    ['converted' 'unconfirmed' 'negative-at-baseline']
    """
    if data is not None:
        patient, day, value, uln, assay, group = columns(
            data, patient=patient, day=day, value=value, uln=uln, assay=assay, group=group
        )
    names, codes = read_patients(patient, patients)
    kinds = None if assay is None else labels(assay, "assay")[1]
    of, days = read_infusion_days(ivig_day, names)
    if isinstance(confirm, bool) or not isinstance(confirm, (int, np.integer)):
        raise InputError(f"confirm is {confirm!r}; give a whole number of samples")
    found = _core.titre_seroconversion(
        len(names), codes, day, value, uln, kinds, of, days, ivig_window, start_day, int(confirm)
    )
    status = found.pop("status")
    words = STATUSES[status]
    converted = response.proportion(
        int(np.count_nonzero(words == "converted")),
        int(np.count_nonzero(np.isin(words, FOLLOWED))),
        level=level,
    )
    return Seroconversion(
        patient=names, group=read_groups(group, names, codes), status=words,
        reason=REASONS[status], converted=converted, confirm=int(confirm),
        start_day=float(start_day), ivig_window=float(ivig_window), level=level, **found,
    )  # fmt: skip
