/* Limits and tests of one coefficient by the profile of the likelihood. */
#ifndef IMR_COX_PROFILE_H
#define IMR_COX_PROFILE_H

#include "survival/cox_climb.h"

/* The maximum from which a profile descends. */
typedef struct {
    double height; /* the (penalised) log-likelihood */
    const double *coef, *covariance; /* p, p x p */
    double *work; /* p */
} imr_cox_summit_t;

/* Limits of coefficient j (of z) at which twice the profile lies by the chi-squared quantile below the
 * summit, and the p-value of coefficient = 0. A limit not found within 10^10 standard errors is
 * infinite. The coefficients of climb move. */
int IMR_MUST_CHECK imr_cox_profile(imr_cox_climb_t *climb, size_t j, const imr_cox_summit_t *summit,
    double level, double *low, double *high, double *pvalue, imr_fault_t *fault);

/* The only limit of a coefficient whose maximum lies at sign * infinity: where twice the profile lies by
 * the quantile below the supremum. `climb` stands far out; it moves. */
int IMR_MUST_CHECK imr_cox_profile_open(
    imr_cox_climb_t *climb, size_t j, double sign, double level, double *limit, imr_fault_t *fault);

#endif
