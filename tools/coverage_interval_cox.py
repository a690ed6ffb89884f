"""Coverage of the limits of an interval-censored hazard ratio, and size of its test, by simulation.

It prints the table of docs/methods/survival/interval_cox.md: two groups, exponential times with a
median of 100 days in the first and the hazard ratio given in the second, visits every so many days
up to a last one that is spread evenly over days 168 to 336. A sample with a monotone likelihood has
its one profile limit, and no Wald limits: those are of the samples that have some. Misses are told
by side: limits that lie above the true coefficient, and below. A sample in which nobody had the
event, or of no two patients is known who had it first, is drawn again.

    python tools/coverage_interval_cox.py [SAMPLES]     2,000 by default: a minute
"""

import re
import sys

import numpy as np
from immunoreset import survival
from immunoreset.errors import InputError

SIZES = (8, 15, 40)
VISITS = (14, 28, 84)
RATIOS = (1, 3)
Z = 1.959963984540054
LIMIT = re.compile(r"is \((-?[\w.+-]+), (-?[\w.+-]+)\), a hazard ratio")


def sample(rng, n, visit, ratio):
    x = np.repeat([0.0, 1], n)
    time = rng.exponential(100 / np.log(2) / np.where(x == 1, ratio, 1))
    last = visit * np.floor(rng.uniform(168, 337, 2 * n) / visit)
    right = visit * np.ceil(time / visit)
    return np.minimum(right - visit, last), np.where(right <= last, right, np.inf), x


def limits(left, right, x):
    """Return the profile limits, and coefficient and standard error, NaN where it is infinite."""
    try:
        fit = survival.interval_cox(left, right, x)
    except InputError as error:
        found = LIMIT.search(str(error))
        if found is None:
            raise
        return float(found[1]), float(found[2]), np.nan, np.nan
    return fit.low[0], fit.high[0], fit.coef[0], fit.std_error[0]


def simulate(n, visit, ratio, samples):
    """Return the shares of monotone samples, of profile limits above and below, of Wald's."""
    rng = np.random.default_rng((n, visit, ratio, 20261126))
    rows = []
    while len(rows) < samples:
        try:
            rows.append(limits(*sample(rng, n, visit, ratio)))
        except InputError:
            continue
    low, high, coef, error = np.array(rows).T
    finite = np.isfinite(coef)
    true = np.log(ratio)
    wald = (coef - true)[finite] / error[finite]
    missed = [np.mean(low > true), np.mean(high < true), np.mean(wald > Z), np.mean(wald < -Z)]
    return [1 - finite.mean(), *missed, coef[finite].mean()]


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print("patients, visits every, hazard ratio: monotone; profile missed (above, below); Wald's")
    for ratio in RATIOS:
        for n in SIZES:
            for visit in VISITS:
                monotone, *missed, coef = simulate(n, visit, ratio, samples)
                a, b, c, d = (100 * share for share in missed)
                print(
                    f"| {n} + {n} | {visit} days | {ratio} | {100 * monotone:.1f} | {a + b:.1f} "
                    f"({a:.1f}, {b:.1f}) | {c + d:.1f} ({c:.1f}, {d:.1f}) | {coef:.3f} |"
                )


if __name__ == "__main__":
    main()
