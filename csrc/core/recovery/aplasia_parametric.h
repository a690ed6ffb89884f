/* Maximum likelihood for a duration whose logarithm is mu + x' beta + sigma * W. */
#ifndef IMR_APLASIA_PARAMETRIC_H
#define IMR_APLASIA_PARAMETRIC_H

#include "recovery/aplasia_likelihood.h"

typedef struct {
    imr_aplasia_distribution_t distribution;
    double v[IMR_APLASIA_MOST_UNKNOWNS]; /* of the likelihood */
    double
        mu; /* infinite when nobody has recovered, -infinity when nobody was seen not recovered */
    double sigma; /* NaN where mu is infinite */
    double loglik;
    double
        score; /* the largest derivative in the unknowns, over the rows; theta inside its bounds */
    int at_bound; /* sigma is at its least (-1) or its most (1), else 0 */
    double coefficient[IMR_APLASIA_MOST_COVARIATES]; /* beta */
} imr_aplasia_fit_t;

/* IMR_ERR_APLASIA_UNBOUNDED naming recovery_left; IMR_ERR_APLASIA_MONOTONE and
 * IMR_ERR_APLASIA_COLLINEAR naming X and the column; IMR_ERR_NOCONV naming score when it
 * stays above 1e-8; IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_aplasia_fit(imr_aplasia_fit_t *self,
    const imr_aplasia_likelihood_t *likelihood, imr_stop_t *stop, imr_fault_t *fault);

#endif
