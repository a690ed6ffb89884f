"""Response rates: one group and two, exact at 0 of n and at n of n."""

from immunoreset.response.contrast import Contrast, contrast
from immunoreset.response.posterior import CredibleInterval, Posterior, posterior
from immunoreset.response.proportion import (
    Proportion,
    ProportionTest,
    proportion,
    proportion_test,
)

__all__ = [
    "Contrast",
    "CredibleInterval",
    "Posterior",
    "Proportion",
    "ProportionTest",
    "contrast",
    "posterior",
    "proportion",
    "proportion_test",
]
