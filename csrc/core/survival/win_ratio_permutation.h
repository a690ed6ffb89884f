/* The permutation test of a hierarchy of outcomes: wins less losses over all deals of the labels within
 * strata (Finkelstein and Schoenfeld 1999). Formulas: docs/methods/survival/win_ratio.md. */
#ifndef IMR_WIN_RATIO_PERMUTATION_H
#define IMR_WIN_RATIO_PERMUTATION_H

#include "survival/win_ratio_pairs.h"

/* Additions up to which the exact distribution is to be had: 95 patients a group, in 0.2 s. */
#define IMR_WIN_MOST_WORK 5e8

typedef struct {
    const imr_win_pairs_t *pairs; /* the caller's */
    double *score; /* n, by place: wins less losses, times what the stratum weighs */
    int is_whole; /* the scores are whole numbers */
    double observed; /* the sum of the scores of group 1, of mean 0 */
    double variance; /* under permutation */
    double work; /* of the exact distribution; inf where there is none to be had */
    double pvalue; /* two-sided */
    int64_t extreme, seen; /* random deals */
    double *step; /* n: what the exact distribution is made of */
    double base, unit, reach; /* sums are base + unit t, for t from 0 to reach */
    uint32_t *label; /* n */
    void *block;
} imr_win_permutation_t;

/* Fails with IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_win_permutation_init(
    imr_win_permutation_t *self, const imr_win_pairs_t *pairs, imr_fault_t *fault);
void imr_win_permutation_free(
    imr_win_permutation_t *self); /* safe after a failed init, and twice */

/* Sets pvalue. IMR_ERR_WIN_EXACT naming `method`, IMR_ERR_NOMEM, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_win_permutation_exact(
    imr_win_permutation_t *self, imr_stop_t *stop, imr_fault_t *fault);

/* Deals the labels begin..end - 1 of the key, and sets pvalue out of all deals so far, the data being
 * one more. IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_win_permutation_random(imr_win_permutation_t *self, const uint64_t key[2],
    uint32_t begin, uint32_t end, imr_stop_t *stop, imr_fault_t *fault);

/* Sets pvalue by the normal distribution with the variance under permutation. */
int IMR_MUST_CHECK imr_win_permutation_asymptotic(imr_win_permutation_t *self, imr_fault_t *fault);

#endif
