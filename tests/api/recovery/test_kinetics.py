"""Recovery curves: values of R, the twin, and every reason for which there is no fit."""

import pickle

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from immunoreset import recovery
from immunoreset.errors import InputError

from tests.reference import kinetics as twin

T_975 = {9: 2.262157162798205, 3: 3.1824463052837078}  # R 4.2.2: qt(0.975, df)
DAY = [-7, 14, 28, 56, 84, 112, 140, 180, 210]
COUNT = [210, 0, 0, 2, 9, 41, 70, 95, 88]
ALL = ("exponential", "logistic", "gompertz", "emax", "approach", "logistic4")


def one(model="logistic", day=DAY, count=COUNT, **options):
    return recovery.kinetics(["P"] * len(day), day, count, model=model, **options)


def values(fit, *names):
    return np.array([fit.quantity(name).estimate[0] for name in names])


def errors(fit, *names):
    return np.array([fit.quantity(name).std_error[0] for name in names])


def test_agrees_with_the_logistic_fits_of_nls(golden):
    case = golden("recovery/nls_logistic_chick1")
    day, count = case["inputs"]["t"], case["inputs"]["y"]
    for model, key, names in (
        ("logistic", "logistic", ("plateau", "midpoint", "scale")),
        ("logistic4", "fpl", ("floor", "plateau", "midpoint", "scale")),
    ):
        fit, expected = one(model, day, count, error="additive"), case["expected"][key]
        # nls stops at 1e-5; kinetics.json has more digits
        assert values(fit, *names) == pytest.approx(list(expected["coef"].values()), rel=2e-5)
        assert errors(fit, *names) == pytest.approx(list(expected["se"].values()), rel=5e-5)
        assert fit.sd[0] == pytest.approx(expected["sigma"], rel=1e-8)
        assert fit.rss[0] == pytest.approx(expected["rss"], rel=1e-8)
        assert fit.loglik[0] == pytest.approx(expected["loglik"], rel=1e-8)
        assert fit.df[0] == expected["df"]


def test_agrees_with_the_biexponential_fit_of_nls(golden):
    case = golden("recovery/nls_biexp_indometh")
    fit = one("biexponential", case["inputs"]["t"], case["inputs"]["y"], error="additive")
    coef, se = (case["expected"][name] for name in ("coef", "se"))
    assert values(fit, "amplitude_1", "amplitude_2") == pytest.approx(
        [coef["A1"], coef["A2"]], rel=1e-5
    )
    rate = values(fit, "rate_1", "rate_2")
    assert np.log(rate) == pytest.approx([coef["lrc1"], coef["lrc2"]], rel=1e-5)
    # standard errors of log rates are those of the rates, relative
    assert errors(fit, "rate_1", "rate_2") / rate == pytest.approx(
        [se["lrc1"], se["lrc2"]], rel=1e-5
    )
    assert fit.rss[0] == pytest.approx(case["expected"]["rss"], rel=1e-8)


def test_agrees_with_nls_to_its_last_digits(golden):
    """R gives the parameters of its own forms, which follow from ours in closed form."""
    cases = golden("recovery/kinetics")
    for name, case in cases.items():
        model = name.removeprefix("log_")
        fit = one(
            model, case["day"], case["count"], error="log" if name != model else "additive",
            start="all", limits=False,
        )  # fmt: skip
        if model == "gompertz":
            plateau, midpoint, scale = values(fit, "plateau", "midpoint", "scale")
            got = [plateau, np.log(2) * np.exp(midpoint / scale), np.exp(-1 / scale)]
        elif model == "approach":
            plateau, rate = values(fit, "plateau", "rate")
            got = [plateau, fit.at([0]).estimate[0, 0], np.log(rate)]
        elif model == "biexponential":
            a, b, c, d = values(fit, *twin.PARAMETERS[model])
            got = [a, np.log(b), c, np.log(d)]
        else:
            got = values(fit, *twin.PARAMETERS[model])
            # the plateau of the log scale is far off: nls is still on its way there after 500 steps
            rel = 1e-7 if name == model else 1e-6
            assert errors(fit, *twin.PARAMETERS[model]) == pytest.approx(case["se"], rel=rel)
        assert got == pytest.approx(case["coef"], rel=2e-8 if name == model else 1e-6), name
        assert fit.rss[0] == pytest.approx(case["rss"], rel=1e-11)
        assert fit.sd[0] == pytest.approx(case["sd"], rel=1e-11)
        assert fit.score_norm[0] < 1e-8


def check_maximum(fit, day, count, limit):
    """The slope of the twin's likelihood, in units that a standard error of 1 would give."""
    model, hidden = str(fit.model[0]), np.asarray(count) < limit
    shown = np.where(hidden, limit, count)
    quantities = dict(zip(fit.quantities, fit.estimate[0], strict=True))
    quantities["first_day"] = fit.first_day[0]
    # sd has divisor df: the likelihood is highest at the divisor of the rows that tell
    sd = fit.sd[0] * np.sqrt(fit.df[0] / (fit.df[0] + len(twin.PARAMETERS[model])))
    rows = (fit.error, day, shown, hidden)
    assert twin.loglik(model, quantities, sd, *rows) == pytest.approx(fit.loglik[0], rel=1e-9)
    assert np.abs(twin.slope(model, quantities, sd, *rows)) == pytest.approx(0, abs=2e-4)


@pytest.mark.parametrize("error", ["log", "additive", "proportional"])
@pytest.mark.parametrize("model", ALL)
def test_the_fit_is_a_maximum_of_the_twin(model, error):
    day, count = DAY[1:], [0, 0.5, 1.7, 9, 41, 70, 95, 88]
    fit = one(model, day, count, lloq=1, error=error, limits=False)
    if fit.status[0] == "fitted":
        check_maximum(fit, day, count, 1)
    else:
        assert model == "approach"  # these counts bend upwards first
        assert fit.status[0] == "not-identifiable"


def test_a_decline_is_fitted_too():
    day = [1, 2, 4, 7, 10, 14, 21, 28, 42, 56]
    count = [900, 640, 300, 98, 47, 21, 12, 8.5, 3.1, 0.4]
    fit = one("biexponential", day, count, lloq=1)
    check_maximum(fit, day, count, 1)
    assert values(fit, "rate_1")[0] > values(fit, "rate_2")[0]
    assert fit.left_out[0] == 0


def test_a_count_below_its_limit_is_never_a_number():
    """Halving what is written below the limit changes nothing; moving the limit does."""
    written = one(lloq=1)
    other = one(count=[210, 0.4, 0.9, *COUNT[3:]], lloq=1)
    assert (written.estimate == other.estimate).all()
    assert written.estimate[0, 0] != one(lloq=1.5).estimate[0, 0]
    flagged = one(count=[210, 1, 1, *COUNT[3:]], lloq=1, below=[False, True, True] + [False] * 6)
    assert (flagged.estimate == written.estimate).all()
    assert flagged.below[0] == 2


def test_limits_are_where_the_likelihood_ratio_is_calibrated():
    """With a fit of the plateau fixed at its limit the twin finds n log(1 + t^2 / df) lost."""
    day, count = [0, 1, 2, 3, 4], [1.0, 2.2, 3.9, 9.1, 14.0]
    fit = one("exponential", day, count, start="all")
    rate, se = values(fit, "rate")[0], errors(fit, "rate")[0]
    # a straight line of logarithms: the limits of regression
    assert fit.quantity("rate").low[0] == pytest.approx(rate - T_975[3] * se, rel=1e-6)
    assert fit.quantity("rate").high[0] == pytest.approx(rate + T_975[3] * se, rel=1e-6)
    assert fit.quantity("doubling_time").low[0] == pytest.approx(
        np.log(2) / fit.quantity("rate").high[0]
    )


def test_the_day_of_crossing_is_where_the_curve_has_the_threshold():
    for model in (m for m in ALL if m != "approach"):
        fit = one(model, lloq=1, threshold=10)
        crossing = fit.quantity("crossing_day")
        assert fit.at(crossing.estimate).estimate[0, 0] == pytest.approx(10, rel=1e-9)
        assert crossing.low[0] < crossing.estimate[0] < crossing.high[0]


def test_a_threshold_above_the_plateau_is_never_crossed():
    crossing = one(lloq=1, threshold=150).quantity("crossing_day")
    assert crossing.estimate[0] == np.inf
    assert np.isnan(crossing.std_error[0])
    assert crossing.low[0] > 112
    assert crossing.high[0] == np.inf


STATUSES = [
    ("too-few", [10, 20], [0, 5], {}),
    ("too-few", [10, 20, 30, 40, 50], [0, 0, 3, 20, 60], {}),
    ("flat", [10, 20, 30, 40, 50], [5, 5, 5, 5, 5], {}),
    ("all-below", [10, 20, 30, 40, 50], [0, 0, 0, 0, 0], {}),
    ("no-recovery", [10, 20, 30, 40, 50], [90, 40, 22, 9, 4], {"start": "all"}),
    ("no-samples", [10, 20], [0, 5], {"start": 30}),
    ("not-identifiable", DAY[1:], COUNT[1:], {"model": "approach"}),
    ("day-not-positive", [0, 20, 30, 40, 50], [2, 4, 9, 20, 41], {"model": "emax"}),
    ("no-decline", [10, 20, 30, 40, 50, 60], [2, 4, 9, 20, 41, 70], {"model": "biexponential"}),
]


@pytest.mark.parametrize(("status", "day", "count", "options"), STATUSES)
def test_what_cannot_be_fitted_says_why(status, day, count, options):
    fit = recovery.kinetics(
        ["A"] * len(day) + ["B"] * len(DAY), [*day, *DAY], [*count, *COUNT], lloq=1, **options
    )
    assert fit.status[0] == status
    assert fit.reason[0]
    assert np.isnan(fit.estimate[0]).all()
    assert np.isnan(fit.low[0]).all()
    assert len(fit.patient) == 2
    assert np.isnan(fit.at([50]).estimate[0, 0])


def test_one_patient_does_not_change_another():
    both = recovery.kinetics(
        ["B"] * len(DAY) + ["A"] * 3, [*DAY, 1, 2, 3], [*COUNT, 0, 0, 0], lloq=1
    )
    assert (both.quantity("plateau").estimate[1], both.status[0]) == (
        values(one(lloq=1), "plateau")[0],
        "all-below",
    )


def test_the_best_model_has_the_least_aicc():
    fit = one("best", lloq=1)
    assert fit.models == ("exponential", "logistic", "gompertz", "emax", "approach")
    assert fit.aicc[0] == np.nanmin(fit.aicc_of[0])
    alone = [one(model, lloq=1).aicc[0] for model in fit.models]
    assert fit.aicc_of[0] == pytest.approx(alone, nan_ok=True)
    assert str(fit.model[0]) == fit.models[int(np.nanargmin(alone))]


def turnover_rows():
    day = np.array([7, 14, 28, 56, 84, 98, 112, 140, 168, 196, 252, 308.0])
    cart = 130 * np.exp(-0.05 * (day - 7))
    f = np.where(day > 80, 400 * (1 - np.exp(-0.01 * (day - 80))), 0)
    return day, cart, f


def test_the_turnover_model_finds_the_threshold_of_cart_cells():
    day, cart, f = turnover_rows()
    noise = np.exp(0.05 * np.array([1, -1] * 6))
    fit = one("turnover", day, f * noise, lloq=1, cart=cart, limits=True)
    assert values(fit, "return_day")[0] == pytest.approx(80, abs=3)
    assert values(fit, "plateau")[0] == pytest.approx(400, rel=0.2)
    level = fit.quantity("cart_threshold")
    assert level.estimate[0] == pytest.approx(
        130 * np.exp(0.35 - 0.05 * values(fit, "return_day")[0])
    )
    assert level.low[0] < level.estimate[0] < level.high[0]
    assert values(fit, "influx")[0] == pytest.approx(
        values(fit, "plateau")[0] * values(fit, "loss")[0]
    )
    check_maximum(fit, day[fit.left_out[0] :], (f * noise)[fit.left_out[0] :], 1)


def test_cart_levels_may_be_missing_where_they_were_not_measured():
    day, cart, f = turnover_rows()
    some = cart.copy()
    some[::3] = np.nan
    full, partial = (one("turnover", day, f, lloq=1, cart=c, limits=False) for c in (cart, some))
    assert (full.status[0], full.sd[0] < 1e-6) == ("fitted", True)  # counts on the curve itself
    assert partial.estimate == pytest.approx(full.estimate, rel=1e-9)
    with pytest.raises(InputError, match=r"turnover model is driven by CAR T cell levels"):
        one("turnover", lloq=1)


BAD = [
    ({"count": [-1] * 9}, r"count\[0\] is -1; it cannot be negative"),
    ({"count": [0] * 9}, r"count\[0\] is 0; a count of 0 has no logarithm"),
    ({"count": [np.nan] * 9}, r"count\[0\] is nan"),
    ({"day": [1e7] * 9}, r"day\[0\] is 10000000; counts are 0 or lie between"),
    ({"model": "sigmoid"}, r"model is 'sigmoid'"),
    ({"model": ["logistic", "biexponential"]}, r"fit it in a call of its own"),
    ({"model": []}, r"model names 0 models"),
    ({"error": "normal"}, r"error is 'normal'"),
    ({"start": "first"}, r"start is 'first'"),
    ({"level": 95}, r"level is 95"),
    ({"lloq": 0}, r"lloq is 0"),
    ({"threshold": -3}, r"threshold is -3"),
]


@pytest.mark.parametrize(("options", "words"), BAD)
def test_bad_input_is_refused_with_a_remedy(options, words):
    with pytest.raises(InputError, match=words):
        one(**{"model": "logistic", **options})


def test_there_is_no_quantity_of_that_name():
    with pytest.raises(InputError, match=r"no quantity 'emax'; there are \['plateau'"):
        one(lloq=1).quantity("emax")


@st.composite
def series(draw):
    n = draw(st.integers(7, 14))
    gaps = draw(st.lists(st.integers(7, 40), min_size=n, max_size=n))
    day = np.cumsum(gaps).astype(float)
    plateau, middle = draw(st.floats(30, 400)), draw(st.floats(0.3, 0.7)) * day[-1]
    scale = draw(st.floats(0.06, 0.2)) * day[-1]
    noise = np.array(draw(st.lists(st.floats(-0.4, 0.4), min_size=n, max_size=n)))
    return day, plateau / (1 + np.exp((middle - day) / scale)) * np.exp(noise)


@settings(max_examples=40, deadline=None)
@given(series(), st.sampled_from(["logistic", "gompertz", "exponential"]))
def test_any_series_is_fitted_at_a_maximum_and_knows_no_order_or_unit(rows, model):
    day, count = rows
    fit = one(model, day, count, lloq=1, start="all")
    assume(fit.status[0] == "fitted" and fit.sd[0] > 1e-3)  # without scatter nothing is steep
    check_maximum(fit, day, count, 1)
    order = np.argsort(count)
    shuffled = one(model, day[order], count[order], lloq=1, start="all")
    assert shuffled.estimate == pytest.approx(fit.estimate, rel=1e-6)
    larger = one(model, day, 8 * count, lloq=8, start="all")
    first = "initial" if model == "exponential" else "plateau"
    wanted = 8 * fit.quantity(first).estimate
    assert larger.quantity(first).estimate == pytest.approx(wanted, rel=1e-6)
    rate = fit.quantity("rate")
    assert larger.quantity("rate").low == pytest.approx(rate.low, abs=1e-4 * rate.estimate[0])
    assert fit.quantity("rate").low[0] <= fit.quantity("rate").estimate[0]


def test_a_result_travels_and_speaks():
    fit = one(lloq=1, threshold=10)
    assert pickle.loads(pickle.dumps(fit)).estimate == pytest.approx(fit.estimate, nan_ok=True)
    assert str(fit).startswith("1 patient, logistic, log error: 1 fitted; plateau 9")
    frame = fit.to_frame("pandas")
    assert list(frame["crossing_day"]) == list(fit.quantity("crossing_day").estimate)
    assert "plateau_low" in frame.columns
    at = fit.at([90, 120])
    assert list(at.to_frame("pandas")["day"]) == [90, 120]
    assert (at.low < at.estimate).all()
    assert str(at) == "curves of 1 patients on 2 days"
    assert set(fit.to_dict()) >= {"patient", "status", "plateau"} - {"plateau"}


def test_columns_come_from_a_frame():
    data = {"who": ["P"] * 9, "when": DAY, "cells": COUNT, "limit": [1] * 9}
    fit = recovery.kinetics("who", "when", "cells", lloq="limit", data=data)
    assert (fit.estimate == one(lloq=1).estimate).all()


def test_the_picture_shows_counts_and_curves():
    pytest.importorskip("matplotlib").use("Agg")
    fit = recovery.kinetics(
        ["A"] * 9 + ["B"] * 3, [*DAY, 1, 2, 3], [*COUNT, 0, 0, 0], lloq=1, threshold=10
    )
    ax = fit.plot()
    assert ax.get_yscale() == "log"
    assert len(ax.lines) == 2  # one curve, one threshold
    flagged = one(lloq=1, below=[False, True, True] + [False] * 6, count=[210, 1, 1, *COUNT[3:]])
    assert flagged.plot().get_ylabel() == "B cells per uL"
