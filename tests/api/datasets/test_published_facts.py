import importlib.util
from collections import Counter
from pathlib import Path

import narwhals as nw
import pytest
from immunoreset import datasets

ROOT = Path(__file__).resolve().parents[3]
KINDS = {
    "response", "activity", "b-cell", "kinetics", "serology", "safety", "baseline", "exposure",
    "follow-up", "design", "test",
}  # fmt: skip


@pytest.fixture(scope="module")
def facts():
    frame = nw.from_native(datasets.published_facts(), eager_only=True)
    return list(frame.iter_rows(named=True))


def one(facts, study, endpoint, **more):
    wanted = {"study": study, "endpoint": endpoint, **more}
    found = [f for f in facts if all(f[name] == value for name, value in wanted.items())]
    assert len(found) == 1
    return found[0]


def test_each_fact_is_there_once_and_none_is_unverified(facts):
    assert len(facts) == 160  # rows of the raw table, of which none is marked "recalled, verify"
    assert len({(f["study"], f["item"]) for f in facts}) == 160
    assert {f["certainty"] for f in facts} == {"sure", "looked up"}


def test_every_fact_has_a_class_a_source_and_a_number_or_its_text(facts):
    for fact in facts:
        assert fact["kind"] in KINDS
        assert fact["endpoint"]
        assert fact["disease"]
        assert fact["source"] not in (None, "same")
        printed = (fact["x"], fact["value"], fact["low"], fact["value_text"])
        assert any(number is not None for number in printed)


def test_counts_are_counts(facts):
    for fact in facts:
        assert (fact["x"] is None) == (fact["statistic"] != "proportion")
        if fact["x"] is not None:
            assert 0 <= fact["x"] <= fact["n"]
            assert fact["counted"] in ("patients", "events")
            assert fact["counted"] == "events" or fact["n"] <= fact["cohort_n"]


# Müller 2024 (NEJM 390:687, abstract): aplasia 112 +- 47 days, DORIS in 8 of 8 with SLE.
# Mackensen 2022 (Nat Med 28:2124, abstract): baseline SLEDAI 16, 8 to 16; return after 110 +- 32 d.
def test_facts_of_two_abstracts(facts):
    doris = one(facts, "mueller2024", "DORIS")
    assert (doris["x"], doris["n"], doris["disease"], doris["kind"]) == (8, 8, "SLE", "response")
    aplasia = one(facts, "mueller2024", "duration of B cell aplasia")
    assert (aplasia["value"], aplasia["sd"], aplasia["unit"]) == (112, 47, "days")
    sledai = one(facts, "mackensen2022", "SLEDAI", kind="baseline")
    assert (sledai["value"], sledai["low"], sledai["high"]) == (16, 8, 16)
    assert sledai["low_high"] == "minimum and maximum"
    assert one(facts, "mackensen2022", "day of B cell return")["value"] == 110
    onset = one(facts, "hagen2025", "LICATS onset")
    assert (onset["value"], onset["low"], onset["high"]) == (10, 9, 21)
    assert onset["low_high"] == "quartiles"


def test_a_pair_of_values_stays_text(facts):
    fact = one(facts, "yts109_2025", "SLE-DAS")
    assert fact["value"] is None
    assert fact["value_text"] == "31.30 -> 5.35"


def test_what_shares_patients_is_marked(facts):
    groups = {f["study"]: f["overlap_group"] for f in facts}
    assert groups["mackensen2022"] == groups["mueller2024"]
    assert groups["castle_interim_acr2024"] == groups["castle2026"]
    for fact in facts:
        for other in (fact["overlaps_with"] or "").split("; "):
            back = {f["overlaps_with"] for f in facts if f["overlap_group"] == other}
            assert not other or any(fact["overlap_group"] in each for each in back)


def test_comparators_are_not_called_car_t(facts):
    therapies = Counter(f["therapy"] for f in facts)
    assert set(therapies) == {"CAR T", "anti-CD20", "placebo"}
    assert {f["study"] for f in facts if f["therapy"] == "anti-CD20"} == {
        "nobility", "lunar_bcell", "regency",
    }  # fmt: skip


@pytest.mark.parametrize("backend", ["polars", "pandas", "pyarrow"])
def test_columns_have_their_types_in_every_backend(backend):
    frame = nw.from_native(datasets.published_facts(backend=backend), eager_only=True)
    described = datasets.describe("published_facts").columns
    assert frame.columns == [column.name for column in described]
    dtypes = {"text": nw.String, "integer": nw.Int64, "number": nw.Float64}
    for column in described:
        assert frame[column.name].dtype == dtypes[column.kind]


@pytest.fixture(scope="module")
def tidy():
    path = ROOT / "tools" / "tidy_published_facts.py"
    spec = importlib.util.spec_from_file_location("tidy_published_facts", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def raw(**cells):
    names = "study overlap_group disease target n item x n_eval value spread unit mark source"
    return dict.fromkeys(names.split(), "") | {"study": "a", "mark": "looked up"} | cells


def test_the_tidy_script_leaves_out_what_is_not_verified(tidy):
    rows = [raw(item="b", mark="recalled, verify", source="s"), raw(item="c", source="t")]
    assert [row["item"] for row in tidy.tidy(rows)] == ["c"]


def test_the_tidy_script_writes_out_what_same_means(tidy):
    rows = tidy.tidy([raw(item="b", source="paper"), raw(item="c", source="same")])
    assert rows[1]["source"] == "paper"
    with pytest.raises(SystemExit, match="no row before to be the same as"):
        tidy.tidy([raw(item="b", source="same")])


def test_the_tidy_script_stops_at_what_it_cannot_read(tidy):
    assert tidy.numbers("", "IQR 9-21")["low_high"] == "quartiles"
    assert tidy.numbers("1e6", "")["value"] == "1000000"
    with pytest.raises(SystemExit, match="in no form this script reads"):
        tidy.numbers("about 5", "")
    with pytest.raises(SystemExit, match="in no form this script reads"):
        tidy.numbers("5", "wide")
