/* Two binary responses of the same patients: difference and odds ratio with limits, McNemar's tests.
 * Formulas, sources and edge cases: docs/methods/response/paired.md. */
#ifndef IMR_PAIRED_H
#define IMR_PAIRED_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_PAIRED_MEASURE_LIST(X)                                                                 \
    X(IMR_PAIRED_DIFFERENCE, "difference")                                                         \
    X(IMR_PAIRED_ODDS_RATIO, "odds-ratio")

typedef enum { IMR_PAIRED_MEASURE_LIST(IMR_ENUM_OF_CHOICE) } imr_paired_measure_t;

#define IMR_PAIRED_METHOD_LIST(X)                                                                  \
    X(IMR_PAIRED_TANGO, "tango")                                                                   \
    X(IMR_PAIRED_NEWCOMBE, "newcombe")                                                             \
    X(IMR_PAIRED_WALD, "wald")                                                                     \
    X(IMR_PAIRED_CONDITIONAL, "conditional")                                                       \
    X(IMR_PAIRED_CONDITIONAL_MID_P, "conditional-mid-p")

typedef enum { IMR_PAIRED_METHOD_LIST(IMR_ENUM_OF_CHOICE) } imr_paired_method_t;

#define IMR_PAIRED_TEST_LIST(X)                                                                    \
    X(IMR_PAIRED_TEST_EXACT, "exact")                                                              \
    X(IMR_PAIRED_TEST_MID_P, "mid-p")                                                              \
    X(IMR_PAIRED_TEST_MCNEMAR, "mcnemar")                                                          \
    X(IMR_PAIRED_TEST_MCNEMAR_CC, "mcnemar-cc")

typedef enum { IMR_PAIRED_TEST_LIST(IMR_ENUM_OF_CHOICE) } imr_paired_test_method_t;

/* Patients who responded both times, the first time only, the second time only, and never. A step
 * of 0 repeats one value. */
typedef struct {
    const int64_t *both, *first, *second, *neither;
    size_t both_step, first_step, second_step, neither_step;
} imr_paired_rows_t;

typedef struct {
    imr_paired_measure_t measure;
    imr_paired_method_t method;
    double level;
} imr_paired_options_t;

/* Rows begin..end - 1 of the first rate less the second, or the odds of a change in the one
 * direction. No patient, or for the odds ratio no change, gives the estimate NaN and the interval
 * of all values. */
int IMR_MUST_CHECK imr_paired(const imr_paired_rows_t *rows, size_t begin, size_t end,
    const imr_paired_options_t *options, double *estimate, double *low, double *high,
    imr_fault_t *fault);

/* statistic is the chi-square, or the patients of `first` for the exact tests. Without a change the
 * chi-square and its p-value are NaN, and the exact p-value is 1. */
int IMR_MUST_CHECK imr_paired_test(const imr_paired_rows_t *rows, size_t begin, size_t end,
    imr_paired_test_method_t method, imr_alternative_t alternative, double *statistic,
    double *pvalue, imr_fault_t *fault);

#endif
