"""Cumulative incidence with limits, Gray's test and the Fine-Gray model, beside the peers.

Of R the time is taken inside R. statsmodels and cmprsk give no limits; lifelines breaks ties at
random, so its numbers are not compared.
"""

import warnings

import immunoreset.survival as ours
from data import competing
from harness import OURS, Case, installed, report, sizes, time_r

SLOW_BEYOND = 100_000  # patients: lifelines, survfit and crr are left out from here on


def incidence_cases(n):
    for kind in ("continuous", "days"):
        time, cause, _, _ = competing(n, kind)
        peers, left_out = {OURS: lambda t=time, c=cause: ours.competing_risks(t, c)}, []
        if installed("statsmodels"):
            from statsmodels.duration.survfunc import CumIncidenceRight

            peers["statsmodels (no limits)"] = lambda t=time, c=cause: CumIncidenceRight(t, c)
        else:
            left_out.append("statsmodels")
        if installed("lifelines") and n < SLOW_BEYOND:
            from lifelines import AalenJohansenFitter

            peers["lifelines"] = lambda t=time, c=cause: (
                AalenJohansenFitter(seed=1).fit(t, c, event_of_interest=1) and None
            )
        yield Case(f"cumulative incidence, n = {n:,}, {kind}", peers, last_incidence,
                   left_out=left_out)  # fmt: skip


def last_incidence(result):
    if hasattr(result, "cinc"):
        return [result.cinc[0][-1], result.cinc[1][-1]]
    return result.estimate[:, -1]


def test_and_model_cases(n):
    time, cause, group, X = competing(n, "continuous")
    yield Case(f"Gray's test, n = {n:,}", {OURS: lambda: ours.gray_test(time, cause, group)},
               lambda r: r.statistic)  # fmt: skip
    yield Case(f"Fine-Gray, n = {n:,}", {OURS: lambda: ours.fine_gray(time, cause, X)},
               lambda r: r.coef)  # fmt: skip


def in_r(n):
    """Print what R takes inside itself for the same data."""
    time, cause, group, X = competing(n, "continuous")
    columns = {"time": time, "cause": cause, "group": group, "x": X.T.ravel()}
    calls = {
        "cmprsk::cuminc": "cmprsk::cuminc(time, cause)",
        "cmprsk::cuminc, Gray's test": "cmprsk::cuminc(time, cause, group)",
    }
    if n < SLOW_BEYOND:
        calls["survival::survfit"] = "survfit(Surv(time, factor(cause, 0:2)) ~ 1)"
        calls["cmprsk::crr"] = "cmprsk::crr(time, cause, matrix(x, length(time)))"
    for name, call in calls.items():
        took = time_r(call, columns, rounds=3)
        print(f"R, n = {n:,}, {name}: " + ("not there" if took is None else f"{1e3 * took:.3g} ms"))


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="Tied event times")
    wanted = sizes("15,1000,100000")
    report([case for n in wanted for case in incidence_cases(n)], "Cumulative incidence")
    report([case for n in wanted for case in test_and_model_cases(n)], "Gray's test and Fine-Gray")
    for n in wanted:
        if n > 15:
            in_r(n)
