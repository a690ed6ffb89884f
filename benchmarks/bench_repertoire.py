"""Rarefaction of a deep repertoire against NumPy, and resampling of reads."""

import numpy as np
from harness import OURS, Case, report, sizes
from immunoreset import recovery

POINTS = 50


def repertoire_of(reads):
    """Return the reads of clones: few large ones, most with a single read."""
    rng = np.random.default_rng(1)
    shares = 1 / np.arange(1, reads // 5 + 1) ** 1.1
    return np.trim_zeros(np.sort(rng.multinomial(reads, shares / shares.sum()))[::-1])


def by_numpy(count, depths, each_size):
    """Expect richness with a table of log-factorials, over clones or over their distinct sizes."""
    n = int(count.sum())
    table = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    size, clones = np.unique(count, return_counts=True) if each_size else (count, 1)
    answer = []
    for m in depths:
        left = n - size - m
        log_absent = table[n - size] - table[np.maximum(left, 0)] + table[n - m] - table[n]
        absent = np.where(left >= 0, np.exp(log_absent), 0)
        answer.append((clones * (1 - absent)).sum())
    return np.array(answer)


def cases(n):
    count = repertoire_of(n)
    depths = np.arange(1, POINTS + 1) * n // POINTS  # at a depth of 1 NumPy is off by 2e-5
    name = f"{n:,} reads, {count.size:,} clones"
    peers = {
        OURS: lambda: recovery.rarefaction(count, depths).estimate,
        "numpy, clones (no variance)": lambda: by_numpy(count, depths, False),
        "numpy, distinct sizes (no variance)": lambda: by_numpy(count, depths, True),
    }
    yield Case(f"curve of {len(depths)} depths with limits, {name}", peers, rtol=1e-6)
    rng = np.random.default_rng(2)
    half = n // 2
    draws = {
        OURS: lambda: recovery.rarefaction(count, [half]).estimate[0],
        "numpy, mean of 100 subsamples": lambda: np.mean(
            [(rng.multivariate_hypergeometric(count, half, method="marginals") > 0).sum()
             for _ in range(100)]
        ),
    }  # fmt: skip
    yield Case(f"richness at half the reads, {name}", draws, rtol=0.02, rounds=3)
    shares = count / n

    def hill_numbers():
        p = rng.multinomial(n, shares, size=20) / n
        return 1 / (p * p).sum(axis=1)

    resamples = {
        OURS: lambda: recovery.repertoire_bootstrap(
            count, rng=1, replicates=20, level=0.8, orders=[2], min_coverage=0
        ).replicates[:, -1],
        "numpy (one index)": hill_numbers,
    }
    yield Case(f"20 resamples, {name}", resamples, answer=np.mean, rtol=0.05, rounds=3)


if __name__ == "__main__":
    report([case for n in sizes("1000,1000000") for case in cases(n)], "Repertoires")
