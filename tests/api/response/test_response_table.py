"""Response tables: the counts, the rule for what is missing, the words, and every kind of frame."""

import math
import pickle
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import response
from immunoreset._result import rounded_percent
from immunoreset.errors import InputError

# counted by hand: SLE 2 yes, 1 missing; IIM 1 yes, 1 no; doris SLE 1 yes, 1 no, 1 missing; IIM none
PATIENTS = {
    "disease": ["SLE", "SLE", "SLE", "IIM", "IIM"],
    "sex": ["f", "m", "f", "f", "m"],
    "drug_free": [True, True, None, True, False],
    "doris": [1, 0, None, None, None],
}
ENDPOINTS = {"drug_free": "Drug-free", "doris": "DORIS"}


def texts(table):
    """From subgroup and endpoint to text."""
    frame = table.to_frame("polars")
    return {(row["subgroup"], row["endpoint"]): row["text"] for row in frame.iter_rows(named=True)}


def test_missing_is_no_response():
    table = response.response_table(
        PATIENTS, by="disease", endpoints=ENDPOINTS, missing="non-responder"
    )
    assert table.subgroups == ("All patients", "IIM", "SLE")
    assert table.events.tolist() == [[3, 1], [1, 0], [2, 1]]
    assert table.n.tolist() == [[5, 5], [2, 2], [3, 3]]
    assert table.not_assessed.tolist() == [[1, 3], [0, 2], [1, 1]]
    assert texts(table)["SLE", "Drug-free"] == "2/3 (66.7%) [9.4, 99.2]"


def test_missing_is_left_out():
    table = response.response_table(PATIENTS, by="disease", endpoints=ENDPOINTS, missing="exclude")
    assert table.patients.tolist() == [5, 2, 3]
    assert table.events.tolist() == [[3, 1], [1, 0], [2, 1]]
    assert table.n.tolist() == [[4, 2], [2, 0], [2, 2]]
    assert texts(table)["IIM", "DORIS"] == "0/0 [0.0, 100.0]"
    assert math.isnan(table.estimate[1, 1])
    assert (table.low[1, 1], table.high[1, 1]) == (0, 1)


def test_the_wording_of_a_paper():
    table = response.response_table(
        {"doris": [True] * 8}, by=(), endpoints="doris", missing="exclude"
    )
    assert texts(table) == {("All patients", "doris"): "8/8 (100.0%) [63.1, 100.0]"}
    assert table.variables == ("",)


@pytest.mark.parametrize("method", ["clopper-pearson", "mid-p", "wilson"])
def test_limits_are_those_of_proportion(method):
    table = response.response_table(
        PATIENTS, by=["disease", "sex"], endpoints=ENDPOINTS, missing="exclude",
        method=method, level=0.9,
    )  # fmt: skip
    rates = response.proportion(table.events, table.n, method=method, level=0.9)
    for name in ("estimate", "low", "high"):
        np.testing.assert_array_equal(getattr(table, name), getattr(rates, name))


def test_each_column_is_a_block_that_adds_up_to_all_patients():
    table = response.response_table(
        PATIENTS, by=["disease", "sex"], endpoints="drug_free", missing="exclude"
    )
    assert list(zip(table.variables, table.subgroups, strict=True)) == [
        ("", "All patients"), ("disease", "IIM"), ("disease", "SLE"), ("sex", "f"), ("sex", "m"),
    ]  # fmt: skip
    for counts in (table.patients, table.events[:, 0], table.n[:, 0], table.not_assessed[:, 0]):
        assert counts[1:3].sum() == counts[3:5].sum() == counts[0]


answers = st.sampled_from([True, False, None, 0, 1, 0.0, 1.0, math.nan, np.True_])


@given(
    st.lists(st.tuples(st.sampled_from("abc"), answers, answers), max_size=30),
    st.sampled_from(["non-responder", "exclude"]),
)
@settings(max_examples=60, deadline=None)
def test_every_cell_counts_its_patients(rows, rule):
    data = {name: [row[j] for row in rows] for j, name in enumerate(("g", "x", "y"))}
    table = response.response_table(data, by="g", endpoints=["x", "y"], missing=rule)
    for i, label in enumerate(table.subgroups):
        own = [row for row in rows if label in ("All patients", row[0])]
        for j in (0, 1):
            known = [row[j + 1] for row in own if row[j + 1] in (0, 1)]
            assert table.events[i, j] == sum(known)
            assert table.not_assessed[i, j] == len(own) - len(known)
            assert table.n[i, j] == (len(known) if rule == "exclude" else len(own))


def frames():
    pandas, polars, pyarrow = map(pytest.importorskip, ("pandas", "polars", "pyarrow"))
    yield pandas.DataFrame(PATIENTS)
    yield pandas.DataFrame(PATIENTS).convert_dtypes()
    yield pandas.DataFrame(PATIENTS).astype({"disease": "category"})
    yield polars.DataFrame(PATIENTS)
    yield polars.LazyFrame(PATIENTS)
    yield polars.DataFrame(PATIENTS).cast({"disease": polars.Categorical})
    yield pyarrow.table(PATIENTS)
    yield {name: np.array(column, object) for name, column in PATIENTS.items()}
    yield dict(polars.DataFrame(PATIENTS).to_dict())
    yield {name: pandas.Series(column) for name, column in PATIENTS.items()}
    yield {name: pyarrow.array(column) for name, column in PATIENTS.items()}


@pytest.mark.parametrize("number", range(11))
def test_every_kind_of_frame(number):
    expected = response.response_table(
        PATIENTS, by=["disease", "sex"], endpoints=ENDPOINTS, missing="exclude"
    )
    table = response.response_table(
        list(frames())[number], by=["disease", "sex"], endpoints=ENDPOINTS, missing="exclude"
    )
    assert texts(table) == texts(expected)
    assert table.notes == expected.notes


def test_duckdb():
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.sql(
        "select * from (values ('SLE', true, 1), ('SLE', null, 0), ('IIM', false, null)) "
        "as patients(disease, drug_free, doris)"
    )
    table = response.response_table(
        relation, by="disease", endpoints=["drug_free", "doris"], missing="exclude"
    )
    assert table.events.tolist() == [[1, 1], [0, 0], [1, 1]]
    assert table.n.tolist() == [[2, 2], [1, 0], [1, 2]]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_an_empty_frame_is_nobody(library):
    module = pytest.importorskip(library)
    frame = module.DataFrame({"disease": [], "doris": []})
    table = response.response_table(frame, by="disease", endpoints="doris", missing="non-responder")
    assert texts(table) == {("All patients", "doris"): "0/0 [0.0, 100.0]"}
    assert "Missing responses of 0 patients" in table.notes[1]


def test_one_patient():
    table = response.response_table(
        {"disease": ["SLE"], "doris": [1]}, by="disease", endpoints="doris", missing="exclude"
    )
    assert set(texts(table).values()) == {"1/1 (100.0%) [2.5, 100.0]"}


def test_every_response_missing():
    data = {"disease": ["SLE", "MG"], "doris": [None, math.nan]}
    excluded = response.response_table(data, by="disease", endpoints="doris", missing="exclude")
    assert set(texts(excluded).values()) == {"0/0 [0.0, 100.0]"}
    failed = response.response_table(data, by="disease", endpoints="doris", missing="non-responder")
    assert texts(failed)["All patients", "doris"] == "0/2 (0.0%) [0.0, 84.2]"


def test_labels_are_shown_as_words_in_their_own_order():
    data = {"stage": [10, 9, 10], "bad": [True, False, True], "x": [1, 1, 0]}
    table = response.response_table(data, by=["stage", "bad"], endpoints="x", missing="exclude")
    assert table.subgroups == ("All patients", "9", "10", "False", "True")


@given(st.integers(0, 400), st.integers(1, 400), st.integers(0, 4))
@settings(max_examples=200, deadline=None)
def test_rounding_is_half_away_from_zero_and_exact(x, n, digits):
    shown = Fraction(rounded_percent((x, n), digits))
    error = Fraction(100 * x, n) - shown
    step = Fraction(1, 10**digits)
    assert -step / 2 <= error < step / 2


def test_ties_are_rounded_as_sas_does():
    for x, n, digits, shown in [
        (1, 16, 1, "6.3"), (1, 8, 0, "13"), (3, 8, 0, "38"), (1, 2000, 1, "0.1"), (1, 1, 0, "100"),
    ]:  # fmt: skip
        assert rounded_percent((x, n), digits) == shown
    assert str(response.proportion(1, 16)).startswith("1/16 (6.3%)")
    data = {"x": [1] + [0] * 7}
    table = response.response_table(data, by=(), endpoints="x", missing="exclude", digits=0)
    assert texts(table)["All patients", "x"] == "1/8 (13%) [0, 53]"


BAD = [
    (dict(by="diagnosis"), "by: there is no column 'diagnosis'; the columns are"),
    (dict(endpoints="lldas"), "endpoints: there is no column 'lldas'"),
    (dict(endpoints={"lldas": "LLDAS"}), "endpoints: there is no column 'lldas'"),
    (dict(endpoints=[]), "endpoints is empty; name at least one column"),
    (dict(endpoints={}), "endpoints is empty"),
    (dict(endpoints=["x", "x"]), "endpoints names 'x' twice"),
    (dict(endpoints={"x": "X", "y": "X"}), "endpoints names 'X' twice"),
    (dict(by=["g", "g"]), "by names 'g' twice"),
    (dict(by="gap"), r"gap\[1\] is None; give every row a label"),
    (dict(by="mixed"), "mixed mixes labels that cannot be sorted"),
    (dict(endpoints="score"), r"score\[2\] is 2; a response is true, false, 1, 0 or missing"),
    (dict(endpoints="words"), r"words\[0\] is 'yes'; a response is"),
    (dict(endpoints="short"), "short has 1 rows and g has 3; give one row a patient"),
    (dict(endpoints="scalar"), "endpoints: 'scalar' is 1; give one value a row"),
    (dict(missing="drop"), "missing is 'drop'; choose one of: non-responder, exclude"),
    (dict(method="exact"), "method is 'exact'; choose one of"),
    (dict(level=95), "level is 95"),
    (dict(digits=-1), "digits is -1; give a whole number from 0 to 10"),
    (dict(digits=True), "digits is True"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_bad_input_is_named(options, message):
    data = {
        "g": ["a", "b", "a"], "x": [1, 0, 1], "y": [1, 0, 1], "gap": ["a", None, "b"],
        "mixed": ["a", 1, "b"], "score": [0, 1, 2], "words": ["yes", "no", "yes"], "short": [1],
        "scalar": 1,
    }  # fmt: skip
    with pytest.raises(InputError, match=message):
        response.response_table(data, **(dict(by="g", endpoints="x", missing="exclude") | options))


@pytest.mark.parametrize("gap", [None, math.nan])
def test_a_missing_label_among_words_is_no_word(gap):
    # numpy makes the word "nan" of nan in a list of words
    pandas = pytest.importorskip("pandas")
    data = {"g": ["a", gap], "x": [1, 0]}
    for frame in (data, pandas.DataFrame(data), pandas.DataFrame(data).convert_dtypes()):
        with pytest.raises(InputError, match=r"g\[1\] is (None|nan|<NA>)"):
            response.response_table(frame, by="g", endpoints="x", missing="exclude")


def test_the_rule_for_missing_has_no_default():
    with pytest.raises(TypeError, match="missing"):
        response.response_table(PATIENTS, by="disease", endpoints="doris")


def test_a_notebook_shows_groups_of_columns_and_notes():
    table = response.response_table(
        PATIENTS | {"b<c": PATIENTS["doris"]}, by="disease",
        endpoints={"drug_free": "Drug-free", "b<c": "MG-ADL < 2"}, missing="exclude",
    )  # fmt: skip
    html = table._repr_html_()
    assert html.count('colspan="3" scope="colgroup"') == 2
    assert "MG-ADL &lt; 2" in html
    assert "b<c" not in html
    assert "<td>2/2 (100.0%)</td><td>[15.8, 100.0]</td><td>1</td>" in html
    assert "95% CI: clopper-pearson" in html
    assert (
        "Missing responses of 5 patients (left out, N is the patients assessed): "
        "1 for Drug-free, 3 for MG-ADL &lt; 2." in html
    )


def test_a_table_without_gaps_has_no_column_for_them():
    html = response.response_table(
        {"g": ["a"], "x": [1]}, by="g", endpoints="x", missing="exclude"
    )._repr_html_()
    assert ">missing<" not in html
    assert "0 for x" in html


def test_blocks_have_headings():
    html = response.response_table(
        PATIENTS, by=["disease", "sex"], endpoints="drug_free", missing="exclude"
    )._repr_html_()
    assert html.count('<th colspan="4"') == 2
    assert html.index(">disease<") < html.index("SLE") < html.index(">sex<")


@pytest.mark.parametrize("by", ["disease", ["disease", "sex"]])
def test_great_tables(by):
    pytest.importorskip("great_tables")
    table = response.response_table(PATIENTS, by=by, endpoints=ENDPOINTS, missing="exclude")
    html = table.to_great_tables().as_raw_html()
    for words in ("Drug-free", "DORIS", "2/2 (100.0%)", "[15.8, 100.0]", *table.notes):
        assert words in html


def test_without_great_tables_the_remedy_is_said(monkeypatch):
    table = response.response_table(PATIENTS, by=(), endpoints="doris", missing="exclude")
    monkeypatch.setitem(sys.modules, "great_tables", None)
    with pytest.raises(ImportError, match=r"pip install 'immunoreset\[tables\]'"):
        table.to_great_tables()


def test_the_result_is_frozen_readable_and_pickles():
    table = response.response_table(
        PATIENTS, by="disease", endpoints=ENDPOINTS, missing="non-responder"
    )
    with pytest.raises(AttributeError):
        table.level = 0.9
    for name in ("patients", "events", "n", "not_assessed", "estimate", "low", "high"):
        assert not getattr(table, name).flags.writeable
    assert texts(pickle.loads(pickle.dumps(table))) == texts(table)
    assert table.to_dict()["events"] == [[3, 1], [1, 0], [2, 1]]
    assert str(table) == (
        "Drug-free, DORIS of 5 patients by disease: 95% clopper-pearson intervals, "
        "missing responses counted as no response, N is all patients"
    )
    for backend in ("pandas", "polars", "pyarrow"):
        assert table.to_frame(backend).shape == (6, 11)
