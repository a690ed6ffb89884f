"""Coverage of the limits of a mean and a median share, for docs/methods/recovery/composition.md.

    python tools/coverage_composition.py

Shares of naive cells are drawn from beta distributions, which are not normal on the logit scale;
the usual mean +- 1.96 standard errors of the shares themselves stands beside.
"""

import numpy as np
from immunoreset import recovery

COHORTS = 4000


def log_gamma_slope(x, step=1e-5):
    """Return the derivative of log gamma, by differences."""
    from math import lgamma

    return (lgamma(x + step) - lgamma(x - step)) / (2 * step)


def main():
    generator = np.random.default_rng(20)
    print("| shares from | n | mean, logit scale | median, sign test | mean +- 1.96 SE, plain |")
    print("| --- | --- | --- | --- | --- |")
    for a, b in ((4, 1), (18, 2), (2, 2)):
        logit = log_gamma_slope(a) - log_gamma_slope(b)
        mean = 1 / (1 + np.exp(-logit))
        median = np.median(generator.beta(a, b, 2_000_000))
        for n in (5, 15, 40):
            hits = np.zeros(3)
            for _ in range(COHORTS):
                x = np.clip(generator.beta(a, b, n), 1e-9, 1 - 1e-9)
                found = recovery.composition_share(np.column_stack((x, 1 - x)), ["x1"])
                reach = 1.96 * x.std(ddof=1) / np.sqrt(n)
                hits += (
                    found.low <= mean <= found.high,
                    found.median_low <= median <= found.median_high,
                    abs(x.mean() - a / (a + b)) <= reach,
                )
            cells = " | ".join(f"{100 * hit / COHORTS:.1f} %" for hit in hits)
            print(f"| beta({a}, {b}) | {n} | {cells} |")


if __name__ == "__main__":
    main()
