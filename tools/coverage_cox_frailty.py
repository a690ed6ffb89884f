"""Actual coverage of the limits of a frailty's variance and of a coefficient, and size of the test.

It prints the table of docs/methods/survival/cox_frailty.md. Clusters have equally many patients,
whose hazard is the cluster's frailty times exp(-0.7) in a randomised half; patients are censored at
a time uniform up to 4. For each variance: the mean and the median of its estimate, the share of
estimates that are 0, the share of samples whose limits hold it, the share in which p < 0.05 in the
test that it is 0, and the share whose Wald limits of the coefficient hold -0.7. Samples that are
refused, being monotone, are drawn again.

    python tools/coverage_cox_frailty.py [SAMPLES]     2,000 by default: some minutes
"""

import sys

import numpy as np
from immunoreset import survival
from immunoreset.errors import InputError

SIZES = ((3, 10), (5, 4), (5, 10), (10, 4), (10, 10), (20, 4), (40, 4))
VARIANCES = (0.0, 0.25, 1.0)
EFFECT = -0.7
NAMES = ("mean", "median", "at 0", "holds", "p < .05", "holds effect")


def trial(rng, clusters, patients, variance):
    """Return time, event, treatment and cluster of one sample."""
    frailty = np.ones(clusters)
    if variance > 0:
        frailty = rng.gamma(1 / variance, variance, clusters)
    cluster = np.repeat(np.arange(clusters), patients)
    treated = rng.permuted(np.tile([0.0, 1.0], len(cluster) // 2))
    event = rng.exponential(1 / (frailty[cluster] * np.exp(EFFECT * treated)))
    end = rng.uniform(0, 4, len(cluster))
    return np.minimum(event, end), event <= end, treated, cluster


def coverage(clusters, patients, variance, samples):
    """Return what `NAMES` says."""
    rng = np.random.default_rng((clusters, patients, int(100 * variance), 20261126))
    estimates, rows = [], []
    while len(rows) < samples:
        try:
            fit = survival.cox_frailty(*trial(rng, clusters, patients, variance))
        except InputError:
            continue
        estimates.append(fit.theta)
        rows.append(
            (
                fit.theta == 0,
                fit.theta_low <= variance <= fit.theta_high,
                fit.test_pvalue < 0.05,
                fit.low[0] <= EFFECT <= fit.high[0],
            )
        )
    return [np.mean(estimates), np.median(estimates), *np.mean(rows, axis=0)]


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    print(f"| clusters | patients of each | variance | {' | '.join(NAMES)} |")
    for clusters, patients in SIZES:
        for variance in VARIANCES:
            answer = coverage(clusters, patients, variance, samples)
            cells = " | ".join(f"{value:.3f}" for value in answer)
            print(f"| {clusters} | {patients} | {variance} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
