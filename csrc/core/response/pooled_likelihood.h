/* The two likelihoods of series without transformation: binomial-normal and beta-binomial. */
#ifndef IMR_POOLED_LIKELIHOOD_H
#define IMR_POOLED_LIKELIHOOD_H

#include "response/pooled.h"

/* Fills coef, covariance, tau2 or correlation, and loglik. Counts were checked, and some series has
 * a responder and some a patient without response. */
int IMR_MUST_CHECK imr_pooled_likelihood(const imr_series_t *series,
    const imr_pooled_options_t *options, imr_pooled_t *result, imr_fault_t *fault);

#endif
