"""Pooled rates: golden values of metafor, the twin, overlap, edges."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import datasets, response
from immunoreset.errors import InputError

from tests.reference import pooled as twin

CASE = "response/meta_small_allresponders"
METHODS = {"PLO": "logit", "PFT": "freeman-tukey", "PAS": "arcsine"}


@pytest.mark.parametrize(("in_r", "method"), METHODS.items())
def test_inverse_variance_agrees_with_metafor(golden, in_r, method):
    case = golden(CASE)
    m = response.pooled(case["inputs"]["xi"], case["inputs"]["ni"], method=method)
    expected, close = case["expected"]["fits"][in_r], {"rel": case["rtol"]}
    assert m.coef[0] == pytest.approx(expected["b"], **close)
    assert m.std_error[0] == pytest.approx(expected["se"], **close)
    assert m.tau2 == pytest.approx(expected["tau2"], **close)
    assert m.q == pytest.approx(expected["Q"], rel=1e-12)
    assert 100 * m.i2 == pytest.approx(expected["I2"], **close)
    y, v = np.array(expected["yi"]), np.array(expected["vi"])
    near = [twin.restricted_loglik(m.tau2 + d, y, v) for d in (-1e-3, 0, 1e-3)]
    assert near[1] == max(near)


TAU2 = ["REML", "ML", "DL", "PM", "SJ", "EB"]
SETS = ["moderate", "extreme", "equal", "twelve"]


@pytest.mark.parametrize("tau2", TAU2)
@pytest.mark.parametrize("method", [*METHODS.values(), "raw"])
@pytest.mark.parametrize("name", SETS)
def test_every_estimator_agrees_with_metafor(golden, name, method, tau2):
    case = golden("response/pooled_metafor")["data"][name]
    x, n, expected = case["x"], case["n"], case["fits"][method][tau2]
    close = {"rel": 1e-8, "abs": 1e-10}  # abs: metafor's own stop near a tau2 of 0
    common = {"method": method, "tau2": tau2}
    m = response.pooled(x, n, prediction_df="normal", **common)
    found = [m.coef[0], m.std_error[0], m.tau2, m.q, m.q_pvalue, m.i2, m.coef_low[0]]
    names = ["b", "se", "tau2", "q", "q_pvalue", "i2", "low"]
    assert found == pytest.approx([expected[each] for each in names], **close)
    assert [m.estimate, m.low, m.high] == pytest.approx(expected["rate"], **close)
    assert m.weights == pytest.approx(expected["weights"], **close)
    profile = [m.tau2_low, m.tau2_high]
    assert profile == pytest.approx([expected["tau2_low"], expected["tau2_high"]], **close)
    k = response.pooled(x, n, knapp_hartung=True, prediction_df="k-1", **common)
    hartung = expected["knapp_hartung"]
    found = [k.std_error[0], k.coef_low[0], k.coef_high[0]]
    assert found == pytest.approx([hartung[each] for each in ("se", "low", "high")], **close)
    for ours, theirs in ((m, expected["normal"]), (k, hartung["prediction"])):
        if method == "logit":
            assert ours.prediction == pytest.approx(1 / (1 + np.exp(-np.array(theirs))), **close)
    r = response.pooled(x, n, moderators=case["moderator"], **common)
    fit = expected["regression"]
    assert [*r.coef, *r.std_error] == pytest.approx([*fit["b"], *fit["se"]], **close)
    assert r.tau2 == pytest.approx(fit["tau2"], **close)
    at = r.at(2)
    found = [at.coef[0], at.std_error[0], at.coef_low[0], at.coef_high[0]]
    assert found == pytest.approx(expected["at_two"], **close)


@pytest.mark.parametrize("method", [*METHODS.values(), "raw"])
@pytest.mark.parametrize("name", SETS)
def test_subgroups_and_leaving_out_agree_with_metafor(golden, name, method):
    case = golden("response/pooled_metafor")["data"][name]
    x, n, expected = case["x"], case["n"], case["fits"][method]
    close = {"rel": 1e-8, "abs": 1e-10}
    groups = response.pooled(x, n, group=case["group"], method=method)
    one = groups.difference()
    assert [one.statistic, one.pvalue] == pytest.approx(expected["REML"]["subgroups"], **close)
    apart = groups.difference(heterogeneity="separate")
    assert apart.statistic == pytest.approx(expected["separate"]["q"], **close)
    assert apart.pvalue == pytest.approx(expected["separate"]["p"], **close)
    f = response.pooled(x, n, group=case["group"], method=method, knapp_hartung=True).difference()
    assert [f.statistic, f.pvalue] == pytest.approx(expected["REML"]["subgroups_f"], **close)
    out = response.pooled(x, n, method=method).leave_one_out().values()
    assert [m.coef[0] for m in out] == pytest.approx(expected["leave_one_out"]["b"], **close)
    assert [m.tau2 for m in out] == pytest.approx(expected["leave_one_out"]["tau2"], **close)


@pytest.mark.parametrize("name", SETS)
def test_the_likelihoods_agree_with_lme4_and_vgam(golden, name):
    # both stop early: glmer at 1e-5, vglm near a correlation of 0 far from its end
    case = golden("response/pooled_metafor")["data"][name]
    x, n = case["x"], case["n"]
    for nodes in (7, 25):
        m, expected = response.pooled(x, n, nodes=nodes), case["glmm"][f"nodes_{nodes}"]
        found = [m.coef[0], m.std_error[0], m.tau2]
        assert found == pytest.approx([expected["b"], expected["se"], expected["tau2"]], rel=5e-5)
    r = response.pooled(x, n, moderators=case["moderator"], nodes=25)
    expected = case["glmm"]["regression"]
    assert r.coef == pytest.approx(expected["b"], rel=5e-5)
    assert r.std_error == pytest.approx(expected["se"], rel=5e-5)
    b, expected = response.pooled(x, n, method="beta-binomial"), case["beta_binomial"]
    if expected["correlation"] > 1e-6:
        assert b.coef[0] == pytest.approx(expected["b"], rel=1e-6)
        assert b.correlation == pytest.approx(expected["correlation"], rel=1e-6)
    else:
        assert b.correlation == 0


def test_the_likelihoods_agree_with_their_definitions():
    x, n = [5, 0, 7, 3, 10, 2], [5, 4, 9, 3, 12, 7]
    m = response.pooled(x, n)
    ours = twin.integrated_loglik(m.coef[0], m.tau2**0.5, x, n)
    assert m.loglik == pytest.approx(ours, rel=1e-11)
    assert m.score_norm < 1e-9
    b = response.pooled(x, n, method="beta-binomial")
    assert b.loglik == pytest.approx(twin.beta_loglik(b.coef[0], b.correlation, x, n), rel=1e-11)
    mean, correlation = twin.peak(
        lambda mean, correlation: twin.beta_loglik(mean, min(max(correlation, 1e-9), 0.999), x, n),
        (0, 0.5), (3, 0.5),
    )  # fmt: skip
    assert [b.coef[0], b.correlation] == pytest.approx([mean, correlation], abs=1e-6)
    # limits lie where twice the fall is the quantile 3.8414588206941 (R: qchisq(0.95, 1))
    for limit in (m.coef_low[0], m.coef_high[0]):
        tau = np.linspace(0.3, 6, 58)
        best = max(tau, key=lambda t: twin.integrated_loglik(limit, t, x, n))
        fine = np.linspace(best - 0.1, best + 0.1, 41)
        held = max(twin.integrated_loglik(limit, t, x, n) for t in fine)
        assert 2 * (m.loglik - held) == pytest.approx(3.8414588206941, abs=1e-4)


def test_a_profile_stays_at_correlations_from_0():
    # a negative one would be likelier at the upper limit, and the interval too wide
    x, n = [8, 5, 5, 5, 5], [12, 9, 7, 6, 7]
    m = response.pooled(x, n, method="beta-binomial")
    assert m.correlation == 0
    eta = m.coef_high[0]
    rate = 1 / (1 + np.exp(-eta))
    none = sum(a * np.log(rate) + (of - a) * np.log1p(-rate) for a, of in zip(x, n, strict=True))
    held = max(twin.beta_loglik(eta, c, x, n) for c in np.geomspace(1e-5, 0.9, 2000))
    fall = 2 * (m.loglik - max(none, held))
    assert fall == pytest.approx(3.8414588206941, abs=1e-6)  # qchisq(0.95, 1)


def test_whole_series_are_the_limit_of_the_likelihood():
    x, n = [5, 0, 7, 3], [5, 4, 7, 3]
    with pytest.warns(UserWarning, match="each series counts as one unit"):
        m = response.pooled(x, n)
    with pytest.warns(UserWarning, match="each series counts as one unit"):
        b = response.pooled(x, n, method="beta-binomial")
    assert (m.tau2, b.correlation) == (np.inf, 1)
    exact = response.proportion(3, 4)
    for each in (m, b):
        assert each.estimate == each.mean_rate == 0.75
        assert [each.low, each.high] == pytest.approx([exact.low, exact.high], rel=1e-12)
    quantile = 0.674489750196082  # qnorm(0.75)
    mixed = [twin.integrated_loglik(t * quantile, t, x, n) for t in (4, 16, 64, 256)]
    beta = [twin.beta_loglik(np.log(3), c, x, n) for c in (0.9, 0.99, 0.999, 0.999999)]
    for rising, limit in ((mixed, m.loglik), (beta, b.loglik)):
        assert rising == sorted(rising)
        assert max(rising) < limit
        assert rising[-1] == pytest.approx(limit, abs=0.02)
    alone = response.pooled([1, 0, 1], [1, 1, 1])  # no series can show heterogeneity
    assert (alone.tau2, alone.estimate) == (0, pytest.approx(2 / 3))


@st.composite
def tables(draw):
    n = draw(st.lists(st.integers(1, 12), min_size=1, max_size=8))
    return [draw(st.integers(0, of)) for of in n], n


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=60, deadline=None)
@given(
    tables(), st.sampled_from(["glmm", "beta-binomial", *METHODS.values(), "raw"]),
    st.sampled_from(TAU2), st.sampled_from(["profile", "wald"]), st.booleans(),
)  # fmt: skip
def test_any_tiny_table_has_a_finite_answer(table, method, tau2, interval, knapp_hartung):
    x, n = np.array(table[0]), np.array(table[1])
    options = dict(method=method, tau2=tau2, interval=interval, knapp_hartung=knapp_hartung)
    m = response.pooled(x, n, **options)
    assert 0 <= m.low <= m.estimate <= m.high <= 1
    mirrored = response.pooled(n - x, n, **options)
    assert [m.estimate, m.low, m.high] == pytest.approx(
        [1 - mirrored.estimate, 1 - mirrored.high, 1 - mirrored.low], abs=1e-6
    )
    turned = response.pooled(x[::-1], n[::-1], **options)
    assert [m.estimate, m.low, m.high] == pytest.approx(
        [turned.estimate, turned.low, turned.high], abs=1e-6
    )


@pytest.mark.filterwarnings("ignore:tau2 is")
def test_the_mixed_model_climbs_higher_than_glmer(golden):
    # glmer stops 1.4e-6 below the peak of a flat likelihood, 0.1% away from it
    case = golden(CASE)
    x, n, expected = case["inputs"]["xi"], case["inputs"]["ni"], case["expected"]["glmm"]
    m = response.pooled(x, n, nodes=7)
    ours = twin.mixed_loglik(m.coef[0], m.tau2**0.5, x, n, 7)
    theirs = twin.mixed_loglik(expected["b"], expected["tau2"] ** 0.5, x, n, 7)
    assert ours == pytest.approx(m.loglik, rel=1e-10)
    assert 0 < ours - theirs < 2e-6
    assert m.coef[0] == pytest.approx(expected["b"], rel=1e-3)
    assert m.tau2 == pytest.approx(expected["tau2"], rel=2e-3)
    assert m.std_error[0] == pytest.approx(expected["se"], rel=1e-2)


def test_a_runaway_mixed_model_warns():
    with pytest.warns(UserWarning, match="tau2 is .* compare method='beta-binomial'"):
        response.pooled([8, 3, 4, 0, 12, 15, 6, 5], [8, 3, 4, 5, 12, 15, 7, 9])


@pytest.mark.parametrize("tau2", ["REML", "ML", "DL", "PM", "SJ", "EB"])
@pytest.mark.parametrize("method", ["glmm", "beta-binomial", *METHODS.values(), "raw"])
def test_every_method_lies_inside_and_mirrors(method, tau2):
    x, n = np.array([8, 3, 4, 7, 10]), np.array([9, 4, 6, 9, 12])
    m = response.pooled(x, n, method=method, tau2=tau2, knapp_hartung=True)
    other = response.pooled(n - x, n, method=method, tau2=tau2, knapp_hartung=True)
    assert 0 <= m.low <= m.estimate <= m.high <= 1
    assert m.estimate == pytest.approx(1 - other.estimate, abs=1e-6)
    assert m.low == pytest.approx(1 - other.high, abs=1e-5)


@pytest.mark.parametrize("method", ["glmm", "beta-binomial"])
def test_all_responders_give_the_exact_limit_of_all_patients(method):
    m = response.pooled([5, 8, 3], [5, 8, 3], method=method)
    assert m.estimate == m.high == 1
    assert m.low == pytest.approx(0.025 ** (1 / 16), rel=1e-12)
    none = response.pooled([0, 0], [5, 11], method=method)
    assert none.estimate == none.low == 0
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 16), rel=1e-12)


@pytest.mark.parametrize(
    ("x", "n", "highest"),
    [
        # found by search: peaks at 0.0053 and 0.41; at 0 and 0.36; at 0 and 2.27
        ([6, 11, 9, 735, 26, 481], [9, 12, 10, 2029, 58, 1212], 0.0052689),
        ([7, 1917, 2, 1], [12, 2869, 4, 12], 0),
        ([68, 10, 751, 6], [70, 12, 2395, 8], 2.268529),
    ],
)
def test_the_highest_of_several_peaks_is_taken(x, n, highest):
    m = response.pooled(x, n, method="logit", tau2="ML")
    assert m.tau2 == pytest.approx(highest, rel=1e-5)
    x, n = np.array(x), np.array(n)
    y, v = np.log(x / (n - x)), 1 / x + 1 / (n - x)
    grid = [twin.restricted_loglik(t, y, v, full=True) for t in np.geomspace(1e-6, 20, 2000)]
    assert max(grid) <= twin.restricted_loglik(m.tau2, y, v, full=True) + 1e-12


def test_the_next_series_by_hand():
    # Higgins: coef +- qt(0.975, k - 2) sqrt(tau2 + se^2); qt(0.975, 6) = 2.44691185114497
    m = response.pooled([5, 0, 7, 3, 10, 2, 6, 9], [5, 4, 9, 3, 12, 7, 6, 11], method="logit")
    by = 2.44691185114497 * (m.tau2 + m.std_error[0] ** 2) ** 0.5
    ends = [m.coef[0] - by, m.coef[0] + by]
    assert m.prediction == pytest.approx([1 / (1 + np.exp(-end)) for end in ends], rel=1e-12)
    two = response.pooled([3, 4], [5, 9], method="logit")
    assert np.isnan(two.prediction).all()


def test_moderators_are_columns_and_terms():
    data = {"x": [8, 3, 4, 7], "n": [9, 4, 6, 9], "dose": [1, 2, 3, 5], "age": [30, 44, 41, 36],
            "target": ["CD19", "BCMA", "CD19", "BCMA"]}  # fmt: skip
    m = response.pooled("x", "n", moderators=["dose", "age"], method="logit", data=data)
    assert m.terms == ("intercept", "dose", "age")
    assert response.pooled("x", "n", moderators="dose", data=data).terms == ("intercept", "dose")
    with pytest.raises(InputError, match=r"moderators holds text; .* pass a category as group"):
        response.pooled("x", "n", moderators="target", data=data)
    with pytest.raises(InputError, match=r"moderators has shape .* give 2 values"):
        m.at(1)
    at = m.at([2, 40])
    eta = m.coef @ [1, 2, 40]
    assert at.estimate == pytest.approx(1 / (1 + np.exp(-eta)), rel=1e-9)


def test_a_difference_of_subgroups_is_defined_where_all_respond():
    target = ["CD19", "CD19", "CD19", "BCMA", "BCMA"]
    m = response.pooled([8, 9, 7, 5, 3], [8, 9, 7, 9, 6], group=target)
    test = m.difference()
    binomial = 2 * (8 * np.log(8 / 15) + 7 * np.log(7 / 15))
    assert m["CD19"].estimate == 1
    assert 0 < test.statistic < binomial - 2 * (32 * np.log(32 / 39) + 7 * np.log(7 / 39)) + 1e-9
    assert str(test).startswith("difference of subgroups, common heterogeneity, likelihood ratio")
    assert test.to_dict()["df"] == 1
    with pytest.raises(InputError, match="heterogeneity='common'"):
        m.difference(heterogeneity="separate")
    with pytest.raises(InputError, match="heterogeneity is 'both'; choose one of"):
        m.difference(heterogeneity="both")
    with pytest.raises(InputError, match="2 to 8 subgroups are compared"):
        response.pooled([8, 9], [8, 10], group=["a", "a"]).difference()
    assert pickle.loads(pickle.dumps(m)).difference() == test


def test_series_that_share_patients_are_named():
    x, n, names = [8, 15, 30], [8, 15, 39], ["mackensen2022", "mueller2024", "hagen2025"]
    with pytest.raises(InputError, match=r"'mackensen2022' .ERL. and 'mueller2024' .ERL. share"):
        response.pooled(x, n, labels=names, overlap=["ERL", "ERL", "COL"])
    with pytest.raises(InputError, match=r"'mackensen2022' .A. and 'hagen2025' .COL. share"):
        response.pooled(
            x, n, labels=names, overlap=["A", "B", "COL"], overlaps_with=["", "", "X; A"]
        )
    m = response.pooled(
        x, n, overlap=["A", "B", "C"], overlaps_with=["D", "D", None], method="arcsine"
    )
    assert len(m.labels) == 3


def test_published_series_that_share_patients_are_named():
    polars = pytest.importorskip("polars")
    facts = polars.DataFrame(datasets.published_facts(backend="polars")).filter(
        polars.col("disease") == "SLE",
        polars.col("kind") == "response",
        polars.col("therapy") == "CAR T",
        polars.col("x").is_not_null(),
    )
    facts = facts.unique("study", maintain_order=True)
    own = {"labels": "study", "overlap": "overlap_group", "overlaps_with": "overlaps_with"}
    with pytest.raises(InputError, match=r"'mackensen2022' .* and 'mueller2024' .* share patients"):
        response.pooled("x", "n", data=facts, **own)
    apart = facts.filter(polars.col("study") != "mackensen2022")
    assert "mueller2024" in response.pooled("x", "n", data=apart, **own).labels
    with pytest.raises(InputError, match="overlap: there is no column 'y'"):
        response.pooled("x", "n", data=facts, overlap="y")


def test_subgroups_moderators_and_leaving_out():
    x, n = [8, 3, 4, 7, 10, 5], [9, 4, 6, 9, 12, 9]
    target = ["CD19", "CD19", "BCMA", "BCMA", "CD19", "BCMA"]
    groups = response.pooled(x, n, group=target, method="logit")
    assert list(groups) == ["BCMA", "CD19"]
    alone = response.pooled([8, 3, 10], [9, 4, 12], method="logit")
    assert groups["CD19"].estimate == alone.estimate
    moderator = np.array([t == "CD19" for t in target], float)
    common = {"method": "logit", "tau2": "DL"}
    regression = response.pooled(x, n, moderators=moderator, **common)
    assert regression.coef[0] < 1.5
    assert regression.terms == ("intercept", "moderator 1")
    out = response.pooled(x, n, method="logit").leave_one_out()
    assert len(out) == 6
    assert out["series 6"].estimate == response.pooled(x[:5], n[:5], method="logit").estimate


def test_the_forest_has_a_row_for_each_series_and_one_for_all():
    pytest.importorskip("matplotlib")
    ax = response.pooled([8, 3, 4], [9, 4, 6], labels=["a", "b", "c"], method="logit").plot()
    rows = [text.get_text() for text in ax.get_yticklabels()]
    assert rows == ["a", "b", "c", "pooled", "next series"]
    words = [text.get_text() for text in ax.texts]
    assert words[:5] == ["x/n", "8/9", "3/4", "4/6", "15/19"]
    assert "% [95% limits]" in words
    assert "77 [52, 91]" in words  # of the diamond
    assert len(ax.patches) == 1
    diamond = ax.patches[0].get_xy()[:, 0]
    m = response.pooled([8, 3, 4], [9, 4, 6], method="logit")
    assert (diamond.min(), diamond.max()) == (m.low, m.high)


def test_the_forest_of_subgroups_has_a_diamond_for_each():
    pytest.importorskip("matplotlib")
    target = ["CD19", "CD19", "BCMA", "BCMA"]
    ax = response.pooled([8, 3, 4, 5], [9, 4, 6, 6], group=target).plot()
    rows = [text.get_text() for text in ax.get_yticklabels()]
    own = ["series 3", "series 4", "pooled", "CD19", "series 1", "series 2", "pooled"]
    assert rows == ["BCMA", *own]
    assert len(ax.patches) == 2


BAD = [
    (dict(events=[9, 1], n=[8, 3]), r"events\[0\] is 9; there are more"),
    (dict(events=[0, 1], n=[0, 3]), r"n\[0\] is 0; a series has 1 to"),
    (dict(events=[0, 3, 2], n=[4, 3, 2], moderators=[1, 2, 4]), "every series responds as a whole"),
    (dict(events=[1, 3], n=[4, 4], moderators=[1, 1]), "moderators; its columns"),
    (dict(events=[1, 3], n=[4, 4], moderators=[1]), "moderators has not one row a series"),
    (dict(events=[1, 3], n=[4, 4], labels=["a", "a"]), "names two series alike"),
    (dict(events=[1, 3], n=[4, 4], overlap=["a"]), "overlap has 1 rows and events has 2"),
    (dict(events=[1, 3], n=[4, 4], nodes=0), "nodes is 0; give 1 to 64"),
    (dict(events=[1, 3], n=[4, 4], method="fixed"), "method is 'fixed'; choose one of"),
    (dict(events=[1, 3], n=[4, 4], level=95), "level is 95"),
    (dict(events=[], n=[]), "there is no row"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        response.pooled(**arguments)


def test_results_are_frozen_readable_and_pickle():
    m = response.pooled([8, 3, 4], [9, 4, 6], method="logit")
    with pytest.raises(AttributeError):
        m.level = 0.9
    assert pickle.loads(pickle.dumps(m)).estimate == m.estimate
    assert m.to_dict()["events"] == [8, 3, 4]
    assert str(m).startswith("3 series, 15/19: logit rate")
    assert m.weights.sum() == pytest.approx(100)
    assert "prediction low" in m._repr_html_()


@pytest.mark.parametrize("gap", [None, math.nan])
def test_series_without_an_overlap_label_share_nobody(gap):
    pandas = pytest.importorskip("pandas")
    data = {"x": [3, 4, 5], "n": [4, 6, 9], "group": ["a", gap, gap], "with": [gap, "b", gap]}
    expected = response.pooled(data["x"], data["n"]).estimate
    for frame in (data, pandas.DataFrame(data)):
        pooled = response.pooled("x", "n", overlap="group", overlaps_with="with", data=frame)
        assert pooled.estimate == expected
