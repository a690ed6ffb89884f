"""Pooled rates: golden values of metafor, the twin, overlap, edges."""

import math
import pickle

import numpy as np
import pytest
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
    ax = response.pooled([8, 3, 4], [9, 4, 6], labels=["a", "b", "c"]).plot()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b", "c", "pooled"]


BAD = [
    (dict(events=[9, 1], n=[8, 3]), r"events\[0\] is 9; there are more"),
    (dict(events=[0, 1], n=[0, 3]), r"n\[0\] is 0; a series has 1 to"),
    (dict(events=[0, 3], n=[4, 3]), "whole series respond or do not"),
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
