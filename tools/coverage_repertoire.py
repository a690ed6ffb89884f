"""How often bootstrap limits of a repertoire cover the truth: the table of the method page."""

from __future__ import annotations

import numpy as np
from immunoreset import recovery

SAMPLES = 300
REPLICATES = 300
INDICES = ("shannon", "gini_simpson", "hill_1", "hill_2", "top10_share")


def truth(shares: np.ndarray) -> np.ndarray:
    """Return the indices of the whole repertoire."""
    entropy, simpson = -(shares * np.log(shares)).sum(), (shares**2).sum()
    return np.array(
        [entropy, 1 - simpson, np.exp(entropy), 1 / simpson, np.sort(shares)[-10:].sum()]
    )


def covered(clones: int, reads: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the coverage of basic and percentile limits, and the Good-Turing coverage."""
    shares = np.arange(1, clones + 1) ** -0.8
    shares /= shares.sum()
    true, rng = truth(shares), np.random.default_rng(clones + reads)
    basic, percentile, seen = np.zeros(len(INDICES)), np.zeros(len(INDICES)), 0.0
    for i in range(SAMPLES):
        count = rng.multinomial(reads, shares)
        found = recovery.repertoire_bootstrap(count, rng=i, replicates=REPLICATES, min_coverage=0)
        at = [found.index.index(name) for name in INDICES]
        low, high = found.low[at], found.high[at]
        basic += (low <= true) & (true <= high)
        ends = np.quantile(found.replicates[:, at], [0.025, 0.975], axis=0)
        percentile += (ends[0] <= true) & (true <= ends[1])
        seen += 1 - (count == 1).sum() / reads
    return basic / SAMPLES, percentile / SAMPLES, seen / SAMPLES


if __name__ == "__main__":
    print("| clones | reads | coverage of the sample |", " | ".join(INDICES), "|")
    print("|" + " --- |" * (3 + len(INDICES)))
    for clones, reads in ((100, 200), (100, 500), (100, 2000), (2000, 2000), (2000, 10000)):
        basic, percentile, seen = covered(clones, reads)
        cells = [f"{b:.2f} ({p:.2f})" for b, p in zip(basic, percentile, strict=True)]
        print(f"| {clones} | {reads} | {seen:.2f} |", " | ".join(cells), "|", flush=True)
