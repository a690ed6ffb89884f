"""Coverage of limits of regressions of counts, for docs/methods/survival/rate_regression.md.

    python tools/coverage_rate_regression.py [SAMPLES]     10,000 by default: a minute

Patients in two arms have 2 events a year in the mean, half of that in the second, at rates that
differ by a gamma distribution of shape theta, and are followed for half a year to two. In clusters
a patient has four such rows with one rate of his own: two before and two after a change that leaves
the rate as it is. Samples without any event are drawn again; infinite limits hold, a refusal or NaN
does not. The standard error of a share of 0.95 of 10,000 is 0.002.
"""

import math
import sys

import numpy as np
from immunoreset import survival
from immunoreset.errors import InputError

SIZES = (8, 15, 30)
THETAS = (0.5, 1.0, 4.0, math.inf)
EFFECT = math.log(0.5)
WALD = (
    ("negative binomial, expected", {"interval": "wald"}),
    ("negative binomial, observed", {"interval": "wald", "information": "observed"}),
    ("negative binomial, HC0", {"variance": "HC0"}),
    ("negative binomial, HC1", {"variance": "HC1"}),
    ("Poisson, HC0", {"family": "poisson", "variance": "HC0"}),
    ("Poisson, HC1", {"family": "poisson", "variance": "HC1"}),
)
CLUSTERED = (
    ("Poisson, HC0, rows taken as independent", {"family": "poisson", "variance": "HC0"}, False),
    ("Poisson, HC0, clusters", {"family": "poisson", "variance": "HC0"}, True),
    ("Poisson, HC1, clusters", {"family": "poisson", "variance": "HC1"}, True),
    ("negative binomial, HC0, clusters", {"variance": "HC0"}, True),
    ("negative binomial, HC1, clusters", {"variance": "HC1"}, True),
)


def patients(rng, n, theta, rows=1):
    """Return arm, years and events of n patients with so many rows each."""
    arm = np.repeat(np.arange(n) % 2, rows)
    while True:
        rate = rng.gamma(theta, 1 / theta, n) if math.isfinite(theta) else np.ones(n)
        years = rng.uniform(0.5, 2, n * rows) / rows
        events = rng.poisson(2 * np.repeat(rate, rows) * years * 0.5**arm)
        if events.any():
            return arm, years, events


def of_theta(samples):
    """Print how often the profile limits hold theta."""
    print("| theta | n | held | below them | above them | at infinity | upper limit infinite |")
    print("| --- | --- |" + " --- |" * 5)
    for theta in THETAS:
        for n in SIZES:
            rng = np.random.default_rng((n, 1))
            seen = np.zeros(5)
            for _ in range(samples):
                arm, years, events = patients(rng, n, theta)
                fit = survival.rate_regression(events, arm, exposure=years)
                seen += (
                    fit.theta_low <= theta <= fit.theta_high,
                    theta < fit.theta_low,
                    theta > fit.theta_high,
                    fit.boundary,
                    math.isinf(fit.theta_high),
                )
            cells = " | ".join(f"{share:.3f}" for share in seen / samples)
            print(f"| {theta:g} | {n} | {cells} |", flush=True)


def table(title, ways, samples, draw, truths):
    """Print how often the limits of each way hold the coefficients, by n and theta."""
    heads = " | ".join(f"n = {n}: theta 1, inf" for n in SIZES)
    print(f"\n| {title} | {heads} | without finite limits |\n|" + " --- |" * (len(SIZES) + 2))
    held = np.zeros((len(ways), len(SIZES), 2, len(truths)))
    vague = np.zeros(len(ways))
    for i, n in enumerate(SIZES):
        for j, theta in enumerate((1.0, math.inf)):
            rng = np.random.default_rng((n, 2))
            for _ in range(samples):
                events, x, years, cluster = draw(rng, n, theta)
                for k, (_, options, *grouped) in enumerate(ways):
                    given = {"cluster": cluster} if grouped and grouped[0] else {}
                    try:
                        fit = survival.rate_regression(
                            events, x, exposure=years, **options, **given
                        )
                    except InputError:
                        vague[k] += 1
                        continue
                    low, high = fit.low[1:], fit.high[1:]
                    held[k, i, j] += (low <= truths) & (truths <= high)
                    vague[k] += not np.isfinite([low, high]).all()
    held /= samples
    for c in range(len(truths)):
        prefix = f"{('arm', 'change')[c]}: " if len(truths) > 1 else ""
        for k, (name, *_) in enumerate(ways):
            cells = "".join(
                f" {held[k, i, 0, c]:.3f}, {held[k, i, 1, c]:.3f} |" for i in range(len(SIZES))
            )
            print(
                f"| {prefix}{name} |{cells} {vague[k] / samples / len(SIZES) / 2:.3f} |", flush=True
            )


def alone(rng, n, theta):
    arm, years, events = patients(rng, n, theta)
    return events, arm, years, None


def in_clusters(rng, n, theta):
    arm, years, events = patients(rng, n, theta, rows=4)
    return events, np.column_stack([arm, np.arange(4 * n) % 2]), years, np.repeat(range(n), 4)


def main(samples):
    of_theta(samples)
    table("limits of the arm", WALD, samples, alone, np.array([EFFECT]))
    table("limits, four rows a patient", CLUSTERED, samples, in_clusters, np.array([EFFECT, 0]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
