/* What every exact method for one rate stands on: binomial tails of counts that were checked. */
#ifndef IMR_RESPONSE_BINOMIAL_H
#define IMR_RESPONSE_BINOMIAL_H

#include <math.h>
#include <stdint.h>

#include "base/distribution.h"
#include "base/status.h"

/* Point probabilities this close count as equal (R's binom.test, fisher.test). */
#define IMR_TIE_TOLERANCE 1e-7

static inline double
imr_at_least(int64_t k, int64_t n, double rate)
{
    double p = NAN;

    return imr_binomial_upper(k, n, rate, &p) == IMR_OK ? p : NAN;
}

static inline double
imr_at_most(int64_t k, int64_t n, double rate)
{
    double p = NAN;

    return imr_binomial_cdf(k, n, rate, &p) == IMR_OK ? p : NAN;
}

static inline double
imr_exactly(int64_t k, int64_t n, double rate)
{
    double p = NAN;

    return imr_binomial_pmf(k, n, rate, &p) == IMR_OK ? p : NAN;
}

/* P(X = 0), ..., P(X = n) in `weights`, for a rate in (0, 1): from the mode outwards, so that small
 * probabilities keep their digits. */
static inline void
imr_all_exactly(int64_t n, double rate, double *weights)
{
    int64_t mode = (int64_t) ((double) (n + 1) * rate);
    double odds = rate / (1 - rate), total = 1;

    mode = mode < n ? mode : n;
    weights[mode] = 1;
    for (int64_t k = mode; k < n; k++) {
        weights[k + 1] = weights[k] * (odds * (double) (n - k) / (double) (k + 1));
        total += weights[k + 1];
    }
    for (int64_t k = mode; k > 0; k--) {
        weights[k - 1] = weights[k] * ((double) k / (odds * (double) (n - k + 1)));
        total += weights[k - 1];
    }
    for (int64_t k = 0; k <= n; k++) {
        weights[k] /= total;
    }
}

static inline int
imr_check_counts(int64_t events, int64_t n, size_t row, imr_fault_t *fault)
{
    if (n < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "n", (int64_t) row, (double) n);
    }
    if (events < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "events", (int64_t) row, (double) events);
    }
    if (events > n) {
        return imr_fault(fault, IMR_ERR_EVENTS_EXCEED, "events", (int64_t) row, (double) events);
    }
    return IMR_OK;
}

#endif
