"""survival.concordance: worked examples, R's values, a twin over all pairs, bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference.concordance import concordance as twin
from tests.reference.kaplan_meier import merge

METHODS = {"n": "harrell", "n/G2": "uno", "S": "peto", "S/G": "schemper", "I": "equal"}
COUNTS = ("concordant", "discordant", "tied_score", "tied_time", "tied_both")

times = st.one_of(st.integers(0, 9).map(float), st.integers(1, 9).map(lambda i: i * 0.1))
rows = st.lists(
    st.tuples(times, st.booleans(), st.integers(-2, 2), st.sampled_from([0.0, 0.5, 1.0, 3.0])),
    min_size=1,
    max_size=14,
)


def counts_of(result):
    return [np.ravel(getattr(result, name))[0] for name in COUNTS]


def test_pairs_counted_by_hand():
    # 1 before all: concordant with 3, 2, 4; 2 before 3 and 4: concordant with 4, discordant with 2
    c = survival.concordance([1, 2, 3, 4], [1, 1, 0, 0], [1, 3, 2, 4])
    assert (c.concordant, c.discordant, c.tied_score) == (4, 1, 0)
    assert c.estimate == 0.8
    assert survival.concordance([1, 2, 3, 4], [1, 1, 0, 0], [1, 3, 2, 4], risk=True).estimate == (
        pytest.approx(0.2, rel=1e-15)
    )


@pytest.mark.parametrize(("name", "method"), [("n", "harrell"), ("uno", "uno"), ("S", "peto")])
def test_lung_as_in_r(golden, name, method):
    case = golden("survival/concordance_lung")
    data, expected = case["inputs"], case["expected"][name]
    c = survival.concordance(data["time"], data["event"], data["x"], method=method)
    assert c.estimate == pytest.approx(expected["c"], rel=1e-12)
    assert c.std_error == pytest.approx(expected["se"], rel=1e-11)
    np.testing.assert_allclose(counts_of(c), list(expected["counts"].values()), rtol=1e-11)


def test_random_data_as_in_r(golden):
    for case in golden("survival/concordance_random")["cases"]:
        c = survival.concordance(
            case["time"],
            case["event"],
            np.column_stack([case["x"], case["y"]]),
            method=METHODS[case["timewt"]],
            entry=case["entry"],
            weights=case["weights"],
            strata=case["strata"],
            tau=case["ymax"],
        )
        np.testing.assert_allclose(c.estimate, case["c"], rtol=1e-12)
        np.testing.assert_allclose(c.std_error**2, case["var"], rtol=1e-10, atol=1e-18)
        np.testing.assert_allclose(c.covariance[0, 1], case["covariance"], rtol=1e-10, atol=1e-16)
        np.testing.assert_allclose(counts_of(c), case["counts"], rtol=1e-11, atol=1e-13)


@settings(deadline=None, max_examples=150)
@given(rows, st.sampled_from(sorted(METHODS.values())), st.sampled_from([None, 0.5, 4.0]))
def test_all_pairs_agree(data, method, tau):
    time, event, score, weight = map(list, zip(*data, strict=True))
    if not any(weight):
        return
    (merged,), _ = merge(time)
    c = survival.concordance(time, event, score, method=method, weights=weight, tau=tau)
    expected = twin(
        merged, event, score, method, weight=weight, tau=math.inf if tau is None else tau
    )
    np.testing.assert_allclose(c.estimate, expected[0], rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(c.std_error, expected[1], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(counts_of(c), expected[2], rtol=1e-11, atol=1e-11)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.integers(1, 6),
            st.booleans(),
            st.integers(0, 3),
            st.integers(0, 1),
        ),
        min_size=1,
        max_size=14,
    ),
    st.sampled_from(["harrell", "peto", "equal"]),
)
def test_delayed_entry_and_strata_agree(data, method):
    entry, follow, event, score, stratum = map(list, zip(*data, strict=True))
    time = [a + b for a, b in zip(entry, follow, strict=True)]
    c = survival.concordance(time, event, score, method=method, entry=entry, strata=stratum)
    expected = twin(time, event, score, method, entry=entry, stratum=stratum)
    np.testing.assert_allclose(c.estimate, expected[0], rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(c.std_error, expected[1], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(counts_of(c), expected[2], rtol=1e-11, atol=1e-11)


def test_what_must_not_change_it():
    rng = np.random.default_rng(3)
    time, event, score = rng.integers(1, 30, 50), rng.random(50) < 0.6, rng.integers(0, 9, 50)
    for method in METHODS.values():
        c = survival.concordance(time, event, score, method=method)
        order = rng.permutation(50)
        mixed = survival.concordance(time[order], event[order], score[order], method=method)
        scaled = survival.concordance(time / 30.4, event, np.exp(score), method=method)
        turned = survival.concordance(time, event, -score, method=method)
        for other in (mixed, scaled):
            assert other.estimate == pytest.approx(c.estimate, rel=1e-13)
            assert other.std_error == pytest.approx(c.std_error, rel=1e-11)
        assert turned.estimate == pytest.approx(1 - c.estimate, rel=1e-13)
        repeated = survival.concordance(
            np.repeat(time, 3), np.repeat(event, 3), np.repeat(score, 3), method="harrell"
        )
        weighted = survival.concordance(time, event, score, weights=np.full(50, 3.0))
        assert repeated.concordant == weighted.concordant


def test_several_scores_are_compared_with_the_first():
    rng = np.random.default_rng(4)
    time, event, x = rng.exponential(size=40), rng.random(40) < 0.7, rng.normal(size=(40, 3))
    c = survival.concordance(time, event, x, risk=True)
    single = [survival.concordance(time, event, x[:, k], risk=True) for k in range(3)]
    assert c.estimate.tolist() == [one.estimate for one in single]
    v = c.covariance
    np.testing.assert_allclose(c.std_error, np.sqrt(np.diag(v)))
    np.testing.assert_allclose(
        c.difference_std_error[1:], [np.sqrt(v[0, 0] + v[k, k] - 2 * v[0, k]) for k in (1, 2)]
    )
    assert c.difference[2] == pytest.approx(c.estimate[2] - c.estimate[0], abs=1e-15)
    assert str(c) == "concordance (harrell) of 3 scores, n = 40"
    assert c.to_frame("polars").shape == (3, 14)
    assert isinstance(c.to_dict()["covariance"], list)


def test_no_pair_and_a_perfect_score():
    none = survival.concordance([1, 2], [0, 0], [1, 2])
    assert math.isnan(none.estimate)
    assert none.concordant == 0
    perfect = survival.concordance([1, 2, 3], [1, 1, 1], [1, 2, 3])
    assert (perfect.estimate, perfect.std_error) == (1, 0)
    assert math.isnan(perfect.low)
    assert str(survival.concordance([1], [1], [5])).startswith("concordance (harrell) NA")


def test_columns_by_name():
    data = {"t": [1, 2, 3], "e": [1, 1, 0], "x": [1, 3, 2], "y": [3, 2, 1], "s": ["a", "a", "b"]}
    one = survival.concordance("t", "e", "x", data=data)
    assert one.estimate == survival.concordance([1, 2, 3], [1, 1, 0], [1, 3, 2]).estimate
    two = survival.concordance("t", "e", ["x", "y"], strata="s", data=data)
    assert two.estimate.tolist() == [1, 0]
    assert two.n == 3


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2], [1, 1], [1, math.nan]), {}, r"score\[1\] is nan"),
        (
            ([1, 2], [1, 1], [1]),
            {},
            "score has 2 dimensions and 1 rows; give a row for each of the 2",
        ),
        (([1, -2], [1, 1], [1, 2]), {}, r"time\[1\] is -2"),
        (([1, 2], [1, 3], [1, 2]), {}, r"event\[1\] is 3"),
        (([1, 2], [1, 1], [1, 2]), {"method": "gonen"}, "method is 'gonen'"),
        (([1, 2], [1, 1], [1, 2]), {"tau": 0}, "tau is 0; it must be greater than 0"),
        (([1, 2], [1, 1], [1, 2]), {"weights": [1, -1]}, r"weights\[1\] is -1"),
        (([1, 2], [1, 1], [1, 2]), {"entry": [0, 3]}, r"entry\[1\] is 3; it must be less"),
        (([1, 2], [1, 1], [1, 2]), {"entry": [0, 0], "method": "uno"}, "use method='harrell'"),
        (([1, 2], [1, 1], [1, 2]), {"level": 95}, "level is 95"),
        (([], [], []), {}, "there is no patient"),
    ],
)
def test_bad_input_is_refused(arguments, options, message):
    with pytest.raises(InputError, match=message):
        survival.concordance(*arguments, **options)
