"""Exact tests of two rates: one table, and all tables of 15 and 15 patients."""

import numpy as np
from harness import OURS, Case, installed, report
from immunoreset import response

N = 15
EACH = [(x1, x2) for x1 in range(N + 1) for x2 in range(N + 1)]
FIRST, SECOND = np.array(EACH).T
POINTS = 256  # of scipy's grid of nuisance rates; with its default 32 it misses digits


def pvalues(result):
    return getattr(result, "pvalue", result)


def one_table():
    seen = [[10, 3], [5, 12]]
    fisher = {OURS: lambda: response.exact_test(10, N, 3, N)}
    boschloo = {
        OURS: lambda: response.exact_test(10, N, 3, N, method="boschloo", two_sided="central")
    }
    barnard = {OURS: lambda: response.exact_test(10, N, 3, N, method="barnard")}
    left_out = []
    if installed("scipy"):
        from scipy import stats

        fisher["scipy.stats"] = lambda: stats.fisher_exact(seen)
        boschloo["scipy.stats"] = lambda: stats.boschloo_exact(seen, n=POINTS)
        barnard["scipy.stats"] = lambda: stats.barnard_exact(seen, n=POINTS)
    else:
        left_out.append("scipy")
    yield Case("Fisher, one table of 15 and 15", fisher, pvalues, 1e-9, left_out=left_out)
    yield Case("Boschloo, one table of 15 and 15", boschloo, pvalues, 1e-6, left_out=left_out)
    yield Case("Barnard, one table of 15 and 15", barnard, pvalues, 1e-6, left_out=left_out)


def all_tables():
    def ours(**options):
        return lambda: response.exact_test(FIRST, N, SECOND, N, **options)

    fisher, barnard = {OURS: ours()}, {OURS: ours(method="barnard")}
    boschloo = {OURS: ours(method="boschloo", two_sided="central")}
    left_out = []
    if installed("scipy"):
        from scipy import stats

        def theirs(test, **options):
            def call():
                with np.errstate(all="ignore"):
                    found = [
                        test([[x1, x2], [N - x1, N - x2]], **options).pvalue for x1, x2 in EACH
                    ]
                return np.where(np.isnan(found), 1, found)  # an empty margin is NaN there

            return call

        fisher["scipy.stats"] = theirs(stats.fisher_exact)
        boschloo["scipy.stats"] = theirs(stats.boschloo_exact, n=POINTS)
        barnard_all = theirs(stats.barnard_exact, n=POINTS)
        # not compared: scipy lets rounding decide between tables of equal z
        barnard["scipy.stats"] = lambda: (barnard_all(), None)[1]
    else:
        left_out.append("scipy")
    yield Case("Fisher, all 256 tables", fisher, pvalues, 1e-9, 3, left_out)
    yield Case("Boschloo, all 256 tables", boschloo, pvalues, 1e-6, 3, left_out)
    yield Case("Barnard, all 256 tables", barnard, pvalues, 1e-6, 3, left_out)


if __name__ == "__main__":
    report([*one_table(), *all_tables()], "Exact tests of two rates")
