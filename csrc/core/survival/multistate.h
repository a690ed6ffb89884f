/* State occupation of patients who move between states, by Aalen and Johansen: from stretches to the curves
 * of each group. Formulas, sources and edge cases: docs/methods/survival/multistate.md. */
#ifndef IMR_MULTISTATE_H
#define IMR_MULTISTATE_H

#include "survival/multistate_rows.h"
#include "survival/multistate_walk.h"

#define IMR_MULTISTATE_INTERVAL_LIST(X)                                                            \
    X(IMR_MULTISTATE_PLAIN, "plain")                                                               \
    X(IMR_MULTISTATE_LOG, "log")                                                                   \
    X(IMR_MULTISTATE_LOG_LOG, "log-log")                                                           \
    X(IMR_MULTISTATE_LOGIT, "logit")

typedef enum { IMR_MULTISTATE_INTERVAL_LIST(IMR_ENUM_OF_CHOICE) } imr_multistate_interval_t;

typedef struct {
    imr_multistate_variance_t variance;
    imr_multistate_interval_t interval;
    double level;
} imr_multistate_options_t;

/* One row for each distinct time at which a patient changes state or is last seen, in order. What belongs
 * to a state (or a transition) has n rows for each of them, one after the other. */
typedef struct {
    imr_multistate_counts_t counts;
    int64_t patients;
    int64_t *censored; /* states: last seen in the state, at the time */
    int64_t *
        known; /* patients whose state at the time is known: followed so far, or in a closed state */
    double *hazard, *hazard_std_error; /* transitions: cumulative */
    double *estimate, *std_error, *low, *high; /* states: at the time and until the next row */
    double *start; /* estimate, error, low and high of each state before the first row */
    double *last_at_risk; /* of each state: the last row with a patient at risk in it, NaN: none */
    int64_t lost_row, lost_state; /* as in imr_multistate_path_t */
    void *block;
} imr_multistate_t;

/* The group of all patients. */
#define IMR_MULTISTATE_ALL SIZE_MAX

/* The curves of one group, whose stretches remain those of the rows. IMR_ERR_NO_PATIENT (of the group), IMR_ERR_LEVEL, IMR_ERR_NOMEM,
 * IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_multistate(const imr_multistate_rows_t *rows, size_t group,
    const imr_multistate_options_t *options, imr_multistate_t *self, imr_stop_t *stop,
    imr_fault_t *fault);
void imr_multistate_free(imr_multistate_t *self); /* safe after a failed fit, and twice */

/* The shares of the states in which patients begin who come under observation before the first change:
 * until then nobody has moved. They are put in start, unless it is NULL; *counted of them, *until is the row
 * of that change. */
void imr_multistate_find_start(
    const imr_multistate_t *self, int64_t *counted, size_t *until, double *start);

/* What limits need of the options. */
typedef struct {
    imr_multistate_interval_t interval;
    double tail, z;
} imr_multistate_scale_t;

int IMR_MUST_CHECK imr_multistate_scale(
    const imr_multistate_options_t *options, imr_multistate_scale_t *scale, imr_fault_t *fault);

/* Limits of an estimate p. Of 0 and of 1, and of one without spread, they are Clopper and Pearson's of p m
 * of m patients; p m need not be whole. */
int IMR_MUST_CHECK imr_multistate_limits(const imr_multistate_scale_t *scale, double p,
    double std_error, double m, double *low, double *high);

#endif
