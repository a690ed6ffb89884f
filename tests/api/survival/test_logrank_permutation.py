"""Permutation tests of log-rank scores: coin, all deals listed, random ones."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import logrank as twin


def test_eight_patients_agree_with_coin(golden):
    case = golden("survival/logrank_exact_tiny")
    data, expected = case["inputs"], case["expected"]
    lr = survival.logrank(data["time"], data["event"], data["group"], method="exact")
    assert lr.permutation_z == pytest.approx(expected["z"], rel=1e-12)
    assert lr.pvalue == pytest.approx(expected["p_exact"], rel=1e-14)
    assert lr.statistic == pytest.approx(expected["survdiff"]["chisq"], rel=1e-13)


def test_aml_agrees_with_coin(golden):
    data = golden("survival/logrank_aml")["inputs"]
    lr = survival.logrank(data["time"], data["event"], data["group"], method="exact")
    assert round(lr.pvalue, 4) == 0.0647
    # trap 39: 0.0666 with the permutation variance
    assert round(survival.logrank(data["time"], data["event"], data["group"]).pvalue, 4) == 0.0653
    assert lr.permutation_z == pytest.approx(1.834549927, rel=1e-9)


@pytest.mark.parametrize("i", [i for i in range(60) if i % 3 != 2])
def test_random_data_agree_with_coin(golden, i):
    case = golden("survival/logrank_random")["cases"][i]
    columns = case["time"], case["event"], case["group"]
    lr = survival.logrank(
        *columns, strata=case["stratum"], method="monte-carlo", rng=i, replicates=2000
    )
    assert lr.permutation_z == pytest.approx(case["z"], rel=1e-9)
    if "exact" in case:
        for alternative, name in (
            ("two-sided", "exact"), ("greater", "exact_greater"), ("less", "exact_less"),
        ):  # fmt: skip
            exact = survival.logrank(*columns, method="exact", alternative=alternative)
            assert exact.pvalue == pytest.approx(case[name], rel=1e-9)
        assert abs(lr.pvalue - case["exact"]) < 5 * (0.25 / 2000) ** 0.5


days = st.lists(st.tuples(st.integers(1, 8), st.booleans(), st.integers(0, 1), st.integers(0, 1)),
                min_size=4, max_size=11)  # fmt: skip


@example([(1, False, 0, 1), (1, True, 0, 0), (1, True, 0, 0), (2, True, 0, 0)], "peto", True)
@given(days, st.sampled_from(["logrank", "gehan", "peto"]), st.booleans())
@settings(max_examples=80, deadline=None)
def test_the_exact_pvalue_counts_all_deals(rows, weights, late):
    time, event, group, stratum = (np.array(column, float) for column in zip(*rows, strict=True))
    group[:2] = [0, 1]
    entry = np.floor(time / 2) if late else None
    a = twin.scores(time, event, group, entry, stratum, weights=weights)
    lr = None
    for alternative in ("two-sided", "greater", "less"):
        lr = survival.logrank(
            time, event, group, strata=stratum, entry=entry, weights=weights, method="exact",
            alternative=alternative,
        )  # fmt: skip
        assert lr.pvalue == pytest.approx(
            twin.exact(a, group == 1, stratum, alternative), rel=1e-12
        )
    assert a[group == 1].sum() == pytest.approx(lr.observed[1] - lr.expected[1], abs=1e-10)


def simulated(n, groups=2, seed=1):
    rng = np.random.default_rng([seed, n])
    return rng.exponential(10, n), rng.random(n) < 0.8, np.arange(n) % groups


@pytest.mark.parametrize("n", [30, 41])
def test_thirty_patients_are_within_reach(n):
    columns = simulated(n)
    exact = survival.logrank(*columns, method="exact").pvalue
    random = survival.logrank(*columns, method="monte-carlo", rng=5, replicates=20_000).pvalue
    assert abs(exact - random) < 5 * (exact * (1 - exact) / 20_000) ** 0.5


def test_too_many_are_refused_with_the_remedy():
    with pytest.raises(InputError, match="out of reach: use method='monte-carlo'"):
        survival.logrank(*simulated(70), method="exact")


def test_the_digits_do_not_depend_on_executor_order_or_labels():
    time, event, group = simulated(40, groups=3)
    options = {"method": "monte-carlo", "rng": 11, "replicates": 3000}
    here = survival.logrank(time, event, group, **options)
    with ThreadPoolExecutor(3) as pool:
        assert survival.logrank(time, event, group, executor=pool, **options).pvalue == here.pvalue
    order = np.random.default_rng(2).permutation(40)
    again = survival.logrank(time[order], event[order], group[order] + 5, **options)
    assert again.pvalue == here.pvalue
    assert here.replicates == 3000
    # the share of 3000, with the data themselves as one more
    assert round(here.pvalue * 3001) == pytest.approx(here.pvalue * 3001, abs=1e-9)


def test_a_trend_is_permuted_too():
    time, event, group = simulated(45, groups=3)
    options = {"method": "monte-carlo", "rng": 1, "replicates": 4000, "trend": (0, 1, 2)}
    two = survival.logrank(time, event, group, **options)
    up = survival.logrank(time, event, group, alternative="greater", **options)
    down = survival.logrank(time, event, group, alternative="less", **options)
    assert up.pvalue + down.pvalue == pytest.approx(1, abs=0.01)
    assert two.pvalue == pytest.approx(2 * min(up.pvalue, down.pvalue), abs=0.05)
    assert two.permutation_z == up.permutation_z
    asymptotic = survival.logrank(time, event, group, trend=(0, 1, 2))
    assert two.pvalue == pytest.approx(asymptotic.pvalue, abs=0.05)


def test_progress_is_told_and_can_stop():
    columns = simulated(40)
    told = []
    options = {"method": "monte-carlo", "rng": 1, "replicates": 200_000}
    survival.logrank(*columns, progress=lambda done, total: told.append((done, total)), **options)
    assert told[-1] == (200_000, 200_000)
    assert told == sorted(told)

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        survival.logrank(*columns, progress=stop, **options)
    with ThreadPoolExecutor(2) as pool, pytest.raises(KeyboardInterrupt):
        survival.logrank(*columns, progress=stop, executor=pool, **options)
