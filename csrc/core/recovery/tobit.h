/* Tobit regression: a normal response that is known exactly, or to lie below, above or between limits.
 * Formulas, sources and edge cases: docs/methods/recovery/tobit.md. */
#ifndef IMR_TOBIT_H
#define IMR_TOBIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Coefficient 0 is the intercept, coefficient j belongs to column j - 1. */
typedef struct {
    size_t n, p;
    int64_t exact, below, above, between; /* rows of each kind */
    double *block; /* all that follows, in one piece */
    double *coef;
    double *std_error; /* p + 1: of the coefficients, and of log sd */
    double *covariance; /* p + 1 rows and columns, in that order, as R's survreg */
    double *low, *high; /* in units of scale, from center */
    double *design, *basis, *triangle, *gamma, *factor, *work;
    double center, scale;
    double sd;
    double loglik;
    double score_norm; /* of the score, each direction in units of its standard error */
    int64_t iterations;
} imr_tobit_t;

/* low, high: n responses, equal where they are known, infinite where they are open. columns: n rows of
 * k values. *self keeps what the limits need, and no pointer to the input.
 * IMR_ERR_NO_ROWS, IMR_ERR_NONFINITE, IMR_ERR_LIMIT_RANGE, IMR_ERR_LIMITS_CROSSED,
 * IMR_ERR_LIMITS_OPEN, IMR_ERR_LIMITS_NARROW, IMR_ERR_NOTHING_DETECTED, IMR_ERR_COLLINEAR,
 * IMR_ERR_COVARIATE_RANGE, IMR_ERR_TOBIT_INFINITE, IMR_ERR_TOBIT_PERFECT, IMR_ERR_NOCONV,
 * IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_tobit_fit(imr_tobit_t *self, const double *low, const double *high,
    const double *columns, size_t n, size_t k, imr_fault_t *fault);
void imr_tobit_free(imr_tobit_t *self); /* safe after a failed fit, and twice */

/* Profile likelihood limits of coefficient j, and the p-value of the likelihood ratio test of 0; j = p
 * stands for sd, whose p-value is NaN. A limit that the likelihood leaves open is infinite (0 for sd). */
int IMR_MUST_CHECK imr_tobit_profile(imr_tobit_t *self, size_t j, double level, double *low,
    double *high, double *pvalue, imr_fault_t *fault);

#endif
