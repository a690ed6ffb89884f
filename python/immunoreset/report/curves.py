"""A Kaplan-Meier section: the curve, its risk table, and both kinds of limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from immunoreset import survival
from immunoreset.plots.axes import detached_axes
from immunoreset.report.content import Figure, Section, Table


def survival_section(
    name: str,
    title: str,
    paragraphs: Sequence[str],
    time: ArrayLike,
    event: ArrayLike,
    *,
    unit: str,
    times: Sequence[float],
    event_name: str,
) -> Section:
    """Return the curve of one group with log-log and mid-P beta product limits.

    Parameters
    ----------
    name : str
        Prefix of the files.
    time, event
        One row a patient, `time` in `unit`.
    times : sequence of float
        Where the curve is read off for the table.
    event_name : str
        What the event is, in words.
    """
    usual = survival.kaplan_meier(time, event)
    small = survival.kaplan_meier(time, event, interval="beta-product-mid-p")
    table = Table(
        f"{name}_curve",
        f"Kaplan-Meier curve, every distinct time ({unit})",
        {
            f"time_{unit}": usual.time,
            "at_risk": usual.at_risk,
            "events": usual.events,
            "censored": usual.censored,
            "estimate": usual.estimate,
            "std_error": usual.std_error,
            "log_log_low": usual.low,
            "log_log_high": usual.high,
            "beta_product_mid_p_low": small.low,
            "beta_product_mid_p_high": small.high,
        },
        4,
    )
    read = np.asarray(times, float)
    at, at_small = usual.at(read), small.at(read)
    landmarks = Table(
        f"{name}_at_times",
        f"Free of {event_name} at given times",
        {
            f"time_{unit}": read,
            "estimate": at.estimate,
            "log_log_low": at.low,
            "log_log_high": at.high,
            "beta_product_mid_p_low": at_small.low,
            "beta_product_mid_p_high": at_small.high,
        },
    )
    axes = detached_axes(7.5, 4.6)
    usual.plot(ax=axes, risk_table=True)
    start = small.at([0.0])
    for side, before, limit in (("low", start.low, small.low), ("high", start.high, small.high)):
        axes.step(
            np.append(0.0, small.time),
            np.append(before, limit),
            where="post",
            color="#8a4b00",
            linewidth=0.9,
            linestyle="--",
            label="95% mid-P beta product" if side == "low" else None,
        )
    axes.set_ylabel(f"free of {event_name}")
    axes.set_xlabel(unit)
    axes.legend(frameon=False, fontsize="small", loc="best")
    caption = (
        f"{title}: Kaplan-Meier estimate, 95% log-log limits (shaded), mid-P beta product limits "
        "(dashed), patients at risk"
    )
    return Section(
        title,
        tuple(paragraphs),
        (Figure(f"{name}_curve", caption, axes.figure, table),),
        (landmarks,),
        {"log-log": usual.to_dict(), "beta-product-mid-p": small.to_dict()},
    )
