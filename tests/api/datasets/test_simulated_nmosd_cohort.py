import hashlib
import statistics
from itertools import pairwise

import pytest
from immunoreset import cohort, datasets
from immunoreset.datasets.simulation import parameters
from immunoreset.errors import InputError

MANY = 300


@pytest.fixture(scope="module")
def many():
    return datasets.simulated_nmosd_cohort(seed=9, n=MANY, backend="polars")


def days_of(drawn):
    days = {name: [] for name in drawn.subjects["id"].to_list()}
    for row in drawn.relapses.iter_rows(named=True):
        days[row["id"]].append(row["day"])
    return days


def test_the_same_seed_gives_the_same_files_everywhere(tmp_path):
    paths = datasets.simulated_nmosd_cohort(seed=1, n=8).write(tmp_path)
    assert paths[-1].name == "relapses.csv"
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    assert digest == "7545d54d532a606cf233fe3e0a55c5f69f5aaffa7632941a690b5af02b365ffd"


def test_patients_were_chosen_for_their_relapses(many):
    for days in days_of(many).values():
        assert sum(-365 <= day < 0 for day in days) >= 1
        assert sum(many.history_start <= day < 0 for day in days) >= 2
        assert all(
            b - a >= parameters.RELAPSES_APART for a, b in pairwise(d for d in days if d < 0)
        )


def test_relapses_after_the_infusion_are_events_within_follow_up(many):
    events = {name: [] for name in many.subjects["id"].to_list()}
    for row in many.events.iter_rows(named=True):
        if row["type"] == "relapse":
            events[row["id"]].append(row["day"])
    ends = dict(zip(many.subjects["id"].to_list(), many.subjects["end_day"].to_list(), strict=True))
    for name, days in days_of(many).items():
        assert events[name] == [day for day in days if day > 0]
        assert all(day <= ends[name] for day in days)


def test_before_more_relapses_than_rates_explain_and_few_after(many):
    days = days_of(many)
    before = statistics.mean(sum(day < 0 for day in d) / 2 for d in days.values())
    # median 0.75 a year with omega 0.6 has mean 0.90; two relapses at least are one a year
    assert 1.0 < before < 2.0
    after = sum(day > 0 for d in days.values() for day in d)
    assert after / (sum(many.subjects["end_day"].to_list()) / 365.25) < 0.4 * before


def test_all_have_nmosd_and_pass_every_check(many, tmp_path):
    assert set(many.subjects["disease"].to_list()) == {"NMOSD"}
    assert all(many.subjects["simulated"].to_list())
    many.write(tmp_path)
    assert cohort.validate(tmp_path).problems == ()


def test_a_patient_does_not_depend_on_how_many_there_are(many):
    fewer = days_of(datasets.simulated_nmosd_cohort(seed=9, n=5, backend="polars"))
    assert fewer == {name: days for name, days in days_of(many).items() if name in fewer}


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match="n is -1; give a whole number that is not negative"):
        datasets.simulated_nmosd_cohort(seed=1, n=-1)
