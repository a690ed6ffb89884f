"""Recovery curves of a cohort: mixed models of lme4, the twin by brute force, and small cohorts."""

import pickle

import numpy as np
import pytest
from immunoreset import datasets, recovery
from immunoreset.errors import ConvergenceError, InputError

from tests.reference import kinetics as twin

DAY = np.tile([28.0, 56, 84, 112, 140, 180], 6)
WHO = np.repeat(list("ABCDEF"), 6)
MIDDLE = np.repeat([95.0, 105, 118, 122, 133, 140], 6)
NOISE = np.resize([1.2, 0.8, 1.1, 0.9, 0.85, 1.25, 1.0], 36)
COUNT = 100 / (1 + np.exp((MIDDLE - DAY) / 16)) * NOISE


@pytest.fixture(scope="module")
def cohort():
    return recovery.kinetics_cohort(WHO, DAY, COUNT, lloq=1, threshold=10)


def orange(golden, **options):
    case = golden("recovery/kinetics_cohort")
    fit = recovery.kinetics_cohort(
        case["tree"], case["age"], case["circumference"], start="all", **options
    )
    return fit, case


@pytest.mark.parametrize("nodes", [1, 5])
def test_an_exponential_curve_with_log_error_is_a_linear_mixed_model(golden, nodes):
    fit, case = orange(golden, model="exponential", random=["initial"], nodes=nodes)
    expected = case["linear"]
    initial, rate = fit.quantity("initial"), fit.quantity("rate")
    assert np.log(initial.estimate) == pytest.approx(expected["fixed"][0], rel=1e-8)
    assert rate.estimate == pytest.approx(expected["fixed"][1], rel=1e-8)
    # likelihood of the counts, where lmer has that of their logarithms
    jacobian = np.log(case["circumference"]).sum()
    assert fit.loglik + jacobian == pytest.approx(expected["loglik"][0], abs=1e-7)
    assert fit.loglik + jacobian >= expected["loglik"][0]  # lmer stops 6e-6 short in its variance
    assert fit.between[0] == pytest.approx(expected["between"][0], rel=1e-5)
    assert fit.sd == pytest.approx(expected["sd"][0], rel=1e-6)
    # times sqrt(n / (n - 1)), as for a mean
    assert rate.std_error == pytest.approx(expected["se"][1] * np.sqrt(5 / 4), rel=1e-5)
    assert initial.std_error / initial.estimate == pytest.approx(
        expected["se"][0] * np.sqrt(5 / 4), rel=1e-4
    )
    mode = dict(zip(expected["tree"], expected["mode"], strict=True))
    assert np.log(initial.individual / initial.estimate) == pytest.approx(
        [mode[tree] for tree in fit.patient], rel=1e-5
    )


def test_agrees_with_nlmer_by_laplace(golden):
    fit, case = orange(golden, error="additive", random=["plateau"], nodes=1)
    expected = case["curve"]
    got = [
        np.log(fit.quantity("plateau").estimate),
        fit.quantity("midpoint").estimate,
        np.log(fit.quantity("scale").estimate),
    ]
    # nlmer stops early: its own digits move by 1e-5 with its tolerance
    assert got == pytest.approx(expected["fixed"], rel=3e-5)
    assert fit.between[0] == pytest.approx(expected["between"][0], rel=1e-3)
    assert fit.sd == pytest.approx(expected["sd"][0], rel=2e-4)
    assert fit.loglik == pytest.approx(expected["loglik"][0], abs=1e-4)
    assert fit.score_norm < 1e-5


def test_the_likelihood_is_that_of_brute_force():
    """One parameter differs; its integral by the trapezoidal rule over the twin's likelihoods."""
    fit = recovery.kinetics_cohort(WHO, DAY, COUNT, lloq=1, random=["plateau"], nodes=7)
    q = {name: fit.quantity(name).estimate for name in ("plateau", "midpoint", "scale")}
    grid = np.linspace(-8, 8, 801)
    weights = np.exp(-(grid**2) / 2) * (grid[1] - grid[0]) / np.sqrt(2 * np.pi)
    total = 0.0
    for who in "ABCDEF":
        rows = who == WHO
        below = COUNT[rows] < 1
        shown = np.where(below, 1, COUNT[rows])
        likelihood = [
            np.exp(
                twin.loglik(
                    "logistic", {**q, "plateau": q["plateau"] * np.exp(fit.between[0] * z)},
                    fit.sd, "log", DAY[rows], shown, below,
                )
            )
            for z in grid
        ]  # fmt: skip
        total += np.log(np.sum(weights * likelihood))
    assert fit.loglik == pytest.approx(total, abs=2e-4)
    assert fit.aic == pytest.approx(2 * (5 - fit.loglik))


def test_a_patient_with_three_samples_borrows_from_the_others():
    keep = (WHO != "C") | np.isin(DAY, [56, 84, 112])
    alone = recovery.kinetics(WHO[keep], DAY[keep], COUNT[keep], lloq=1)
    assert alone.status[2] == "too-few"
    fit = recovery.kinetics_cohort(WHO[keep], DAY[keep], COUNT[keep], lloq=1, start="all")
    midpoint = fit.quantity("midpoint")
    assert midpoint.individual[2] == pytest.approx(118, abs=8)
    assert midpoint.individual_std_error[2] > midpoint.individual_std_error[0]


def test_what_is_borrowed_brings_patients_nearer_to_the_truth(cohort):
    own = recovery.kinetics(WHO, DAY, COUNT, lloq=1).quantity("midpoint").estimate
    both = (own, cohort.quantity("midpoint").individual)
    alone, borrowed = (np.sum((midpoint - MIDDLE[::6]) ** 2) for midpoint in both)
    assert borrowed < alone / 2


def test_curves_and_bands_belong_together(cohort):
    at = cohort.at([60, 120, 180])
    assert ((at.low < at.estimate) & (at.estimate < at.high)).all()
    assert ((at.patients_low < at.estimate) & (at.estimate < at.patients_high)).all()
    assert at.individual.shape == (6, 3)
    crossing = cohort.quantity("crossing_day")
    assert cohort.at(crossing.estimate).estimate[0] == pytest.approx(10)
    assert list(at.to_frame("pandas")["day"]) == [60, 120, 180]
    assert str(at) == "curve of a cohort on 3 days"


def test_patients_who_do_not_differ_have_no_spread():
    count = np.tile(COUNT[:6], 6)
    fit = recovery.kinetics_cohort(WHO, DAY, count, lloq=1, nodes=1)
    assert (fit.between == 0).all()
    assert np.isnan(fit.between_std_error).all()
    assert np.ptp(fit.quantity("plateau").individual) == 0


def counted(seed):
    """Return the B cell counts of the simulated cohort; those below their limit as 0."""
    cohort = datasets.simulated_cart_cohort(seed=seed, n=24, backend="pandas")
    flow = cohort.flow.to_native()
    return {
        "id": flow["id"].to_numpy(), "day": flow["day"].to_numpy(float),
        "count": flow["cd19_abs"].fillna(0.0).to_numpy(), "lloq": flow["lloq"].to_numpy(),
        "below": flow["below_lloq"].to_numpy(bool),
    }  # fmt: skip


@pytest.mark.parametrize(("seed", "nodes", "vanished"), [(6, 5, ()), (7, 1, (2,))])
def test_all_parameters_may_differ_in_the_simulated_cohort(seed, nodes, vanished):
    """Modes of patients that jump, and a scale that does not differ."""
    fit = recovery.kinetics_cohort(
        "id", "day", "count", lloq="lloq", below="below", nodes=nodes, data=counted(seed)
    )
    assert fit.score_norm < 1e-3
    assert tuple(np.flatnonzero(fit.between == 0)) == vanished
    for name in ("plateau", "midpoint", "scale"):
        q = fit.quantity(name)
        assert q.low < q.estimate < q.high


def test_a_result_travels_and_speaks(cohort):
    assert pickle.loads(pickle.dumps(cohort)).loglik == cohort.loglik
    assert str(cohort).startswith("6 patients, 36 samples (")
    assert "middle patient: plateau" in str(cohort)
    frame = cohort.to_frame("pandas")
    assert list(frame["patient"]) == list("ABCDEF")
    assert list(frame["midpoint"]) == list(cohort.quantity("midpoint").individual)
    data = {"who": WHO, "when": DAY, "cells": COUNT}
    other = recovery.kinetics_cohort("who", "when", "cells", lloq=1, threshold=10, data=data)
    assert other.loglik == cohort.loglik


BAD = [
    ({"model": "turnover"}, "model is 'turnover'; give one of"),
    ({"model": "best"}, "model is 'best'"),
    ({"random": ["rate"]}, "random names 'rate'; the parameters are"),
    ({"nodes": 4}, "nodes is 4; a quadrature has 1"),
    ({"level": 0}, "level is 0"),
    ({"start": 1000}, "a cohort takes at least two patients with samples"),
]


@pytest.mark.parametrize(("options", "words"), BAD)
def test_bad_input_is_refused_with_a_remedy(options, words):
    with pytest.raises(InputError, match=words):
        recovery.kinetics_cohort(WHO, DAY, COUNT, lloq=1, **options)


def test_there_is_no_quantity_of_that_name(cohort):
    with pytest.raises(InputError, match=r"no quantity 'hill'"):
        cohort.quantity("hill")


def test_counts_without_a_curve_are_refused():
    with pytest.raises(ConvergenceError, match="neither three patients nor all samples together"):
        recovery.kinetics_cohort(WHO, DAY, np.full(36, 5.0))
    with pytest.raises(InputError, match="the emax curve begins on day 0"):
        recovery.kinetics_cohort(WHO, DAY - 28, COUNT, lloq=1, model="emax", start="all")


def test_the_picture_shows_all_patients(cohort):
    pytest.importorskip("matplotlib").use("Agg")
    ax = cohort.plot()
    assert len(ax.lines) == 6 + 1 + 1  # patients, the middle one, the threshold
    emax = recovery.kinetics_cohort(WHO, DAY, COUNT, lloq=1, model="emax", nodes=1)
    assert emax.plot().get_yscale() == "log"
