"""Cumulative incidence of return by definition: every piece of the line, plain self-consistency."""

import itertools
from statistics import NormalDist

import numpy as np


def _table(left, right, competing, cuts=()):
    """Return the pieces of the line, the competing times, and which of both each row holds."""
    ends = sorted({x for x in (*left, *right, *competing, *cuts) if np.isfinite(x)})
    pieces = [(a, b) for a, b in itertools.pairwise(ends)] + [(t, t) for t in ends]
    deaths = sorted({d for d, r in zip(competing, right, strict=True) if np.isfinite(d) and d < r})
    holds = []
    for a, b, d in zip(left, right, competing, strict=True):
        returned = np.isfinite(b) and b <= d
        died = not returned and np.isfinite(d)
        row = []
        for low, high in pieces:
            inside = (low == high == a) if a == b else (a <= low and high <= b and high > a)
            after = low >= a and high > a
            row.append(inside if returned else not died and after)
        row += [t == d if died else not returned and t > a for t in deaths]
        holds.append([*row, not returned and not died])
    return pieces, deaths, np.array(holds, float)


def npmle(left, right, competing, most=200_000, gap=1e-11):
    """Return points of the line, masses of return on it, of competing times, and the rest."""
    pieces, deaths, holds = _table(left, right, competing)
    mass = np.full(holds.shape[1], 1 / holds.shape[1])
    for _ in range(most):
        slope = (holds / (holds @ mass)[:, None]).sum(axis=0) / len(holds)
        mass = mass * slope
        if slope.max() - 1 < gap:
            break
    return pieces, mass[: len(pieces)], deaths, mass, float(np.log(holds @ mass).sum())


def limits(left, right, competing, time, level):
    """Return likelihood-ratio limits of return up to `time`, by bisection of constrained maxima.

    Self-consistency under a constraint: what is expected up to `time` is scaled to the share
    wanted, all else to the rest.
    """
    pieces, deaths, holds = _table(left, right, competing, (0.0, time))
    early = np.array([b <= time for a, b in pieces] + [False] * (len(deaths) + 1))
    most = NormalDist().inv_cdf(0.5 + level / 2) ** 2

    def loglik(share):
        mass = np.where(early, share / early.sum(), (1 - share) / (~early).sum())
        before = -np.inf
        for step in range(20_000):
            expected = mass * (holds / (holds @ mass)[:, None]).sum(axis=0)
            for part, size in ((early, share), (~early, 1 - share)):
                if expected[part].sum() > 0:
                    mass[part] = size * expected[part] / expected[part].sum()
            if step % 50 == 49:
                now = np.log(holds @ mass).sum()
                if now - before < 1e-10:
                    break
                before = now
        return np.log(holds @ mass).sum()

    edge = 1e-6
    best = npmle(left, right, competing, most=20_000, gap=1e-8)[-1]
    peak, low, high = 0.5, edge, 1 - edge
    while high - low > 1e-3:  # the profile is concave
        a, b = low + (high - low) / 3, high - (high - low) / 3
        low, high = (a, high) if loglik(a) < loglik(b) else (low, b)
        peak = (low + high) / 2
    ends = []
    for outer in (edge, 1 - edge):
        inner = peak
        if 2 * (best - loglik(outer)) <= most:
            ends.append(round(outer))
            continue
        while abs(outer - inner) > 1e-6:
            middle = (outer + inner) / 2
            if 2 * (best - loglik(middle)) <= most:
                inner = middle
            else:
                outer = middle
        ends.append(inner)
    return tuple(ends)


def scores(left, right, competing):
    """Return the scores of the test: numerical derivatives of the log-likelihood of each row.

    S = 1 - F becomes S to the power of exp(theta); what never returns keeps its shares.
    """
    pieces, _, deaths, mass, _ = npmle(left, right, competing, most=20_000)
    _, _, holds = _table(left, right, competing)
    mass[mass < 1e-3] = 0  # self-consistency takes what is in excess away only as 1 / rounds
    for _ in range(5_000):
        mass = mass * (holds / (holds @ mass)[:, None]).mean(axis=0)
    is_return = holds[:, len(pieces) :].sum(axis=1) == 0
    for j in np.flatnonzero(~holds[is_return, : len(pieces)].any(axis=0)):
        mass[-1] += mass[j]  # after the last censoring a return is as good as none
        mass[j] = 0
    order = sorted(range(len(pieces)), key=lambda j: pieces[j][::-1])
    never = mass[len(pieces) :]

    def logs(theta):
        moved, before = np.zeros(len(pieces) + len(deaths) + 1), 1.0
        for j in order:
            after = max(0.0, before - mass[j])
            moved[j] = before ** np.exp(theta) - after ** np.exp(theta)
            before = after
        total = never.sum()
        moved[len(pieces) :] = never * (total ** np.exp(theta) / total if total > 0 else 0)
        return np.log(holds @ moved)

    step = 1e-4
    return (logs(step) - logs(-step)) / (2 * step)


def permutation_pvalue(score, group):
    """Return the share of all ways to deal out the labels that are as extreme, on two sides."""
    n, size = len(score), sum(group)
    here = abs(sum(s for s, g in zip(score, group, strict=True) if g))
    sums = [abs(sum(score[i] for i in deal)) for deal in itertools.combinations(range(n), size)]
    return sum(total >= here - 1e-6 for total in sums) / len(sums)
