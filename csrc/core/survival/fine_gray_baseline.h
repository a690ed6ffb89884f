/* How well a Fine-Gray regression knows its baseline hazard. */
#ifndef IMR_FINE_GRAY_BASELINE_H
#define IMR_FINE_GRAY_BASELINE_H

#include "survival/fine_gray_fit.h"

/* At each event time the variance of the cumulative hazard at z = 0, in units of jump, and its covariance
 * with beta (n_times rows of p): sums over patients of products of their influences, those on the score
 * (n rows of p) being given with the robust covariance of beta (p p). Uses fit->factor.
 * O(n p + n_times strata p). IMR_ERR_NOMEM, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_fine_gray_baseline(imr_fine_gray_fit_t *fit, const double *influence,
    const double *covariance, double *variance, double *with_beta);

#endif
