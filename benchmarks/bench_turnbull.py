"""The NPMLE of interval-censored times: ours certified to 1e-8, peers to what they stop at.

No peer has limits of a curve without a model: those are ours alone, at one time and of the median.
"""

import immunoreset.survival as ours
import numpy as np
from data import visits
from harness import OURS, Case, installed, report, sizes

SLOW_BEYOND = 1_000  # patients: lifelines and Rust survival are left out beyond this


def peers_of(left, right):
    peers = {OURS: lambda: ours.turnbull(left, right)}
    left_out = []
    finite = np.where(np.isinf(right), left, right)
    if installed("survival") and len(left) <= SLOW_BEYOND:
        from survival import interval

        status = np.where(np.isinf(right), 0, 3).tolist()
        columns = left.tolist(), finite.tolist()
        peers["Rust survival"] = lambda: interval.turnbull(*columns, status) and None
    if installed("lifelines") and len(left) <= SLOW_BEYOND:
        from lifelines import KaplanMeierFitter

        peers["lifelines"] = lambda: (
            KaplanMeierFitter().fit_interval_censoring(left, right) and None
        )
    if not installed("lifelines"):
        left_out.append("lifelines")
    return peers, left_out


def with_limits(left, right):
    return {
        OURS: lambda: ours.turnbull(left, right),
        "with limits at 84": lambda: ours.turnbull(left, right).at(84.0) and None,
        "with limits of the median": lambda: ours.turnbull(left, right).median and None,
    }


def cases(n):
    for kind in ("continuous", "days"):
        rows = visits(n, kind)
        peers, left_out = peers_of(*rows)
        yield Case(f"n = {n:,}, {kind}", peers, lambda _: 0.0, rounds=3, left_out=left_out)
        yield Case(f"n = {n:,}, {kind}, limits", with_limits(*rows), lambda _: 0.0, rounds=3)


if __name__ == "__main__":
    jobs = [case for n in sizes("100,1000,10000,100000") for case in cases(n)]
    report(jobs, "NPMLE of interval-censored times")
