"""Expansion curves of a cohort: an exact integral in R, the twin by a grid, and small cohorts."""

import pickle

import numpy as np
import pytest
from immunoreset import recovery
from immunoreset.errors import ConvergenceError, InputError

from tests.reference import expansion_cohort as twin

DAYS = np.array([1.0, 3, 5, 7, 9, 11, 14, 21, 28])
MIDDLE = {"cmax": np.log(24000), "tmax": np.log(9.3), "fold": np.log(3900), "alpha": np.log(0.16)}


def simulated(n=8, days=DAYS, seed=1, noise=0.3):
    """Draw patients who differ in the height and the day of their peak, with one phase."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        own = {
            **MIDDLE,
            "cmax": MIDDLE["cmax"] + 0.8 * rng.standard_normal(),
            "tmax": MIDDLE["tmax"] + 0.3 * rng.standard_normal(),
        }
        rows += [
            (f"P{i}", day, np.exp(twin.log_curve(day, own) + noise * rng.standard_normal()))
            for day in days
        ]
    who, day, copies = map(np.array, zip(*rows, strict=True))
    return who, day, copies


TWO = {"decline": "exponential", "random": ["cmax", "tmax"]}


@pytest.fixture(scope="module")
def cohort():
    who, day, copies = simulated()
    return recovery.expansion_cohort(who, day, copies, lloq=50, **TWO)


def theta_of(fit):
    """Return the common parameters on their scale."""
    return {
        "cmax": np.log(fit.quantity("cmax").estimate),
        "tmax": np.log(fit.quantity("tmax").estimate),
        "fold": np.log(fit.quantity("fold").estimate),
        "alpha": np.log(np.log(2) / fit.quantity("half_life").estimate),
    }


@pytest.mark.parametrize(("points", "near"), [(1000, 0.02), (10000, 0.002)])
def test_agrees_with_the_exact_integral_in_r(golden, points, near):
    case = golden("recovery/expansion_cohort")
    fit = recovery.expansion_cohort(
        case["who"], case["day"], np.exp(case["log_copies"]), points=points, **TWO
    )
    exact = case["exact"]
    error = np.array(exact["se"])
    theta = np.array(list(theta_of(fit).values()))
    assert np.abs((theta - exact["fixed"]) / error[:4]).max() < near  # of a standard error
    assert np.abs(np.log(fit.between[:2] / exact["between"]) / error[4:6]).max() < near
    assert abs(np.log(fit.sd / exact["sd"][0]) / error[6]) < near
    assert abs(fit.loglik - exact["loglik"][0]) < fit.loglik_error < 0.1
    assert fit.score_norm < 1e-3
    peak = fit.quantity("cmax")
    # times sqrt(n / (n - 1)), as for a mean
    assert peak.std_error / peak.estimate == pytest.approx(error[0] * np.sqrt(8 / 7), rel=near)
    # nlme linearises: another approximation, of which only this much is to be expected
    assert np.abs((theta - case["nlme_fit"]["fixed"]) / error[:4]).max() < 0.15


def test_the_likelihood_is_that_of_a_grid():
    who, day, copies = simulated(3, DAYS[::2], seed=4, noise=0.8)
    fit = recovery.expansion_cohort(who, day, copies, lloq=400, points=10000, **TWO)
    assert fit.below > 2
    assert fit.sd > 0.3  # wide enough for the grid of the twin
    patients = [
        [
            (d, np.log(max(c, 400)), c < 400)
            for d, c in zip(day[who == name], copies[who == name], strict=True)
        ]
        for name in fit.patient
    ]
    between = dict(zip(("cmax", "tmax"), fit.between[:2], strict=True))
    expected = twin.loglik(patients, theta_of(fit), between, fit.sd)
    assert fit.loglik == pytest.approx(expected, abs=fit.loglik_error)
    assert fit.loglik_error < 0.02
    assert fit.aic == pytest.approx(2 * (7 - fit.loglik))


def test_copies_in_another_unit_change_the_height_alone(cohort):
    who, day, copies = simulated()
    other = recovery.expansion_cohort(who, day, 7 * copies, lloq=350, **TWO)
    assert other.quantity("cmax").estimate == pytest.approx(
        7 * cohort.quantity("cmax").estimate, rel=1e-5
    )
    for name in ("tmax", "fold", "half_life", "doubling_time"):
        assert other.quantity(name).high == pytest.approx(cohort.quantity(name).high, rel=1e-4)
    assert other.loglik == pytest.approx(cohort.loglik, abs=1e-6)


def test_rows_in_another_order_are_the_same_cohort(cohort):
    who, day, copies = simulated()
    turned = np.concatenate([np.flatnonzero(day == d)[::1] for d in DAYS[::-1]])
    other = recovery.expansion_cohort(who[turned], day[turned], copies[turned], lloq=50, **TWO)
    assert other.patient == cohort.patient
    assert other.loglik == cohort.loglik
    data = {"id": who, "when": day, "cells": copies}
    named = recovery.expansion_cohort("id", "when", "cells", lloq=50, data=data, **TWO)
    assert named.loglik == cohort.loglik
    later = recovery.expansion_cohort(who, day + 100, copies, lloq=50, infusion_day=100, **TWO)
    assert later.loglik == pytest.approx(cohort.loglik, abs=1e-9)


def test_a_patient_with_three_samples_borrows_from_the_others():
    who, day, copies = simulated()
    keep = (who != "P2") | np.isin(day, [7, 14, 21])
    alone = recovery.expansion_fit(who[keep], day[keep], copies[keep], decline="exponential")
    assert alone.status[2] == "too-few-samples"
    fit = recovery.expansion_cohort(who[keep], day[keep], copies[keep], lloq=50, **TWO)
    peak, full = (q.quantity("tmax") for q in (fit, recovery.expansion_cohort(
        who, day, copies, lloq=50, **TWO)))  # fmt: skip
    assert peak.individual_low[2] < full.individual[2] < peak.individual_high[2]
    assert peak.individual_std_error[2] > peak.individual_std_error[0]
    assert fit.shrinkage[0] > 0


def test_curves_and_bands_belong_together(cohort):
    at = cohort.predict([0, 9, 28])
    assert ((at.low < at.estimate) & (at.estimate < at.high)).all()
    assert ((at.patients_low < at.low) & (at.high < at.patients_high)).all()
    assert at.estimate[0] == pytest.approx(cohort.quantity("initial").estimate)
    peak = cohort.predict(cohort.quantity("tmax").estimate)
    assert peak.estimate[0] == pytest.approx(cohort.quantity("cmax").estimate)
    own = cohort.predict([14], patient="P3")
    assert own.patients_low is None
    assert (own.low < own.estimate).all()
    assert str(own) == "expansion curve of patient P3 on 1 days"
    assert str(at) == "expansion curve of the middle patient on 3 days"
    assert list(at.to_frame("pandas").columns)[-1] == "patients_high"
    with pytest.raises(InputError, match="there is no patient 'Q'"):
        cohort.predict([1], patient="Q")
    with pytest.raises(InputError, match=r"days\[1\] is -1"):
        cohort.predict([1, -1])


def test_patients_who_do_not_differ_have_no_spread():
    _, _, copies = simulated(1)
    rng = np.random.default_rng(3)
    noise = np.exp(0.3 * rng.standard_normal(54))
    fit = recovery.expansion_cohort(
        np.repeat(range(6), 9), np.tile(DAYS, 6), np.tile(copies, 6) * noise,
        decline="exponential", points=300,
    )  # fmt: skip
    assert set(fit.boundary) >= {"cmax", "alpha"}
    assert fit.between[0] == 0
    assert np.isnan(fit.between_std_error[0])
    assert np.isnan(fit.shrinkage[0])
    assert "patients do not differ in cmax" in str(fit)


def test_two_phases_of_a_whole_cohort():
    """Published facts of Stein 2019 about the middle, one seed of tools/coverage_expansion.py."""
    rng = np.random.default_rng(7)
    days = np.array([1, 3, 5, 7, 9, 11, 14, 21, 28, 60, 90, 180, 365.0])
    theta = {**MIDDLE, "slow_share": np.log(0.0079 / 0.9921), "beta": np.log(0.0032)}
    rows = []
    for i in range(10):
        spread = (0.81, 0.62, 1.55, 0.95, 0.89, 0.93)
        own = {
            name: theta[name] + s * rng.standard_normal()
            for name, s in zip(twin.PARAMETERS, spread, strict=True)
        }
        rows += [(i, d, np.exp(twin.log_curve(d, own) + 0.3 * rng.standard_normal())) for d in days]
    who, day, copies = map(np.array, zip(*rows, strict=True))
    fit = recovery.expansion_cohort(who, day, copies, lloq=20, points=300)
    assert fit.quantities[-1] == "slow_half_life"
    truth = {"cmax": 24000, "tmax": 9.3, "half_life": 4.332, "slow_half_life": 216.6}
    for name, value in truth.items():
        q = fit.quantity(name)
        assert q.low < value < q.high
    assert len(fit.between) == 6
    assert fit.to_frame("pandas").shape == (10, 1 + 3 * 9)


def test_a_result_travels_and_speaks(cohort):
    assert pickle.loads(pickle.dumps(cohort)).loglik == cohort.loglik
    assert str(cohort).startswith("8 patients, 72 samples (")
    assert "middle patient: Cmax" in str(cohort)
    frame = cohort.to_frame("pandas")
    assert list(frame["patient"]) == [f"P{i}" for i in range(8)]
    assert list(frame["tmax"]) == list(cohort.quantity("tmax").individual)
    with pytest.raises(InputError, match=r"no quantity 'slow_share'"):
        cohort.quantity("slow_share")


BAD = [
    ({"decline": "linear"}, "decline is 'linear'; give one of"),
    ({"decline": "exponential", "random": ["beta"]}, "random names 'beta'; the parameters are"),
    ({"random": ["cmax"]}, "random; the day of the peak always differs between patients"),
    ({"points": 4}, "points is 4; the likelihood of a patient takes"),
    ({"points": -4}, "points is -4; the likelihood of a patient takes"),
    ({"level": 0}, "level is 0"),
    ({"infusion_day": {f"P{i}": [0, 15] for i in range(8)}}, "infusion_day of patient 'P0' is 0"),
    ({"infusion_day": 1000}, "a cohort takes at least two patients with samples after infusion"),
    ({"below": np.ones(72, bool), "lloq": None}, "below; this compares each count with a limit"),
]


@pytest.mark.parametrize(("options", "words"), BAD)
def test_bad_input_is_refused_with_a_remedy(options, words):
    who, day, copies = simulated()
    with pytest.raises(InputError, match=words):
        recovery.expansion_cohort(who, day, copies, **{"lloq": 50, **options})


def test_few_samples_and_values_without_logarithm_are_refused():
    who, day, copies = simulated(3, DAYS[::4])
    with pytest.raises(InputError, match="copies is 9; so many samples were quantified"):
        recovery.expansion_cohort(who, day, copies)
    copies[0] = 0
    with pytest.raises(InputError, match=r"copies\[0\] is 0; 0 has no logarithm"):
        recovery.expansion_cohort(who, day, copies)


def test_a_cohort_without_a_peak_is_an_error_that_says_so():
    who, day, _ = simulated(4)
    with pytest.raises(
        ConvergenceError, match="no maximum of the likelihood was found for the cohort"
    ):
        recovery.expansion_cohort(who, day, np.exp(0.1 * day + 0.3 * np.cos(3.0 * np.arange(36))))


def test_the_picture_shows_all_patients(cohort):
    pytest.importorskip("matplotlib").use("Agg")
    ax = cohort.plot(ylabel="copies/uL")
    assert len(ax.lines) == 8 + 1  # patients, the middle one
    assert ax.get_yscale() == "log"
    assert ax.get_ylabel() == "copies/uL"
    who, day, copies = simulated()
    bare = recovery.expansion_cohort(who, day, copies, lloq=50, below=copies < 60, **TWO)
    assert bare.below >= cohort.below
    assert len(bare.plot().collections) >= 4
