"""Clopper-Pearson and Wilson limits: 10^6 groups, and one."""

import numpy as np
from data import rates
from harness import OURS, Case, installed, report, sizes
from immunoreset import response


def cases(n_rows):
    events, n = rates(n_rows)
    plain = {OURS: lambda: response.proportion(events, n)}
    wilson = {OURS: lambda: response.proportion(events, n, method="wilson")}
    left_out = []
    if installed("scipy"):
        from scipy.special import betaincinv

        def boost():
            with np.errstate(invalid="ignore"):
                low = np.where(
                    events == 0, 0, betaincinv(np.maximum(events, 1), n - events + 1, 0.025)
                )
                rest = np.maximum(n - events, 1)
                high = np.where(events == n, 1, 1 - betaincinv(rest, events + 1, 0.025))
            return low, high

        plain["scipy.special"] = boost
    else:
        left_out.append("scipy")
    if installed("statsmodels"):
        from statsmodels.stats.proportion import proportion_confint

        plain["statsmodels"] = lambda: proportion_confint(events, n, method="beta")
        wilson["statsmodels"] = lambda: proportion_confint(events, n, method="wilson")
    else:
        left_out.append("statsmodels")

    def limits(result):
        low, high = result if isinstance(result, tuple) else (result.low, result.high)
        return np.stack([low, high])

    yield Case(f"Clopper-Pearson, {n_rows:,} groups", plain, limits, 1e-9, 5, left_out)
    yield Case(f"Wilson, {n_rows:,} groups", wilson, limits, 1e-9, 5, left_out)


def one_group():
    peers = {OURS: lambda: response.proportion(7, 15)}
    if installed("scipy"):
        from scipy.stats import binomtest

        peers["scipy.stats"] = lambda: binomtest(7, 15).proportion_ci(method="exact")
    if installed("statsmodels"):
        from statsmodels.stats.proportion import proportion_confint

        peers["statsmodels"] = lambda: proportion_confint(7, 15, method="beta")

    def limits(result):
        return (
            result if isinstance(result, tuple) and len(result) == 2 else (result.low, result.high)
        )

    yield Case("Clopper-Pearson, one group", peers, limits, 1e-9)


if __name__ == "__main__":
    jobs = [case for rows in sizes("1e6") for case in cases(rows)]
    report([*one_group(), *jobs], "One response rate")
