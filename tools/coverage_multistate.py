"""Coverage of the limits of state occupation, for docs/methods/survival/multistate.md.

    python tools/coverage_multistate.py [SAMPLES]     10,000 by default: two minutes

Patients begin with active disease, respond, relapse, respond again, and may die at any time, at
constant rates a month; follow-up ends between 4 and 16 months. Of samples that know the month.
"""

import sys

import numpy as np
from immunoreset import survival
from immunoreset.errors import InputError

STATES = ("active", "response", "relapse", "dead")
RATES = {(0, 1): 0.5, (1, 2): 0.08, (2, 1): 0.2, (0, 3): 0.02, (1, 3): 0.01, (2, 3): 0.02}
AT = [0.5, 6.0, 12.0]
TAU = 12.0
HOW = [("jackknife", "log-log"), ("greenwood", "log-log"), ("jackknife", "logit"),
       ("jackknife", "plain")]  # fmt: skip


def generator():
    q = np.zeros((4, 4))
    for (a, b), rate in RATES.items():
        q[a, b] = rate
    return q - np.diag(q.sum(axis=1))


def truth():
    """Shares at AT and months in each state up to TAU."""
    step = TAU / 2**16
    one = np.linalg.matrix_power(np.eye(4) + generator() * step / 64, 64)
    shares = [np.array([1.0, 0, 0, 0])]
    for _ in range(2**16):
        shares.append(shares[-1] @ one)
    path = np.array(shares)
    area = step * (path[1:] + path[:-1]).sum(axis=0) / 2
    return [path[round(t / step)] for t in AT], area


def sample(rng, n):
    rows = []
    for who in range(n):
        now, state, end = 0.0, 0, rng.uniform(4, 16)
        while state != 3 and now < end:
            ways = [(b, rate) for (a, b), rate in RATES.items() if a == state]
            now += rng.exponential(1 / sum(rate for _, rate in ways))
            chance = np.array([rate for _, rate in ways])
            goes = ways[rng.choice(len(ways), p=chance / chance.sum())][0]
            rows.append((who, min(now, end), goes + 1 if now < end else 0))
            state = goes
    return [np.array(column) for column in zip(*rows, strict=True)]


def differences(samples):
    """Print coverage of 0 by limits of differences, and size of their test, of two like groups."""
    shares = ("response", "probability at 6", {"at": 6.0}), ("response", "time to 6", {"tau": 6.0})
    print("\n| n in all | state, measure | coverage | size of the test |")
    print("| --- | --- | --- | --- |")
    for n in (8, 15, 30):
        rng = np.random.default_rng(n)
        held, rejected, known = np.zeros(2), np.zeros(2), np.zeros(2)
        for _ in range(samples):
            rows = sample(rng, n)
            for k, (_, _, when) in enumerate(shares):
                try:
                    found = survival.occupation_difference(
                        *rows, rows[0] % 2, state=2, states=[1, 2, 3, 4], absorbing=[4], **when,
                        method="exact" if n <= 15 else "monte-carlo", replicates=999, rng=rng,
                    )  # fmt: skip
                except InputError:  # a group is not followed so far
                    continue
                known[k] += 1
                held[k] += found.low <= 0 <= found.high
                rejected[k] += found.pvalue <= 0.05
        for k, (state, measure, _) in enumerate(shares):
            print(
                f"| {n} | {state}, {measure} | {held[k] / known[k]:.3f} | "
                f"{rejected[k] / known[k]:.3f} |"
            )


def main(samples):
    shares, months = truth()
    print("| n | state, month | truth |" + "".join(f" {v}, {i} |" for v, i in HOW))
    print("| --- | --- | --- |" + " --- |" * len(HOW))
    for n in (8, 15, 30):
        rng = np.random.default_rng(n)
        hits = np.zeros((len(HOW), len(AT), 4))
        times = np.zeros((2, 4))
        known = np.zeros(len(AT))
        for _ in range(samples):
            rows = sample(rng, n)
            for k, (variance, interval) in enumerate(HOW):
                ms = survival.multistate(
                    *rows, states=[1, 2, 3, 4], absorbing=[4], variance=variance, interval=interval
                )
                at = ms.at(AT)
                for j in range(len(AT)):
                    hits[k, j] += (at.low[:, j] <= shares[j]) & (shares[j] <= at.high[:, j])
                if k < 2 and np.isfinite(at.estimate[0, -1]):
                    spent = ms.expected_time(TAU)
                    times[k] += (spent.low <= months) & (months <= spent.high)
            known += np.isfinite(at.estimate[0])
        for j, t in enumerate(AT):
            for s, state in enumerate(STATES):
                cells = "".join(f" {hits[k, j, s] / known[j]:.3f} |" for k in range(len(HOW)))
                print(f"| {n} | {state}, {t:g} | {shares[j][s]:.3f} |{cells}")
        for s, state in enumerate(STATES):
            cells = "".join(f" {times[k, s] / known[-1]:.3f} |" for k in range(2))
            print(f"| {n} | {state}, time up to {TAU:g} | {months[s]:.2f} |{cells} | |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    differences(1_000)
