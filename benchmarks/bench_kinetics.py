"""Logistic recovery curves of 10,000 patients with 12 counts, beside a bare C loop and scipy.

The loop takes Gauss and Newton's steps with Marquardt's damping from starts near the truth; it has
no self-start, no certificate, no reasons and no result. scipy has a hundredth of the patients.
"""

import ctypes

import numpy as np
from harness import OURS, Case, compiled, installed, report, sizes
from immunoreset import recovery

DAYS = np.linspace(14, 350, 12)
START = np.array([140.0, 110.0, 30.0])
LOOP = r"""
#include <math.h>
#include <string.h>
static double squares(size_t n, const double *t, const double *y, const double *p, double *shape)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        shape[i] = 1 / (1 + exp((p[1] - t[i]) / p[2]));
        sum += (y[i] - p[0] * shape[i]) * (y[i] - p[0] * shape[i]);
    }
    return sum;
}
void logistic(size_t patients, size_t n, const double *t, const double *all, const double *start,
    double *found)
{
    for (size_t who = 0; who < patients; who++) {
        const double *y = all + who * n;
        double p[3], shape[64], damping = 1e-3, least;
        memcpy(p, start, sizeof(p));
        least = squares(n, t, y, p, shape);
        for (int step = 0; step < 100; step++) {
            double a[3][3] = { { 0 } }, b[3] = { 0 }, next[3], tried[64], there, l[3][3], moved = 0;
            for (size_t i = 0; i < n; i++) {
                double slope = p[0] * shape[i] * (1 - shape[i]) / p[2];
                double j[3] = { shape[i], -slope, slope * (p[1] - t[i]) / p[2] };
                for (int r = 0; r < 3; r++) {
                    b[r] += j[r] * (y[i] - p[0] * shape[i]);
                    for (int c = 0; c <= r; c++) {
                        a[r][c] += j[r] * j[c];
                    }
                }
            }
            for (int r = 0; r < 3; r++) {
                for (int c = 0; c <= r; c++) {
                    double s = a[r][c] * (r == c ? 1 + damping : 1);
                    for (int k = 0; k < c; k++) {
                        s -= l[r][k] * l[c][k];
                    }
                    l[r][c] = r == c ? sqrt(s) : s / l[c][c];
                }
            }
            for (int r = 0; r < 3; r++) {
                for (int k = 0; k < r; k++) {
                    b[r] -= l[r][k] * b[k];
                }
                b[r] /= l[r][r];
            }
            for (int r = 2; r >= 0; r--) {
                for (int k = r + 1; k < 3; k++) {
                    b[r] -= l[k][r] * b[k];
                }
                b[r] /= l[r][r];
                next[r] = p[r] + b[r];
                moved = fmax(moved, fabs(b[r] / p[r]));
            }
            there = squares(n, t, y, next, tried);
            if (there <= least) {
                memcpy(p, next, sizeof(p));
                memcpy(shape, tried, sizeof(shape));
                least = there;
                damping *= 0.1;
            } else {
                damping *= 10;
            }
            if (moved < 1e-8) {
                break;
            }
        }
        memcpy(found + 3 * who, p, sizeof(p));
    }
}
"""


def counts(patients, seed=20261126):
    """Recoveries to about 140 cells/uL round day 110, with an error of 3."""
    rng = np.random.default_rng(seed)
    plateau, midpoint, scale = (
        middle * np.exp(rng.normal(0, spread, (patients, 1)))
        for middle, spread in zip(START, (0.3, 0.2, 0.2), strict=True)
    )
    curve = plateau / (1 + np.exp((midpoint - DAYS) / scale))
    return np.maximum(curve + rng.normal(0, 3, curve.shape), 0.1)


def bare_loop():
    """Return the loop as a function of the counts, or None without a compiler."""
    library = compiled(LOOP)
    if library is None:
        return None
    fit = library.logistic
    fit.argtypes = [ctypes.c_size_t] * 2 + [ctypes.c_void_p] * 4
    fit.restype = None

    def call(table):
        found = np.empty((len(table), 3))
        fit(*table.shape, *(x.ctypes.data for x in (DAYS, table, START, found)))
        return found[:, 0]

    return call


def by_scipy(table):
    from scipy.optimize import curve_fit

    def curve(day, plateau, midpoint, scale):
        return plateau / (1 + np.exp((midpoint - day) / scale))

    return np.array([curve_fit(curve, DAYS, y, START, xtol=1e-10)[0][0] for y in table])


def cases(n, loop):
    table = counts(n)
    patient, day, count = np.repeat(np.arange(n), 12), np.tile(DAYS, n), table.ravel()

    def ours():
        fits = recovery.kinetics(patient, day, count, error="additive", start="all", limits=False)
        return fits.quantity("plateau").estimate

    peers = {OURS: ours}
    if loop is not None:
        peers["bare C loop, from good starts"] = lambda: loop(table)
    yield Case(f"{n:,} patients, 12 counts, logistic, without limits", peers, rtol=1e-5)
    if n > 1 and installed("scipy"):
        few = table[: max(1, n // 100)]
        rows = slice(0, 12 * len(few))
        yield Case(
            f"{len(few):,} patients, 12 counts, with limits",
            {
                OURS: lambda: (
                    recovery.kinetics(
                        patient[rows], day[rows], count[rows], error="additive", start="all"
                    )
                    .quantity("plateau")
                    .estimate
                ),
                "scipy curve_fit, no limits": lambda: by_scipy(few),
            },
            rtol=1e-5,
        )


if __name__ == "__main__":
    loop = bare_loop()
    report([case for n in sizes("1,10000") for case in cases(n, loop)], "Recovery curves")
