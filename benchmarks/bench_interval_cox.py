"""Interval-censored proportional hazards: no peer here fits them, so beside the curve alone."""

import immunoreset.survival as ours
import numpy as np
from data import visits
from harness import OURS, Case, report, sizes


def cases(n):
    left, right = visits(n, "days")
    for p in (1, 3):
        x = np.random.default_rng([20260105, n, p]).standard_normal((n, p))
        peers = {
            OURS: lambda x=x: ours.interval_cox(left, right, x),
            "turnbull alone": lambda: ours.turnbull(left, right) and None,
        }
        yield Case(f"n = {n:,}, p = {p}, whole days", peers, lambda _: 0.0, rounds=3)


if __name__ == "__main__":
    jobs = [case for n in sizes("100,1000") for case in cases(n)]
    report(jobs, "proportional hazards of interval-censored times")
