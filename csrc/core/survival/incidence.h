/* Rates of events per person-time: estimate and limits for a count of events during an exposure.
 * Formulas, sources and edge cases: docs/methods/survival/incidence.md. */
#ifndef IMR_INCIDENCE_H
#define IMR_INCIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_INCIDENCE_INTERVAL_LIST(X)                                                             \
    X(IMR_INCIDENCE_GARWOOD, "garwood")                                                            \
    X(IMR_INCIDENCE_MID_P, "mid-p")                                                                \
    X(IMR_INCIDENCE_BLAKER, "blaker")                                                              \
    X(IMR_INCIDENCE_SCORE, "score")                                                                \
    X(IMR_INCIDENCE_BYAR, "byar")                                                                  \
    X(IMR_INCIDENCE_JEFFREYS, "jeffreys")                                                          \
    X(IMR_INCIDENCE_LIKELIHOOD, "likelihood")

typedef enum { IMR_INCIDENCE_INTERVAL_LIST(IMR_ENUM_OF_CHOICE) } imr_incidence_interval_t;

typedef struct {
    imr_incidence_interval_t interval;
    imr_alternative_t alternative;
    double level;
    double per; /* the person-time in whose units rates are given, such as 100 patient-years */
} imr_incidence_options_t;

/* A count below 2^53 and an exposure that is 0 without events, or from 1e-100 to 1e100. Fails naming
 * `events` or `exposure`: IMR_ERR_NEGATIVE, IMR_ERR_COUNT, IMR_ERR_NONFINITE, IMR_ERR_NOT_POSITIVE,
 * IMR_ERR_NO_EXPOSURE. */
int IMR_MUST_CHECK imr_incidence_check(int64_t events, double exposure, size_t row,
    const char *events_name, const char *exposure_name, imr_fault_t *fault);

/* Rows begin..end - 1; a step of 0 repeats one value. No exposure gives the estimate NaN and the
 * interval (0, inf). */
int IMR_MUST_CHECK imr_incidence(const int64_t *events, size_t events_step, const double *exposure,
    size_t exposure_step, size_t begin, size_t end, const imr_incidence_options_t *options,
    double *estimate, double *low, double *high, imr_fault_t *fault);

/* Adds up n patients: events and exposure of each of `groups` groups (group NULL: all in one), and how
 * many rows it has. */
int IMR_MUST_CHECK imr_incidence_sums(const int64_t *events, const double *exposure,
    const int64_t *group, size_t n, size_t groups, int64_t *total_events, double *total_exposure,
    int64_t *rows, imr_fault_t *fault);

#endif
