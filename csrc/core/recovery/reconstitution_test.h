/* The permutation test of two curves of return: scores out of the curve of all rows together, which the
 * log-rank permutation tests (survival/logrank_exact.h, survival/logrank_permutation.h) deal out.
 * Method: docs/methods/recovery/reconstitution.md. */
#ifndef IMR_RECONSTITUTION_TEST_H
#define IMR_RECONSTITUTION_TEST_H

#include "base/stop.h"
#include "recovery/reconstitution.h"
#include "survival/logrank_scores.h"

/* The score of each row, in their order: above 0 for an early return; all together they sum to 0. As
 * imr_reconstitution_init; IMR_ERR_UNCERTIFIED; IMR_ERR_STOPPED. stop may be NULL. */
int IMR_MUST_CHECK imr_reconstitution_scores(
    const imr_reconstitution_rows_t *rows, double *score, imr_stop_t *stop, imr_fault_t *fault);

/* The scores with the groups of the rows, 0 or 1, ready to be dealt out. As above;
 * IMR_ERR_TOO_MANY_PERMUTED. */
int IMR_MUST_CHECK imr_reconstitution_deal(const imr_reconstitution_rows_t *rows,
    const int64_t *group, imr_logrank_scores_t *scores, imr_stop_t *stop, imr_fault_t *fault);

#endif
