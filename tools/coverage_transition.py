"""Coverage of limits of transition probabilities and of the probability of being in response.

    python tools/coverage_transition.py [SAMPLES]     10,000 by default: two minutes

It prints tables of docs/methods/survival/multistate.md: transitions since month 2 of the patients
of tools/coverage_multistate.py, of samples that know the month asked for; and patients who respond,
lose their response and fail without one at constant rates a month, all of them followed for 4 to 16
months, of samples that know the month. A share of 0.95 of 10,000 has a standard error of 0.002.
"""

import sys

import numpy as np
from coverage_multistate import HOW, STATES, generator, sample
from immunoreset import survival

SIZES = (8, 15, 30)
SINCE = 2.0
AT = [4.0, 10.0]
WAYS = [(0, 1), (1, 1), (1, 2)]
# rates a month of response, of failure without one and of loss
RESPONSES = {
    "some respond": (0.15, 0.10, 0.05),
    "few respond": (0.01, 0.05, 0.05),
    "all respond, none fails": (3.0, 0.0, 0.02),
}
ASKED = [3.0, 12.0]


def within(q, t):
    """Return the transition probabilities of the generator q over a time t."""
    return np.linalg.matrix_power(np.eye(len(q)) + q * t / 2**24, 2**24)


def transitions(samples):
    """Print coverage of the limits of transition probabilities."""
    truth = [within(generator(), t - SINCE) for t in AT]
    print("| n | since month 2 | truth | known |" + "".join(f" {v}, {i} |" for v, i in HOW))
    print("| --- | --- | --- | --- |" + " --- |" * len(HOW))
    for n in SIZES:
        rng = np.random.default_rng((n, 5))
        held = np.zeros((len(HOW), len(WAYS), len(AT)))
        known = np.zeros((len(WAYS), len(AT)))
        for _ in range(samples):
            rows = sample(rng, n)
            for k, (variance, interval) in enumerate(HOW):
                ms = survival.multistate(
                    *rows, states=[1, 2, 3, 4], absorbing=[4], variance=variance, interval=interval
                )
                for w, (a, b) in enumerate(WAYS):
                    found = ms.transition(a + 1, b + 1, SINCE, AT)
                    low, high = np.array(found.low), np.array(found.high)
                    right = np.array([p[a, b] for p in truth])
                    held[k, w] += (low <= right) & (right <= high)
                    known[w] += (k == 0) * np.isfinite(found.estimate)
        for w, (a, b) in enumerate(WAYS):
            for j, t in enumerate(AT):
                cells = "".join(f" {held[k, w, j] / known[w, j]:.3f} |" for k in range(len(HOW)))
                print(
                    f"| {n} | {STATES[a]} to {STATES[b]}, {t:g} | {truth[j][a, b]:.3f} | "
                    f"{known[w, j] / samples:.3f} |{cells}",
                    flush=True,
                )


def responders(rng, n, rates):
    """Return the end of follow-up, the response and the end of each patient."""
    respond, fail, lose = rates
    followed = rng.uniform(4, 16, n)
    response = rng.exponential(1 / respond, n)
    failure = rng.exponential(1 / fail, n) if fail > 0 else np.full(n, np.inf)
    end = np.where(response < failure, response + rng.exponential(1 / lose, n), failure)
    response[(response > followed) | (failure < response)] = np.inf
    end[end > followed] = np.inf
    return followed, response, end


def in_response(samples):
    """Print coverage of the limits of the probability of being in response."""
    print("\n| | n | month | truth | at 0, at 1 |" + "".join(f" {v}, {i} |" for v, i in HOW))
    print("| --- | --- | --- | --- | --- |" + " --- |" * len(HOW))
    for name, rates in RESPONSES.items():
        respond, fail, lose = rates
        q = np.array([[-respond - fail, respond, fail], [0, -lose, lose], [0, 0, 0]])
        truth = np.array([within(q, t)[0, 1] for t in ASKED])
        for n in SIZES:
            rng = np.random.default_rng((n, 6))
            held, known = np.zeros((len(HOW), len(ASKED))), np.zeros(len(ASKED))
            ends = np.zeros((2, len(ASKED)))
            for _ in range(samples):
                patients = responders(rng, n, rates)
                for k, (variance, interval) in enumerate(HOW):
                    at = (
                        survival.in_response(*patients, variance=variance, interval=interval)
                        .state("in response")
                        .at(ASKED)
                    )
                    held[k] += (at.low <= truth) & (truth <= at.high)
                known += np.isfinite(at.estimate)
                ends += at.estimate == 0, at.estimate == 1
            for j, t in enumerate(ASKED):
                cells = "".join(f" {held[k, j] / known[j]:.3f} |" for k in range(len(HOW)))
                print(
                    f"| {name} | {n} | {t:g} | {truth[j]:.3f} | {ends[0, j] / known[j]:.2f}, "
                    f"{ends[1, j] / known[j]:.2f} |{cells}",
                    flush=True,
                )


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    transitions(count)
    in_response(count)
