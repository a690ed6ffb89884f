"""survival.pseudo_observations: n curves without one patient each, without censoring, bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference.kaplan_meier import merge
from tests.reference.pseudo_observations import pseudo as twin

times = st.one_of(st.integers(0, 12).map(float), st.integers(1, 12).map(lambda i: i * 0.1))
noisy = st.tuples(times, st.sampled_from([0.0, 1e-9, 2e-9])).map(sum)
patients = st.lists(st.tuples(noisy, st.booleans()), min_size=1, max_size=20)


def nearly_tied(at, time):
    """Return whether a time asked for is one of the curve but for rounding, unlike to the twin."""
    return any(0 < abs(at - t) < 1e-6 for t in time)


@settings(deadline=None, max_examples=200)
@given(patients, st.sampled_from(["survival", "rmst"]), st.data())
def test_leaving_each_out_agrees(data, of, draw):
    time, event = map(list, zip(*data, strict=True))
    (merged,), _ = merge(time)
    at = draw.draw(st.one_of(st.sampled_from(merged), st.floats(0.01, max(merged) + 0.01)))
    if at > max(merged) or at <= 0 or nearly_tied(at, merged):
        return
    p = survival.pseudo_observations(time, event, at=at, of=of)
    np.testing.assert_allclose(p.value, twin(merged, event, at, of), rtol=1e-10, atol=1e-10)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(noisy, st.integers(0, 2)), min_size=1, max_size=20), st.data())
def test_leaving_each_out_agrees_for_an_incidence(data, draw):
    time, cause = map(list, zip(*data, strict=True))
    (merged,), _ = merge(time)
    at = draw.draw(st.one_of(st.sampled_from(merged), st.floats(0.01, max(merged) + 0.01)))
    if at > max(merged) or 1 not in cause or nearly_tied(at, merged):
        return
    p = survival.pseudo_observations(time, cause, at=at, of="incidence")
    np.testing.assert_allclose(p.value, twin(merged, cause, at, "incidence"), 1e-10, 1e-10)
    every = survival.competing_risks(time, cause)
    assert p.estimate == pytest.approx(float(every.cause(1).at(at).estimate), abs=1e-12)


@given(st.lists(st.integers(0, 20).map(float), min_size=1, max_size=20), st.integers(1, 25))
def test_without_censoring_they_are_the_observations(time, at):
    event = [1] * len(time)
    p = survival.pseudo_observations(time, event, at=[at - 0.5, at])
    np.testing.assert_allclose(p.value[:, 1], [t > at for t in time], atol=1e-12)
    q = survival.pseudo_observations(time, event, at=at, of="rmst")
    np.testing.assert_allclose(q.value, np.minimum(time, at), atol=1e-11)
    assert q.value.mean() == pytest.approx(q.estimate, abs=1e-11)


def test_several_times_are_columns_and_order_is_kept():
    rng = np.random.default_rng(5)
    time, event = rng.integers(1, 20, 30), rng.random(30) < 0.6
    p = survival.pseudo_observations(time, event, at=[3, 9])
    assert p.value.shape == (30, 2)
    assert not p.value.flags.writeable
    order = rng.permutation(30)
    q = survival.pseudo_observations(time[order], event[order], at=[3, 9])
    np.testing.assert_array_equal(q.value, p.value[order])
    scaled = survival.pseudo_observations(time * 7.0, event, at=63, of="rmst")
    unit = survival.pseudo_observations(time, event, at=9, of="rmst")
    np.testing.assert_allclose(scaled.value, 7 * unit.value, rtol=1e-11)
    assert p.to_frame("polars").columns == ["at_3", "at_9"]
    assert str(p) == "30 pseudo-observations of survival at 2 times"
    assert p.estimate.tolist() == survival.kaplan_meier(time, event).at([3, 9]).estimate.tolist()


def test_the_last_patient_leaves_the_curve_as_it_was():
    p = survival.pseudo_observations([1, 2, 3], [1, 0, 0], at=3)
    assert p.value.tolist() == pytest.approx([0, 1, 1])  # 2/3 and, without one of the last, 1/2
    assert survival.pseudo_observations([4], [1], at=2).value.tolist() == [1]


def test_prodlim_s_jackknife():
    # R: prodlim::jackknife(prodlim(Hist(time, event) ~ 1), times = 6.5)
    p = survival.pseudo_observations([2, 4, 6, 8, 9], [1, 0, 1, 1, 0], at=6.5)
    np.testing.assert_allclose(p.value, [0, 2 / 3, -1 / 3, 7 / 6, 7 / 6], atol=1e-14)


def test_prodlim_s_jackknife_of_an_incidence(golden):
    file = golden("survival/pseudo_incidence")
    for case in file["cases"]:
        p = survival.pseudo_observations(case["time"], case["cause"], at=case["at"], of="incidence")
        expected = np.reshape(case["value"], p.value.shape)
        np.testing.assert_allclose(p.value, expected, rtol=file["rtol"], atol=1e-12)


def test_an_incidence_by_its_label():
    cause = ["relapse", "death", "none", "relapse"]
    p = survival.pseudo_observations(
        [2, 4, 6, 8], cause, at=8, of="incidence", cause_of_interest="relapse", censored="none"
    )
    np.testing.assert_allclose(p.value, [1, 0, 1, 2], atol=1e-14)  # worked in the C test
    assert p.cause == "relapse"
    assert str(p) == "4 pseudo-observations of the incidence of relapse at 8, which is 0.75"
    with pytest.raises(InputError, match="cause_of_interest is 3; nobody has it"):
        survival.pseudo_observations([1, 2], [1, 0], at=1, of="incidence", cause_of_interest=3)
    with pytest.raises(InputError, match=r"event\[0\] is 1.5"):
        survival.pseudo_observations([1, 2], [1.5, 1], at=1, of="incidence")


def test_columns_by_name():
    p = survival.pseudo_observations("t", "e", at=2, data={"t": [1, 2, 3], "e": [1, 1, 0]})
    np.testing.assert_allclose(p.value, [0, 0, 1], atol=1e-15)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"at": 9}, r"at\[0\] is 9; the curve is not known beyond the last follow-up"),
        ({"at": [1, 9], "of": "rmst"}, r"at\[1\] is 9; the curve is not known"),
        ({"at": 0, "of": "rmst"}, r"at\[0\] is 0; it must be greater than 0"),
        ({"at": -1}, r"at\[0\] is -1; it cannot be negative"),
        ({"at": 1, "of": "median"}, "of is 'median'"),
        ({"at": [[1]]}, "at has 2 dimensions"),
    ],
)
def test_bad_input_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        survival.pseudo_observations([1, 2, 3], [1, 0, 0], **options)
