"""Relapses before and after a day of return; exact limits by bisection of sums."""

from math import exp, inf, lgamma, log


def split(patients, days):
    """Return events and time before and after, given the day of return of each patient."""
    events, time = [0, 0], [0.0, 0.0]
    for (_, _, followed, relapse), day in zip(patients, days, strict=True):
        end = min(relapse, followed)
        turn = min(day, end)
        time[0] += turn
        time[1] += end - turn
        if relapse < inf:
            events[relapse > day] += 1
    return events, time


def poisson_up_to(k, mean):
    return sum(exp(i * log(mean) - mean - lgamma(i + 1)) for i in range(k + 1)) if k >= 0 else 0.0


def binomial_up_to(k, n, share):
    total = 0.0
    for i in range(k + 1):
        chosen = lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1)
        logs = (i * log(share) if i else 0) + ((n - i) * log(1 - share) if n - i else 0)
        total += exp(chosen + logs)
    return total


def bisect(falls, target, low, high):
    """Return where a function that falls takes the target."""
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if falls(middle) > target else (low, middle)
    return 0.5 * (low + high)


def garwood(x, time, level):
    """Return the exact limits of a rate."""
    tail = 0.5 * (1 - level)
    if time == 0:
        return (0.0, inf)
    low = bisect(lambda m: poisson_up_to(x - 1, m), 1 - tail, 1e-12, 200) if x else 0.0
    return low / time, bisect(lambda m: poisson_up_to(x, m), tail, 1e-12, 200) / time


def ratio_limits(events, time, level):
    """Return the limits of the rate after over that before, given the number of events."""
    tail, n = 0.5 * (1 - level), sum(events)
    if n == 0 or 0 in time:
        return 0.0, inf
    x = events[1]
    low, high = 0.0, inf
    if x:
        share = bisect(lambda p: binomial_up_to(x - 1, n, p), 1 - tail, 1e-15, 1 - 1e-15)
        low = share / (1 - share) * time[0] / time[1]
    if x < n:
        share = bisect(lambda p: binomial_up_to(x, n, p), tail, 1e-15, 1 - 1e-15)
        high = share / (1 - share) * time[0] / time[1]
    return low, high


def pvalue(events, time):
    """Return twice the smaller tail of events after, given their number, at equal rates."""
    n, x = sum(events), events[1]
    if n == 0 or 0 in time:
        return 1.0
    share = time[1] / sum(time)
    return min(
        1.0, 2 * min(binomial_up_to(x, n, share), 1 - (binomial_up_to(x - 1, n, share) if x else 0))
    )
