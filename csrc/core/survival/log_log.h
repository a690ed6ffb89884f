/* Log-log limits of many patients, P exp(log P (exp(+-c) - 1)) with small c: short power series, which
 * the compiler turns into vector code, take the place of three exponentials. */
#ifndef IMR_LOG_LOG_H
#define IMR_LOG_LOG_H

#include <math.h>
#include <stddef.h>

#define IMR_LOG_LOG_BLOCK 1024
#define IMR_LOG_LOG_NARROW 0x1p-5 /* below this seven more terms of a power series are exact */

/* exp(x) - 1 for |x| <= IMR_LOG_LOG_NARROW */
static inline double
imr_narrow_expm1(double x)
{
    double sum = 1 + x / 8;

    for (int k = 7; k > 1; k--) {
        sum = 1 + x * (1.0 / k) * sum;
    }
    return x * sum;
}

/* Limits of `count` (at most IMR_LOG_LOG_BLOCK) probabilities, each with the standard error of its
 * logarithm. 0 if one is too wide; low and high are then not filled. */
static inline int
imr_narrow_log_log_limits(double z, size_t count, const double *probability,
    const double *log_error, double *low, double *high)
{
    double log_p[IMR_LOG_LOG_BLOCK], c[IMR_LOG_LOG_BLOCK];
    int wide = 0;

    for (size_t j = 0; j < count; j++) {
        log_p[j] = log(probability[j]);
        c[j] = z * log_error[j] / -log_p[j];
        wide |= !(c[j] < IMR_LOG_LOG_NARROW) | !(log_p[j] * c[j] > -0.9 * IMR_LOG_LOG_NARROW);
        if (wide) {
            return 0;
        }
    }
    for (size_t j = 0; j < count; j++) {
        double p = probability[j];

        low[j] = p + p * imr_narrow_expm1(log_p[j] * imr_narrow_expm1(c[j]));
        high[j] = p + p * imr_narrow_expm1(log_p[j] * imr_narrow_expm1(-c[j]));
    }
    return 1;
}

#endif
