"""State occupation beside three bare C loops and R.

The loops take rows that are sorted by patient and time, with the state of each, and whole days:
they count who is at risk and who changes on each day, and multiply. One has no variance, one
carries Greenwood's covariance of the states along, and one has the infinitesimal jackknife, by the
inverse of the product of the days so far, which is there until all leave a state at once. They
have no limits, no hazards and no checks. Of R the time is taken inside R.
"""

import ctypes

import immunoreset.survival as ours
import numpy as np
from harness import OURS, Case, compiled, report, sizes, time_r

LOOPS = r"""
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define S 4
typedef struct {
    int64_t *moves, *risk, now[S];
} counts_t;
static counts_t count(const double *start, const double *stop, const int64_t *state,
    const int64_t *event, size_t n, size_t days)
{
    counts_t c = { calloc(days * S * S, 8), calloc((days + 1) * S, 8), { 0 } };
    for (size_t i = 0; i < n; i++) {
        size_t day = (size_t) stop[i], h = state[i] - 1;
        c.risk[((size_t) start[i] + 1) * S + h]++;
        c.risk[(day + 1) * S + h]--;
        if (event[i] > 0) {
            c.moves[(day * S + h) * S + event[i] - 1]++;
        }
    }
    return c;
}
/* The matrix of a day. */
static void day_matrix(counts_t *c, size_t day, double a[S][S])
{
    for (int h = 0; h < S; h++) {
        c->now[h] += c->risk[day * S + h];
        int64_t stay = c->now[h];
        for (int j = 0; j < S; j++) {
            int64_t d = c->moves[(day * S + h) * S + j];
            a[h][j] = d > 0 ? (double) d / (double) c->now[h] : 0;
            stay -= d;
        }
        a[h][h] = c->now[h] > 0 ? (double) stay / (double) c->now[h] : 1;
    }
}
static void advance(const double a[S][S], const double x[S], double y[S])
{
    for (int j = 0; j < S; j++) {
        y[j] = x[0] * a[0][j] + x[1] * a[1][j] + x[2] * a[2][j] + x[3] * a[3][j];
    }
}
void occupation(const int64_t *patient, const double *start, const double *stop,
    const int64_t *state, const int64_t *event, size_t n, size_t days, double *answer,
    double *variance)
{
    counts_t c = count(start, stop, state, event, n, days);
    double p[S] = { 1 };
    for (size_t day = 0; day < days; day++) {
        double q[S];
        for (int h = 0; h < S; h++) {
            c.now[h] += c.risk[day * S + h];
            q[h] = p[h];
        }
        for (int h = 0; h < S; h++) {
            for (int j = 0; j < S; j++) {
                int64_t d = c.moves[(day * S + h) * S + j];
                if (d > 0) {
                    double move = p[h] * (double) d / (double) c.now[h];
                    q[h] -= move;
                    q[j] += move;
                }
            }
        }
        for (int h = 0; h < S; h++) {
            answer[day * S + h] = p[h] = q[h];
        }
    }
    free(c.moves);
    free(c.risk);
}
void greenwood(const int64_t *patient, const double *start, const double *stop,
    const int64_t *state, const int64_t *event, size_t n, size_t days, double *answer,
    double *variance)
{
    counts_t c = count(start, stop, state, event, n, days);
    double p[S] = { 1 }, v[S][S] = { { 0 } };
    for (size_t day = 0; day < days; day++) {
        double a[S][S], half[S][S], q[S];
        day_matrix(&c, day, a);
        for (int h = 0; h < S; h++) {
            advance(a, v[h], half[h]);
        }
        for (int i = 0; i < S; i++) {
            for (int j = 0; j < S; j++) {
                double sum = 0;
                for (int h = 0; h < S; h++) {
                    double size = c.now[h] > 0 ? p[h] * p[h] / (double) c.now[h] : 0;
                    sum += a[h][i] * half[h][j] + size * ((i == j) * a[h][i] - a[h][i] * a[h][j]);
                }
                v[i][j] = sum;
            }
            variance[day * S + i] = v[i][i];
        }
        advance(a, p, q);
        memcpy(p, q, sizeof(p));
        memcpy(answer + day * S, p, sizeof(p));
    }
    free(c.moves);
    free(c.risk);
}
static void invert(const double a[S][S], double b[S][S])
{
    double m[S][S];
    memcpy(m, a, sizeof(m));
    for (int i = 0; i < S; i++) {
        for (int j = 0; j < S; j++) {
            b[i][j] = i == j;
        }
    }
    for (int i = 0; i < S; i++) {
        double pivot = 1 / m[i][i];
        for (int j = 0; j < S; j++) {
            m[i][j] *= pivot;
            b[i][j] *= pivot;
        }
        for (int r = 0; r < S; r++) {
            double part = m[r][i];
            for (int j = 0; j < S && r != i; j++) {
                m[r][j] -= part * m[i][j];
                b[r][j] -= part * b[i][j];
            }
        }
    }
}
/* y: influence times the inverse of the product so far; a change of its patient adds `gain`. */
void jackknife(const int64_t *patient, const double *start, const double *stop,
    const int64_t *state, const int64_t *event, size_t n, size_t days, double *answer,
    double *variance)
{
    counts_t c = count(start, stop, state, event, n, days);
    double(*a)[S][S] = calloc(days, sizeof(*a)), (*moved)[S][S][S] = calloc(days, sizeof(*moved));
    double(*gain)[S][S][S] = calloc(days, sizeof(*gain));
    double(*gone)[S][S] = calloc(days, sizeof(*gone));
    double p[S] = { 1 }, e[S][S] = { { 0 } }, product[S][S], inverse[S][S], q[S];
    double v[S][S] = { { 0 } }, risk[S][S] = { { 0 } };
    int64_t(*now)[S] = calloc(days, sizeof(*now));
    for (int h = 0; h < S; h++) {
        for (int j = 0; j < S; j++) {
            product[h][j] = h == j;
        }
    }
    for (size_t day = 0; day < days; day++) {
        double next[S][S];
        day_matrix(&c, day, a[day]);
        memcpy(now[day], c.now, sizeof(c.now));
        for (int h = 0; h < S; h++) {
            advance(a[day], product[h], next[h]);
        }
        memcpy(product, next, sizeof(next));
        invert(product, inverse);
        for (int h = 0; h < S; h++) {
            double one = c.now[h] > 0 ? p[h] / (double) c.now[h] : 0;
            for (int j = 0; j < S; j++) {
                for (int s = 0; s < S && j != h; s++) {
                    gain[day][h][j][s] = one * (inverse[j][s] - inverse[h][s]);
                    e[h][s] -= a[day][h][j] * gain[day][h][j][s];
                }
            }
        }
        for (int h = 0; h < S; h++) {
            for (int j = 0; j < S; j++) {
                for (int s = 0; s < S; s++) {
                    gain[day][h][j][s] += e[h][s] - e[j][s];
                }
            }
        }
        advance(a[day], p, q);
        memcpy(p, q, sizeof(p));
        memcpy(answer + day * S, p, sizeof(p));
    }
    double y[S];
    for (size_t i = 0; i < n; i++) {
        size_t day = (size_t) stop[i], h = state[i] - 1;
        if (i == 0 || patient[i] != patient[i - 1]) {
            memset(y, 0, sizeof(y));
        }
        if (event[i] > 0) {
            for (int s = 0; s < S; s++) {
                moved[day][h][event[i] - 1][s] += y[s];
                y[s] += gain[day][h][event[i] - 1][s];
            }
        } else {
            for (int s = 0; s < S; s++) {
                gone[day][h][s] += y[s];
            }
        }
    }
    memset(p, 0, sizeof(p));
    p[0] = 1;
    for (int h = 0; h < S; h++) {
        for (int j = 0; j < S; j++) {
            product[h][j] = h == j;
        }
    }
    for (size_t day = 0; day < days; day++) {
        double next[S][S], half[S][S];
        for (int h = 0; h < S; h++) {
            advance(a[day], product[h], next[h]);
            advance(a[day], v[h], half[h]);
        }
        memcpy(product, next, sizeof(next));
        for (int i = 0; i < S; i++) {
            for (int j = 0; j < S; j++) {
                double sum = 0;
                for (int h = 0; h < S; h++) {
                    double size = now[day][h] > 0 ? p[h] * p[h] / (double) now[day][h] : 0;
                    sum += a[day][h][i] * half[h][j]
                        + size * ((i == j) * a[day][h][i] - a[day][h][i] * a[day][h][j]);
                }
                v[i][j] = sum;
            }
        }
        for (int h = 0; h < S; h++) {
            for (int j = 0; j < S; j++) {
                double x[S], after[S];
                if (j == h || a[day][h][j] == 0) {
                    continue;
                }
                for (int s = 0; s < S; s++) {
                    double part = moved[day][h][j][s] - a[day][h][j] * risk[h][s];
                    x[s] = p[h] / (double) now[day][h] * part;
                }
                advance(product, x, after);
                for (int s = 0; s < S; s++) {
                    v[s][j] += after[s];
                    v[j][s] += after[s];
                    v[s][h] -= after[s];
                    v[h][s] -= after[s];
                }
            }
        }
        for (int h = 0; h < S; h++) {
            for (int s = 0; s < S; s++) {
                risk[h][s] -= gone[day][h][s];
            }
            for (int j = 0; j < S; j++) {
                double d = (double) c.moves[(day * S + h) * S + j];
                for (int s = 0; s < S && d > 0; s++) {
                    risk[h][s] -= moved[day][h][j][s];
                    risk[j][s] += moved[day][h][j][s] + d * gain[day][h][j][s];
                }
            }
            variance[day * S + h] = v[h][h];
        }
        advance(a[day], p, q);
        memcpy(p, q, sizeof(p));
    }
    free(c.moves);
    free(c.risk);
    free(a);
    free(moved);
    free(gain);
    free(gone);
    free(now);
}
"""
DAYS = 1002
RATES = ((0, 1, 250.0), (0, 3, 2000.0), (1, 2, 400.0), (1, 3, 3000.0), (2, 1, 200.0), (2, 3, 900.0))


def simulate(n):
    """Return sorted rows (patient, start, stop, event, state) of n patients up to 1,000 days."""
    generator = np.random.default_rng(n)
    end = np.floor(generator.uniform(100, 1001, n))
    who, start, state = np.arange(n), np.zeros(n), np.zeros(n, np.int64)
    parts = []
    while len(who):
        wait = np.full((len(RATES), len(who)), np.inf)
        for k, (a, _, mean) in enumerate(RATES):
            here = state == a
            wait[k, here] = generator.exponential(mean, int(here.sum()))
        stop = start + np.ceil(wait.min(axis=0))
        done = stop >= end[who]
        to = np.where(done, -1, np.array([b for _, b, _ in RATES])[wait.argmin(axis=0)])
        stop = np.where(done, np.maximum(end[who], start + 1), stop)
        parts.append((who, start, stop, to + 1, state + 1))
        go = ~done & (to != 3)
        who, start, state = who[go], stop[go], to[go]
    rows = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((rows[2], rows[0]))
    return [column[order] for column in rows]


def bare_loops():
    """Return functions of the columns by name, that give shares and variances of each day."""
    library = compiled(LOOPS)
    if library is None:
        return {}

    def caller(loop):
        loop.restype = None
        loop.argtypes = [ctypes.c_void_p] * 5 + [ctypes.c_size_t] * 2 + [ctypes.c_void_p] * 2

        def call(*columns):
            answer, variance = np.empty((2, DAYS, 4))
            places = [column.ctypes.data for column in columns]
            loop(*places, len(columns[0]), DAYS, answer.ctypes.data, variance.ctypes.data)
            return answer, variance

        return call

    return {
        name: caller(getattr(library, name)) for name in ("occupation", "greenwood", "jackknife")
    }


def cases(n, loops):
    patient, start, stop, event, state = simulate(n)

    def fit(variance):
        return ours.multistate(
            patient, stop, event, entry=start, states=[1, 2, 3, 4], variance=variance
        )

    for variance in ("greenwood", "jackknife"):
        peers = {OURS: lambda variance=variance: fit(variance).estimate[:, -1]}
        curves, day = fit(variance), fit(variance).time.astype(int)
        for name in ("occupation", variance):
            if name in loops:
                peers[f"bare C loop, {name}"] = lambda loop=loops[name]: loop(
                    patient, start, stop, state, event
                )[0][-1]
        if variance in loops and n >= 1000:  # of few patients all leave a state at once
            found = loops[variance](patient, start, stop, state, event)[1][day].T
            seen = (day < 900) & (curves.estimate > 0)
            np.testing.assert_allclose(
                found[seen], curves.std_error[seen] ** 2, rtol=1e-6, err_msg=variance
            )
        yield Case(f"n = {n:,} patients, {len(stop):,} rows, days, {variance}", peers)


def in_r(n):
    """Print what R takes inside itself for the same data."""
    patient, start, stop, event, state = simulate(n)
    columns = {"id": patient, "start": start, "stop": stop, "event": event, "state": state}
    took = time_r(
        "survfit(Surv(start, stop, factor(event, 0:4)) ~ 1, id = id, istate = state)",
        columns, rounds=3,
    )  # fmt: skip
    print(f"R, n = {n:,}, survfit: " + ("not there" if took is None else f"{1e3 * took:.3g} ms"))


if __name__ == "__main__":
    loops = bare_loops()
    wanted = sizes("15,1000,100000")
    report([case for n in wanted for case in cases(n, loops)], "State occupation")
    for n in wanted:
        if n < 100_000:
            in_r(n)
