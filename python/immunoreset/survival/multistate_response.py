"""Probability of being in response. Formulas: docs/methods/survival/multistate.md."""

from __future__ import annotations

from typing import Any, overload

from numpy.typing import ArrayLike

from immunoreset import _core
from immunoreset._frame import columns, labels, open_ended
from immunoreset._result import Grouped
from immunoreset.survival.multistate import Interval, MultiState, Variance, results

STATES = ("not yet", "in response", "after")


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
    response, end = open_ended(response, "response"), open_ended(end, "end")
    names, groups = (None, None) if group is None else labels(group)
    answer = _core.multistate_response(
        followed, response, end, groups, 1 if names is None else len(names), variance, interval,
        level, timefix,
    )  # fmt: skip
    return results(answer, STATES, names, (variance, interval, level, timefix))
