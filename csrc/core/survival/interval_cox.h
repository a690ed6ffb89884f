/* Proportional hazards for interval-censored times, with any baseline: the joint maximum over
 * coefficients and the hazards of the innermost intervals. Formulas, sources and edge cases:
 * docs/methods/survival/interval_cox.md. */
#ifndef IMR_INTERVAL_COX_H
#define IMR_INTERVAL_COX_H

#include "base/stop.h"
#include "survival/turnbull.h"

#define IMR_INTERVAL_COX_MOST_COLUMNS 50
#define IMR_INTERVAL_COX_MOST_CELLS 2000
/* The largest kkt_gap of an answer that is given. */
#define IMR_INTERVAL_COX_CERTIFIED 1e-8

typedef struct {
    size_t n, p;
    const double *left, *right; /* survival/turnbull.h */
    const double *x; /* n rows of p */
} imr_interval_cox_data_t;

typedef struct {
    double level; /* of the limits */
    int infinite; /* give an infinite coefficient, with its one limit, instead of a fault */
    int fix_ties;
    imr_stop_t *stop; /* or NULL */
} imr_interval_cox_options_t;

/* Where a coefficient is infinite, so is its standard error, and one of its limits; covariance is then
 * that of the others, and 0 elsewhere. */
typedef struct {
    size_t p;
    double *coef, *std_error, *low, *high; /* limits by the profile of the likelihood */
    double *statistic, *pvalue; /* the likelihood ratio of a coefficient of 0 */
    double *covariance; /* p * p */
    double *mean; /* of each column: the covariates of the baseline */
    size_t n_support;
    double *cell_left, *cell_right, *estimate; /* the baseline: no event until after cell_right */
    double loglik, null_loglik;
    double kkt_gap; /* largest violation of the conditions of the maximum, over the rows */
    int64_t iterations; /* evaluations of the gradient */
    int64_t merged;
    void *block; /* what the arrays are in; imr_free it */
} imr_interval_cox_t;

/* Fails as imr_turnbull_ends_init does, and with IMR_ERR_LEVEL, IMR_ERR_NONFINITE, IMR_ERR_COX_RANGE,
 * IMR_ERR_INTERVAL_COX_SIZE, IMR_ERR_INTERVAL_COX_NOTHING, IMR_ERR_INTERVAL_COX_COLLINEAR,
 * IMR_ERR_INTERVAL_COX_MONOTONE, IMR_ERR_INTERVAL_COX_SPREAD, IMR_ERR_UNCERTIFIED, IMR_ERR_STOPPED; there is then no block. */
int IMR_MUST_CHECK imr_interval_cox(const imr_interval_cox_data_t *data,
    const imr_interval_cox_options_t *options, imr_interval_cox_t *self, imr_fault_t *fault);

#endif
