"""Pooled rates of 20 series against statsmodels, and R's metafor and lme4 where they are installed.

metafor's answers need R, so that their agreement is held by the tests instead of here.
"""

from __future__ import annotations

import numpy as np
from harness import OURS, Case, installed, report, time_r
from immunoreset import response


def series(k: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    n = rng.integers(5, 31, k)
    rate = 1 / (1 + np.exp(-(1.2 + 0.7 * rng.standard_normal(k))))
    return rng.binomial(n, rate), n


def dersimonian_laird(x: np.ndarray, n: np.ndarray) -> Case:
    case = Case(
        f"DerSimonian-Laird, log-odds, {len(x)} series",
        {OURS: lambda: response.pooled(x, n, method="logit", tau2="DL").coef[0]},
    )
    if installed("statsmodels"):
        from statsmodels.stats.meta_analysis import combine_effects

        whole = (x == 0) | (x == n)
        a, of = x + 0.5 * whole, n + 1.0 * whole
        y, v = np.log(a / (of - a)), 1 / a + 1 / (of - a)
        case.peers["statsmodels"] = lambda: combine_effects(y, v, method_re="dl").mean_effect_re
    else:
        case.left_out.append("statsmodels")
    return case


def main() -> None:
    x, n = series(20)
    mixed = {
        "glmm, profile limits": lambda: response.pooled(x, n).coef[0],
        "glmm, Wald limits": lambda: response.pooled(x, n, interval="wald").coef[0],
        "beta-binomial, profile limits": lambda: response.pooled(x, n, method="beta-binomial").coef[
            0
        ],
        "REML, log-odds": lambda: response.pooled(x, n, method="logit").coef[0],
    }
    report([dersimonian_laird(x, n)], "Inverse variance")
    report([Case(name, {OURS: call}) for name, call in mixed.items()], "20 series")
    columns = {"x": x.astype(float), "n": n.astype(float)}
    for name, code in {
        "metafor, rma.glmm": 'suppressMessages(metafor::rma.glmm(measure="PLO", xi=x, ni=n))',
        "lme4, glmer": "g <- factor(seq_along(x)); "
        "lme4::glmer(cbind(x, n - x) ~ 1 + (1 | g), family = binomial, nAGQ = 7)",
        "metafor, rma (REML)": 'metafor::rma(measure="PLO", xi=x, ni=n)',
    }.items():
        took = time_r(code, columns)
        print(f"{name}: " + ("no R" if took is None else f"{1e3 * took:.3g} ms"))


if __name__ == "__main__":
    main()
