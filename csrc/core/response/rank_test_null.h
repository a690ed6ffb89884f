/* Exact distributions of a rank statistic under the null hypothesis, given the ranks with their ties.
 *
 * Ranks are doubled, so that midranks are whole. Tails are kept up to the middle of the
 * distribution: low[j] = P(T <= j unit) and high[j] = P(T >= total - j unit). */
#ifndef IMR_RANK_TEST_NULL_H
#define IMR_RANK_TEST_NULL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct {
    size_t first, second; /* patients of the two groups; for signs n and 0 */
    size_t total; /* the largest value of the doubled statistic */
    size_t unit; /* every value is a multiple of it */
    double *low, *high; /* one array where the distribution is symmetric */
    uint32_t *pattern; /* the ranks or sizes it was made for */
    size_t n_pattern, unmade; /* unmade: none yet */
    double *tails[2], *mass, *weight;
    void *block;
} imr_rank_null_t;

/* How many additions the distribution takes at most. */
double imr_rank_null_work(size_t first, size_t second);

/* Room for the signs of `first` differences (second 0), or for two groups.
 * Fails with IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_rank_null_init(
    imr_rank_null_t *self, size_t first, size_t second, imr_fault_t *fault);
void imr_rank_null_free(imr_rank_null_t *self); /* safe after a failed init, and twice */

/* The sum of those of n <= first ranks (doubled, ascending) whose sign is positive, each with
 * probability 1/2. Nothing is done where the ranks are those of the last call. */
void imr_rank_null_signs(imr_rank_null_t *self, const uint32_t *rank, size_t n);

/* Twice the number of pairs in which the patient of the first group has the higher score, a tie
 * counting 1/2, over all ways to draw that group: sizes of the blocks of tied scores, ascending.
 * Nothing is done where the sizes are those of the last call. */
void imr_rank_null_draws(imr_rank_null_t *self, const uint32_t *size, size_t n);

/* P(T <= t) and P(T >= t) of the doubled statistic, 0 <= t <= total. */
double imr_rank_null_lower(const imr_rank_null_t *self, size_t t);
double imr_rank_null_upper(const imr_rank_null_t *self, size_t t);

#endif
