"""Parametric regression with one covariate: coefficients, scale and standard errors."""

import immunoreset.survival as ours
import numpy as np
from data import regression
from harness import OURS, Case, installed, report, sizes, time_r

DISTRIBUTIONS = ("weibull", "lognormal", "loglogistic")
LIFELINES = {
    "weibull": "WeibullAFTFitter",
    "lognormal": "LogNormalAFTFitter",
    "loglogistic": "LogLogisticAFTFitter",
}


def coef_of(result):
    """Return the covariate's coefficient of each peer's own result."""
    return result if isinstance(result, float) else float(result.coef[1])


def peers_of(time, event, x, distribution):
    """Each peer's usual call, by name."""
    peers = {
        OURS: lambda: ours.parametric(
            time, event=event, X=x, distribution=distribution, interval="wald"
        ),
        "immunoreset, profile limits": lambda: ours.parametric(
            time, event=event, X=x, distribution=distribution
        ),
    }
    left_out = []
    if installed("survival"):
        from survival import regression as rust

        status, design = event.astype(np.int32), np.column_stack((np.ones(len(time)), x))
        family = rust.SurvregDistribution(distribution)
        peers["Rust survival"] = lambda: float(
            rust.survreg_fit(rust.SurvregData(time, status, design), family).coefficients[1]
        )
    else:
        left_out.append("survival (Rust)")
    if installed("lifelines"):
        import lifelines
        import pandas as pd

        frame = pd.DataFrame({"x": x[:, 0], "time": time, "event": event})
        fitter = getattr(lifelines, LIFELINES[distribution])
        place = {"weibull": "lambda_", "lognormal": "mu_", "loglogistic": "alpha_"}[distribution]
        peers["lifelines"] = lambda: float(fitter().fit(frame, "time", "event").params_[place, "x"])
    else:
        left_out.append("lifelines")
    return peers, left_out


def cases(n):
    time, event, x = regression(n, 1, "continuous")
    for distribution in DISTRIBUTIONS:
        peers, left_out = peers_of(time, event, x, distribution)
        # lifelines stops 0.2% short of the others at 10^5
        yield Case(f"{distribution}, n = {n:,}", peers, coef_of, 5e-3, 5, left_out)


if __name__ == "__main__":
    chosen = sizes("15,1000,1e5")
    report([case for n in chosen for case in cases(n)], "parametric regression, right-censored")
    for n in chosen:
        time, event, x = regression(n, 1, "continuous")
        for distribution in DISTRIBUTIONS:
            took = time_r(
                f'survreg(Surv(time, event) ~ x, dist = "{distribution}")',
                {"time": time, "event": event, "x": x[:, 0]},
            )
            if took is not None:
                print(f"R's survreg, {distribution}, n = {n:,}: {1e3 * took:.3g} ms")
