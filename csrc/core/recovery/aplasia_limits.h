/* Quantities of a fitted duration with limits by the likelihood ratio: all values for which some
 * parameters have a log-likelihood less than `drop` below the maximum. */
#ifndef IMR_APLASIA_LIMITS_H
#define IMR_APLASIA_LIMITS_H

#include "recovery/aplasia_parametric.h"

/* Of a patient whose covariates are 0; ratio: of durations, for 1 more of a covariate. */
#define IMR_APLASIA_QUANTITY_LIST(X)                                                               \
    X(IMR_APLASIA_QUANTILE, "quantile")                                                            \
    X(IMR_APLASIA_MEAN, "mean")                                                                    \
    X(IMR_APLASIA_RESTRICTED_MEAN, "restricted-mean")                                              \
    X(IMR_APLASIA_SURVIVAL, "survival")                                                            \
    X(IMR_APLASIA_RATIO, "ratio")

typedef enum { IMR_APLASIA_QUANTITY_LIST(IMR_ENUM_OF_CHOICE) } imr_aplasia_quantity_t;

typedef struct {
    double estimate, low, high;
} imr_aplasia_limits_t;

/* `argument` is the share of a quantile, the horizon of a restricted mean, the time of a survival
 * probability, the column of a ratio. The offsets of the likelihood are changed, and 0 again in the
 * end. IMR_ERR_PROBABILITY, IMR_ERR_NOT_POSITIVE, IMR_ERR_COUNT naming argument; IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_aplasia_limits(imr_aplasia_limits_t *self, const imr_aplasia_fit_t *fit,
    imr_aplasia_likelihood_t *likelihood, imr_aplasia_quantity_t quantity, double argument,
    double drop, imr_stop_t *stop, imr_fault_t *fault);

/* The drop of the log-likelihood at the limits: half the quantile of chi squared with 1 df.
 * IMR_ERR_LEVEL. */
int IMR_MUST_CHECK imr_aplasia_drop(double level, double *drop, imr_fault_t *fault);

#endif
