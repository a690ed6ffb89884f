/* Does the likelihood rise for ever in some direction? */
#ifndef IMR_COX_MONOTONE_H
#define IMR_COX_MONOTONE_H

#include "survival/cox.h"

/* direction (p, of the coefficients of z): one along which no event loses against anybody at risk and
 * some event gains, so that the likelihood has no maximum; *found is 0 if there is none. score is that
 * of the likelihood where all coefficients are 0. IMR_ERR_NOMEM or IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_cox_monotone(const imr_cox_rows_t *rows, imr_cox_ties_t ties,
    const double *score, double *direction, int *found, imr_stop_t *stop, imr_fault_t *fault);

#endif
