"""Response rates: one group and two, exact at 0 of n and at n of n."""

from immunoreset.response.contrast import Contrast, contrast
from immunoreset.response.exact_test import (
    ExactTest,
    ExactTestTable,
    exact_test,
    exact_test_table,
)
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
    "ExactTest",
    "ExactTestTable",
    "Posterior",
    "Proportion",
    "ProportionTest",
    "contrast",
    "exact_test",
    "exact_test_table",
    "posterior",
    "proportion",
    "proportion_test",
]
