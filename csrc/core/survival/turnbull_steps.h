/* Shared by the files of turnbull alone. */
#ifndef IMR_TURNBULL_STEPS_H
#define IMR_TURNBULL_STEPS_H

#include <math.h>

#include "survival/turnbull.h"

/* Does only rounding tell a time from an end (base/order.h)? */
static inline int
imr_turnbull_same_time(double time, double end)
{
    return isfinite(end) && fabs(time - end) <= 0x1p-26 + 0x1p-26 * fabs(end);
}

/* The probability of a row that holds the cells j to end - 1. */
static inline double
imr_turnbull_p(const double *mass, const double *sum, size_t j, size_t end)
{
    return end == j + 1 ? mass[j] : sum[end] - sum[j];
}

/* Goes from the masses to the target, or as far towards it as the log-likelihood rises, in at most so
 * many tries. */
void imr_turnbull_step_to_target(imr_turnbull_t *self, int tries);

/* Newton's step for the masses of the support, unless it leads nowhere or takes more work. */
int IMR_MUST_CHECK imr_turnbull_newton_step(
    imr_turnbull_t *self, double most_work, imr_fault_t *fault);

#endif
