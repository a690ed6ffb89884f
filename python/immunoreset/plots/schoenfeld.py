"""Scaled Schoenfeld residuals: does a coefficient change with time? A panel a coefficient."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from immunoreset._result import Result, percent_of, pvalue_words
from immunoreset.errors import InputError
from immunoreset.plots.axes import round_ticks

if TYPE_CHECKING:
    from immunoreset.survival.cox_after import CoxProportionalHazards, Transform

TICKS = 6
SCALES = {
    "km": " (Kaplan-Meier scale)",
    "rank": " (by rank)",
    "identity": "",
    "log": " (log scale)",
}


@dataclass(frozen=True, slots=True)
class SchoenfeldSmooth(Result):
    """The course of each coefficient over time: natural cubic splines through residuals.

    A guide to the eye beside the test: by least squares, its limits pointwise, with the variance
    that residuals have under proportional hazards.

    Attributes
    ----------
    names : tuple of str
        The covariates.
    transformed_time, time : ndarray
        Where the course is given, on the scale of the test and in time (read off between events).
    estimate, low, high : ndarray
        The coefficient at these times, one column a covariate, and its limits.
    df : int
        Parameters of each spline: fewer than asked for where there are fewer times of events.
    level, transform
        How it was made.
    """

    names: tuple[str, ...]
    transformed_time: NDArray[np.float64]
    time: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    df: int
    level: float
    transform: Transform

    def _table(self) -> dict[str, Any]:
        points, p = self.estimate.shape
        table: dict[str, Any] = {
            "term": np.repeat(np.array(self.names), points),
            "time": np.tile(self.time, p),
            "transformed_time": np.tile(self.transformed_time, p),
        }
        for name in ("estimate", "low", "high"):
            table[name] = np.ravel(getattr(self, name), order="F")
        return table

    def __str__(self) -> str:
        return (
            f"splines of {self.df} parameters through {len(self.names)} coefficients, "
            f"{percent_of(self.level)} limits"
        )


def smooth(test: CoxProportionalHazards, df: int, points: int) -> SchoenfeldSmooth:
    """Return splines through the residuals of a test; see `CoxProportionalHazards.smooth`.

    With residuals y at transformed times x, weights w and the basis B, L = G (B'WB)^-1 B'W carries
    y to the smooth on a grid. Under proportional hazards each y_j has the variance d V_jj, with d
    events (their weights) and V the inverse information (Grambsch and Therneau 1994); a row with a
    frequency weight is as many events.
    """
    if df < 1 or points < 2:
        raise InputError(f"df is {df} and points is {points}; give at least 1 and 2")
    fit, residuals = test._fit, test.residuals()
    x, w = test._transformed_time, test._weight
    assert residuals.time is not None
    distinct, first = np.unique(x, return_index=True)
    df = min(df, len(distinct))
    each = np.ones_like(w) if fit.weights_kind == "sampling" else w
    knots = _quantiles(x, each, np.linspace(0, 1, df))
    grid = np.linspace(distinct[0], distinct[-1], points)
    left, size, right = np.linalg.svd(np.sqrt(w)[:, None] * _basis(x, knots), full_matrices=False)
    kept = size > 1e-10 * size[0]  # knots that coincide make a basis with fewer dimensions
    half = _basis(grid, knots) @ right[kept].T / size[kept]
    carry = half @ left[:, kept].T * np.sqrt(w)
    shares = carry**2 / each
    spread = np.sqrt(np.outer(shares.sum(axis=1), w.sum() * np.diag(fit.naive_cov)))
    reach = NormalDist().inv_cdf(0.5 + fit.level / 2) * spread
    estimate = carry @ residuals.values
    low, high = estimate - reach, estimate + reach
    time = np.interp(grid, distinct, residuals.time[first])
    for column in (grid, time, estimate, low, high):
        column.setflags(write=False)
    return SchoenfeldSmooth(
        fit.names, grid, time, estimate, low, high, int(kept.sum()), fit.level, test.transform
    )


def _quantiles(
    x: NDArray[np.float64], times: NDArray[np.float64], p: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what numpy.quantile says of the values repeated so many times."""
    order = np.argsort(x)
    last = np.cumsum(times[order])
    place = p * (last[-1] - 1)
    below = np.floor(place)
    ends = [x[order][np.searchsorted(last, n, side="right")] for n in (below, np.ceil(place))]
    return np.asarray(ends[0] + (place - below) * (ends[1] - ends[0]))


def _basis(x: NDArray[np.float64], knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a basis of the natural cubic splines: 1, x, and truncated cubes, straight outside."""
    x, knots = ((v - knots[0]) / ((knots[-1] - knots[0]) or 1.0) for v in (x, knots))
    columns = [np.ones_like(x), x][: len(knots)]
    last, before = knots[-1:], knots[-2:-1]

    def bent(knot: float) -> NDArray[np.float64]:
        cubes = np.maximum(x - knot, 0) ** 3 - np.maximum(x - last, 0) ** 3
        return np.asarray(cubes / (last - knot)) if last > knot else np.zeros_like(x)

    columns += [bent(knot) - bent(before[0]) for knot in knots[:-2]]
    return np.column_stack(columns)


def schoenfeld(
    test: CoxProportionalHazards,
    *,
    ax: Any = None,
    df: int = 4,
    limits: bool = True,
    xlabel: str = "time",
) -> Any:
    """Draw scaled Schoenfeld residuals over transformed time, a panel a coefficient.

    Each point is an event and what it says of the coefficient at its time. Where hazards are
    proportional the smooth keeps to the dashed line, the coefficient of the fit.

    Parameters
    ----------
    test : CoxProportionalHazards
        What `Cox.proportional_hazards` returns.
    ax : matplotlib Axes, or sequence of them, optional
        Where to draw, one a coefficient; by default a new figure.
    df : int, default 4
        Parameters of the spline.
    limits : bool, default True
        Shade the limits of the spline.
    xlabel : str
        Name of the time.

    Returns
    -------
    ndarray of matplotlib Axes
        One a coefficient, in their order.

    Examples
    --------
    >>> from immunoreset import survival
    >>> fit = survival.cox([5, 8, 9, 12], [1, 1, 1, 0], [0, 1, 0, 1], names=["dose"])
    >>> panels = fit.proportional_hazards("rank").plot(df=2)
    >>> panels[0].get_ylabel()
    'coefficient of dose'
    """
    fit, points, course = test._fit, test.residuals(), test.smooth(df)
    p = len(fit.names)
    if ax is None:
        from matplotlib import pyplot
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        across = min(p, 3)
        down = -(-p // across)
        figure = pyplot.figure(
            figsize=(max(4.2 * across, 6.4), 3.6 * down), layout=ConstrainedLayoutEngine(w_pad=0.1)
        )
        ax = [figure.add_subplot(down, across, j + 1) for j in range(p)]
    panels = np.atleast_1d(np.array(ax, object)).ravel()
    if len(panels) != p:
        raise InputError(f"ax has {len(panels)} panels and the model {p} coefficients; give {p}")
    for j, (panel, name) in enumerate(zip(panels, fit.names, strict=True)):
        panel.axhline(0, color="#9aa7b3", linewidth=0.8, zorder=1)
        panel.axhline(fit.coef[j], color="#c0392b", linestyle="--", linewidth=1.2, zorder=2)
        if limits:
            panel.fill_between(
                course.transformed_time, course.low[:, j], course.high[:, j], color="#1f5f8b",
                alpha=0.15, linewidth=0, zorder=1,
            )  # fmt: skip
        panel.plot(
            course.transformed_time, course.estimate[:, j], color="#1f5f8b", linewidth=1.6, zorder=3
        )
        panel.scatter(
            points.transformed_time, points.values[:, j], s=14, facecolors="none",
            edgecolors="#33414d", linewidths=0.8, zorder=4,
        )  # fmt: skip
        undefined = np.isnan(test.pvalue[j])
        panel.set_title(
            name if undefined else f"{name}: {pvalue_words(test.pvalue[j])}", loc="left",
            fontsize="medium",
        )  # fmt: skip
        panel.set_ylabel(f"coefficient of {name}")
        panel.set_xlabel(xlabel + SCALES[test.transform])
        if test.transform != "identity":
            panel.set_xticks(*_ticks(test.transform, points.transformed_time, points.time))
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(color="#e3e8ed", linewidth=0.8)
        panel.set_axisbelow(True)
    return panels


def _ticks(transform: Transform, transformed: Any, time: Any) -> tuple[Any, list[str]]:
    """Return where to write which times: round ones, or about evenly apart those of events."""
    if transform == "log":
        ticks = round_ticks(time.min(), time.max())
        return np.log(ticks), [f"{tick:g}" for tick in ticks]
    x, first = np.unique(transformed, return_index=True)
    chosen = [0]
    for row in range(1, len(x)):
        if x[row] - x[chosen[-1]] >= (x[-1] - x[0]) / TICKS:
            chosen.append(row)
    return x[chosen], [f"{t:.2g}" if t < 10 else f"{t:.0f}" for t in time[first][chosen]]
