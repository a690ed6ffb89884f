"""The mean cumulative function beside a bare C loop.

The bare loop takes rows that are sorted by patient and time, sorts the days of events and ends by
counting, and adds up the means: no variance, no checks.
"""

import ctypes
import subprocess
import tempfile
from pathlib import Path

import immunoreset.survival as ours
import numpy as np
from harness import OURS, Case, report, sizes

LOOP = r"""
#include <stdint.h>
#include <stdlib.h>
double mean_count(const int64_t *patient, const double *time, const int64_t *event, size_t n,
    size_t days)
{
    int64_t *events = calloc(days, 8), *ends = calloc(days, 8), at_risk = 0;
    double mean = 0;
    for (size_t i = 0; i < n; i++) {
        at_risk += i == 0 || patient[i] != patient[i - 1];
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


def bare_loop():
    """Compile the loop; returns a function of the columns."""
    folder = Path(tempfile.mkdtemp())
    (folder / "loop.c").write_text(LOOP)
    command = ["cc", "-O3", "-shared", "-fPIC", "-o", folder / "loop.so", folder / "loop.c"]
    subprocess.run(command, check=True)
    loop = ctypes.CDLL(str(folder / "loop.so")).mean_count
    loop.restype = ctypes.c_double
    loop.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_size_t] * 2
    return lambda patient, day, event: loop(
        patient.ctypes.data, day.ctypes.data, event.ctypes.data, len(day), 701
    )


def cases(n, loop):
    rows = simulate(n)
    peers = {
        OURS: lambda: ours.recurrent(*rows).estimate[-1],
        "bare C loop": lambda: loop(*rows),
    }
    yield Case(f"n = {n:,} patients, {len(rows[1]):,} rows", peers)


if __name__ == "__main__":
    loop = bare_loop()
    jobs = [case for n in sizes("15,1000,100000") for case in cases(n, loop)]
    report(jobs, "Mean cumulative function")
