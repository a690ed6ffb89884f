"""Expansion and persistence of CAR T cells. Definitions: docs/methods/recovery/expansion.md."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Grouped, Result, number
from immunoreset.errors import InputError
from immunoreset.recovery.depletion_inputs import (
    Day,
    read_groups,
    read_infusions,
    read_patients,
)

if TYPE_CHECKING:
    from immunoreset.recovery.expansion_summary import ExpansionSummary

STATUSES, SLOPES, AREAS = (np.array(words) for words in _core.expansion_words()[:3])

Method = Literal["linear-up-log-down", "linear"]
Below = Literal["zero", "missing", "half"]

MONTH = 28.0
_LOST_BEFORE = {
    "never-quantified": "never quantified after infusion, so there is nothing to lose",
    "no-samples": "no sample after infusion",
}


class PersistenceIntervals(NamedTuple):
    """Days from infusion to the loss of CAR T cells, as (left, right], for `survival.turnbull`.

    Attributes
    ----------
    patient : list
        Who is in, in the order of the intervals.
    left, right : ndarray
        The last day on which they were quantified and the first later one on which they were not;
        `right` is inf where there is none.
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
class Expansion(Result):
    """Expansion and persistence, one row a patient and infusion.

    NaN stands where there is nothing to say. Days are counted from the infusion of the row, and
    the unit of an area is that of the copies times days.

    Attributes
    ----------
    patient : list
        Whose row it is: the patients are sorted, or as given in ``patients=``.
    episode : ndarray of int
        1 for the first infusion of the patient, 2 for the second.
    group : list or None
        The label of the patient, where ``group=`` was given.
    infusion_day, next_infusion_day : ndarray
        The infusion in the clock of the samples; the next infusion of the patient, which ends the
        row, in the clock of this one (inf where there is none).
    samples, samples_below : ndarray of int
        Samples from the infusion to the next one, and those of them that were not quantified.
    last_day : ndarray
        The last sample.
    status : ndarray of str
        "quantified"; "rising": the last sample is the largest, so that the peak may still come;
        "never-quantified"; "no-samples".
    cmax, tmax : ndarray
        The largest value and its first day.
    tfirst, tlast, clast : ndarray
        The first and the last day on which copies were quantified, and their number on the last.
    lost_right : ndarray
        The first sample after `tlast`, which is below its limit; inf where there is none.
    auc, auc_status : ndarray, a row a patient and infusion, a column for each of `auc_days`
        The area from infusion to that day, and what it rests on: "observed"; "below-limit":
        quantified up to an earlier day, and then below the limit; "extrapolated": after `tlast` by
        the terminal slope; "not-followed": neither, and the area is NaN.
    auc_last : ndarray
        The area from infusion to `tlast`.
    auc_inf, extrapolated : ndarray
        The area without end, ``auc_last + clast / lambda_z``, and the share of it after `tlast`.
    lambda_z, half_life : ndarray
        The terminal slope of the logarithm (a day, above 0 where it declines), and log(2) over it.
    lambda_z_points, adjusted_r2, span : ndarray
        The last so many quantified samples make the line; its adjusted R squared; and the
        half-lives that they span.
    lambda_z_status : ndarray of str
        "estimated"; "poor-fit": R squared below `min_adjusted_r2`; "short-span": fewer half-lives
        than `min_span`. These two have numbers, which `summary` leaves out. Not estimable:
        "not-declining", "too-few-points" (fewer than three after the peak), "not-quantified".
    expansion_rate, doubling_time : ndarray
        The slope of the logarithm from the least value before the peak up to the peak, by least
        squares, and log(2) over it.
    auc_days : tuple of float
        The days of `auc`; 28 is always one of them.
    method, below_first, below_between, below_last, with_peak, min_adjusted_r2, min_span
        How it was computed, as in `expansion`.
    """

    patient: list[Any]
    episode: NDArray[np.int64]
    group: list[Any] | None
    infusion_day: NDArray[np.float64]
    next_infusion_day: NDArray[np.float64]
    samples: NDArray[np.int64]
    samples_below: NDArray[np.int64]
    last_day: NDArray[np.float64]
    status: NDArray[np.str_]
    cmax: NDArray[np.float64]
    tmax: NDArray[np.float64]
    tfirst: NDArray[np.float64]
    clast: NDArray[np.float64]
    tlast: NDArray[np.float64]
    lost_right: NDArray[np.float64]
    auc: NDArray[np.float64]
    auc_status: NDArray[np.str_]
    auc_last: NDArray[np.float64]
    auc_inf: NDArray[np.float64]
    extrapolated: NDArray[np.float64]
    lambda_z: NDArray[np.float64]
    half_life: NDArray[np.float64]
    lambda_z_points: NDArray[np.int64]
    adjusted_r2: NDArray[np.float64]
    span: NDArray[np.float64]
    lambda_z_status: NDArray[np.str_]
    expansion_rate: NDArray[np.float64]
    doubling_time: NDArray[np.float64]
    auc_days: tuple[float, ...]
    method: str
    below_first: str
    below_between: str
    below_last: str
    with_peak: bool
    min_adjusted_r2: float
    min_span: float
    # patient (position of the row's first infusion), day, copies, limit, hidden: for the picture
    _samples: tuple[NDArray[Any], ...] = field(repr=False, compare=False)

    @property
    def auc_0_28(self) -> NDArray[np.float64]:
        """The area from infusion to day 28."""
        return self.auc[:, self.auc_days.index(MONTH)]

    @property
    def auc_0_28_status(self) -> NDArray[np.str_]:
        """What the area up to day 28 rests on, as in `auc_status`."""
        return self.auc_status[:, self.auc_days.index(MONTH)]

    def select(self, *, episode: int | None = None, group: Any = None) -> Expansion:
        """Return the rows of one infusion or one group.

        Parameters
        ----------
        episode : int, optional
            1 for the first infusion of each patient.
        group : optional
            A label.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> day, copies = [0, 7, 14, 100, 107], [0, 900, 30, 0, 400]
        >>> ex = recovery.expansion(["a"] * 5, day, copies, infusion_day={"a": [0, 100]})
        >>> ex.select(episode=2).cmax
        array([400.])
        """
        keep = np.ones(len(self.patient), bool)
        if episode is not None:
            keep &= self.episode == episode
        if group is not None:
            known = sorted(set(self.group or []))
            if group not in known:
                raise InputError(f"group is {group!r}; the rows have {known or 'none'}")
            keep &= np.array([label == group for label in self.group or []], bool)
        rows = np.flatnonzero(keep)
        changed: dict[str, Any] = {}
        for name in _COLUMNS:
            column = getattr(self, name)
            if isinstance(column, np.ndarray):
                changed[name] = _frozen(column[rows])
            elif column is not None:
                changed[name] = [column[row] for row in rows]
        return dataclasses.replace(self, **changed)

    def persistence_intervals(self) -> PersistenceIntervals:
        """Return the days from infusion to the loss of CAR T cells, censored as they are.

        Raises
        ------
        InputError
            When a patient has several rows, which are no independent observations.

        Examples
        --------
        >>> from immunoreset import recovery, survival
        >>> patient, day, copies = ["a", "a", "b", "b"], [7, 28, 7, 90], [900, 0, 800, 60]
        >>> ex = recovery.expansion(patient, day, copies, lloq=50)
        >>> lost = ex.persistence_intervals()
        >>> lost.left, lost.right
        (array([ 7., 90.]), array([28., inf]))
        >>> print(survival.turnbull(lost.left, lost.right))
        2 patients, median after 7
        """
        self._check_one_row_a_patient()
        out = np.isin(self.status, list(_LOST_BEFORE))
        kept = np.flatnonzero(~out)
        return PersistenceIntervals(
            [self.patient[i] for i in kept],
            self.tlast[kept],
            self.lost_right[kept],
            {self.patient[i]: _LOST_BEFORE[str(self.status[i])] for i in np.flatnonzero(out)},
            None if self.group is None else [self.group[i] for i in kept],
        )

    def summary(self, *, level: float = 0.95) -> ExpansionSummary | Grouped[ExpansionSummary]:
        """Return geometric means with limits, medians and ranges; by group where there are any.

        Parameters
        ----------
        level : float, default 0.95
            Of the limits of geometric means.

        Raises
        ------
        InputError
            When a patient has several rows, which are no independent observations, or for a level
            that is not between 0 and 1.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> ex = recovery.expansion(["a", "a", "b", "b"], [7, 28, 7, 90], [900, 0, 400, 60])
        >>> summary = ex.summary()
        >>> [summary.parameter[0], summary.geometric_mean[0].round(6), summary.median[0]]
        ['cmax', np.float64(600.0), np.float64(650.0)]
        """
        from immunoreset.recovery.expansion_summary import summary_of

        self._check_one_row_a_patient()
        if self.group is None:
            return summary_of(self, level)
        return Grouped(
            {name: summary_of(self.select(group=name), level) for name in sorted(set(self.group))}
        )

    def _check_one_row_a_patient(self) -> None:
        seen: set[Any] = set()
        for name in self.patient:
            if name in seen:
                raise InputError(
                    f"patient {name!r} has several rows, which are not independent; take one "
                    "infusion by select(episode=1)"
                )
            seen.add(name)

    def plot(self, ax: Any = None, *, ylabel: str = "CAR T (copies/ug)") -> Any:
        """Draw each row's curve on a log axis, its peak marked; return the axes."""
        from immunoreset.plots.expansion import expansion_curves

        return expansion_curves(self, ax=ax, ylabel=ylabel)

    def _table(self) -> dict[str, Any]:
        table = {name: getattr(self, name) for name in _COLUMNS if name not in _MATRICES}
        for i, day in enumerate(self.auc_days):
            table[f"auc_0_{day:g}"] = self.auc[:, i]
            table[f"auc_0_{day:g}_status"] = self.auc_status[:, i]
        return {name: column for name, column in table.items() if column is not None}

    def __str__(self) -> str:
        n, rows = len(set(self.patient)), len(self.patient)
        of = f", {rows} infusions" if rows != n else ""
        count = {name: int(np.count_nonzero(self.status == name)) for name in STATUSES.tolist()}
        if rows == 1 and self.status[0] not in _LOST_BEFORE:
            half_life = (
                f"half-life {number(self.half_life[0])} d"
                if self.lambda_z_status[0] == "estimated"
                else f"half-life not estimated ({self.lambda_z_status[0].replace('-', ' ')})"
            )
            return (
                f"patient {self.patient[0]}: Cmax {number(self.cmax[0])} on day "
                f"{number(self.tmax[0])}, AUC 0-28 {number(self.auc_0_28[0])}, {half_life}, "
                f"quantified up to day {number(self.tlast[0])}"
            )
        words = [f"{count['quantified'] + count['rising']} quantified"]
        words += [
            f"{count[name]} {text}"
            for name, text in (
                ("rising", "of them still rising"),
                ("never-quantified", "never quantified"),
                ("no-samples", "without samples"),
            )
            if count[name]
        ]
        estimated = int(np.count_nonzero(self.lambda_z_status == "estimated"))
        return (
            f"{n} patient{'' if n == 1 else 's'}{of}: {', '.join(words)}; "
            f"half-life estimated in {estimated}; areas by {self.method}"
        )


_RULE = (
    "auc_days", "method", "below_first", "below_between", "below_last", "with_peak",
    "min_adjusted_r2", "min_span", "_samples",
)  # fmt: skip
_COLUMNS = tuple(name for name in Expansion.__dataclass_fields__ if name not in _RULE)
_MATRICES = ("auc", "auc_status")


def expansion(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    copies: ArrayLike | str,
    *,
    lloq: ArrayLike | str | None = None,
    below: ArrayLike | str | None = None,
    auc_days: Sequence[float] = (MONTH,),
    method: Method = "linear-up-log-down",
    below_first: Below = "zero",
    below_between: Below = "missing",
    below_last: Literal["zero", "missing"] = "zero",
    with_peak: bool = False,
    min_adjusted_r2: float = 0.8,
    min_span: float = 2,
    infusion_day: Day = None,
    group: Mapping[Any, Any] | ArrayLike | str | None = None,
    patients: Sequence[Any] | None = None,
    data: Any = None,
) -> Expansion:
    """Describe the expansion and persistence of CAR T cells by noncompartmental analysis.

    Rows may come in any order. Copies/ug of genomic DNA, transgene copies/uL or CAR+ cells/uL: the
    unit is yours, and is that of `cmax`.

    Parameters
    ----------
    patient : array_like or str
        Whose sample it is: strings or numbers.
    day : array_like of float, or str
        Days from infusion, which is day 0; or days of any clock, with `infusion_day`.
    copies : array_like of float, or str
        What was measured. Give a value below its limit as any number less than `lloq`, 0 for
        example; 0 is below the limit in any case.
    lloq : float or array_like of float, or str, optional
        Lower limit of quantification, for all samples or for each. A value equal to it is
        quantified.
    below : array_like of bool, or str, optional
        Flags values that are below their limit though written as the limit ("<50" stored as 50).
    auc_days : sequence of float, default (28,)
        Areas are taken from infusion to these days, and to day 28.
    method : {"linear-up-log-down", "linear"}, default "linear-up-log-down"
        The trapezoids: straight where the curve rises or comes to 0, exponential where it falls; or
        straight everywhere. An area that ends between two samples is cut by the same rule.
    below_first : {"zero", "missing", "half"}, default "zero"
        What samples below their limit before the first quantified one count as in an area: 0,
        nothing (the sample is left out), or half the limit. That of day 0 itself counts as 0.
    below_between : {"missing", "zero", "half"}, default "missing"
        The same between the first and the last quantified sample.
    below_last : {"zero", "missing"}, default "zero"
        The same after the last quantified one: the curve comes down to 0 at the first such sample
        and stays there, or they are left out and it goes on by the terminal slope.
    with_peak : bool, default False
        Whether the peak may be a point of the terminal slope; by default it begins after it.
    min_adjusted_r2, min_span : float, default 0.8 and 2
        A terminal slope with a smaller adjusted R squared is marked "poor-fit", and one over fewer
        half-lives "short-span".
    infusion_day : float, mapping or array_like, or str, optional
        The days of infusion: one for all, a mapping from patient to a day or several days, or a
        column of the rows; day 0 by default. Each infusion starts a clock of its own; a row ends
        with the next infusion, and a sample of that day belongs to both.
    group : mapping or array_like, or str, optional
        A label a patient (the product, CD19 or BCMA): a mapping from patient, or a column of the
        rows.
    patients : sequence, optional
        All patients, in the order wanted; those without samples get a row as well.
    data : frame or mapping of arrays, optional
        Where arguments are column names.

    Returns
    -------
    Expansion

    Raises
    ------
    InputError
        For two samples of a patient on one day, a negative or missing value, a day of an area that
        is not above 0, an unknown word, and the like; it names argument, row or patient, and
        remedy.

    Notes
    -----
    The terminal slope is that of the last three or more quantified samples whose line has the
    largest adjusted R squared; of lines within 1e-4 of it the one with the most samples. Where the
    first sample is after day 0, the curve starts from the last one before, or from 0. Gabrielsson
    and Weiner 2016, Pharmacokinetic and Pharmacodynamic Data Analysis, 5th edition.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> day = [0, 5, 7, 10, 14, 21, 28, 35, 42]
    >>> copies = [0, 100, 4000, 6400, 3200, 800, 400, 200, 0]
    >>> ex = recovery.expansion(["P1"] * 9, day, copies, lloq=50)
    >>> print(ex)
    patient P1: Cmax 6400 on day 10, AUC 0-28 54575, half-life 7 d, quantified up to day 35
    >>> ex.auc_0_28.round(1), ex.half_life.round(6), ex.lost_right
    (array([54574.7]), array([7.]), array([42.]))
    """
    if data is not None:
        patient, day, copies, lloq, below, infusion_day, group = columns(
            data, patient=patient, day=day, copies=copies, lloq=lloq, below=below,
            infusion_day=infusion_day, group=group,
        )  # fmt: skip
    names, codes = read_patients(patient, patients)
    start, infusions = read_infusions(infusion_day, names, codes)
    labels = read_groups(group, names, codes)
    days = _areas_to(auc_days)
    found: dict[str, Any] = _core.expansion(
        names, codes, day, copies, below, lloq, start, infusions, days, method, below_first,
        below_between, below_last, with_peak, min_adjusted_r2, min_span,
    )  # fmt: skip
    found["status"] = _frozen(STATUSES[found["status"]])
    found["lambda_z_status"] = _frozen(SLOPES[found["lambda_z_status"]])
    found["auc_status"] = _frozen(AREAS[found["auc_status"]])
    whose = found.pop("patient").tolist()
    return Expansion(
        patient=[names[code] for code in whose],
        group=None if labels is None else [labels[code] for code in whose],
        auc_days=days,
        method=method,
        below_first=below_first,
        below_between=below_between,
        below_last=below_last,
        with_peak=bool(with_peak),
        min_adjusted_r2=float(min_adjusted_r2),
        min_span=float(min_span),
        _samples=(np.array(names, object)[codes], *map(np.asarray, (day, copies, lloq, below))),
        **found,
    )


def _areas_to(auc_days: Any) -> tuple[float, ...]:
    """Return the days of the areas in order, day 28 among them."""
    try:
        given = [float(day) for day in auc_days]
    except (TypeError, ValueError):
        raise InputError(f"auc_days is {auc_days!r}; give days, such as (28, 90)") from None
    return tuple(sorted({MONTH, *given}))


def _frozen(column: NDArray[Any]) -> NDArray[Any]:
    column.setflags(write=False)
    return column
