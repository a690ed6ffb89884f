"""Win ratios beside a bare loop in C, and NumPy's outer comparisons; R has none of it in its base.

The loop is what a careful user would write: pairs of the two groups alone, the first outcome that
decides, an early exit, no standard error and no test. Ours compares within groups too, for the
test.
"""

import ctypes

import immunoreset.survival as ours
import numpy as np
from harness import OURS, Case, compiled, report, sizes

LOOP = """
#include <stdint.h>
void count(long n, const double *t, const uint8_t *e, const double *c, const double *s,
    const int64_t *g, long *win, long *loss)
{
    long w = 0, l = 0;
    for (long i = 0; i < n; i++) {
        if (!g[i]) continue;
        for (long j = 0; j < n; j++) {
            if (g[j]) continue;
            if (e[j] && (t[i] > t[j] || (t[i] == t[j] && !e[i]))) w++;
            else if (e[i] && (t[j] > t[i] || (t[j] == t[i] && !e[j]))) l++;
            else if (c[i] < c[j]) w++;
            else if (c[i] > c[j]) l++;
            else if (s[i] > s[j]) w++;
            else if (s[i] < s[j]) l++;
        }
    }
    *win = w; *loss = l;
}
"""
NUMPY_UP_TO = 3000  # patients: the tables of pairs


def by_numpy(time, event, count, score, group):
    one, two = (np.flatnonzero(group == label) for label in (1, 0))

    def column(x):
        return x[one, None], x[None, two]

    (t, u), (d, e), (a, b), (x, y) = map(column, (time, event.astype(bool), count, score))
    win = e & ((t > u) | ((t == u) & ~d))
    loss = d & ((u > t) | ((t == u) & ~e))
    for up, down in ((a < b, a > b), (x > y, x < y)):
        open_ = ~(win | loss)
        win |= up & open_
        loss |= down & open_
    return win.sum() / loss.sum()


def cases(n, loop):
    generator = np.random.default_rng(n)
    time = generator.exponential(size=n).round(2)
    event = generator.integers(0, 2, n, np.uint8)
    count, score = generator.poisson(1, n).astype(float), generator.normal(size=n).round(1)
    group = np.arange(n) % 2
    outcomes = [
        ours.win_outcome(time=time, event=event),
        ours.win_outcome(count=count),
        ours.win_outcome(score=score),
    ]
    peers = {OURS: lambda: ours.win_ratio(outcomes, group).win_ratio.estimate}
    if loop is not None:

        def bare():
            win, loss = ctypes.c_long(), ctypes.c_long()
            arrays = [ctypes.c_void_p(x.ctypes.data) for x in (time, event, count, score, group)]
            loop(ctypes.c_long(n), *arrays, ctypes.byref(win), ctypes.byref(loss))
            return win.value / loss.value

        peers["bare loop in C, counts alone"] = bare
    if n <= NUMPY_UP_TO:
        peers["NumPy, counts alone"] = lambda: by_numpy(time, event, count, score, group)
    yield Case(f"n = {n:,}, three outcomes", peers, rounds=3)


if __name__ == "__main__":
    library = compiled(LOOP)
    bare_loop = None if library is None else library.count
    jobs = [case for n in sizes("15,30,100,2000,20000") for case in cases(n, bare_loop)]
    report(jobs, "Win ratio, net benefit and win odds, with limits and test")
