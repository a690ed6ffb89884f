"""Pictures of proportional hazards: log-log curves, Schoenfeld residuals, hazard ratios."""

import pickle

import numpy as np
import pytest
from immunoreset import datasets, survival
from immunoreset.errors import InputError

TIME = [5, 8, 9, 12, 12, 15, 21, 30]
EVENT = [1, 1, 1, 0, 1, 1, 0, 1]
X = np.array([[0, 3], [1, 1], [0, 2], [1, 5], [1, 4], [0, 2], [1, 7], [0, 1]], float)


def lupus():
    data = datasets.sle_survival_1955(backend="pandas")
    data = data[(data["years"] > 0) & data["age_years"].notna()]
    X = np.column_stack([data["sex"] == "male", data["white"], data["age_years"]]).astype(float)
    return survival.cox(data["years"], data["died"], X, names=["male", "white", "age"])


# --- log(-log survival) ---------------------------------------------------------------------------


def test_log_log_by_hand():
    km = survival.kaplan_meier([2, 4, 6, 8], [1, 0, 1, 1])  # survival 3/4, 3/4, 3/8, 0
    curve = survival.log_log(km)
    assert curve.time.tolist() == [2, 4, 6]
    np.testing.assert_allclose(curve.log_time, np.log([2, 4, 6]), rtol=1e-15)
    np.testing.assert_allclose(curve.estimate, np.log(-np.log([3 / 4, 3 / 4, 3 / 8])), rtol=1e-14)
    np.testing.assert_allclose(curve.low, np.log(-np.log(km.high[:3])), rtol=1e-12)
    assert (curve.low < curve.estimate).all()
    assert (curve.estimate < curve.high).all()
    assert str(curve) == "log(-log survival) at 3 times, 95% log-log limits"
    assert list(curve.to_frame("pandas")) == ["time", "log_time", "estimate", "low", "high"]


def test_log_log_limits_of_greenwood_are_symmetric_on_this_scale():
    km = survival.kaplan_meier(TIME, EVENT)
    curve = survival.log_log(km)
    middle = (curve.low + curve.high) / 2
    np.testing.assert_allclose(middle, curve.estimate, rtol=1e-10)


def test_log_log_leaves_out_time_0_and_keeps_limits_at_infinity():
    km = survival.kaplan_meier([0, 3, 5, 6], [1, 0, 0, 0], interval="plain")
    curve = survival.log_log(km)
    assert curve.time.tolist() == [3, 5, 6]
    assert np.isneginf(curve.low).all()  # the upper limit is 1
    ax = curve.plot(limits=True)
    assert ax.lines[0].get_xdata().tolist() == [3, 5, 6]


def test_log_log_of_groups_is_one_frame_and_one_picture():
    arms = survival.kaplan_meier(
        [5, 8, 9, 6, 7, 12, 3, 4], [1, 1, 0, 0, 1, 1, 0, 0], group=list("aaabbbcc")
    )
    curves = survival.log_log(arms)
    assert list(curves) == ["a", "b", "c"]
    assert curves.to_frame("pandas")["group"].tolist() == ["a", "a", "a", "b"]
    ax = curves.plot(xlabel="months")
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["a", "b", "c (nothing to draw)"]
    assert (ax.get_xscale(), ax.get_xlabel()) == ("log", "months (log scale)")
    assert ax.lines[0].get_drawstyle() == "steps-post"
    nothing = survival.log_log(survival.kaplan_meier([3, 4], [0, 0]))
    assert len(nothing.time) == 0
    nothing.plot(ax)


def test_log_log_wants_survival_curves():
    for wrong in (survival.logrank(TIME, EVENT, [0, 1] * 4), [1, 2], {"a": 3}):
        with pytest.raises(InputError, match=r"give what survival\.kaplan_meier returns"):
            survival.log_log(wrong)


# --- Schoenfeld -----------------------------------------------------------------------------------


def test_splines_through_residuals_as_in_r(golden):
    fit = lupus()
    for case in golden("survival/schoenfeld_smooth")["cases"]:
        test = fit.proportional_hazards(case["transform"])
        points = test.residuals()
        np.testing.assert_allclose(points.transformed_time, case["x"], rtol=1e-12)
        # R leaves tied events in another order
        order, theirs = np.lexsort(points.values.T), np.array(case["y"])
        theirs = theirs[np.lexsort(theirs.T)]
        np.testing.assert_allclose(points.values[order], theirs, rtol=1e-8, atol=1e-8)
        course = test.smooth(case["df"], 7)
        assert course.df == case["df"]
        np.testing.assert_allclose(course.transformed_time, case["grid"], rtol=1e-12)
        for j, curve in enumerate(case["curves"]):
            for name, values in curve.items():
                np.testing.assert_allclose(
                    getattr(course, name)[:, j], values, rtol=1e-8, atol=1e-8
                )


def test_two_parameters_are_the_regression_line():
    test = survival.cox(TIME, EVENT, X).proportional_hazards("identity")
    course, points = test.smooth(2), test.residuals()
    for j in range(2):
        line = np.polyfit(points.time, points.values[:, j], 1)
        np.testing.assert_allclose(course.estimate[:, j], np.polyval(line, course.time), rtol=1e-9)


def test_as_many_parameters_as_times_pass_through_their_means():
    test = survival.cox(TIME, EVENT, X).proportional_hazards("rank")
    points = test.residuals()
    course = test.smooth(40, 4001)
    assert course.df == 6
    assert str(course).startswith("splines of 6 parameters through 2 coefficients, 95% limits")
    for t, g in set(zip(points.time, points.transformed_time, strict=True)):
        here = np.abs(course.transformed_time - g).argmin()
        mean = points.values[points.time == t].mean(axis=0)
        np.testing.assert_allclose(course.estimate[here], mean, atol=0.02)
        assert course.time[here] == pytest.approx(t, abs=0.01)


def test_one_time_of_events_has_a_constant():
    test = survival.cox([5, 5, 6, 7], [1, 1, 0, 0], [0, 2, 1, 3]).proportional_hazards()
    course = test.smooth()
    assert course.df == 1
    np.testing.assert_allclose(course.estimate[:, 0], test.residuals().values.mean(), rtol=1e-12)
    assert test.plot()[0].get_title(loc="left") == "x1"  # no p-value


def test_frequency_weights_are_repeated_rows():
    times = np.array([1, 2, 1, 3, 2, 1, 1, 2])
    rows = np.repeat(np.arange(8), times)
    often = survival.cox(np.array(TIME)[rows], np.array(EVENT)[rows], X[rows])
    for df in (2, 3, 4):
        a = survival.cox(TIME, EVENT, X, weights=times).proportional_hazards("log").smooth(df)
        b = often.proportional_hazards("log").smooth(df)
        for name in ("estimate", "low", "high"):
            np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-7, atol=1e-7)


def test_the_unit_of_sampling_weights_does_not_matter():
    plain = survival.cox(TIME, EVENT, X).proportional_hazards("rank").smooth()
    for unit in (1.0, 0.3, 7.0):
        weights = np.full(8, unit)
        fit = survival.cox(TIME, EVENT, X, weights=weights, weights_kind="sampling")
        course = fit.proportional_hazards("rank").smooth()
        for name in ("estimate", "low", "high"):
            np.testing.assert_allclose(getattr(course, name), getattr(plain, name), rtol=1e-7)


def test_a_panel_a_coefficient():
    from matplotlib.figure import Figure

    fit = lupus()
    test = fit.proportional_hazards()
    panels = test.plot(xlabel="years")
    assert [panel.get_ylabel() for panel in panels] == [
        f"coefficient of {name}" for name in fit.names
    ]
    assert panels[1].get_title(loc="left") == "white: p = 0.1400"  # cox.zph of R: 0.13997
    assert panels[0].get_xlabel() == "years (Kaplan-Meier scale)"
    for j, panel in enumerate(panels):
        assert panel.lines[1].get_ydata()[0] == fit.coef[j]
        np.testing.assert_array_equal(panel.lines[2].get_ydata(), test.smooth().estimate[:, j])
        assert len(panel.collections[-1].get_offsets()) == fit.events
    own = Figure().subplots(3, 1)
    assert test.plot(own, limits=False).tolist() == own.tolist()
    assert len(own[0].collections) == 1
    with pytest.raises(InputError, match="ax has 1 panels and the model 3 coefficients; give 3"):
        test.plot(own[0])


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
def test_ticks_are_times(transform):
    test = lupus().proportional_hazards(transform)
    panel = test.plot()[0]
    x, first = np.unique(test.residuals().transformed_time, return_index=True)
    for place, label in zip(panel.get_xticks(), panel.get_xticklabels(), strict=True):
        time = np.interp(place, x, test.residuals().time[first])
        if transform != "identity" and x[0] < place < x[-1]:
            assert float(label.get_text()) == pytest.approx(
                time, rel=0.2 if transform == "log" else 0.06
            )
    assert len(panel.get_xticks()) >= 4


def test_what_a_smooth_refuses_and_keeps():
    test = survival.cox(TIME, EVENT, X).proportional_hazards()
    with pytest.raises(InputError, match="df is 0 and points is 100; give at least 1 and 2"):
        test.smooth(0)
    with pytest.raises(InputError, match="df is 4 and points is 1; give at least 1 and 2"):
        test.smooth(points=1)
    course = pickle.loads(pickle.dumps(test)).smooth(points=5)
    frame = course.to_frame("pandas")
    assert list(frame) == ["term", "time", "transformed_time", "estimate", "low", "high"]
    assert frame["term"].tolist() == ["x1"] * 5 + ["x2"] * 5
    np.testing.assert_array_equal(frame["estimate"][5:], course.estimate[:, 1])
    assert list(test.residuals().to_frame("pandas")) == [
        "row", "time", "transformed_time", "x1", "x2",
    ]  # fmt: skip


# --- hazard ratios --------------------------------------------------------------------------------


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_hazard_ratios_stand_on_a_log_axis_with_their_numbers():
    ax = lupus().plot()
    assert ax.get_xscale() == "log"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["male", "white", "age"]
    # exp(-0.195) and so on; R: 0.8228 (0.2755 to 2.457)
    assert texts(ax)[:2] == ["ratio [95% wald limits]", "0.823 [0.275, 2.46]"]
    assert "0.7268" in texts(ax)
    assert ax.lines[0].get_xdata()[0] == 1
    low, high = ax.get_xlim()
    assert low < 0.245
    assert high > 2.46
    assert all(low <= tick <= high for tick in ax.get_xticks())
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        f"{tick:g}" for tick in ax.get_xticks()
    ]


def test_far_limits_are_arrows_and_their_numbers_are_told():
    fit = survival.cox(
        [5, 8, 9, 12, 15, 20, 22, 9],
        [1, 1, 1, 0, 1, 0, 0, 0],
        np.c_[[1, 1, 1, 1, 0, 0, 0, 1], [3, 1, 2, 5, 4, 2, 7, 1]],
        penalty="firth",
    )
    assert fit.hazard_ratio_high[0] > 100 * fit.hazard_ratio[0]
    ax = fit.plot()
    (arrow,) = (line for line in ax.lines if line.get_marker() in ("<", ">"))
    assert (arrow.get_marker(), arrow.get_ydata().tolist()) == (">", [0])
    assert arrow.get_xdata()[0] == pytest.approx(30 * fit.hazard_ratio[0])
    assert arrow.get_xdata()[0] == pytest.approx(ax.get_xlim()[1])
    assert texts(ax)[0] == "ratio [95% profile limits]"
    assert texts(ax)[1] == "4.46 [0.352, 640]"


def test_infinite_limits_are_arrows_at_the_ends_given():
    from immunoreset.plots.forest import forest

    ax = forest(["a", "b"], [1, 2], [0, 0.5], [np.inf, 3], log=True, reference=1, xlim=(0.1, 10))
    left, right = (line for line in ax.lines if line.get_marker() in "<>")
    assert (left.get_marker(), left.get_xdata().tolist(), left.get_ydata().tolist()) == (
        "<",
        [0.1],
        [0],
    )
    assert (right.get_marker(), right.get_xdata().tolist()) == (">", [10])
    segments = ax.collections[0].get_segments()
    assert segments[0][:, 0].tolist() == [0.1, 10]
    assert segments[1][:, 0].tolist() == [0.5, 3]


def test_ratios_too_large_for_a_double_are_drawn_at_an_end():
    x = np.array([0, 1, 2, 3, 4, 5, 6, 7]) * 1e-3
    fit = survival.cox(TIME, [1] * 8, x[::-1][[0, 2, 1, 3, 5, 4, 7, 6]])
    assert np.isinf(fit.hazard_ratio[0]) or fit.hazard_ratio[0] > 1e100
    ax = fit.plot()
    ax.figure.canvas.draw()
    assert np.isfinite(ax.get_xlim()).all()


def test_round_ticks():
    from immunoreset.plots.axes import round_ticks

    assert round_ticks(0.001, 1000) == pytest.approx([10.0**k for k in range(-3, 4)])
    assert round_ticks(0.09, 5) == pytest.approx([0.1, 0.3, 1, 3])
    assert round_ticks(0.4, 2.5) == pytest.approx([0.5, 0.7, 1, 1.5, 2])
    assert len(round_ticks(1e-9, 1e9)) <= 8
