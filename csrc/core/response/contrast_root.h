/* The root of an increasing function with its slope, in the few steps that a call for 10^6 rows can
 * afford: Newton's method, kept inside a bracket. */
#ifndef IMR_CONTRAST_ROOT_H
#define IMR_CONTRAST_ROOT_H

#include <math.h>

typedef struct {
    double value, slope;
} imr_sloped_t;

/* f increases from at most target at 0 to at least target at `most` (or in the limit, when that is
 * infinite). Where a step is not half as long as the one before, the bracket is halved instead: f may
 * be flat, then steep. The last step is taken unseen: Newton's error after one of 1e-9 is about
 * 1e-18. */
static inline double
imr_increasing_root(imr_sloped_t (*f)(double, const void *), const void *context, double target,
    double start, double most)
{
    double low = 0, high = most, x = start, step = INFINITY, next;

    for (int i = 0; i < 2000; i++) {
        imr_sloped_t at = f(x, context);

        if (at.value > target) {
            high = x;
        } else {
            low = x;
        }
        next = x + (target - at.value) / at.slope;
        if (fabs(next - x) <= 1e-9 * x) {
            return fmin(next, most);
        }
        if (!(next > low && next < high && fabs(next - x) < 0.5 * step)) { /* or the slope is 0 */
            next = isinf(high) ? 2 * x : 0.5 * (low + high);
            if (!(next > low && next < high)) {
                return x;
            }
        }
        step = fabs(next - x);
        x = next;
    }
    return x;
}

#endif
