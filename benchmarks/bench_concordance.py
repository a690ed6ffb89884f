"""Harrell's concordance with its standard error, which of the peers R alone gives."""

import immunoreset.survival as ours
import numpy as np
from data import survival as simulate
from harness import OURS, Case, installed, report, sizes, time_r

SLOW_BEYOND = 20_000  # patients: scikit-survival is quadratic


def cases(n):
    for kind in ("continuous", "days"):
        time, event = simulate(n, kind)
        score = np.round(np.log(time) + np.random.default_rng(n).normal(size=n), 2)
        peers = {OURS: lambda t=time, e=event, x=score: ours.concordance(t, e, x).estimate}
        left_out = []
        if installed("lifelines"):
            from lifelines.utils import concordance_index

            peers["lifelines"] = lambda t=time, e=event, x=score: concordance_index(t, x, e)
        else:
            left_out.append("lifelines")
        if installed("sksurv") and n <= SLOW_BEYOND:
            from sksurv.metrics import concordance_index_censored

            peers["scikit-survival"] = lambda t=time, e=event, x=score: concordance_index_censored(
                e, t, -x
            )[0]
        elif not installed("sksurv"):
            left_out.append("scikit-survival")
        yield Case(f"n = {n:,}, {kind}", peers, rounds=3, left_out=left_out, rtol=1e-3)
        columns = {"time": time, "event": event, "score": score}
        took = time_r("concordance(Surv(time, event) ~ score)", columns)
        if took is not None:
            print(f"R survival, n = {n:,}, {kind}: {took * 1e3:.3g} ms")


if __name__ == "__main__":
    jobs = [case for n in sizes("15,1000,10000,100000") for case in cases(n)]
    report(jobs, "Concordance")
