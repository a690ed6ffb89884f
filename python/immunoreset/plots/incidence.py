"""Forest plots of rates per person-time, and of rate ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from immunoreset._result import number, percent_of
from immunoreset.plots.forest import forest, ratios

if TYPE_CHECKING:
    from immunoreset.survival.rate_regression import RateRegression


def incidence(table: Mapping[str, Any], names: Sequence[str], per: float, *, ax: Any = None) -> Any:
    """Draw rates with their limits, a row each, with events and exposure beside them.

    Parameters
    ----------
    table : mapping from str to array_like
        Columns events, exposure, estimate, low and high.
    names : sequence of str
        Of the rows, from the top.
    per : float
        The person-time in whose units the rates are given.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        Its numbers are in the `to_frame` of the rates. A limit that is infinite is an arrow.

    Examples
    --------
    >>> from immunoreset import survival
    >>> ax = survival.incidence([2, 0], [2.7, 2.3]).plot()
    >>> ax.get_xlabel()
    'events per 1 of exposure'
    """
    estimate, low, high = (np.asarray(table[name], float) for name in ("estimate", "low", "high"))
    seen = np.concatenate([estimate[np.isfinite(estimate)], high[np.isfinite(high)], [0.0]])
    right = seen.max() * 1.05 if seen.max() > 0 else 1.0
    return forest(
        names, estimate, low, high, size=table["exposure"], xlim=(0.0, float(right)), ax=ax,
        xlabel=f"events per {number(per, 15)} of exposure",
        numbers={
            "events / exposure": [
                f"{events} / {number(float(time))}"
                for events, time in zip(table["events"], table["exposure"], strict=True)
            ],
            "rate [limits]": [
                f"{number(rate, 3)} [{number(least, 3)}, {number(most, 3)}]"
                for rate, least, most in zip(estimate, low, high, strict=True)
            ],
        },
    )  # fmt: skip


def rate_ratios(fit: RateRegression, *, ax: Any = None) -> Any:
    """Draw the rate ratios of a regression, a row a covariate, on a logarithmic axis.

    Parameters
    ----------
    fit : RateRegression
        What `survival.rate_regression` returns, with at least one covariate.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        A ratio or limit too far away to be shown is an arrow.

    Examples
    --------
    >>> from immunoreset import survival
    >>> fit = survival.rate_regression([3, 1, 2, 0, 1, 0], [0, 0, 0, 1, 1, 1], family="poisson")
    >>> fit.plot().get_xlabel()
    'rate ratio'
    """
    return ratios(
        fit.names[1:], fit.coef[1:], fit.low[1:], fit.high[1:], fit.pvalue[1:],
        f"{percent_of(fit.level)} {fit.interval} limits", "rate ratio", ax=ax,
    )  # fmt: skip
