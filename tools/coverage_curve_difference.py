"""Coverage of the limits of a difference of survival at one time, by simulation.

It prints the table of docs/methods/survival/curve_difference.md: exponential events whose survival
at the time is the pair named, exponential censoring of rate 0.3.
Undefined limits are misses. In parentheses how often the p-value is below 0.05.

    python tools/coverage_curve_difference.py [SAMPLES]     10,000 by default: four minutes
"""

import sys
from typing import get_args

import numpy as np
from immunoreset import survival
from immunoreset.survival.curve_difference import Transform

TRANSFORMS = get_args(Transform)
SIZES = ((8, 8), (15, 15), (30, 30), (8, 24))
PAIRS = ((0.9, 0.9), (0.5, 0.5), (0.9, 0.5))
CENSORING = 0.3


def coverage(sizes, pair, samples):
    rng = np.random.default_rng((*sizes, 20261127))
    rates = np.repeat(-np.log(pair), sizes)
    group = np.repeat([0, 1], sizes)
    truth = pair[1] - pair[0]
    held, rejected = np.zeros(len(TRANSFORMS)), np.zeros(len(TRANSFORMS))
    for _ in range(samples):
        event = rng.exponential(size=len(rates)) / rates
        end = rng.exponential(1 / CENSORING, size=len(rates))
        time, seen = np.minimum(event, end), event <= end
        for k, transform in enumerate(TRANSFORMS):
            d = survival.curve_difference(time, seen, group, at=1.0, transform=transform)
            held[k] += d.low <= truth <= d.high
            rejected[k] += d.pvalue < 0.05
    return held / samples, rejected / samples


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| n | S |" + "".join(f" {transform} |" for transform in TRANSFORMS))
    print("| --- | --- |" + " --- |" * len(TRANSFORMS))
    for sizes in SIZES:
        for pair in PAIRS:
            held, rejected = coverage(sizes, pair, samples)
            cells = (f" {h:.3f} ({r:.3f}) |" for h, r in zip(held, rejected, strict=True))
            print(f"| {sizes[0]}, {sizes[1]} | {pair[0]}, {pair[1]} |" + "".join(cells))


if __name__ == "__main__":
    main()
