"""Recovery curves of a cohort. Formulas: docs/methods/recovery/kinetics_cohort.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import columns, labels
from immunoreset._result import Result, number, percent_of
from immunoreset.errors import InputError
from immunoreset.recovery.kinetics import MODELS, Error, start_of

# the parameters of each model in the order of the core; those that stand as logarithms differ
# between patients by factors, the others by sums
PARAMETERS = {
    "logistic": ("plateau", "midpoint", "scale"),
    "gompertz": ("plateau", "midpoint", "scale"),
    "emax": ("plateau", "midpoint", "hill"),
    "exponential": ("initial", "rate"),
    "approach": ("plateau", "initial", "rate"),
    "logistic4": ("floor", "plateau", "midpoint", "scale"),
    "biexponential": ("amplitude_1", "rate_1", "amplitude_2", "rate_2"),
}


class KineticsCohortQuantity(NamedTuple):
    """One quantity of the middle patient, and of each patient.

    Attributes
    ----------
    estimate, std_error, low, high : float
        Of the patient in the middle: the one whose parameters are the common ones.
    individual, individual_std_error : ndarray
        Of each patient: the mode given the counts, and its standard error given the common values.
    """

    estimate: float
    std_error: float
    low: float
    high: float
    individual: NDArray[np.float64]
    individual_std_error: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KineticsCohortAt(Result):
    """The curve of the middle patient on given days, and where those of other patients lie.

    Attributes
    ----------
    day, estimate, low, high : ndarray
        The curve, and limits for one day each.
    patients_low, patients_high : ndarray
        Between which the curves of a share `level` of patients lie on that day.
    individual : ndarray
        Patients by days.
    level : float
        Of the limits, and of the share.
    """

    day: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    patients_low: NDArray[np.float64]
    patients_high: NDArray[np.float64]
    individual: NDArray[np.float64]
    level: float

    def _table(self) -> dict[str, Any]:
        names = ("day", "estimate", "low", "high", "patients_low", "patients_high")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return f"curve of a cohort on {len(self.day)} days"


@dataclass(frozen=True, slots=True)
class KineticsCohort(Result):
    """Recovery curves of a cohort, by a nonlinear mixed model.

    Attributes
    ----------
    patient : list
        Labels, in order.
    model, error : str
        The curve, and how counts scatter about it.
    quantities : tuple of str
        What `quantity` knows.
    parameters : tuple of str
        The parameters of the model.
    between, between_std_error : ndarray
        Standard deviation of each parameter between patients: of its logarithm, or of the parameter
        itself for midpoint (but not of "emax"), the rate of "exponential", and floor and plateau of
        "logistic4"; 0 where patients do not differ. Standard errors are relative, nan where it is
        0.
    sd, sd_std_error : float
        Standard deviation of the counts about the curves, with its relative standard error.
    loglik, aic, score_norm : float
        Log-likelihood; Akaike's criterion; length of the score in standard errors.
    n, samples, below : int
        Patients with samples; samples, and those below their limit.
    random : tuple of str
        The parameters that were allowed to differ.
    nodes : int
        Of the quadrature in each of these; 1 is Laplace's approximation.
    start, threshold, level : str or float, float, float
        Conventions of the call.
    """

    patient: list[Any]
    model: str
    error: str
    quantities: tuple[str, ...]
    parameters: tuple[str, ...]
    between: NDArray[np.float64]
    between_std_error: NDArray[np.float64]
    sd: float
    sd_std_error: float
    loglik: float
    aic: float
    score_norm: float
    n: int
    samples: int
    below: int
    random: tuple[str, ...]
    nodes: int
    start: str | float
    threshold: float | None
    level: float
    _common: dict[str, tuple[float, float, float, float]]
    _individual: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    _fit: dict[str, Any]
    _rows: tuple[Any, ...] = field(compare=False)

    def quantity(self, name: str) -> KineticsCohortQuantity:
        """Return one quantity of the middle patient, with limits, and of each patient.

        Parameters
        ----------
        name : str
            One of `quantities`.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> day, count = [28, 56, 84, 112] * 3, [1, 4, 9, 31, 2, 5, 19, 44, 1, 3, 7, 21]
        >>> who = ["A"] * 4 + ["B"] * 4 + ["C"] * 4
        >>> fit = recovery.kinetics_cohort(who, day, count, model="exponential", random=["initial"])
        >>> round(fit.quantity("doubling_time").estimate, 1)
        18.4
        """
        if name not in self.quantities:
            raise InputError(f"there is no quantity {name!r}; there are {list(self.quantities)}")
        return KineticsCohortQuantity(*self._common[name], *self._individual[name])

    def at(self, days: ArrayLike) -> KineticsCohortAt:
        """Return the curve of the middle patient on these days, with that of each patient.

        Parameters
        ----------
        days : array_like of float
            Days from infusion, as in the call.
        """
        asked = np.atleast_1d(np.asarray(days, np.float64))
        fit = self._fit

        def curves(theta: Any, covariance: Any, df: float) -> Any:
            count = len(theta)
            return _core.kinetics_at(
                np.full(count, fit["model"]), theta, covariance, np.full(count, fit["origin"]),
                np.full(count, df), asked, self.level,
            )  # fmt: skip

        theta = fit["theta"][np.newaxis]
        estimate, low, high = curves(theta, fit["covariance"], self.n - 1)
        spread = np.zeros((4, 4))
        np.fill_diagonal(spread[: len(self.between)], self.between**2)
        _, patients_low, patients_high = curves(theta, spread, np.inf)
        individual = curves(fit["individual"], fit["individual_covariance"], np.nan)[0]
        return KineticsCohortAt(
            asked, estimate[0], low[0], high[0], patients_low[0], patients_high[0], individual,
            self.level,
        )  # fmt: skip

    def plot(self, ax: Any = None) -> Any:
        """Draw counts, each patient's curve, and the middle one with its bands; return the axes."""
        from immunoreset.plots.kinetics import cohort_curves

        return cohort_curves(self, self._rows, ax=ax)

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"patient": self.patient}
        for name in self.quantities:
            table[name], table[f"{name}_std_error"] = self._individual[name]
        return table

    def __str__(self) -> str:
        names = ("plateau", "midpoint", "rate", "crossing_day")
        shown = [name for name in names if name in self._common]
        words = "; ".join(
            f"{name.replace('_', ' ')} {number(self._common[name][0])} "
            f"({percent_of(self.level)} {number(self._common[name][2])} to "
            f"{number(self._common[name][3])})"
            for name in shown
        )
        return (
            f"{self.n} patients, {self.samples} samples ({self.below} below their limit), "
            f"{self.model}, {self.error} error; middle patient: {words}"
        )


def kinetics_cohort(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    count: ArrayLike | str,
    *,
    model: str = "logistic",
    random: Sequence[str] | None = None,
    error: Error = "log",
    lloq: ArrayLike | str | None = None,
    below: ArrayLike | str | None = None,
    start: float | Literal["nadir", "all"] | None = None,
    threshold: float | None = None,
    nodes: int = 5,
    level: float = 0.95,
    data: Any = None,
) -> KineticsCohort:
    """Fit one recovery curve to a cohort, from which each patient's differs, by maximum likelihood.

    A nonlinear mixed model: a patient with three samples borrows from the others. Counts below
    their limit add the probability of lying there.

    Parameters
    ----------
    patient, day, count, error, lloq, below, start, threshold
        As in `kinetics`.
    model : str, default "logistic"
        As in `kinetics`, one of them, and not "turnover".
    random : sequence of str, optional
        The parameters that differ between patients, all of them by default.
    nodes : {5, 1, 3, 7}
        Of the Gauss-Hermite quadrature in each of these; 1 is Laplace's approximation.
    level : float, default 0.95
        Of the limits, which are standard errors times the quantile of the t distribution with one
        degree of freedom less than there are patients.
    data : frame or mapping of arrays, optional
        Where arguments are column names.

    Returns
    -------
    KineticsCohort

    Raises
    ------
    InputError
        As `kinetics` does, for an unknown parameter, and for fewer than two patients with samples.
    ConvergenceError
        Where no curve of the model is to be seen, or no maximum of the likelihood was found.

    Notes
    -----
    Pinheiro and Bates 1995 (J Comput Graph Stat 4:12): adaptive Gauss-Hermite quadrature.

    Examples
    --------
    >>> import numpy as np
    >>> from immunoreset import recovery
    >>> day = np.tile([28, 56, 84, 112, 140, 180], 6)
    >>> who = np.repeat(list("ABCDEF"), 6)
    >>> middle = np.repeat([95, 105, 118, 122, 133, 140], 6)
    >>> noise = np.resize([1.2, 0.8, 1.1, 0.9, 0.85, 1.25, 1.0], 36)
    >>> count = 100 / (1 + np.exp((middle - day) / 16)) * noise
    >>> fit = recovery.kinetics_cohort(who, day, count, lloq=1, threshold=10)
    >>> middle = fit.quantity("midpoint")
    >>> round(middle.estimate), round(middle.low), round(middle.high)
    (118, 99, 136)
    """
    if data is not None:
        patient, day, count, lloq, below = columns(
            data, patient=patient, day=day, count=count, lloq=lloq, below=below
        )
    if model not in MODELS or model == "turnover":
        raise InputError(f"model is {model!r}; give one of {list(PARAMETERS)}")
    parameters = PARAMETERS[model]
    chosen = parameters if random is None else tuple(random)
    for name in chosen:
        if name not in parameters:
            raise InputError(f"random names {name!r}; the parameters are {list(parameters)}")
    flags = np.zeros(4, bool)
    flags[: len(parameters)] = [name in chosen for name in parameters]
    rule, start_day = start_of(start, [model])
    names, codes = labels(patient, "patient")
    (
        common, individuals, theta, covariance, between, between_error, sd, sd_error, loglik,
        score_norm, samples, under, sampled, individual, individual_covariance, origin,
    ) = _core.kinetics_cohort(
        len(names), codes, day, count, lloq, below, [model], error, rule == "nadir", start_day,
        np.nan if threshold is None else float(threshold), flags, nodes, level,
    )  # fmt: skip
    known = [row[0] for row in common]
    each = np.array([[row[1:3] for row in rows] for rows in individuals])
    unknowns = len(parameters) + int(np.count_nonzero(between)) + 1
    return KineticsCohort(
        patient=names,
        model=model,
        error=error,
        quantities=tuple(known),
        parameters=parameters,
        between=between,
        between_std_error=between_error,
        sd=sd,
        sd_std_error=sd_error,
        loglik=loglik,
        aic=2 * (unknowns - loglik),
        score_norm=score_norm,
        n=sampled,
        samples=samples,
        below=under,
        random=chosen,
        nodes=nodes,
        start=rule,
        threshold=threshold,
        level=level,
        _common={row[0]: row[1:] for row in common},
        _individual={name: (each[:, at, 0], each[:, at, 1]) for at, name in enumerate(known)},
        _fit={
            "model": MODELS.index(model), "theta": theta, "covariance": covariance,
            "individual": individual, "individual_covariance": individual_covariance,
            "origin": origin,
        },
        _rows=(codes, day, count, lloq, below),
    )  # fmt: skip
