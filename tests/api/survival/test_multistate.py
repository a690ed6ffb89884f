"""State occupation: against R, its slow twin, its special cases, and what must not change it."""

import json
import math
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError, SmallRiskSetWarning

from tests.reference import multistate as twin

GOLDEN = Path(__file__).parents[2] / "golden/survival"
PATIENT = [1, 1, 2, 3, 3, 4, 5, 5, 6]
START = [0, 5, 0, 0, 3, 0, 0, 2, 0]
STOP = [5, 9, 7, 3, 8, 4, 2, 10, 11]
EVENT = [2, 3, 0, 2, 0, 3, 2, 0, 3]
STATES = [1, 2, 3]
VARIANCES = ["jackknife", "greenwood"]


def same(actual, expected, rtol=1e-11, atol=1e-13):
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


def fit(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallRiskSetWarning)
        return survival.multistate(*args, **{"states": STATES} | options)


def six(**options):
    return fit(PATIENT, STOP, EVENT, entry=START, **options)


# --- R ------------------------------------------------------------------------------------------


def test_six_patients_as_survfit_of_r():
    golden = json.loads((GOLDEN / "aj_multistate_tiny.json").read_text())
    given_, expected = golden["inputs"], golden["expected"]
    ms = survival.multistate(
        given_["id"], given_["stop"], given_["event"], entry=given_["start"],
        states=expected["states"], censored="censor",
    )  # fmt: skip
    assert ms.time.tolist() == expected["time"]
    assert ms.at_risk.T.tolist() == expected["n_risk"]
    assert ms.transitions == (("(s0)", "ill"), ("(s0)", "death"), ("ill", "death"))
    same(ms.estimate.T, expected["pstate"])
    same(ms.std_error.T, expected["se"])
    same(ms.cumulative_hazard.T, expected["cumhaz"])


@pytest.mark.parametrize("case", json.loads((GOLDEN / "multistate.json").read_text())["cases"])
def test_survfit_and_etm_of_r(case):
    rows = case["inputs"]
    args = (rows["patient"], rows["time"], rows["event"])
    ms = fit(*args, entry=rows["entry"], initial=rows["initial"])
    at = ms.at(case["time"])
    same(ms.initial, case["p0"])
    assert at.at_risk.T.tolist() == case["at_risk"]
    same(at.estimate.T, case["estimate"])
    same(at.std_error.T, case["std_error"])
    hazards = [tuple(map(int, name.split("."))) for name in case["hazards"]]
    order = [ms.transitions.index(pair) for pair in hazards]
    rows_of_r = np.isin(np.round(ms.time, 9), np.round(case["time"], 9))
    assert rows_of_r.all()
    places = np.searchsorted(np.round(ms.time, 9), np.round(case["time"], 9), side="right") - 1
    hazard = np.column_stack([np.zeros(len(order)), ms.cumulative_hazard[order]])
    same(hazard[:, places + 1].T, case["cumhaz"])
    spent = ms.expected_time(case["tau"])
    same(spent.estimate, case["area"])
    same(spent.std_error, case["area_std_error"])
    if not case["etm"]:
        return
    markov = fit(*args, entry=rows["entry"], initial=rows["initial"], variance="greenwood")
    for k, origin in enumerate([1, 2]):
        found = markov.transition(origin, None, case["etm"]["since"], case["etm"]["time"])
        same(found.estimate.T, case["etm"]["estimate"][k])
        same(found.std_error.T**2, case["etm"]["variance"][k])


# --- the slow twin ------------------------------------------------------------------------------


@st.composite
def paths(draw, most=8):
    """Rows of patients between three states, who may come late, in any order."""
    rows = []
    for who in range(draw(st.integers(1, most))):
        start, state = draw(st.integers(0, 4)) * draw(st.integers(0, 1)), draw(st.integers(1, 3))
        first = state
        for _ in range(draw(st.integers(1, 4))):
            stop, event = start + draw(st.integers(1, 5)), draw(st.integers(0, 3))
            rows.append((who, start, stop, event, first))
            start, state = stop, event or state
    rows = draw(st.permutations(rows))
    return [list(column) for column in zip(*rows, strict=True)]


@settings(deadline=None, max_examples=60)
@given(paths(), st.sampled_from(VARIANCES))
def test_the_twin(rows, variance):
    patient, start, stop, event, first = rows
    ms = fit(patient, stop, event, entry=start, initial=first, variance=variance)
    found = twin.histories(patient, stop, [e or None for e in event], start, first)
    assert ms.time.tolist() == twin.times(found)
    for j, t in enumerate(ms.time):
        same(ms.estimate[:, j], twin.occupation(found, STATES, t))
        assert ms.at_risk[:, j].tolist() == [twin.at_risk(found, s, t) for s in STATES]
        if variance == "greenwood":
            same(ms.std_error[:, j] ** 2, twin.greenwood(found, STATES, t), atol=1e-12)
    t = ms.time[-1]
    if variance == "jackknife":
        turned = twin.jackknife(found, lambda w: twin.occupation(found, STATES, t, w))
        same(ms.std_error[:, -1] ** 2, turned, rtol=1e-6, atol=1e-9)
    spent = ms.expected_time(t)
    same(spent.estimate, twin.time_in(found, STATES, t))
    same(spent.estimate.sum(), t)
    if variance == "jackknife":
        turned = twin.jackknife(found, lambda w: twin.time_in(found, STATES, t, w))
        same(spent.std_error**2, turned, rtol=1e-6, atol=1e-8)


@settings(deadline=None, max_examples=40)
@given(paths(), st.integers(0, 6), st.integers(1, 3))
def test_transitions_of_the_twin(rows, since, origin):
    patient, start, stop, event, first = rows
    found = twin.histories(patient, stop, [e or None for e in event], start, first)
    at = [since, since + 2, since + 5]
    certain = [float(s == origin) for s in STATES]
    for variance in VARIANCES:
        ms = fit(patient, stop, event, entry=start, initial=first, variance=variance)
        p = ms.transition(origin, None, since, at)
        for i, t in enumerate(at):
            if np.isnan(p.estimate[0, i]):
                assert t > ms.time[-1]
                continue
            same(p.estimate[:, i], twin.occupation(found, STATES, t, None, certain, since))
            if variance == "greenwood":
                spread = twin.greenwood(found, STATES, t, certain, since)
            else:
                spread = twin.jackknife(
                    found, lambda w, t=t: twin.occupation(found, STATES, t, w, certain, since)
                )
            same(p.std_error[:, i] ** 2, spread, rtol=1e-6, atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(paths(), st.sampled_from(["logit", "log-log", "log", "plain"]))
def test_probabilities_and_limits_are_probabilities(rows, interval):
    patient, start, stop, event, first = rows
    ms = fit(patient, stop, event, entry=start, initial=first, interval=interval)
    same(ms.estimate.sum(axis=0), 1)
    assert (ms.low >= 0).all()
    assert (ms.low <= ms.estimate).all()
    assert (ms.high <= 1).all()
    assert (ms.high >= ms.estimate).all()
    inside = (ms.estimate > 0) & (ms.estimate < 1)
    assert (ms.high[inside] > ms.low[inside]).all()


@settings(deadline=None, max_examples=30)
@given(paths(), st.randoms())
def test_order_of_rows_and_names_of_patients_do_not_matter(rows, random):
    patient, start, stop, event, first = rows
    order = list(range(len(patient)))
    random.shuffle(order)
    a = fit(patient, stop, event, entry=start, initial=first)
    words = [f"p{patient[i]}" for i in order]
    b = fit(
        words, [stop[i] for i in order], [event[i] for i in order],
        entry=[start[i] for i in order], initial=[first[i] for i in order],
    )  # fmt: skip
    assert a.estimate.tobytes() == b.estimate.tobytes()
    same(a.std_error, b.std_error)


# --- special cases ------------------------------------------------------------------------------


@st.composite
def follow_up(draw, causes=1):
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, causes)),
            min_size=1,
            max_size=15,
        )
    )
    late = draw(st.booleans())
    entry = [e if late else 0 for e, _, _ in rows]
    return entry, [e + d for (_, d, _), e in zip(rows, entry, strict=True)], [c for *_, c in rows]


@settings(deadline=None, max_examples=60)
@given(follow_up(), st.sampled_from(VARIANCES))
def test_two_states_are_kaplan_meier(rows, variance):
    entry, time, event = rows
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallRiskSetWarning)
        km = survival.kaplan_meier(time, event, entry=entry)
        ms = survival.multistate(
            range(len(time)), time, event, entry=entry, states=["alive", 1], interval="log-log",
            variance=variance,
        )  # fmt: skip
    alive = ms.state("alive")
    assert alive.time.tolist() == km.time.tolist()
    assert alive.at_risk.tolist() == km.at_risk.tolist()
    assert alive.left.tolist() == km.events.tolist()
    assert alive.censored.tolist() == km.censored.tolist()
    same(alive.estimate, km.estimate)
    if variance == "jackknife" and any(entry):
        return  # which is Greenwood's where all come at the start
    inside = (km.estimate > 0) & (km.estimate < 1)
    same(alive.std_error[inside], km.std_error[inside])
    same(alive.low[inside], km.low[inside])
    same(alive.high[inside], km.high[inside])
    same(alive.expected_time(max(time)).estimate, km.rmst(max(time)).estimate)


@settings(deadline=None, max_examples=60)
@given(follow_up(causes=2), st.sampled_from(VARIANCES))
def test_one_state_and_two_ends_are_competing_risks(rows, variance):
    entry, time, cause = rows
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallRiskSetWarning)
        ci = survival.competing_risks(time, cause, entry=entry, causes=[1, 2], variance="greenwood")
        ms = survival.multistate(
            range(len(time)), time, cause, entry=entry, states=["free", 1, 2], variance=variance,
            interval="log-log",
        )  # fmt: skip
    same(ms.estimate[1:], ci.estimate)
    same(ms.estimate[0], ci.event_free, atol=1e-12)
    if variance == "jackknife" and any(entry):
        return
    inside = (ci.estimate > 0) & (ci.estimate < 1 - 1e-9)
    same(ms.std_error[1:][inside], ci.std_error[inside], rtol=1e-9)
    same(ms.low[1:][inside], ci.low[inside], rtol=1e-8)
    same(ms.high[1:][inside], ci.high[inside], rtol=1e-8)


def test_without_censoring_shares_are_those_of_patients():
    # four patients until 4: 3 of 4 in state 1 after 1, then 1 of 4
    ms = fit([1, 1, 2, 3, 4], [1, 4, 2, 4, 2], [2, 0, 3, 0, 2], entry=[0, 1, 0, 0, 0])
    assert ms.state(1).at([1, 2]).estimate.tolist() == [0.75, 0.25]
    same(ms.state(1).at(1).std_error, math.sqrt(0.75 * 0.25 / 4))


# --- edge cases ---------------------------------------------------------------------------------


def test_a_patient_who_never_changes_and_nobody_does():
    ms = survival.multistate([7, 8], [3, 5], [0, 0], initial="well")
    assert ms.states == ("well",)
    assert ms.transitions == ()
    assert str(ms) == "2 patients, transitions: none, 2 censored"
    assert ms.estimate.tolist() == [[1, 1]]
    # 2 of 2, then 1 of 1: 0.025^(1/2) and 0.025
    same(ms.low, [[math.sqrt(0.025), 0.025]])
    assert ms.state("well").expected_time(5).estimate == 5
    assert ms.transitions_frame("pandas").empty
    assert ms.state("well").entered.tolist() == [0, 0]


def test_one_patient():
    ms = fit([4, 4], [2, 6], [2, 3])
    assert ms.estimate.tolist() == [[0, 0], [1, 0], [0, 1]]
    assert ms.at([1, 3, 99]).estimate.T.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    same(ms.low[1, 0], 0.025)
    same(ms.high[0], [0.975, 0.975])
    spent = ms.expected_time(10)
    assert spent.estimate.tolist() == [2, 4, 4]
    assert (spent.low < spent.estimate).all()
    assert (spent.high > spent.estimate).all()


def test_changes_come_before_ends_of_follow_up_at_a_tied_time():
    ms = fit([1, 2, 3], [4, 4, 6], [2, 0, 0])
    same(ms.estimate[1], [1 / 3, 1 / 3])
    assert ms.at_risk[0].tolist() == [3, 1]


def test_at_time_zero_all_are_at_risk_without_entry():
    ms = fit([1, 2], [0, 3], [2, 0])
    same(ms.estimate[0], [0.5, 0.5])


def test_nobody_at_risk_in_a_state_and_a_later_entry():
    # 1 leaves state 2 at 3, so that nobody is in it until 2 comes at 5
    ms = fit(
        [1, 1, 2, 2, 3], [2, 3, 5, 8, 9], [2, 3, 2, 3, 0], entry=[0, 2, 0, 5, 0]
    )  # fmt: skip
    assert ms.state(2).at_risk.tolist() == [0, 1, 0, 1, 0]
    same(ms.state(2).estimate, [1 / 3, 0, 1 / 3, 0, 0])
    assert ms.last_at_risk[:2].tolist() == [9, 8]
    assert math.isnan(ms.last_at_risk[2])


def test_changes_that_count_for_nothing_are_warned_of():
    with pytest.warns(SmallRiskSetWarning, match=r"the probability of 2 is 0 at 4, where patients"):
        survival.multistate(
            [1, 1, 2, 3], [1, 2, 9, 4], [2, 3, 0, 3], entry=[0, 1, 0, 3], initial=[1, 1, 1, 2]
        )


def test_after_the_last_row_only_what_lasts_is_known():
    ms = six(absorbing=[3])
    assert np.isnan(ms.at(12).estimate).all()
    with pytest.raises(InputError, match=r"tau is 12; the curve is not known beyond"):
        ms.expected_time(12)
    alone = survival.multistate([1, 2], [4, 6], ["dead", "dead"], states=["well", "dead"],
                                censored="none")  # fmt: skip
    assert alone.at(99).estimate.tolist() == [0, 1]
    same(alone.expected_time(10).estimate, [5, 5])


def test_a_transition_from_a_state_that_lasts_is_certain():
    p = six().transition(3, 3, 4, [4, 30])
    assert p.estimate.tolist() == [1, 1]
    assert p.low.tolist() == [1, 1]
    assert six().transition(1, 1, 5, 5).low == 1
    assert six().transition(2, 3, 5, 10).at_risk == 3


def test_groups():
    group = ["x" if who < 4 else "y" for who in PATIENT]
    both = six(group=group)
    assert list(both) == ["x", "y"]
    alone = fit(
        PATIENT[:5], STOP[:5], EVENT[:5], entry=START[:5], transitions=both["x"].transitions
    )
    assert both["x"].estimate.tobytes() == alone.estimate.tobytes()
    assert both["x"].transitions == both["y"].transitions
    assert len(both.to_frame("pandas")) == sum(3 * len(one.time) for one in both.values())


def test_frames_and_columns():
    import pandas as pd

    frame = pd.DataFrame(
        {"who": PATIENT, "from": START, "to": STOP, "what": EVENT, "begin": [1] * len(PATIENT)}
    )
    one = fit("who", "to", "what", entry="from", initial="begin", data=frame)
    assert one.estimate.tobytes() == six().estimate.tobytes()
    two = fit("who", "to", "what", entry="from", initial=1, data=frame)
    assert two.estimate.tobytes() == six().estimate.tobytes()
    words = ["none", "a", "b", "c"]
    three = survival.multistate(
        "who", "to", "what", entry="from", initial="a", censored="none", states=["a", "b", "c"],
        data={"who": PATIENT, "to": STOP, "from": START, "what": [words[e] for e in EVENT]},
    )  # fmt: skip
    assert three.estimate.tobytes() == six().estimate.tobytes()
    assert three.states == ("a", "b", "c")


def test_many_rows_are_as_few():
    many = 40
    patient = [who + 10 * k for k in range(many) for who in PATIENT]
    ms = fit(patient, STOP * many, np.array(EVENT * many), entry=START * many)
    same(ms.estimate, six().estimate)
    same(ms.std_error, six().std_error / math.sqrt(many))


def test_results():
    ms = six()
    assert pickle.loads(pickle.dumps(ms)).at(6).estimate.tolist() == ms.at(6).estimate.tolist()
    assert ms.to_dict()["states"] == [1, 2, 3]
    assert "_columns" not in ms.to_dict()
    assert "known" in ms.to_frame("pandas")
    assert "<table>" in ms._repr_html_()
    assert str(ms.at([1, 2])) == "probabilities of 3 states at 2 times, 95% log-log"
    assert str(ms.state(2).at([1, 2])) == "probability of 2 at 2 times, 95% log-log"
    assert str(ms.expected_time(4)) == "expected time before 4 in each of 3 states"
    assert str(ms.transition(1, None, 0, 4)).startswith("probabilities of 3 states at 1 time given")
    assert str(ms.state(2)).startswith("6 patients, 2 at 11: probability 0.25 (95% log-log")
    assert len(ms.at([1, 2]).to_frame("pandas")) == 6
    assert len(ms.expected_time(4).to_frame("pandas")) == 3
    assert len(ms.state(1).expected_time(4).to_frame("pandas")) == 1
    assert len(ms.transition(1, None, 0, [4, 5]).to_frame("pandas")) == 6
    assert len(ms.state(1).to_frame("pandas")) == len(ms.time)
    for array in (ms.estimate, ms.state(2).entered, ms.at([1, 2]).estimate, ms.initial):
        assert not array.flags.writeable
    assert isinstance(ms.state(1).at(3).at_risk, int)


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"entry": [0, 4]}, r"entry\[1\] is 4.0 \(patient 'B', see row 0, until then in 'ill'\); "
         "it is before the end of the row before it"),
        ({"entry": [0, 6]}, r"entry\[1\] is 6.0 \(patient 'B', see row 0, until then in 'ill'\); "
         "it is after the end of the row before it, and nobody knows"),
        ({"entry": [0, 9]}, r"entry\[1\] is 9.0 \(patient 'B'\); it must be less than the end"),
        ({"time": [5, math.nan]}, r"time\[1\] is nan \(patient 'B'\); a number is needed here"),
        ({"time": [-5, 9]}, r"time\[0\] is -5.0 \(patient 'B'\); it cannot be negative"),
        ({"event": ["dead", "none"], "absorbing": ["dead"]}, r"time\[1\] is 9.0 \(patient 'B', "
         r"see row 0, until then in 'dead'\); the patient is in an absorbing state by then"),
        ({"event": ["dead", "ill"], "transitions": [("well", "dead"), ("well", "ill")]},
         r"event\[1\] is 'ill' \(patient 'B', see row 0, until then in 'dead'\); there is no"),
        ({"event": ["ill", "lost"]}, r"event\[1\] is 'lost'; it is none of the states"),
        ({"initial": ["well", "ill"]}, r"initial\[1\] is 'ill' \(patient 'B', see row 0\); anoth"),
        ({"initial": ["well", "odd"]}, r"initial\[1\] is 'odd'; it is none of the states"),
        ({"initial": "odd"}, "initial is 'odd'; it is none of the states"),
        ({"initial": "none"}, "initial is 'none', the label of the censored; give a state"),
        ({"group": ["x", "y"]}, r"group\[1\] \(patient 'B', see row 0\): another row of the"),
        ({"entry": None, "time": [9, 9]}, r"time\[1\] is 9.0 \(patient 'B', see row 0, until then "
         r"in 'ill'\); another row of the patient ends at that time"),
        ({"states": ["well", "well"]}, "give each label once"),
        ({"states": ["well", "none", "ill"]}, r"states\[1\] is 'none', the label of the censored"),
        ({"transitions": [("well", "lost")]}, r"transitions\[0\] has 'lost', which is none of"),
        ({"transitions": [("well", "well")]}, r"transitions\[0\] is \('well', 'well'\); give"),
        ({"absorbing": "dead"}, r"absorbing is 'dead'; give a list of states, \['dead'\]"),
        ({"absorbing": 2}, r"absorbing is 2; give a list of states, \[2\]"),
        ({"states": 2}, r"states is 2; give a list of states, \[2\]"),
        ({"transitions": [2]}, r"transitions\[0\] is 2; give a pair of two states"),
        ({"censored": 0}, "censored is 0; event holds text, so give the label of a row that ends"),
        ({"level": 2}, "level is 2; a level is"),
        ({"variance": "aalen"}, "variance"),
        ({"time": [5, 9, 10]}, "patient"),
    ],
)  # fmt: skip
def test_bad_rows_are_named(change, words):
    rows = {
        "patient": ["B", "B"], "time": [5, 9], "event": ["ill", "none"], "entry": [0, 5],
        "states": ["well", "ill", "dead"], "censored": "none",
    }  # fmt: skip
    with pytest.raises(InputError, match=words):
        survival.multistate(**rows | change)


def test_the_first_row_after_an_absorbing_state():
    with pytest.raises(InputError, match=r"time\[0\] is 5.0 \(patient 1, until then in 3\)"):
        fit([1], [5], [0], initial=3, absorbing=[3])


def test_text_without_censored_rows_needs_the_states():
    with pytest.raises(InputError, match="if nobody is censored, list the states with states="):
        survival.multistate([1], [2], ["ill"], censored="none")
    with pytest.raises(InputError, match="initial is 'c', the label of the censored"):
        survival.multistate([1], [2], ["c"], censored="c", initial="c")


def test_a_misspelt_column_of_initial_states():
    rows = {"who": [1], "to": [2], "what": [1], "begin": [3]}
    with pytest.raises(InputError, match="initial is 'begins'; there is no such column, and no"):
        survival.multistate("who", "to", "what", initial="begins", data=rows)


def test_no_rows_and_too_many_states():
    with pytest.raises(InputError, match="there is no patient"):
        survival.multistate([], [], [], initial=1)
    with pytest.raises(InputError, match="states is 33; a model has 1 to 32 states"):
        fit([1], [2], [0], states=range(1, 34))


def test_bad_questions():
    ms = six()
    with pytest.raises(InputError, match=r"state is 9; choose one of \[1, 2, 3\]"):
        ms.state(9)
    with pytest.raises(InputError, match=r"times\[1\] is 1; it is before the time at which"):
        ms.transition(1, 2, 3, [4, 1])
    with pytest.raises(InputError, match=r"since is -1; it cannot be negative"):
        ms.transition(1, 2, -1, 4)
    with pytest.raises(InputError, match=r"origin is 0; choose"):
        ms.transition(0, 2, 3, 4)
    with pytest.raises(InputError, match=r"times is -1; it cannot be negative"):
        ms.at(-1)
    with pytest.raises(InputError, match=r"tau is 0; it must be greater than 0"):
        ms.state(1).expected_time(0)
    with pytest.raises(InputError, match="times has 2 dimensions"):
        ms.at([[1]])


def test_binding_refuses_columns_of_no_fit():
    from immunoreset import _core

    ms = six()
    how = ("jackknife", "logit", 0.95)
    for k, value in ((0, ms.time[:3]), (11, ms._columns[11] + 99), (12, b""), (10, ms._columns[0])):
        columns = list(ms._columns)
        columns[k] = value
        with pytest.raises(InputError, match="give those of a fit"):
            _core.multistate_time(4.0, tuple(columns), *how)
    with pytest.raises(InputError, match="give those of a fit"):
        _core.multistate_at(4.0, ms._columns[:5], *how, True)
    with pytest.raises(InputError, match="from_ is 3; give the number of a state"):
        _core.multistate_transition(3, 0.0, 4.0, ms._columns, *how, True)
    with pytest.raises(InputError, match="transitions has 1 flags; give 9"):
        _core.multistate([1], None, [1.0], [0], None, None, 1, None, 1, (1, 2, 3), b"1", None,
                         *how, True)  # fmt: skip
