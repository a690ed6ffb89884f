/* Tests of one response rate against a fixed rate.
 * Formulas, sources and edge cases: docs/methods/response/proportion.md. */
#ifndef IMR_PROPORTION_TEST_H
#define IMR_PROPORTION_TEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_PROPORTION_TEST_METHOD_LIST(X)                                                         \
    X(IMR_PROPORTION_TEST_MINLIKE, "minlike")                                                      \
    X(IMR_PROPORTION_TEST_CENTRAL, "central")                                                      \
    X(IMR_PROPORTION_TEST_BLAKER, "blaker")                                                        \
    X(IMR_PROPORTION_TEST_MID_P, "mid-p")                                                          \
    X(IMR_PROPORTION_TEST_SCORE, "score")

typedef enum { IMR_PROPORTION_TEST_METHOD_LIST(IMR_ENUM_OF_CHOICE) } imr_proportion_test_method_t;

/* Tests of rate = null: *statistic is the number of events, or z for the score test. n = 0 gives
 * the p-value 1. */
int IMR_MUST_CHECK imr_proportion_test(const int64_t *events, size_t events_step, const int64_t *n,
    size_t n_step, const double *null, size_t null_step, size_t begin, size_t end,
    imr_proportion_test_method_t method, imr_alternative_t alternative, double *statistic,
    double *pvalue, imr_fault_t *fault);

#endif
