"""Writing a report: all of it into a new folder, which then takes the place of the old one."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from immunoreset._versions import versions
from immunoreset.errors import InputError
from immunoreset.report.content import Figure, Section, Table, plain

PAGE = "report.html"
RESULTS = "results.json"
PNG_DPI = 150


def check_output(output: Path) -> None:
    """Refuse an output folder that holds anything but an earlier report."""
    if output.exists() and not output.is_dir():
        raise InputError(f"output {output} is a file; name a folder for the report")
    if output.is_dir() and any(output.iterdir()) and not (output / RESULTS).is_file():
        raise InputError(
            f"output {output} holds files that are no report; name a new or an empty folder"
        )


def write_folder(
    output: Path, title: str, lead: str, sections: Sequence[Section], inputs: Mapping[str, str]
) -> Path:
    """Write the page, tables, figures and numbers, and return the path of the page.

    The old report stays as it is until the new one is complete; a failure leaves it untouched.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        new.chmod(0o755)
        _fill(new, title, lead, sections, inputs)
        old = None
        if output.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{output.name}-old-", dir=output.parent))
            os.replace(output, old)
        os.replace(new, output)
        if old is not None:
            shutil.rmtree(old)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return output / PAGE


def _fill(
    folder: Path, title: str, lead: str, sections: Sequence[Section], inputs: Mapping[str, str]
) -> None:
    (folder / "tables").mkdir()
    (folder / "figures").mkdir()
    figures = [figure for section in sections for figure in section.figures]
    tables = [table for section in sections for table in section.tables]
    tables += [figure.table for figure in figures]
    for table in tables:
        _write_csv(folder / "tables" / f"{table.name}.csv", table)
    drawings = {figure.name: _write_figure(folder / "figures", figure) for figure in figures}
    numbers = {
        "title": title,
        "versions": versions(),
        "inputs": dict(inputs),
        "results": {s.title: plain(s.results) for s in sections if s.results},
        "tables": {table.name: table.plain() for table in tables},
    }
    text = json.dumps(numbers, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / RESULTS).write_text(text, encoding="utf-8")
    page = _template().render(
        title=title,
        lead=lead,
        sections=sections,
        drawings=drawings,
        inputs=inputs,
        versions=versions(),
    )
    (folder / PAGE).write_text(page, encoding="utf-8")


def _write_csv(path: Path, table: Table) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        for row in zip(*table.plain().values(), strict=True):
            writer.writerow(["" if value is None else value for value in row])


def _write_figure(folder: Path, figure: Figure) -> str:
    import matplotlib

    drawing = io.StringIO()
    # the same numbers give the same file: no date, no random ids
    with matplotlib.rc_context({"svg.hashsalt": figure.name, "svg.fonttype": "path"}):
        figure.picture.savefig(drawing, format="svg", metadata={"Date": None})
    figure.picture.savefig(folder / f"{figure.name}.png", dpi=PNG_DPI)
    svg = drawing.getvalue()
    (folder / f"{figure.name}.svg").write_text(svg, encoding="utf-8")
    return svg[svg.index("<svg") :]


def _template() -> Any:
    import jinja2

    source = resources.files("immunoreset.report").joinpath("page.html.j2").read_text("utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(source)
