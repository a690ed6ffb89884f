"""The Fine-Gray model the slow way: weights of each patient at each time of an event."""

import numpy as np


def censoring_survival(time, cause, stratum):
    """Return G(t-), by the stratum of each patient: the chance of not being censored before t."""

    def before(t, s):
        value = 1.0
        for u in sorted({x for x, c, k in zip(time, cause, stratum, strict=True)
                         if c == 0 and x < t and k == s}):  # fmt: skip
            at_risk = sum(x >= u and k == s for x, k in zip(time, stratum, strict=True))
            lost = sum(x == u and c == 0 and k == s
                       for x, c, k in zip(time, cause, stratum, strict=True))  # fmt: skip
            value *= 1 - lost / at_risk
        return value

    return before


def risk_weights(time, cause, stratum, of_interest, times):
    """Return one row a time, one column a patient."""
    before = censoring_survival(time, cause, stratum)
    weights = np.zeros((len(times), len(time)))
    for i, (x, c, s) in enumerate(zip(time, cause, stratum, strict=True)):
        for j, t in enumerate(times):
            if x >= t:
                weights[j, i] = 1.0
            elif c not in (0, of_interest):
                weights[j, i] = before(t, s) / before(x, s)
    return weights


def fine_gray(time, cause, X, of_interest, stratum=None):
    """Return coefficients, their robust covariance, log-likelihoods (at 0 and there), and jumps.

    And the inverse information, and each patient's influence on the log of the cumulative hazard of
    a patient with covariates x at time t: a function of x and t.

    Newton's method on the weighted partial likelihood, and the sandwich of Fine and Gray 1999 with
    the part of the censoring distribution.
    """
    X = np.asarray(X, float)
    time, cause = np.asarray(time, float), np.asarray(cause)
    n, p = X.shape
    stratum = np.zeros(n, int) if stratum is None else np.asarray(stratum)
    times = np.unique(time[cause == of_interest])
    events = np.array([np.sum((time == t) & (cause == of_interest)) for t in times])
    weights = risk_weights(time, cause, stratum, of_interest, times)
    rows = np.array([np.searchsorted(times, t) for t in time[cause == of_interest]])

    def pieces(beta):
        eta = X @ beta
        risk = weights * np.exp(eta)
        s0 = risk.sum(axis=1)
        means = risk @ X / s0[:, None]
        loglik = eta[cause == of_interest].sum() - events @ np.log(s0)
        score = X[cause == of_interest].sum(axis=0) - events @ means
        information = np.zeros((p, p))
        for j in range(len(times)):
            centred = X - means[j]
            information += events[j] / s0[j] * (centred.T * risk[j]) @ centred
        return loglik, score, information, s0, means

    beta = np.zeros(p)
    null = pieces(beta)[0]
    for _ in range(50):
        loglik, score, information, s0, means = pieces(beta)
        step = np.linalg.solve(information, score)
        while pieces(beta + step)[0] < loglik - 1e-12 * abs(loglik):
            step = step / 2
        beta = beta + step
        if np.max(np.abs(step)) < 1e-14:
            break
    loglik, score, information, s0, means = pieces(beta)
    jump = events / s0

    risk = weights * np.exp(X @ beta)

    def influences(integrand, at_event, until):
        """Sum w dM times an integrand (times, patients, columns), for each patient."""
        found = np.zeros((n, integrand.shape[2]))
        known = times <= until
        counted = (cause == of_interest) & (time <= until)
        found[counted] += at_event[counted]
        for i in range(n):
            found[i] -= ((risk[:, i] * jump)[known, None] * integrand[known, i]).sum(axis=0)
        # and through the censoring distribution by which others are weighted
        for s in np.unique(stratum):
            inside = stratum == s
            for u in np.unique(time[inside & (cause == 0)]):
                at_risk = np.sum(inside & (time >= u))
                lost = np.sum(inside & (time == u) & (cause == 0))
                q = np.zeros(integrand.shape[2])
                for i in np.flatnonzero(inside & (time < u) & ~np.isin(cause, [0, of_interest])):
                    later = known & (times >= u)
                    q += ((risk[later, i] * jump[later])[:, None] * integrand[later, i]).sum(axis=0)
                if u <= until:
                    found[inside & (time == u) & (cause == 0)] += q / at_risk
                    found[inside & (time >= u)] -= q / at_risk * lost / at_risk
        return found

    centred = X[None] - means[:, None]  # what each patient adds to the score
    own = np.zeros((n, p))
    own[cause == of_interest] = X[cause == of_interest] - means[rows]
    influence = influences(centred, own, np.inf)
    inverse = np.linalg.inv(information)
    covariance = inverse @ (influence.T @ influence) @ inverse

    def log_hazard(x, t):
        unit = np.zeros((n, 1))
        unit[cause == of_interest, 0] = 1 / s0[rows]
        baseline = influences(np.repeat((1 / s0)[:, None, None], n, axis=1), unit, t)[:, 0]
        known = times <= t
        hazard = jump[known].sum()
        moved = x * hazard - jump[known] @ means[known]
        return (baseline + influence @ inverse @ moved) / hazard

    return beta, covariance, (null, loglik), times, jump, inverse, log_hazard
