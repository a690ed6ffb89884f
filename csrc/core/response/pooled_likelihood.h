/* The two likelihoods of series without transformation: binomial-normal and beta-binomial. */
#ifndef IMR_POOLED_LIKELIHOOD_H
#define IMR_POOLED_LIKELIHOOD_H

#include "response/pooled.h"

/* Fills coef, std_error, covariance, the limits, tau2 or correlation, loglik, score_norm and the
 * mean rate. Counts were checked, and some series has both a responder and a patient without
 * response. */
int IMR_MUST_CHECK imr_pooled_likelihood(const imr_series_t *series,
    const imr_pooled_options_t *options, imr_pooled_t *result, imr_fault_t *fault);

#endif
