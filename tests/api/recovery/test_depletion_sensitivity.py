"""What other thresholds, and other conventions, say of the same cohort; and the figures."""

import numpy as np
import pytest
from immunoreset import recovery, survival
from immunoreset.errors import InputError
from immunoreset.plots.counts import counts

# four patients: visits, counts
COHORT = {
    "a": ([-7, 14, 56, 84, 112], [210, 0, 4, 31, 60]),
    "b": ([-7, 14, 56, 84, 112], [150, 0, 0.5, 2, 3]),
    "c": ([-7, 14, 56, 84], [180, 0, 12, 70]),
    "d": ([-7, 14, 56], [90, 25, 30]),
}


def rows(**options):
    patient = [name for name, (day, _) in COHORT.items() for _ in day]
    day = [d for days, _ in COHORT.values() for d in days]
    count = [c for _, values in COHORT.values() for c in values]
    return {"patient": patient, "day": day, "count": count} | options


def test_each_row_is_the_episodes_by_its_thresholds():
    table = recovery.depletion_sensitivity(
        **rows(lloq=0.1), thresholds=(0.1, 1, 5, 10, 20, 50), recoveries=(1, 10, 50)
    )
    pairs = [(low, high) for low in (0.1, 1, 5, 10, 20, 50) for high in (1, 10, 50) if low <= high]
    assert list(zip(table.threshold, table.recovery, strict=True)) == pairs
    for i, (low, high) in enumerate(pairs):
        ep = recovery.depletion(**rows(lloq=0.1), threshold=low, recovery=high)
        status = ep.status.tolist()
        assert table.recovered[i] == status.count("recovered")
        assert table.unconfirmed[i] == status.count("unconfirmed")
        assert table.not_recovered[i] == status.count("not-recovered")
        assert table.never_depleted[i] == status.count("never-depleted")
        back = ep.return_intervals()
        median = survival.turnbull(back.left, back.right).median
        assert (table.median_left[i], table.median_right[i]) == (median.left, median.right)
    assert table.n == 4
    assert np.all(
        table.depleted + table.never_depleted + table.no_samples + table.undecided == table.n
    )


def test_worked_by_hand():
    # below 10: a, b, c depleted; a back in (56, 84], c in (14, 56], b not by day 112
    table = recovery.depletion_sensitivity(**rows(lloq=1), thresholds=[10, 20])
    assert table.depleted.tolist() == [3, 3]
    assert table.recovered.tolist() == [2, 1]  # at 20 the 70 of c is not confirmed
    assert table.never_depleted.tolist() == [1, 1]
    assert (table.median_left[0], table.median_right[0]) == (56, 84)
    assert (table.median_left[1], table.median_right[1]) == (56, np.inf)


def test_limits_above_a_threshold_are_counted_and_no_median_is_made_of_the_rest():
    table = recovery.depletion_sensitivity(**rows(lloq=1), thresholds=[0.5, 1])
    assert table.undecided.tolist() == [3, 0]
    assert np.isnan(table.median_left[0])
    assert table.median_right[1] == 56


def test_by_group_and_series():
    product = {"a": "CD19", "b": "BCMA", "c": "CD19", "d": "BCMA"}
    by_group = recovery.depletion_sensitivity(**rows(lloq=1), thresholds=[5, 10], group=product)
    assert list(by_group) == ["BCMA", "CD19"]
    assert by_group["CD19"].depleted.tolist() == [2, 2]
    assert by_group["BCMA"].never_depleted.tolist() == [1, 1]
    series = ["blood"] * len(rows()["day"])
    by_series = recovery.depletion_sensitivity(**rows(lloq=1), thresholds=[5], series=series)
    assert by_series["blood"].depleted.tolist() == [3]
    both = recovery.depletion_sensitivity(
        **rows(lloq=1), thresholds=[5], series=series, group=product
    )
    assert list(both) == [("blood", "BCMA"), ("blood", "CD19")]
    for tables in (by_group, by_series, both):
        tables.plot().figure.canvas.draw()
        assert tables.to_dict()


def test_the_first_episode_counts():
    day, count = [-7, 14, 56, 84, 100, 128], [90, 0, 30, 40, 0, 0]
    table = recovery.depletion_sensitivity(
        ["P"] * 6, day, count, thresholds=[10], infusion_day={"P": [0, 90]}
    )
    assert (table.n, table.recovered.tolist(), table.median_right.tolist()) == (1, [1], [56])


def test_nobody_and_nobody_depleted():
    nobody = recovery.depletion_sensitivity([], [], [])
    assert (nobody.n, nobody.depleted.tolist()) == (0, [0] * 6)
    assert str(nobody) == "0 patients, 6 pairs of thresholds: no median return"
    never = recovery.depletion_sensitivity(["a", "a"], [-7, 14], [90, 80], thresholds=[10])
    assert (never.never_depleted.tolist(), np.isnan(never.median_left[0])) == ([1], True)
    never.plot().figure.canvas.draw()
    assert str(recovery.depletion_sensitivity(**rows(lloq=1), thresholds=[10])) == (
        "4 patients, 1 pairs of thresholds: median return from 56 to 84"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"thresholds": []}, "thresholds is empty"),
        ({"thresholds": [0, 1]}, "thresholds holds 0; give numbers above 0"),
        ({"thresholds": ["rave"]}, r"thresholds is \['rave'\]; give cells/uL"),
        ({"thresholds": 5}, "thresholds is 5; give cells/uL"),
        ({"thresholds": [10], "recoveries": [5]}, "recoveries are all below thresholds"),
        ({"recoveries": [np.nan]}, "recoveries holds nan"),
        ({"confirm": 0}, "confirm is 0"),
        ({"day": [0] * 17}, "are both 0.0"),
    ],
)
def test_bad_input_is_refused_by_name(options, message):
    with pytest.raises(InputError, match=message):
        recovery.depletion_sensitivity(**(rows() | options))


# --- conventions --------------------------------------------------------------------------------


def test_conventions_by_hand():
    # below 10: a (0 on day 14, back on 84, last without on 56), c (14, 56, 14); b not back
    table = recovery.depletion(**rows(lloq=1)).conventions()
    assert table.quantity == ["return"] * 3 + ["duration"] * 3
    assert table.convention == ["visit date", "midpoint", "interval"] * 2
    assert table.n.tolist() == [2, 2, 3, 2, 2, 3]
    assert table.excluded.tolist() == [1, 1, 0, 1, 1, 0]
    # return: days 84 and 56; middles 70 and 35; the NPMLE has a, c and b, so that half lie in a
    assert table.mean.tolist()[:2] == [70, 52.5]
    assert table.sd[0] == pytest.approx(28 / np.sqrt(2), rel=1e-15)
    assert (table.median_left[2], table.median_right[2]) == (56, 84)
    # duration: from day 14, or from the middle of (-7, 14]
    assert table.mean.tolist()[3:5] == [56, 49]
    assert np.isnan(table.mean[[2, 5]]).all()
    # both ends between visits: the NPMLE of the duration, whose median is in a's
    found = recovery.aplasia(recovery.depletion(**rows(lloq=1)))
    assert (table.median_left[5], table.median_right[5]) == (found.median_left, found.median_right)
    assert 42 <= table.median_left[5] < table.median_right[5] <= 91
    assert str(table) == (
        "return: visit dates 70 +- 19.8 (2 of 3 patients), midpoints 52.5 +- 24.7, "
        "intervals between 56 and 84"
    )


def test_visit_dates_are_later_than_midpoints_by_half_the_width_of_the_intervals():
    ep = recovery.depletion(**rows(lloq=1))
    table = ep.conventions()
    seen = np.isfinite(ep.recovery_right)
    half = (ep.recovery_right[seen] - ep.recovery_left[seen]).mean() / 2
    assert table.mean[0] - table.mean[1] == pytest.approx(half, rel=1e-14)


def test_conventions_of_nobody_and_of_one():
    nobody = recovery.depletion([], [], []).conventions()
    assert nobody.n.tolist() == [0] * 6
    assert np.isnan(nobody.median_left).all()
    one = recovery.depletion(["a"] * 3, [-7, 14, 28], [90, 0, 30], confirm=1).conventions()
    assert (one.mean[0], np.isnan(one.sd[0])) == (28, True)


# --- figures ------------------------------------------------------------------------------------


def test_the_heat_table_says_what_the_frame_says():
    table = recovery.depletion_sensitivity(
        **rows(lloq=1), thresholds=[0.5, 10, 20, 50], recoveries=[10, 20]
    )
    ax = table.plot()
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0.5", "10", "20"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["20", "10"]
    words = {text.get_text() for text in ax.texts}
    assert {"3 not\ndecided", "56 to 84\n2 of 3 back", "> 56\n1 of 3 back"} <= words
    ax.figure.canvas.draw()


def test_counts_below_their_own_limit_hang_from_it():
    ax = counts(
        ["a"] * 4, [0, 7, 28, 56], [90, 0.0, 5.0, 5.0], lloq=[1, 1, 5, 5],
        below=[False, False, True, False], threshold=10,
    )  # fmt: skip
    seen, hidden = (part.get_offsets() for part in ax.collections[:2])
    assert seen.tolist() == [[0, 90], [56, 5]]
    assert hidden.tolist() == [[7, 1], [28, 5]]  # less than the limit, or flagged
    bands = [patch.get_extents().transformed(ax.transData.inverted()) for patch in ax.patches]
    assert sorted(round(band.y1, 9) for band in bands) == [1, 5]


def test_each_row_has_its_lane():
    ep = recovery.depletion(
        ["a"] * 8, [-7, 14, 56, 84, 100, 130, 14, 56], [90, 0, 30, 40, 0, 0, 0, 0],
        series=["blood"] * 6 + ["marrow"] * 2, infusion_day={"a": [0, 90]},
    )  # fmt: skip
    ax = ep.plot()
    lanes = [text.get_text() for text in ax.get_yticklabels()]
    assert lanes == ["a, blood", "a, blood, infusion 2", "a, marrow", "a, marrow, infusion 2"]
    legend = {text.get_text() for text in ax.get_legend().get_texts()}
    assert "gone before the first day shown" in legend
