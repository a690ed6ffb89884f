/* Concordance of scores with times that may be censored (Harrell, Uno), with the infinitesimal
 * jackknife. Formulas, sources and edge cases: docs/methods/survival/concordance.md. */
#ifndef IMR_CONCORDANCE_H
#define IMR_CONCORDANCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "base/stop.h"

/* What a pair weighs whose event is at t, with n the weight at risk, N that of all, S survival and G the
 * chance not to be censored, both just before t: 1, 1/G^2, N S/n, N S/(G n), 1/n */
#define IMR_CONCORDANCE_METHOD_LIST(X)                                                             \
    X(IMR_CONCORDANCE_HARRELL, "harrell")                                                          \
    X(IMR_CONCORDANCE_UNO, "uno")                                                                  \
    X(IMR_CONCORDANCE_PETO, "peto")                                                                \
    X(IMR_CONCORDANCE_SCHEMPER, "schemper")                                                        \
    X(IMR_CONCORDANCE_EQUAL, "equal")

typedef enum { IMR_CONCORDANCE_METHOD_LIST(IMR_ENUM_OF_CHOICE) } imr_concordance_method_t;

typedef struct {
    size_t n;
    const double *time;
    const uint8_t *event;
    const double *score; /* n rows of `scores` */
    size_t scores;
    const double *entry; /* NULL: at risk from the start */
    const double *weight; /* NULL: 1. Any numbers from 0 on; a row of weight 0 is as if not there */
    const int64_t *stratum; /* codes below strata, or NULL: only pairs within a stratum count */
    size_t strata;
} imr_concordance_data_t;

typedef struct {
    imr_concordance_method_t method;
    int risk; /* high scores go with early events */
    double tau; /* events after tau do not count; NaN for none */
    double level;
    int fix_ties;
} imr_concordance_options_t;

/* Sums of weights of pairs in which one is known to have the event before the other, or (tied_time)
 * both at once. */
typedef struct {
    double concordant, discordant;
    double tied_score; /* equal scores, times in order */
    double tied_time; /* equal times, different scores */
    double tied_both;
} imr_concordance_counts_t;

/* A difference is that to the first score. */
typedef struct {
    imr_concordance_counts_t counts;
    double estimate; /* NaN where no pair is in order */
    double std_error;
    double low, high; /* clipped to [0, 1]; NaN where std_error is 0 or NaN */
    double difference, difference_std_error, difference_low, difference_high, difference_pvalue;
} imr_concordance_t;

/* Fills self[scores], and covariance[scores x scores] of the estimates. n log n in rows.
 * IMR_ERR_NO_PATIENT, IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_EVENT, IMR_ERR_INTERVAL,
 * IMR_ERR_INTERVAL_TIED, IMR_ERR_CODE, IMR_ERR_WEIGHT_RANGE, IMR_ERR_NO_WEIGHT, IMR_ERR_LEVEL,
 * IMR_ERR_NOT_POSITIVE naming `tau`, IMR_ERR_CENSORING_ENTRY, IMR_ERR_TOO_MANY_ROWS, IMR_ERR_NOMEM,
 * IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_concordance(const imr_concordance_data_t *data,
    const imr_concordance_options_t *options, imr_concordance_t *self, double *covariance,
    imr_stop_t *stop, imr_fault_t *fault);

#endif
