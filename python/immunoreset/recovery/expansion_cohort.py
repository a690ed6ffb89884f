"""Expansion curves of a cohort. Formulas: docs/methods/recovery/expansion_cohort.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns
from immunoreset._result import Result, number, percent_of
from immunoreset.errors import InputError
from immunoreset.recovery.depletion_inputs import Day, read_infusions, read_patients
from immunoreset.recovery.expansion_fit import Decline

PARAMETERS, QUANTITIES = _core.expansion_cohort_words()
LEAST_BETWEEN = 0.02  # of tmax

_OF = {"exponential": 4, "biexponential": 6}  # parameters
_SHOWN = {"exponential": 7, "biexponential": 9}  # quantities


class ExpansionCohortQuantity(NamedTuple):
    """One quantity of the patient in the middle, and of each patient.

    Attributes
    ----------
    estimate, std_error, low, high : float
        Of the patient in the middle: the one whose parameters are the common ones.
    individual, individual_std_error, individual_low, individual_high : ndarray
        Of each patient, given the samples; the limits allow for the estimation of the common
        values.
    """

    estimate: float
    std_error: float
    low: float
    high: float
    individual: NDArray[np.float64]
    individual_std_error: NDArray[np.float64]
    individual_low: NDArray[np.float64]
    individual_high: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ExpansionCohortCurve(Result):
    """The curve of the patient in the middle, or of one patient, on given days.

    Attributes
    ----------
    patient : object
        Whose curve it is; None for the patient in the middle.
    day, estimate, low, high : ndarray
        The curve, and limits for one day each.
    patients_low, patients_high : ndarray or None
        Between which the curves of a share `level` of patients lie on that day; None for one
        patient.
    level : float
        Of the limits, and of the share.
    """

    patient: Any
    day: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    patients_low: NDArray[np.float64] | None
    patients_high: NDArray[np.float64] | None
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("day", "estimate", "low", "high", "patients_low", "patients_high")
        table = {name: getattr(self, name) for name in names}
        return {name: column for name, column in table.items() if column is not None}

    def __str__(self) -> str:
        whose = "the middle patient" if self.patient is None else f"patient {self.patient}"
        return f"expansion curve of {whose} on {len(self.day)} days"


@dataclass(frozen=True, slots=True)
class ExpansionCohort(Result):
    """Expansion curves of a cohort, by a nonlinear mixed model.

    Attributes
    ----------
    patient : list
        Labels, in order.
    decline : str
        "biexponential" or "exponential".
    parameters : tuple of str
        cmax, tmax, fold (the peak over the curve on day 0), alpha, slow_share and beta: the rates
        of the fast and the slow decline.
    quantities : tuple of str
        What `quantity` knows.
    between, between_std_error : ndarray
        Standard deviation between patients of the logarithm of each parameter, of the logit of
        slow_share; 0 where patients do not differ. Standard errors are relative, nan where it is 0.
    shrinkage : ndarray
        How much less than `between` the patients' own values differ: 1 less the ratio of the two
        standard deviations; nan where patients do not differ.
    sd, sd_std_error : float
        Standard deviation of log copies about the curves, with its relative standard error.
    loglik, loglik_error : float
        Log-likelihood of log copies, and a bound for its error, which is that of its points.
    aic, score_norm : float
        Akaike's criterion; length of the score in standard errors.
    n, samples, below : int
        Patients with samples; samples, and those not quantified.
    random : tuple of str
        The parameters that were allowed to differ.
    boundary : tuple of str
        Those of them that were found not to: their `between` is 0 (0.02, the least, of tmax).
    points, level : int, float
        Conventions of the call.
    """

    patient: list[Any]
    decline: str
    parameters: tuple[str, ...]
    quantities: tuple[str, ...]
    between: NDArray[np.float64]
    between_std_error: NDArray[np.float64]
    shrinkage: NDArray[np.float64]
    sd: float
    sd_std_error: float
    loglik: float
    loglik_error: float
    aic: float
    score_norm: float
    n: int
    samples: int
    below: int
    random: tuple[str, ...]
    boundary: tuple[str, ...]
    points: int
    level: float
    _common: NDArray[np.float64] = field(repr=False, compare=False)
    _individual: NDArray[np.float64] = field(repr=False, compare=False)
    _fit: dict[str, Any] = field(repr=False, compare=False)
    # patient, day, copies, limit, hidden; the day of infusion of each patient: for the picture
    _samples: tuple[NDArray[Any], ...] = field(repr=False, compare=False)
    _infusion: NDArray[np.float64] = field(repr=False, compare=False)

    def quantity(self, name: str) -> ExpansionCohortQuantity:
        """Return one quantity of the patient in the middle, with limits, and of each patient.

        Parameters
        ----------
        name : str
            One of `quantities`.

        Examples
        --------
        >>> import numpy as np
        >>> from immunoreset import recovery
        >>> day, rise = np.tile([3, 7, 10, 14, 21, 28], 3), [50, 4000, 30000, 16000, 5500, 1900]
        >>> copies = np.concatenate([np.multiply(rise, f) for f in (0.5, [1.2, 1, 0.8] * 2, 2)])
        >>> fit = recovery.expansion_cohort(
        ...     np.repeat(["A", "B", "C"], 6), day, copies, decline="exponential",
        ...     random=["cmax", "tmax"],
        ... )
        >>> half_life = fit.quantity("half_life")
        >>> round(half_life.estimate, 1)
        4.5
        """
        if name not in self.quantities:
            raise InputError(f"there is no quantity {name!r}; there are {list(self.quantities)}")
        at = self.quantities.index(name)
        return ExpansionCohortQuantity(
            *self._common[at].tolist(), *self._individual[:, at].T.copy()
        )

    def predict(self, days: ArrayLike, patient: Any = None) -> ExpansionCohortCurve:
        """Return the curve of the patient in the middle, or of one patient, on these days.

        Parameters
        ----------
        days : array_like of float
            Days from infusion, 0 or later.
        patient : optional
            The label of a patient; by default the one in the middle, with the band of a share
            `level` of patients.

        Examples
        --------
        >>> import numpy as np
        >>> from immunoreset import recovery
        >>> day, rise = np.tile([3, 7, 10, 14, 21, 28], 3), [50, 4000, 30000, 16000, 5500, 1900]
        >>> copies = np.concatenate([np.multiply(rise, f) for f in (0.5, [1.2, 1, 0.8] * 2, 2)])
        >>> fit = recovery.expansion_cohort(
        ...     np.repeat(["A", "B", "C"], 6), day, copies, decline="exponential",
        ...     random=["cmax", "tmax"],
        ... )
        >>> fit.predict([7, 28], patient="A").estimate.round(-2)
        array([2000.,  900.])
        """
        asked = np.atleast_1d(np.asarray(days, np.float64))
        fit = self._fit
        if patient is None:
            estimate, low, high = _core.expansion_cohort_curve(
                self.decline, fit["theta"], fit["covariance"], asked, self.n - 1, self.level
            )
            spread = np.zeros((6, 6))
            np.fill_diagonal(spread[: len(self.between)], self.between**2)
            _, patients_low, patients_high = _core.expansion_cohort_curve(
                self.decline, fit["theta"], spread.ravel(), asked, np.inf, self.level
            )
            return ExpansionCohortCurve(
                None, asked, estimate, low, high, patients_low, patients_high, self.level
            )
        if patient not in self.patient:
            raise InputError(f"there is no patient {patient!r}; the patients are {self.patient}")
        row = self.patient.index(patient)
        curve = _core.expansion_cohort_curve(
            self.decline, fit["individual"][row], fit["individual_covariance"][row], asked,
            self.n - 1, self.level,
        )  # fmt: skip
        return ExpansionCohortCurve(patient, asked, *curve, None, None, self.level)

    def plot(self, ax: Any = None, *, ylabel: str = "CAR T (copies/ug)") -> Any:
        """Draw samples, each patient's curve, and the middle one with its bands; return the axes.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.
        ylabel : str
            Name and unit of what was measured.
        """
        from immunoreset.plots.expansion_fit import cohort_curves

        return cohort_curves(self, ax=ax, ylabel=ylabel)

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"patient": self.patient}
        for name in self.quantities:
            quantity = self.quantity(name)
            table[name] = quantity.individual
            table[f"{name}_low"] = quantity.individual_low
            table[f"{name}_high"] = quantity.individual_high
        return table

    def __str__(self) -> str:
        words = {
            "cmax": ("Cmax", ""), "tmax": ("on day", ""), "doubling_time": ("doubling time", " d"),
            "half_life": ("half-life", " d"), "slow_half_life": ("slow half-life", " d"),
        }  # fmt: skip
        said = "; ".join(
            f"{said} {number(q.estimate)}{unit} ({percent_of(self.level)} {number(q.low)} to "
            f"{number(q.high)})"
            for name, (said, unit) in words.items()
            if name in self.quantities and (q := self.quantity(name))
        )
        same = f"; patients do not differ in {', '.join(self.boundary)}" if self.boundary else ""
        return (
            f"{self.n} patients, {self.samples} samples ({self.below} below their limit), "
            f"{self.decline} decline; middle patient: {said}{same}"
        )


def expansion_cohort(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    copies: ArrayLike | str,
    *,
    lloq: ArrayLike | str | None = None,
    below: ArrayLike | str | None = None,
    decline: Decline = "biexponential",
    random: Sequence[str] | None = None,
    points: int = 1000,
    level: float = 0.95,
    infusion_day: Day = None,
    patients: Sequence[Any] | None = None,
    data: Any = None,
) -> ExpansionCohort:
    """Fit one expansion curve to a cohort, from which each patient's differs.

    A nonlinear mixed model, by maximum likelihood: a patient with three samples borrows from the
    others. A sample below its limit adds the probability of lying there.

    Parameters
    ----------
    patient, day, copies : array_like or str
        As in `expansion_fit`, whose curve it is.
    lloq, below, decline : optional
        As in `expansion_fit`.
    random : sequence of str, optional
        The parameters that differ between patients, "tmax" among them; by default all of "cmax",
        "tmax", "fold", "alpha", "slow_share", "beta" (the first four with one phase).
    points : int, default 1000
        Of the integral over the parameters of each patient; 100 to 100000.
    level : float, default 0.95
        Of the limits, which are standard errors, on the scale of logarithms, times the quantile of
        the t distribution with one degree of freedom less than there are patients.
    infusion_day : float, mapping or array_like, optional
        As in `expansion`; one day a patient.
    patients, data : optional
        As in `expansion`.

    Returns
    -------
    ExpansionCohort

    Raises
    ------
    InputError
        As `expansion_fit` does; for an unknown parameter, fewer than two patients with samples,
        fewer quantified samples than there are unknowns, and two infusions of a patient.
    ConvergenceError
        Where no maximum of the likelihood was found.

    Notes
    -----
    Stein, Grupp, Levine et al. 2019 (CPT Pharmacometrics Syst Pharmacol 8:285); Pinheiro and Bates
    1995 (J Comput Graph Stat 4:12) for the likelihood by importance sampling, whose points are
    quasi-random and the same in every call.

    Examples
    --------
    >>> import numpy as np
    >>> from immunoreset import recovery
    >>> day = np.tile([3, 7, 10, 14, 21, 28], 4)
    >>> rise = np.array([50, 4000, 30000, 16000, 5500, 1900])
    >>> noise = np.resize([1.2, 0.8, 1.1, 0.7, 1.3], 24)
    >>> copies = np.concatenate([rise * f for f in (0.3, 1, 2, 5)]) * noise
    >>> who = np.repeat(["A", "B", "C", "D"], 6)
    >>> fit = recovery.expansion_cohort(who, day, copies, lloq=50, decline="exponential")
    >>> peak = fit.quantity("cmax")
    >>> bool(peak.low < peak.estimate < peak.high)
    True
    """
    if data is not None:
        patient, day, copies, lloq, below, infusion_day = columns(
            data, patient=patient, day=day, copies=copies, lloq=lloq, below=below,
            infusion_day=infusion_day,
        )  # fmt: skip
    if decline not in _OF:
        raise InputError(f"decline is {decline!r}; give one of {list(_OF)}")
    parameters = PARAMETERS[: _OF[decline]]
    chosen = parameters if random is None else tuple(random)
    for name in chosen:
        if name not in parameters:
            raise InputError(f"random names {name!r}; the parameters are {list(parameters)}")
    names, codes = read_patients(patient, patients)
    start, infusions = read_infusions(infusion_day, names, codes)
    flags = np.array([name in chosen for name in PARAMETERS])
    (
        common, individual, theta, covariance, between, between_error, shrinkage, own,
        own_covariance, sd, sd_error, loglik, loglik_error, score_norm, samples, under, sampled,
        _, is_least,
    ) = _core.expansion_cohort(
        names, codes, day, copies, below, lloq, start, infusions, decline, flags, points, level
    )  # fmt: skip
    known = QUANTITIES[: _SHOWN[decline]]
    shown = {
        name: column[0, : len(parameters)]
        for name, column in (
            ("between", between), ("between_std_error", between_error), ("shrinkage", shrinkage),
        )
    }  # fmt: skip
    for column in shown.values():
        column.setflags(write=False)
    ends = dict(zip(parameters, shown["between"] == 0, strict=True)) | {"tmax": bool(is_least)}
    unknowns = len(parameters) + int(np.count_nonzero(shown["between"])) - is_least + 1
    return ExpansionCohort(
        patient=names,
        decline=decline,
        parameters=parameters,
        quantities=known,
        sd=sd,
        sd_std_error=sd_error,
        loglik=loglik,
        loglik_error=loglik_error,
        aic=2 * (unknowns - loglik),
        score_norm=score_norm,
        n=sampled,
        samples=samples,
        below=under,
        random=tuple(chosen),
        boundary=tuple(name for name in parameters if name in chosen and ends[name]),
        points=points,
        level=float(level),
        _common=common.reshape(len(known), 4),
        _individual=individual.reshape(len(names), len(known), 4),
        _fit={
            "theta": theta[0], "covariance": covariance.ravel(), "individual": own,
            "individual_covariance": own_covariance,
        },
        _samples=(np.array(names, object)[codes], *map(np.asarray, (day, copies, lloq, below))),
        _infusion=np.zeros(len(names)) if infusions is None else np.asarray(infusions, float),
        **shown,
    )  # fmt: skip
