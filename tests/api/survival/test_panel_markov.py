"""Markov models of panel data: msm, the twin, closed forms, boundaries, bad input."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immunoreset import survival
from immunoreset.errors import InputError

from tests.reference import panel_markov as twin

CHI_SQUARED_95 = 3.841458820694124
CAV = [(1, 2), (1, 4), (2, 1), (2, 3), (2, 4), (3, 2), (3, 4)]
TRIAL = [("active", "remission"), ("active", "dead"), ("remission", "active")]
RELAPSES = {"active": ["remission", "dead"], "remission": "active"}


def relapses(**options):
    """Three patients seen monthly, one of whom dies on day 75."""
    patient = ["a"] * 4 + ["b"] * 4 + ["c"] * 4
    day = [0, 30, 60, 90, 0, 30, 60, 75, 0, 30, 60, 90]
    state = [
        "active", "remission", "remission", "active", "active", "active", "active", "dead",
        "active", "active", "remission", "remission",
    ]  # fmt: skip
    given = {
        "patient": patient,
        "day": day,
        "state": state,
        "transitions": RELAPSES,
        "exact": "dead",
    }
    return survival.panel_markov(**given | options)


def agrees(fit, expected, rtol):
    """Msm's optimiser stops short of the maximum: ours is as high, and near."""
    assert fit.loglik >= expected["loglik"] - 1e-11 * abs(expected["loglik"])
    assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-8)
    assert fit.score_norm < 1e-8
    assert fit.intensity == pytest.approx(expected["intensity"], rel=rtol)
    assert fit.std_error == pytest.approx(expected["std_error"], rel=rtol)
    probability = fit.probability(expected["time"])
    assert probability.estimate == pytest.approx(np.array(expected["probability"]), rel=rtol, abs=0)
    transient = len(expected["sojourn"])
    assert fit.sojourn[:transient] == pytest.approx(expected["sojourn"], rel=rtol)


@pytest.fixture
def cav(golden):
    case = golden("survival/panel_markov")
    given = case["inputs"]["cav"]

    def fit(**options):
        return survival.panel_markov(
            given["patient"], given["years"], given["state"],
            **{"transitions": CAV, "states": [1, 2, 3, 4], "limits": "wald"} | options,
        )  # fmt: skip

    return fit, given, case["expected"]


def test_agrees_with_msm_on_cav(cav):
    fit, _, expected = cav
    answer = fit(exact=4)
    agrees(answer, expected["cav"], 2e-5)
    low, high = expected["cav"]["sojourn_low"], expected["cav"]["sojourn_high"]
    assert answer.sojourn_low[:3] == pytest.approx(low, rel=2e-5)
    assert answer.sojourn_high[:3] == pytest.approx(high, rel=2e-5)
    prevalence = answer.prevalence(expected["cav"]["prevalence_times"])
    assert prevalence.observed.tolist() == expected["cav"]["observed"]
    assert prevalence.expected == pytest.approx(np.array(expected["cav"]["expected"]), rel=2e-5)
    agrees(fit(), expected["cav_visits"], 2e-5)


def test_agrees_with_msm_on_covariates(cav):
    fit, given, expected = cav
    x = np.column_stack([given["sex"], given["dage"]])
    names, on = ["sex", "dage"], {"sex": [(1, 2)], "dage": {1: 2}}
    answer = fit(exact=4, covariates=x, names=names, on=on)
    expected = expected["cav_effects"]
    agrees(answer, expected, 2e-5)
    assert np.log(answer.hazard_ratio[0]) == pytest.approx(expected["log_hazard_ratio"], rel=5e-5)
    assert np.isnan(answer.hazard_ratio[1:]).all()
    half = np.log(answer.hazard_ratio_high / answer.hazard_ratio_low)[0] / 2 / 1.959963984540054
    assert half == pytest.approx(expected["effect_std_error"], rel=5e-5)
    at = answer.probability(2, at={"sex": 1, "dage": 30})
    assert at.estimate[0, 1] != answer.probability(2).estimate[0, 1]
    assert at.estimate == pytest.approx(answer.probability(2, at=[1, 30]).estimate)


def test_agrees_with_msm_on_a_simulated_trial(golden):
    case = golden("survival/panel_markov")
    given = case["inputs"]["trial"]
    words = {1: "active", 2: "remission", 3: "dead", 99: "alive"}
    data = {**given, "state": [words[code] for code in given["state"]]}
    fit = survival.panel_markov(
        "patient", "day", "state", data=data, transitions=TRIAL, exact="dead",
        censored={"alive": ("active", "remission")},
    )  # fmt: skip
    agrees(fit, case["expected"]["trial"], 2e-5)
    assert fit.censored == {"alive": ("active", "remission")}
    assert fit.seen.shape == (3, 4)
    assert fit.seen.sum() == fit.intervals == len(given["day"]) - 15
    # with one more transition, which nobody is seen to make, the rest stays
    more = survival.panel_markov(
        "patient", "day", "state", data=data, transitions=[*TRIAL, ("remission", "dead")],
        exact="dead", censored={"alive": ("active", "remission")},
    )  # fmt: skip
    assert more.intensity[:3] == pytest.approx(fit.intensity, rel=1e-8)
    assert more.intensity[3] == more.low[3] == 0
    assert 0 < more.high[3] < math.inf
    assert math.isnan(more.std_error[3])
    # and the upper limit lies on the profile
    best = survival.panel_markov(
        "patient", "day", "state", data=data, transitions=[*TRIAL, ("remission", "dead")],
        exact="dead", censored={"alive": ("active", "remission")}, level=0.5,
    )  # fmt: skip
    assert 0 < best.high[3] < more.high[3]


def simulated(seed, patients, visits=8, gap=30.0):
    """Rows of relapsing patients, deaths on their day: patient, day, state (0, 1, 2)."""
    rng = np.random.default_rng(seed)
    q = twin.generator([0.015, 0.002, 0.01], [(0, 1), (0, 2), (1, 0)], 3)
    rows = []
    for patient in range(patients):
        path, day, state = [], 0.0, int(rng.integers(0, 2))
        while day < visits * gap and state != 2:
            path.append((day, state))
            day += rng.exponential(-1 / q[state, state])
            leaves = np.maximum(q[state], 0)
            state = int(rng.choice(3, p=leaves / leaves.sum()))
        for k in range(visits):
            when = k * gap + (rng.integers(-4, 5) if k else 0)
            if state == 2 and when >= day:
                rows.append((patient, float(math.ceil(day)), 2))
                break
            rows.append((patient, float(when), [s for d, s in path if d <= when][-1]))
    # a death on the day of the visit before it is half a day later
    return [
        (p, d + 0.5 if i and rows[i - 1][:2] == (p, d) else d, s)
        for i, (p, d, s) in enumerate(rows)
    ]


NUMBERED = [(0, 1), (0, 2), (1, 0)]


@pytest.mark.parametrize("seed", range(2))
def test_the_fit_is_a_peak_of_the_twin_and_limits_lie_on_its_profile(seed):
    rows = simulated(seed, 12)
    fit = survival.panel_markov(*zip(*rows, strict=True), transitions=NUMBERED, exact=2)
    top = twin.loglik(fit.intensity, rows, NUMBERED, 3, exact=(2,))
    assert fit.loglik == pytest.approx(top, rel=1e-12)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        near = fit.intensity * np.exp(rng.normal(0, 0.05, 3))
        assert twin.loglik(near, rows, NUMBERED, 3, exact=(2,)) <= top + 1e-10
    # at a limit no choice of the others is higher than the quantile allows
    held = fit.high[0]
    best = max(
        twin.loglik(
            [held, fit.intensity[1] * a, fit.intensity[2] * b], rows, NUMBERED, 3, exact=(2,)
        )
        for a in np.exp(np.linspace(-0.3, 0.3, 7))
        for b in np.exp(np.linspace(-0.2, 0.9, 15))
    )  # fmt: skip
    assert 2 * (top - best) == pytest.approx(CHI_SQUARED_95, abs=0.03)
    assert 2 * (top - best) >= CHI_SQUARED_95 - 1e-6


def test_probabilities_and_times_are_those_of_the_twin():
    fit = survival.panel_markov(*zip(*simulated(1, 15), strict=True), transitions=NUMBERED, exact=2)
    q = twin.generator(fit.intensity, NUMBERED, 3)
    days = np.array([0.0, 1, 45, 400, 20_000])
    probability, time = fit.probability(days), fit.expected_time(days)
    for i, t in enumerate(days):
        assert probability.estimate[i] == pytest.approx(twin.exponential(q * t), abs=1e-12)
        assert time.estimate[i].sum(1) == pytest.approx([t] * 3, rel=1e-11)
        if t < 1000:
            assert time.estimate[i] == pytest.approx(twin.expected_time(q, t), rel=1e-8, abs=1e-12)
    start = fit.probability(45, start=1)
    assert start.estimate == pytest.approx(probability.estimate[2, 1])
    assert (start.low < start.estimate).all()
    assert (start.estimate < start.high).all()


def test_the_delta_method_is_that_of_differences():
    fit = survival.panel_markov(*zip(*simulated(2, 15), strict=True), transitions=NUMBERED, exact=2)
    t, step, slopes = 60.0, 1e-5, []
    for unit in np.eye(3) * step:
        up = twin.exponential(twin.generator(fit.intensity * np.exp(unit), NUMBERED, 3) * t)
        down = twin.exponential(twin.generator(fit.intensity * np.exp(-unit), NUMBERED, 3) * t)
        slopes.append((up - down) / (2 * step))
    expected = np.sqrt(np.einsum("ars,ab,brs->rs", slopes, fit.cov, slopes))
    assert fit.probability(t).std_error == pytest.approx(expected, rel=1e-7, abs=1e-12)


def test_two_states_with_exact_deaths_are_the_exponential_model():
    rng = np.random.default_rng(5)
    time = np.ceil(rng.exponential(200, 25)).clip(1, 300)
    event = time < 300
    event[:2] = True
    patient = np.repeat(np.arange(25), 2)
    day = np.column_stack([np.zeros(25), time]).ravel()
    state = np.column_stack([np.zeros(25, int), event.astype(int)]).ravel()
    fit = survival.panel_markov(patient, day, state, transitions=[(0, 1)], exact=1)
    plain = survival.parametric(time, event=event, distribution="exponential")
    assert fit.intensity[0] == pytest.approx(math.exp(-plain.coef[0]), rel=1e-9)
    assert fit.std_error[0] == pytest.approx(plain.std_error[0], rel=1e-8)
    assert fit.low[0] == pytest.approx(math.exp(-plain.high[0]), rel=1e-7)
    assert fit.high[0] == pytest.approx(math.exp(-plain.low[0]), rel=1e-7)
    assert fit.loglik == pytest.approx(plain.loglik, rel=1e-10)
    # deaths found at visits: the interval-censored model
    seen = survival.panel_markov(patient, day, state, transitions=[(0, 1)])
    left = np.where(event, 0, time)
    right = np.where(event, time, np.inf)
    bounded = survival.parametric(left=left, right=right, distribution="exponential")
    assert seen.intensity[0] == pytest.approx(math.exp(-bounded.coef[0]), rel=1e-8)
    assert seen.low[0] == pytest.approx(math.exp(-bounded.high[0]), rel=1e-6)
    assert seen.loglik == pytest.approx(bounded.loglik, rel=1e-10)


def test_one_patient_with_two_visits():
    stays = survival.panel_markov([1, 1], [0, 28], ["a", "a"], transitions=[("a", "b")])
    assert stays.intensity[0] == stays.low[0] == 0
    assert stays.high[0] == pytest.approx(CHI_SQUARED_95 / 2 / 28, rel=1e-8)
    assert stays.sojourn[0] == math.inf
    assert stays.sojourn_low[0] == pytest.approx(1 / stays.high[0])
    moves = survival.panel_markov([1, 1], [0, 28], ["a", "b"], transitions=[("a", "b")])
    assert moves.intensity[0] == moves.high[0] == math.inf
    assert moves.low[0] == pytest.approx(-math.log1p(-math.exp(-CHI_SQUARED_95 / 2)) / 28, rel=1e-6)
    assert moves.probability(1).estimate.tolist() == [[0, 1], [0, 1]]
    dies = survival.panel_markov([1, 1], [0, 28], ["a", "b"], transitions=[("a", "b")], exact="b")
    assert dies.intensity[0] == pytest.approx(1 / 28, rel=1e-9)


def test_a_state_that_nobody_enters_is_not_known():
    fit = survival.panel_markov(
        [1, 1, 2, 2], [0, 30, 0, 30], ["a"] * 4, transitions={"a": "b", "b": ["a", "c"]}
    )
    assert fit.intensity[0] == 0
    assert np.isnan(fit.intensity[1:]).all()
    assert fit.low.tolist() == [0, 0, 0]
    assert fit.high[1:].tolist() == [math.inf, math.inf]
    after = fit.probability(30)
    assert np.isnan(after.estimate[1]).all()
    assert after.estimate[2].tolist() == [0, 0, 1]
    assert after.estimate[0] == pytest.approx([1, 0, 0], abs=1e-14)
    assert np.isnan(after.high[0]).all()  # nobody moved so far


@given(st.integers(0, 10_000), st.integers(2, 20), st.floats(0.01, 400))
@settings(max_examples=15, deadline=None)
def test_units_labels_and_order_of_rows_change_nothing_else(seed, patients, unit):
    rows = simulated(seed, patients)
    try:
        fit = survival.panel_markov(*zip(*rows, strict=True), transitions=NUMBERED, exact=2)
    except InputError:  # nobody moves, or all at every visit
        return
    order = np.random.default_rng(seed).permutation(len(rows))
    words = ["x", "y", "z"]
    other = survival.panel_markov(
        [f"p{rows[i][0]}" for i in order], [rows[i][1] * unit + 7 for i in order],
        [words[rows[i][2]] for i in order], exact="z",
        transitions=[(words[a], words[b]) for a, b in NUMBERED],
    )  # fmt: skip
    for name in ("intensity", "low", "high"):
        ours, theirs = getattr(fit, name), getattr(other, name) * unit
        assert theirs == pytest.approx(ours, rel=1e-5, nan_ok=True)
    assert (fit.low <= fit.intensity)[np.isfinite(fit.intensity)].all()
    assert (fit.intensity <= fit.high)[np.isfinite(fit.intensity)].all()
    assert (fit.seen == other.seen).all()


def test_profile_and_wald_limits_of_a_covariate():
    rows = simulated(3, 20)
    x = [float(row[0] % 2) for row in rows]
    columns = list(zip(*rows, strict=True))
    given = {
        "transitions": NUMBERED,
        "exact": 2,
        "covariates": x,
        "names": ["arm"],
        "on": {"arm": [(0, 1)]},
    }
    fit = survival.panel_markov(*columns, **given)
    wald = survival.panel_markov(*columns, **given, limits="wald")
    assert fit.hazard_ratio_low[0, 0] < fit.hazard_ratio[0, 0] < fit.hazard_ratio_high[0, 0]
    assert wald.hazard_ratio_low[0, 0] == pytest.approx(fit.hazard_ratio_low[0, 0], rel=0.2)
    assert wald.pvalue[0, 0] == pytest.approx(fit.pvalue[0, 0], abs=0.05)
    effect = math.log(fit.hazard_ratio[0, 0])
    base = fit.intensity * np.exp([-effect * fit.covariate_mean[0], 0, 0])
    full = [(*row, (value,)) for row, value in zip(rows, x, strict=True)]
    top = twin.loglik(base, full, NUMBERED, 3, exact=(2,), effects=[[effect, 0, 0]])
    assert fit.loglik == pytest.approx(top, rel=1e-12)
    null = survival.panel_markov(*columns, transitions=NUMBERED, exact=2)
    statistic = 2 * (fit.loglik - null.loglik)
    assert fit.pvalue[0, 0] == pytest.approx(math.erfc(math.sqrt(statistic / 2)), rel=1e-6)


def test_a_result_reads_well():
    fit = relapses()
    assert str(fit) == (
        "3 patients, 9 intervals: intensities active to remission 0.0203 (0.00297 to inf), active "
        "to dead 0.00688 (0.000389 to 0.0313), remission to active 0.0178 (0.000908 to inf); 95% "
        "profile limits"
    )
    assert str(fit.prevalence(60)) == (
        "60 days after the first visit, of 3: 1 active (expected 1.11), 2 remission (expected "
        "1.18), 0 dead (expected 0.712)"
    )
    assert fit.states == ("active", "remission", "dead")
    assert fit.aic == pytest.approx(6 - 2 * fit.loglik)
    assert (fit.patients, fit.n, fit.intervals) == (3, 12, 9)
    again = pickle.loads(pickle.dumps(fit))
    assert again.intensity.tolist() == fit.intensity.tolist()
    assert again.probability(30).estimate.tolist() == fit.probability(30).estimate.tolist()
    table = fit.to_frame("pandas")
    assert table["seen"].tolist() == [2, 1, 1]
    assert "transitions" in fit.to_dict()
    assert "<table>" in fit._repr_html_()
    several = fit.probability([30, 60])
    assert str(several) == "probability of 3 states at 2 times, 95% limits"
    assert len(several.to_frame("pandas")) == 18
    assert str(fit.expected_time(90, start="active")).startswith(
        "expected time 90 days after active: active 44.5 (18.7 to 70.7)"
    )
    counts = fit.prevalence([0, 60])
    assert str(counts) == "prevalence of 3 states at 2 times"
    assert counts.to_frame("pandas")["at_risk"].tolist() == [3, 3, 3, 3, 3, 3]
    many = survival.panel_markov(
        [1, 1, 1, 1], [0, 1, 2, 3], [0, 1, 2, 0],
        transitions=[(0, 1), (1, 2), (2, 0), (1, 0), (0, 2)], exact=(),
    )  # fmt: skip
    assert "5 intensities between 3 states" in str(many)


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_frames(backend):
    frames = pytest.importorskip(backend)
    frame = frames.DataFrame(
        {
            "who": [1, 1, 2, 2],
            "when": [0, 30, 0, 41],
            "what": ["a", "a", "a", "b"],
            "x": [0, 0, 1, 1],
        }
    )
    fit = survival.panel_markov(
        "who", "when", "what", data=frame, transitions=[("a", "b")], exact="b"
    )
    assert fit.intensity[0] == pytest.approx(1 / 71, rel=1e-9)
    with pytest.raises(InputError, match=r"covariates column\[0\]"):
        survival.panel_markov(
            "who", "when", "what", data=frame, transitions=[("a", "b")], exact="b", covariates="x"
        )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"day": [0, 30, 60, 90, 0, 30, 60, 60, 0, 30, 60, 90]}, "patient 'b', see row 6"),
        ({"day": [0, 30, 60, 90, 0, 30, 60, 50, 0, 30, 60, 90]}, "after a state of exact="),
        ({"day": [0, 30, 60, math.nan, 0, 30, 60, 75, 0, 30, 60, 90]}, r"day\[3\] is nan"),
        ({"state": ["active"] * 11 + ["cured"]}, r"state\[11\] is 'cured' \(patient 'c'\)"),
        ({"state": ["active"] * 11 + [None]}, r"state\[11\] is None .* leave the row out"),
        ({"transitions": {"active": ["remission", "dead"]}}, "do not lead there"),
        (
            {"transitions": {"active": "dead", "dead": "remission", "remission": "active"}},
            "leaves a state of exact",
        ),
        ({"transitions": []}, "transitions is empty"),
        ({"transitions": ["active"]}, "give a pair"),
        ({"transitions": [("active", None)]}, "name both states"),
        ({"transitions": [("active", "active")]}, "leads to another state"),
        ({"transitions": [("active", "dead")] * 2}, "give each transition once"),
        ({"states": ["active", "dead"]}, "names 'remission'"),
        ({"states": ["active", "dead", "remission", "active"]}, "name each state once"),
        ({"exact": "death"}, "exact names 'death'"),
        ({"censored": {"dead": ("active",)}}, "give names that are no states"),
        ({"censored": {"alive": ("well",)}}, "names 'well'"),
        ({"covariates": [1] * 12}, "constant"),
        ({"covariates": [[1.0, 2.0]] * 12, "names": ["x"]}, "names has 1"),
        ({"on": {"arm": [("active", "dead")]}}, "on names 'arm'"),
        ({"covariates": [0, 1] * 6, "on": {"x1": [("dead", "active")]}}, r"on\['x1'\] names"),
        ({"limits": "exact"}, "limits"),
        ({"level": 1}, "level is 1"),
        ({"day": list(range(11))}, "day has 11 rows"),
        ({"state": [["active"] * 12]}, "state has 2 dimensions"),
        ({"patient": list(range(12))}, "two different days"),
        ({"patient": [], "day": [], "state": []}, "no patient"),
    ],
)
def test_bad_input_is_named(options, words):
    with pytest.raises(InputError, match=words):
        relapses(**options)


def test_a_numbered_patient_is_named_by_the_number():
    with pytest.raises(InputError, match=r"state\[1\] is 'c' \(patient 1\)"):
        survival.panel_markov([1, 1], [0, 30], ["a", "c"], transitions=[("a", "b")])


def test_bad_questions_are_named():
    fit = relapses()
    for days, words in (
        (-1, "days is -1"),
        ([30, math.nan], r"days\[1\] is nan"),
        ([1e200], "days"),
    ):
        with pytest.raises(InputError, match=words):
            fit.probability(days)
    with pytest.raises(InputError, match="start names 'cured'"):
        fit.probability(30, start="cured")
    with pytest.raises(InputError, match="at has 1 values"):
        fit.expected_time(30, at=[1])
    with pytest.raises(InputError, match="at names"):
        fit.expected_time(30, at={"arm": 1})
    with pytest.raises(InputError, match="days"):
        fit.prevalence(-3)


def test_what_the_data_cannot_tell_is_an_error():
    with pytest.raises(InputError, match="visits are too far apart"):
        survival.panel_markov(
            [1] * 5, [0, 30, 60, 90, 120], [0, 1, 0, 1, 0], transitions=[(0, 1), (1, 0)]
        )
    with pytest.raises(InputError, match="the visits do not tell them apart"):
        survival.panel_markov(
            [1, 1, 2, 2], [0, 30, 0, 30], ["a", "a", "a", "u"],
            transitions=[("a", "b"), ("a", "c")], censored={"u": ("b", "c")},
        )  # fmt: skip
    with pytest.raises(InputError, match=r"covariates column\[0\].*has no end"):
        survival.panel_markov(
            [1, 1, 2, 2, 3, 3], [0, 30, 0, 30, 0, 30], ["a", "b", "a", "a", "a", "a"],
            transitions=[("a", "b")], covariates=[1, 1, 0, 0, 1, 1],
        )  # fmt: skip


def test_the_picture_shows_each_state():
    pytest.importorskip("matplotlib").use("Agg")
    fit = relapses()
    ax = fit.plot()
    assert [line.get_label() for line in ax.lines] == ["active", "remission", "dead"]
    assert ax.lines[0].get_xdata()[-1] == fit.longest == 90
    assert ax.lines[1].get_ydata()[0] == 0
    assert fit.plot(ax=ax, start="remission", days=30, limits=False) is ax
    assert ax.get_ylabel() == "probability after remission"
