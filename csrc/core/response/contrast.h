/* Two independent groups: difference, ratio or odds ratio of their response rates, with limits and
 * the test against a margin. Formulas, sources and edge cases: docs/methods/response/contrast.md. */
#ifndef IMR_CONTRAST_H
#define IMR_CONTRAST_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "response/two_groups.h"

#define IMR_CONTRAST_MEASURE_LIST(X)                                                               \
    X(IMR_DIFFERENCE, "difference")                                                                \
    X(IMR_RATIO, "ratio")                                                                          \
    X(IMR_ODDS_RATIO, "odds-ratio")

typedef enum { IMR_CONTRAST_MEASURE_LIST(IMR_ENUM_OF_CHOICE) } imr_contrast_measure_t;

/* name, words, and the measures it is defined for, as bits 1 << measure */
#define IMR_CONTRAST_METHOD_LIST(X)                                                                \
    X(IMR_CONTRAST_MIETTINEN_NURMINEN, "miettinen-nurminen", 7)                                    \
    X(IMR_CONTRAST_MEE, "mee", 1)                                                                  \
    X(IMR_CONTRAST_SCAS, "scas", 7)                                                                \
    X(IMR_CONTRAST_NEWCOMBE, "newcombe", 1)                                                        \
    X(IMR_CONTRAST_AGRESTI_CAFFO, "agresti-caffo", 1)                                              \
    X(IMR_CONTRAST_WALD, "wald", 1)                                                                \
    X(IMR_CONTRAST_CHAN_ZHANG, "chan-zhang", 1)                                                    \
    X(IMR_CONTRAST_KOOPMAN, "koopman", 2)                                                          \
    X(IMR_CONTRAST_KATZ, "katz", 2)                                                                \
    X(IMR_CONTRAST_MIETTINEN_NURMINEN_1985, "miettinen-nurminen-1985", 4)                          \
    X(IMR_CONTRAST_WOOLF, "woolf", 4)                                                              \
    X(IMR_CONTRAST_CONDITIONAL, "conditional", 4)                                                  \
    X(IMR_CONTRAST_CONDITIONAL_MID_P, "conditional-mid-p", 4)                                      \
    X(IMR_CONTRAST_CONDITIONAL_MINLIKE, "conditional-minlike", 4)                                  \
    X(IMR_CONTRAST_CONDITIONAL_BLAKER, "conditional-blaker", 4)

#define IMR_CONTRAST_ENUM(name, words, measures) name,
typedef enum { IMR_CONTRAST_METHOD_LIST(IMR_CONTRAST_ENUM) } imr_contrast_method_t;
#undef IMR_CONTRAST_ENUM

typedef struct {
    imr_contrast_measure_t measure;
    imr_contrast_method_t method;
    imr_alternative_t alternative;
    double level;
} imr_contrast_options_t;

typedef struct {
    double *estimate, *low, *high;
    double *statistic, *pvalue; /* of the test that the contrast is the margin */
} imr_contrast_columns_t;

/* Is the method defined for the measure? */
int imr_contrast_is_defined(imr_contrast_method_t method, imr_contrast_measure_t measure);

/* Rows begin..end - 1. A group without patients gives the estimate and statistic NaN, the interval
 * of all values and the p-value 1. */
int IMR_MUST_CHECK imr_contrast(const imr_two_groups_rows_t *rows, const double *margin,
    size_t margin_step, size_t begin, size_t end, const imr_contrast_options_t *options,
    const imr_contrast_columns_t *columns, imr_fault_t *fault);

#endif
