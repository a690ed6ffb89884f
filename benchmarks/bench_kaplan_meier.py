"""Kaplan-Meier with log-log limits, from 15 patients to 10^7, continuous times and whole days."""

import immunoreset.survival as ours
import numpy as np
from data import survival as simulate
from harness import OURS, Case, installed, report, sizes, time_r

SLOW_BEYOND = 1_000_000  # patients: lifelines, scikit-survival and R are left out beyond this


def curve_of(result):
    """Times and survival of each peer's own result."""
    if isinstance(result, tuple):
        return result
    if hasattr(result, "surv_prob"):
        return result.surv_times, result.surv_prob
    if hasattr(result, "survival_function_"):
        frame = result.survival_function_
        return frame.index.to_numpy(), frame.iloc[:, 0].to_numpy()
    return result.time, result.estimate


def peers_of(time, event):
    """Each peer's usual call for the curve and its limits, by name."""
    n = len(time)
    status = event.astype(np.int32)
    peers = {OURS: lambda: ours.kaplan_meier(time, event)}
    left_out = []
    if installed("survival"):
        from survival import surv_analysis

        def rust():
            fit = surv_analysis.survfitkm(time, status, conf_type="log-log")
            return fit.time, fit.surv  # the limits are computed; lists are made on reading

        peers["Rust survival"] = rust
    else:
        left_out.append("survival (Rust)")
    if installed("statsmodels"):
        from statsmodels.duration.survfunc import SurvfuncRight

        peers["statsmodels (no limits)"] = lambda: SurvfuncRight(time, status)
    else:
        left_out.append("statsmodels")
    if installed("sksurv") and n <= SLOW_BEYOND:
        from sksurv.nonparametric import kaplan_meier_estimator

        peers["scikit-survival"] = lambda: kaplan_meier_estimator(event, time, conf_type="log-log")[
            :2
        ]
    if installed("lifelines") and n <= SLOW_BEYOND:
        from lifelines import KaplanMeierFitter

        peers["lifelines"] = lambda: KaplanMeierFitter().fit(time, event)
    return peers, left_out


def cases(n):
    for kind in ("continuous", "days"):
        time, event = simulate(n, kind)
        grid = np.quantile(time, np.linspace(0.02, 0.98, 20))

        def at_grid(result, grid=grid):
            times, estimate = (np.asarray(column) for column in curve_of(result))
            return np.append(1.0, estimate)[np.searchsorted(times, grid, side="right")]

        peers, left_out = peers_of(time, event)
        rounds = 7 if n < SLOW_BEYOND else 3
        # ours merges times that differ by rounding alone, as R does; the others do not
        yield Case(f"n = {n:,}, {kind}", peers, at_grid, 1e-6, rounds, left_out)


if __name__ == "__main__":
    chosen = sizes("15,1000,1e6")
    report([case for n in chosen for case in cases(n)], "Kaplan-Meier with log-log limits")
    for n in (size for size in chosen if size <= SLOW_BEYOND):
        for kind in ("continuous", "days"):
            time, event = simulate(n, kind)
            took = time_r(
                'survfit(Surv(time, event) ~ 1, conf.type = "log-log")',
                {"time": time, "event": event},
            )
            if took is not None:
                print(f"\nR survival's survfit, n = {n:,}, {kind}: {1e3 * took:.3g} ms")
