"""Response rates: one group, two, over strata, paired, along groups; exact at 0 and n of n."""

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
from immunoreset.response.trend import TrendTest, trend_test

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
    "TrendTest",
    "contrast",
    "homogeneity_test",
    "paired",
    "paired_test",
    "proportion",
    "proportion_test",
    "stratified",
    "stratified_proportion",
    "stratified_test",
    "trend_test",
]
