/* Does a response rate rise with an ordered group, such as a dose level? The Cochran-Armitage test.
 * Formulas, sources and edge cases: docs/methods/response/trend.md. */
#ifndef IMR_TREND_H
#define IMR_TREND_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_TREND_METHOD_LIST(X)                                                                   \
    X(IMR_TREND_COCHRAN_ARMITAGE, "cochran-armitage")                                              \
    X(IMR_TREND_EXACT, "exact")

typedef enum { IMR_TREND_METHOD_LIST(IMR_ENUM_OF_CHOICE) } imr_trend_method_t;

/* The most work of an exact test: additions of one probability. */
#define IMR_TREND_MOST_WORK 2e7

/* *statistic is z, or the sum of the scores of the responders for the exact test, whose scores are
 * whole. When the margins leave no choice z and its p-value are NaN, and the exact p-value is 1. */
int IMR_MUST_CHECK imr_trend_test(const int64_t *events, const int64_t *n, const double *scores,
    size_t groups, imr_trend_method_t method, imr_alternative_t alternative, double *statistic,
    double *pvalue, imr_fault_t *fault);

#endif
