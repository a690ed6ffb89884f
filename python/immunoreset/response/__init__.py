"""Response rates: one group, two, and two over strata, exact at 0 of n and at n of n."""

from immunoreset.response.contrast import Contrast, contrast
from immunoreset.response.paired import Paired, PairedTest, paired, paired_test
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
    "HomogeneityTest",
    "Paired",
    "PairedTest",
    "Proportion",
    "ProportionTest",
    "Stratified",
    "StratifiedProportion",
    "StratifiedTest",
    "contrast",
    "homogeneity_test",
    "paired",
    "paired_test",
    "proportion",
    "proportion_test",
    "stratified",
    "stratified_proportion",
    "stratified_test",
]
