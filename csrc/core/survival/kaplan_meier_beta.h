/* Pointwise limits of the Kaplan-Meier curve by the beta product confidence procedure (Fay, Brittain
 * and Proschan 2013) and its mid-P form (Fay and Brittain 2016): they hold before the first event,
 * after the last patient, and for one patient.
 * Formulas, sources and edge cases: docs/methods/survival/kaplan_meier_beta.md. */
#ifndef IMR_KAPLAN_MEIER_BETA_H
#define IMR_KAPLAN_MEIER_BETA_H

#include <stdint.h>

#include "base/status.h"

/* What one curve has told so far: the caller feeds its rows in order of time. No memory is held. */
typedef struct {
    double tail; /* the probability left out on each side */
    int mid_p;
    double log_mean;   /* log E(W) of the product W of betas so far */
    double log_moment; /* log E(W^2) / E(W) */
    double log_spread; /* log E(W^2) / E(W)^2 */
} imr_kaplan_meier_beta_t;

/* Starts a curve; with mid_p the mid-P form. Two-sided at the level given. IMR_ERR_LEVEL. */
int IMR_MUST_CHECK imr_kaplan_meier_beta_init(
    imr_kaplan_meier_beta_t *self, int mid_p, double level, imr_fault_t *fault);

/* The limits on [0, first row), where S = 1: *high is 1, *low lies below 1. at_risk is the number of
 * patients there just after the start: all of them, unless some enter late. It may be left out; it
 * changes nothing for the rows. */
int IMR_MUST_CHECK imr_kaplan_meier_beta_start(const imr_kaplan_meier_beta_t *self,
    int64_t at_risk, double *low, double *high, imr_fault_t *fault);

/* The next row, at time t: at_risk patients just before t, of whom `events` have the event and
 * `censored` leave at t (after the events). Counts may be sums of frequency weights.
 * The limits hold for S on [t, time of the next row), t included: one pair a row is the whole curve.
 * When nobody is left *low is 0; *high stays below 1 once an event was seen, and above 0.
 * row is named in a fault. IMR_ERR_NEGATIVE; IMR_ERR_COUNT above 2^53; IMR_ERR_EVENTS_EXCEED when
 * events and censored are more than at_risk. */
int IMR_MUST_CHECK imr_kaplan_meier_beta_row(imr_kaplan_meier_beta_t *self, int64_t at_risk,
    int64_t events, int64_t censored, int64_t row, double *low, double *high, imr_fault_t *fault);

#endif
