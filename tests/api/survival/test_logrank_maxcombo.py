"""The largest of several log-rank tests."""

import math
import pickle

import numpy as np
import pytest
from immunoreset import survival
from immunoreset.errors import InputError

COMBINATIONS = ((0, 0), (0, 1), (1, 0), (1, 1))
MONTHS = [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 1, 3, 4, 6, 14, 16, 18, 20, 22, 24]
RELAPSE = [1] * 10 + [1, 1, 1, 1, 1, 0, 0, 1, 0, 0]
ARM = ["control"] * 10 + ["treated"] * 10


def test_each_z_is_that_of_its_own_test():
    m = survival.maxcombo(MONTHS, RELAPSE, ARM, strata=[0, 1] * 10)
    for z, (rho, gamma) in zip(m.z, COMBINATIONS, strict=True):
        one = survival.logrank(
            MONTHS, RELAPSE, ARM, strata=[0, 1] * 10, weights="fleming-harrington", rho=rho,
            gamma=gamma,
        )  # fmt: skip
        assert z == pytest.approx(one.z, rel=1e-12)
    assert m.statistic == m.z[np.argmax(np.abs(m.z))]
    assert m.chosen == COMBINATIONS[int(np.argmax(np.abs(m.z)))]
    assert m.strata == 2


def test_the_pvalue_is_that_of_simulated_normal_variables():
    m = survival.maxcombo(MONTHS, RELAPSE, ARM)
    # 1 = S + (1 - S): the tests (0, 0), (0, 1), (1, 0) are linearly dependent
    assert np.linalg.matrix_rank(m.correlation, tol=1e-10) == 3
    values, vectors = np.linalg.eigh(m.correlation)
    root = vectors * np.sqrt(np.maximum(values, 0))
    z = np.random.default_rng(1).standard_normal((400_000, 4)) @ root.T
    share = np.mean(np.abs(z).max(axis=1) >= abs(m.statistic))
    assert m.pvalue == pytest.approx(share, abs=5 * (m.pvalue / 400_000) ** 0.5)
    for alternative, sign in (("greater", 1), ("less", -1)):
        one = survival.maxcombo(MONTHS, RELAPSE, ARM, alternative=alternative)
        share = np.mean((sign * z).max(axis=1) >= sign * one.statistic)
        assert one.pvalue == pytest.approx(share, abs=5 * (0.25 / 400_000) ** 0.5)


def test_permutation_is_close_for_many_patients():
    rng = np.random.default_rng(4)
    group = np.arange(200) % 2
    time = rng.exponential(np.where(group == 1, 13.0, 10.0))
    event = time < 15
    m = survival.maxcombo(np.minimum(time, 15), event, group)
    p = survival.maxcombo(
        np.minimum(time, 15), event, group, method="monte-carlo", rng=3, replicates=20_000
    )
    assert p.pvalue == pytest.approx(m.pvalue, abs=0.02)
    assert (p.method, p.replicates) == ("monte-carlo", 20_000)


def test_one_combination_is_its_test():
    for alternative in ("two-sided", "greater", "less"):
        m = survival.maxcombo(MONTHS, RELAPSE, ARM, combinations=[(0, 0)], alternative=alternative)
        one = survival.logrank(MONTHS, RELAPSE, ARM, alternative=alternative)
        assert m.pvalue == pytest.approx(one.pvalue, rel=1e-12)


def test_nothing_to_compare():
    m = survival.maxcombo([1, 2, 3], [0, 0, 0], ["a", "b", "b"])
    assert (m.statistic, m.chosen, m.pvalue) == (0, None, 1)
    assert np.isnan(m.z).all()
    assert str(m) == "largest of 4 log-rank tests: nothing to compare, p = 1.0000"
    m = survival.maxcombo(
        [1, 2, 3], [0, 0, 0], ["a", "b", "b"], method="monte-carlo", rng=1, replicates=9
    )
    assert m.pvalue == 1


def test_frames_and_pickles():
    data = {"t": MONTHS, "e": RELAPSE, "g": ARM}
    m = survival.maxcombo("t", "e", "g", data=data)
    assert m.to_frame("pandas")["gamma"].tolist() == [0, 1, 0, 1]
    assert pickle.loads(pickle.dumps(m)).pvalue == m.pvalue


BAD = [
    ({"combinations": []}, "give one to four pairs"),
    ({"combinations": [(0, 0)] * 5}, "give one to four pairs"),
    ({"combinations": [(0, 0, 0)]}, "give pairs of exponents"),
    ({"combinations": [(0, math.nan)]}, "give finite exponents"),
    ({"combinations": [(0, -1)]}, "gamma is -1; an exponent"),
    ({"method": "exact"}, "method is 'exact'; choose one of"),
    ({"method": "monte-carlo"}, "rng is None"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_bad_input_is_named(options, message):
    with pytest.raises(InputError, match=message):
        survival.maxcombo(MONTHS, RELAPSE, ARM, **options)


def test_three_groups_are_refused():
    with pytest.raises(InputError, match="group; this compares two groups"):
        survival.maxcombo(MONTHS, RELAPSE, [0, 1, 2, 0] * 5)
