"""Mutation and isotypes clone by clone, and tables of the AIRR standard."""

import numpy as np
import pytest
from immunoreset import recovery, response
from immunoreset.errors import InputError

CALLS = ["IGHM", "IGHG1*01", "IgG", "IGHM*03", "IGHA2"]
MUTATION = [0.02, 0.1, 0.04, 0.0, 0.06]


def test_three_clones_by_hand():
    found = recovery.repertoire_maturity(MUTATION, CALLS, clone=["b", "a", "b", "c", "a"])
    assert (found.sequences, found.clones) == (5, 3)
    at = dict(zip(found.name, found.estimate, strict=True))
    assert at["mutation"] == pytest.approx((0.03 + 0.08 + 0) / 3)
    assert (at["igm"], at["igd"], at["ige"]) == (0.5, 0, 0)
    assert at["switched"] == 0.5
    assert found.low[0] == 0  # cut
    one = response.proportion(1, 3, method="clopper-pearson")
    k = found.name.index("igg")
    assert (found.low[k], found.high[k]) == pytest.approx((one.low, one.high), rel=1e-12)


def test_a_share_has_the_limits_of_whole_clones():
    found = recovery.repertoire_maturity(isotype=["IGHM"] * 12)
    assert np.isnan(found.estimate[0])
    whole = response.proportion(12, 12, method="clopper-pearson")
    assert (found.low[1], found.high[1]) == pytest.approx((whole.low, 1), rel=1e-12)
    assert str(found) == "12 clones, 95% intervals: switched 0 (0 to 0.265)"


def test_samples_are_summarised_by_themselves():
    data = {"m": MUTATION, "c": CALLS, "s": ["V0", "V0", "V0", "M6", "M6"]}
    found = recovery.repertoire_maturity("m", "c", sample="s", data=data)
    assert list(found) == ["M6", "V0"]
    alone = recovery.repertoire_maturity(MUTATION[3:], CALLS[3:])
    assert found["M6"].to_dict() == alone.to_dict()
    assert len(found.to_frame("pandas")) == 14


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "mutation and isotype are both None"),
        ({"mutation": [0.1, 98.5]}, r"mutation\[1\] is 98.5; a rate of mutation"),
        ({"mutation": [0.1, np.nan]}, r"mutation\[1\].*; a number is needed"),
        ({"isotype": ["IGHM", ""]}, r"isotype\[1\] is ''; give one of"),
        ({"isotype": ["IGHM", None]}, r"isotype\[1\] is None; give one of"),
        ({"isotype": ["IGKC"]}, r"isotype\[0\] is 'IGKC'"),
        ({"mutation": [0.1], "isotype": ["IGHM", "IGHM"]}, "isotype has 2"),
        ({"mutation": []}, "there is no row"),
        ({"mutation": [0.1], "level": 0}, "level is 0"),
    ],
)
def test_bad_input_is_named(given, words):
    with pytest.raises(InputError, match=words):
        recovery.repertoire_maturity(**given)


HEADER = "sequence_id\trepertoire_id\tclone_id\tduplicate_count\tproductive\tv_identity\tc_call\n"
ROWS = (
    "s1\tP1-V0\tk1\t7\tT\t0.95\tIGHG1\n"
    "s2\tP1-V0\tk2\t2\tT\t1\tIGHM\n"
    "s3\tP1-V0\tk1\t1\tF\t\t\n"
    "s4\tP1-M6\tk3\t4\tT\t0.99\tIGHM\n"
)


def test_a_table_of_the_standard_is_read(tmp_path):
    path = tmp_path / "rearrangements.tsv"
    path.write_text(HEADER + ROWS)
    rows = recovery.read_airr(path)
    assert rows["clone"].tolist() == ["k1", "k2", "k3"]
    assert rows["count"].tolist() == [7, 2, 4]
    assert rows["mutation"] == pytest.approx([0.05, 0, 0.01])
    found = recovery.repertoire("count", clone="clone", sample="sample", data=rows)
    assert found["P1-V0"].reads == 9
    maturity = recovery.repertoire_maturity("mutation", "isotype", clone="clone", data=rows)
    assert maturity.estimate[-1] == pytest.approx(1 / 3)


def test_frames_are_read_as_files_are(tmp_path):
    polars = pytest.importorskip("polars")
    path = tmp_path / "rearrangements.tsv"
    path.write_text(HEADER + ROWS)
    frame = polars.read_csv(path, separator="\t")
    assert {k: v.tolist() for k, v in recovery.read_airr(frame).items()} == {
        k: v.tolist() for k, v in recovery.read_airr(path).items()
    }


def test_the_library_of_the_standard_agrees(tmp_path):
    airr = pytest.importorskip("airr")
    path = tmp_path / "rearrangements.tsv"
    path.write_text(HEADER + ROWS)
    frame = airr.load_rearrangement(str(path))
    assert {k: v.tolist() for k, v in recovery.read_airr(frame).items()} == {
        k: v.tolist() for k, v in recovery.read_airr(path).items()
    }


def test_columns_that_are_not_there_are_done_without():
    rows = recovery.read_airr({"clone_id": [1, 1, 2]}, productive=False)
    assert {k: v.tolist() for k, v in rows.items()} == {
        "clone": ["1", "1", "2"], "count": [1, 1, 1],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        (HEADER + "s1\tP1\n", "row 0 has 2 cells and the header 7"),
        ("sequence_id\nx\n", "there is no column 'clone_id'"),
        ("clone_id\nx\n", "there is no column 'productive'"),
        ("clone_id\tproductive\nx\t\n", r"productive\[0\] is ''; give T or F"),
        ("clone_id\tproductive\n\tT\n", r"clone_id\[0\] is missing"),
        ("clone_id\tproductive\tv_identity\nx\tT\thigh\n", r"v_identity\[0\] is 'high'"),
        ("clone_id\tproductive\tduplicate_count\nx\tT\t\n", r"duplicate_count\[0\] is missing"),
    ],
)
def test_bad_tables_are_named(tmp_path, text, words):
    path = tmp_path / "rearrangements.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        recovery.read_airr(path)
