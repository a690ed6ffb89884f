"""Response rates: one group, exact at 0 of n and at n of n."""

from immunoreset.response.logistic import Logistic, logistic
from immunoreset.response.posterior import CredibleInterval, Posterior, posterior
from immunoreset.response.proportion import (
    Proportion,
    ProportionTest,
    proportion,
    proportion_test,
)

__all__ = [
    "CredibleInterval",
    "Logistic",
    "Posterior",
    "Proportion",
    "ProportionTest",
    "logistic",
    "posterior",
    "proportion",
    "proportion_test",
]
