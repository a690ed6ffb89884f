"""Response rates: one group, two, over strata, paired, along groups; exact at 0 and n of n."""

from immunoreset.response.contrast import Contrast, contrast
from immunoreset.response.exact_test import (
    ExactTest,
    ExactTestTable,
    exact_test,
    exact_test_table,
)
from immunoreset.response.logistic import Logistic, logistic
from immunoreset.response.paired import Paired, PairedTest, paired, paired_test
from immunoreset.response.pooled import Pooled, PooledGroups, SubgroupDifference, pooled
from immunoreset.response.posterior import CredibleInterval, Posterior, posterior
from immunoreset.response.proportion import (
    Proportion,
    ProportionTest,
    proportion,
    proportion_test,
)
from immunoreset.response.rank_test import RankSum, SignedRank, rank_sum, signed_rank
from immunoreset.response.response_table import ResponseTable, response_table
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
    "CredibleInterval",
    "ExactTest",
    "ExactTestTable",
    "HomogeneityTest",
    "Logistic",
    "Paired",
    "PairedTest",
    "Pooled",
    "PooledGroups",
    "Posterior",
    "Proportion",
    "ProportionTest",
    "RankSum",
    "ResponseTable",
    "SignedRank",
    "Stratified",
    "StratifiedProportion",
    "StratifiedTest",
    "SubgroupDifference",
    "TrendTest",
    "contrast",
    "exact_test",
    "exact_test_table",
    "homogeneity_test",
    "logistic",
    "paired",
    "paired_test",
    "pooled",
    "posterior",
    "proportion",
    "proportion_test",
    "rank_sum",
    "response_table",
    "signed_rank",
    "stratified",
    "stratified_proportion",
    "stratified_test",
    "trend_test",
]
