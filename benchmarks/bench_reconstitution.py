"""B cell return between visits with competing events, by both forms, with and without limits.

No Python peer has interval-censored competing risks. Beside ours stands what they can do: the
Aalen-Johansen estimate of lifelines with visit dates for days of return (another question: it is
late by up to a visit), and its Weibull fit of the intervals with competing events censored (a world
without them).
"""

import warnings

import immunoreset.recovery as ours
import numpy as np
from harness import OURS, Case, installed, report, sizes

DAY, SHARE = 150, 0.4


def cohort(n, every=28):
    """Return log-normal returns of median 120 days, an event in 900 days, visits to day 364."""
    rng = np.random.default_rng(20261126)
    time, other = rng.lognormal(np.log(120), 0.5, n), np.ceil(rng.exponential(900, n))
    end = np.minimum(other, 364)
    seen = np.ceil(time / every) * every
    left = np.floor(np.minimum(time, end) / every) * every
    return left, np.where(seen <= end, seen, np.inf), np.where(other < 364, other, np.inf)


def peers_of(left, right, competing, *, with_limits):
    def fit(method):
        rc = ours.reconstitution(left, right, competing=competing, method=method)
        return (rc.at(DAY), rc.quantile(SHARE)) if with_limits else rc

    peers = {
        OURS: lambda: fit("npmle"),
        "immunoreset, Weibull": lambda: fit("parametric"),
    }
    if not installed("lifelines"):
        return peers, ["lifelines"]
    from lifelines import AalenJohansenFitter, WeibullFitter

    returned = np.isfinite(right)
    when = np.where(returned, right, np.minimum(competing, np.maximum(left, 1)))
    cause = np.where(returned, 1, np.where(np.isfinite(competing), 2, 0))
    lower = np.maximum(left, 1e-3)
    peers["lifelines, visit dates"] = lambda: AalenJohansenFitter(
        calculate_variance=with_limits
    ).fit(when, cause, event_of_interest=1)
    peers["lifelines, Weibull, censoring"] = lambda: WeibullFitter().fit_interval_censoring(
        lower, right
    )
    return peers, []


def cases(n):
    for with_limits in (False, True):
        peers, left_out = peers_of(*cohort(n), with_limits=with_limits)
        words = f"limits at day {DAY} and of the day of 40%" if with_limits else "curve"
        yield Case(f"n = {n:,}, {words}", peers, lambda _: 0.0, rounds=3, left_out=left_out)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")  # lifelines says that it moves tied times
    report([case for n in sizes("15,100,1000") for case in cases(n)], "B cell return")
