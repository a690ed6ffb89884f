"""The picture of survival curves: steps, ticks, limits, the risk table under weights and entry."""

import numpy as np
import pytest
from immunoreset import survival

pytest.importorskip("matplotlib")

TIME = [2.0, 3.0, 3.0, 5.0, 8.0, 9.0]
EVENT = [1, 1, 0, 1, 0, 1]


def texts(ax):
    """Return the numbers of the risk table by their tick, and its labels."""
    ticks = {}
    for text in ax.texts:
        x, _ = text.xy
        ticks.setdefault(x, []).append(text.get_text())
    return ticks


def test_the_curve_runs_from_the_start_to_the_last_follow_up():
    ax = survival.kaplan_meier(TIME, EVENT).plot()
    line = ax.lines[0]
    assert line.get_drawstyle() == "steps-post"
    assert line.get_xdata().tolist() == [0, 2, 3, 5, 8, 9]
    assert line.get_ydata()[0] == 1
    assert line.get_ydata()[-1] == 0
    assert ax.get_xlabel() == "time"


def test_censored_patients_are_marked_on_the_curve():
    km = survival.kaplan_meier(TIME, EVENT)
    ticks = km.plot().lines[1]
    assert ticks.get_xdata().tolist() == [3, 8]
    assert ticks.get_ydata().tolist() == km.at([3, 8]).estimate.tolist()
    assert len(km.plot(censored=False).lines) == 1


def test_limits_end_where_they_are_no_longer_defined():
    km = survival.kaplan_meier(TIME, EVENT)
    corners = km.plot().collections[0].get_paths()[0].vertices
    assert corners[:, 0].max() == 9  # up to the fall to 0, not to the row before
    assert km.plot(limits=False).collections[:] == []


def test_beta_product_limits_start_below_one():
    km = survival.kaplan_meier(TIME, EVENT, interval="beta-product")
    corners = km.plot().collections[0].get_paths()[0].vertices
    assert corners[corners[:, 0] == 0, 1].min() == km.at(0).low < 1


def test_the_risk_table_counts_those_under_observation():
    km = survival.kaplan_meier(TIME, EVENT, weights=[1, 2, 1, 1, 3, 1], entry=[0, 0, 0, 0, 4, 4])
    ax = km.plot(risk_table=True)
    ticks = [tick for tick in ax.get_xticks() if tick <= 9]
    shown = texts(ax)
    assert [int(shown[tick][-1]) for tick in ticks] == km.at(ticks).at_risk.tolist()
    assert shown[ticks[0]][-1] == "5"
    assert shown[4][-1] == "5"


def test_sampling_weights_do_not_enter_the_risk_table():
    km = survival.kaplan_meier(TIME, EVENT, weights=np.full(6, 0.5), variance="robust")
    assert texts(km.plot(risk_table=True))[0][-1] == "6"


def test_groups_share_one_picture_and_one_table():
    arms = survival.kaplan_meier(TIME, EVENT, group=list("aababb"))
    ax = arms.plot(risk_table=True, xlabel="months")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    assert texts(ax)[0][-2:] == ["3", "3"] or texts(ax)[0].count("3") == 2
    assert ax.get_xlabel() == "months"
    colours = {line.get_color() for line in ax.lines}
    assert len(colours) == 2


def test_a_curve_from_a_start_time_and_into_given_axes():
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    km = survival.kaplan_meier(TIME, EVENT, start_time=3, reverse=True)
    assert km.plot(ax) is ax
    assert ax.lines[0].get_xdata()[0] == 3
    assert ax.get_ylabel() == "under follow-up"


def test_an_event_at_the_start_is_drawn():
    ax = survival.kaplan_meier([0, 1], [1, 0]).plot()
    assert ax.lines[0].get_xdata().tolist() == [0, 0, 1]
    assert ax.lines[0].get_ydata().tolist() == [1, 0.5, 0.5]
