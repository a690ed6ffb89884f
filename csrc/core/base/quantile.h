/* Quantiles: always an answer, never NaN, always in bounded time.
 *
 * *x solves CDF(x) = p, or upper tail(x) = q for the functions that end in _upper, which take the
 * distance from 1 itself, so that 1 - 1e-20 is not lost. Either the back-error |CDF(x)/p - 1| is
 * at most 1e-13, or no double comes closer: the two neighbours of *x enclose the solution. An answer
 * below the smallest double is 0.
 *
 * p and q lie strictly between 0 and 1, else IMR_ERR_PROBABILITY; parameters in [1e-100, 1e100],
 * else IMR_ERR_NOT_POSITIVE; IMR_ERR_RANGE when the answer exceeds the largest double. *x is
 * untouched by a call that fails.
 *
 * GSL's own inverse functions are not used: gsl_cdf_beta_Pinv(0.975, 3, 258) is NaN, and some
 * arguments never return. */
#ifndef IMR_QUANTILE_H
#define IMR_QUANTILE_H

#include "base/distribution.h"
#include "base/status.h"

int IMR_MUST_CHECK imr_quantile_beta(double p, double a, double b, double *x);
int IMR_MUST_CHECK imr_quantile_beta_upper(double q, double a, double b, double *x);

int IMR_MUST_CHECK imr_quantile_gamma(double p, double shape, double scale, double *x);
int IMR_MUST_CHECK imr_quantile_gamma_upper(double q, double shape, double scale, double *x);

int IMR_MUST_CHECK imr_quantile_chi_squared(double p, double df, double *x);
int IMR_MUST_CHECK imr_quantile_chi_squared_upper(double q, double df, double *x);

/* The upper quantiles of these two are minus the lower ones. */
int IMR_MUST_CHECK imr_quantile_normal(double p, double *x);
int IMR_MUST_CHECK imr_quantile_t(double p, double df, double *x);

#endif
