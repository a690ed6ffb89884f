"""The command line: ``immunoreset report`` and ``immunoreset validate``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from immunoreset import __version__
from immunoreset.errors import ImmunoResetError

BAD_INPUT = 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="immunoreset",
        description="Outcome statistics of CAR T cell therapy in autoimmune disease.",
    )
    parser.add_argument("--version", action="version", version=f"immunoreset {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser(
        "report",
        help="analyse a folder of tables and write one HTML page, its tables and figures",
        description="Analyse a folder of tables (CSV or Parquet) and write report.html, tables, "
        "figures and results.json. Without a folder: the bundled data.",
    )
    report.add_argument("folder", nargs="?", type=Path, help="the tables of one cohort")
    report.add_argument(
        "-o", "--output", type=Path, required=True, help="folder of the report; replaced as a whole"
    )
    report.add_argument("-q", "--quiet", action="store_true", help="no progress bar")
    validate = commands.add_parser("validate", help="check a folder of tables, and do no more")
    validate.add_argument("folder", type=Path, help="the tables of one cohort")
    return parser


def _report(options: argparse.Namespace) -> None:
    from immunoreset.report import write

    page = write(options.folder, options.output, progress=not options.quiet)
    print(page)


def _validate(options: argparse.Namespace) -> None:
    from immunoreset import cohort

    found = cohort.read(options.folder)
    print("\n".join([str(found), *(f"note: {note}" for note in found.notes)]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or 2 when the input is at fault."""
    options = _parser().parse_args(arguments)
    try:
        {"report": _report, "validate": _validate}[options.command](options)
    except (ImmunoResetError, OSError) as error:
        print(f"immunoreset: {error}", file=sys.stderr)
        return BAD_INPUT
    return 0
