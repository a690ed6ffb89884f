"""Tables of actual coverage and size on the method pages: recomputed where that is quick."""

import importlib
import re
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from immunoreset.response.contrast import ContrastMethod
from immunoreset.response.paired import Method as PairedMethod
from immunoreset.response.proportion import IntervalMethod
from immunoreset.response.stratified import Method as StratifiedMethod

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs/methods/response"
COVERAGE = ["proportion", "posterior", "contrast", "paired", "stratified", "logistic"]
CELL = re.compile(r"(\d\.\d+) / (\d\.\d+)(?: / (\d\.\d+))?")


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))

    def load(name):
        return importlib.import_module(name)

    yield load
    for name in ("enumeration", *(f"coverage_{page}" for page in COVERAGE)):
        sys.modules.pop(name, None)


def rows(page):
    """Return {names of a row: numbers of its cells} for the tables of a page."""
    found = {}
    for line in (PAGES / f"{page}.md").read_text().splitlines():
        parts = [part.strip() for part in line.strip("|").split("|")]
        cells = [CELL.fullmatch(part) for part in parts]
        numbers = [[float(x) for x in cell.groups() if x] for cell in cells if cell]
        if numbers:
            names = tuple(part for part, cell in zip(parts, cells, strict=True) if not cell)
            found[names] = numbers
    return found


@pytest.mark.parametrize("page", COVERAGE)
def test_coverage_for_five_patients_is_that_of_the_page(script, page):
    printed = rows(page)
    module = script(f"coverage_{page}")
    for names, (first, *others) in printed.items():
        answer = module.coverage
        if names == ("stratified wilson",):
            answer = module.coverage_of_one_rate
        covered, wide = answer(*names, 5)
        assert len(others) == 3
        found = [covered.mean(), covered.min(), wide.mean()]
        assert np.abs(np.subtract(first, found)).max() < 6e-3, names
        assert first[:2] == pytest.approx(found[:2], abs=6e-4), names


def test_every_interval_has_its_row():
    listed = {page: {row[-1] for row in rows(page)} for page in COVERAGE}
    assert listed["proportion"] == set(get_args(IntervalMethod))
    assert listed["contrast"] == set(get_args(ContrastMethod))
    assert listed["paired"] == set(get_args(PairedMethod))
    assert listed["stratified"] == {"stratified wilson", *get_args(StratifiedMethod)}


def test_sizes_of_the_trend_tests_are_those_of_the_page(script):
    module = script("size_trend")
    for (method,), (first, *_) in rows("trend").items():
        assert module.size_and_power(method, 5) == pytest.approx(first, abs=6e-4)


def test_sizes_of_the_exact_tests_are_those_of_the_page(script):
    module = script("size_exact_test")
    printed = list(rows("exact_test").values())
    assert len(printed) == len(module.TESTS)
    for test, (first, *_) in zip(module.TESTS, printed, strict=True):
        assert module.size_and_power(*test, *module.SIZES[0]) == pytest.approx(first, abs=6e-4)
