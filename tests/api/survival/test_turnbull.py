"""Interval-censored times: golden values, R, a slow twin, and what a mass must satisfy."""

import json
import pickle
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import turnbull as twin

INF = float("inf")


def columns(case):
    inputs = case["inputs"]
    return np.array(inputs["left"], float), np.array(inputs["right"], float)


# --- agreement --------------------------------------------------------------------------------


@pytest.mark.parametrize(("group", "code"), [("rad", 0), ("radchem", 1), ("pooled", None)])
def test_breast_data_agree_with_two_packages_of_r(golden, group, code):
    case = golden("survival/turnbull_bcos")
    left, right = columns(case)
    rows = slice(None) if code is None else np.array(case["inputs"]["treat"]) == code
    tb = survival.turnbull(left[rows], right[rows])
    expected = case["expected"][group]
    assert tb.left.tolist() == expected["intervals_left"] == expected["npsurv_left"]
    assert tb.right.tolist() == expected["intervals_right"] == expected["npsurv_right"]
    np.testing.assert_allclose(tb.mass, expected["mass"], rtol=case["rtol"])
    np.testing.assert_allclose(tb.mass, expected["npsurv_mass"], rtol=case["rtol"])
    after = expected["surv_after_each_interval"]
    np.testing.assert_allclose(tb.estimate, after, rtol=case["rtol"], atol=1e-15)
    # no log-likelihood is larger
    assert tb.loglik >= expected["loglik"] - 1e-12
    assert tb.loglik == pytest.approx(expected["loglik"], rel=1e-8)
    assert tb.kkt_gap <= 1e-12


def test_the_printed_masses_of_fay_and_shaw(golden):
    case = golden("survival/turnbull_bcos")
    left, right = columns(case)
    tb = survival.turnbull(left, right, group=case["inputs"]["treat"])[0]
    printed = [0.0463, 0.0334, 0.0887, 0.0708, 0.0926, 0.0818, 0.1209, 0.4656]
    assert tb.mass.round(4).tolist() == printed


def test_half_open_is_not_lifelines_closed_interval(golden):
    # 0.951, 0.848, 0.761, 0.654 when (0, 5] and (5, 11] are taken to share day 5 (lifelines 0.30)
    case = golden("survival/turnbull_bcos")
    left, right = columns(case)
    tb = survival.turnbull(left[:46], right[:46])
    assert tb.estimate[:5].round(3).tolist() == [0.954, 0.920, 0.832, 0.761, 0.668]


@pytest.mark.parametrize("name", "ABCD")
def test_sets_worked_by_hand(golden, name):
    case = golden("survival/turnbull_handmade")
    rows, expected = case["inputs"]["sets"][name], case["expected"][name]
    tb = survival.turnbull(rows["left"], rows["right"])
    assert np.column_stack((tb.left, tb.right)).tolist() == expected["intervals"]
    np.testing.assert_allclose(tb.mass, expected["mass"], rtol=1e-12)
    assert tb.loglik == pytest.approx(expected["loglik"], rel=1e-14)


def test_exact_and_right_censored_times_give_kaplan_meier(golden):
    case = golden("survival/turnbull_reduces_to_km")
    tb = survival.turnbull(*columns(case))
    expected = case["expected"]
    np.testing.assert_allclose(tb.mass, expected["mass"], rtol=case["rtol"])
    at = tb.at(expected["km_time"])
    np.testing.assert_allclose(at.estimate, expected["km_surv"], rtol=1e-14)


def test_the_log_likelihood_of_censored_rows(golden):
    # A row censored at t has the probability S(t). npsurv 0.5.0 prints -62.1239 for these data: as
    # the last line shows, it gives each of the 5 censored rows the mass after 161 instead.
    case = golden("survival/turnbull_reduces_to_km")
    left, right = columns(case)
    tb = survival.turnbull(left, right)
    exact = np.log(tb.mass[np.searchsorted(tb.left, left[left == right])]).sum()
    censored = np.log(tb.at(left[left < right]).estimate).sum()
    assert tb.loglik == pytest.approx(exact + censored, rel=1e-14)
    assert exact + 5 * np.log(tb.mass[-1]) == pytest.approx(case["expected"]["loglik"], rel=1e-14)


def run_r(script, *columns):
    data = "".join(
        f"{name} <- c({', '.join('Inf' if np.isinf(x) else repr(float(x)) for x in column)})\n"
        for name, column in zip("LR", columns, strict=True)
    )
    return subprocess.run(
        ["Rscript", "--vanilla", "-"], input=data + script, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
@pytest.mark.parametrize(
    ("package", "fit"),
    [
        ("npsurv", "f <- npsurv(cbind(L, R)); cat(sprintf('%.17g', f$ll))"),
        (
            "interval",
            "f <- icfit(L, R, Lin = L == R, Rin = R < Inf, control ="
            " icfitControl(epsilon = 1e-12, maxit = 1e6)); P <- f$A %*% f$pf;"
            " cat(sprintf('%.17g', sum(log(P))))",
        ),
    ],
)
def test_no_package_of_r_finds_a_larger_likelihood(package, fit):
    left, right = simulated_visits(np.random.default_rng(3), 120, exact=0.1)
    done = run_r(f"suppressPackageStartupMessages(library({package})); {fit}", left, right)
    if done.returncode != 0 and "there is no package" in done.stderr:
        pytest.skip(f"R package {package} is not installed")
    theirs = float(done.stdout.split()[-1])
    ours = survival.turnbull(left, right).loglik
    assert theirs <= ours + 1e-9
    assert theirs == pytest.approx(ours, abs=1e-5)


# --- the slow twin and properties -------------------------------------------------------------


def simulated_visits(rng, n, exact=0.0):
    """Times of which only the visits round them are known, or, for some, the time."""
    time = rng.exponential(150, n)
    visits = np.cumsum(rng.integers(14, 60, (n, 10)), axis=1).astype(float)
    left = np.where(visits < time[:, None], visits, 0).max(axis=1)
    right = np.where(visits >= time[:, None], visits, INF).min(axis=1)
    known = rng.random(n) < exact
    return np.where(known, time, left), np.where(known, time, right)


@st.composite
def rows(draw, most=12):
    """Rows on a coarse grid of times: many ties, exact, left- and right-censored rows."""
    n = draw(st.integers(1, most))
    left = np.array(draw(st.lists(st.integers(0, 8), min_size=n, max_size=n)), float)
    width = np.array(draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)), float)
    beyond = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    return left, np.where(beyond, INF, left + width)


@given(rows())
@settings(deadline=None, max_examples=150)
@example((np.array([0.0, 0, 0, 3, 2]), np.array([3, 3, 3, INF, 2])))
def test_innermost_intervals_and_likelihood_are_those_of_the_twin(sample):
    left, right = sample
    tb = survival.turnbull(left, right)
    intervals, mass, loglik = twin.npmle(left, right, most=4000)
    found = list(zip(tb.innermost_left.tolist(), tb.innermost_right.tolist(), strict=True))
    assert found == intervals
    assert tb.loglik >= loglik - 1e-12
    assert tb.loglik == pytest.approx(loglik, abs=0.02)
    _, holds = twin.innermost(left, right)
    ours = holds @ tb.innermost_mass
    slope = twin.gradient(mass, holds).max() / len(left) - 1
    # by how much the twin has not yet converged, the probabilities of the rows may differ
    np.testing.assert_allclose(ours, holds @ mass, atol=2 * np.sqrt(max(slope, 0)) + 1e-9)


@given(rows(most=40))
@settings(deadline=None, max_examples=150)
def test_the_certificate_recomputed_and_the_rank(sample):
    left, right = sample
    tb = survival.turnbull(left, right)
    _, holds = twin.innermost(left, right)
    slope = twin.gradient(tb.innermost_mass, holds) / len(left)
    assert slope.max() - 1 <= 1e-12
    np.testing.assert_allclose(slope[tb.support], 1, atol=1e-9)
    assert tb.kkt_gap == pytest.approx(max(0, slope.max() - 1), abs=1e-13)
    assert tb.loglik == pytest.approx(np.log(holds @ tb.innermost_mass).sum(), rel=1e-13)
    # the masses are unique: no others give the rows the same probabilities
    assert np.linalg.matrix_rank(holds.astype(float)) == holds.shape[1]
    assert tb.rank == np.linalg.matrix_rank(holds[:, tb.support].astype(float)) == len(tb.mass)


@given(rows(most=25), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=100)
def test_the_order_of_rows_does_not_matter(sample, random):
    left, right = sample
    order = list(range(len(left)))
    random.shuffle(order)
    here, there = survival.turnbull(left, right), survival.turnbull(left[order], right[order])
    np.testing.assert_array_equal(here.mass, there.mass)
    np.testing.assert_array_equal(here.left, there.left)


@given(rows(most=25), st.integers(2, 4))
@settings(deadline=None, max_examples=100)
def test_every_row_twice_changes_nothing(sample, times):
    left, right = sample
    once = survival.turnbull(left, right)
    often = survival.turnbull(np.tile(left, times), np.tile(right, times))
    np.testing.assert_allclose(once.innermost_mass, often.innermost_mass, atol=1e-6)
    assert often.loglik == pytest.approx(times * once.loglik, rel=1e-11)
    assert often.n == times * once.n


@given(rows(most=25), st.sampled_from([0.25, 1 / 7, 30.4375, 1e6]))
@settings(deadline=None, max_examples=100)
def test_the_unit_of_time_does_not_matter(sample, unit):
    left, right = sample
    days, other = survival.turnbull(left, right), survival.turnbull(left * unit, right * unit)
    np.testing.assert_array_equal(days.mass, other.mass)
    np.testing.assert_array_equal(days.right * unit, other.right)


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=60))
@settings(deadline=None, max_examples=150)
def test_exact_and_censored_rows_are_kaplan_meier(patients):
    time = np.array([t for t, _ in patients], float)
    event = np.array([e for _, e in patients])
    tb = survival.turnbull(time, np.where(event, time, INF))
    times, jumps, left_over = twin.product_limit(time, event)
    exact = tb.left == tb.right
    # the rest lies beyond the last time, unless that is an event
    assert tb.mass[~exact].sum() == pytest.approx(left_over, abs=1e-14)
    np.testing.assert_array_equal(tb.left[exact], times)
    np.testing.assert_allclose(tb.mass[exact], jumps, rtol=1e-13)
    assert tb.kkt_gap < 1e-14


@pytest.mark.parametrize("exact", [0, 0.05, 0.5, 0.95])
@pytest.mark.parametrize("n", [5, 40, 2000])
def test_simulated_visits_are_certified(n, exact):
    left, right = simulated_visits(np.random.default_rng(n), n, exact)
    tb = survival.turnbull(left, right)
    assert tb.kkt_gap <= 1e-12
    assert tb.mass.sum() == pytest.approx(1, abs=1e-12)
    assert np.all(tb.right[:-1] <= tb.left[1:])


# --- the curve --------------------------------------------------------------------------------


def test_at_bounds_what_is_not_determined():
    # masses 1/3 in (0, 2], at 5, and in (7, inf]
    tb = survival.turnbull([0, 5, 7], [2, 5, INF])
    at = tb.at([0, 1, 2, 3, 5, 7, 8, INF])
    third = 1 / 3
    np.testing.assert_allclose(
        at.estimate_high, [1, 1, 2 * third, 2 * third, third, third, third, 0], atol=1e-15
    )
    np.testing.assert_allclose(
        at.estimate_low, [1, 2 * third, 2 * third, 2 * third, third, third, 0, 0], atol=1e-15
    )
    undetermined = [False, True, False, False, False, False, True, False]
    assert np.isnan(at.estimate).tolist() == undetermined
    assert tb.at(4.999).estimate == pytest.approx(2 / 3)
    words = (
        "without the event by 1: between 66.7% and 100.0% (95% likelihood limits 16.1% to 100.0%)"
    )
    assert str(tb.at(1)) == words


def test_quantiles_are_intervals():
    tb = survival.turnbull([0, 5, 7], [2, 5, INF])
    quantiles = tb.quantile([0.2, 1 / 3, 0.5, 0.9])
    assert quantiles.left.tolist() == [0, 0, 5, 7]
    assert quantiles.right.tolist() == [2, 5, 5, INF]
    assert str(tb) == "3 patients, median at 5"
    assert str(tb.quantile(0.9)) == "90% after 7 (95% likelihood limits 5 to NR)"


@pytest.mark.parametrize("n", [10, 12, 20, 24])
def test_the_median_of_exact_times_is_the_flat_stretch(n):
    # traps: rounding must not move it to the next time; R's survfit prints the midpoint
    times = np.arange(1, n + 1)
    median = survival.turnbull(times, times).median
    assert (median.left, median.right) == (n // 2, n // 2 + 1)


def test_nobody_with_an_event():
    tb = survival.turnbull([3, 12, 7], [INF, INF, INF])
    assert (tb.left.tolist(), tb.right.tolist(), tb.mass.tolist()) == ([12], [INF], [1])
    assert tb.loglik == 0
    assert tb.at(12).estimate == 1
    assert str(tb) == "3 patients, median after 12"


def test_one_patient():
    tb = survival.turnbull([28], [56])
    assert (tb.left.tolist(), tb.right.tolist(), tb.n, tb.rank) == ([28], [56], 1, 1)
    assert str(tb) == "1 patient, median between 28 and 56"


def test_an_exact_time_lies_in_the_interval_that_ends_there():
    assert survival.turnbull([1, 2], [2, 2]).left.tolist() == [2]
    assert survival.turnbull([2, 2], [2, 4]).mass.tolist() == [0.5, 0.5]


def test_times_that_differ_by_rounding_are_one():
    left, right = [0, 0.3], [0.1 + 0.2, 1]
    merged, apart = survival.turnbull(left, right), survival.turnbull(left, right, timefix=False)
    assert merged.merged == 1
    assert merged.mass.tolist() == [0.5, 0.5]
    assert apart.merged == 0
    assert apart.mass.tolist() == [1]
    assert merged.at(0.1 + 0.2).estimate == 0.5
    assert merged.at([0, 1e-12, INF]).estimate_high.tolist() == [1, 1, 0]
    with pytest.raises(InputError, match=r"left\[0\] is 0.3; it differs from the end of its row"):
        survival.turnbull([0.3], [0.1 + 0.2])


# --- groups, frames, results ------------------------------------------------------------------


def test_groups_are_fits_of_their_own():
    left, right = simulated_visits(np.random.default_rng(1), 60)
    label = np.array(["BCMA", "CD19", "both"])[np.arange(60) % 3]
    curves = survival.turnbull(left, right, group=label)
    assert list(curves) == ["BCMA", "CD19", "both"]
    for name, curve in curves.items():
        alone = survival.turnbull(left[label == name], right[label == name])
        np.testing.assert_array_equal(curve.mass, alone.mass)
        assert curve.n == 20
    assert str(curves).splitlines()[0].startswith("BCMA: 20 patients, median")
    assert set(curves.to_frame()["group"]) == {"BCMA", "CD19", "both"}


@pytest.mark.parametrize("backend", ["polars", "pandas", "pyarrow"])
def test_columns_of_a_frame(backend):
    module = pytest.importorskip(backend)
    data = {"last": [0.0, 0, 2], "first": [1.0, 1, INF], "arm": ["a", "b", "a"]}
    frame = module.table(data) if backend == "pyarrow" else module.DataFrame(data)
    curves = survival.turnbull("last", "first", group="arm", data=frame)
    assert curves["a"].right.tolist() == [1, INF]
    assert survival.turnbull("last", "first", data=data).n == 3


def test_a_result_goes_everywhere():
    tb = survival.turnbull([0, 0, 2], [1, 1, 3])
    again = pickle.loads(pickle.dumps(tb))
    assert str(again) == str(tb)
    np.testing.assert_array_equal(again.mass, tb.mass)
    assert not tb.mass.flags.writeable
    assert json.loads(json.dumps(tb.to_dict()))["mass"] == tb.mass.tolist()
    assert tb.to_frame().columns == ["left", "right", "mass", "estimate"]
    assert "<table>" in tb._repr_html_()
    assert tb.at([1, 2]).to_frame().shape == (2, 6)
    assert tb.quantile(0.5).to_frame().shape == (1, 5)
    assert (str(tb.at([1, 2])), str(tb.quantile([0.1, 0.2]))) == ("2 times", "2 quantiles")
    assert "half" not in tb.convention
    assert "(left, right]" in tb.convention


# --- pictures ---------------------------------------------------------------------------------


def test_a_picture_has_no_line_where_the_curve_is_not_determined():
    pytest.importorskip("matplotlib")
    axes = survival.turnbull([0, 5, 7, 1], [2, 5, INF, 2]).plot()
    lines = (c for c in axes.collections if hasattr(c, "get_segments"))
    (flat,) = (c for c in lines if len(c.get_segments()) == 3)
    assert all(start[1] == end[1] for start, end in flat.get_segments())
    boxes = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    assert boxes[0] == (1, 2)
    assert boxes[1][0] == 7
    assert axes.get_xlim()[1] == pytest.approx(boxes[1][1])
    assert axes.get_legend() is None


def test_a_picture_of_groups_has_a_legend():
    pytest.importorskip("matplotlib")
    curves = survival.turnbull([0, 5, 7, 1], [2, 5, INF, 2], group=["a", "a", "b", "b"])
    axes = curves.plot()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


def test_a_picture_of_nothing_seen():
    pytest.importorskip("matplotlib")
    assert survival.turnbull([0], [INF]).plot().get_xlim()[1] > 0


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ([], [], "there is no row: an estimate takes at least one patient"),
        ([1, 9], [2, 5], r"left\[1\] is 9; it is after the right end of its row"),
        ([1, -3], [2, 5], r"left\[1\] is -3; it cannot be negative"),
        ([1, -INF], [2, 5], r"left\[1\] is -inf; it cannot be negative"),
        ([1, float("nan")], [2, 5], r"left\[1\] is nan; a number is needed here"),
        ([1, 2], [2, float("nan")], r"right\[1\]; it is missing: give inf where no event was seen"),
        ([1, 2], [2, None], r"right\[1\] is None; a number is needed here"),
        ([1, INF], [2, INF], r"left\[1\] is inf; the left end is the last time known"),
        ([1, 2], [2], "right has 1 rows and left has 2"),
        ([[1, 2]], [[2, 3]], "left has 2 dimensions"),
        (["a"], [2], r"left"),
    ],
)
def test_bad_rows_are_named(left, right, message):
    with pytest.raises(InputError, match=message):
        survival.turnbull(left, right)


def test_bad_groups_and_questions_are_named():
    with pytest.raises(InputError, match="group has 1 rows and left has 2"):
        survival.turnbull([1, 2], [3, 4], group=["a"])
    with pytest.raises(InputError, match="group"):
        survival.turnbull([1, 2], [3, 4], group=["a", None])
    tb = survival.turnbull([1], [2])
    with pytest.raises(InputError, match="p is 1; a share strictly between 0 and 1"):
        tb.quantile([0.5, 1])
    with pytest.raises(InputError, match="times holds nan"):
        tb.at([1, float("nan")])
    with pytest.raises(InputError, match="times is 'soon'; give numbers"):
        tb.at("soon")
