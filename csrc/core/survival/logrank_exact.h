/* The exact permutation distribution of the log-rank excess of the second of two groups: over all
 * ways to deal out the labels, in each stratum as many as there are. */
#ifndef IMR_LOGRANK_EXACT_H
#define IMR_LOGRANK_EXACT_H

#include "survival/logrank_scores.h"

/* Distinct sums of a half of the patients: 2^21 are 42 patients without ties. */
#define IMR_LOGRANK_MOST_SUMS ((size_t) 1 << 21)

typedef struct {
    int64_t sum;
    double ways;
} imr_logrank_cell_t;

/* A part of the patients, from one end: its distinct sums, ascending, for each number of patients
 * labelled in the stratum that it has reached. */
typedef struct {
    imr_logrank_cell_t *cells;
    size_t room;
    size_t *begin; /* begin[c]: the first cell with c labelled; one more than the lists */
    size_t lists;
    size_t taken; /* patients so far */
} imr_logrank_half_t;

typedef struct {
    const imr_logrank_scores_t *scores;
    imr_alternative_t alternative;
    imr_logrank_half_t half[2]; /* from the first patient on, from the last one back */
} imr_logrank_exact_t;

/* Of the scores' first set. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_logrank_exact_init(imr_logrank_exact_t *self,
    const imr_logrank_scores_t *scores, imr_alternative_t alternative, imr_fault_t *fault);
void imr_logrank_exact_free(imr_logrank_exact_t *self); /* safe after a failed init, and twice */

/* Takes one more patient; *done when all are, and then *pvalue is the probability of a sum at least
 * as extreme. At most some tens of milliseconds. IMR_ERR_EXACT_PATIENTS, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_logrank_exact_step(
    imr_logrank_exact_t *self, int *done, double *pvalue, imr_fault_t *fault);

#endif
