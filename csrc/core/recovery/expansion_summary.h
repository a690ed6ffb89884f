/* What a cohort shows of one quantity: geometric mean with limits, and order statistics. */
#ifndef IMR_EXPANSION_SUMMARY_H
#define IMR_EXPANSION_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct {
    int64_t n; /* known values */
    int64_t missing; /* NaN */
    int64_t zeros; /* known, and without a logarithm */
    double geometric_mean;
    double geometric_low, geometric_high;
    double geometric_cv; /* a share, not per cent */
    double median, least, most;
} imr_expansion_summary_t;

/* Of n values that are 0 or more, or NaN: the geometric mean of those above 0, its limits by Student's
 * t on the logarithms (0 and infinity from a single value), and sqrt(exp(s^2) - 1) of the standard
 * deviation s of the logarithms (NaN from a single value); median and range of all that are known. NaN
 * where there is nothing. Fails naming `level`, or `value` with its row: IMR_ERR_LEVEL,
 * IMR_ERR_NEGATIVE, IMR_ERR_NONFINITE, IMR_ERR_TOO_MANY_ROWS, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_expansion_summary(
    imr_expansion_summary_t *self, const double *value, size_t n, double level, imr_fault_t *fault);

#endif
