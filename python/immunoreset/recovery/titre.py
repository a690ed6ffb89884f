"""Decay of autoantibodies and immunoglobulins. Formulas: docs/methods/recovery/titre.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core, response
from immunoreset._frame import columns, is_missing
from immunoreset._result import Result, number, percent_of
from immunoreset.errors import InputError
from immunoreset.recovery.depletion_inputs import read_groups, read_patients

HALF_LIVES: Mapping[str, float] = MappingProxyType(
    {"IgG1": 21.0, "IgG3": 7.0, "IgA": 6.0, "IgM": 5.0}
)
"""Days in which half of an antibody of this isotype is broken down, at usual levels."""

_WORDS = _core.titre_words()[0]
STATUSES = np.array([word for word, _ in _WORDS])
REASONS = np.array([reason for _, reason in _WORDS])


@dataclass(frozen=True, slots=True)
class Titre(Result):
    """Decay of titres, one row a patient; NaN where there is nothing to say.

    Attributes
    ----------
    patient : list
        Whose row it is: sorted, or as given in ``patients=``.
    group : list or None
        The label of the patient, where ``group=`` was given.
    status : ndarray of str
        "fitted"; "no-samples"; "none-quantified": every sample lies beyond a limit; "too-few";
        "no-scatter": give ``sd=``; "no-fall": the share is 0, and the half-life unknown;
        "not-identifiable": see `reason`; "not-converged".
    reason : ndarray of str
        Why there is no fit, in words; empty where there is one.
    samples, below, above, left_out : ndarray of int
        Samples that count; those below and above a limit; those left out after immunoglobulin.
    first_day, last_day : ndarray
        Of the samples that count.
    share, share_low, share_high : ndarray
        The share of the antibody at the start that plasma cells made which are gone,
        A_SL / (A_SL + A_LL), with profile likelihood limits: 0 and 1 where the samples leave it
        open.
    half_life, half_life_low, half_life_high : ndarray
        Days; limits only where it was estimated: 0 and inf where the samples leave it open.
    short_lived, long_lived : ndarray
        A_SL and A_LL, in the unit of the values.
    sd : ndarray
        Scatter of log titres (natural logarithms) about the curve.
    loglik, df, score_norm : ndarray
        The log-likelihood of log titres; degrees of freedom of the limits (inf with `sd` given,
        those of all patients with a common one); the certificate: the length of the score at the
        maximum.
    start_day, level : float
    given_half_life : float or None
    given_sd : float, "common" or None
        What the call said of them; None where they were estimated of each patient.
    dilution : float or None
        The factor between two steps of a dilution.
    ivig_window : float
        Days after immunoglobulin during which samples are left out.
    """

    patient: list[Any]
    group: list[Any] | None
    status: NDArray[np.str_]
    reason: NDArray[np.str_]
    samples: NDArray[np.int64]
    below: NDArray[np.int64]
    above: NDArray[np.int64]
    left_out: NDArray[np.int64]
    first_day: NDArray[np.float64]
    last_day: NDArray[np.float64]
    share: NDArray[np.float64]
    share_low: NDArray[np.float64]
    share_high: NDArray[np.float64]
    half_life: NDArray[np.float64]
    half_life_low: NDArray[np.float64]
    half_life_high: NDArray[np.float64]
    short_lived: NDArray[np.float64]
    long_lived: NDArray[np.float64]
    sd: NDArray[np.float64]
    loglik: NDArray[np.float64]
    df: NDArray[np.float64]
    score_norm: NDArray[np.float64]
    start_day: float
    level: float
    given_half_life: float | None
    given_sd: float | Literal["common"] | None
    dilution: float | None
    ivig_window: float
    _rows: tuple[Any, ...] = field(repr=False, compare=False)

    def compare(self, of: str = "share") -> response.RankSum:
        """Compare the fitted patients of two groups by the exact rank sum test.

        Parameters
        ----------
        of : {"share", "long_lived", "half_life"}, default "share"
            The column to compare. Patients of whom it is NaN are not in it.

        Examples
        --------
        >>> from immunoreset import recovery
        >>> day, igg = [0, 21, 42, 84] * 4, [12, 11, 10.4, 10.5, 9, 8.2, 7.5, 7.1]
        >>> igg += [11, 6.1, 3.4, 1.2, 10, 5.2, 2.9, 0.9]
        >>> product = {"A": "CD19", "B": "CD19", "C": "BCMA", "D": "BCMA"}
        >>> fit = recovery.titre(
        ...     sorted("ABCD" * 4), day, igg, half_life="IgG1", sd=0.1, group=product
        ... )
        >>> test = fit.compare()
        >>> test.groups, round(test.pvalue, 4)
        (('BCMA', 'CD19'), 0.3333)
        """
        if of not in ("share", "long_lived", "half_life"):
            raise InputError(f"of is {of!r}; choose one of 'share', 'long_lived', 'half_life'")
        if self.group is None:
            raise InputError("there are no groups; give group= to recovery.titre")
        column = getattr(self, of)
        known = np.isfinite(column)
        names = [label for label, is_in in zip(self.group, known, strict=True) if is_in]
        return response.rank_sum(column[known], group=names, level=self.level)

    def plot(self, ax: Any = None) -> Any:
        """Draw titres and curves on a logarithmic axis, with the limits; return the axes."""
        from immunoreset.plots.titre import titre_curves

        return titre_curves(self, self._rows, ax=ax)

    def _table(self) -> dict[str, Any]:
        table = {name: getattr(self, name) for name in _COLUMNS}
        return {name: column for name, column in table.items() if column is not None}

    def __str__(self) -> str:
        fitted = int(np.count_nonzero(self.status == "fitted"))
        n, out = len(self.patient), int(self.left_out.sum())
        words = f"{n} patient{'' if n == 1 else 's'}, {fitted} fitted"
        if fitted == 1:
            i = int(np.flatnonzero(self.status == "fitted")[0])
            words += (
                f": short-lived share {number(self.share[i])} ({percent_of(self.level)} "
                f"{number(self.share_low[i])} to {number(self.share_high[i])})"
            )
        elif fitted:
            least, middle, most = np.nanquantile(self.share, [0, 0.5, 1])
            words += (
                f": short-lived share {number(middle)} in the median "
                f"({number(least)} to {number(most)})"
            )
        for name in STATUSES[1:]:
            count = int(np.count_nonzero(self.status == name))
            words += f"; {count} {name}" if count else ""
        return words + (f"; {out} samples after immunoglobulin left out" if out else "")


_COLUMNS = tuple(
    name
    for name in Titre.__dataclass_fields__
    if name
    not in (
        "start_day", "level", "given_half_life", "given_sd", "dilution", "ivig_window", "_rows",
    )
)  # fmt: skip


def titre(
    patient: ArrayLike | str,
    day: ArrayLike | str,
    value: ArrayLike | str,
    *,
    half_life: float | str | None,
    lloq: ArrayLike | str | None = None,
    uloq: ArrayLike | str | None = None,
    below: ArrayLike | str | None = None,
    dilution: float | None = None,
    sd: float | Literal["common"] | None = None,
    start_day: float = 0.0,
    ivig_day: Mapping[Any, Any] | None = None,
    ivig_window: float = 28.0,
    group: Mapping[Any, Any] | ArrayLike | str | None = None,
    patients: Sequence[Any] | None = None,
    level: float = 0.95,
    data: Any = None,
) -> Titre:
    """Split each patient's antibody into a part that decays after the start and one that stays.

    The curve is A_SL 2^(-t / half_life) + A_LL, with one scatter of log titres about it. What
    plasma cells made that are gone decays; what long-lived ones still make stays.

    Parameters
    ----------
    patient : array_like or str
        Whose sample it is: strings or numbers.
    day : array_like of float, or str
        Days from infusion. Samples up to `start_day` are of the steady state before it.
    value : array_like of float, or str
        The titre or concentration of one antibody. For a dilution of 1:80 give 80.
    half_life : float, str or None
        Days in which half of the antibody is broken down; or "IgG1", "IgG3", "IgA", "IgM" (see
        `HALF_LIVES`); None estimates it of each patient, which takes more samples.
    lloq, uloq : float or array_like of float, or str, optional
        Limits of quantification, for all samples or for each. A value less than `lloq` is known to
        lie below it and no more; one of `uloq` or more to lie there or above.
    below : array_like of bool, or str, optional
        Flags values that are below their limit though written as the limit ("<20" stored as 20).
    dilution : float, optional
        The factor between two steps of a dilution: 2 for 1:80, 1:160. A titre is then known to
        lie from its step up to the next.
    sd : float or "common", optional
        The standard deviation of natural logarithms of titres about the curve, where the assay's
        is known (0.35 is half a two-fold step). "common" estimates one of all patients together,
        which dilutions and few samples a patient ask for; by default each patient has one.
    start_day : float, default 0
        The day from which decay is counted.
    ivig_day : mapping, optional
        From patient to the day, or days, of immunoglobulin infusions.
    ivig_window : float, default 28
        Samples up to so many days after an infusion are left out, and counted. One of the very day
        counts as drawn before.
    group : mapping or array_like, or str, optional
        A label a patient (a mapping, or a column of the rows), for `Titre.compare`.
    patients : sequence, optional
        All patients, in order, also those without a sample.
    level : float, default 0.95
        Of the limits.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Titre
        One row a patient, with a status; `compare` and `plot`.

    Raises
    ------
    InputError
        For a value that is missing, negative, or 0 without a limit; for limits in the wrong order,
        a half-life, a scatter or a dilution out of range. It names argument, row and value.

    Notes
    -----
    Half-lives: Morell, Terry and Waldmann 1970 (J Clin Invest 49:673) for IgG; Waldmann and Strober
    1969 (Prog Allergy 13:1) for IgA and IgM. That of IgG grows where its level is low, and was 8
    days in active lupus (Levy and others 1970, J Clin Invest 49:708): try other half-lives. Tobin
    1958 (Econometrica 26:24) for the limits.

    Examples
    --------
    Anti-dsDNA of one patient, which falls to a tenth, and anti-Ro of another, which stays

    >>> from immunoreset import recovery
    >>> day = [-2, 28, 56, 84, 168, 252] * 2
    >>> titre = [410, 180, 95, 62, 44, 40, 230, 215, 240, 222, 210, 236]
    >>> fit = recovery.titre(["A"] * 6 + ["B"] * 6, day, titre, half_life="IgG1", lloq=10)
    >>> fit.share.round(2), fit.share_low.round(2), fit.share_high.round(2)
    (array([0.9 , 0.01]), array([0.89, 0.  ]), array([0.91, 0.18]))
    """
    if data is not None:
        patient, day, value, lloq, uloq, below, group = columns(
            data, patient=patient, day=day, value=value, lloq=lloq, uloq=uloq, below=below,
            group=group,
        )  # fmt: skip
    names, codes = read_patients(patient, patients)
    of, days = read_infusion_days(ivig_day, names)
    found = _core.titre(
        len(names), codes, day, value, below, lloq, uloq, _or_nan("dilution", dilution), of, days,
        ivig_window, start_day, _half_life(half_life), _scatter(sd), sd == "common", level,
    )  # fmt: skip
    status = found.pop("status")
    return Titre(
        patient=names, group=read_groups(group, names, codes), status=STATUSES[status],
        reason=REASONS[status], start_day=float(start_day), level=level,
        given_half_life=None if half_life is None else _half_life(half_life), given_sd=sd,
        dilution=dilution, ivig_window=float(ivig_window),
        _rows=(codes, day, value, below, lloq, uloq), **found,
    )  # fmt: skip


def read_infusion_days(
    ivig_day: Any, names: list[Any]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the position of the patient, and the day, of each infusion of immunoglobulin."""
    if ivig_day is None:
        return np.empty(0, np.int64), np.empty(0)
    if not isinstance(ivig_day, Mapping):
        raise InputError("ivig_day is no mapping; give one from patient to a day, or to days")
    position = {name: code for code, name in enumerate(names)}
    of, days = [], []
    for name, given in ivig_day.items():
        if name not in position:
            raise InputError(f"ivig_day names {name!r}, who is no patient; the patients: {names}")
        each = given if isinstance(given, (list, tuple, np.ndarray)) else [given]
        for one in each:
            if is_missing(one):
                raise InputError(f"ivig_day of patient {name!r} is {one!r}; give days")
            of.append(position[name])
            days.append(one)
    return np.array(of, np.int64), np.array(days, np.float64)


def _or_nan(argument: str, value: float | None) -> float:
    if value is None:
        return float("nan")
    if is_missing(value):
        raise InputError(f"{argument} is {value!r}; give a number, or None")
    return float(value)


def _scatter(value: float | str | None) -> float:
    if isinstance(value, str) and value != "common":
        raise InputError(f"sd is {value!r}; give a number, 'common', or None")
    return _or_nan("sd", None if isinstance(value, str) else value)


def _half_life(value: float | str | None) -> float:
    if isinstance(value, str):
        if value not in HALF_LIVES:
            raise InputError(f"half_life is {value!r}; give days, or one of {list(HALF_LIVES)}")
        return HALF_LIVES[value]
    return _or_nan("half_life", value)
