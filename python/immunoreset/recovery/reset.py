"""The immune reset, component by component. Definitions: docs/methods/recovery/reset.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core
from immunoreset._frame import labels
from immunoreset._result import Grouped, Result, number, percent_of
from immunoreset.recovery.reset_inputs import COLUMNS, Column, read_columns, read_times
from immunoreset.survival.turnbull import Turnbull, turnbull

_, CRITERIA, COMPONENTS, STATUSES, _REASONS = _core.reset_words()
ALL = "all"
_MET = STATUSES.index("met")
_STATUSES = np.array(STATUSES)
_IS_LIMIT = np.array(["limit of {value}" in words for words in _REASONS])


class ResetIntervals(NamedTuple):
    """Days from infusion to the reset, as (left, right], for `survival.turnbull`.

    Attributes
    ----------
    patient : list
        Who is in, in the order of the intervals.
    left, right : ndarray
        The last day before all components were met and the first with all of them; `right` is inf
        where they were not. Who can meet them no more has the longest follow-up of all as `left`.
    excluded : dict
        From each patient left out to the reason.
    """

    patient: list[Any]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    excluded: dict[Any, str]


@dataclass(frozen=True, slots=True)
class ResetShares(Result):
    """How many patients meet each component and, in the last row, all of those assessed.

    Attributes
    ----------
    component : tuple of str
        The components that were assessed, then "all".
    met, not_met, not_assessed, not_yet : ndarray of int
        Patients of each status.
    share, low, high : ndarray
        Met among met and not met, with Clopper-Pearson limits: NaN, 0 and 1 where nobody is either.
    least, most : ndarray
        Met among all patients, if none of the undecided is counted, and if all are.
    level : float
        Of the limits.
    """

    component: tuple[str, ...]
    met: NDArray[np.int64]
    not_met: NDArray[np.int64]
    not_assessed: NDArray[np.int64]
    not_yet: NDArray[np.int64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    level: float

    def _table(self) -> dict[str, Any]:
        counts = ("met", "not_met", "not_assessed", "not_yet")
        names = (*counts, "share", "low", "high", "least", "most")
        return {"component": np.array(self.component)} | {
            name: getattr(self, name) for name in names
        }

    def words(self, row: int) -> str:
        """Return ``8 of 9 (88.9%, 95% 51.8% to 99.7%), 1 not yet``."""
        decided = int(self.met[row] + self.not_met[row])
        words = f"{self.met[row]} of {decided}"
        if decided:
            words += (
                f" ({100 * self.share[row]:.1f}%, {percent_of(self.level)} "
                f"{100 * self.low[row]:.1f}% to {100 * self.high[row]:.1f}%)"
            )
        for name, count in (("not yet", self.not_yet), ("not assessed", self.not_assessed)):
            if count[row]:
                words += f", {count[row]} {name}"
        return words

    def __str__(self) -> str:
        rows = enumerate(self.component)
        return "; ".join(f"{name} {self.words(row)}" for row, name in rows)


@dataclass(frozen=True, slots=True)
class Reset(Result):
    """The components of an immune reset by patient: what is met, what is not, and why.

    Attributes
    ----------
    patient : list
    assessed : tuple of str
        The components that had columns and a criterion: those of the composite.
    status : ndarray of str
        Patients by the six components ("depth", "renewal", "repertoire", "serology", "clinical",
        "protection"): "met", "not met", "not assessed" or "not yet assessable".
    value, bound : ndarray
        Patients by components: what was judged, and against which number; NaN where `reasons` names
        none.
    composite : ndarray of str
        The same of all components assessed together: "not met" if one is not; otherwise "not
        assessed" if one is not; otherwise "not yet assessable" if one is not.
    left, right : ndarray
        Days: all came to be met in (left, right]; see `intervals`. NaN where not assessed.
    precluded : ndarray of bool
        Who can meet all no more: a component judged at return failed, or follow-up was stopped.
    shares : ResetShares
    criteria : dict
        The criteria, by the names of the arguments; None where one was left out. None of them is
        literature.
    n : int
        Patients.
    level : float
    """

    patient: list[Any]
    assessed: tuple[str, ...]
    status: NDArray[np.str_]
    _reason: NDArray[np.int64]
    value: NDArray[np.float64]
    bound: NDArray[np.float64]
    composite: NDArray[np.str_]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    precluded: NDArray[np.bool_]
    shares: ResetShares
    criteria: dict[str, float | None]
    n: int
    level: float

    def reasons(self, component: str) -> list[str]:
        """Return why each patient has the status of a component, in words.

        Parameters
        ----------
        component : str
            One of the six.
        """
        column = COMPONENTS.index(component)
        numbers = zip(
            self._reason[:, column], self.value[:, column], self.bound[:, column], strict=True
        )
        return [
            _REASONS[reason].format(value=number(value), bound=number(bound))
            for reason, value, bound in numbers
        ]

    @property
    def is_limit(self) -> NDArray[np.bool_]:
        """Where `value` is a limit of quantification that the count or titre is below."""
        return _IS_LIMIT[self._reason]

    def intervals(self) -> ResetIntervals:
        """Return the days from infusion until all components were met, censored as they are.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> r = recovery.reset([90, 60], [120, 100], [400, 400], naive_share=[0.9, 0.6])
        >>> days = r.intervals()
        >>> days.left, days.right
        (array([ 90., 400.]), array([120.,  inf]))
        """
        kept = np.flatnonzero(~np.isnan(self.left))
        out = np.flatnonzero(np.isnan(self.left))
        columns = {name: COMPONENTS.index(name) for name in self.assessed}
        reasons = {name: self.reasons(name) for name in self.assessed} if out.size else {}
        excluded = {
            self.patient[i]: "; ".join(
                f"{name}: {reasons[name][i]}"
                for name, column in columns.items()
                if self.status[i, column] == "not assessed"
            )
            for i in out
        }
        patients = [self.patient[i] for i in kept]
        return ResetIntervals(patients, self.left[kept], self.right[kept], excluded)

    def time_to_reset(self) -> Turnbull:
        """Return the distribution of the time until all components were met.

        Who can meet them no more is kept without them to the longest follow-up of all, so that one
        less the curve is the share that has come to a reset: their failure competes with it.

        Returns
        -------
        survival.Turnbull
            With `level`, over the patients of `intervals`.

        Raises
        ------
        InputError
            When nobody's components are all assessed.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> r = recovery.reset([90, 60], [120, 100], [400, 400], naive_share=[0.9, 0.6])
        >>> float(r.time_to_reset().at(400).estimate)
        0.5
        """
        days = self.intervals()
        return turnbull(days.left, days.right, level=self.level)

    def plot(self, ax: Any = None) -> Any:
        """Draw a heat map: a row a patient, a column a component, the composite beside them."""
        from immunoreset.plots.reset import components

        return components(self, ax=ax)

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"patient": np.array(self.patient)}
        for column, name in enumerate(COMPONENTS):
            table[name] = self.status[:, column]
            table[f"{name}_reason"] = np.array(self.reasons(name))
        table[ALL] = self.composite
        return {**table, "left": self.left, "right": self.right, "precluded": self.precluded}

    def __str__(self) -> str:
        return f"{self.n} patient{'' if self.n == 1 else 's'}: {self.shares}"


Times = Mapping[str, tuple[ArrayLike | str, ArrayLike | str]]


@overload
def reset(
    return_left: ArrayLike | str,
    return_right: ArrayLike | str,
    followed: ArrayLike | str,
    *,
    patient: Column = None,
    stopped: Column = None,
    nadir: Column = None,
    nadir_below: Column = None,
    nadir_samples: Column = None,
    naive_share: Column = None,
    memory_share: Column = None,
    memory_share_before: Column = None,
    overlap: Column = None,
    mutation: Column = None,
    mutation_before: Column = None,
    titre: Column = None,
    titre_below: Column = None,
    titre_before: Column = None,
    titre_negative: Column = None,
    drug_free_from: Column = None,
    drug_free_to: Column = None,
    relapse: Column = None,
    protective: Column = None,
    protective_before: Column = None,
    times: Times | None = None,
    depth_below: float | None = None,
    depth_samples: float | None = 2,
    naive_at_least: float | None = 0.8,
    memory_at_most: float | None = None,
    overlap_at_most: float | None = None,
    mutation_falls: bool = True,
    titre_fold: float | None = 4,
    drug_free_days: float | None = 90,
    protective_at_least: float | None = None,
    level: float = 0.95,
    group: None = None,
    data: Any = None,
) -> Reset: ...


@overload
def reset(
    return_left: ArrayLike | str,
    return_right: ArrayLike | str,
    followed: ArrayLike | str,
    *,
    patient: Column = None,
    stopped: Column = None,
    nadir: Column = None,
    nadir_below: Column = None,
    nadir_samples: Column = None,
    naive_share: Column = None,
    memory_share: Column = None,
    memory_share_before: Column = None,
    overlap: Column = None,
    mutation: Column = None,
    mutation_before: Column = None,
    titre: Column = None,
    titre_below: Column = None,
    titre_before: Column = None,
    titre_negative: Column = None,
    drug_free_from: Column = None,
    drug_free_to: Column = None,
    relapse: Column = None,
    protective: Column = None,
    protective_before: Column = None,
    times: Times | None = None,
    depth_below: float | None = None,
    depth_samples: float | None = 2,
    naive_at_least: float | None = 0.8,
    memory_at_most: float | None = None,
    overlap_at_most: float | None = None,
    mutation_falls: bool = True,
    titre_fold: float | None = 4,
    drug_free_days: float | None = 90,
    protective_at_least: float | None = None,
    level: float = 0.95,
    group: ArrayLike | str,
    data: Any = None,
) -> Grouped[Reset]: ...


def reset(
    return_left: ArrayLike | str,
    return_right: ArrayLike | str,
    followed: ArrayLike | str,
    *,
    patient: Column = None,
    stopped: Column = None,
    nadir: Column = None,
    nadir_below: Column = None,
    nadir_samples: Column = None,
    naive_share: Column = None,
    memory_share: Column = None,
    memory_share_before: Column = None,
    overlap: Column = None,
    mutation: Column = None,
    mutation_before: Column = None,
    titre: Column = None,
    titre_below: Column = None,
    titre_before: Column = None,
    titre_negative: Column = None,
    drug_free_from: Column = None,
    drug_free_to: Column = None,
    relapse: Column = None,
    protective: Column = None,
    protective_before: Column = None,
    times: Times | None = None,
    depth_below: float | None = None,
    depth_samples: float | None = 2,
    naive_at_least: float | None = 0.8,
    memory_at_most: float | None = None,
    overlap_at_most: float | None = None,
    mutation_falls: bool = True,
    titre_fold: float | None = 4,
    drug_free_days: float | None = 90,
    protective_at_least: float | None = None,
    level: float = 0.95,
    group: ArrayLike | str | None = None,
    data: Any = None,
) -> Reset | Grouped[Reset]:
    """Judge the components of an immune reset, by patient.

    There is no consensus on what an immune reset is: every number below is a choice, the defaults
    are judgement and not literature, and where none is given there is none to give. A component is
    judged where its columns and its criterion are given, and otherwise left out.

    Parameters
    ----------
    return_left, return_right : array_like of float, or str
        B cells returned in (left, right], days from infusion: the last sample without and the first
        with them, as in `Depletion.recovery_left` and `recovery_right`. `right` is inf where they
        have not returned, and both are nan where there is no return to wait for (never depleted).
    followed : array_like of float, or str
        The last day of follow-up.
    patient : array_like, or str, optional
        Names; 0, 1, 2 by default.
    stopped : array_like of bool, or str, optional
        Whether `followed` ends by death, rescue or re-infusion: what could not be assessed by then
        is not met.
    nadir, nadir_below, nadir_samples : array_like, or str, optional
        Depth: the least count (cells/uL); whether it is a limit of quantification, which the count
        is below; how many samples in a row were below `depth_below`, where that is to be confirmed.
    naive_share, memory_share, memory_share_before : array_like of float, or str, optional
        Renewal: shares of B cells, 0 to 1. Naive and transitional at return; switched memory,
        double negative 2 and plasmablasts at return, and before treatment.
    overlap, mutation, mutation_before : array_like of float, or str, optional
        Repertoire: Morisita-Horn overlap after with before, 0 to 1; mean somatic hypermutation
        after and before (any one unit).
    titre, titre_below, titre_before, titre_negative : array_like, or str, optional
        Serology: the disease antibody after; whether that is a limit which it is below; before; and
        the upper limit of a negative result of that assay (a number, or one a patient). Who was
        negative before is not assessed.
    drug_free_from, drug_free_to, relapse : array_like of float, or str, optional
        Clinical: drug-free remission from day to day, the stretch that holds the return; `to` is
        inf while it lasts, both are inf where there was none. The day of the first relapse, inf
        where none was seen.
    protective, protective_before : array_like of float, or str, optional
        Protection: a vaccine titre after and before.
    times : mapping, optional
        From "depth", "repertoire", "serology" or "protection" to two columns: that component came
        to be met in (left, right]; inf as `right` where it was not. Without them these are taken to
        be judged at the visit of return (depth: by then).
    depth_below : float, optional
        Depleted below so many cells/uL. There is no default: assays differ by 100.
    depth_samples : float or None, default 2
        So many samples in a row confirm it, where `nadir_samples` is given.
    naive_at_least : float or None, default 0.8
        The least naive and transitional share. Judgement, not literature.
    memory_at_most : float, optional
        The largest memory share, as a multiple of its baseline.
    overlap_at_most : float, optional
        The largest overlap.
    mutation_falls : bool, default True
        Mean mutation must be less than before.
    titre_fold : float or None, default 4
        The antibody is negative, or has fallen so many fold. Judgement, not literature.
    drug_free_days : float or None, default 90
        Drug-free remission at the visit of return and for so many days from there, without
        relapse; 180 is the other choice in use. Judgement, not literature.
    protective_at_least : float, optional
        The share of the protective titre that must be kept.
    level : float, default 0.95
        Of the limits of the shares.
    group : array_like, or str, optional
        A label a patient (CD19 and BCMA, say); each group gets a result of its own: `reset_test`
        compares them.
    data : frame or mapping of arrays, optional
        Where the arguments are column names. Missing values are taken for nan: not measured.

    Returns
    -------
    Reset or Grouped of Reset
        With `group`, a mapping from label to result.

    Raises
    ------
    InputError
        For days out of order or after the end of follow-up, shares beyond 0 and 1, negative
        numbers, a share at return without a return, a missing day of relapse, no component at all.
        It names argument, row and value.

    Notes
    -----
    Components after Mackensen and others 2022 (Nat Med 28:2124), Müller and others 2024 (N Engl J
    Med 390:687) and Schett and others 2024 (Nat Rev Rheumatol 20:531), who describe them in words.
    Shares: Clopper and Pearson 1934 (Biometrika 26:404).

    Examples
    --------
    Three patients: one reset, one with memory cells among those that return, one not yet back

    >>> from immunoreset import recovery
    >>> inf, nan = float("inf"), float("nan")
    >>> r = recovery.reset(
    ...     [90, 84, 140], [112, 98, inf], [400, 365, 150],
    ...     naive_share=[0.93, 0.55, nan], drug_free_from=[30, 20, 25], drug_free_to=[inf] * 3,
    ... )
    >>> r.reasons("renewal")[1]
    'naive and transitional share 0.55 at return, below 0.8'
    >>> r.composite.tolist()
    ['met', 'not met', 'not yet assessable']
    >>> print(r)
    3 patients: renewal 1 of 2 (50.0%, 95% 1.3% to 98.7%), 1 not yet; clinical 2 of 2 (100.0%, 95% \
15.8% to 100.0%), 1 not yet; all 1 of 2 (50.0%, 95% 1.3% to 98.7%), 1 not yet
    """
    given = {
        "return_left": return_left, "return_right": return_right, "followed": followed,
        "stopped": stopped, "nadir": nadir, "nadir_below": nadir_below,
        "nadir_samples": nadir_samples, "naive_share": naive_share, "memory_share": memory_share,
        "memory_share_before": memory_share_before, "overlap": overlap, "mutation": mutation,
        "mutation_before": mutation_before, "titre": titre, "titre_below": titre_below,
        "titre_before": titre_before, "titre_negative": titre_negative,
        "drug_free_from": drug_free_from, "drug_free_to": drug_free_to, "relapse": relapse,
        "protective": protective, "protective_before": protective_before,
    }  # fmt: skip
    given.update(read_times(times))
    columns, names, of_groups = read_columns(data, given, patient, group)
    criteria = {
        "depth_below": depth_below, "depth_samples": depth_samples,
        "naive_at_least": naive_at_least, "memory_at_most": memory_at_most,
        "overlap_at_most": overlap_at_most, "mutation_falls": 1.0 if mutation_falls else None,
        "titre_fold": titre_fold, "drug_free_days": drug_free_days,
        "protective_at_least": protective_at_least,
    }  # fmt: skip
    if of_groups is None:
        return _reset_of(columns, names, criteria, level)
    keys, codes = labels(of_groups)
    results = {}
    for code, key in enumerate(keys):
        rows = np.flatnonzero(codes == code)
        some = {name: None if column is None else column[rows] for name, column in columns.items()}
        results[key] = _reset_of(some, [names[row] for row in rows], criteria, level)
    from immunoreset.plots.reset import components_of_groups

    return Grouped(results, components_of_groups)


def _reset_of(
    columns: dict[str, Any], names: list[Any], criteria: dict[str, float | None], level: float
) -> Reset:
    bounds = np.array([criteria[name] for name in CRITERIA], np.float64)  # nan for None
    assessed, status, reason, value, bound, composite, left, right, precluded, count, *shares = (
        _core.reset(tuple(columns[name] for name in COLUMNS), bounds, level)
    )
    parts = tuple(name for name, is_on in zip(COMPONENTS, assessed, strict=True) if is_on)
    rows = np.flatnonzero([*assessed, True])
    of_all = _core.frozen(
        ResetShares, ((*parts, ALL), *count[rows].T, *(each[rows] for each in shares), level)
    )
    return _core.frozen(
        Reset,
        (
            names, parts, _STATUSES[status], reason, value, bound, _STATUSES[composite], left,
            right, precluded.astype(bool), of_all, criteria, len(names), level,
        ),
    )  # fmt: skip
