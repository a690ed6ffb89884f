/* Rows of patients who move between states, read and checked once: the stretches in one state that
 * everything about them is computed from. */
#ifndef IMR_MULTISTATE_ROWS_H
#define IMR_MULTISTATE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define IMR_MULTISTATE_MOST 32 /* states */

/* n rows, in any order. Those of a patient are intervals (entry, time] that follow each other without gap;
 * without entry each begins where the one before it ends, and the patient is at risk from the start,
 * time 0 included. States are numbered from 1 here, from 0 elsewhere. */
typedef struct {
    size_t n;
    const int64_t *patient; /* any numbers */
    const double *time;
    const int64_t
        *event; /* the state entered at time, or 0: none (that of before is none either) */
    const double *entry; /* or NULL */
    const int64_t
        *initial; /* the state at the start of follow-up, the same in all rows of a patient */
    int64_t first; /* that of all, where initial is NULL */
    const int64_t *group; /* codes below groups, or NULL: one group */
    size_t groups;
    size_t states;
    const uint8_t
        *allowed; /* states x states, from x to: 1 where there is a transition; or NULL: any */
    const uint8_t *absorbing; /* states: 1 where no patient has a row after it; or NULL */
    int fix_ties;
} imr_multistate_data_t;

static inline int
imr_multistate_is_state(const imr_multistate_data_t *data, int64_t code)
{
    return code >= 1 && code <= (int64_t) data->states && code <= IMR_MULTISTATE_MOST;
}

/* A stretch in one state, at risk at places begin..end of an axis of times; `next` is entered at the end, or
 * -1: none. */
typedef struct {
    uint32_t begin, end;
    int8_t state, next;
    uint16_t first; /* 1: of its patient */
} imr_multistate_stretch_t;

typedef struct {
    size_t states, groups, patients, spans;
    uint32_t *group; /* of each patient, numbered from 0 in the order of their numbers */
    /* In order of group, patient and time, and behind them one more that is a `first`. */
    imr_multistate_stretch_t *span;
    size_t *of_group; /* the first stretch of each group, and their number */
    /* The axis: each day where times are whole days and there are not too many; or each time at which a
     * stretch ends. */
    size_t places;
    double *time;
    uint8_t *ends; /* 1 where a stretch ends */
    uint8_t moves[IMR_MULTISTATE_MOST][IMR_MULTISTATE_MOST]; /* from, to: allowed, or (any) seen */
    /* Absorbing, or without a transition out of it; (any allowed) nobody is ever followed in it. */
    uint8_t closed[IMR_MULTISTATE_MOST];
    int64_t merged; /* distinct times that were merged into an earlier one */
    int64_t other_row; /* after a failure: the row that the one at fault contradicts, or -1 */
    int64_t from; /* and the state that the patient was in, or -1 */
    void *block, *axis;
} imr_multistate_rows_t;

/* Sorting apart linear in n. IMR_ERR_NO_PATIENT, IMR_ERR_TOO_MANY_ROWS, IMR_ERR_NONFINITE,
 * IMR_ERR_NEGATIVE, IMR_ERR_INTERVAL, IMR_ERR_INTERVAL_TIED, IMR_ERR_CODE, IMR_ERR_MULTISTATE_STATE (event,
 * initial), IMR_ERR_MULTISTATE_STATES (their number), IMR_ERR_MULTISTATE_INITIAL, IMR_ERR_MULTISTATE_GROUP,
 * IMR_ERR_MULTISTATE_OVERLAP, IMR_ERR_MULTISTATE_GAP, IMR_ERR_MULTISTATE_SAME_TIME,
 * IMR_ERR_MULTISTATE_AFTER_END, IMR_ERR_MULTISTATE_NOT_ALLOWED, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_multistate_rows(
    const imr_multistate_data_t *data, imr_multistate_rows_t *self, imr_fault_t *fault);
void imr_multistate_rows_free(imr_multistate_rows_t *self); /* safe after a failure, and twice */

#endif
