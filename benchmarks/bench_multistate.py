"""State occupation beside a bare C loop and R.

The bare loop takes rows that are sorted by patient and time, with the state of each, and whole
days: it counts who is at risk and who changes on each day, and multiplies. It has no variance, no
limits, no hazards and no checks. Of R the time is taken inside R.
"""

import ctypes

import immunoreset.survival as ours
import numpy as np
from harness import OURS, Case, compiled, report, sizes, time_r

LOOP = r"""
#include <stdint.h>
#include <stdlib.h>
#define S 4
void occupation(const double *start, const double *stop, const int64_t *state,
    const int64_t *event, size_t n, size_t days, double *answer)
{
    int64_t *moves = calloc(days * S * S, 8), *risk = calloc((days + 1) * S, 8), now[S] = { 0 };
    double p[S] = { 1 };
    for (size_t i = 0; i < n; i++) {
        size_t day = (size_t) stop[i], h = state[i] - 1;
        risk[((size_t) start[i] + 1) * S + h]++;
        risk[(day + 1) * S + h]--;
        if (event[i] > 0) {
            moves[(day * S + h) * S + event[i] - 1]++;
        }
    }
    for (size_t day = 0; day < days; day++) {
        double q[S];
        for (int h = 0; h < S; h++) {
            now[h] += risk[day * S + h];
            q[h] = p[h];
        }
        for (int h = 0; h < S; h++) {
            for (int j = 0; j < S; j++) {
                int64_t d = moves[(day * S + h) * S + j];
                if (d > 0) {
                    double move = p[h] * (double) d / (double) now[h];
                    q[h] -= move;
                    q[j] += move;
                }
            }
        }
        for (int h = 0; h < S; h++) {
            answer[day * S + h] = p[h] = q[h];
        }
    }
    free(moves);
    free(risk);
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


def bare_loop():
    """Return the loop as a function of the columns that gives the last row, or None."""
    library = compiled(LOOP)
    if library is None:
        return None
    loop = library.occupation
    loop.restype = None
    loop.argtypes = [ctypes.c_void_p] * 4 + [ctypes.c_size_t] * 2 + [ctypes.c_void_p]

    def call(start, stop, state, event):
        answer = np.empty((DAYS, 4))
        columns = [column.ctypes.data for column in (start, stop, state, event)]
        loop(*columns, len(stop), DAYS, answer.ctypes.data)
        return answer[-1]

    return call


def cases(n, loop):
    patient, start, stop, event, state = simulate(n)

    def fit(variance):
        return ours.multistate(
            patient, stop, event, entry=start, states=[1, 2, 3, 4], variance=variance
        ).estimate[:, -1]

    peers = {
        OURS: lambda: fit("jackknife"),
        f"{OURS}, greenwood": lambda: fit("greenwood"),
    }
    if loop is not None:
        peers["bare C loop"] = lambda: loop(start, stop, state, event)
    yield Case(f"n = {n:,} patients, {len(stop):,} rows, days", peers)


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
    loop = bare_loop()
    wanted = sizes("15,1000,100000")
    report([case for n in wanted for case in cases(n, loop)], "State occupation")
    for n in wanted:
        if n < 100_000:
            in_r(n)
