/* The score test of proportional hazards: do coefficients change with a function g of time? */
#ifndef IMR_COX_HAZARDS_H
#define IMR_COX_HAZARDS_H

#include "survival/cox.h"

/* Tests of the alternative coefficient j + theta_j g(time): test[j] of theta_j alone with one degree of
 * freedom, test[p] of all with p. g: its value at each set (any shift will do). coef belongs to the
 * covariates as given. A test whose information vanishes, as where g takes one value, is NaN.
 * IMR_ERR_COX_EXACT for the exact likelihoods, IMR_ERR_NOMEM, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_cox_hazards(const imr_cox_rows_t *rows, imr_cox_ties_t ties,
    const double *coef, const double *g, imr_cox_test_t *test, imr_stop_t *stop,
    imr_fault_t *fault);

#endif
