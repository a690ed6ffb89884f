"""Cox regression of recurrent events against R, and its rows against those of survival.cox."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from immunoreset import survival
from immunoreset.errors import InputError

GOLDEN = Path(__file__).parents[2] / "golden/survival"
R = json.loads((GOLDEN / "recurrent_cox.json").read_text())
COVARIATES = {"cgd": ["treat", "age"], "bladder": ["rx", "number", "size"]}


@pytest.mark.parametrize(
    ("name", "model"), [(name, model) for name in COVARIATES for model in R[name]["expected"]]
)
def test_models_are_those_of_r(name, model):
    rows, expected = R[name]["inputs"], R[name]["expected"][model]
    found = survival.recurrent_cox(
        "patient", "time", "event", COVARIATES[name], entry="entry", model=model, data=rows
    )
    assert found.coef == pytest.approx(expected["coef"], rel=1e-8, abs=1e-10)
    assert found.std_error == pytest.approx(expected["robust_se"], rel=1e-7)
    assert found.names == tuple(COVARIATES[name])


def test_andersen_gill_of_the_shared_golden():
    golden = json.loads((GOLDEN / "mcf_cgd_survival.json").read_text())
    rows, expected = golden["inputs"], golden["expected"]["agcox"]
    treated = np.array([arm != "placebo" for arm in rows["treat"]])
    for model in ("andersen-gill", "lwyy"):
        found = survival.recurrent_cox(
            rows["id"], rows["stop"], rows["event"], treated, entry=rows["start"], model=model
        )
        assert found.coef[0] == pytest.approx(expected["coef"], rel=golden["rtol"])
        assert found.std_error[0] == pytest.approx(expected["robust_se"], rel=golden["rtol"])


def of_times(rows):
    """Turn intervals of cgd, none with a gap, into events and an end."""
    patient, time, event, treat = [], [], [], []
    for i, one in enumerate(rows["patient"]):
        last = i + 1 == len(rows["patient"]) or rows["patient"][i + 1] != one
        if rows["event"][i]:
            patient.append(one)
            time.append(rows["time"][i])
            event.append(1)
            treat.append(rows["treat"][i])
        if last:
            patient.append(one)
            time.append(rows["time"][i])
            event.append(0)
            treat.append(rows["treat"][i])
    return patient, time, event, treat


@pytest.mark.parametrize("model", ["andersen-gill", "pwp-total", "pwp-gap", "wlw"])
def test_events_with_an_end_are_the_same_as_intervals(model):
    rows = R["cgd"]["inputs"]
    intervals = survival.recurrent_cox(
        "patient", "time", "event", "treat", entry="entry", model=model, data=rows
    )
    turned = [column[::-1] for column in of_times(rows)]
    found = survival.recurrent_cox(*turned, model=model)
    assert found.coef == pytest.approx(intervals.coef, rel=1e-9)
    assert found.std_error == pytest.approx(intervals.std_error, rel=1e-9)


def test_one_event_each_is_a_cox_regression():
    time, event = [3, 5, 6, 8, 10, 12, 13, 20], [1, 1, 0, 1, 0, 1, 1, 0]
    x = [0.1, 1.2, 0.4, 0.6, 1.0, 0.2, 1.4, 0.9]
    patient = [f"P{i}" for i in range(8)]
    found = survival.recurrent_cox(patient, time, event, x, entry=[0] * 8, model="pwp-gap")
    expected = survival.cox(time, event, x, robust=True)
    assert found.coef == pytest.approx(expected.coef, rel=1e-10)
    assert found.std_error == pytest.approx(expected.std_error, rel=1e-10)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "frailty"}, "model is 'frailty'; choose one of"),
        ({"time": [5, 5, 9, 9]}, r"time\[1\] is 5.0 \(patient 1, see row 0\); it is the time of"),
        ({"X": [1, 2, 1, 0], "model": "wlw"}, r"X\[1\] is 2.0 \(patient 1, see row 0\)"),
        ({"X": [1, math.nan, 1, 0]}, r"X\[1\] is nan; a number is needed"),
        ({"X": [1, 2, 1]}, "X does not fit time"),
        ({"event": [1, 1, 1, 0]}, "no end of follow-up"),
        (
            {"entry": [0, 6, 8, 0], "model": "wlw"},
            r"entry\[1\] is 6.0 \(patient 1, see row 0\); it leaves a gap",
        ),
    ],
)
def test_bad_input_is_named(options, words):
    given = {"patient": [1, 1, 1, 2], "time": [5, 7, 9, 9], "event": [1, 1, 0, 0]}
    with pytest.raises(InputError, match=words):
        survival.recurrent_cox(**(given | {"X": [1, 1, 1, 0]} | options))


def test_one_patient_an_arm_tells_nothing_of_the_spread_between_patients():
    """The score of each patient is 0 at the maximum: R's robust error is 2e-16, p < 2e-16."""
    patient, time, event, x = [1, 1, 1, 2, 2], [5, 9, 20, 7, 20], [1, 1, 0, 1, 0], [0, 0, 0, 1, 1]
    found = survival.recurrent_cox(patient, time, event, x)
    assert found.hazard_ratio == pytest.approx([0.5])
    assert found.std_error.tolist() == [0]
    for column in (found.low, found.high, found.pvalue, found.z):
        assert np.isnan(column).all()
    assert math.isnan(found.wald_test.statistic)


def test_an_arm_without_events_points_to_what_can_be_said():
    """Firth's penalty, the remedy of independent rows, is not to be had here."""
    with pytest.raises(InputError, match=r"-inf; .* for events that recur use survival.recurrent_"):
        survival.recurrent_cox([1, 1, 2, 3, 4], [5, 9, 9, 9, 8], [1, 0, 0, 0, 0], [0, 0, 0, 1, 1])
    with pytest.raises(InputError, match="Use penalty='firth' for a finite estimate"):
        survival.cox([5, 20, 20, 18], [1, 0, 0, 0], [0, 0, 1, 1])
