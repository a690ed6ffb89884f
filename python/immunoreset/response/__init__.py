"""Response rates: one group, two, and two over strata, exact at 0 of n and at n of n."""

from immunoreset.response.contrast import Contrast, contrast
from immunoreset.response.exact_test import (
    ExactTest,
    ExactTestTable,
    exact_test,
    exact_test_table,
)
from immunoreset.response.logistic import Logistic, logistic
from immunoreset.response.posterior import CredibleInterval, Posterior, posterior
from immunoreset.response.proportion import (
    Proportion,
    ProportionTest,
    proportion,
    proportion_test,
)
from immunoreset.response.stratified import (
    HomogeneityTest,
    Stratified,
    StratifiedProportion,
    StratifiedTest,
    homogeneity_test,
    stratified,
    stratified_proportion,
    stratified_test,
)

__all__ = [
    "Contrast",
    "CredibleInterval",
    "ExactTest",
    "ExactTestTable",
    "HomogeneityTest",
    "Logistic",
    "Posterior",
    "Proportion",
    "ProportionTest",
    "Stratified",
    "StratifiedProportion",
    "StratifiedTest",
    "contrast",
    "exact_test",
    "exact_test_table",
    "homogeneity_test",
    "logistic",
    "posterior",
    "proportion",
    "proportion_test",
    "stratified",
    "stratified_proportion",
    "stratified_test",
]
