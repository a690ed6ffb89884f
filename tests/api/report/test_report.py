"""The report and the command line: what is written, and that nothing written is lost."""

import json
import re
import shutil

import pytest
from immunoreset import cli, datasets, report
from immunoreset.errors import InputError


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort") / "trial"
    datasets.simulated_cart_cohort(3, 12).write(folder)
    return folder


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    return report.write(None, tmp_path_factory.mktemp("bundled") / "report").parent


@pytest.fixture
def damaged(tables, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(tables, folder)
    flow = (folder / "flow.csv").read_text().splitlines()
    flow.append(flow[1])
    (folder / "flow.csv").write_text("\n".join(flow) + "\n")
    events = (folder / "events.csv").read_text()
    (folder / "events.csv").write_text(events + "NOBODY,12,relapse\nSIM-001,-3,relapse\n")
    return folder


def test_the_bundled_report_holds_every_section(bundled):
    page = (bundled / "report.html").read_text()
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert titles[:3] == [
        "Response rates in published series",
        "Survival in lupus, 1955",
        "Platelet recovery after marrow transplantation",
    ]
    assert len(titles) == 9
    assert all(title.endswith("(simulated)") for title in titles[3:])
    assert page.count("Simulated: 24 patients") == 6


def test_the_page_needs_nothing_from_elsewhere(bundled):
    page = (bundled / "report.html").read_text()
    assert "<script" not in page
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    own = ("#", "tables/", "figures/", "results.json")
    assert links
    assert [link for link in links if not link.startswith(own)] == []


def test_every_figure_has_its_files_and_its_numbers(bundled):
    figures = {path.stem for path in (bundled / "figures").glob("*.svg")}
    assert len(figures) == 8
    assert figures == {path.stem for path in (bundled / "figures").glob("*.png")}
    assert figures <= {path.stem for path in (bundled / "tables").glob("*.csv")}


def test_results_hold_every_number_with_versions_and_inputs(bundled):
    results = json.loads((bundled / "results.json").read_text())
    assert results["versions"]["immunoreset"]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in results["inputs"].values())
    assert results["tables"]["sle_survival_1955_at_times"]["estimate"][1] == pytest.approx(
        0.743, abs=5e-4
    )  # R survival, S(1 year) of these data: 0.743
    rows = results["tables"]["response_rates_published"]
    mueller = [
        i for i, study in enumerate(rows["report"])
        if study == "mueller2024" and rows["endpoint"][i] == "DORIS"
    ]  # fmt: skip
    assert rows["exact_low"][mueller[0]] == pytest.approx(0.025 ** (1 / 8))


def test_no_row_adds_up_reports_that_share_patients(bundled):
    rows = json.loads((bundled / "results.json").read_text())["tables"]["response_rates_published"]
    group_of = dict(zip(rows["report"], rows["overlap_group"], strict=True))
    added_up = [studies.split(", ") for studies in rows["added_up"] if studies]
    assert added_up
    for studies in added_up:
        assert len({group_of[study] for study in studies}) == len(studies)


def test_the_same_input_gives_the_same_report(tables, tmp_path):
    first = report.write(tables, tmp_path / "a").parent
    second = report.write(tables, tmp_path / "b").parent
    for path in sorted(p for p in first.rglob("*") if p.suffix in (".html", ".csv", ".svg")):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()


def test_a_folder_of_tables_from_the_command_line(tables, tmp_path, capsys):
    assert cli.main(["report", str(tables), "-o", str(tmp_path / "out"), "--quiet"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out" / "report.html")
    inputs = json.loads((tmp_path / "out" / "results.json").read_text())["inputs"]
    assert "flow.csv" in inputs


def test_bad_tables_end_with_status_2_and_all_problems(damaged, tmp_path, capsys):
    assert cli.main(["validate", str(damaged)]) == 2
    said = capsys.readouterr().err
    assert "flow.csv, row" in said
    assert "NOBODY" in said
    assert "events.csv" in said
    assert cli.main(["report", str(damaged), "-o", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_an_earlier_report_survives_a_failure(tables, damaged, tmp_path, monkeypatch):
    page = report.write(tables, tmp_path / "out")
    before = page.read_bytes()
    assert cli.main(["report", str(damaged), "-o", str(tmp_path / "out")]) == 2
    assert page.read_bytes() == before

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("immunoreset.report.output._write_csv", fail)
    assert cli.main(["report", str(tables), "-o", str(tmp_path / "out")]) == 2
    assert page.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_with_other_files_is_never_replaced(tables, tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match="holds files that are no report"):
        report.write(tables, tmp_path)
    with pytest.raises(InputError, match="is a file"):
        report.write(tables, tmp_path / "thesis.docx")


def test_validate_says_what_it_found(tables, capsys):
    assert cli.main(["validate", str(tables)]) == 0
    assert "12 simulated patients" in capsys.readouterr().out


def test_files_that_were_not_read_are_mentioned(tables, tmp_path, capsys):
    folder = tmp_path / "trial"
    shutil.copytree(tables, folder)
    (folder / "notes.csv").write_text("a,b\n1,2\n")
    assert cli.main(["validate", str(folder)]) == 0
    assert "note: notes.csv" in capsys.readouterr().out
    assert "notes.csv" in report.write(folder, tmp_path / "out").read_text()


def test_a_missing_folder_is_named(tmp_path, capsys):
    assert cli.main(["validate", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err
