"""Forest plots: an estimate with its limits, one row each, with the numbers beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from immunoreset._result import number, percent_of, pvalue_words
from immunoreset.plots.axes import new_axes, round_ticks, write_ticks

if TYPE_CHECKING:
    from immunoreset.survival.cox import Cox

WIDEST = 30.0  # an axis of ratios ends at the latest here from the last ratio
EXTREME = 600.0  # log ratios are drawn as if they were not beyond it


def forest_size(labels: Sequence[str]) -> tuple[float, float]:
    """Return the width and height in inches that fit a plot with a row for each label."""
    return max(7.5, 4.5 + 0.09 * max(map(len, labels), default=0)), 1.0 + 0.27 * len(labels)


def forest(
    labels: Sequence[str],
    estimate: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    size: ArrayLike | None = None,
    numbers: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    summary: Sequence[bool] | None = None,
    heading: Sequence[bool] | None = None,
    xlabel: str = "rate",
    reference: float | None = None,
    log: bool = False,
    xlim: tuple[float, float] | None = None,
    ax: Any = None,
) -> Any:
    """Draw one row a group: its label, a square with its limits, and its numbers as text.

    Parameters
    ----------
    labels : sequence of str
        What each row is, from the top.
    estimate, low, high : array_like of float
        Estimates and limits; a row whose estimate is NaN gets its limits only, in a lighter line.
    size : array_like of float, optional
        Patients behind each row; the area of the square is in proportion.
    numbers : sequence of str, or mapping from heading to sequence of str, optional
        Text on the right of each row, such as "8/8"; or several columns with their headings.
    summary : sequence of bool, optional
        Rows drawn as a diamond as wide as its limits: those that combine others.
    heading : sequence of bool, optional
        Rows that are the name of those below.
    xlabel : str
        Name of the horizontal axis.
    reference : float, optional
        Where to draw a line from top to bottom, such as at a ratio of 1.
    log : bool, default False
        A logarithmic axis, for ratios.
    xlim : pair of float, optional
        The ends of the axis; limits beyond them, infinite ones too, are drawn as arrows.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset import plots
    >>> from immunoreset.plots.forest import forest
    >>> ax = forest(["SLE", "IIM"], [1.0, 1.0], [0.63, 0.29], [1.0, 1.0], numbers=["8/8", "3/3"])
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['SLE', 'IIM']
    """
    estimate, low, high = (np.asarray(values, float) for values in (estimate, low, high))
    n = len(labels)
    ax = ax if ax is not None else new_axes(*forest_size(labels))
    rows = np.arange(n)
    combined = np.zeros(n, bool) if summary is None else np.asarray(summary, bool)
    weight = np.full(n, 30.0)
    if size is not None:
        counts = np.asarray(size, float)
        largest = counts[~combined].max(initial=1)
        weight = 12 + 68 * counts / largest
    plain, alone = ~combined & ~np.isnan(estimate), np.isnan(estimate)
    if log:
        ax.set_xscale("log")
    if reference is not None:
        ax.axvline(reference, color="#5b6b78", linestyle="--", linewidth=0.9, zorder=1)
    least, most = low, high
    if xlim is not None:
        ax.set_xlim(xlim)
        ax.tick_params(axis="y", pad=10)  # room for arrows
        for beyond, end, arrow in ((low < xlim[0], 0, "<"), (high > xlim[1], 1, ">")):
            if beyond.any():
                ax.plot(
                    np.full(beyond.sum(), xlim[end]), rows[beyond], arrow, color="#1f5f8b",
                    markersize=6, clip_on=False, zorder=3,
                )  # fmt: skip
        least, most = np.clip(low, *xlim), np.clip(high, *xlim)
    ax.hlines(rows[plain], least[plain], most[plain], color="#1f5f8b", linewidth=1.4, zorder=2)
    ax.hlines(rows[alone], least[alone], most[alone], color="#8fb3cc", linewidth=3, zorder=2)
    ax.scatter(
        estimate[plain], rows[plain], s=weight[plain], marker="s", color="#1f5f8b", zorder=3,
        clip_on=False,
    )  # fmt: skip
    for row in rows[combined]:
        ax.fill(
            [least[row], estimate[row], most[row], estimate[row]],
            [row, row - 0.3, row, row + 0.3],
            color="#0b2f4a", zorder=3, clip_on=False,
        )  # fmt: skip
    ax.set_yticks(rows, labels=list(labels))
    bold = combined if heading is None else combined | np.asarray(heading, bool)
    for text, heavy in zip(ax.get_yticklabels(), bold, strict=True):
        text.set_fontweight("bold" if heavy else "normal")
    ax.set_ylim(n - 0.4, -0.6)
    ax.set_xlabel(xlabel)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.grid(axis="x", color="#e3e8ed", linewidth=0.8)
    ax.set_axisbelow(True)
    # points: the columns keep their width whatever that of the axes; and room for arrows
    left = 9.0 if xlim is None else 14.0
    for name, texts in _columns(numbers):
        ax.annotate(
            name, (1, 1), (left, 2), "axes fraction", "offset points", va="bottom",
            fontsize="small", color="#5b6b78", annotation_clip=False,
        )  # fmt: skip
        for row, text in zip(rows, texts, strict=True):
            ax.annotate(
                text, (1, row), (left, 0), ax.get_yaxis_transform(), "offset points", va="center",
                fontsize="small", annotation_clip=False,
            )  # fmt: skip
        left += 14 + 4.6 * max(len(text) for text in (name, *texts))
    return ax


def _columns(
    numbers: Sequence[str] | Mapping[str, Sequence[str]] | None,
) -> Iterable[tuple[str, Sequence[str]]]:
    if numbers is None:
        return ()
    return numbers.items() if isinstance(numbers, Mapping) else [("", numbers)]


def hazard_ratios(fit: Cox, *, ax: Any = None, xlabel: str = "hazard ratio") -> Any:
    """Draw the hazard ratios of a Cox regression, a row a covariate, on a logarithmic axis.

    Parameters
    ----------
    fit : Cox
        What `survival.cox` returns. The limits are those of the fit: Wald's or the profile's.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of fitting height.
    xlabel : str
        Name of the horizontal axis.

    Returns
    -------
    matplotlib Axes
        A limit too far from the ratios to be shown is an arrow.

    Examples
    --------
    >>> from immunoreset import survival
    >>> fit = survival.cox([5, 8, 9, 12], [1, 1, 1, 0], [0, 1, 0, 1], names=["dose"])
    >>> ax = fit.plot()
    >>> ax.get_xlabel()
    'hazard ratio'
    """
    return ratios(
        fit.names, fit.coef, fit.low, fit.high, fit.pvalue,
        f"{percent_of(fit.level)} {fit.interval} limits", xlabel, ax=ax,
    )  # fmt: skip


def ratios(
    names: Sequence[str],
    coef: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    pvalue: ArrayLike,
    limits: str,
    xlabel: str,
    *,
    ax: Any = None,
) -> Any:
    """Draw exp of coefficients with their limits and p-values on a logarithmic axis.

    Parameters
    ----------
    names : sequence of str
        Of the rows, from the top.
    coef, low, high : array_like of float
        Logarithms of the ratios and of their limits; each may be infinite.
    pvalue : array_like of float
        NaN is left blank.
    limits : str
        What the limits are, for the heading.
    xlabel : str
        Name of the horizontal axis.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from immunoreset.plots.forest import ratios
    >>> ax = ratios(["dose"], [0.7], [-0.2], [1.6], [0.13], "95% limits", "odds ratio")
    >>> ax.get_xlabel()
    'odds ratio'
    """
    numbers = [np.asarray(values, float) for values in (coef, low, high)]
    shown = [np.clip(values, -EXTREME, EXTREME) for values in numbers]
    # the axis holds 1, the ratios, and their limits as far as these are not WIDEST away
    middle, least, most = shown
    finite = middle[np.isfinite(numbers[0])]
    first, last = np.min(finite, initial=0.0), np.max(finite, initial=0.0)
    left = max(np.nanmin(least, initial=first), first - np.log(WIDEST))
    right = min(np.nanmax(most, initial=last), last + np.log(WIDEST))
    margin = 0.05 * max(right - left, 0.2)
    xlim = (
        float(np.exp(left - margin * (left <= np.nanmin(least, initial=first)))),
        float(np.exp(right + margin * (right >= np.nanmax(most, initial=last)))),
    )
    with np.errstate(over="ignore"):
        ratio, ratio_low, ratio_high = (np.exp(values) for values in numbers)
    # a ratio without a finite estimate has its limits alone
    drawn = np.where(np.isfinite(numbers[0]), ratio, np.nan)
    ax = forest(
        names, drawn, ratio_low, ratio_high, xlabel=xlabel, reference=1.0, log=True, xlim=xlim,
        ax=ax,
        numbers={
            f"ratio [{limits}]": [
                f"{number(at, 3)} [{number(below, 3)}, {number(above, 3)}]"
                for at, below, above in zip(ratio, ratio_low, ratio_high, strict=True)
            ],
            "p": [
                "" if np.isnan(p) else pvalue_words(p).removeprefix("p ").removeprefix("= ")
                for p in np.asarray(pvalue, float)
            ],
        },
    )  # fmt: skip
    write_ticks(ax, round_ticks(*xlim))
    return ax
