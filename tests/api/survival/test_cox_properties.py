"""Properties of survival.cox on random small data, against the twin and against itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import cox as twin

TIES = ("efron", "breslow", "exact", "exact-marginal")


@st.composite
def studies(draw, most=9, columns=2, delayed=True):
    """Draw times, events, whole-numbered covariates and perhaps entries and strata."""
    n = draw(st.integers(2, most))
    time = draw(st.lists(st.integers(1, 6), min_size=n, max_size=n))
    event = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    x = draw(
        st.lists(
            st.lists(st.integers(-3, 3), min_size=columns, max_size=columns), min_size=n, max_size=n
        )
    )
    options = {}
    if delayed and draw(st.booleans()):
        options["entry"] = [draw(st.integers(0, t - 1)) for t in time]
    if draw(st.booleans()):
        options["strata"] = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    return time, event, np.array(x, float), options


def fitted(time, event, x, **options):
    """Return the fit, or the words of the refusal."""
    try:
        return survival.cox(time, event, x, **options)
    except InputError as error:
        return str(error)


def same(a, b, rtol=1e-7):
    if isinstance(a, str) or isinstance(b, str):
        assert isinstance(a, str)
        assert isinstance(b, str)
        assert a.split(":")[1] == b.split(":")[1]
        return
    se = np.maximum(a.std_error, 1e-300)
    assert np.all(np.abs(a.coef - b.coef) <= rtol * se)
    np.testing.assert_allclose(b.cov, a.cov, rtol=rtol, atol=rtol * np.max(np.abs(a.cov)))
    np.testing.assert_allclose(b.loglik, a.loglik, rtol=1e-9, atol=1e-9)


@settings(max_examples=300, deadline=None)
@given(studies(), st.sampled_from(TIES))
def test_a_fit_is_where_the_twin_has_no_slope(study, ties):
    time, event, x, options = study
    fit = fitted(time, event, x, ties=ties, **options)
    if isinstance(fit, str):
        return
    np.testing.assert_allclose(
        fit.loglik, twin.loglik(fit.coef, time, event, x, ties, **options), rtol=1e-9, atol=1e-9
    )
    slope = twin.score(fit.coef, time, event, x, ties=ties, **options)
    assert np.sqrt(slope @ fit.cov @ slope) < 1e-4
    assert fit.score_norm < 1e-8


@settings(max_examples=500, deadline=None)
@given(studies(), st.sampled_from(TIES))
def test_a_monotone_likelihood_is_found_exactly_where_there_is_one(study, ties):
    time, event, x, options = study
    fit = fitted(time, event, x, ties=ties, **options)
    monotone = twin.is_monotone(time, event, x, ties=ties, **options) if any(event) else False
    if isinstance(fit, str) and "monotone" not in fit:
        return  # collinear, or no event: refused before
    assert isinstance(fit, str) == monotone


@settings(max_examples=200, deadline=None)
@given(studies(columns=1), st.sampled_from(TIES))
def test_the_profile_limit_of_a_monotone_likelihood_is_its_own(study, ties):
    time, event, x, options = study
    fit = fitted(time, event, x, ties=ties, **options)
    if not isinstance(fit, str) or "monotone" not in fit:
        return
    if "out of reach" in fit:  # the sums of who has entered lose the digits that the climb needs
        assert "entry" in options
        return
    sign = -1 if "is -inf" in fit else 1
    limit = float(
        fit.split("(-inf, ")[1].split(")")[0] if sign < 0 else fit.split("is (")[1].split(",")[0]
    )
    at = {b: twin.loglik(b, time, event, x, ties, **options) for b in (limit, 12.0 * sign)}
    assert 2 * (at[12.0 * sign] - at[limit]) == pytest.approx(3.841458820694124, rel=1e-3)


@settings(max_examples=150, deadline=None)
@given(studies(), st.sampled_from(TIES), st.randoms(use_true_random=False))
def test_order_unit_of_time_and_scale_do_not_matter(study, ties, random):
    time, event, x, options = study
    fit = fitted(time, event, x, ties=ties, **options)
    order = list(range(len(time)))
    random.shuffle(order)
    shuffled = {name: np.array(column)[order] for name, column in options.items()}
    same(
        fit, fitted(np.array(time)[order], np.array(event)[order], x[order], ties=ties, **shuffled)
    )
    months = dict(options)
    if "entry" in months:
        months["entry"] = np.array(months["entry"]) / 30.4375
    same(fit, fitted(np.array(time) / 30.4375, event, x, ties=ties, **months))
    moved = fitted(time, event, 10 * x + [2024, -7], ties=ties, **options)
    if not isinstance(fit, str):
        np.testing.assert_allclose(10 * moved.coef, fit.coef, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(moved.loglik, fit.loglik, rtol=1e-9, atol=1e-9)


@settings(max_examples=150, deadline=None)
@given(studies(), st.sampled_from(TIES), st.data())
def test_frequency_weights_are_repeated_rows(study, ties, data):
    time, event, x, options = study
    times = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(time), max_size=len(time))))
    if not times.any():
        return
    rows = np.repeat(np.arange(len(time)), times)
    repeated = {name: np.array(column)[rows] for name, column in options.items()}
    a = fitted(time, event, x, ties=ties, weights=times, **options)
    b = fitted(np.array(time)[rows], np.array(event)[rows], x[rows], ties=ties, **repeated)
    same(a, b)
    if not isinstance(a, str) and ties in ("efron", "breslow"):
        for kind in ("martingale", "score", "dfbeta"):
            np.testing.assert_allclose(
                a.residuals(kind).values[rows], b.residuals(kind).values, rtol=1e-6, atol=1e-7
            )
        for kind in ("schoenfeld", "scaled-schoenfeld"):
            once, often = a.residuals(kind), b.residuals(kind)
            of_row = dict(zip(once.row.tolist(), once.values, strict=True))
            expected = np.array([of_row[row] for row in rows[often.row]])
            np.testing.assert_allclose(often.values, expected, rtol=1e-6, atol=1e-6)


@settings(max_examples=150, deadline=None)
@given(studies(), st.sampled_from(TIES), st.data())
def test_rows_split_in_time_are_the_same_patients(study, ties, data):
    time, event, x, options = study
    entry = np.array(options.pop("entry", [0] * len(time)))
    cut = np.array([data.draw(st.integers(s, t - 1)) for s, t in zip(entry, time, strict=True)])
    late = cut > entry
    parts = {
        name: np.concatenate([column, np.array(column)[late]]) for name, column in options.items()
    }
    a = fitted(time, event, x, ties=ties, entry=entry, **options)
    b = fitted(
        np.concatenate([time, cut[late]]),
        np.concatenate([event, np.zeros(late.sum(), int)]),
        np.concatenate([x, x[late]]),
        ties=ties,
        entry=np.concatenate([np.where(late, cut, entry), entry[late]]),
        **parts,
    )
    same(a, b)


@settings(max_examples=100, deadline=None)
@given(studies(delayed=False))
def test_without_ties_all_rules_agree(study):
    time, event, x, options = study
    time = np.array(time) + np.arange(len(time)) / 100
    fits = [fitted(time, event, x, ties=ties, **options) for ties in TIES]
    for other in fits[1:]:
        same(fits[0], other)


@settings(max_examples=60, deadline=None)
@given(studies(columns=1), st.sampled_from(("efron", "breslow")))
def test_firth_is_where_the_twins_penalised_likelihood_is_highest(study, ties):
    time, event, x, options = study
    fit = fitted(time, event, x, ties=ties, penalty="firth", **options)
    if isinstance(fit, str):
        return

    def value(beta):
        return twin.penalized(beta, time, event, x, ties=ties, **options)

    top = value(fit.coef)
    assert fit.penalized_loglik == pytest.approx(top, rel=1e-8, abs=1e-8)
    for j, (low, high) in enumerate(zip(fit.low, fit.high, strict=True)):
        assert low < fit.coef[j] < high
        for step in (-1e-3, 1e-3):
            moved = fit.coef.copy()
            moved[j] += step * fit.std_error[j]
            assert value(moved) < top + 1e-9


@settings(max_examples=100, deadline=None)
@given(studies())
def test_residuals_are_the_twins_and_add_up_to_nothing(study):
    time, event, x, options = study
    fit = fitted(time, event, x, **options)
    if isinstance(fit, str):
        return
    martingale, shares = twin.residuals(fit.coef, time, event, x, **options)
    np.testing.assert_allclose(fit.residuals().values, martingale, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(fit.residuals("score").values, shares, rtol=1e-7, atol=1e-7)
    assert abs(fit.residuals().values.sum()) < 1e-8
    np.testing.assert_allclose(fit.residuals("schoenfeld").values.sum(axis=0), 0, atol=1e-6)
    robust = survival.cox(time, event, x, robust=True, **options)
    influence = fit.residuals("dfbeta").values
    np.testing.assert_allclose(robust.cov, influence.T @ influence, rtol=1e-6, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(studies(columns=1, delayed=False))
def test_one_stratum_is_none_and_one_cluster_a_row_is_robust(study):
    time, event, x, _ = study
    same(fitted(time, event, x), fitted(time, event, x, strata=["all"] * len(time)))
    same(
        fitted(time, event, x, robust=True), fitted(time, event, x, cluster=list(range(len(time))))
    )
