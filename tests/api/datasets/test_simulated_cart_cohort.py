import hashlib
import math
import statistics

import pytest
from immunoreset import cohort, datasets
from immunoreset.datasets.simulation import parameters
from immunoreset.datasets.simulation.course import draw_course
from immunoreset.datasets.simulation.draws import Draws
from immunoreset.datasets.simulation.kinetics import BCellCurve, CarTCurve
from immunoreset.errors import InputError

MANY = 500


def rows_of(frame):
    return list(frame.iter_rows(named=True))


@pytest.fixture(scope="module")
def small():
    return datasets.simulated_cart_cohort(seed=3, n=12, backend="polars")


@pytest.fixture(scope="module")
def many():
    drawn = datasets.simulated_cart_cohort(seed=2024, n=MANY, backend="polars")
    return {name: rows_of(frame) for name, frame in drawn.tables.items()}


# --- the same digits, and what a patient depends on -----------------------------------------------


def test_the_same_seed_gives_the_same_files_everywhere(tmp_path):
    # The digest was taken once, on x86-64 with NumPy 2.4; it must hold on every machine.
    paths = datasets.simulated_cart_cohort(seed=1, n=8).write(tmp_path)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    assert digest == "643f265d64067ae387199631bf8cfd66a694a0efb4d90b22553b06577f5514df"


def test_a_patient_does_not_depend_on_how_many_there_are(small):
    fewer = datasets.simulated_cart_cohort(seed=3, n=5, backend="polars")
    names = set(fewer.subjects["id"].to_list())
    for name, frame in small.tables.items():
        same = [row for row in rows_of(frame) if row["id"] in names]
        assert same == rows_of(fewer.tables[name])


def test_another_seed_gives_other_patients(small):
    other = datasets.simulated_cart_cohort(seed=4, n=12, backend="polars")
    assert rows_of(other.flow) != rows_of(small.flow)


@pytest.mark.parametrize("backend", ["pandas", "pyarrow"])
def test_every_backend_writes_the_same_files(small, backend, tmp_path):
    other = datasets.simulated_cart_cohort(seed=3, n=12, backend=backend)
    ours, theirs = small.write(tmp_path / "polars"), other.write(tmp_path / backend)
    for one, two in zip(ours, theirs, strict=True):
        assert one.read_bytes() == two.read_bytes()


# --- it says what it is, and it is a cohort -------------------------------------------------------


def test_it_says_that_it_is_simulated(small):
    assert "not data" in str(small)
    assert all(small.subjects["simulated"].to_list())
    assert all(name.startswith("SIM-") for name in small.subjects["id"].to_list())
    assert "Simulated" in datasets.describe("simulated_cart_cohort").caveat


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_it_is_read_back_as_a_cohort_without_problems(small, format, tmp_path):
    small.write(tmp_path, format=format)
    back = cohort.read(tmp_path, backend="polars")
    assert back.notes == ()
    assert back.simulated
    for name, frame in small.tables.items():
        assert rows_of(back.tables[name]) == rows_of(frame)


def test_a_hundred_patients_pass_every_check(tmp_path):
    datasets.simulated_cart_cohort(seed=77, n=100).write(tmp_path)
    assert cohort.validate(tmp_path).problems == ()


def test_files_that_are_there_are_not_overwritten(small, tmp_path):
    (tmp_path / "labs.csv").write_text("mine")
    with pytest.raises(FileExistsError, match=r"labs\.csv is there already; give an empty folder"):
        small.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["labs.csv"]
    assert (tmp_path / "labs.csv").read_text() == "mine"


def test_an_empty_cohort_has_its_columns(tmp_path):
    none = datasets.simulated_cart_cohort(seed=1, n=0)
    assert len(none.flow) == 0
    assert "cd19_abs" in none.flow.columns


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": -1, "n": 2}, "seed is -1; give a whole number that is not negative"),
        ({"seed": 1, "n": 2.5}, "n is 2.5; give a whole number"),
        ({"seed": True, "n": 2}, "seed is True"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(InputError, match=message):
        datasets.simulated_cart_cohort(**arguments)


def test_an_unknown_format_is_named(small, tmp_path):
    with pytest.raises(InputError, match="format is 'xlsx'; the formats are csv and parquet"):
        small.write(tmp_path, format="xlsx")


# --- calibrated to published summaries, at n = 500 ------------------------------------------------
# Bounds are four standard errors of the simulated summary, for one fixed seed.


def aplasia(many):
    """Return duration and day of return as the series give them: first visit to first visit."""
    stop = {row["id"]: row["day"] for row in many["events"] if row["type"] in (
        "rescue", "reinfusion", "death")}  # fmt: skip
    series = {}
    for row in many["flow"]:
        count = 0.0 if row["below_lloq"] else row["cd19_abs"]
        series.setdefault(row["id"], []).append((row["day"], count))
    durations, gone_days = [], []
    for patient, counts in series.items():
        if counts[0][1] < 10:  # depleted before
            continue
        gone = next((day for day, count in counts if count < 10), math.inf)
        back = next((day for day, count in counts if day > gone and count >= 10), math.inf)
        gone_days.append(gone)
        if back < stop.get(patient, math.inf):
            durations.append(back - gone)
    return durations, gone_days


def test_aplasia_lasts_as_long_as_published(many):
    durations, _ = aplasia(many)
    # Mueller 2024 (NEJM 390:687): 112 +- 47 days. The SD of a mean of 450 is 47 / 21 = 2.2.
    assert len(durations) > 0.9 * MANY
    assert statistics.mean(durations) == pytest.approx(112, abs=4 * 2.2)
    assert statistics.stdev(durations) == pytest.approx(47, abs=8)


def test_b_cells_are_gone_by_day_seven(many):
    _, gone = aplasia(many)
    assert statistics.median(gone) <= 7
    assert sum(day <= 14 for day in gone) > 0.97 * len(gone)  # TyU19: complete within two weeks


def test_b_cells_are_gone_and_back_on_the_published_days_in_truth():
    # Mueller 2024, IIM (EAN): eliminated after 5.9 +- 2.2 days; Park 2025: return near day 85.
    courses = [draw_course(5, number) for number in range(MANY)]
    gone = [
        next((day for day in range(40) if course.b_cells.at(day) < 1), 40)
        for course in courses
        if course.b_cells.baseline > 10
    ]
    assert statistics.mean(gone) == pytest.approx(5.9, abs=1)
    assert statistics.median(c.b_cells.return_day for c in courses) == pytest.approx(85, abs=8)


def test_car_t_cells_peak_as_published(many):
    peaks = {}
    for row in many["pk"]:
        if row["value"] is not None and row["value"] > peaks.get(row["id"], (0, 0))[0]:
            peaks[row["id"]] = (row["value"], row["day"])
    # Park 2025: peak of 112 (37-450) cells/uL; Erlangen: on day 9
    assert statistics.median(v for v, _ in peaks.values()) == pytest.approx(112, rel=0.12)
    assert statistics.median(day for _, day in peaks.values()) == pytest.approx(9, abs=1)
    # carlysle2025: CAR T cells seen for a median of 3.0 months
    last = {row["id"]: row["day"] for row in many["pk"] if not row["below_lloq"]}
    assert statistics.median(last.values()) == pytest.approx(91, abs=14)


def test_local_reactions_are_as_published(many):
    events = [row for row in many["ae"] if row["class"] == "LICATS"]
    patients = {row["id"] for row in events}
    # Hagen 2025: 30 of 39 patients, 54 events, onset median 10 (9-21), duration 11 (5-14), grade 3
    # in 3 of 54. SE at 500: 0.019 for the share of patients.
    assert len(patients) / MANY == pytest.approx(30 / 39, abs=4 * 0.019)
    assert len(events) / len(patients) == pytest.approx(54 / 30, abs=0.2)
    onset = statistics.quantiles([row["start"] for row in events], n=4)
    assert onset == pytest.approx([9, 10, 21], abs=3)
    lasts = [row["stop"] - row["start"] + 1 for row in events if row["stop"] is not None]
    assert statistics.quantiles(lasts, n=4) == pytest.approx([5, 11, 14], abs=1)
    assert sum(row["grade"] == 3 for row in events) / len(events) == pytest.approx(3 / 54, abs=0.03)


def test_local_reactions_begin_during_aplasia(many):
    courses = {c.id: c for c in (draw_course(2024, number) for number in range(MANY))}
    for row in many["ae"]:
        if row["class"] == "LICATS":
            gone, back = courses[row["id"]].aplasia
            assert gone <= row["start"] < back


def test_cytokine_release_is_mostly_grade_one(many):
    grades = [row["grade"] for row in many["ae"] if row["class"] == "CRS"]
    # Mueller 2024: grade 1 in 10 of 15, grade 2 in 1 of 15. SE at 500: 0.021 and 0.011
    assert grades.count(1) / MANY == pytest.approx(10 / 15, abs=4 * 0.021)
    assert grades.count(2) / MANY == pytest.approx(1 / 15, abs=4 * 0.011)


def test_lupus_responds_as_in_the_series(many):
    lupus = {row["id"] for row in many["subjects"] if row["disease"] == "SLE"}
    late = {}
    for row in many["visits"]:
        if row["id"] in lupus and row["score_name"] == "SLEDAI-2K" and 150 <= row["day"] <= 210:
            late[row["id"]] = row["value"]
    low = sum(value <= 4 for value in late.values()) / len(late)
    # DORIS in 18 of 21 of three series without shared patients; SE at 190: 0.025
    assert low == pytest.approx(18 / 21, abs=4 * 0.025)


def test_competing_events_are_rare(many):
    for kind, most in (("relapse", 0.1), ("rescue", 0.12), ("reinfusion", 0.03), ("death", 0.03)):
        assert 0 < sum(row["type"] == kind for row in many["events"]) < most * MANY


# --- parts ----------------------------------------------------------------------------------------


def test_the_expansion_curve_has_its_peak_and_its_fold():
    curve = CarTCurve(peak_day=9.0, peak=112.0, contraction=0.05)
    assert curve.at(9) == pytest.approx(112)
    assert curve.at(0) == pytest.approx(112 / parameters.FOLD_EXPANSION)
    assert curve.at(-1) == 0
    day = curve.falls_below(2.38)
    assert curve.at(day) == pytest.approx(2.38, rel=1e-9)
    assert curve.falls_below(200.0) == 9.0


def test_b_cells_that_are_back_reach_their_ceiling():
    car_t = CarTCurve(9.0, 112.0, 0.05)
    b_cells = BCellCurve(150.0, car_t, 2.0, return_day=85.0, rate=1.58, ceiling=449.0)
    assert b_cells.at(-30) == 150
    assert b_cells.at(40) == pytest.approx(0, abs=1e-9)
    day = b_cells.first_day(10.0, 5.0)
    assert b_cells.at(day) == pytest.approx(10)
    assert b_cells.at(20_000) == pytest.approx(449)
    assert b_cells.first_day(500.0, 5.0) == math.inf


def test_draws_follow_their_distributions():
    draws = Draws(1, 0, 0)
    uniform = [draws.uniform() for _ in range(4000)]
    assert all(0 < u < 1 for u in uniform)
    assert statistics.mean(uniform) == pytest.approx(0.5, abs=4 * 0.0046)
    assert statistics.mean(draws.poisson(3.0) for _ in range(4000)) == pytest.approx(3, abs=0.11)
    assert statistics.mean(draws.poisson(80.0) for _ in range(4000)) == pytest.approx(80, abs=0.6)
    assert draws.poisson(0.0) == 0
    waits = [draws.exponential(0.1) for _ in range(4000)]
    assert statistics.mean(waits) == pytest.approx(10, abs=0.7)
    assert draws.exponential(0.0) == math.inf
    quantiles = ((0.0, 0.0), (0.5, 1.0), (1.0, 5.0))
    assert statistics.median(draws.quantile_of(quantiles) for _ in range(4000)) == pytest.approx(
        1, abs=0.15
    )
