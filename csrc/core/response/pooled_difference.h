/* Do subgroups of series share one pooled rate? Formulas: docs/methods/response/pooled.md. */
#ifndef IMR_POOLED_DIFFERENCE_H
#define IMR_POOLED_DIFFERENCE_H

#include "response/pooled.h"

typedef struct {
    double statistic, df;
    double residual_df; /* of the F distribution; infinite where the statistic is a chi-squared */
    double pvalue;
} imr_pooled_difference_t;

/* code: the subgroup of each series, 0 to groups - 1. series->design is not read. `common`: one
 * heterogeneity for all subgroups, the only way of the likelihood methods. */
int IMR_MUST_CHECK imr_pooled_difference(const imr_series_t *series, const int64_t *code,
    size_t groups, const imr_pooled_options_t *options, int common, imr_pooled_difference_t *result,
    imr_fault_t *fault);

#endif
