"""Columns in, frames out: what is missing is named, whatever the kind of frame."""

import numpy as np
import pytest
from immunoreset import response, survival
from immunoreset._frame import backend_or_default, columns, labels
from immunoreset.errors import InputError

DAYS = {"time": [3.0, 5.0, 8.0], "event": [1, 0, 1], "arm": ["b", "a", "b"]}


def frames():
    pandas, polars, pyarrow = map(pytest.importorskip, ("pandas", "polars", "pyarrow"))
    return [pandas.DataFrame(DAYS), polars.DataFrame(DAYS), pyarrow.table(DAYS), DAYS]


def test_each_kind_of_frame_gives_the_same_curve():
    expected = survival.kaplan_meier(DAYS["time"], DAYS["event"])
    for frame in frames():
        km = survival.kaplan_meier("time", "event", data=frame)
        assert km.estimate.tolist() == expected.estimate.tolist()


def test_a_lazy_frame_is_collected():
    polars = pytest.importorskip("polars")
    km = survival.kaplan_meier("time", "event", data=polars.LazyFrame(DAYS))
    assert km.n == 3


def test_arrays_and_names_mix():
    time, event, nothing = columns(DAYS, time="time", event=[1, 1, 1], entry=None)
    assert time.tolist() == DAYS["time"]
    assert event == [1, 1, 1]
    assert nothing is None


def test_missing_values_are_named_by_row_and_column():
    for frame in frames()[:3]:
        module = type(frame).__module__.split(".")[0]
        gap = pytest.importorskip(module)
        make = gap.table if module == "pyarrow" else gap.DataFrame
        with pytest.raises(InputError, match=r"time\[1\] is missing in column 'days'"):
            survival.kaplan_meier("days", "event", data=make({"days": [1, None], "event": [1, 0]}))


def test_labels_are_sorted_and_coded():
    distinct, codes = labels(np.array(["b", "a", "b"]))
    assert distinct == ["a", "b"]
    assert codes.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("group", "message"),
    [
        (["a", None], r"group\[1\] is None; give every row a label"),
        ([1.0, np.nan], r"group\[1\] is nan; give every row a label"),
        (["a", np.nan], r"group\[1\] is nan; give every row a label"),
        (("a", "b", float("nan")), r"group\[2\] is nan; give every row a label"),
        ([["a"], ["b"]], "group has 2 dimensions"),
        (np.array([1, "a"], object), "group mixes labels that cannot be sorted"),
    ],
)
def test_labels_that_are_none_are_refused(group, message):
    with pytest.raises(InputError, match=message):
        labels(group)


@pytest.mark.parametrize(
    "group",
    [
        list("bab"), np.array(["x", "yy", "x"], object), [3, 1, 3], [True, False, True], [0.5, 0.1],
        np.arange(100) % 7 + 2, np.arange(100, dtype=np.uint8) // 3, np.arange(100) % 7 - 1,
        10**9 * (np.arange(100) % 3), np.arange(100, dtype=np.uint64) << np.uint64(57),
        np.arange(100) % 2 == 1,
    ],
)  # fmt: skip
def test_labels_are_those_of_numpy(group):
    distinct, positions = np.unique(np.asarray(group), return_inverse=True)
    names, codes = labels(group)
    assert names == distinct.tolist()
    assert codes.tolist() == positions.tolist()
    assert codes.dtype == np.int64


def test_a_missing_value_among_words_is_no_word():
    data = {"t": [1, 2], "e": [1, 1], "g": ["a", np.nan]}
    with pytest.raises(InputError, match=r"group\[1\] is nan"):
        survival.kaplan_meier("t", "e", group="g", data=data)
    with pytest.raises(InputError, match=r"cause\[1\] is nan"):
        survival.competing_risks([1, 2, 3], ["relapse", np.nan, "none"], censored="none")
    with pytest.raises(InputError, match=r"strata\[0\] is nan"):
        survival.cox([1, 2, 3], [1, 1, 1], [0, 1, 0], strata=[np.nan, "a", "b"])


def test_a_missing_label_of_pandas_is_named():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(InputError, match=r"group\[1\] is <NA>"):
        labels(np.array(["a", pandas.NA], object))


def test_without_any_frame_library_the_remedy_is_said(monkeypatch):
    assert backend_or_default("pandas") == "pandas"
    monkeypatch.setattr("immunoreset._frame.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install polars"):
        backend_or_default(None)


def test_groups_are_a_mapping_with_one_frame():
    arms = survival.kaplan_meier("time", "event", group="arm", data=DAYS)
    assert list(arms) == ["a", "b"]
    assert len(arms) == 2
    frame = arms.to_frame("pandas")
    assert frame["group"].tolist() == ["a", "b", "b"]
    assert arms.to_dict()["a"]["n"] == 1
    assert repr(arms).startswith("Grouped({'a': KaplanMeier(")
    assert arms._repr_html_().startswith("<table>")


def test_long_tables_are_cut_in_a_notebook():
    r = response.proportion(np.zeros(50, int), 10)
    assert "30 more rows: see to_frame()" in r._repr_html_()


def test_asking_for_a_part_that_is_not_there():
    import immunoreset

    assert "response" in dir(immunoreset)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = immunoreset.nonsense
