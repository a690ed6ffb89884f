"""The comparison of two mean cumulative functions against the slow twin, and the log-rank test."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.api.survival.test_recurrent import histories
from tests.reference import recurrent as twin

PATIENT = [1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 7, 8]
DAY = [40, 150, 365, 90, 365, 200, 300, 365, 365, 365, 250, 365, 300]
EVENT = [1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0]
ARM = ["before"] * 8 + ["cell"] * 5


@given(histories(terminal=True), st.data(), st.booleans())
def test_excess_variance_and_permutation_are_those_of_the_twin(rows, data, gehan):
    patients = twin.patients_of(*rows)
    group = data.draw(st.lists(st.integers(0, 1), min_size=len(patients), max_size=len(patients)))
    if len(set(group)) < 2:
        return
    weights = "gehan" if gehan else "logrank"
    labels = [group[i] for i in rows[0]]
    excess, variance, scores = twin.comparison(patients, group, gehan)
    found = survival.recurrent_test(*rows, labels, weights=weights, method="exact")
    assert found.excess == pytest.approx(excess, rel=1e-9, abs=1e-12)
    assert found.variance == pytest.approx(variance, rel=1e-9, abs=1e-20)
    assert found.pvalue == pytest.approx(twin.permutation(scores, group), rel=1e-12)
    if variance > 1e-12:
        found = survival.recurrent_test(*rows, labels, weights=weights, method="asymptotic")
        assert found.statistic == pytest.approx(excess / math.sqrt(variance), abs=1e-9)
        assert found.pvalue == pytest.approx(math.erfc(abs(found.statistic) / math.sqrt(2)))


def test_one_event_each_is_the_excess_and_the_permutation_of_the_logrank_test():
    time, event = [3, 5, 5, 8, 10, 12, 13, 20], [1, 1, 0, 1, 0, 1, 1, 0]
    group = [0, 0, 0, 1, 0, 1, 1, 1]
    found = survival.recurrent_test(range(8), time, event, group, entry=[0] * 8, method="exact")
    logrank = survival.logrank(time, event, group, method="exact")
    assert found.excess == pytest.approx(logrank.observed[1] - logrank.expected[1], rel=1e-12)
    assert found.pvalue == pytest.approx(logrank.pvalue, rel=1e-12)


def test_the_order_of_groups_turns_the_sign():
    normal = {"method": "asymptotic"}
    found = survival.recurrent_test(PATIENT, DAY, EVENT, ARM, **normal)
    turned = survival.recurrent_test(PATIENT, DAY, EVENT, [arm < "c" for arm in ARM], **normal)
    assert turned.statistic == pytest.approx(-found.statistic)
    assert turned.pvalue == pytest.approx(found.pvalue)
    less = survival.recurrent_test(PATIENT, DAY, EVENT, ARM, alternative="less", **normal)
    assert less.pvalue == pytest.approx(found.pvalue / 2)


def test_random_permutations_are_near_all_of_them():
    rows = (PATIENT, DAY, EVENT, ARM)
    exact = survival.recurrent_test(*rows, method="exact").pvalue
    options = {"method": "monte-carlo", "rng": 5, "replicates": 20_000}
    drawn = survival.recurrent_test(*rows, **options)
    assert drawn.pvalue == pytest.approx(exact, abs=5 * math.sqrt(exact * (1 - exact) / 20_000))
    assert survival.recurrent_test(*rows, **options) == drawn
    calls = []
    survival.recurrent_test(*rows, **options, progress=lambda *done: calls.append(done))
    assert calls[-1] == (20_000, 20_000)


def test_columns_groups_and_words():
    frame = {"patient": PATIENT, "day": DAY, "event": EVENT, "arm": ARM}
    found = survival.recurrent_test("patient", "day", "event", "arm", data=frame, window=31)
    assert (found.groups, found.n, found.events) == (("before", "cell"), (4, 4), (4, 1))
    assert (found.excess, found.variance) == pytest.approx((-1.5, (2 + 0.75) / 4))  # by hand
    assert found.method == "exact"
    assert "z = -1.81" in str(found)
    assert len(found.to_frame("pandas")) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"group": [1] * 13}, "group; this compares two groups"),
        ({"group": PATIENT}, "group; this compares two groups"),
        ({"weights": "tarone"}, "weights is 'tarone'; choose one of"),
        ({"method": "t"}, "method is 't'; choose one of"),
        ({"alternative": "more"}, "alternative is 'more'; choose one of"),
        ({"method": "monte-carlo"}, "rng is None"),
        ({"method": "monte-carlo", "rng": 1, "replicates": 0}, "replicates is 0"),
        ({"event": [1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0]}, "another end of follow-up"),
        ({"data": {"a": [1]}, "patient": "b"}, "no column 'b'"),
    ],
)
def test_bad_input_is_named(options, words):
    given = {"patient": PATIENT, "time": DAY, "event": EVENT, "group": ARM} | options
    with pytest.raises(InputError, match=words):
        survival.recurrent_test(**given)


def test_groups_in_which_nobody_differs_have_a_permutation_test_alone():
    rows = ([1, 1, 2], [3, 9, 9], [1, 0, 0], ["a", "a", "b"])
    with pytest.raises(InputError, match="no robust variance: use method='exact'"):
        survival.recurrent_test(*rows, method="asymptotic")
    assert survival.recurrent_test(*rows).pvalue == 1
    assert survival.recurrent_test([1, 2], [3, 9], [0, 0], ["a", "b"]).pvalue == 1
