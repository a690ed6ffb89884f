import narwhals as nw
import pytest
from immunoreset import datasets


@pytest.fixture(scope="module")
def patients():
    frame = nw.from_native(datasets.sle_survival_1955(), eager_only=True)
    return list(frame.iter_rows(named=True))


def product_limit(patients, year):
    """Return the share alive after so many years, by the textbook."""
    survival = 1.0
    for time in sorted({p["years"] for p in patients if p["died"] and p["years"] <= year}):
        at_risk = sum(p["years"] >= time for p in patients)
        survival *= 1 - sum(p["died"] and p["years"] == time for p in patients) / at_risk
    return survival


def test_who_is_in_it(patients):
    # Merrell and Shulman 1955 as in lifelines 0.30.3; counted there
    assert len(patients) == 99
    assert sum(p["died"] for p in patients) == 31
    assert sum(p["sex"] == "male" for p in patients) == 13
    assert sum(p["white"] for p in patients) == 73
    assert [p["patient"] for p in patients if p["age_years"] is None] == [49]
    assert [p["died"] for p in patients if p["years"] == 0] == [True, True, True, False]


# R survival 3.5-3 on the bundled file: summary(survfit(Surv(years, died) ~ 1), c(.25, 1, 2, 3))
@pytest.mark.parametrize(
    ("year", "expected"),
    [(0.25, 0.866681462566), (1, 0.743019708754), (2, 0.686333474002), (3, 0.611217516578)],
)
def test_survival_agrees_with_r(patients, year, expected):
    assert product_limit(patients, year) == pytest.approx(expected, abs=1e-12)


def test_median_survival_agrees_with_r(patients):
    # R survival 3.5-3: quantile(survfit(...), 0.5) is 4.5038570265
    assert product_limit(patients, 4.5038) > 0.5
    assert product_limit(patients, 4.5039) <= 0.5


def test_the_two_rows_the_caveat_names_contradict_their_months(patients):
    def months(text):
        return 12 * int(text[:4]) + int(text[5:])

    apart = {
        p["patient"]: (months(p["last_seen_month"]) - months(p["diagnosis_month"])) / 12
        for p in patients
    }
    assert [p["patient"] for p in patients if abs(apart[p["patient"]] - p["years"]) > 0.01] == [
        65, 80,
    ]  # fmt: skip
