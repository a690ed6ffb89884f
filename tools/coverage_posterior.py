"""Coverage, in the long run, of 95% credible intervals for one response rate, by enumeration.

It prints the table of docs/methods/response/posterior.md: as tools/coverage_proportion.py, for the
priors of Jeffreys and Laplace and both kinds of interval.
"""

import numpy as np
from enumeration import binomial, holds, print_table
from immunoreset import response

RATES = np.arange(0.0005, 1, 0.001)
PRIORS = {"Jeffreys": (0.5, 0.5), "uniform": (1, 1)}
KINDS = ("equal-tailed", "highest-density")


def coverage(prior, kind, n):
    posterior = response.posterior(np.arange(n + 1), n, prior=PRIORS[prior])
    low, high = posterior.interval(kind=kind)
    weights = binomial(n, RATES)
    return (holds(low, high, RATES[:, None]) * weights).sum(axis=1), weights @ (high - low)


if __name__ == "__main__":
    print_table(["prior", "kind"], [(p, kind) for p in PRIORS for kind in KINDS], coverage)
