"""The house: every statistic in its five places, and the rules of the core."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PILLARS = ("response", "survival", "recovery", "design")
MIRROR = (
    "csrc/core/{p}/{m}.h",
    "csrc/binding/{p}/{m}.c",
    "python/immunoreset/{p}/{m}.py",
    "tests/core/{p}/test_{m}.c",
    "tests/api/{p}/test_{m}.py",
    "tests/fuzz/fuzz_{m}.c",
    "docs/methods/{p}/{m}.md",
)
LONGEST = 600


def statistics():
    """Every public statistic: each C file of a pillar that is not a part of another one."""
    for pillar in PILLARS:
        names = sorted(path.stem for path in (ROOT / "csrc/core" / pillar).glob("*.c"))
        for name in names:
            if not any(name.startswith(other + "_") for other in names if other != name):
                yield pillar, name


def sources(*folders, endings=(".c", ".h", ".py")):
    for folder in folders:
        yield from (p for p in (ROOT / folder).rglob("*") if p.suffix in endings)


@pytest.mark.parametrize("where", MIRROR)
@pytest.mark.parametrize(("pillar", "statistic"), list(statistics()))
def test_every_statistic_has_its_place(pillar, statistic, where):
    assert (ROOT / where.format(p=pillar, m=statistic)).is_file()


def test_every_core_source_has_its_c_test():
    for path in (ROOT / "csrc/core").rglob("*.c"):
        folder = path.parent.relative_to(ROOT / "csrc/core")
        test = ROOT / "tests/core" / folder / f"test_{path.stem}.c"
        assert test.is_file(), f"{path.name} has no test {test.name}"


def test_the_core_knows_nothing_of_python_and_prints_nothing():
    for path in sources("csrc/core"):
        text = path.read_text()
        for word in ("Python.h", "<stdio.h>", "printf", "exit(", "abort("):
            assert word not in text, f"{path.name} mentions {word}"


def statuses():
    """The files with rows of the table of statuses."""
    return sorted((ROOT / "csrc/core/base").glob("status_*.h"))


def test_every_status_is_raised_somewhere():
    table = "".join(path.read_text() for path in statuses())
    names = re.findall(r"X\((IMR_ERR_\w+),", table)
    code = "".join(p.read_text() for p in sources("csrc") if not p.name.startswith("status"))
    raised = set(re.findall(r"\bIMR_ERR_\w+", code))
    assert names
    assert [name for name in names if name not in raised] == []


def test_status_numbers_are_distinct():
    table = "".join(path.read_text() for path in statuses())
    numbers = re.findall(r"X\(IMR_\w+, (-?\d+),", table)
    assert len(numbers) == len(set(numbers))


def test_meson_lists_every_c_source():
    listed = (ROOT / "meson.build").read_text()
    for path in sources("csrc", endings=(".c",)):
        assert f"'{path.relative_to(ROOT)}'" in listed


def test_no_file_holds_two_things():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources("csrc", "python", "tests", "benchmarks", "tools")
        if (lines := len(path.read_text().splitlines())) > LONGEST
    }
    assert long == {}


def test_every_public_function_documents_parameters_and_an_example():
    for pillar in PILLARS:
        for path in (ROOT / "python/immunoreset" / pillar).glob("*.py"):
            exported = _exported(path.parent / "__init__.py")
            # of several definitions of one name, the last one follows its overloads
            functions = {
                node.name: node
                for node in ast.parse(path.read_text()).body
                if isinstance(node, ast.FunctionDef) and node.name in exported
            }
            for name, node in functions.items():
                doc = ast.get_docstring(node) or ""
                for section in ("Parameters", "Returns", "Raises", "Examples"):
                    assert f"{section}\n---" in doc, f"{name} has no {section}"


def _exported(init):
    for node in ast.parse(init.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return ast.literal_eval(node.value)
    return []


def test_paths_named_in_the_docs_exist():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    named = re.compile(r"`((?:csrc|python|tests|docs|tools|benchmarks|notebooks)/[\w./-]+)`")
    missing = [
        f"{page.name}: {path}"
        for page in pages
        for path in named.findall(page.read_text())
        if not (ROOT / path).exists()
    ]
    assert missing == []
