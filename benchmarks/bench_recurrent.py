"""The mean cumulative function beside two bare C loops, of rows in order and shuffled.

One adds up the means of counted days: no variance. The other does the work that is asked for: it
puts the rows in order by counting days and carries the robust variance along. Both take whole days
and patients numbered from 0, and check nothing.
"""

import ctypes

import immunoreset.survival as ours
import numpy as np
from harness import OURS, Case, compiled, report, sizes

LOOPS = r"""
#include <stdint.h>
#include <stdlib.h>
double mean_alone(const int64_t *patient, const double *time, const int64_t *event, size_t n,
    size_t days, size_t patients, double *variance)
{
    int64_t *events = calloc(days, 8), *ends = calloc(days, 8), at_risk = patients;
    double mean = 0;
    for (size_t i = 0; i < n; i++) {
        (event[i] ? events : ends)[(size_t) time[i]]++;
    }
    for (size_t day = 0; day < days && at_risk > 0; day++) {
        mean += (double) events[day] / (double) at_risk;
        at_risk -= ends[day];
    }
    free(events);
    free(ends);
    return mean;
}
double with_variance(const int64_t *patient, const double *time, const int64_t *event, size_t n,
    size_t days, size_t patients, double *variance)
{
    uint32_t *begin = calloc(2 * days + 2, 4), *order = malloc(4 * n);
    double *own = calloc(patients, 8);
    double mean = 0, squares = 0, lost = 0, total = 0, at_risk = patients;
    size_t next = 0;
    for (size_t i = 0; i < n; i++) {
        begin[2 * (size_t) time[i] + !event[i] + 1]++;
    }
    for (size_t k = 1; k < 2 * days + 2; k++) {
        begin[k] += begin[k - 1];
    }
    for (size_t i = 0; i < n; i++) {
        order[begin[2 * (size_t) time[i] + !event[i]]++] = (uint32_t) patient[i];
    }
    for (size_t day = 0; day < days && at_risk > 0; day++) {
        double all = begin[2 * day] - next, affected = 0;
        double step = (at_risk - all) / (at_risk * at_risk), loss = all / (at_risk * at_risk);
        for (; next < begin[2 * day]; next++) {
            double before = own[order[next]] - lost;
            squares += step * (2 * before + step);
            affected += before;
            own[order[next]] += 1 / at_risk;
        }
        squares -= loss * (2 * (total - affected) - (at_risk - all) * loss);
        lost += loss;
        mean += all / at_risk;
        variance[day] = squares;
        for (; next < begin[2 * day + 1]; next++) {
            total -= own[order[next]] - lost;
            own[order[next]] -= lost;
            at_risk--;
        }
    }
    free(begin);
    free(order);
    free(own);
    return mean;
}
"""


def simulate(n):
    """Return rows of n patients with two events a year, sorted, days whole."""
    generator = np.random.default_rng(n)
    end = generator.integers(200, 700, n)
    count = generator.poisson(generator.gamma(2, 1 / 365, n) * end)
    patient = np.repeat(np.arange(n), count + 1)
    day = np.floor(generator.random(len(patient)) * end[patient])
    event = np.ones(len(patient), np.int64)
    last = np.cumsum(count + 1) - 1
    day[last], event[last] = end, 0
    order = np.lexsort((event == 0, day, patient))
    return patient[order], day[order], event[order]


def bare_loops():
    """Return functions of the columns by name; none without a compiler."""
    library = compiled(LOOPS)
    if library is None:
        return {}

    def caller(loop):
        loop.restype = ctypes.c_double
        loop.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_size_t] * 3 + [ctypes.c_void_p]
        return lambda patients, rows, variance: loop(
            *(column.ctypes.data for column in rows), len(rows[1]), 701, patients,
            variance.ctypes.data,
        )  # fmt: skip

    return {
        "bare C loop, mean alone": caller(library.mean_alone),
        "bare C loop, order and variance": caller(library.with_variance),
    }


def cases(n, loops):
    in_order = simulate(n)
    shuffle = np.random.default_rng(1).permutation(len(in_order[1]))
    shuffled = tuple(column[shuffle] for column in in_order)
    for name, rows in (("in order", in_order), ("shuffled", shuffled)):
        peers = {OURS: lambda rows=rows: ours.recurrent(*rows).estimate[-1]}
        variance = np.full(701, np.nan)
        for peer, loop in loops.items():
            peers[peer] = lambda rows=rows, loop=loop, to=variance: loop(n, rows, to)
            peers[peer]()
        curve = ours.recurrent(*rows)
        found = variance[curve.time.astype(int)] ** 0.5
        # the loop takes two events of a patient on one day for events of two
        np.testing.assert_allclose(found[-1], curve.std_error[-1], rtol=1e-3)
        yield Case(f"n = {n:,} patients, {len(rows[1]):,} rows {name}", peers)


if __name__ == "__main__":
    loops = bare_loops()
    jobs = [case for n in sizes("15,1000,100000") for case in cases(n, loops)]
    report(jobs, "Mean cumulative function")
