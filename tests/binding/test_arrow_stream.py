"""The Arrow stream: what readers of four libraries see, and what is refused."""

import numpy as np
import pytest
from immunoreset import _core, response

TABLE = {"a": np.array([1.5, np.nan]), "b": np.array([3, -4]), "c": ["Überlebt", ""]}


class Exporter:
    def __arrow_c_stream__(self, requested_schema=None):
        return _core.arrow_stream(list(TABLE), list(TABLE.values()))


def test_polars_reads_it():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(Exporter())
    assert frame["b"].to_list() == [3, -4]
    assert frame["c"].to_list() == ["Überlebt", ""]


def test_pyarrow_reads_it_and_may_keep_one_column_alone():
    pyarrow = pytest.importorskip("pyarrow")
    kept = pyarrow.table(Exporter())["c"]
    assert kept.to_pylist() == ["Überlebt", ""]


def test_a_result_is_a_table():
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table(response.proportion([1, 2], 4))
    assert table.column_names == ["events", "n", "estimate", "low", "high"]


def test_an_unread_stream_is_freed():
    for _ in range(100):
        Exporter().__arrow_c_stream__()


@pytest.mark.parametrize(
    ("names", "columns", "message"),
    [
        (["a"], [], "as many names as columns"),
        (["a", "b"], [np.zeros(2), np.zeros(3)], "column b has 3 rows, not 2"),
        (["a"], [np.zeros(2, np.int32)], "column a is neither"),
        (["a"], [np.zeros(4)[::2]], "column a is neither"),
    ],
)
def test_a_table_that_is_none_is_refused(names, columns, message):
    with pytest.raises(SystemError, match=message):
        _core.arrow_stream(names, columns)


def test_text_must_be_text():
    with pytest.raises(TypeError):
        _core.arrow_stream(["a"], [[1, 2]])
