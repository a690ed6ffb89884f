/* Two rates of events per person-time: their ratio or difference, with limits and the test against a
 * margin. Formulas, sources and edge cases: docs/methods/survival/incidence.md. */
#ifndef IMR_INCIDENCE_CONTRAST_H
#define IMR_INCIDENCE_CONTRAST_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_INCIDENCE_MEASURE_LIST(X)                                                              \
    X(IMR_INCIDENCE_RATIO, "ratio")                                                                \
    X(IMR_INCIDENCE_DIFFERENCE, "difference")

typedef enum { IMR_INCIDENCE_MEASURE_LIST(IMR_ENUM_OF_CHOICE) } imr_incidence_measure_t;

/* All are defined for the ratio; the score method for the difference too. */
#define IMR_INCIDENCE_METHOD_LIST(X)                                                               \
    X(IMR_INCIDENCE_CONDITIONAL, "conditional")                                                    \
    X(IMR_INCIDENCE_CONDITIONAL_MID_P, "conditional-mid-p")                                        \
    X(IMR_INCIDENCE_CONDITIONAL_MINLIKE, "conditional-minlike")                                    \
    X(IMR_INCIDENCE_CONDITIONAL_BLAKER, "conditional-blaker")                                      \
    X(IMR_INCIDENCE_CONTRAST_SCORE, "score")

typedef enum { IMR_INCIDENCE_METHOD_LIST(IMR_ENUM_OF_CHOICE) } imr_incidence_method_t;

typedef struct {
    imr_incidence_measure_t measure;
    imr_incidence_method_t method;
    imr_alternative_t alternative;
    double level;
    double per; /* of a difference */
} imr_incidence_contrast_options_t;

/* Rows of two groups; a step of 0 repeats one value. */
typedef struct {
    const int64_t *x1, *x2;
    const double *t1, *t2, *margin;
    size_t x1_step, t1_step, x2_step, t2_step, margin_step;
} imr_incidence_pairs_t;

typedef struct {
    double *estimate, *low, *high;
    double *statistic, *pvalue; /* of the test that the contrast is the margin */
} imr_incidence_contrast_columns_t;

/* Rows begin..end - 1. A group without exposure gives the estimate and statistic NaN, the interval of
 * all values and the p-value 1. */
int IMR_MUST_CHECK imr_incidence_contrast(const imr_incidence_pairs_t *pairs, size_t begin,
    size_t end, const imr_incidence_contrast_options_t *options,
    const imr_incidence_contrast_columns_t *columns, imr_fault_t *fault);

#endif
