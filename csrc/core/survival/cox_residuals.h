/* Residuals of a Cox regression (Breslow or Efron ties), and the robust covariance. */
#ifndef IMR_COX_RESIDUALS_H
#define IMR_COX_RESIDUALS_H

#include "survival/cox_likelihood.h"

/* The room of a trace, in one block; imr_free(trace->total) frees it. */
int IMR_MUST_CHECK imr_cox_trace_init(
    imr_cox_trace_t *self, const imr_cox_rows_t *rows, imr_fault_t *fault);

/* The mean of the covariates over the terms of set k (width numbers): what its events are compared
 * with. */
void imr_cox_set_mean(
    const imr_cox_rows_t *rows, imr_cox_ties_t ties, const imr_cox_trace_t *trace, size_t k,
    double *mean);

/* score: n rows of p, in the order and the coordinates of z: each row's share of the score, of one
 * unit of its weight. The likelihood was evaluated with a trace. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_cox_score_residuals(
    const imr_cox_likelihood_t *likelihood, double *score, imr_fault_t *fault);

/* Expected events of each row, of one unit of its weight. */
void imr_cox_expected(const imr_cox_likelihood_t *likelihood, double *expected);

/* robust (p x p): covariance times the sum of squares of the score residuals times covariance, over
 * rows or clusters. All in the coordinates z. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_cox_robust(const imr_cox_likelihood_t *likelihood, const double *covariance,
    double *robust, imr_fault_t *fault);

#endif
