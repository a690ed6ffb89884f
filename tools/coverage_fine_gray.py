"""Coverage of the limits that a Fine-Gray model predicts, and size of its test, by simulation.

It prints the tables of docs/methods/survival/fine_gray.md: half of the patients have x = 1; the
incidence of cause 1 is 1 - (1 - 0.5 (1 - exp(-t))) ** exp(b x), cause 2 follows at rate 1, and
censoring is exponential of rate 0.3. Coverage with b = 0.7, size with b = 0. A model that is
refused (an infinite coefficient) is left out and counted; an upper limit that does not exist is a
miss.

    python tools/coverage_fine_gray.py [SAMPLES]     5,000 by default: a minute
"""

import sys

import numpy as np
from immunoreset import survival
from immunoreset.errors import InputError

SIZES = (15, 30, 60, 120)
TIMES = (0.25, 0.5, 1.0, 2.0)
SHARE, EFFECT, CENSORING = 0.5, 0.7, 0.3


def incidence(t, x, effect):
    return 1 - (1 - SHARE * (1 - np.exp(-np.asarray(t)))) ** np.exp(effect * x)


def draw(rng, n, effect):
    x = np.arange(n) % 2
    share = incidence(np.inf, x, effect)
    first = rng.random(n) < share
    level = rng.random(n) * share  # the incidence at which cause 1 comes
    inner = (1 - (1 - level) ** np.exp(-effect * x)) / SHARE
    event = np.where(first, -np.log1p(-inner), rng.exponential(size=n))
    end = rng.exponential(1 / CENSORING, size=n)
    cause = np.where(event <= end, np.where(first, 1, 2), 0)
    return np.minimum(event, end), cause, x


def coverage(n, samples):
    """Return the share of limits that hold, x by times; and of models refused."""
    rng = np.random.default_rng((n, 20261126))
    truth = np.array([incidence(TIMES, x, EFFECT) for x in (0, 1)])
    held, fitted = np.zeros(truth.shape), 0
    for _ in range(samples):
        time, cause, x = draw(rng, n, EFFECT)
        try:
            fit = survival.fine_gray(time, cause, x)
        except InputError:
            continue
        fitted += 1
        predicted = fit.predict([[0], [1]], TIMES)
        held += (predicted.low <= truth) & (truth <= predicted.high)
    return held / fitted, 1 - fitted / samples


def size(n, samples):
    rng = np.random.default_rng((n, 20261127))
    rejected = fitted = 0
    for _ in range(samples):
        time, cause, x = draw(rng, n, 0.0)
        try:
            fit = survival.fine_gray(time, cause, x)
        except InputError:
            continue
        fitted += 1
        rejected += fit.pvalue[0] < 0.05
    return rejected / fitted, 1 - fitted / samples


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    print("| n | x |" + "".join(f" t = {t} |" for t in TIMES) + " refused |")
    print("| --- | --- |" + " --- |" * (len(TIMES) + 1))
    for n in SIZES:
        held, refused = coverage(n, samples)
        for x in (0, 1):
            cells = "".join(f" {h:.3f} |" for h in held[x])
            print(f"| {n} | {x} |{cells} {refused:.3f} |")
    print("\n| n | size | refused |\n| --- | --- | --- |")
    for n in SIZES:
        rejected, refused = size(n, samples)
        print(f"| {n} | {rejected:.3f} | {refused:.3f} |")


if __name__ == "__main__":
    main()
