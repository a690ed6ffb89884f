"""The log-rank test of two groups, its permutation, and 10,000 simulated trials.

With ``IMR_BARE`` the path of a shared library that has ``logrank_cont`` and ``logrank_days`` of
(n, time, event, group, out), each is timed too: a loop without checks, as a yardstick.
"""

import ctypes
import os

import immunoreset.survival as ours
import numpy as np
from data import survival as simulate
from harness import OURS, Case, installed, report, sizes, time_r

SLOW_BEYOND = 1_000_000
TRIALS, PATIENTS = 10_000, 60


def bare(time, event, group, kind):
    """Return a call of the yardstick, or None."""
    path = os.environ.get("IMR_BARE")
    if path is None:
        return None
    loop = getattr(ctypes.CDLL(path), "logrank_days" if kind == "days" else "logrank_cont")
    out = np.zeros(4)
    columns = [array.ctypes.data_as(ctypes.c_void_p) for array in (time, event, group, out)]

    def call():
        loop(ctypes.c_int64(len(time)), *columns)
        return out[3]

    return call


def peers_of(time, event, group, kind):
    peers = {OURS: lambda: ours.logrank(time, event, group).statistic}
    left_out = []
    status, code = event.astype(np.int32), group.astype(np.int32)
    yardstick = bare(time, event.view(np.uint8), group, kind)
    if yardstick is not None:
        peers["bare loop"] = yardstick
    if installed("survival"):
        from survival import surv_analysis

        peers["Rust survival"] = lambda: surv_analysis.survdiff(time, status, code).chisq
    else:
        left_out.append("survival (Rust)")
    if installed("statsmodels"):
        from statsmodels.duration.survfunc import survdiff

        peers["statsmodels"] = lambda: survdiff(time, status, code)[0]
    else:
        left_out.append("statsmodels")
    if installed("sksurv") and len(time) <= SLOW_BEYOND:
        from sksurv.compare import compare_survival
        from sksurv.util import Surv

        peers["scikit-survival"] = lambda: compare_survival(Surv.from_arrays(event, time), code)[0]
    if installed("lifelines") and len(time) <= SLOW_BEYOND:
        from lifelines.statistics import logrank_test

        first = group == 0
        peers["lifelines"] = lambda: (
            logrank_test(time[first], time[~first], event[first], event[~first]).test_statistic
        )
    return peers, left_out


def cases(n):
    group = np.random.default_rng(n).integers(0, 2, n).astype(np.uint8)
    for kind in ("continuous", "days"):
        time, event = simulate(n, kind)
        peers, left_out = peers_of(time, event, group, kind)
        rounds = 7 if n < SLOW_BEYOND else 3
        # ours merges times that differ by rounding alone, as R does; the others do not
        yield Case(f"n = {n:,}, {kind}", peers, rtol=1e-4, rounds=rounds, left_out=left_out)


def trials():
    rng = np.random.default_rng(20260104)
    time = rng.exponential(12.0, (TRIALS, PATIENTS))
    censoring = rng.uniform(6.0, 30.0, (TRIALS, PATIENTS))
    event, time = time <= censoring, np.minimum(time, censoring)
    group = np.arange(PATIENTS) % 2
    few = TRIALS // 100

    def batch():
        return ours.logrank_replicates(time, event, group, at=[6, 12]).statistic[:few]

    peers = {OURS: batch}
    left_out = []
    if installed("survival"):
        from survival import surv_analysis

        def rust():
            found = []
            for t, d in zip(time[:few], event[:few].astype(np.int32), strict=True):
                surv_analysis.survfitkm(t, d, conf_type="log-log")
                found.append(surv_analysis.survdiff(t, d, group.astype(np.int32)).chisq)
            return found

        peers["Rust survival, a 100th of them"] = rust
    else:
        left_out.append("survival (Rust)")
    yield Case(
        f"{TRIALS:,} trials of {PATIENTS}, test and estimates at two times", peers, rtol=1e-6,
        left_out=left_out,
    )  # fmt: skip


if __name__ == "__main__":
    chosen = sizes("15,1000,1e6")
    report([case for n in chosen for case in cases(n)], "Log-rank test of two groups")
    report(list(trials()), "Simulated trials")
    for n in (size for size in chosen if size <= SLOW_BEYOND):
        group = np.random.default_rng(n).integers(0, 2, n)
        for kind in ("continuous", "days"):
            time, event = simulate(n, kind)
            columns = {"time": time, "event": event, "group": group}
            took = time_r("survdiff(Surv(time, event) ~ group)", columns)
            if took is not None:
                print(f"\nR survival's survdiff, n = {n:,}, {kind}: {1e3 * took:.3g} ms")
