"""The picture of state occupation: all states stacked, or lines with limits."""

import pytest
from immunoreset import survival
from immunoreset.errors import InputError

pytest.importorskip("matplotlib")

ROWS = ([1, 1, 2, 3, 4], [5, 9, 7, 4, 8], [2, 3, 0, 3, 0])
STATES = [1, 2, 3]


def test_states_are_stacked_up_to_one():
    ms = survival.multistate(*ROWS, states=STATES)
    ax = ms.plot()
    assert len(ax.collections) == 3
    tops = [area.get_paths()[0].vertices[:, 1].max() for area in ax.collections]
    assert tops == pytest.approx([1, 1, 1])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["3", "2", "1"]
    assert ax.get_xlabel() == "time"


def test_one_state_is_a_line_with_limits_from_its_start():
    ms = survival.multistate(*ROWS, states=STATES)
    ax = ms.state(1).plot(xlabel="days")
    line = ax.lines[0]
    assert line.get_drawstyle() == "steps-post"
    assert line.get_xdata().tolist() == [0, *ms.time]
    assert line.get_ydata().tolist() == [1, *ms.estimate[0]]
    assert len(ax.collections) == 1
    assert len(ms.plot(states=[2, 3], limits=False).collections) == 0


def test_groups_are_lines():
    grouped = survival.multistate(*ROWS, states=STATES, group=["a", "a", "a", "b", "b"])
    ax = grouped.plot(states=[2, 3])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["a, 2", "a, 3", "b, 2", "b, 3"]
    assert len(ax.collections) == 4
    crowded = grouped.plot()  # six lines: shades would cover each other, and the legend the lines
    assert len(crowded.collections) == 0
    assert crowded.get_legend().get_bbox_to_anchor().x0 >= crowded.bbox.x1
    assert len(grouped.plot(limits=True).collections) == 6
    with pytest.raises(InputError, match="draw each group by itself"):
        grouped.plot(stacked=True)


def test_a_state_that_is_not_there():
    ms = survival.multistate(*ROWS, states=STATES)
    for stacked in (True, False):
        with pytest.raises(InputError, match="state is 9; choose one of"):
            ms.plot(states=[9], stacked=stacked)
