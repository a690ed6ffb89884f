"""The permutation test of two curves of return: a slow twin, hand-worked cases, bad input."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from immunoreset import recovery
from immunoreset.errors import InputError

from tests.reference import reconstitution as twin

INF = float("inf")
GOLDEN = Path(__file__).parents[2] / "golden/recovery"
ROW = st.tuples(st.integers(0, 5), st.sampled_from([1, 2, INF]), st.sampled_from([2, 4, INF]))
PATIENTS = st.lists(st.tuples(ROW, st.booleans()), min_size=3, max_size=8)


@settings(max_examples=30, deadline=None)
@given(PATIENTS)
def test_it_is_the_slow_twins(patients):
    rows, group = zip(*patients, strict=True)
    assume(0 < sum(group) < len(group))
    left = [row[0] for row in rows]
    right = [row[0] + row[1] for row in rows]
    competing = [row[2] for row in rows]
    test = recovery.reconstitution_test(left, right, group, competing=competing)
    score = twin.scores(left, right, competing)
    assert test.statistic == pytest.approx(score[list(group)].sum(), abs=1e-5)
    assert test.pvalue == pytest.approx(twin.permutation_pvalue(score, group), rel=1e-12)


def test_of_exact_times_without_competing_events_it_is_the_score_of_the_grouped_model():
    # S is 2/3, 1/3, 0: scores -(2/3 log 2/3) / (1/3), (2/3 log 2/3 - 1/3 log 1/3) * 3, log 1/3
    test = recovery.reconstitution_test([1, 2, 3], [1, 2, 3], ["b", "a", "a"])  # 0.81, 0.29, -1.10
    assert test.statistic == pytest.approx(-2 * np.log(2 / 3), rel=1e-8)
    assert test.pvalue == pytest.approx(2 / 3)  # 0.81 and -1.10 of the three
    assert test.groups == ("a", "b")
    assert test.patients == (2, 1)


def test_without_competing_events_it_is_finkelsteins():
    # golden: interval 1.1.1.0, whose tolerance for the NPMLE behind it is 1e-4
    golden = json.loads((GOLDEN / "ic_logrank_bcos.json").read_text())
    columns = golden["inputs"]
    test = recovery.reconstitution_test(
        np.array(columns["left"], float), np.array(columns["right"], float), columns["treat"],
        method="monte-carlo", replicates=9999, rng=20261126,
    )  # fmt: skip
    expected = golden["expected"]["finkelstein_logrank2"]
    assert abs(test.permutation_z) == pytest.approx(abs(expected["z"]), rel=golden["rtol"])
    assert test.permutation_z > 0  # the second group, with chemotherapy, is earlier
    assert test.pvalue == pytest.approx(expected["p"], abs=0.003)  # 9,999 draws: 3.4 errors


def test_all_of_one_group_first():
    left, right = [0, 0, 0, 28, 56, 84], [28, 28, 28, 56, 84, 112]
    by = dict.fromkeys(("two-sided", "greater", "less"))
    for alternative in by:
        by[alternative] = recovery.reconstitution_test(
            left, right, list("bbbaaa"), alternative=alternative
        ).pvalue
    assert by["two-sided"] == pytest.approx(0.1)
    assert by["greater"] == pytest.approx(0.05)
    assert by["less"] == pytest.approx(1)


def test_no_return_at_all():
    test = recovery.reconstitution_test([28, 28], [INF, INF], ["a", "b"], competing=[28, INF])
    assert (test.statistic, test.permutation_z, test.pvalue) == (0, 0, 1)


def test_monte_carlo_comes_near_the_exact_value_and_repeats():
    rng = np.random.default_rng(7)
    left = 28.0 * rng.integers(0, 10, 24)
    right = np.where(rng.random(24) < 0.7, left + 28, INF)
    group = np.arange(24) % 2
    exact = recovery.reconstitution_test(left, right, group).pvalue
    options = {"method": "monte-carlo", "replicates": 20_000, "rng": 1}
    random = recovery.reconstitution_test(left, right, group, **options)
    # four standard errors of 20,000 draws
    assert abs(random.pvalue - exact) < 4 * np.sqrt(exact * (1 - exact) / 20_000) + 1e-4
    assert random == recovery.reconstitution_test(left, right, group, **options)
    assert "20000 random permutations" in str(random)


def test_columns_of_a_frame():
    data = {"l": [0.0, 28, 56], "r": [28.0, 56, INF], "d": [INF, INF, 70], "g": ["x", "y", "y"]}
    a = recovery.reconstitution_test("l", "r", "g", competing="d", unseen="return", data=data)
    b = recovery.reconstitution_test(
        data["l"], data["r"], data["g"], competing=data["d"], unseen="return"
    )
    assert a == b
    assert a.to_dict()["unseen"] == "return"


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        (([], [], []), {}, "group|no row"),
        (([1, 1], [2, 2], ["a", "a"]), {}, "two groups"),
        (([1, 1, 1], [2, 2, 2], ["a", "b", "c"]), {}, "two groups"),
        (([3, 1], [2, 2], ["a", "b"]), {}, r"left\[0\] is 3"),
        (([1, 1], [2, 2], ["a", "b"]), {"competing": [1, -1]}, r"competing\[1\] is -1"),
        (([1, 1], [2, 2], ["a", "b"]), {"unseen": "x"}, "unseen is 'x'"),
        (([1, 1], [2, 2], ["a", "b"]), {"method": "x"}, "method is 'x'"),
        (([1, 1], [2, 2], ["a", "b"]), {"alternative": "x"}, "alternative is 'x'"),
        (([1, 1], [2, 2], ["a", "b"]), {"method": "monte-carlo"}, "rng is None"),
    ],
)
def test_bad_input(rows, options, words):
    with pytest.raises(InputError, match=words):
        recovery.reconstitution_test(*rows, **options)


def test_too_many_for_exact():
    left = np.arange(200.0)
    with pytest.raises(InputError, match="monte-carlo"):
        recovery.reconstitution_test(left, left, np.arange(200) % 2)
