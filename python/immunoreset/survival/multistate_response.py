"""Probability of being in response. Formulas: docs/methods/survival/multistate.md."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset._frame import columns
from immunoreset._result import Grouped
from immunoreset.errors import InputError
from immunoreset.survival.multistate import Interval, MultiState, Variance, multistate

ROUNDING = 1.5e-8  # of a time: within it the core takes two for one

STATES = ("not yet", "in response", "after")
_TRANSITIONS = [("not yet", "in response"), ("not yet", "after"), ("in response", "after")]


@overload
def in_response(
    followed: ArrayLike | str,
    response: ArrayLike | str,
    end: ArrayLike | str,
    *,
    group: None = ...,
    variance: Variance = ...,
    interval: Interval = ...,
    level: float = ...,
    timefix: bool = ...,
    data: Any = ...,
) -> MultiState: ...


@overload
def in_response(
    followed: ArrayLike | str,
    response: ArrayLike | str,
    end: ArrayLike | str,
    *,
    group: ArrayLike | str,
    variance: Variance = ...,
    interval: Interval = ...,
    level: float = ...,
    timefix: bool = ...,
    data: Any = ...,
) -> Grouped[MultiState]: ...


def in_response(
    followed: ArrayLike | str,
    response: ArrayLike | str,
    end: ArrayLike | str,
    *,
    group: ArrayLike | str | None = None,
    variance: Variance = "jackknife",
    interval: Interval = "log-log",
    level: float = 0.95,
    timefix: bool = True,
    data: Any = None,
) -> MultiState | Grouped[MultiState]:
    """Estimate the probability of being in response (PBRF), which counts onset and duration in one.

    A patient has not yet responded, is in response, or is after it: relapsed, or failed or dead
    without a response. Duration of response alone is that of responders, whom treatment chose.

    Parameters
    ----------
    followed : array_like of float, or str
        When each patient was last seen, from 0 on.
    response : array_like of float, or str
        When the response began; inf where none was seen. 0: from the start.
    end : array_like of float, or str
        When the response was lost, or the patient failed, died or took a rescue drug without one;
        inf where neither was seen.
    group : array_like, or str, optional
        One result for each label.
    variance : {"jackknife", "greenwood"}, default "jackknife"
        As that of `multistate`.
    interval : {"log-log", "logit", "log", "plain"}, default "log-log"
        The scale on which the limits are symmetric.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    timefix : bool, default True
        Times that differ by rounding alone (0.1 + 0.2 and 0.3) are one time, as in R.
    data : frame or mapping of arrays, optional
        Where the other arguments are column names.

    Returns
    -------
    MultiState, or a mapping from label to MultiState with `group`
        Of the states "not yet", "in response" and "after": ``.state("in response")`` is the curve,
        and its ``expected_time(tau)`` the expected time in response.

    Raises
    ------
    InputError
        For a time that is missing or negative, a response or an end after `followed`, an end
        before the response or at it, columns of different lengths, no rows.

    Notes
    -----
    Temkin 1978; Begg and Larson 1982.

    Examples
    --------
    Days of five patients: one did not respond and one died without a response.

    >>> import math
    >>> from immunoreset import survival
    >>> followed = [360, 200, 300, 90, 240]
    >>> response = [30, 60, math.inf, math.inf, 30]
    >>> end = [180, math.inf, math.inf, 90, math.inf]
    >>> pbrf = survival.in_response(followed, response, end)
    >>> print(pbrf.state("in response").at(100))
    in response at 100: probability 0.6 (95% log-log 0.1257 to 0.8818)
    >>> print(pbrf.state("in response").expected_time(240))
    in response before 240: expected time 108 (95% 0 to 220)
    """
    if data is not None:
        followed, response, end, group = columns(
            data, open_ended=("response", "end"), followed=followed, response=response, end=end,
            group=group,
        )  # fmt: skip
    rows = _rows(followed, response, end, timefix)
    if group is not None:
        labels = np.asarray(group)
        if labels.shape != np.shape(followed):
            raise InputError(
                f"group has shape {labels.shape}; give one value for each of the "
                f"{np.size(followed)} patients of followed"
            )
        group = labels[rows["patient"]]
    return multistate(
        rows["patient"], rows["time"], rows["event"], entry=None, initial=rows["initial"],
        group=group, states=STATES, transitions=_TRANSITIONS, censored="none", variance=variance,
        interval=interval, level=level, timefix=timefix,
    )  # fmt: skip


def _rows(followed: Any, response: Any, end: Any, timefix: bool) -> dict[str, NDArray[Any]]:
    """Return rows of `multistate`: up to the response, up to its end, up to the last visit."""
    days = {"followed": followed, "response": response, "end": end}
    for name, values in days.items():
        try:
            days[name] = np.asarray(values, float)
        except (TypeError, ValueError) as error:
            raise InputError(f"{name} holds no numbers; give times, inf for not seen") from error
        _check_days(name, days[name], days["followed"], ROUNDING if timefix else 0)
    followed, response, end = days.values()
    responds, ends = np.isfinite(response), np.isfinite(end)
    _refuse(
        "end", end, ends & responds & (end <= response),
        "it is not after the response: give a later end, or inf for a response that was not seen",
    )  # fmt: skip
    at_start = responds & (response == 0)
    last = ~ends | (followed > end)
    parts = [
        (responds & ~at_start, response, "in response"),
        (ends, end, "after"),
        (~ends & (~responds | at_start | (followed > response)), followed, "none"),
        (ends & last, followed, "none"),
    ]
    patient = np.concatenate([np.flatnonzero(chosen) for chosen, _, _ in parts])
    return {
        "patient": patient,
        "time": np.concatenate([time[chosen] for chosen, time, _ in parts]),
        "event": np.repeat([word for _, _, word in parts], [int(c.sum()) for c, _, _ in parts]),
        "initial": np.where(at_start, STATES[1], STATES[0])[patient],
    }


def _check_days(name: str, values: NDArray[Any], followed: NDArray[Any], rounding: float) -> None:
    if values.ndim != 1:
        raise InputError(f"{name} has {values.ndim} dimensions; give one value a patient")
    if values.shape != followed.shape:
        raise InputError(
            f"{name} has {len(values)} values; give one for each of the {len(followed)} patients "
            "of followed"
        )
    if not len(values):
        raise InputError("followed has no values; give at least one patient")
    unseen = "" if name == "followed" else ", inf where it was not seen"
    _refuse(name, values, np.isnan(values), f"give a time{unseen}")
    _refuse(name, values, values < 0, "it cannot be negative: check the sign and the time origin")
    if name == "followed":
        _refuse(name, values, np.isinf(values), "give when the patient was last seen")
    else:
        _refuse(
            name, values, np.isfinite(values) & (values > followed * (1 + rounding)),
            "it is after the patient was last seen: give inf, or follow the patient up to it",
        )  # fmt: skip


def _refuse(name: str, values: NDArray[Any], bad: NDArray[Any], words: str) -> None:
    if bad.any():
        row = int(bad.argmax())
        raise InputError(f"{name}[{row}] is {values[row]}; {words}")
