"""Actual size of the permutation test of two curves of B cell return.

It prints the table of docs/methods/recovery/reconstitution.md: the share of samples of two equal
groups in which p is at most 0.05, and 0.01; and the power where the second group returns 1.6 times
as late.
Return, competing events and visits are those of tools/coverage_reconstitution.py.

    python tools/size_reconstitution_test.py [SAMPLES]     2,000 by default: a minute
"""

import sys

import numpy as np
from coverage_reconstitution import END, draw
from immunoreset import recovery

SIZES, SCHEDULES, LATER = (5, 15), (14, 28, 84), 1.6


def rejected(n, every, later, samples):
    rng = np.random.default_rng((n, every, int(10 * later)))
    group = np.arange(2 * n) % 2
    count = np.zeros(2)
    for _ in range(samples):
        time, death = draw(rng, 2 * n)
        time = np.where(group == 1, later * time, time)
        end = np.minimum(death, END)
        left = np.floor(np.minimum(time, end) / every) * every
        seen = np.ceil(time / every) * every
        test = recovery.reconstitution_test(
            left, np.where(seen <= end, seen, np.inf), group,
            competing=np.where(death < END, death, np.inf),
        )  # fmt: skip
        count += [test.pvalue <= 0.05, test.pvalue <= 0.01]
    return 100 * count / samples


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    print(f"{samples} samples")
    print("| n | visits every | size at 5% | size at 1% | power at 5% |")
    print("| --: | --: | --: | --: | --: |")
    for n in SIZES:
        for every in SCHEDULES:
            five, one = rejected(n, every, 1.0, samples)
            power = rejected(n, every, LATER, samples)[0]
            print(f"| {n}+{n} | {every} d | {five:.1f} | {one:.1f} | {power:.1f} |", flush=True)


if __name__ == "__main__":
    main()
