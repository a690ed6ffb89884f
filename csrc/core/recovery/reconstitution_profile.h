/* What a parametric fit says of B cell return, with limits by the likelihood ratio: all values for which some
 * parameters have a log-likelihood less than `drop` below the maximum. */
#ifndef IMR_RECONSTITUTION_PROFILE_H
#define IMR_RECONSTITUTION_PROFILE_H

#include "recovery/reconstitution_parametric.h"

typedef struct {
    double estimate, low, high;
} imr_reconstitution_between_t;

/* The share of patients with a return up to `time`, 0 or more; infinity: ever. `self` has been fitted.
 * IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE naming times; IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_reconstitution_profile_share(imr_reconstitution_between_t *answer,
    const imr_reconstitution_parametric_t *self, double time, double drop, imr_stop_t *stop,
    imr_fault_t *fault);

/* The day by which a share p of all patients has returned; infinite where that many never do.
 * IMR_ERR_PROBABILITY naming p; IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_reconstitution_profile_quantile(imr_reconstitution_between_t *answer,
    const imr_reconstitution_parametric_t *self, double p, double drop, imr_stop_t *stop,
    imr_fault_t *fault);

#endif
