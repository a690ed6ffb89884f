/* The climb to the maximum of the likelihood of tobit_mixed, on all unknowns or on a plane. */
#ifndef IMR_TOBIT_MIXED_CLIMB_H
#define IMR_TOBIT_MIXED_CLIMB_H

#include "recovery/tobit_mixed_likelihood.h"

#define IMR_TOBIT_MIXED_MOST 300.0

typedef struct {
    imr_tobit_mixed_likelihood_t *likelihood;
    const double *plane; /* unknowns: plane'at stays as it is; NULL: all are free */
    double wanted; /* norm of the score that will do */
    double *at; /* unknowns: where the climb begins, and where it ended */
    double loglik; /* there */
    double score_norm; /* within the plane, each direction in units of its standard error */
    double pull; /* the score is pull * plane, once none is left within it */
    double *factor; /* Cholesky factor of the information, of the unknowns that are free */
    double *work; /* 3 unknowns */
    int64_t iterations;
} imr_tobit_mixed_climb_t;

/* IMR_ERR_TOBIT_MIXED_RIGID where rho rises beyond IMR_TOBIT_MIXED_MOST, IMR_ERR_TOBIT_MIXED_FLAT where the
 * maximum is no point, IMR_ERR_NOCONV,
 * IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_tobit_mixed_climb(imr_tobit_mixed_climb_t *self);

#endif
