/* A status that changes during follow-up (B cells are back) against later events, free of immortal
 * time: the landmark analysis, and rows split at the change.
 * Definitions, sources and edge cases: docs/methods/survival/landmark.md. */
#ifndef IMR_LANDMARK_H
#define IMR_LANDMARK_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct {
    size_t n;
    const double *time; /* end of follow-up */
    const uint8_t *event; /* 1 observed, 0 censored */
    const double *change; /* when the status changed; infinity where it was not seen to */
} imr_landmark_data_t;

/* Who is followed up beyond the landmark, in the order of the rows; columns have room for n. */
typedef struct {
    size_t n;
    int64_t *row; /* of the data */
    double *time; /* since the landmark */
    uint8_t *event;
    uint8_t *changed; /* by the landmark */
    int64_t events_before; /* rows that had the event by the landmark, and are left out */
    int64_t censored_before;
    int64_t merged; /* distinct times that were merged into an earlier one */
} imr_landmark_t;

/* IMR_ERR_NO_PATIENT, IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_EVENT, IMR_ERR_CHANGE_AFTER_END,
 * IMR_ERR_LANDMARK when nobody is left, IMR_ERR_NOMEM. Linear in n. */
int IMR_MUST_CHECK imr_landmark(const imr_landmark_data_t *data, double at, int fix_ties,
    imr_landmark_t *self, imr_fault_t *fault);

/* One or two rows a patient, (entry, time], in the order of the data; columns have room for 2n. */
typedef struct {
    size_t n;
    int64_t *row;
    double *entry;
    double *time;
    uint8_t *event;
    uint8_t *changed;
    int64_t merged;
} imr_landmark_split_t;

/* As imr_landmark; IMR_ERR_NOT_POSITIVE for a follow-up of 0, in which nobody is at risk. */
int IMR_MUST_CHECK imr_landmark_split(
    const imr_landmark_data_t *data, int fix_ties, imr_landmark_split_t *self, imr_fault_t *fault);

#endif
