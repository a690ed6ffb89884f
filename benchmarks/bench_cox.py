"""Cox regression with Efron's rule for ties: coefficients, standard errors and tests."""

import immunoreset.survival as ours
import numpy as np
from data import regression
from harness import OURS, Case, installed, report, sizes, time_r

COVARIATES = (1, 5, 20)


def coef_of(result):
    """Return the coefficients of each peer's own result."""
    return result if isinstance(result, np.ndarray) else np.asarray(result.coef)


def peers_of(time, event, x):
    """Each peer's usual call, by name."""
    status = event.astype(np.int32)
    peers = {OURS: lambda: ours.cox(time, event, x)}
    left_out = []
    if installed("survival"):
        from survival import regression as rust

        peers["Rust survival"] = lambda: np.ravel(
            np.asarray(rust.coxph_fit(time, status, x).coefficients)
        )
    else:
        left_out.append("survival (Rust)")
    if installed("lifelines"):
        import pandas as pd
        from lifelines import CoxPHFitter

        frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])])
        frame["time"], frame["event"] = time, event
        peers["lifelines"] = lambda: CoxPHFitter().fit(frame, "time", "event").params_.to_numpy()
    else:
        left_out.append("lifelines")
    if installed("statsmodels") and len(time) <= 10_000:
        from statsmodels.duration.hazard_regression import PHReg

        peers["statsmodels"] = lambda: PHReg(time, x, status=status, ties="efron").fit().params
    if installed("sksurv"):
        from sksurv.linear_model import CoxPHSurvivalAnalysis
        from sksurv.util import Surv

        outcome = Surv.from_arrays(event, time)
        peers["scikit-survival (no errors)"] = lambda: (
            CoxPHSurvivalAnalysis(ties="efron").fit(x, outcome).coef_
        )
    return peers, left_out


def cases(n):
    for p in COVARIATES:
        if p < n / 10:
            time, event, x = regression(n, p, "days")
            peers, left_out = peers_of(time, event, x)
            yield Case(f"n = {n:,}, p = {p}", peers, coef_of, 1e-4, 3, left_out)


if __name__ == "__main__":
    chosen = sizes("15,1000,1e5")
    report([case for n in chosen for case in cases(n)], "Cox regression, whole days, Efron")
    for n in chosen:
        for p in (p for p in COVARIATES if p < n / 10):
            time, event, x = regression(n, p, "days")
            columns = {f"x{j}": x[:, j] for j in range(p)}
            terms = " + ".join(columns)
            took = time_r(
                f"coxph(Surv(time, event) ~ {terms})", {"time": time, "event": event, **columns}
            )
            if took is not None:
                print(f"\nR survival's coxph, n = {n:,}, p = {p}: {1e3 * took:.3g} ms")
