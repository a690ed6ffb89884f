"""Repeated values with limits: no peer here fits them, so beside the fit without patients."""

import numpy as np
from harness import OURS, Case, report, sizes
from immunoreset import recovery


def visits(patients, count):
    """Log10 counts of two products at `count` visits, half of them below a limit."""
    rng = np.random.default_rng([20261126, patients, count])
    patient = np.repeat(np.arange(patients), count)
    X = np.column_stack([patient % 2, np.tile(np.arange(count), patients)]).astype(float)
    y = X @ [0.5, 1 / count] + 0.6 * rng.normal(size=patients)[patient]
    y += 0.5 * rng.normal(size=len(patient))
    limit = np.median(y)
    return np.where(y < limit, -np.inf, y), np.maximum(y, limit), patient, X


def cases(patients):
    for count in (4, 12):
        low, high, patient, X = visits(patients, count)
        peers = {
            OURS: lambda data=(low, high, patient, X): recovery.tobit_mixed(*data),
            "tobit": lambda data=(low, high, X): recovery.tobit(*data),
        }
        name = f"{patients} patients, {count} visits, 50% below, p = 2, with limits"
        yield Case(name, peers, lambda _: 0.0)


if __name__ == "__main__":
    jobs = [case for n in sizes("15,40,200") for case in cases(n)]
    report(jobs, "repeated values with limits")
