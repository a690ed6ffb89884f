"""Response rates: one group and two, exact at 0 of n and at n of n."""

from immunoreset.response.contrast import Contrast, contrast
from immunoreset.response.exact_test import (
    ExactTest,
    ExactTestTable,
    exact_test,
    exact_test_table,
)
from immunoreset.response.proportion import (
    Proportion,
    ProportionTest,
    proportion,
    proportion_test,
)

__all__ = [
    "Contrast",
    "ExactTest",
    "ExactTestTable",
    "Proportion",
    "ProportionTest",
    "contrast",
    "exact_test",
    "exact_test_table",
    "proportion",
    "proportion_test",
]
