"""Wilcoxon's tests, exact and asymptotic; ours with estimate and limits."""

import numpy as np
from data import scores
from harness import OURS, Case, installed, report, sizes
from immunoreset import response

EXACT_UP_TO = 100


def pvalue(result):
    return result.pvalue


def cases(n):
    x, y = scores(n)
    left_out = [] if installed("scipy") else ["scipy"]
    for method in ("exact", "asymptotic"):
        if method == "exact" and n > EXACT_UP_TO:
            continue
        pairs = {
            OURS: lambda method=method: response.signed_rank(x, y, method=method, correct=False)
        }
        groups = {OURS: lambda method=method: response.rank_sum(x, y, method=method)}
        if not left_out:
            from scipy.stats import mannwhitneyu, wilcoxon

            pairs["scipy (no estimate)"] = lambda method=method: wilcoxon(x, y, method=method)
            groups["scipy (no estimate)"] = lambda method=method: mannwhitneyu(x, y, method=method)
        yield Case(f"signed rank, {method}, {n:,} pairs", pairs, pvalue, 1e-9, left_out=left_out)
        name = f"rank sum, {method}, {n:,} a group"
        yield Case(name, groups, pvalue, 1e-9, left_out=left_out)


def all_differences(n):
    """Time the Hodges-Lehmann estimate as people write it: the median of all differences."""
    x, y = scores(n)
    peers = {
        OURS: lambda: response.rank_sum(x, y).estimate,
        "numpy (estimate alone)": lambda: np.median(np.subtract.outer(x, y)),
    }
    yield Case(f"shift of two groups, {n:,} a group", peers, rtol=1e-9)


if __name__ == "__main__":
    asked = sizes("15,50,10000")
    jobs = [case for n in asked for case in cases(n)]
    jobs += [case for n in asked if 1_000 <= n <= 20_000 for case in all_differences(n)]
    report(jobs, "Wilcoxon's tests")
