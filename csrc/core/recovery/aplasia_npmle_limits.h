/* What the nonparametric estimate says of shares and quantiles, with limits by the likelihood ratio: all
 * values for which some masses have a log-likelihood less than `drop` below the maximum. */
#ifndef IMR_APLASIA_NPMLE_LIMITS_H
#define IMR_APLASIA_NPMLE_LIMITS_H

#include "recovery/aplasia_npmle.h"

/* The data do not say where in its cell a mass lies: what is estimated is an interval too. */
typedef struct {
    double left, right; /* of the estimate */
    double low, high; /* the limits, which enclose it; NaN where onset masses are estimated */
} imr_aplasia_between_t;

/* The estimate of the rows, and how its limits are found. */
typedef struct {
    const imr_aplasia_rows_t *rows;
    const imr_aplasia_npmle_t *npmle; /* at the maximum */
    double loglik, drop;
    imr_stop_t *stop;
} imr_aplasia_ratio_t;

/* The probability of a duration longer than `time`. IMR_ERR_NONFINITE and IMR_ERR_NEGATIVE naming time;
 * IMR_ERR_STOPPED, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_aplasia_npmle_survival(imr_aplasia_between_t *answer,
    const imr_aplasia_ratio_t *ratio, double time, imr_fault_t *fault);

/* The duration that a share p does not exceed; right and high may be infinite. IMR_ERR_PROBABILITY
 * naming p, and as above. */
int IMR_MUST_CHECK imr_aplasia_npmle_quantile(
    imr_aplasia_between_t *answer, const imr_aplasia_ratio_t *ratio, double p, imr_fault_t *fault);

/* The mean of the smaller of the duration and the horizon, between masses at the left and at the right
 * ends of their cells. IMR_ERR_NOT_POSITIVE naming horizon, and as above. */
int IMR_MUST_CHECK imr_aplasia_npmle_mean(imr_aplasia_between_t *answer,
    const imr_aplasia_ratio_t *ratio, double horizon, imr_fault_t *fault);

#endif
