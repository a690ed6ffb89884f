"""Firth's logistic regression of a small group, and what it costs without the penalty."""

import numpy as np
from harness import OURS, Case, installed, report, sizes
from immunoreset import response


def patients(n, seed=20260105):
    """A binary and a continuous covariate, and responses that are not separated."""
    rng = np.random.default_rng([seed, n])
    X = np.column_stack([rng.random(n) < 0.5, rng.normal(size=n)]).astype(float)
    return X, rng.random(n) < 1 / (1 + np.exp(-0.5 * X.sum(axis=1)))


def firth_newton(X, y):
    """Firth's estimate in NumPy: full steps of scoring, no limits, no safeguards."""
    X = np.column_stack([np.ones(len(X)), X])
    beta = np.zeros(X.shape[1])
    for _ in range(100):
        rate = 1 / (1 + np.exp(-X @ beta))
        weight = rate * (1 - rate)
        inverse = np.linalg.inv((X.T * weight) @ X)
        hat = weight * np.einsum("ij,jk,ik->i", X, inverse, X)
        step = inverse @ (X.T @ (y - rate + hat * (0.5 - rate)))
        beta += step
        if np.abs(step).max() < 1e-10:
            break
    return beta


def coefficients(result):
    return getattr(result, "params", getattr(result, "coef", result))


def cases(n):
    X, y = patients(n)
    penalised = {
        OURS: lambda: response.logistic(y, X),
        "NumPy, no limits": lambda: firth_newton(X, y),
    }
    plain = {OURS: lambda: response.logistic(y, X, penalty=None)}
    left_out = []
    if installed("statsmodels"):
        import statsmodels.api as sm

        plain["statsmodels, Wald limits"] = lambda: sm.Logit(y, sm.add_constant(X)).fit(
            disp=0, tol=1e-10
        )
    else:
        left_out.append("statsmodels")
    yield Case(f"Firth with profile limits, n = {n:,}", penalised, coefficients, 1e-6, 5)
    yield Case(
        f"without a penalty, profile limits, n = {n:,}", plain, coefficients, 1e-6, 5, left_out
    )


if __name__ == "__main__":
    report([case for n in sizes("20,60,10000") for case in cases(n)], "Logistic regression")
