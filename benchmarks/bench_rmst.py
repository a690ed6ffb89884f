"""A restricted mean with its standard error, and the contrast of two groups."""

import immunoreset.survival as ours
import numpy as np
from data import survival as simulate
from harness import OURS, Case, installed, report, sizes, time_r

TAU = 300.0


def cases(n):
    time, event = simulate(n, "continuous")
    tau = min(TAU, float(np.quantile(time, 0.7)))
    peers = {
        OURS: lambda: ours.rmst(time, event, tau=tau).estimate,
        "ours, the curve alone": lambda: ours.kaplan_meier(time, event, interval="plain") and None,
    }
    left_out = []
    if installed("lifelines"):
        from lifelines import KaplanMeierFitter
        from lifelines.utils import restricted_mean_survival_time

        def lifelines():
            return restricted_mean_survival_time(KaplanMeierFitter().fit(time, event), t=tau)

        if n <= 100_000:
            peers["lifelines (no error)"] = lifelines
    else:
        left_out.append("lifelines")
    yield Case(f"one mean, n = {n:,}", peers, rounds=3, left_out=left_out)
    code = f"summary(survfit(Surv(time, event) ~ 1), rmean = {tau})$table"
    took = time_r(code, {"time": time, "event": event})
    if took is not None:
        print(f"R survival, n = {n:,}: {took * 1e3:.3g} ms")
    group = np.arange(n) % 2
    contrast = {OURS: lambda: ours.rmst_contrast(time, event, group, tau=tau).ratio.estimate}
    yield Case(f"two groups, n = {n:,}", contrast, rounds=3)


if __name__ == "__main__":
    report([case for n in sizes("15,1000,1e5,1e6") for case in cases(n)], "Restricted means")
