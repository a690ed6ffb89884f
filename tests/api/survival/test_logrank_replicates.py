"""Many simulated trials at once: each is the test, and the curve, of its own row."""

import pickle

import numpy as np
import pytest
from immunoreset import survival
from immunoreset.errors import InputError


def trials(replicates=40, n=17, groups=3, kind="days", seed=1):
    rng = np.random.default_rng([seed, n])
    time = rng.exponential(10, (replicates, n)) + 0.01
    time = np.ceil(time) if kind == "days" else time
    return time, rng.random((replicates, n)) < 0.7, np.arange(n) % groups


@pytest.mark.parametrize("kind", ["days", "continuous"])
@pytest.mark.parametrize("weights", ["logrank", "peto", "fleming-harrington"])
def test_each_row_is_its_own_test_and_curve(kind, weights):
    time, event, group = trials(kind=kind)
    at = [0, 3, 8, 20]
    options = {"weights": weights, "rho": 0.5 if weights == "fleming-harrington" else 0}
    many = survival.logrank_replicates(time, event, group, at=at, **options)
    assert many.estimate.shape == (40, 3, 4)
    for i in range(40):
        one = survival.logrank(time[i], event[i], group, **options)
        assert many.statistic[i] == one.statistic
        assert many.pvalue[i] == one.pvalue
        assert many.df[i] == one.df
        curves = survival.kaplan_meier(time[i], event[i], group=group)
        for g in range(3):
            np.testing.assert_allclose(many.estimate[i, g], curves[g].at(at).estimate, rtol=1e-13)


def test_two_groups_trend_and_exact():
    time, event, group = trials(groups=2, n=13)
    many = survival.logrank_replicates(time, event, group, method="exact", alternative="greater")
    trend = survival.logrank_replicates(time, event, group % 2 + 4, trend={4: 0, 5: 1})
    for i in range(40):
        one = survival.logrank(time[i], event[i], group, method="exact", alternative="greater")
        assert many.pvalue[i] == one.pvalue
        assert many.z[i] == trend.z[i] == one.z


def test_the_size_of_the_exact_test_is_not_exceeded():
    rng = np.random.default_rng(7)
    time = rng.exponential(10, (4000, 12))
    many = survival.logrank_replicates(
        np.minimum(time, 15), time <= 15, np.arange(12) % 2, method="exact"
    )
    assert many.rejected(0.05) <= 0.05 + 4 * (0.05 * 0.95 / 4000) ** 0.5


def test_words_frames_and_pickles():
    many = survival.logrank_replicates(*trials())
    assert str(many).startswith("40 log-rank tests, ")
    assert many.to_frame("pandas").shape == (40, 4)
    assert pickle.loads(pickle.dumps(many)).to_dict()["df"] == many.df.tolist()
    assert not many.pvalue.flags.writeable
    none = survival.logrank_replicates(np.empty((0, 4)), np.empty((0, 4), bool), [0, 1, 0, 1])
    assert none.statistic.shape == (0,)


TIME, EVENT, GROUP = np.ones((2, 3)), np.ones((2, 3), bool), [0, 1, 1]
BAD = [
    ((np.array([[1, 2, 3], [1, -2, 3]]), EVENT, GROUP), {}, r"time\[1, 1\] is -2.0; it cannot"),
    ((TIME[0], EVENT, GROUP), {}, "time has 1 dimensions; give one row a replicate"),
    ((TIME, EVENT[:, :2], GROUP), {}, "event has 2 columns and group has 3 rows"),
    ((TIME, EVENT[:1], GROUP), {}, "event has 1 rows and time has 2"),
    ((TIME, EVENT, [0, 0, 0]), {}, "one group is nothing to compare"),
    ((TIME, EVENT, [0, 1, 2]), {"method": "exact"}, "is that of two groups"),
    ((TIME, EVENT, GROUP), {"method": "monte-carlo"}, "choose one of"),
    ((TIME, EVENT, GROUP), {"at": [2, 1]}, r"at\[1\] is 1; it is not above the one before it"),
    ((TIME, EVENT, GROUP), {"at": [-1]}, r"at\[0\] is -1; it cannot be negative"),
    ((TIME, EVENT, GROUP), {"trend": [1, 1]}, "there is no trend"),
    ((np.empty((2, 0)), np.empty((2, 0), bool), []), {}, "there is no patient"),
]


@pytest.mark.parametrize(("columns", "options", "message"), BAD)
def test_bad_input_is_named(columns, options, message):
    with pytest.raises(InputError, match=message):
        survival.logrank_replicates(*columns, **options)
