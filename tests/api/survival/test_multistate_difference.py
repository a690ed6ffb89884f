"""Two groups in one state: against all deals one by one, by hand, and what is refused."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

PATIENT = [1, 1, 2, 3, 4, 4, 5, 5, 6, 6]
DAY = [60, 90, 180, 180, 20, 180, 30, 180, 25, 180]
EVENT = [1, 2, 0, 0, 1, 0, 1, 0, 1, 0]
DOSE = ["low"] * 4 + ["high"] * 6


def test_limits_are_those_that_the_groups_imply():
    found = survival.occupation_difference(PATIENT, DAY, EVENT, DOSE, state=1, at=100)
    groups = survival.multistate(PATIENT, DAY, EVENT, group=DOSE)
    assert list(groups) == list(found.groups) == ["high", "low"]
    a, b = (one.state(1).at(100) for one in groups.values())
    assert found.of_groups == (a.estimate, b.estimate) == (1, 0)
    assert (found.lows, found.highs) == ((a.low, b.low), (a.high, b.high))
    assert found.estimate == -1
    assert found.high == pytest.approx(-1 + math.hypot(b.high, 1 - a.low))
    assert found.n == (3, 3)
    assert found.pvalue == pytest.approx(2 / 20)
    assert str(found).startswith("1 at 100: probability 0 in low, 1 in high, difference -1 (95%")
    assert len(found.to_frame("pandas")) == 2


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2), st.integers(0, 2)),
        min_size=4, max_size=7,
    ),
    st.sampled_from([{"at": 2.0}, {"tau": 4.0}]),
)  # fmt: skip
def test_all_deals_one_by_one(rows, when):
    patient, day, event = [], [], []
    for who, (first, more, one, two) in enumerate(rows):
        patient += [who, who]
        day += [first, first + more]
        event += [one, two]
    arm = [who % 2 for who in patient]

    def difference(second):
        """Of curves that go on as they are after the last follow-up of a group."""
        values = []
        for g in (False, True):
            of = [i for i, who in enumerate(patient) if (who in second) == g]
            ms = survival.multistate(
                [patient[i] for i in of], [day[i] for i in of], [event[i] for i in of],
                states=["start", 1, 2],
            )  # fmt: skip
            path = [ms.initial[1], *ms.estimate[1]]
            grid = [0, *ms.time]
            if "at" in when:
                values.append(path[sum(t <= when["at"] for t in ms.time)])
            else:
                ends = [min(t, when["tau"]) for t in [*grid[1:], math.inf]]
                values.append(
                    sum(p * max(b - a, 0) for p, a, b in zip(path, grid, ends, strict=True))
                )
        return values[1] - values[0]

    odd = {who for who in patient if who % 2}
    observed = difference(odd)
    deals = [difference(set(c)) for c in combinations(sorted(set(patient)), len(odd))]
    expected = np.mean([abs(d) >= abs(observed) - 1e-9 for d in deals])

    def found():
        return survival.occupation_difference(
            patient, day, event, arm, states=["start", 1, 2], state=1, **when
        )

    groups = survival.multistate(patient, day, event, group=arm, states=["start", 1, 2])
    if any(np.isnan(one.at(min(when.values())).estimate[0]) for one in groups.values()):
        with pytest.raises(InputError, match="not known beyond the last follow-up"):
            found()
        return
    assert found().estimate == pytest.approx(observed, abs=1e-12)
    assert found().pvalue == pytest.approx(expected, rel=1e-12)


def test_random_deals_come_near_and_are_the_same_again():
    def once():
        return survival.occupation_difference(
            PATIENT, DAY, EVENT, DOSE, state=1, tau=180, method="monte-carlo", rng=7
        )

    found = once()
    assert found.method == "monte-carlo"
    # exactly 0.1 by the example; five standard errors of 9,999 deals
    assert abs(found.pvalue - 0.1) < 5 * math.sqrt(0.09 / 9999)
    assert once().pvalue == found.pvalue


def test_many_patients_are_dealt_at_random():
    n = 30
    call = (list(range(n)), list(range(1, n + 1)), [1, 0] * 15, [0, 1, 1] * 10)
    seen = []
    found = survival.occupation_difference(
        *call, state=1, at=15, rng=1, progress=lambda done, _: seen.append(done)
    )
    assert found.method == "monte-carlo"
    assert seen[-1] == 9999
    with pytest.raises(InputError, match="rng is None; there are too many patients"):
        survival.occupation_difference(*call, state=1, at=15)
    with pytest.raises(InputError, match="the exact distribution of so many patients"):
        survival.occupation_difference(
            list(range(60)), [5] * 60, [1, 0] * 30, [0, 1] * 30, state=1, at=5, method="exact"
        )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"group": [1] * 10}, "this compares two groups"),
        ({"group": None}, "group is None; give the label"),
        ({"at": 200}, "at is 200; the curve is not known beyond the last follow-up"),
        ({"at": -1}, "at is -1; it cannot be negative"),
        ({"at": None, "tau": 500}, "tau is 500; the curve is not known"),
        ({"tau": 5}, "give one of the two"),
        ({"at": None}, "give one of the two"),
        ({"at": math.nan}, "at is nan; give a time"),
        ({"state": 7}, "state is 7; choose one of"),
        ({"method": "asymptotic"}, "method"),
        ({"method": "monte-carlo"}, "rng is None"),
        ({"replicates": 0, "rng": 1}, "replicates is 0"),
    ],
)
def test_bad_input(change, words):
    rows = {
        "patient": PATIENT, "time": DAY, "event": EVENT, "group": DOSE, "state": 1, "at": 100,
    }  # fmt: skip
    with pytest.raises(InputError, match=words):
        survival.occupation_difference(**rows | change)
