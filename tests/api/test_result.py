"""What every result can do, tried on each result that an example of a docstring makes."""

import ast
import copy
import dataclasses
import doctest
import importlib
import pickle
import pkgutil

import immunoreset
import numpy as np
import pytest
from immunoreset import recovery, response, survival
from immunoreset._result import Grouped, Result

MODULES = [
    name
    for _, name, package in pkgutil.walk_packages(immunoreset.__path__, "immunoreset.")
    if not package and name.startswith(("immunoreset.response", "immunoreset.survival",
                                        "immunoreset.recovery"))
]  # fmt: skip


class Noted(ast.NodeTransformer):
    """Pass the value of every call and attribute through ``note``."""

    def visit(self, node):
        self.generic_visit(node)
        made = isinstance(node, ast.Call) or (
            isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
        )
        if not made:
            return node
        return ast.Call(ast.Name("note", ast.Load()), [node], [])


def results(module):
    """Return the results that the examples of a module make, in order."""
    found = []

    def note(value):
        if isinstance(value, (Result, Grouped)):
            found.append(value)
        return value

    finder = doctest.DocTestFinder(exclude_empty=True)
    for test in finder.find(importlib.import_module(module)):
        names = {**test.globs, "note": note}
        for example in test.examples:
            tree = ast.fix_missing_locations(Noted().visit(ast.parse(example.source)))
            exec(compile(tree, test.name, "exec"), names)
    return found


def altered(value):
    """Return the array with its first number made another, and one with it made NaN."""
    for number in (not value.flat[0], np.nan):
        if number is not np.nan or (value.dtype.kind == "f" and not np.isnan(value.flat[0])):
            other = value.copy()
            other.flat[0] = number
            yield other


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("module", MODULES)
def test_results_are_equal_to_their_like_and_to_nothing_else(module, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    first, second = results(module), results(module)
    assert len(first) == len(second)
    for one, again in zip(first, second, strict=True):
        for like in (again, copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            assert one == like
            if isinstance(one, Result):
                assert hash(one) == hash(like)
        for other in (None, 1, np.arange(3.0), "a", Result):
            assert (one == other) is False
            assert (one != other) is True
        for item in one.values() if isinstance(one, Grouped) else [one]:
            for field in dataclasses.fields(item):
                value = getattr(item, field.name)
                if isinstance(value, np.ndarray) and value.size and value.dtype.kind in "biuf":
                    for changed in altered(value):
                        other = copy.copy(item)
                        object.__setattr__(other, field.name, changed)
                        assert item != other or not field.compare
    for one in first:
        assert all((one == other) in (True, False) for other in first)


def test_other_data_other_options_and_other_classes_are_unequal():
    curve = survival.kaplan_meier([3, 5, 8], [1, 0, 1])
    assert curve == survival.kaplan_meier(np.array([3.0, 5.0, 8.0]), [True, False, True])
    assert curve != survival.kaplan_meier([3, 5, 9], [1, 0, 1])
    assert curve != survival.kaplan_meier([3, 5, 8, 9], [1, 0, 1, 0])
    assert curve != survival.kaplan_meier([3, 5, 8], [1, 0, 1], level=0.9)
    assert curve != curve.at([3, 5])
    arms = survival.kaplan_meier([3, 5, 8], [1, 0, 1], group=["a", "b", "a"])
    assert arms == survival.kaplan_meier([3, 5, 8], [1, 0, 1], group=["a", "b", "a"])
    assert arms != survival.kaplan_meier([3, 5, 8], [1, 0, 1], group=["a", "c", "a"])
    assert arms != survival.kaplan_meier([3, 5, 9], [1, 0, 1], group=["a", "b", "a"])


def test_rows_kept_as_they_were_given_do_not_count():
    fit = survival.parametric([5, 8, 12], event=[1, 0, 1])
    assert fit == survival.parametric([5.0, 8.0, 12.0], event=np.array([1, 0, 1]))


def test_equal_results_are_one_key():
    keys = {response.proportion(k, 10) for k in (0, 1, 1, np.int64(1))}
    assert len(keys) == 2
    not_reached = survival.kaplan_meier([5], [0]).median
    assert np.isnan(not_reached.estimate)
    assert len({not_reached, survival.kaplan_meier([5], [0]).median}) == 1


@dataclasses.dataclass(frozen=True, slots=True)
class Held(Result):
    value: object

    def _table(self):
        return {"value": [self.value]}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, np.int64(1), True), (np.nan, float("nan"), True), (np.nan, 1.0, False),
        (1.0, np.array(1.0), False), (np.array([1.0]), np.array([1]), False),
        (np.array([1.0]), np.array([[1.0]]), False), (np.array([1.0, 1.0]), np.array([1.0]), False),
        (np.array([0.0, np.nan]), np.array([-0.0, np.nan]), True),
        (np.array(["a", None, np.nan], object), np.array(["a", None, float("nan")], object), True),
        (np.array(["a", None], object), np.array(["a", "b"], object), False),
        (np.array(["ab"]), np.array(["ab"], "U9"), True),
        ((1, (np.nan, "a")), (1, (float("nan"), "a")), True), ((1, 2), (1,), False),
        ((1, 2), [1, 2], False), (None, 0, False), (None, None, True), ({}, (), False),
        ({"a": np.ones(2), "b": np.nan}, {"b": float("nan"), "a": np.ones(2)}, True),
        ({"a": np.ones(2)}, {"a": np.zeros(2)}, False), ({"a": 1}, {"b": 1}, False),
        (Held(np.array([np.nan])), Held(np.array([np.nan])), True),
        (Grouped({"a": Held(np.ones(2))}), Grouped({"a": Held(np.ones(2))}), True),
        (Grouped({"a": Held(np.ones(2))}), Grouped({"a": Held(np.zeros(2))}), False),
    ],
)  # fmt: skip
def test_what_fields_hold_is_compared(one, other, equal):
    assert (Held(one) == Held(other)) is equal
    assert (Held(other) == Held(one)) is equal
    assert not equal or hash(Held(one)) == hash(Held(other))
    assert Held(one).__eq__("a") is NotImplemented


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "make",
    [
        lambda: survival.kaplan_meier([5], [0]),
        lambda: survival.kaplan_meier([5, 6], [0, 0], group=["a", "b"]),
        lambda: survival.log_log(survival.kaplan_meier([5], [0])),
        lambda: survival.kaplan_meier([5], [0]).median,
        lambda: survival.competing_risks([5], [0], causes=[1, 2]),
        lambda: survival.competing_risks([5], [1]).cause(1),
        lambda: survival.turnbull([1], [np.inf]),
        lambda: survival.incidence([0], [1.0]),
        lambda: survival.recurrent([0], [5.0], [0]),
        lambda: survival.multistate([0, 0], [5.0, 6.0], [1, 0]).state(1),
        lambda: survival.logrank([5, 6], [0, 0], [0, 1]),
        lambda: response.proportion(0, 1),
        lambda: response.contrast(0, 1, 0, 1),
        lambda: recovery.aplasia([0], [1], [3], [5]),
        lambda: recovery.reconstitution([1.0], [3.0]),
        lambda: recovery.depletion([0], [0.0], [100.0]),
        lambda: recovery.expansion([0], [0.0], [0.0]),
    ],
)
def test_one_patient_or_no_event_is_shown_kept_and_drawn(make):
    pyarrow, _, _ = map(pytest.importorskip, ("pyarrow", "pandas", "polars"))
    result = make()
    assert repr(result)
    assert str(result)
    assert result._repr_html_().startswith("<table>")
    assert list(result.to_dict())
    rows = len(result.to_frame("pandas"))
    assert pyarrow.table(result).num_rows == rows == len(result.to_frame("polars"))
    assert result == make() == copy.deepcopy(result) == pickle.loads(pickle.dumps(result))
    if hasattr(result, "plot"):
        pytest.importorskip("matplotlib").use("agg")
        assert result.plot() is not None
