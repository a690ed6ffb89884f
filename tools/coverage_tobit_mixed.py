"""Coverage of a difference between products, of repeated counts many of which are below a limit.

It prints the table of docs/methods/recovery/tobit_mixed.md: log10 counts at four visits, product B
0.5 above A, sd 0.6 between patients and 0.5 within them, 20 or 50% below the limit; by maximum
likelihood (profile limits) beside half the limit in the place of a value, each patient's ordinary
mean and Student's interval of their difference. Also: coverage of the limits of the patients' sd,
and the share of samples refused; why most of them were goes to stderr.

    python tools/coverage_tobit_mixed.py [SAMPLES]     1,000 by default: two minutes
"""

import sys
from collections import Counter

import numpy as np
from immunoreset import recovery
from immunoreset.errors import InputError

SIZES = (5, 15, 40)
SHARES = (0.2, 0.5)
VISITS = 4
EFFECT, PATIENT_SD, SD = 0.5, 0.6, 0.5
STUDENT = {5: 3.1824463052842638, 15: 2.1603686564610127, 40: 2.0243941639119702}


def limit_of(share):
    """Return the limit below which this share of the values of both products lies."""
    from statistics import NormalDist

    normal, spread = NormalDist(), np.hypot(PATIENT_SD, SD)
    low, high = -6.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        below = (normal.cdf(middle / spread) + normal.cdf((middle - EFFECT) / spread)) / 2
        low, high = (middle, high) if below < share else (low, middle)
    return high


def half_the_limit(y, product, limit, n):
    """Return the difference of the patients' means and the half width of Student's interval."""
    means = np.where(y < limit, limit - np.log10(2), y).reshape(n, VISITS).mean(axis=1)
    group = product.reshape(n, VISITS)[:, 0] == 1
    a, b = means[~group], means[group]
    squares = ((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()
    half = STUDENT[n] * np.sqrt(squares / (n - 2) * (1 / len(a) + 1 / len(b)))
    return b.mean() - a.mean(), half


def coverage(n, share, samples):
    """Return the cells of a row: see the header in `main`."""
    rng = np.random.default_rng((n, int(100 * share), 20261126))
    limit, rows, halves, refused = limit_of(share), [], [], Counter()
    patient = np.repeat(np.arange(n), VISITS)
    product = (patient % 2).astype(float)
    for _ in range(samples):
        y = EFFECT * product + PATIENT_SD * rng.normal(size=n)[patient]
        y += SD * rng.normal(size=len(patient))
        estimate, half = half_the_limit(y, product, limit, n)
        halves.append((abs(estimate - EFFECT) <= half, estimate))
        try:
            fit = recovery.tobit_mixed(
                np.where(y < limit, -np.inf, y), np.maximum(y, limit), patient, product
            )
        except InputError as error:
            refused[str(error)] += 1
            continue
        rows.append(
            (
                fit.low[1] <= EFFECT <= fit.high[1],
                fit.coef[1],
                fit.patient_sd_low <= PATIENT_SD <= fit.patient_sd_high,
                fit.patient_sd,
            )
        )
    for words, count in refused.most_common(2):
        print(f"{n} patients, {share}: {count} times {words}", file=sys.stderr)
    table, half = np.array(rows, float), np.array(halves, float)
    return (
        100 * table[:, 0].mean(),
        100 * half[:, 0].mean(),
        100 * table[:, 2].mean(),
        np.median(table[:, 1]),
        np.median(half[:, 1]),
        np.median(table[:, 3]),
        100 * sum(refused.values()) / samples,
    )


def main(samples):
    print(
        "| patients | below | difference, likelihood | difference, LOD/2 | patients' sd |"
        " median difference, likelihood | median difference, LOD/2 | median sd | refused |"
    )
    print("| --- " * 9 + "|")
    for n in SIZES:
        for share in SHARES:
            a, b, c, d, e, f, left_out = coverage(n, share, samples)
            print(
                f"| {n} | {100 * share:.0f}% | {a:.1f} | {b:.1f} | {c:.1f} | {d:.2f} | {e:.2f} |"
                f" {f:.2f} | {left_out:.1f}% |",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
