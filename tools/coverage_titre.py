"""Coverage of the limits of shares and of ratios, for docs/methods/recovery/titre.md.

    python tools/coverage_titre.py

Titres scatter with a standard deviation of 0.25 (natural logarithm) about curves with a half-life
of 21 days, on days that grow wider apart over a year; in cohorts with 0.5, on five days. Ratios
scatter with 0.6 about 0.7; a limit of 0.47 hides a quarter of the titres after, those before being
1.
"""

import numpy as np
from immunoreset import recovery
from immunoreset.errors import InputError

PATIENTS = 1000
SIZES = (5, 15, 40)


def shares(generator):
    """Print how often the limits of a share hold it."""
    print("| share | limits | n | estimated | covered | too low | too high | median width |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for share in (0.0, 0.3, 0.7, 0.95):
        for name, options in (
            ("none", {}),
            ("below 40", {"lloq": 40.0}),
            ("half-life estimated", {"half_life": None}),
            ("dilution, sd given", {"dilution": 2.0, "sd": 0.25}),
        ):
            for n in SIZES:
                count = PATIENTS // 5 if "half_life" in options else PATIENTS
                day = np.concatenate(([0.0], 365 * (np.arange(1, n) / (n - 1)) ** 2))
                curve = share * 2 ** (-day / 21) + 1 - share
                level = np.exp(generator.uniform(5, 6, (count, 1)))
                value = level * curve * np.exp(generator.normal(0, 0.25, (count, n)))
                if "dilution" in options:
                    value = 2.0 ** np.floor(np.log2(value))
                fit = recovery.titre(
                    np.repeat(np.arange(count), n), np.tile(day, count), value.ravel(),
                    **{"half_life": 21.0, **options},
                )  # fmt: skip
                seen = np.isfinite(fit.share)
                over, under = fit.share_low[seen] > share, fit.share_high[seen] < share
                width = np.median(fit.share_high[seen] - fit.share_low[seen])
                print(
                    f"| {share} | {name} | {n} | {100 * seen.mean():.1f} % | "
                    f"{100 * (1 - (over | under).mean()):.1f} % | {100 * under.mean():.1f} % | "
                    f"{100 * over.mean():.1f} % | {width:.2f} |"
                )


def cohorts(generator):
    """Print the same of two-fold dilutions with a common scatter, by the size of the cohort."""
    print("| patients | samples each | estimated | covered | mean sd |")
    print("| --- | --- | --- | --- | --- |")
    for n in SIZES:
        day = np.array([0.0, 28, 56, 112, 224])
        estimated = covered = total = 0
        scatter = []
        for _ in range(PATIENTS // n):
            share = generator.beta(2, 1, (n, 1))
            level = np.exp(generator.uniform(6, 7, (n, 1)))
            curve = level * (share * 2 ** (-day / 21) + 1 - share)
            value = 2 ** np.floor(np.log2(curve * np.exp(generator.normal(0, 0.5, (n, 5)))))
            fit = recovery.titre(
                np.repeat(np.arange(n), 5), np.tile(day, n), value.ravel(), half_life=21.0,
                dilution=2.0, sd="common",
            )  # fmt: skip
            seen = np.isfinite(fit.share)
            total += n
            estimated += seen.sum()
            covered += ((fit.share_low <= share[:, 0]) & (share[:, 0] <= fit.share_high)).sum()
            scatter.append(fit.sd[0])
        print(
            f"| {n} | 5 | {100 * estimated / total:.1f} % | {100 * covered / estimated:.1f} % | "
            f"{np.nanmean(scatter):.2f} |"
        )


def ratios(generator):
    """Print how often the limits of a ratio hold it, and how often 0.7 is said to exceed itself."""
    print("| limits | n | answered | covered | p below 0.025 at the true ratio |")
    print("| --- | --- | --- | --- | --- |")
    for name, lloq in (("none", None), ("a quarter below", 0.47)):
        for n in SIZES:
            hits = rejected = answered = 0
            for _ in range(PATIENTS):
                after = 0.7 * np.exp(generator.normal(0, 0.6, n))
                try:
                    found = recovery.titre_retention(np.ones(n), after, lloq=lloq, margin=0.7)
                except InputError:
                    continue
                answered += 1
                hits += found.low <= 0.7 <= found.high
                rejected += found.pvalue_margin < 0.025
            print(
                f"| {name} | {n} | {100 * answered / PATIENTS:.1f} % | "
                f"{100 * hits / answered:.1f} % | {100 * rejected / answered:.1f} % |"
            )


if __name__ == "__main__":
    shares(np.random.default_rng(37))
    cohorts(np.random.default_rng(39))
    ratios(np.random.default_rng(38))
