/* The one rule by which a quantile is read off a step curve, that of R's quantile.survfit. The
 * fraction is 1 - p, so 0.5 for the median:
 *   - the curve has reached the fraction where S <= fraction + 1e-8: a product of fractions is not
 *     exactly 0.5 half way through;
 *   - where |S - fraction| <= 1e-8, the quantile is the middle of that flat stretch, which ends at
 *     the next time S falls, or, if S never falls again, at the last time, event or not;
 *   - where S never reaches the fraction, the quantile is not reached: +infinity. */
#ifndef IMR_KAPLAN_MEIER_QUANTILE_H
#define IMR_KAPLAN_MEIER_QUANTILE_H

#include <math.h>
#include <stddef.h>

#define IMR_QUANTILE_TOLERANCE 1e-8

static inline int
imr_quantile_reached(double survival, double fraction)
{
    return survival <= fraction + IMR_QUANTILE_TOLERANCE;
}

static inline int
imr_quantile_is_flat(double survival, double fraction)
{
    return fabs(survival - fraction) <= IMR_QUANTILE_TOLERANCE;
}

/* The middle of the stretch; times are not negative, so nothing overflows. */
static inline double
imr_quantile_middle(double from, double to)
{
    return from + (to - from) / 2;
}

/* The quantile of a curve (or of a curve of limits) that never rises, given at rows 0..m - 1. A row
 * with S NaN (an undefined limit) does not count as reached, and ends no stretch. */
static inline double
imr_quantile_of_curve(const double *time, const double *survival, size_t m, double fraction)
{
    for (size_t i = 0; i < m; i++) {
        if (imr_quantile_reached(survival[i], fraction)) {
            size_t fall = i;

            if (!imr_quantile_is_flat(survival[i], fraction)) {
                return time[i];
            }
            while (fall < m - 1 && !(survival[fall] < fraction - IMR_QUANTILE_TOLERANCE)) {
                fall++;
            }
            return imr_quantile_middle(time[i], time[fall]);
        }
    }
    return INFINITY;
}

#endif
