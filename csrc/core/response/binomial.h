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
