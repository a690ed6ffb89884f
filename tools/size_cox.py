"""Size and coverage of Cox's regression of two arms, by simulation.

It prints the table of docs/methods/survival/cox.md: exponential events, of hazard ratio 1 and 3,
and exponential censoring that takes the share named where the ratio is 1. A sample without an event
is drawn anew. A likelihood that is monotone has a score test (the log-rank test) and, in the words
of the refusal, a profile limit, of which the likelihood ratio test follows; it has no Wald test,
which then does not reject, and no Wald limits, which then miss.

    python tools/size_cox.py [SAMPLES]     10,000 by default: a minute
"""

import re
import sys

import numpy as np
from immunoreset import survival
from immunoreset.errors import InputError

SIZES = (8, 15, 30)
CENSORED = (0.23, 0.5)
RATIO = 3.0
LIMITS = re.compile(r"is \((\S+), (\S+)\)")


def draw(rng, arm, ratio, censored):
    rate = np.where(arm == 1, ratio, 1.0)
    while True:
        event = rng.exponential(size=len(arm)) / rate
        end = rng.exponential((1 - censored) / censored, size=len(arm))
        if np.any(event <= end):
            return np.minimum(event, end), event <= end


def interval_of(error):
    """Return the profile limits that the refusal of a monotone likelihood names."""
    if "monotone" not in str(error):
        return None  # one arm only has anybody at risk at the events: nothing can be said
    found = LIMITS.search(str(error))
    return (-np.inf, np.inf) if found is None else (float(found[1]), float(found[2]))


def measures(rng, n, ratio, censored):
    """Return p-values below 0.05 and limits that hold the truth, of one sample; and if monotone."""
    arm = np.arange(n) % 2
    truth = np.log(ratio)
    time, event = draw(rng, arm, ratio, censored)
    score = survival.logrank(time, event, arm).pvalue < 0.05
    try:
        wald = survival.cox(time, event, arm)
        profile = survival.cox(time, event, arm, interval="profile")
    except InputError as error:
        low, high = interval_of(error) or (-np.inf, np.inf)
        tests = (low > 0 or high < 0, False, score)
        limits, refused = (False, low <= truth <= high), True
    else:
        tests = (profile.pvalue[0] < 0.05, wald.pvalue[0] < 0.05, score)
        limits = (
            wald.low[0] <= truth <= wald.high[0],
            profile.low[0] <= truth <= profile.high[0],
        )
        refused = False
    try:
        firth = survival.cox(time, event, arm, penalty="firth")
    except InputError:  # the arm says nothing of any event
        return (*tests, False), (*limits, True), refused
    held = firth.low[0] <= truth <= firth.high[0]
    return (*tests, firth.pvalue[0] < 0.05), (*limits, held), refused


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| n | censored | ratio | score | Wald | Firth | Wald limits | profile | Firth | none |")
    print("| --- |" + " --- |" * 9)
    for n in SIZES:
        for censored in CENSORED:
            sums = []
            for ratio in (1.0, RATIO):
                rng = np.random.default_rng((n, int(100 * censored), int(ratio), 20261126))
                rows = [measures(rng, n, ratio, censored) for _ in range(samples)]
                tests = np.mean([row[0] for row in rows], axis=0)
                limits = np.mean([row[1] for row in rows], axis=0)
                sums.append((tests, limits, np.mean([row[2] for row in rows])))
            (size, _, monotone), (_, held, _) = sums
            ratio, wald, score, firth = size
            cells = (ratio, score, wald, firth, *held, monotone)
            print(f"| {n} | {censored:.0%} |" + "".join(f" {cell:.3f} |" for cell in cells))


if __name__ == "__main__":
    main()
