/* One log-rank test, and a Kaplan-Meier estimate a group, for each of many simulated data sets with
 * the same groups. Method: docs/methods/survival/logrank_replicates.md. */
#ifndef IMR_LOGRANK_REPLICATES_H
#define IMR_LOGRANK_REPLICATES_H

#include "survival/logrank.h"

/* Replicate i is time[i * n] to time[i * n + n - 1], and so with event. */
typedef struct {
    size_t n;
    const double *time;
    const uint8_t *event;
    const uint8_t *group; /* of each patient, in every replicate */
    size_t groups;
    size_t points;
    const double *at; /* times of the estimates, ascending */
    imr_logrank_options_t options;
    int exact; /* the exact permutation p-value in place of the asymptotic one */
} imr_logrank_replicates_t;

/* Columns of one value a replicate; estimate[(i * groups + g) * points + j]. z is NaN for three or
 * more groups without scores. */
typedef struct {
    double *statistic, *z, *pvalue;
    int64_t *df;
    double *estimate;
} imr_logrank_replicates_columns_t;

/* The check of groups, options and times of the estimates, once before the replicates. Also
 * IMR_ERR_EXACT_GROUPS. */
int IMR_MUST_CHECK imr_logrank_replicates_check(
    const imr_logrank_replicates_t *self, imr_fault_t *fault);

/* Replicates begin..end - 1. A fault's row counts on through the replicates: replicate * n + patient. */
int IMR_MUST_CHECK imr_logrank_replicates(const imr_logrank_replicates_t *self, size_t begin,
    size_t end, const imr_logrank_replicates_columns_t *columns, imr_fault_t *fault);

#endif
