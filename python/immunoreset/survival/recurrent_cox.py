"""Cox regression of recurrent events. Models: docs/methods/survival/recurrent.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import as_matrix, columns_and_covariates
from immunoreset.survival.cox import Cox, fit_codes
from immunoreset.survival.recurrent import patient_numbers, window_or_nan

Model = Literal["andersen-gill", "lwyy", "pwp-total", "pwp-gap", "wlw"]
Ties = Literal["efron", "breslow"]


def recurrent_cox(
    patient: ArrayLike | str,
    time: ArrayLike | str,
    event: ArrayLike | str,
    X: ArrayLike | str | Sequence[str],
    *,
    model: Model = "andersen-gill",
    entry: ArrayLike | str | None = None,
    window: float | None = None,
    ties: Ties = "efron",
    level: float = 0.95,
    timefix: bool = True,
    names: Sequence[str] | None = None,
    data: Any = None,
) -> Cox:
    """Regress recurrent events on covariates, with a variance that holds within patients.

    Parameters
    ----------
    patient, time, event, entry, window, timefix
        As in `recurrent`. A terminal event ends observation: what is modelled are events while
        alive.
    X : array_like of float, or str, or sequence of str
        One row a row of `time`, one column a covariate; the values of a row hold for the interval
        that ends at it. With `data`, a column name or several.
    model : {"andersen-gill", "lwyy", "pwp-total", "pwp-gap", "wlw"}, default "andersen-gill"
        "andersen-gill": all events have one baseline hazard. "lwyy": the same estimate, read as a
        ratio of rates (Lin, Wei, Yang and Ying). "pwp-total", "pwp-gap": the hazard of the second
        event is that of patients who had one, and so on (Prentice, Williams and Peterson), over
        time from the start or since the last event. "wlw": each patient is at risk of each event
        from the start (Wei, Lin and Weissfeld); covariates do not change, observation has no gaps.
    ties : {"efron", "breslow"}, default "efron"
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    names : sequence of str, optional
        Of the covariates.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    Cox
        As from `survival.cox` with rows of intervals and ``cluster=patient``.

    Raises
    ------
    InputError
        As `recurrent` and `cox`; for two events of a patient at one time, or one at the start;
        with "wlw" for covariates that change and observation with gaps.

    Notes
    -----
    Andersen and Gill 1982; Lin, Wei, Yang and Ying 2000; Prentice, Williams and Peterson 1981; Wei,
    Lin and Weissfeld 1989; the robust variance of Lin and Wei 1989 counts patients, and is too
    small of few: with less than some 20 a group see `recurrent_test`.

    Examples
    --------
    >>> from immunoreset import survival
    >>> patient = [1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 7, 8]
    >>> day = [40, 150, 365, 90, 365, 200, 300, 365, 365, 365, 250, 365, 300]
    >>> event = [1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0]
    >>> cell = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    >>> fit = survival.recurrent_cox(patient, day, event, cell, names=["cell"])
    >>> print(f"{fit.hazard_ratio[0]:.3f}")
    0.250
    """
    if data is not None:
        (patient, time, event, entry), X, names = columns_and_covariates(
            data, X, names, patient=patient, time=time, event=event, entry=entry
        )
    numbers, words = patient_numbers(patient)
    values, terms = as_matrix(X, names)
    source, start, stop, seen, stratum, member, patients = _core.recurrent_layout(
        numbers, words, time, event, entry, values, window_or_nan(window), model, timefix
    )
    has_strata = model in ("pwp-total", "pwp-gap", "wlw")
    return fit_codes(
        stop, seen, values[source], start, None, None, stratum - 1 if has_strata else None,
        range(1, int(stratum.max()) + 1) if has_strata else None, member, patients, ties,
        "frequency", None, "wald", level, True, timefix, terms,
    )  # fmt: skip
