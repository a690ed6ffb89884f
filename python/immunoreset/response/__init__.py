"""Response rates: one group, exact at 0 of n and at n of n."""

from immunoreset.response.logistic import Logistic, logistic
from immunoreset.response.pooled import Pooled, pooled
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
    "Pooled",
    "Posterior",
    "Proportion",
    "ProportionTest",
    "logistic",
    "pooled",
    "posterior",
    "proportion",
    "proportion_test",
]
