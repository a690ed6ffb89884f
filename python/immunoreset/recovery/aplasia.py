"""How long B cells are gone. Formulas: docs/methods/recovery/aplasia.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import labels
from immunoreset._result import Grouped
from immunoreset.errors import InputError
from immunoreset.recovery.aplasia_npmle import AplasiaNpmle, npmle
from immunoreset.recovery.aplasia_parametric import AplasiaParametric, draw, parametric
from immunoreset.recovery.aplasia_rows import read
from immunoreset.recovery.depletion import Depletion

Group = Mapping[Any, Any] | ArrayLike | str
Covariates = ArrayLike | str | Sequence[str]
Distribution = Literal["weibull", "lognormal", "loglogistic", "gamma"]
Onset = Literal["uniform", "estimated"]


@overload
def aplasia(
    onset_left: Depletion | ArrayLike | str,
    onset_right: ArrayLike | str | None = None,
    recovery_left: ArrayLike | str | None = None,
    recovery_right: ArrayLike | str | None = None,
    *,
    group: None = None,
    method: Literal["npmle"] = "npmle",
    onset: Onset = "uniform",
    distribution: Distribution = "weibull",
    X: Covariates | None = None,
    names: Sequence[str] | None = None,
    horizon: float | None = None,
    level: float = 0.95,
    data: Any = None,
) -> AplasiaNpmle: ...


@overload
def aplasia(
    onset_left: Depletion | ArrayLike | str,
    onset_right: ArrayLike | str | None = None,
    recovery_left: ArrayLike | str | None = None,
    recovery_right: ArrayLike | str | None = None,
    *,
    group: Group,
    method: Literal["npmle"] = "npmle",
    onset: Onset = "uniform",
    distribution: Distribution = "weibull",
    X: Covariates | None = None,
    names: Sequence[str] | None = None,
    horizon: float | None = None,
    level: float = 0.95,
    data: Any = None,
) -> Grouped[AplasiaNpmle]: ...


@overload
def aplasia(
    onset_left: Depletion | ArrayLike | str,
    onset_right: ArrayLike | str | None = None,
    recovery_left: ArrayLike | str | None = None,
    recovery_right: ArrayLike | str | None = None,
    *,
    group: None = None,
    method: Literal["parametric"],
    onset: Onset = "uniform",
    distribution: Distribution = "weibull",
    X: Covariates | None = None,
    names: Sequence[str] | None = None,
    horizon: float | None = None,
    level: float = 0.95,
    data: Any = None,
) -> AplasiaParametric: ...


@overload
def aplasia(
    onset_left: Depletion | ArrayLike | str,
    onset_right: ArrayLike | str | None = None,
    recovery_left: ArrayLike | str | None = None,
    recovery_right: ArrayLike | str | None = None,
    *,
    group: Group,
    method: Literal["parametric"],
    onset: Onset = "uniform",
    distribution: Distribution = "weibull",
    X: Covariates | None = None,
    names: Sequence[str] | None = None,
    horizon: float | None = None,
    level: float = 0.95,
    data: Any = None,
) -> Grouped[AplasiaParametric]: ...


def aplasia(
    onset_left: Depletion | ArrayLike | str,
    onset_right: ArrayLike | str | None = None,
    recovery_left: ArrayLike | str | None = None,
    recovery_right: ArrayLike | str | None = None,
    *,
    group: Group | None = None,
    method: Literal["npmle", "parametric"] = "npmle",
    onset: Onset = "uniform",
    distribution: Distribution = "weibull",
    X: Covariates | None = None,
    names: Sequence[str] | None = None,
    horizon: float | None = None,
    level: float = 0.95,
    data: Any = None,
) -> AplasiaNpmle | AplasiaParametric | Grouped[AplasiaNpmle] | Grouped[AplasiaParametric]:
    """Estimate how long B cells are gone, from intervals for both ends.

    Parameters
    ----------
    onset_left : Depletion, array_like of float, or str
        The result of `recovery.depletion`, which has all four columns; or the last time at which a
        patient was known not to be depleted. A row where it is -inf is left out, and `excluded`
        says so: B cells that an earlier drug removed were gone for an unknown time.
    onset_right : array_like of float, or str, optional
        The first time at which the patient was known to be depleted; equal to `onset_left` where
        the very time is known.
    recovery_left : array_like of float, or str, optional
        The last time without recovery, at `onset_right` or later.
    recovery_right : array_like of float, or str, optional
        The first time with recovery; inf where none was seen.
    group : array_like, mapping or str, optional
        A label a patient (of a Depletion: in the order of its patients, or a mapping from
        patient); each group is estimated by itself.
    method : {"npmle", "parametric"}, default "npmle"
        Nonparametric maximum likelihood, on whole days; or a shape, by maximum likelihood.
    onset : {"uniform", "estimated"}, default "uniform"
        Of "npmle". The onset is uniform over the days of its interval, and then the estimate is
        certified as a maximum, and has limits; or onset days have one distribution in all patients
        that is estimated too, and then it is certified as stationary, the best end of 8 to 32
        starting points.
    distribution : {"weibull", "lognormal", "loglogistic", "gamma"}, default "weibull"
        Of "parametric": the shape of the duration.
    X : array_like of float, or str, or sequence of str, optional
        Of "parametric": covariates, one row a patient, one column a covariate (a single covariate
        may be one-dimensional), at most 20: each multiplies durations by its `ratio`. With `data`,
        a column name or several.
    names : sequence of str, optional
        What the columns of X are called; by default x1, x2, ..., or their names in `data`.
    horizon : float, optional
        Where the restricted mean ends; without it there is none. The mean itself has no upper limit
        without a shape, as nothing bounds what lies beyond the visits; choose a horizon that the
        visits reach.
    level : float, default 0.95
        The confidence level.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    AplasiaNpmle or AplasiaParametric, or Grouped of them
        With `group`, a mapping from label to estimate.

    Raises
    ------
    InputError
        For no rows, for several rows of a patient of a Depletion, for missing times, and for times
        out of order; it names argument, row and value. Rows are counted after those left out. For
        exact durations that are all equal, which have no largest likelihood, and for covariates
        that are constant, that are combinations of others, or along which the likelihood rises
        without end. For times that are not whole days with "npmle".
    ConvergenceError
        When the certificate of 1e-8 (`kkt_gap`, `score`) is not reached.

    Notes
    -----
    De Gruttola and Lagakos 1989 (nonparametric estimate, onset and duration together); Gomez and
    Lagakos 1994. Where the onset is exact the nonparametric estimate is that of
    `survival.turnbull`; where all is exact or right-censored, that of Kaplan and Meier.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> rows = (
    ...     [0, 0, 3, 0, 0],
    ...     [3, 3, 7, 3, 7],
    ...     [84, 56, 112, 84, 140],
    ...     [112, 84, 140, 126, float("inf")],
    ... )
    >>> print(recovery.aplasia(*rows))
    5 patients, 4 recovered, median aplasia between 108 and 109 (95% CI 54 to not reached)
    >>> print(recovery.aplasia(*rows, method="parametric"))
    5 patients, 4 recovered, median aplasia 109.7 (95% CI 75.23 to 150.9)

    Two products, and the exact test of them:

    >>> product = ["CD19", "CD19", "CD19", "BCMA", "BCMA"]
    >>> for name, found in recovery.aplasia(*rows, group=product).items():
    ...     print(f"{name}: {found}")
    BCMA: 2 patients, 1 recovered, median aplasia after 83 (95% CI 81 to not reached)
    CD19: 3 patients, 3 recovered, median aplasia between 108 and 109 (95% CI 53 to 136)
    >>> print(recovery.aplasia_test(*rows, group=product))
    aplasia of CD19 is shorter than of BCMA: z = 1.326, p = 0.3000 (exact, 5 patients)
    """
    rows = read((onset_left, onset_right, recovery_left, recovery_right), group, X, names, data)
    keys, codes = ([None], None) if rows.group is None else labels(rows.group)
    wanted = [("quantile", 0.5)]
    found: dict[Any, Any] = {}
    answers: list[tuple[Any, ...]]
    if method == "npmle":
        if X is not None:
            raise InputError("X is for method='parametric'; leave it out, or compare groups")
        if onset not in ("uniform", "estimated"):
            raise InputError(f"onset is {onset!r}; choose 'uniform' or 'estimated'")
        wanted += [] if horizon is None else [("restricted-mean", horizon)]
        answers = _core.aplasia_npmle(
            *rows.times, codes, len(keys), onset == "uniform", level, wanted
        )
    elif method == "parametric":
        wanted += [("mean", 0.0), *(("ratio", float(j)) for j in range(len(rows.terms)))]
        wanted += [] if horizon is None else [("restricted-mean", horizon)]
        answers = _core.aplasia_parametric(
            *rows.times, codes, rows.X, len(keys), distribution, level, wanted
        )
    else:
        raise InputError(f"method is {method!r}; choose 'npmle' or 'parametric'")
    for code, (key, answer) in enumerate(zip(keys, answers, strict=True)):
        own = rows if codes is None else rows.of(codes == code)
        found[key] = (
            npmle(answer, own, onset, horizon, level)
            if method == "npmle"
            else parametric(answer, own, distribution, horizon, level)
        )
    return found[None] if rows.group is None else Grouped(found, draw)
