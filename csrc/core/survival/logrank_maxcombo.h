/* The largest of several Fleming-Harrington tests of two groups, and its distribution from their
 * joint normal one. Formulas: docs/methods/survival/logrank_maxcombo.md. */
#ifndef IMR_LOGRANK_MAXCOMBO_H
#define IMR_LOGRANK_MAXCOMBO_H

#include "survival/logrank.h"

#define IMR_LOGRANK_MOST_COMBINATIONS 4

/* Where a weight function gives no information (its variance is 0) its z is NaN and it takes no
 * part; where none does, statistic is 0 and pvalue 1. */
typedef struct {
    size_t combinations;
    double z[IMR_LOGRANK_MOST_COMBINATIONS];
    double correlation[IMR_LOGRANK_MOST_COMBINATIONS * IMR_LOGRANK_MOST_COMBINATIONS];
    double statistic; /* the z furthest in the direction of the alternative */
    int64_t chosen; /* which combination it belongs to; -1 for none */
    double pvalue;
    int64_t patients[2];
    double events[2];
    int64_t merged;
} imr_logrank_maxcombo_t;

/* IMR_ERR_COMBINATIONS, IMR_ERR_TWO_GROUPS, and as imr_logrank. */
int IMR_MUST_CHECK imr_logrank_maxcombo(const imr_logrank_data_t *data,
    const imr_logrank_weights_t *weights, size_t combinations, imr_alternative_t alternative,
    int fix_ties, imr_logrank_maxcombo_t *self, imr_fault_t *fault);

/* The check alone, for a permutation test of the same combinations. */
int IMR_MUST_CHECK imr_logrank_maxcombo_check(const imr_logrank_data_t *data,
    const imr_logrank_weights_t *weights, size_t combinations, imr_fault_t *fault);

#endif
