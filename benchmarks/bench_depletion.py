"""Depletion episodes of 10,000 patients with 12 visits; beside the intervals by hand in pandas."""

import numpy as np
from data import counts
from harness import OURS, Case, installed, report, sizes
from immunoreset import recovery

THRESHOLD = 10.0


def by_hand(frame):
    """The recovery interval alone, two samples in a row, the rows being sorted: groupby in pandas.

    It knows no limits, blips, baselines, onsets or deficits.
    """
    after = frame[frame["day"] > 0]
    groups = after.groupby("patient", sort=True)
    recovered = after["count"] >= THRESHOLD
    following = recovered.groupby(after["patient"]).shift(-1, fill_value=False)
    gone = (~recovered).groupby(after["patient"]).cummax()
    first = after["day"].where(recovered & following & gone).groupby(after["patient"]).min()
    until = after["patient"].map(first)
    before = after["day"].where(~recovered & ~(after["day"] >= until))
    left = before.groupby(after["patient"]).max()
    assert len(groups) == len(left)
    return np.column_stack([left, first.fillna(np.inf)])


def answer(result):
    if isinstance(result, recovery.Depletion):
        return np.nan_to_num(np.column_stack([result.recovery_left, result.recovery_right]))
    return np.nan_to_num(result)


def cases(n):
    patient, day, count = counts(n)
    series = np.tile(["CD19 blood", "CD20 blood"], len(day))
    twice = [np.repeat(column, 2) for column in (patient, day, count)]
    shuffled = np.random.default_rng(1).permutation(len(day))
    mixed = [column[shuffled] for column in (patient, day, count)]
    numbers = np.unique(patient, return_inverse=True)[1]

    def ours(*columns, **options):
        return recovery.depletion(*columns, lloq=1.0, **options)

    peers, left_out = {OURS: lambda: ours(patient, day, count)}, []
    if installed("pandas"):
        import pandas

        frame = pandas.DataFrame({"patient": patient, "day": day, "count": count})
        peers["pandas by hand, intervals alone"] = lambda: by_hand(frame)
    else:
        left_out.append("pandas")
    peers["numbers for names"] = lambda: ours(numbers, day, count)
    peers["rows shuffled"] = lambda: ours(*mixed)
    yield Case(f"{n:,} patients, 12 visits, names as strings", peers, answer, left_out=left_out)
    more = {
        OURS: lambda: ours(*twice, series=series) and None,
        "two infusions": lambda: (
            ours(patient, day, count, infusion_day=dict.fromkeys(names, (0, 150))) and None
        ),
        "six thresholds": lambda: (
            recovery.depletion_sensitivity(patient, day, count, lloq=1.0) and None
        ),
    }
    names = np.unique(patient).tolist()
    yield Case(f"{n:,} patients, two series of 12 visits", more, lambda _: 0.0)


if __name__ == "__main__":
    report([case for n in sizes("15,10000") for case in cases(n)], "Depletion episodes")
