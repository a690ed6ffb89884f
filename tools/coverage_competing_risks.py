"""Actual coverage of the limits of a cumulative incidence, and actual size of Gray's test.

It prints the tables of docs/methods/survival/competing_risks.md and gray_test.md. Events come at a
rate of 1, half of them (and then a tenth) of the cause of interest, and patients are censored at
rate 0.3. Coverage is the share of samples whose limits, at the time where the incidence is the
value named, hold it; beside it, the share in which nobody had the event yet. Size is the share of
samples of two or three equal groups in which p falls below 0.05, and 0.01.

    python tools/coverage_competing_risks.py [SAMPLES]     10,000 by default: some minutes
"""

import sys

import numpy as np
from immunoreset import survival

VARIANCES = ("aalen", "greenwood")
INTERVALS = ("log-log", "logit", "plain", "log")
SIZES = (8, 15, 30)
CENSORING = 0.3
# the share of the cause of interest, and values of its incidence
CASES = ((0.5, (0.05, 0.15, 0.25, 0.4)), (0.1, (0.05, 0.08)))


def cohort(rng, n, share):
    event, censoring = rng.exponential(size=n), rng.exponential(1 / CENSORING, size=n)
    cause = np.where(rng.random(n) < share, 1, 2)
    return np.minimum(event, censoring), np.where(event <= censoring, cause, 0)


def coverage(n, share, values, samples):
    """Return the share of samples that hold each value, by variance and interval, and have none."""
    rng = np.random.default_rng((n, int(100 * share), 20261123))
    times = -np.log1p(-np.array(values) / share)
    held = {(v, i): np.zeros(len(values)) for v in VARIANCES for i in INTERVALS}
    none = np.zeros(len(values))
    for _ in range(samples):
        time, cause = cohort(rng, n, share)
        for (variance, interval), count in held.items():
            at = survival.competing_risks(
                time, cause, causes=[1, 2], variance=variance, interval=interval
            ).cause(1).at(times)  # fmt: skip
            count += (at.low <= values) & (at.high >= values)
        none += at.estimate == 0
    return {key: count / samples for key, count in held.items()}, none / samples


def size(n, groups, samples):
    rng = np.random.default_rng((n, groups, 20261124))
    rejected = np.zeros(2)
    for _ in range(samples):
        time, cause = cohort(rng, n * groups, 0.5)
        test = survival.gray_test(time, cause, np.arange(n * groups) % groups, causes=[1, 2])
        rejected += [test.pvalue[0] < 0.05, test.pvalue[0] < 0.01]
    return rejected / samples


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    names = [f"{v}, {i}" for v in VARIANCES for i in INTERVALS]
    print("| share | n | F | none yet |" + "".join(f" {name} |" for name in names))
    print("| --- | --- | --- | --- |" + " --- |" * len(names))
    for share, values in CASES:
        for n in SIZES:
            held, none = coverage(n, share, values, samples)
            for k, value in enumerate(values):
                cells = "".join(f" {column[k]:.3f} |" for column in held.values())
                print(f"| {share} | {n} | {value} | {none[k]:.2f} |{cells}", flush=True)
    print("\n| patients a group | groups | p < 0.05 | p < 0.01 |\n| --- | --- | --- | --- |")
    for n in SIZES:
        for groups in (2, 3):
            shares = size(n, groups, samples)
            print(f"| {n} | {groups} | {shares[0]:.4f} | {shares[1]:.4f} |", flush=True)


if __name__ == "__main__":
    main()
