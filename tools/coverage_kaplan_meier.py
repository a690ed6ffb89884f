"""How often 95% limits of a Kaplan-Meier curve hold the truth, for the table of its method page.

Exponential survival, uniform censoring of 23%, the truth read at the times where it is 0.9, 0.7, 0.5
and 0.25. A curve that ends before such a time gives no limits there, which counts as a miss, as
undefined limits do; the beta product's go on.
"""

import numpy as np
from immunoreset import survival

INTERVALS = (
    "plain", "log", "log-log", "logit", "arcsine", "beta-product", "beta-product-mid-p",
)  # fmt: skip
TRUTHS = np.array([0.9, 0.7, 0.5, 0.25])
REPLICATES = 20_000
LAST_CENSORING = 4.3  # of Uniform(0, c), with 23% censored: (1 - exp(-c)) / c = 0.23


def coverage(n, rng):
    """Return the share of curves of `n` patients that hold each truth, by interval."""
    times = -np.log(TRUTHS)
    held = dict.fromkeys(INTERVALS, np.zeros(len(TRUTHS)))
    for _ in range(REPLICATES):
        event_time = rng.exponential(size=n)
        censoring = rng.uniform(0, LAST_CENSORING, n)
        time, event = np.minimum(event_time, censoring), event_time <= censoring
        for interval in INTERVALS:
            at = survival.kaplan_meier(time, event, interval=interval).at(times)
            held[interval] = held[interval] + ((at.low <= TRUTHS) & (TRUTHS <= at.high))
    return {interval: count / REPLICATES for interval, count in held.items()}


if __name__ == "__main__":
    print("| n | S |", " | ".join(f"`{name}`" for name in INTERVALS), "|")
    print("| --- |", " | ".join("---" for _ in range(len(INTERVALS) + 1)), "|")
    rng = np.random.default_rng(1955)
    for n in (8, 15, 30, 100):
        shares = coverage(n, rng)
        for i, truth in enumerate(TRUTHS):
            row = " | ".join(f"{100 * shares[name][i]:.1f}" for name in INTERVALS)
            print(f"| {n} | {truth} | {row} |")
