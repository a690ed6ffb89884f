"""The arrays of panel data: kinds of input, ownership of the blocks, bad shapes, Ctrl-C, leaks."""

import gc
import sys

import numpy as np
import pytest
from immunoreset import _core
from immunoreset.errors import InputError

PATIENT = np.array([1, 1, 1, 2, 2, 3, 3, 3])
DAY = np.array([0.0, 30, 60, 0, 30, 0, 28, 40])
STATE = np.array([0, 1, 0, 0, 1, 0, 0, 2])
NAMES = ["active", "remission", "dead"]
MODEL = (np.array([0, 1, 0]), np.array([1, 0, 2]), np.array([], int), np.array([], int))
EFFECT = (MODEL[0], MODEL[1], np.array([0]), np.array([0]))


def fitted(
    patient=PATIENT, day=DAY, state=STATE, covariates=None, model=MODEL, names=None, limits="wald",
    states=3, exact=4, sets=(),
):  # fmt: skip
    return _core.panel_markov(
        patient, names, day, state, NAMES, covariates, states, model, exact, sets, limits, 0.95
    )


def after(answer, model=MODEL):
    estimate, cov, mean = answer[0][0], answer[0][5], answer[1][4]
    return (3, *model, estimate, cov, mean, 0.95)


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", "i4", object])
def test_every_numeric_type_is_read(dtype):
    expected = fitted()
    found = fitted(day=DAY.astype(dtype), state=STATE.astype(dtype))
    assert found[0][0].tolist() == expected[0][0].tolist()
    assert found[1][1].tolist() == DAY.tolist()


def test_columns_are_read_only_and_outlive_each_other():
    arrays, rows, *_ = fitted()
    assert not any(column.flags.writeable for column in (*arrays, *rows))
    first = rows[0]
    del arrays, rows
    gc.collect()
    assert first.tolist() == [0, 3, 5, 8]


def test_bad_shapes_are_refused():
    with pytest.raises(InputError, match="transitions has 33 entries"):
        fitted(model=(np.zeros(33, int), np.ones(33, int), *MODEL[2:]))
    with pytest.raises(InputError, match=r"transitions\[0\] is \(0, 7\)"):
        fitted(model=(np.array([0]), np.array([7]), *MODEL[2:]))
    with pytest.raises(InputError, match="transitions"):
        fitted(model=(MODEL[0], MODEL[1][:2], *MODEL[2:]))
    with pytest.raises(InputError, match="17 states"):
        fitted(states=17)
    with pytest.raises(InputError, match="censored has 17"):
        fitted(sets=[1] * 17)
    with pytest.raises(TypeError):
        fitted(sets=["a"])
    with pytest.raises(InputError, match=r"effects\[0\]"):
        fitted(model=EFFECT)
    with pytest.raises(InputError, match=r"state\[1\] is 9"):
        fitted(state=np.where(np.arange(8) == 1, 9, STATE))
    with pytest.raises(InputError, match=r"'dead' \(patient 2, see row 3, until then in 'active'"):
        fitted(
            day=np.where(np.arange(8) == 4, 0.0, DAY), state=np.where(np.arange(8) == 4, 2, STATE)
        )


def test_questions_that_do_not_fit_are_refused():
    answer = fitted()
    whole = after(answer)
    first, days, states, initial = answer[1][:4]
    with pytest.raises(InputError, match="not those of the transitions"):
        _core.panel_markov_probability((*whole[:5], whole[5][:2], *whole[6:]), 3.0, None, False)
    with pytest.raises(InputError, match="at has 1 values"):
        _core.panel_markov_probability(whole, 3.0, [1.0], False)
    with pytest.raises(TypeError):
        _core.panel_markov_probability(list(whole), 3.0, None, False)
    with pytest.raises(InputError, match="do not fit"):
        _core.panel_markov_prevalence(whole, (first, days[:3], states, initial), 3.0)
    with pytest.raises(InputError, match=r"first\[0\]"):
        _core.panel_markov_prevalence(whole, (np.array([0, 0, 8]), days, states, initial[:2]), 3.0)
    with pytest.raises(InputError, match="do not fit"):
        _core.panel_markov_prevalence(whole, (np.array([], int), days, states, initial), 3.0)
    assert _core.panel_markov_probability(whole, np.ones((2, 3)), None, True)[0].shape == (
        2,
        3,
        3,
        3,
    )
    assert _core.panel_markov_probability(whole, [], None, True)[0].shape == (0, 3, 3)


def test_ctrl_c_is_heard(stopped_after):
    rng = np.random.default_rng(2)
    patient = np.repeat(np.arange(4000), 10)
    day = np.cumsum(rng.uniform(20, 40, 40_000))
    state = rng.integers(0, 2, 40_000)
    call = {"patient": patient, "day": day, "state": state, "limits": "profile"}
    assert stopped_after(lambda: fitted(**call), 0.1) < 2  # the whole call takes longer


@pytest.mark.leaks
def test_no_reference_is_lost():
    names = [None, "a", "b", "c"]
    x = (PATIENT > 1)[:, None] * 1.0

    def calls():
        answer = fitted(names=names, covariates=x, model=EFFECT)
        whole = after(answer, EFFECT)
        _core.panel_markov_probability(whole, [3.0, 9.0], [1.0], False)
        _core.panel_markov_prevalence(whole, answer[1][:4], [3.0, 9.0])
        with pytest.raises(InputError):
            _core.panel_markov_probability(whole, [-1.0], None, True)
        with pytest.raises(InputError):
            _core.panel_markov_prevalence(whole, answer[1][:4], [-1.0])
        for bad in ({"state": STATE[::-1]}, {"state": STATE + 9}, {"day": DAY[1:]}, {"states": 1}):
            with pytest.raises(InputError):
                fitted(names=names, **bad)

    calls()
    gc.collect()
    before, references = sys.getallocatedblocks(), sys.getrefcount(DAY)
    for _ in range(200):
        calls()
    gc.collect()
    assert sys.getrefcount(DAY) == references
    assert sys.getallocatedblocks() - before < 150
