"""Beta posteriors: golden values of R, exact fractions, and properties."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import response
from immunoreset.errors import InputError

from tests.reference import posterior as twin

CASE = "response/bayes_beta_binomial"


def test_posteriors_agree_with_r(golden):
    for row in golden(CASE)["expected"]["posterior"]:
        b = response.posterior(row["x"], row["n"], prior=tuple(row["prior"]))
        assert b.mean == pytest.approx(row["mean"], rel=1e-14)
        assert b.median == pytest.approx(row["median"], rel=1e-12)
        assert b.interval() == pytest.approx(row["eti"], rel=1e-12)
        assert b.prob_above(0.5) == pytest.approx(row["p_gt_half"], rel=1e-12)
        assert b.prob_above(0.3) == pytest.approx(row["p_gt_.3"], rel=1e-12)


def test_highest_density_limits_agree_with_r_to_the_digits_it_minimises_to(golden):
    # R's width is flat to 1e-16 within about 1e-9 of its minimum; the closed forms are exact
    for row in golden(CASE)["expected"]["posterior"]:
        b = response.posterior(row["x"], row["n"], prior=tuple(row["prior"]))
        assert b.interval(kind="highest-density") == pytest.approx(row["hpd"], rel=1e-8, abs=2e-9)


def test_comparisons_agree_with_r(golden):
    expected = golden(CASE)["expected"]["p_diff"]
    uniform = (1, 1)
    first = response.posterior(11, 15, prior=uniform)
    assert first.prob_greater(response.posterior(6, 15, prior=uniform)) == pytest.approx(
        expected["11/15 v 6/15 uniform"], rel=1e-12
    )
    first, other = response.posterior(15, 15), response.posterior(9, 15)
    assert first.prob_greater(other) == pytest.approx(expected["15/15 v 9/15 Jeffreys"], rel=1e-8)
    assert first.prob_greater(other, margin=0.1) == pytest.approx(
        expected["15/15 v 9/15 margin .1"], rel=1e-8
    )


def test_predictive_probability_of_success_agrees_with_r_and_lee_and_liu(golden):
    for row in golden(CASE)["expected"]["predictive"].values():
        b = response.posterior(row["x"], row["n"], prior=tuple(row["prior"]))
        p = b.prob_success(row["N"] - row["n"], row["p0"], threshold=row["theta_T"])
        assert p == pytest.approx(row["pp"], rel=1e-12)
    lee_liu = response.posterior(16, 23, prior=(0.6, 0.4))
    assert round(lee_liu.prob_success(17, 0.6, threshold=0.9), 4) == 0.5656  # their table 1


SHAPES = st.integers(1, 25)


@given(SHAPES, SHAPES, SHAPES, SHAPES)
@settings(max_examples=100, deadline=None)
def test_whole_shapes_agree_with_exact_fractions(a, b, c, d):
    first = response.posterior(0, 0, prior=(a, b))
    other = response.posterior(0, 0, prior=(c, d))
    assert first.prob_greater(other) == pytest.approx(float(twin.greater(a, b, c, d)), rel=1e-11)
    assert first.prob_above(0.375) == pytest.approx(float(twin.above(a, b, 0.375)), rel=1e-12)
    exact = [float(p) for p in twin.predictive(a, b, 9)]
    assert first.predictive(9) == pytest.approx(exact, rel=1e-12)
    assert first.prob_success(9, 0.375, threshold=0.9) == pytest.approx(
        float(twin.success(a, b, 9, 0.375, 0.9)), rel=1e-12
    )


@pytest.mark.parametrize(
    ("x", "n", "y", "m", "margin"),
    [(8, 8, 2, 8, 0.0), (8, 8, 2, 8, 0.3), (5, 9, 6, 10, -0.2), (0, 5, 0, 12, 0.05)],
)
def test_comparisons_agree_with_sums_over_a_grid(x, n, y, m, margin):
    first, other = response.posterior(x, n), response.posterior(y, m)
    grid = twin.greater_by_grid(first.alpha, first.beta, other.alpha, other.beta, margin)
    assert first.prob_greater(other, margin=margin) == pytest.approx(grid, abs=2e-6)


@given(st.integers(0, 40), st.data(), st.sampled_from([0.5, 1, 4]), st.floats(0.01, 0.999))
@settings(max_examples=200, deadline=None)
def test_the_highest_density_interval_holds_its_level_and_is_no_longer(n, data, prior, level):
    x = data.draw(st.integers(0, n))
    b = response.posterior(x, n, prior=(prior, prior))
    tailed, shortest = b.interval(level), b.interval(level, "highest-density")
    for limits in (tailed, shortest):
        inside = b.prob_above(limits.low) - b.prob_above(limits.high)
        # the last digit of a limit near 1 carries a mass of 1e-16^0.5 under Jeffreys' prior
        assert inside == pytest.approx(level, abs=3e-8)
    if n:
        assert shortest.high - shortest.low <= tailed.high - tailed.low + 1e-12


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_one_patient_under_jeffreys_prior_has_a_one_sided_shortest_interval(level):
    # Beta(1/2, 3/2) falls and Beta(3/2, 1/2) rises, although their parameters add up to 2
    none, one = (response.posterior(x, 1).interval(level, kind="highest-density") for x in (0, 1))
    assert (none.low, one.high) == (0, 1)
    assert one.low == pytest.approx(1 - none.high, rel=1e-14)
    assert response.posterior(1, 1).prob_above(one.low) == pytest.approx(level, rel=1e-13)
    flat = response.posterior(0, 0, prior=(1, 1)).interval(level, kind="highest-density")
    assert flat == pytest.approx(((1 - level) / 2, (1 + level) / 2), rel=1e-14)


@given(st.integers(1, 3000), st.integers(1, 3000), st.data(), st.floats(-0.9, 0.9))
@settings(max_examples=200, deadline=None)
def test_one_of_two_rates_is_greater(n, m, data, margin):
    first = response.posterior(data.draw(st.integers(0, n)), n)
    other = response.posterior(data.draw(st.integers(0, m)), m)
    p = first.prob_greater(other, margin=margin)
    assert 0 <= p <= 1
    assert p + other.prob_greater(first, margin=-margin) == pytest.approx(1, abs=1e-10)


def test_arrays_broadcast_and_frames_are_read():
    b = response.posterior([8, 3, 0], [8, 4, 10])
    assert b.predictive(5).shape == (3, 6)
    assert b.predictive(5).sum(axis=-1) == pytest.approx(np.ones(3))
    assert b.prob_above(0.5)[1] == response.posterior(3, 4).prob_above(0.5)
    assert b.prob_greater(response.posterior(3, 10)).shape == (3,)
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"responders": [8, 3], "treated": [8, 4]})
    of_frame = response.posterior("responders", "treated", data=frame)
    assert of_frame.mean.tolist() == b.mean[:2].tolist()
    assert polars.DataFrame(of_frame).shape == (2, 8)


BAD = [
    (dict(events=9, n=8), "events is 9; there are more events than patients"),
    (dict(events=[1, -1], n=8), r"events\[1\] is -1; it cannot be negative"),
    (dict(events=1, n=8, prior=(0, 1)), "prior alpha is 0; a parameter of a beta prior"),
    (dict(events=1, n=8, prior=(1, float("nan"))), "prior beta; a parameter of a beta prior"),
    (dict(events=1.5, n=8), "a whole number"),
    (dict(events="x", n="n", data={"n": [1]}), "there is no column 'x'"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        response.posterior(**arguments)


def test_bad_questions_are_named():
    b = response.posterior(3, 8)
    for ask, message in [
        (lambda: b.interval(95), "level is 95"),
        (lambda: b.interval(kind="hpd"), "kind is 'hpd'; choose one of"),
        (lambda: b.prob_above([0.5, 1.5]), r"p0\[1\] is 1.5"),
        (lambda: b.prob_greater(b, margin=1), "margin is 1; a margin between two rates"),
        (lambda: b.predictive(-1), "m is -1; give the number of patients still to come"),
        (lambda: b.prob_success(3, 0.5, threshold=1), "threshold is 1; a probability"),
    ]:
        with pytest.raises(InputError, match=message):
            ask()


def test_results_are_frozen_readable_and_pickle():
    b = response.posterior([8, 3], [8, 4])
    with pytest.raises(AttributeError):
        b.prior = (1, 1)
    assert pickle.loads(pickle.dumps(b)).mean.tolist() == b.mean.tolist()
    assert b.to_dict()["prior"] == [0.5, 0.5]
    assert "<td>8</td>" in b._repr_html_()
    assert str(b) == "2 posterior rates"
