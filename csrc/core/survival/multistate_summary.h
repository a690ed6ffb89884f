/* What is read off fitted state occupation: values at chosen times, expected time in each state, and
 * probabilities of transitions. */
#ifndef IMR_MULTISTATE_SUMMARY_H
#define IMR_MULTISTATE_SUMMARY_H

#include "survival/multistate.h"

/* 1 when each index of the counts is within the others, so that they may come from outside. */
int imr_multistate_counts_fit(const imr_multistate_counts_t *counts);

/* *until rows lie at or before time number i of `times` (with fix_ties, within rounding); *exact: one at it.
 * IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE. */
int IMR_MUST_CHECK imr_multistate_locate(const imr_multistate_counts_t *counts, int fix_ties,
    double time, size_t i, size_t *until, int *exact, imr_fault_t *fault);

/* Answers, states x count. */
typedef struct {
    double *estimate, *std_error, *low, *high;
    int64_t *at_risk; /* just before the row at that time, or the next one after it */
} imr_multistate_values_t;

/* State occupation at each of count times. After the last row it stays where closed states hold all, and
 * is NaN otherwise. Between two rows limits of 0 and 1 rest on those still known. Needs of self what a fit
 * fills but patients, hazards and last_at_risk. IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE (times), IMR_ERR_LEVEL. */
int IMR_MUST_CHECK imr_multistate_at(const imr_multistate_t *self, const uint8_t *closed,
    const imr_multistate_options_t *options, int fix_ties, const double *time, size_t count,
    imr_multistate_values_t *values, imr_fault_t *fault);

/* The expected time in each state up to tau, with Student's limits, clipped to [0, tau]; without spread they
 * allow for a share of patients as large as the upper limit of none of those known at tau to be elsewhere all
 * the time. Columns of values have one value a state. IMR_ERR_NOT_POSITIVE, IMR_ERR_TAU when
 * tau lies beyond the last row and not all are in closed states; IMR_ERR_LEVEL, IMR_ERR_NOMEM, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_multistate_time(const imr_multistate_t *self, const uint8_t *closed,
    const imr_multistate_options_t *options, double tau, imr_multistate_values_t *values,
    imr_stop_t *stop, imr_fault_t *fault);

/* The probability of being in each state at each of count times given state `from` at time since.
 * Limits without spread are those of the patients at risk in `from` at the first row after since.
 * at_risk of values is theirs, one number. IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE (since, times),
 * IMR_ERR_MULTISTATE_BACKWARDS, IMR_ERR_LEVEL, IMR_ERR_NOMEM, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_multistate_transition(const imr_multistate_t *self, const uint8_t *closed,
    const imr_multistate_options_t *options, int fix_ties, size_t from, double since,
    const double *time, size_t count, imr_multistate_values_t *values, imr_stop_t *stop,
    imr_fault_t *fault);

#endif
