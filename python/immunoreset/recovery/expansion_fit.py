"""Expansion curves of Stein et al. 2019. Formulas: docs/methods/recovery/expansion.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, number, percent_of
from immunoreset.recovery.depletion_inputs import (
    Day,
    read_groups,
    read_infusions,
    read_patients,
)

QUANTITIES = _core.expansion_words()[3]
Decline = Literal["biexponential", "exponential"]

REASONS = {
    "fitted": "",
    "no-samples": "there is no sample after infusion",
    "not-quantified": "no sample was quantified",
    "too-few-samples": "fewer quantified samples than the curve and its scatter have unknowns",
    "no-rise": "the first sample is the largest, so that nothing is seen of the rise",
    "no-decline": "the last sample is the largest, so that nothing is seen of the decline",
    "not-identifiable": "the likelihood rises for ever in an unknown, or has no certain maximum: "
    "use decline='exponential', or the noncompartmental recovery.expansion",
}

_COLUMNS = (
    "episode", "infusion_day", "next_infusion_day", "samples", "samples_below", "status",
    "initial", "auc_0_28", "sd", "loglik", "score_norm",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExpansionFitCurves(Result):
    """Fitted curves on given days.

    Attributes
    ----------
    patient : list
    episode : ndarray of int
        Of each row of the matrices.
    day : ndarray
        Days since the infusion of the row.
    estimate, low, high : ndarray
        Rows by days: the curve, and profile likelihood limits for one day each; nan without a fit.
    level : float
        Of the limits.
    """

    patient: list[Any]
    episode: NDArray[np.int64]
    day: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float

    def _table(self) -> dict[str, Any]:
        days = len(self.day)
        return {
            "patient": [name for name in self.patient for _ in range(days)],
            "episode": np.repeat(self.episode, days),
            "day": np.tile(self.day, len(self.patient)),
            "estimate": self.estimate.ravel(),
            "low": self.low.ravel(),
            "high": self.high.ravel(),
        }

    def __str__(self) -> str:
        rows = f"{len(self.patient)} curve{'' if len(self.patient) == 1 else 's'}"
        return f"{rows} on {len(self.day)} days"


@dataclass(frozen=True, slots=True)
class ExpansionFit(Result):
    """Fitted expansion curves, one row a patient and infusion.

    NaN stands where there is no fit. Days are counted from the infusion of the row.

    Attributes
    ----------
    patient : list
    episode : ndarray of int
        1 for the first infusion of the patient, 2 for the second.
    group : list or None
    infusion_day, next_infusion_day : ndarray
        As in `Expansion`.
    samples, samples_below : ndarray of int
        Samples after the infusion, and those of them that were not quantified.
    status : ndarray of str
        "fitted", or why there is no fit; in words in `reason`.
    cmax, tmax : ndarray
        The peak of the curve and its day.
    doubling_time, half_life : ndarray
        Of the rise, and of the (fast) decline.
    slow_share, slow_half_life : ndarray
        The share of the slow phase in the peak, and its half-life; NaN with one phase. Of a slow
        phase that does not fall the half-life is inf, with a lower limit.
    cmax_low, cmax_high, tmax_low, ... : ndarray
        Profile likelihood limits: 0 or inf (1 of a share) where the samples leave an end open, NaN
        where the curve passes through all samples.
    initial : ndarray
        The curve on day 0.
    auc_0_28 : ndarray
        The area under the curve up to day 28.
    sd : ndarray
        The standard deviation of log copies about the curve.
    loglik, score_norm : ndarray
        The log-likelihood of log copies without its constants of limits, and what is left of its
        score in standard errors: the certificate of the maximum.
    decline, level
        How it was computed.
    """

    patient: list[Any]
    episode: NDArray[np.int64]
    group: list[Any] | None
    infusion_day: NDArray[np.float64]
    next_infusion_day: NDArray[np.float64]
    samples: NDArray[np.int64]
    samples_below: NDArray[np.int64]
    status: NDArray[np.str_]
    cmax: NDArray[np.float64]
    cmax_low: NDArray[np.float64]
    cmax_high: NDArray[np.float64]
    tmax: NDArray[np.float64]
    tmax_low: NDArray[np.float64]
    tmax_high: NDArray[np.float64]
    doubling_time: NDArray[np.float64]
    doubling_time_low: NDArray[np.float64]
    doubling_time_high: NDArray[np.float64]
    half_life: NDArray[np.float64]
    half_life_low: NDArray[np.float64]
    half_life_high: NDArray[np.float64]
    slow_share: NDArray[np.float64]
    slow_share_low: NDArray[np.float64]
    slow_share_high: NDArray[np.float64]
    slow_half_life: NDArray[np.float64]
    slow_half_life_low: NDArray[np.float64]
    slow_half_life_high: NDArray[np.float64]
    initial: NDArray[np.float64]
    auc_0_28: NDArray[np.float64]
    sd: NDArray[np.float64]
    loglik: NDArray[np.float64]
    score_norm: NDArray[np.float64]
    decline: str
    level: float
    # what the core was given; patient, day, copies, limit, hidden: for curves and the picture
    _given: tuple[list[Any], Any, Any, Any, Any, Any, Any, Any] = field(repr=False, compare=False)
    _samples: tuple[NDArray[Any], ...] = field(repr=False, compare=False)

    def predict(self, days: ArrayLike, *, limits: bool = True) -> ExpansionFitCurves:
        """Return each fitted curve on these days.

        Parameters
        ----------
        days : array_like of float
            Days since the infusion of each row, 0 or later.
        limits : bool, default True
            Whether to look for limits, which takes some milliseconds for each row and day.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> day = [2, 4, 6, 8, 10, 12, 14, 21, 28]
        >>> copies = [30, 210, 900, 7400, 20500, 15000, 12300, 3200, 1400]
        >>> fit = recovery.expansion_fit(["P1"] * 9, day, copies, lloq=20, decline="exponential")
        >>> fit.predict([0, 20]).estimate.round(-1)
        array([[  10., 4420.]])
        """
        asked = np.atleast_1d(np.asarray(days, np.float64))
        curves = _core.expansion_fit_curve(*self._given, self.decline, self.level, limits, asked)
        return ExpansionFitCurves(self.patient, self.episode, asked, *curves, self.level)

    def plot(self, ax: Any = None, *, ylabel: str = "CAR T (copies/ug)") -> Any:
        """Draw samples and fitted curves, of a single one with its limits; return the axes.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.
        ylabel : str
            Name and unit of what was measured.
        """
        from immunoreset.plots.expansion_fit import fitted_curves

        return fitted_curves(self, ax=ax, ylabel=ylabel)

    @property
    def reason(self) -> list[str]:
        """Why there is no fit, in words; "" where there is one."""
        return [REASONS[status] for status in self.status.tolist()]

    def _table(self) -> dict[str, Any]:
        names = [
            name
            for name in self.__dataclass_fields__
            if name not in ("decline", "level") and not name.startswith("_")
        ]
        table = {name: getattr(self, name) for name in names}
        return {name: column for name, column in table.items() if column is not None}

    def __str__(self) -> str:
        fitted = int(np.count_nonzero(self.status == "fitted"))
        if len(self.patient) == 1 and fitted:
            said = ", ".join(
                f"{words} {number(getattr(self, name)[0])}{unit} "
                f"({number(getattr(self, f'{name}_low')[0])} to "
                f"{number(getattr(self, f'{name}_high')[0])})"
                for name, words, unit in (
                    ("cmax", "Cmax", ""),
                    ("tmax", "on day", ""),
                    ("doubling_time", "doubling time", " d"),
                    ("half_life", "half-life", " d"),
                )
            )
            return f"patient {self.patient[0]}: {said}; {percent_of(self.level)} limits"
        others = [
            f"{count} {status.replace('-', ' ')}"
            for status in REASONS
            if status != "fitted" and (count := int(np.count_nonzero(self.status == status)))
        ]
        rows = f"{len(self.patient)} curve{'' if len(self.patient) == 1 else 's'}"
        return f"{rows}: {', '.join([f'{fitted} fitted', *others])}; {self.decline} decline"


def expansion_fit(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    copies: ArrayLike | str,
    *,
    lloq: ArrayLike | str | None = None,
    below: ArrayLike | str | None = None,
    decline: Decline = "biexponential",
    level: float = 0.95,
    limits: bool = True,
    infusion_day: Day = None,
    group: Mapping[Any, Any] | ArrayLike | str | None = None,
    patients: Sequence[Any] | None = None,
    data: Any = None,
) -> ExpansionFit:
    """Fit to each patient an exponential rise to a peak and a decline in one or two phases.

    Parameters
    ----------
    patient, day, copies : array_like or str
        As in `expansion`. A sample of the day of infusion counts as drawn before it.
    lloq : float or array_like of float, or str, optional
        Lower limit of quantification. A sample below it enters the likelihood as such.
    below : array_like of bool, or str, optional
        Flags values that are below their limit though written as the limit.
    decline : {"biexponential", "exponential"}, default "biexponential"
        Two phases, or one: for series that end within a month.
    level : float, default 0.95
        Of the limits.
    limits : bool, default True
        Whether to look for the limits, which take most of the time.
    infusion_day, group, patients, data : optional
        As in `expansion`.

    Returns
    -------
    ExpansionFit

    Raises
    ------
    InputError
        As `expansion` does, and for a value of 0 without its limit.

    Notes
    -----
    log copies are normal about the log of the curve with one standard deviation a row. Stein,
    Grupp, Levine et al. 2019 (CPT Pharmacometrics Syst Pharmacol 8:285), who fit a cohort as a
    whole: a patient alone takes 7 quantified samples with two phases, and 5 with one.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> day = [2, 4, 6, 8, 10, 12, 14, 21, 28]
    >>> copies = [30, 210, 900, 7400, 20500, 15000, 12300, 3200, 1400]
    >>> fit = recovery.expansion_fit(["P1"] * 9, day, copies, lloq=20, decline="exponential")
    >>> fit.doubling_time.round(3), fit.half_life.round(2)
    (array([0.771]), array([4.5]))
    """
    if data is not None:
        patient, day, copies, lloq, below, infusion_day, group = columns(
            data, patient=patient, day=day, copies=copies, lloq=lloq, below=below,
            infusion_day=infusion_day, group=group,
        )  # fmt: skip
    names, codes = read_patients(patient, patients)
    start, infusions = read_infusions(infusion_day, names, codes)
    labels = read_groups(group, names, codes)
    given = (names, codes, day, copies, below, lloq, start, infusions)
    rows = _core.expansion_fit(*given, decline, level, limits)
    found: list[Any] = list(zip(*rows, strict=True)) or [()] * (len(_COLUMNS) + 3)
    numbers = np.array(found[-1], float).reshape(len(rows), 3 * len(QUANTITIES)).T
    made = {name: np.array(found[at]) for at, name in enumerate(_COLUMNS, 1)}
    for q, name in enumerate(QUANTITIES):
        for e, end in enumerate(("", "_low", "_high")):
            made[name + end] = numbers[3 * q + e]
    for column in made.values():
        column.setflags(write=False)
    return ExpansionFit(
        patient=[names[code] for code in found[0]],
        group=None if labels is None else [labels[code] for code in found[0]],
        decline=decline,
        level=float(level),
        _given=given,
        _samples=(np.array(names, object)[codes], *map(np.asarray, (day, copies, lloq, below))),
        **made,
    )
