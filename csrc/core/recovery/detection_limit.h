/* Counts and titres of which some are known only to lie below, or above, a limit of their sample.
 * Formulas, sources and edge cases: docs/methods/recovery/detection_limit.md. */
#ifndef IMR_DETECTION_LIMIT_H
#define IMR_DETECTION_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_DETECTION_METHOD_LIST(X)                                                               \
    X(IMR_DETECTION_LIKELIHOOD, "maximum-likelihood")                                              \
    X(IMR_DETECTION_KAPLAN_MEIER, "kaplan-meier")                                                  \
    X(IMR_DETECTION_ORDER_STATISTICS, "order-statistics")

#define IMR_DETECTION_DISTRIBUTION_LIST(X)                                                         \
    X(IMR_DETECTION_LOGNORMAL, "lognormal")                                                        \
    X(IMR_DETECTION_GAMMA, "gamma")                                                                \
    X(IMR_DETECTION_NORMAL, "normal")

typedef enum { IMR_DETECTION_METHOD_LIST(IMR_ENUM_OF_CHOICE) } imr_detection_method_t;
typedef enum { IMR_DETECTION_DISTRIBUTION_LIST(IMR_ENUM_OF_CHOICE) } imr_detection_distribution_t;

typedef struct {
    imr_detection_method_t method;
    imr_detection_distribution_t distribution;
    double level;
} imr_detection_options_t;

/* --- rows -------------------------------------------------------------------------------------- */

#define IMR_DETECTED 0
#define IMR_BELOW 1
#define IMR_ABOVE 2

typedef struct {
    size_t n;
    int64_t detected, below, above;
    double *value; /* what was measured, or the limit */
    uint8_t *kind;
    void *block;
} imr_detection_rows_t;

/* Reads and checks the rows whose group is `code` (group NULL: all rows). below, above: flags, or NULL
 * for none. With a distribution other than the normal one values are positive.
 * IMR_ERR_NO_ROWS, IMR_ERR_NONFINITE, IMR_ERR_LIMIT_RANGE, IMR_ERR_VALUE_ZERO,
 * IMR_ERR_BELOW_AND_ABOVE, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_detection_rows_init(imr_detection_rows_t *self, const double *value,
    const uint8_t *below, const uint8_t *above, const int64_t *group, int64_t code, size_t n,
    imr_detection_distribution_t distribution, imr_fault_t *fault);
void imr_detection_rows_free(imr_detection_rows_t *self); /* safe after a failed init, and twice */

/* --- one sample -------------------------------------------------------------------------------- */

/* An estimate lies from left to right: one number where they are equal; otherwise all that can be said
 * ("below 5": from 0 to 5). low and high are its limits, NaN where the method has none. */
typedef struct {
    double left, right, low, high;
} imr_detection_value_t;

/* The share of values below each detected value or limit, by the Kaplan-Meier curve of the flipped
 * values, from the largest value down. The first row is that of the values above the upper limit, if
 * there are such: its estimate counts those equal to the limit too. */
typedef struct {
    size_t n; /* 0: there is no curve, since an upper limit lies below another value or limit */
    double *value;
    int64_t *at_or_below, *detected, *censored;
    double *estimate, *low, *high;
    double start_low; /* the lower limit before the first row */
    int above; /* the first row is that of values above it */
} imr_detection_curve_t;

typedef struct {
    imr_detection_value_t mean, sd;
    imr_detection_value_t *quantile; /* one for each p */
    imr_detection_curve_t curve;
    double parameter
        [2]; /* mean and sd of log values (normal: of values), or shape and scale; or NaN */
    double loglik; /* of the values, not of their logs; NaN without likelihood, as score_norm */
    double score_norm; /* of the score, each direction in units of its standard error */
    int64_t iterations;
    void *block;
} imr_detection_limit_t;

/* n_p quantiles at p. IMR_ERR_LEVEL, IMR_ERR_PROBABILITY, and those of the three methods:
 * IMR_ERR_NOTHING_DETECTED, IMR_ERR_TOBIT_PERFECT, IMR_ERR_NOCONV, IMR_ERR_NO_CURVE,
 * IMR_ERR_ORDER_STATISTICS, IMR_ERR_ORDER_DISTRIBUTION, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_detection_limit(imr_detection_limit_t *self,
    const imr_detection_rows_t *rows, const imr_detection_options_t *options, const double *p,
    size_t n_p, imr_fault_t *fault);
void imr_detection_limit_free(
    imr_detection_limit_t *self); /* safe after a failed call, and twice */

#endif
