/* The root of a function of one variable, from two points at which its sign differs. */
#ifndef IMR_SOLVE_H
#define IMR_SOLVE_H

#include "base/status.h"

typedef double (*imr_function_t)(double x, const void *context);

/* Finds *root between low and high (in either order, both finite), where f changes its sign.
 *
 * f(low) and f(high) have opposite signs, or one of them is 0. f need be neither continuous nor
 * monotone, and may answer infinity: at a jump *root is a point beside it. With several sign
 * changes one of them is found.
 *
 * Ends when f is 0 at *root, or when the sign changes within max(tolerance, one step of double) of
 * *root; tolerance is absolute, and 0 asks for the last digit, at the price of two or three
 * evaluations. A smooth f takes 6 to 12 evaluations; no f takes more than 260.
 *
 * IMR_ERR_NONFINITE when low, high or tolerance is not finite, IMR_ERR_NEGATIVE when tolerance is
 * negative, IMR_ERR_NO_SIGN_CHANGE when f has one sign at both ends, IMR_ERR_NOCONV when f answers
 * NaN. *root is then untouched. */
int IMR_MUST_CHECK imr_solve_bracketed(
    imr_function_t f, const void *context, double low, double high, double tolerance, double *root);

#endif
