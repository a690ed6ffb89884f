/* Permutation tests of log-rank scores: what is compared, and random permutations of the labels
 * within strata, each from its own stream of random numbers. */
#ifndef IMR_LOGRANK_PERMUTATION_H
#define IMR_LOGRANK_PERMUTATION_H

#include "survival/logrank_scores.h"

/* With one set of scores the value compared is the excess of the second of two groups, or the sum of
 * group scores times excesses, or of more groups the quadratic form with the inverse of the
 * permutation covariance. With several sets (two groups) it is the largest of the standardised
 * excesses. */
typedef struct {
    const imr_logrank_scores_t *scores;
    imr_alternative_t alternative;
    const double *trend; /* one a group, or NULL */
    double observed; /* how extreme the data are */
    double least; /* from here on a permutation is at least as extreme */
    double z; /* with the permutation variance; NaN without a direction */
    int64_t *sum; /* scratch: sets * groups */
    double *excess, *link;
    uint32_t *label;
} imr_logrank_permutation_t;

int IMR_MUST_CHECK imr_logrank_permutation_init(imr_logrank_permutation_t *self,
    const imr_logrank_scores_t *scores, const double *trend, imr_alternative_t alternative,
    imr_fault_t *fault);
void imr_logrank_permutation_free(
    imr_logrank_permutation_t *self); /* safe after failed init, twice */

/* How many of the permutations begin..end - 1 are at least as extreme as the data. */
uint64_t imr_logrank_permute(
    imr_logrank_permutation_t *self, const uint64_t key[2], uint32_t begin, uint32_t end);

#endif
