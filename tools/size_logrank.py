"""The size of two-sample log-rank tests in small samples, by simulation: tables of the method page.

Run as ``python tools/size_logrank.py [replicates]``. Each line is a design: patients in all, how
they are divided, what share is censored (uniform censoring of exponential times), and the share of
data sets with p <= 0.05 where there is no difference.
"""

import sys

import numpy as np
from immunoreset import survival

DESIGNS = ((8, 4), (15, 7), (15, 5), (30, 15), (30, 10))
CENSORING = {"none": np.inf, "about 30%": 3.0, "about 60%": 1.0}
ALPHA = 0.05


def rejected(n, first, limit, replicates, method, **options):
    """Return the share of data sets of no difference with a p-value of at most `ALPHA`."""
    rng = np.random.default_rng([20261101, n, first, replicates])
    time = rng.exponential(1.0, (replicates, n))
    censoring = limit * rng.random((replicates, n)) if np.isfinite(limit) else np.inf
    group = np.arange(n) >= first
    result = survival.logrank_replicates(
        np.minimum(time, censoring), time <= censoring, group, method=method, **options
    )
    return result.rejected(ALPHA)


def main(replicates):
    print("| n in all | divided | censored | log-rank | exact | Peto weights | exact |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for n, first in DESIGNS:
        for name, limit in CENSORING.items():
            shares = [
                rejected(n, first, limit, replicates, method, weights=weights)
                for weights in ("logrank", "peto")
                for method in ("asymptotic", "exact")
            ]
            cells = " | ".join(f"{100 * share:.1f}" for share in shares)
            print(f"| {n} | {first} + {n - first} | {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
