"""Coverage of the limits of a restricted mean, and size of the test of two, by simulation.

It prints the tables of docs/methods/survival/rmst.md: exponential events of rate 1, exponential
censoring of rate 0.3; the horizon is where survival is 0.9, 0.5 or 0.25. Samples whose curve is not
known up to the horizon (the last patient censored before it) are drawn again, which is rare but for
the last horizon and 8 patients. Then the size: how often two groups with one distribution differ at
the 5% level.

    python tools/coverage_rmst.py [SAMPLES]     10,000 by default: two minutes
"""

import sys
from typing import get_args

import numpy as np
from immunoreset import survival
from immunoreset.errors import InputError
from immunoreset.survival.kaplan_meier_summary import MeanInterval

INTERVALS = get_args(MeanInterval)
SURVIVAL = (0.9, 0.5, 0.25)
SIZES = (8, 15, 30)
# patients of the two groups, their rates of censoring
PAIRS = (
    (8, 8, 0.3, 0.3),
    (15, 15, 0.3, 0.3),
    (30, 30, 0.3, 0.3),
    (8, 24, 0.3, 0.3),
    (15, 15, 0.0, 1.0),
)


def sample(rng, n, censoring):
    event = rng.exponential(size=n)
    end = rng.exponential(size=n) / censoring if censoring else np.full(n, np.inf)
    return np.minimum(event, end), event <= end


def coverage(n, s, samples):
    rng = np.random.default_rng((n, 20261126))
    tau = -np.log(s)
    missed = np.zeros((len(INTERVALS), 2))
    done = 0
    while done < samples:
        try:
            km = survival.kaplan_meier(*sample(rng, n, 0.3), interval="plain")
            means = [km.rmst(tau, interval=interval) for interval in INTERVALS]
        except InputError:
            continue
        done += 1
        missed += [(mean.low > 1 - s, mean.high < 1 - s) for mean in means]
    return missed / samples


def size(design, s, samples):
    n, m, censoring, other = design
    rng = np.random.default_rng((n, m, 20261126))
    tau = -np.log(s)
    rejected = np.zeros(len(INTERVALS))
    group = np.repeat([0, 1], [n, m])
    done = 0
    while done < samples:
        time, event = map(
            np.concatenate, zip(sample(rng, n, censoring), sample(rng, m, other), strict=True)
        )
        try:
            pvalues = [
                survival.rmst_contrast(
                    time, event, group, tau=tau, interval=interval
                ).difference.pvalue
                for interval in INTERVALS
            ]
        except InputError:
            continue
        done += 1
        rejected += [p < 0.05 for p in pvalues]
    return rejected / samples


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| n | S |" + "".join(f" {interval} |" for interval in INTERVALS))
    print("| --- | --- |" + " --- |" * len(INTERVALS))
    for n in SIZES:
        for s in SURVIVAL:
            cells = (
                f" {1 - sum(m):.3f} ({m[0]:.3f}, {m[1]:.3f}) |" for m in coverage(n, s, samples)
            )
            print(f"| {n} | {s} |" + "".join(cells))
    print("\n| n | censoring | S |" + "".join(f" {interval} |" for interval in INTERVALS))
    print("| --- | --- | --- |" + " --- |" * len(INTERVALS))
    for design in PAIRS:
        for s in SURVIVAL:
            cells = (f" {share:.3f} |" for share in size(design, s, max(1, samples // 4)))
            n, m, censoring, other = design
            print(f"| {n}, {m} | {censoring}, {other} | {s} |" + "".join(cells))


if __name__ == "__main__":
    main()
