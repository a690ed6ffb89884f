"""Residuals, the test of proportional hazards and curves of Cox regressions."""

import pickle

import numpy as np
import pytest
from immunoreset import survival
from immunoreset.errors import InputError

TIME = [5, 8, 9, 12, 12, 15, 21, 30]
EVENT = [1, 1, 1, 0, 1, 1, 0, 1]
X = [0, 1, 0, 1, 1, 0, 1, 0]


def close(ours, theirs, rtol=1e-8):
    theirs = np.array(theirs, float)
    ours = np.reshape(ours, theirs.shape)
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol * np.nanmax(np.abs(theirs)))


def fit_of(case):
    data = case["inputs"]
    options = {k: data.get(k) for k in ("entry", "strata", "weights")}
    if case["kind"] == "sampling":
        options["weights_kind"] = "sampling"
    return survival.cox(data["time"], data["event"], data["x"], ties=case["ties"], **options)


def test_residuals_tests_and_curves_of_random_data_in_r(golden):
    cases = golden("survival/cox_after")["cases"]
    assert len(cases) > 20
    for case in cases:
        fit, expected, row = fit_of(case), case["expected"], np.array(case["row"])
        for kind in ("martingale", "deviance", "score", "dfbeta"):
            close(fit.residuals(kind).values[row], expected[kind])
        for kind, name in (("schoenfeld", "schoenfeld"), ("scaled-schoenfeld", "scaled")):
            events, theirs = fit.residuals(kind), np.array(expected[name], float)
            times = 1
            if case["kind"] == "frequency":  # R has a row for each repetition
                times = np.array(case["inputs"]["weights"])[events.row]
            elif case["kind"] == "sampling" and name == "scaled":  # R counts rows (cox.md)
                weight = np.mean(np.array(case["inputs"]["weights"])[events.row])
                coef = np.array(expected["coef"], float)
                theirs = coef + weight * (theirs - coef)
            ours = np.repeat(events.values, times, axis=0)
            close(np.sort(ours, axis=0), np.sort(theirs, axis=0))
        for transform, table in expected["zph"].items():
            table, test = np.array(table, float), fit.proportional_hazards(transform)
            rows = min(len(table), len(test.statistic))
            close(test.statistic[:rows], table[:rows, 0])
            close(test.pvalue[:rows], table[:rows, 2])
        strata = None if fit.strata is None else [1, 1]
        curve = fit.predict(case["new"], expected["times"], strata=strata)
        lay = np.ravel if np.ndim(expected["surv"]) == 1 else np.transpose
        close(lay(curve.estimate), expected["surv"])
        close(lay(curve.cumulative_hazard), expected["cumhaz"])
        close(lay(curve.std_error * curve.estimate), expected["std_error"])
        for name in ("low", "high"):
            theirs = np.array(
                [[np.nan if v is None else v for v in np.atleast_1d(r)] for r in expected[name]]
            )
            ours = np.reshape(lay(getattr(curve, name)), theirs.shape)
            known = ~np.isnan(theirs)  # R has no limits before the first event; ours are 1
            close(ours[known], theirs[known])
            assert np.all(ours[~known] == 1)


def test_the_martingale_residuals_of_two_arms_by_hand():
    """With beta = 0 in the model, 1 less the Nelson-Aalen estimate at each time."""
    x = [
        1,
        0,
        0,
        1,
    ]  # score at 0: (1 - 2/4) + (0 - 1/3) + ... ; the fit is not 0, so hold it by symmetry
    fit = survival.cox([1, 1, 2, 2], [1, 1, 1, 1], x, ties="breslow")
    assert fit.coef[0] == pytest.approx(0, abs=1e-9)
    hazard = np.array([2 / 4, 2 / 4, 2 / 4 + 2 / 2, 2 / 4 + 2 / 2])
    np.testing.assert_allclose(fit.residuals().values, 1 - hazard, atol=1e-9)


def test_the_baseline_is_the_breslow_estimate():
    fit = survival.cox(TIME, EVENT, X, ties="breslow")
    table = fit.baseline()
    r = np.exp(fit.coef[0] * np.array(X))
    time, event = np.array(TIME), np.array(EVENT)
    steps = [event[time == t].sum() / r[time >= t].sum() for t in table.time]
    np.testing.assert_allclose(table.cumulative_hazard, np.cumsum(steps), rtol=1e-12)
    np.testing.assert_array_equal(table.at_risk, [(time >= t).sum() for t in table.time])
    np.testing.assert_array_equal(table.events, [event[time == t].sum() for t in table.time])
    other = fit.baseline([1])
    np.testing.assert_allclose(
        other.cumulative_hazard, np.cumsum(steps) * np.exp(fit.coef[0]), rtol=1e-12
    )
    assert table.stratum is None
    assert str(table).startswith("cumulative hazard at 6 times of events")
    assert list(table.to_frame("pandas").columns) == [
        "time", "at_risk", "events", "cumulative_hazard", "std_error",
    ]  # fmt: skip


def test_strata_have_their_own_curves():
    strata = ["a", "b"] * 4
    fit = survival.cox(TIME, EVENT, [3, 1, 0, 2, 5, 1, 2, 2], strata=strata)
    table = fit.baseline()
    assert table.stratum == ("a", "a", "a", "a", "b", "b", "b") or set(table.stratum) == {"a", "b"}
    curve = fit.predict([[1], [1]], [9, 12], strata=["a", "b"])
    for row, label in enumerate("ab"):
        inside = np.array(table.stratum) == label
        hazard = fit.baseline([1]).cumulative_hazard[inside & (table.time <= 9)]
        assert curve.cumulative_hazard[row, 0] == pytest.approx(hazard[-1] if len(hazard) else 0)
    with pytest.raises(InputError, match="strata is None; the model has strata"):
        fit.predict([[1]], 9)
    with pytest.raises(InputError, match=r"strata\[0\] is 'c'; the strata are \['a', 'b'\]"):
        fit.predict([[1]], 9, strata=["c"])


def test_survival_before_the_first_event_and_after_the_last_follow_up():
    fit = survival.cox(TIME, EVENT, X)
    curve = fit.predict([0.5], [0, 4, 30, 31])
    np.testing.assert_array_equal(curve.estimate[0, :2], 1)
    np.testing.assert_array_equal(curve.low[0, :2], 1)
    assert 0 < curve.low[0, 2] < curve.estimate[0, 2] < curve.high[0, 2] < 1
    assert np.isnan(curve.estimate[0, 3])
    near = fit.predict([0.5], 12 - 1e-9)
    assert near.estimate[0, 0] == fit.predict([0.5], 12).estimate[0, 0]
    for interval in ("log", "plain"):
        wide = fit.predict([0.5], 30, interval=interval, level=0.99)
        assert 0 <= wide.low[0, 0] < curve.estimate[0, 2] < wide.high[0, 0] <= 1
        assert wide.level == 0.99
    assert len(curve.to_frame("pandas")) == 4
    assert str(curve) == "survival of 1 patients at 4 times"


def test_a_test_over_one_time_of_events_is_undefined():
    fit = survival.cox([5, 5, 6, 7], [1, 1, 0, 0], [0, 2, 1, 3])
    test = fit.proportional_hazards()
    assert np.all(np.isnan(test.statistic))


def test_zero_weights_have_no_residual():
    fit = survival.cox(TIME, EVENT, X, weights=[1, 1, 0, 1, 2, 1, 1, 1])
    values = fit.residuals().values
    assert np.isnan(values[2])
    assert np.isfinite(np.delete(values, 2)).all()
    assert len(fit.residuals("schoenfeld").values) == 5
    np.testing.assert_array_equal(fit.residuals("schoenfeld").row, [0, 1, 4, 5, 7])
    np.testing.assert_array_equal(fit.residuals("schoenfeld").time, [5, 8, 12, 15, 30])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda fit: fit.residuals("pearson"), "kind is 'pearson'; choose one of"),
        (lambda fit: fit.proportional_hazards("sqrt"), "transform is 'sqrt'; choose one of"),
        (lambda fit: fit.predict([[1, 2]], 3), "X does not have 1 columns"),
        (lambda fit: fit.predict([[np.nan]], 3), "X[0] is nan; a number is needed"),
        (lambda fit: fit.predict([[1]], -3), "times[0] is -3; it cannot be negative"),
        (lambda fit: fit.predict([[1]], 3, level=2), "level is 2"),
        (lambda fit: fit.predict([[1]], 3, interval="wald"), "interval is 'wald'; choose one of"),
        (lambda fit: fit.predict([[1]], 3, strata=[1]), "strata were given; the model has none"),
        (lambda fit: fit.baseline([1, 2]), "X has 2 rows and the model has 1"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(InputError) as caught:
        call(survival.cox(TIME, EVENT, X))
    assert message in str(caught.value)


@pytest.mark.parametrize("ties", ["exact", "exact-marginal"])
def test_the_exact_likelihoods_have_no_residuals(ties):
    fit = survival.cox(TIME, EVENT, X, ties=ties)
    for call in (fit.residuals, fit.proportional_hazards, fit.baseline):
        with pytest.raises(InputError, match="ties; this takes ties='efron' or 'breslow'"):
            call()


def test_the_logarithm_of_time_0_is_refused():
    fit = survival.cox([0, 2, 3, 4], [1, 1, 1, 0], [1, 0, 2, 1])
    with pytest.raises(InputError, match=r"time\[0\] is 0; an event at time 0 has no logarithm"):
        fit.proportional_hazards("log")
    assert np.isfinite(fit.proportional_hazards("rank").statistic).all()


def test_results_read_well_and_pickle():
    fit = survival.cox(TIME, EVENT, X, names=["dose"])
    test = fit.proportional_hazards("rank")
    assert test.names == ("dose", "global")
    assert test.df == (1, 1)
    assert str(test).startswith("proportional hazards (rank): chi-squared ")
    assert str(fit.residuals("score")) == "8 score residuals"
    assert list(fit.residuals("scaled-schoenfeld").to_frame("pandas").columns) == [
        "row",
        "time",
        "dose",
    ]
    assert list(fit.residuals().to_frame("pandas").columns) == ["row", "martingale"]
    for result in (test, fit.residuals(), fit.baseline(), fit.predict([1], 9)):
        assert pickle.loads(pickle.dumps(result)).to_dict().keys() == result.to_dict().keys()


def test_rows_of_another_origin_are_refused():
    from immunoreset import _core

    fit = survival.cox(TIME, EVENT, X, entry=[0] * 8)
    numbers, places, measures = fit._rows
    n, *others, columns = measures
    for broken in (
        (np.zeros(3), places, measures),
        (numbers, places[1:], measures),
        (numbers, np.full(len(places), 99), measures),
        (numbers, np.full(len(places), -1), measures),
        (numbers.reshape(-1, 1), places, measures),
        (numbers, places, (n - 1, *others, columns)),
        (numbers, places, (0, *others, columns)),
        (numbers, places, (2**62, *others, columns)),
        (numbers, places, (n, *others, 0)),
    ):
        with pytest.raises(InputError, match="no rows of a Cox regression"):
            _core.cox_residuals(broken, "efron", fit.coef, fit.cov, "score")
    with pytest.raises(InputError, match="no rows of a Cox regression"):
        _core.cox_residuals((), "efron", fit.coef, fit.cov, "score")
    with pytest.raises(InputError, match="do not fit the rows"):
        _core.cox_residuals(fit._rows, "efron", np.zeros(2), fit.cov, "score")
