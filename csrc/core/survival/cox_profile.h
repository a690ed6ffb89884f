/* Limits and tests of one coefficient by the profile of the likelihood. */
#ifndef IMR_COX_PROFILE_H
#define IMR_COX_PROFILE_H

#include "survival/cox_climb.h"

/* Limits of coefficient j (of z) at which twice the profile lies by the chi-squared quantile below its
 * maximum `highest` at `coef`, and the p-value of coefficient = 0. A limit not found within 10^10
 * standard errors is infinite. climb: spare coefficients at the maximum; they move. std_error is the
 * width of the first guess. */
int IMR_MUST_CHECK imr_cox_profile(imr_cox_climb_t *climb, size_t j, double highest,
    double std_error, double level, double *low, double *high, double *pvalue, imr_fault_t *fault);

/* The only limit of a coefficient whose maximum lies at sign * infinity: where twice the profile lies by
 * the quantile below the supremum. `climb` stands far out; it moves. */
int IMR_MUST_CHECK imr_cox_profile_open(imr_cox_climb_t *climb, size_t j, double sign, double level,
    double *limit, imr_fault_t *fault);

#endif
