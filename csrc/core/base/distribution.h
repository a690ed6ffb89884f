/* Distribution functions with checked arguments.
 *
 * Relative error about 1e-14, deep in either tail as well: the upper tail is never 1 - the lower
 * one. x may be any number, or infinity, and lies outside the support without harm: the answer is
 * then 0 or 1. A tail below the smallest double is 0.
 *
 * IMR_ERR_NONFINITE when x is NaN, IMR_ERR_NOT_POSITIVE when a parameter is not in
 * [1e-100, 1e100]; *p is then untouched. */
#ifndef IMR_DISTRIBUTION_H
#define IMR_DISTRIBUTION_H

#include <stdint.h>

#include "base/status.h"

int IMR_MUST_CHECK imr_beta_cdf(double x, double a, double b, double *p);
int IMR_MUST_CHECK imr_beta_cdf_upper(double x, double a, double b, double *q);

int IMR_MUST_CHECK imr_gamma_cdf(double x, double shape, double scale, double *p);
int IMR_MUST_CHECK imr_gamma_cdf_upper(double x, double shape, double scale, double *q);

int IMR_MUST_CHECK imr_chi_squared_cdf(double x, double df, double *p);
int IMR_MUST_CHECK imr_chi_squared_cdf_upper(double x, double df, double *q);

int IMR_MUST_CHECK imr_normal_cdf(double x, double *p);
int IMR_MUST_CHECK imr_normal_cdf_upper(double x, double *q);

int IMR_MUST_CHECK imr_t_cdf(double x, double df, double *p);
int IMR_MUST_CHECK imr_t_cdf_upper(double x, double df, double *q);

/* Binomial: n patients, each a responder with probability rate (0 and 1 included). k may be any
 * number: P(X <= -1) is 0. IMR_ERR_COUNT when n is not in 0..2^53, IMR_ERR_NULL_RATE when rate is
 * not in [0, 1]. */
int IMR_MUST_CHECK imr_binomial_pmf(int64_t k, int64_t n, double rate, double *p); /* P(X = k) */
int IMR_MUST_CHECK imr_binomial_cdf(int64_t k, int64_t n, double rate, double *p); /* P(X <= k) */
int IMR_MUST_CHECK imr_binomial_upper(int64_t k, int64_t n, double rate, double *q); /* P(X >= k) */

#endif
