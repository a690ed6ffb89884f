from collections import Counter

import narwhals as nw
import pytest
from immunoreset import datasets


@pytest.fixture(scope="module")
def patients():
    frame = nw.from_native(datasets.platelet_recovery_bmt(), eager_only=True)
    return list(frame.iter_rows(named=True))


def incidence(patients, event, day):
    """Return the cumulative incidence of one event by a day (Aalen-Johansen), by the textbook."""
    free, cumulative = 1.0, 0.0
    for time in sorted({p["first_event_day"] for p in patients if p["first_event_day"] <= day}):
        at_risk = sum(p["first_event_day"] >= time for p in patients)
        here = Counter(p["first_event"] for p in patients if p["first_event_day"] == time)
        cumulative += free * here[event] / at_risk
        free *= 1 - (sum(here.values()) - here["none"]) / at_risk
    return cumulative


def test_who_is_in_it(patients):
    # Copelan 1991 as in KMsurv 0.1-5, counted in R
    assert len(patients) == 137
    assert sum(p["platelets_recovered"] for p in patients) == 120
    assert Counter(p["disease_group"] for p in patients) == {
        "ALL": 38, "AML low risk": 54, "AML high risk": 45,
    }  # fmt: skip
    assert (sum(p["died"] for p in patients), sum(p["relapsed"] for p in patients)) == (81, 42)
    assert sum(p["sex"] == "male" for p in patients) == 80


def test_the_first_event_is_the_one_that_came_first(patients):
    for p in patients:
        if p["first_event"] == "platelet recovery":
            assert p["platelets_recovered"]
            assert p["first_event_day"] == p["platelet_day"] <= p["disease_free_days"]
        else:
            assert not p["platelets_recovered"]
            assert p["first_event_day"] == p["disease_free_days"]
            assert (p["first_event"] == "relapse or death") == p["relapsed_or_died"]


# R cmprsk 2.2-11: timepoints(cuminc(first_event_day, cause), c(14, 21, 28, 60, 100))
CUMINC = {
    "platelet recovery": (0.270072992700730, 0.591240875912409, 0.729927007299270,
                          0.846715328467153, 0.875912408759124),
    "relapse or death": (0.021897810218978, 0.029197080291971, 0.029197080291971,
                         0.043795620437956, 0.080291970802920),
}  # fmt: skip


@pytest.mark.parametrize("event", CUMINC)
def test_cumulative_incidence_agrees_with_r(patients, event):
    ours = [incidence(patients, event, day) for day in (14, 21, 28, 60, 100)]
    assert ours == pytest.approx(CUMINC[event], abs=1e-12)
