"""Rates per person-time and their regression: limits, exact ratios, negative binomial fits."""

import immunoreset.survival as ours
import numpy as np
from harness import OURS, Case, installed, report, sizes, time_r


def cohort(n):
    """Counts of patients who differ in their rates, two arms, follow-up of half a year to two."""
    rng = np.random.default_rng(n)
    arm, years = (np.arange(n) % 2).astype(float), rng.uniform(0.5, 2, n)
    return rng.poisson(2 * rng.gamma(1, 1, n) * years * np.exp(-0.5 * arm)), arm, years


def first_of(result):
    """Return the number that is compared, of each peer's own result."""
    if isinstance(result, ours.RateRegression):
        return float(result.coef[1])
    if isinstance(result, ours.IncidenceContrast):
        return float(result.pvalue)
    return float(result.high) if isinstance(result, ours.Incidence) else float(result)


def cases(n):
    """Each peer's usual call, by name."""
    y, arm, years = cohort(n)
    events, time = int(y.sum()), float(years.sum())
    peers = {OURS: lambda: ours.incidence(events, time)}
    ratio = {OURS: lambda: ours.incidence_contrast(3, 6.0, 11, 5.7, method="conditional-minlike")}
    if installed("scipy"):
        from scipy import stats

        peers["scipy, chi2.ppf"] = lambda: stats.chi2.ppf(0.975, 2 * events + 2) / (2 * time)
        ratio["scipy, binomtest"] = lambda: stats.binomtest(3, 14, 6 / 11.7).pvalue
    if n == 15:
        yield Case("one rate, exact limits", peers, first_of, 1e-9, 200)
        yield Case("ratio of two rates, exact p and limits", ratio, first_of, 1e-6, 100)
    drawn = np.random.default_rng(n).normal(size=(n, 3))
    for family, covariates, X in (
        ("poisson", "two arms", arm),
        ("negative-binomial", "two arms", arm),
        ("negative-binomial", "a covariate of its own a row", drawn[:, 0]),
        ("negative-binomial", "three of these", drawn),
    ):
        fits = {
            OURS: lambda family=family, X=X: ours.rate_regression(
                y, X, exposure=years, family=family, interval="wald"
            ),
            "immunoreset, profile limits": lambda family=family, X=X: ours.rate_regression(
                y, X, exposure=years, family=family
            ),
        }
        left_out = [] if installed("statsmodels") else ["statsmodels"]
        if installed("statsmodels"):
            import statsmodels.api as sm

            design = sm.add_constant(X)
            if family == "poisson":
                fits["statsmodels"] = lambda design=design: (
                    sm.GLM(y, design, family=sm.families.Poisson(), exposure=years).fit().params[1]
                )
            else:
                fits["statsmodels"] = lambda design=design: (
                    sm.NegativeBinomial(y, design, exposure=years).fit(disp=0).params[1]
                )
        yield Case(
            f"{family} regression, {covariates}, n = {n:,}", fits, first_of, 1e-3, 10, left_out
        )


if __name__ == "__main__":
    chosen = sizes("15,70,1e4")
    report([case for n in chosen for case in cases(n)], "rates per person-time")
    for n in chosen:
        y, arm, years = cohort(n)
        took = time_r(
            "MASS::glm.nb(y ~ arm + offset(log(years)))", {"y": y, "arm": arm, "years": years}
        )
        if took is not None:
            print(f"R's glm.nb, n = {n:,}: {1e3 * took:.3g} ms")
