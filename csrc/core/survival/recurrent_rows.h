/* Rows of recurrent events, read and checked once, and put in order: what the mean cumulative function
 * and its tests are computed from. */
#ifndef IMR_RECURRENT_ROWS_H
#define IMR_RECURRENT_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { IMR_RECURRENT_NONE, IMR_RECURRENT_EVENT, IMR_RECURRENT_TERMINAL };

/* n rows, in any order. With entry each row is an interval (entry, time] under observation, and the event
 * is at its end. Without, a row is an event, or the one end of follow-up of a patient, who is at risk
 * from the start, time 0 included. */
typedef struct {
    size_t n;
    const int64_t *patient; /* any numbers */
    const double *time;
    const int64_t *event; /* 0 none, 1 event, 2 terminal event */
    const double *entry; /* or NULL */
    const int64_t *group; /* codes below groups, or NULL: one group */
    size_t groups;
    double window; /* an event so soon after one that counts is the same event; NaN: none is */
    int fix_ties;
} imr_recurrent_data_t;

/* Patients are numbered from 0 in the order of their numbers. */
typedef struct {
    size_t patients;
    uint32_t *group; /* of each patient */
    /* stretches under observation, in order of their ends, of these terminal ones first, then of patients */
    size_t spans;
    double *start, *stop; /* start is NULL without entry */
    uint32_t *patient; /* of each stretch */
    uint8_t *terminal; /* a stretch that ends in a terminal event */
    uint32_t *by_start; /* stretches in order of their starts; NULL without entry */
    size_t events; /* in order of time, those of one time in order of patients */
    double *event_time;
    uint32_t *event_patient;
    size_t terminals;
    size_t times; /* at least the distinct ones of events and ends */
    /* NULL where days were counted (recurrent_days.h): */
    uint32_t *order; /* rows as given, in order of patient, then time */
    uint8_t *counted; /* each row as given: is it an event that counts? */
    size_t joined; /* events that were one with an earlier one */
    size_t merged; /* distinct times that were merged into an earlier one */
    int64_t other_row; /* after a failure: the row that the one at fault contradicts, or -1 */
    void *block;
} imr_recurrent_rows_t;

/* Sorting apart linear in n. IMR_ERR_NO_PATIENT, IMR_ERR_TOO_MANY_ROWS, IMR_ERR_NONFINITE,
 * IMR_ERR_NEGATIVE, IMR_ERR_INTERVAL, IMR_ERR_INTERVAL_TIED, IMR_ERR_CODE, IMR_ERR_NOT_POSITIVE (window),
 * IMR_ERR_RECURRENT_EVENT, IMR_ERR_RECURRENT_OVERLAP, IMR_ERR_RECURRENT_AFTER_END,
 * IMR_ERR_RECURRENT_TWO_ENDS, IMR_ERR_RECURRENT_NO_END, IMR_ERR_RECURRENT_GROUP, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_recurrent_rows(
    const imr_recurrent_data_t *data, imr_recurrent_rows_t *self, imr_fault_t *fault);
/* The same, with order and counted, which imr_recurrent_rows leaves out where days can be counted. */
int IMR_MUST_CHECK imr_recurrent_rows_ordered(
    const imr_recurrent_data_t *data, imr_recurrent_rows_t *self, imr_fault_t *fault);
void imr_recurrent_rows_free(imr_recurrent_rows_t *self); /* safe after a failure, and twice */

#endif
