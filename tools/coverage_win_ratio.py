"""Coverage of the limits and size of the tests, for docs/methods/survival/win_ratio.md.

    python tools/coverage_win_ratio.py

Trials of n patients a group: death (exponential, censored at one year), relapse (exponential, until
death or one year), and the change of a score in whole points, of which 4 matter. The truth of each
case is the mean over 200 trials of 2 x 2000 patients. "In strata": the second half of a group has
three times the rates and a score that is 4 points worse, and is a stratum.
"""

import numpy as np
from immunoreset import survival

TRIALS = 4000
CASES = {
    # death and relapse rates a year and the mean of the score, of treatment and control
    "no difference": ((0.2, 0.8, 8.0), (0.2, 0.8, 8.0)),
    "better": ((0.1, 0.4, 9.0), (0.2, 1.0, 7.0)),
    "far better": ((0.0, 0.1, 12.0), (0.3, 1.5, 5.0)),
    "few decided": ((0.05, 0.1, 4.0), (0.05, 0.3, 3.5)),
    "no difference, in strata": ((0.2, 0.8, 8.0), (0.2, 0.8, 8.0)),
    "better, in strata": ((0.1, 0.4, 9.0), (0.2, 1.0, 7.0)),
}


def patients(generator, rates, worse):
    """Return times and events of death and relapse, and scores; `worse` marks who is sicker."""
    death, relapse, mean = rates
    n, times = len(worse), 1 + 2 * worse
    dead = generator.exponential(1 / death, n) / times if death else np.full(n, 2.0)
    follow_up = np.minimum(dead, 1.0)
    again = generator.exponential(1 / relapse, n) / times
    score = generator.normal(mean, 3.0 if mean > 4 else 1.5, n).round() - 4 * worse
    return follow_up, dead < 1, np.minimum(again, follow_up), again < follow_up, score


def trial(generator, rates, n, in_strata, **options):
    """Return the comparison of one trial."""
    worse = (np.arange(n) >= n // 2 if in_strata else np.zeros(n, bool)).astype(int)
    day, dead, relapse, relapsed, score = (
        np.concatenate(both)
        for both in zip(*(patients(generator, some, worse) for some in rates), strict=True)
    )
    outcomes = [
        survival.win_outcome(time=day, event=dead),
        survival.win_outcome(time=relapse, event=relapsed),
        survival.win_outcome(score=score, threshold=4),
    ]
    group = np.repeat([1, 0], n)
    strata = np.tile(worse, 2) if in_strata else None
    return survival.win_ratio(outcomes, group, strata=strata, **options)


def truth(generator, rates, in_strata):
    """Return the chances to win and to lose, as win ratio and net benefit."""
    wins = losses = pairs = 0
    for _ in range(200):
        found = trial(generator, rates, 2000, in_strata, method="asymptotic")
        wins, losses = wins + int(found.wins.sum()), losses + int(found.losses.sum())
        pairs += found.pairs
    return wins / losses, (wins - losses) / pairs


def main():
    generator = np.random.default_rng(21)
    print(
        "| case | n a group | win ratio | net benefit, win odds | no loss | exact p | p of ratio |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, rates in CASES.items():
        in_strata = name.endswith("in strata")
        ratio, benefit = truth(generator, rates, in_strata)
        for n in (8, 15, 30):
            seen = np.zeros(5)
            for _ in range(TRIALS):
                found = trial(generator, rates, n, in_strata)
                seen += (
                    found.win_ratio.low <= ratio <= found.win_ratio.high,
                    found.net_benefit.low <= benefit <= found.net_benefit.high,
                    found.losses.sum() == 0,
                    found.pvalue <= 0.05,
                    found.win_ratio.pvalue <= 0.05,
                )
            cells = " | ".join(f"{100 * share:.1f} %" for share in seen / TRIALS)
            print(f"| {name} ({ratio:.2f}; {benefit:.2f}) | {n} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
