/* The log-rank scores that a permutation test deals out: event less cumulative hazard, both weighted,
 * so that the excess of a group is the sum of its patients' scores. Method:
 * docs/methods/survival/logrank.md. */
#ifndef IMR_LOGRANK_SCORES_H
#define IMR_LOGRANK_SCORES_H

#include "survival/logrank.h"

#define IMR_LOGRANK_MOST_SETS 4
#define IMR_LOGRANK_MOST_PERMUTED (1 << 24)

/* One or more sets of scores (one a weight function) of the same patients, who are in an order that
 * depends on their scores alone. Scores are whole multiples of a unit, so that sums are exact. */
typedef struct {
    size_t n; /* patients: rows, as often as they weigh */
    size_t strata, groups, sets;
    int64_t *score; /* set after set: score[set * n + patient], by stratum */
    size_t *begin; /* strata + 1: the first patient of each stratum */
    uint32_t *label; /* the group of each patient */
    size_t *count; /* count[stratum * groups + group] */
    double unit[IMR_LOGRANK_MOST_SETS]; /* 0 where all scores are */
    double *link; /* set after set, the links (survival/logrank.h) of the permutation covariance */
} imr_logrank_scores_t;

/* data and weights have been checked; 0 < sets <= IMR_LOGRANK_MOST_SETS. Fails as the sweep of
 * survival/logrank_rows.h does, and with IMR_ERR_TOO_MANY_PERMUTED. */
int IMR_MUST_CHECK imr_logrank_scores_init(imr_logrank_scores_t *self,
    const imr_logrank_data_t *data, const imr_logrank_weights_t *weights, size_t sets, int fix_ties,
    imr_fault_t *fault);

/* Scores of n patients that were found elsewhere, with their groups and strata (valid codes). */
typedef struct {
    size_t n;
    const double *score;
    double size; /* none is larger; 0 where all are 0 */
    int bits; /* of size that a unit leaves; coarser than the errors of the scores */
    const uint8_t *group;
    size_t groups;
    const int64_t *stratum;
    size_t strata;
} imr_logrank_given_t;

/* IMR_ERR_TOO_MANY_PERMUTED (naming `left`), IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_logrank_scores_given(
    imr_logrank_scores_t *self, const imr_logrank_given_t *given, imr_fault_t *fault);

void imr_logrank_scores_free(imr_logrank_scores_t *self); /* safe after a failed init, and twice */

/* sum[set * groups + group] over all patients with these labels, in units. */
void imr_logrank_scores_sum(const imr_logrank_scores_t *self, const uint32_t *label, int64_t *sum);

#endif
