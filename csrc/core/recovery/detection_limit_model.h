/* One sample from a distribution with two parameters, fitted by maximum likelihood. */
#ifndef IMR_DETECTION_LIMIT_MODEL_H
#define IMR_DETECTION_LIMIT_MODEL_H

#include "recovery/detection_limit.h"

/* Fills mean, sd and quantiles with profile likelihood limits, parameters, loglik and certificate.
 * IMR_ERR_NOTHING_DETECTED, IMR_ERR_TOBIT_PERFECT, IMR_ERR_NOCONV, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_detection_model(imr_detection_limit_t *self,
    const imr_detection_rows_t *rows, const imr_detection_options_t *options, const double *p,
    size_t n_p, imr_fault_t *fault);

#endif
