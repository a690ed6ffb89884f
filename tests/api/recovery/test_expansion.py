"""Expansion of CAR T cells: courses worked by hand, the golden values, the slow twin, bad input."""

import json
import pickle
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from immunoreset import recovery, response, survival
from immunoreset.errors import InputError

from tests.reference import expansion as twin

GOLDEN = Path(__file__).parents[2] / "golden/recovery"

DAY = [0, 5, 7, 10, 14, 21, 28, 35, 42]
COPIES = [0, 100, 4000, 6400, 3200, 800, 400, 200, 0]


def one(day, copies, **options):
    """The row of a single patient."""
    return recovery.expansion(["P"] * len(day), day, copies, **options)


def test_a_course_worked_by_hand():
    ex = one(DAY, COPIES, lloq=50)
    assert (ex.cmax[0], ex.tmax[0], ex.tfirst[0]) == (6400, 10, 5)
    assert (ex.clast[0], ex.tlast[0], ex.lost_right[0]) == (200, 35, 42)
    assert (ex.status[0], ex.auc_status[0, 0], ex.lambda_z_status[0]) == (
        "quantified", "observed", "estimated",
    )  # fmt: skip
    assert ex.half_life[0] == pytest.approx(7, rel=1e-14)
    assert ex.span[0] == pytest.approx(2, rel=1e-14)
    up = 250 + 4100 + 5200 * 3
    down = 3200 * 4 / np.log(2) + 2400 * 7 / np.log(4) + 400 * 7 / np.log(2)
    assert ex.auc_0_28[0] == pytest.approx(up + down, rel=1e-14)
    assert ex.auc_last[0] == pytest.approx(up + down + 200 * 7 / np.log(2), rel=1e-14)
    assert ex.auc_inf[0] == pytest.approx(up + down + 400 * 7 / np.log(2), rel=1e-14)


def test_values_of_r():
    golden = json.loads((GOLDEN / "nca_theoph.json").read_text())
    rows = golden["inputs"]
    for method, key in (("linear-up-log-down", "log_down"), ("linear", "linear")):
        ex = recovery.expansion(rows["id"], rows["t"], rows["conc"], method=method)
        ours = {
            "CMAX": ex.cmax, "TMAX": ex.tmax, "CLST": ex.clast, "TLST": ex.tlast,
            "LAMZ": ex.lambda_z, "LAMZHL": ex.half_life, "LAMZNPT": ex.lambda_z_points,
            "R2ADJ": ex.adjusted_r2, "AUCLST": ex.auc_last, "AUCIFO": ex.auc_inf,
            "AUCPEO": 100 * ex.extrapolated,
        }  # fmt: skip
        for name, column in ours.items():
            theirs = [golden["expected"][key][patient].get(name) for patient in ex.patient]
            if theirs[0] is not None:
                np.testing.assert_allclose(column, theirs, rtol=1e-12, err_msg=name)


def typical(day):
    """The typical curve of Stein 2019 (definitions: 24000 copies/ug on day 9.3)."""
    day = np.asarray(day, float)
    since = day - 9.3
    up = 24000 * 3900 ** (since / 9.3)
    down = 24000 * ((1 - 0.0079) * np.exp(-0.16 * since) + 0.0079 * np.exp(-0.0032 * since))
    return np.where(since < 0, up, down)


def test_the_typical_curve_has_its_closed_form():
    day = np.linspace(0, 28, 5601)
    ex = one(day, typical(day))
    assert ex.auc_0_28[0] == pytest.approx(171774, abs=0.5)
    assert ex.doubling_time[0] == pytest.approx(0.7796, abs=5e-5)
    late = np.array([0, 9.3, *range(150, 400, 25)])
    assert one(late, typical(late)).half_life[0] == pytest.approx(216.6, abs=0.05)


def test_samples_below_their_limit():
    day, copies = [2, 4, 6, 8, 10, 12], [0, 100, 0, 200, 0, 0]
    plain = one(day, copies, lloq=60, method="linear", auc_days=(9, 11))
    assert plain.auc_days == (9, 11, 28)
    assert plain.auc[0].tolist() == pytest.approx([850, 900, 900])
    assert plain.auc_status[0].tolist() == ["below-limit"] * 3
    other = one(
        day, copies, lloq=60, method="linear", below_first="missing", below_between="half",
        below_last="missing",
    )  # fmt: skip
    assert other.auc_last[0] == pytest.approx(200 + 130 + 230)
    assert (other.auc_status[0, 0], np.isnan(other.auc_0_28[0])) == ("not-followed", True)
    flagged = one([4, 8], [100, 60], lloq=60, below=[False, True])
    assert (flagged.tlast[0], flagged.lost_right[0]) == (4, 8)
    assert one([4, 8], [100, 60], lloq=60).tlast[0] == 8  # equal to its limit: quantified
    each = one([4, 8], [100, 60], lloq=[50, 70])
    assert each.tlast[0] == 4


def test_degenerate_series():
    assert one([7], [50]).lambda_z_status[0] == "too-few-points"
    assert one([7], [50]).status[0] == "rising"
    none = one([0, 7, 28], [0, 0, 0], lloq=50)
    assert (none.status[0], none.auc_0_28[0]) == ("never-quantified", 0)
    assert np.isnan(none.cmax[0])
    assert one([0, 7], [0, 0]).auc_status[0, 0] == "not-followed"
    assert one([-3], [50]).status[0] == "no-samples"
    ties = one([3, 7, 10, 14, 21], [1, 5, 5, 5, 5])
    assert (ties.tmax[0], ties.lambda_z_status[0]) == (7, "not-declining")
    assert one([0, 7, 14], [900, 300, 100], with_peak=True).lambda_z_points[0] == 3
    at_dose = one([0, 7, 14, 28], [900, 300, 100, 30])
    assert (at_dose.tmax[0], at_dose.lambda_z_points[0]) == (0, 3)
    poor = one([0, 1, 2, 3, 4], [100, 5, 9, 2, 6], min_adjusted_r2=0.99)
    assert poor.lambda_z_status[0] == "poor-fit"
    assert np.isfinite(poor.half_life[0])


def test_a_second_infusion_restarts_the_clock():
    day, copies = [7, 14, 90, 100, 107, 121], [400, 100, 60, 40, 900, 30]
    ex = recovery.expansion(["a"] * 6, day, copies, lloq=50, infusion_day={"a": [0, 100]})
    assert ex.patient == ["a", "a"]
    assert ex.episode.tolist() == [1, 2]
    assert ex.tmax.tolist() == [7, 7]
    assert ex.lost_right.tolist() == [100, 21]
    assert ex.select(episode=2).cmax.tolist() == [900]
    for call in (ex.summary, ex.persistence_intervals):
        with pytest.raises(InputError, match=r"patient 'a' has several rows.*episode=1"):
            call()
    ex.plot().figure.canvas.draw()


def cohort(**options):
    patient = np.repeat(["a", "b", "c", "d"], len(DAY))
    day = np.tile(DAY, 4)
    copies = np.concatenate([np.multiply(COPIES, share) for share in (1, 0.5, 4, 0)])
    return recovery.expansion(patient, day, copies, lloq=50, **options)


def test_persistence_is_an_interval():
    ex = cohort(group={"a": "BCMA", "b": "CD19", "c": "CD19", "d": "CD19"})
    lost = ex.persistence_intervals()
    assert lost.patient == ["a", "b", "c"]
    assert lost.left.tolist() == [35, 35, 35]
    assert lost.right.tolist() == [42, 42, 42]
    assert lost.group == ["BCMA", "CD19", "CD19"]
    assert list(lost.excluded) == ["d"]
    assert survival.turnbull(lost.left, lost.right).estimate[-1] == 0


def test_the_summary_of_a_cohort():
    s = cohort().summary()
    rows = dict(zip(s.parameter, range(len(s.parameter)), strict=True))
    peak, area, slope = rows["cmax"], rows["auc_0_28"], rows["half_life"]
    assert (s.n[peak], s.missing[peak], s.n[area], s.zeros[area]) == (3, 1, 4, 1)
    logs = np.log([6400, 3200, 25600])
    half = 4.302652729749464 * logs.std(ddof=1) / np.sqrt(3)  # t(0.975, 2)
    assert s.geometric_mean[peak] == pytest.approx(np.exp(logs.mean()), rel=1e-13)
    assert s.low[peak] == pytest.approx(np.exp(logs.mean() - half), rel=1e-12)
    assert s.high[peak] == pytest.approx(np.exp(logs.mean() + half), rel=1e-12)
    assert s.geometric_cv[peak] == pytest.approx(
        100 * np.sqrt(np.exp(logs.var(ddof=1)) - 1), rel=1e-12
    )
    assert (s.median[peak], s.minimum[peak], s.maximum[peak]) == (6400, 3200, 25600)
    assert s.minimum[area] == 0
    assert s.n[slope] == 3
    assert np.isnan(s.geometric_mean[rows["tmax"]])
    assert s.median[rows["tmax"]] == 10
    marked = cohort(min_span=3).summary()
    assert marked.n[slope] == 0
    grouped = cohort(group={"a": "x", "b": "x", "c": "y", "d": "y"}).summary(level=0.9)
    assert list(grouped) == ["x", "y"]
    assert grouped["y"].n[peak] == 1
    assert grouped["y"].high[peak] == np.inf
    assert grouped.to_frame("polars").height == 2 * len(s.parameter)


def test_products_are_compared_by_the_rank_test():
    """Who was never quantified has the least expansion of all: 0 in the ranks."""
    ex = cohort(group={"a": "x", "b": "y", "c": "x", "d": "y"})
    test = response.rank_sum(np.nan_to_num(ex.cmax), group=ex.group)
    assert test.pvalue == pytest.approx(1 / 3)  # 2 of the 6 ways to divide four


def test_frames_order_and_pickles():
    frame = pl.DataFrame({"id": ["P"] * 9, "d": DAY, "c": COPIES, "limit": [50.0] * 9})
    ex = recovery.expansion("id", "d", "c", lloq="limit", data=frame.reverse())
    plain = one(DAY, COPIES, lloq=50)
    assert str(ex) == str(plain)
    assert ex.auc_0_28[0] == plain.auc_0_28[0]
    table = ex.to_frame("polars")
    assert table["auc_0_28"][0] == ex.auc_0_28[0]
    assert table["auc_0_28_status"][0] == "observed"
    assert pl.DataFrame(ex)["cmax"][0] == 6400
    again = pickle.loads(pickle.dumps(ex))
    assert str(again) == str(ex)
    assert again.to_dict()["auc"] == ex.to_dict()["auc"]
    assert "_samples" not in ex.to_dict()
    assert "<table>" in ex._repr_html_()
    with pytest.raises(ValueError, match="read-only"):
        ex.cmax[0] = 1
    none = recovery.expansion([], [], [], patients=["a", "b"])
    assert none.status.tolist() == ["no-samples"] * 2
    assert str(none) == (
        "2 patients: 0 quantified, 2 without samples; half-life estimated in 0; "
        "areas by linear-up-log-down"
    )
    assert "half-life not estimated (too few points)" in str(one([7], [50]))
    assert "1 of them still rising" in str(recovery.expansion(["a", "b"], [7, 7], [1, 0]))


def test_the_picture():
    ax = cohort(group={"a": "x", "b": "x", "c": "y", "d": "y"}).plot(ylabel="copies")
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["x", "y", "peak", "below its limit"]
    assert (ax.get_yscale(), ax.get_ylabel(), ax.get_ylim()[0]) == ("log", "copies", 20)
    ax.figure.canvas.draw()

    one([0, 7], [0, 5]).plot().figure.canvas.draw()
    one([0, 7], [50, 60], lloq=50, below=[True, False]).plot().figure.canvas.draw()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"day": [0, 7, 7]}, r"day\[1\] and day\[2\] of patient 'P' are both 7.0; .*mean of repl"),
        ({"copies": [0, np.nan, 1]}, r"copies\[1\] is nan; give a sample below the limit"),
        ({"copies": [0, -1, 1]}, r"copies\[1\] is -1.*cannot be negative"),
        ({"copies": [0, 1e200, 1]}, r"copies\[1\] is 1e\+200.*change the unit"),
        ({"day": [0, 7, np.inf]}, r"day\[2\] is inf"),
        ({"copies": [0, 7]}, r"copies has 2 rows"),
        ({"lloq": -1}, r"lloq is -1"),
        ({"lloq": [50, 50]}, r"lloq has 2 rows"),
        ({"below": [True, False, False]}, r"below.*give lloq"),
        ({"lloq": 1, "below": [False, True, False]}, r"copies\[1\] is 900.*flagged"),
        ({"auc_days": (0,)}, r"auc_days\[0\] is 0; it must be greater than 0"),
        ({"auc_days": 90}, r"auc_days is 90; give days, such as"),
        ({"method": "log"}, r"method is 'log'; choose one of \['linear-up-log-down', 'linear'\]"),
        ({"below_last": "half"}, r"below_last is 'half'; choose one of \['zero', 'missing'\]"),
        ({"below_first": 0}, r"below_first"),
        ({"min_adjusted_r2": 80}, r"min_adjusted_r2 is 80; an adjusted R squared from 0 to 1"),
        ({"min_span": -1}, r"min_span is -1"),
        ({"infusion_day": {"P": [0, 0]}}, r"infusion_day of patient 'P' is 0.0"),
        ({"infusion_day": {"Q": [0]}}, r"infusion_day has no day for patient 'P'"),
        ({"group": {"Q": "x"}}, r"group has no label for patient 'P'"),
    ],
)
def test_bad_input_is_named(change, message):
    given_ = {"day": [0, 7, 14], "copies": [0, 900, 300]} | change
    with pytest.raises(InputError, match=message):
        one(given_.pop("day"), given_.pop("copies"), **given_)


def test_an_unknown_group_is_named():
    with pytest.raises(InputError, match=r"group is 'z'; the rows have \['x', 'y'\]"):
        cohort(group={"a": "x", "b": "x", "c": "y", "d": "y"}).select(group="z")


# --- fitted curves ----------------------------------------------------------------------------

SAMPLED = [1, 3, 5, 7, 9, 11, 14, 21, 28, 60, 90, 180, 365]


def test_the_typical_curve_is_fitted():
    fit = recovery.expansion_fit(["P"] * 13, SAMPLED, typical(SAMPLED))
    known = {
        "cmax": 24000, "tmax": 9.3, "doubling_time": 9.3 * np.log(2) / np.log(3900),
        "half_life": np.log(2) / 0.16, "slow_share": 0.0079, "slow_half_life": np.log(2) / 0.0032,
        "initial": 24000 / 3900,
    }  # fmt: skip
    for name, value in known.items():
        assert getattr(fit, name)[0] == pytest.approx(value, rel=1e-6), name
    assert fit.auc_0_28[0] == pytest.approx(171774, abs=0.5)
    assert (fit.sd[0], np.isnan(fit.cmax_low[0])) == (0, True)


def loglik(unknowns, day, value, below):
    """The likelihood as it is written, of log peak, day, log rates, logit of share and log sd."""
    norm = pytest.importorskip("scipy.stats").norm

    peak, top, rise, fast, share, slow, sd = unknowns
    since, share = day - top, 1 / (1 + np.exp(-share))
    down = (1 - share) * np.exp(-np.exp(fast) * since) + share * np.exp(-np.exp(slow) * since)
    curve = peak + np.where(since < 0, np.exp(rise) * since, np.log(down))
    z = (value - curve) / np.exp(sd)
    return np.where(below, norm.logcdf(z), norm.logpdf(z) - sd).sum()


def test_no_other_point_is_likelier():
    minimize = pytest.importorskip("scipy.optimize").minimize

    rng = np.random.default_rng(5)
    day = np.array(SAMPLED, float)
    copies = typical(day) * np.exp(rng.normal(0, 0.4, day.size))
    fit = recovery.expansion_fit(["P"] * 13, day, copies, lloq=60)
    below = copies < 60
    value = np.log(np.where(below, 60, copies))
    start = [
        np.log(fit.cmax[0]), fit.tmax[0], np.log(np.log(2) / fit.doubling_time[0]),
        np.log(np.log(2) / fit.half_life[0]), np.log(fit.slow_share[0] / (1 - fit.slow_share[0])),
        np.log(np.log(2) / fit.slow_half_life[0]), np.log(fit.sd[0]),
    ]  # fmt: skip
    ours = loglik(start, day, value, below)
    constant = 0.5 * np.log(2 * np.pi) * (~below).sum()
    assert fit.loglik[0] in (pytest.approx(ours), pytest.approx(ours + constant))
    for shift in (0, 0.3, -0.3):
        found = minimize(
            lambda x: -loglik(x, day, value, below), np.add(start, shift), method="Nelder-Mead",
            options={"maxiter": 3000, "xatol": 1e-8, "fatol": 1e-10},
        )  # fmt: skip
        assert -found.fun <= ours + 1e-7
    for name in ("cmax", "tmax", "doubling_time", "half_life"):
        low, high = getattr(fit, f"{name}_low")[0], getattr(fit, f"{name}_high")[0]
        assert low < getattr(fit, name)[0] < high
    assert fit.score_norm[0] < 1e-6


def test_why_there_is_no_curve():
    fit = recovery.expansion_fit(
        ["a"] * 3 + ["b"] * 5, [3, 7, 9, *range(1, 6)], [5, 900, 800, 9, 8, 7, 6, 5],
        patients=["a", "b", "c"], decline="exponential", group={"a": "x", "b": "y", "c": "y"},
    )  # fmt: skip
    assert fit.status.tolist() == ["too-few-samples", "no-rise", "no-samples"]
    assert "fewer quantified samples" in fit.reason[0]
    assert np.isnan(fit.cmax).all()
    assert fit.group == ["x", "y", "y"]
    assert str(fit) == (
        "3 curves: 0 fitted, 1 no samples, 1 too few samples, 1 no rise; exponential decline"
    )
    assert fit.to_frame("polars").height == 3
    assert recovery.expansion_fit([], [], []).patient == []
    with pytest.raises(InputError, match=r"copies\[0\] is 0; 0 has no logarithm.*as lloq"):
        recovery.expansion_fit(["a"], [7], [0])
    with pytest.raises(InputError, match="decline is 'two'; choose one of"):
        recovery.expansion_fit(["a"], [7], [5], decline="two")
    with pytest.raises(InputError, match=r"day\[0\] and day\[1\] of patient 'a' are both 7"):
        recovery.expansion_fit(["a", "a"], [7, 7], [5, 6])
    with pytest.raises(InputError, match="level is 95"):
        recovery.expansion_fit(["a"], [7], [5], level=95)


# --- the slow twin ----------------------------------------------------------------------------

VALUES = st.one_of(
    st.sampled_from([0, 1, 20, 50, 60, 60, 100, 100, 1000]),
    st.floats(1, 1e6).map(lambda x: round(x, 1)),
)
SERIES = st.lists(
    st.tuples(st.integers(-10, 60), VALUES, st.sampled_from([10, 50, 50, 100])),
    max_size=12,
    unique_by=lambda sample: sample[0],
)
RULES = st.sampled_from(["zero", "missing", "half"])


@settings(max_examples=150, deadline=None)
@given(
    SERIES,
    st.sampled_from([[0], [5], [0, 20], [-5, 3, 30]]),
    st.sampled_from(["linear-up-log-down", "linear"]),
    RULES, RULES, st.sampled_from(["zero", "missing"]), st.booleans(),
)  # fmt: skip
def test_it_agrees_with_the_slow_twin(samples, infusions, method, first, between, last, with_peak):
    day, copies, lloq = zip(*samples, strict=True) if samples else ((), (), ())
    days = (3.0, 14.0, 28.0)
    ex = recovery.expansion(
        ["P"] * len(day), day, copies, lloq=lloq, auc_days=days, infusion_day={"P": infusions},
        method=method, below_first=first, below_between=between, below_last=last,
        with_peak=with_peak, patients=["P"],
    )  # fmt: skip
    rows = twin.expansion(samples, infusions, days, method, first, between, last, with_peak, 0.8, 2)
    assert len(rows) == len(ex.patient)
    for i, row in enumerate(rows):
        for name, edge in (("adjusted_r2", 0.8), ("span", 2)):  # decided by rounding
            assume(not abs(row[name] - edge) < 1e-8)
        for name in twin.WORDS:
            assert getattr(ex, name)[i] == row[name], name
        for name in twin.NUMBERS:
            np.testing.assert_allclose(getattr(ex, name)[i], row[name], 1e-9, 1e-9, err_msg=name)
        np.testing.assert_allclose(ex.auc[i], row["auc"], 1e-9)
        assert ex.auc_status[i].tolist() == row["auc_status"]


@settings(max_examples=50, deadline=None)
@given(SERIES, st.floats(0.01, 100))
def test_areas_and_rates_keep_their_units(samples, unit):
    """Copies in another unit: areas in proportion, times as they were."""
    day, copies, _ = zip(*samples, strict=True) if samples else ((), (), ())
    ex = recovery.expansion(["P"] * len(day), day, copies, patients=["P"])
    other = recovery.expansion(["P"] * len(day), day, np.multiply(copies, unit), patients=["P"])
    np.testing.assert_allclose(other.auc_0_28, unit * ex.auc_0_28, rtol=1e-9)
    np.testing.assert_allclose(other.auc_last, unit * ex.auc_last, rtol=1e-9)
    assert (other.tmax == ex.tmax).all() or np.isnan(ex.tmax[0])
