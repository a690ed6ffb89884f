/* From rows to the table at each time with events: the one place where a log-rank test reads,
 * checks and orders its data. */
#ifndef IMR_LOGRANK_ROWS_H
#define IMR_LOGRANK_ROWS_H

#include "survival/logrank.h"

typedef void (*imr_logrank_visit_t)(void *context, const imr_logrank_table_t *table);

/* Visits the tables, stratum after stratum, each in the order of time. patients: the rows of each
 * group, or the sums of their weights.
 * IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_EVENT, IMR_ERR_INTERVAL, IMR_ERR_INTERVAL_TIED,
 * IMR_ERR_WEIGHT_FRACTION, IMR_ERR_COUNT, IMR_ERR_NO_WEIGHT, IMR_ERR_CODE, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_logrank_sweep(const imr_logrank_data_t *data, int fix_ties,
    imr_logrank_visit_t visit, void *context, int64_t *patients, int64_t *merged,
    imr_fault_t *fault);

/* --- rows in general --------------------------------------------------------------------------- */

/* The rows of one call, read and checked once. */
typedef struct {
    size_t strata, groups;
    double *time;
    double *entry; /* NULL without */
    double *weight; /* NULL without */
    uint8_t *event, *group;
    uint32_t *order; /* scratch */
    uint32_t *by_time; /* the rows kept, by stratum and time */
    uint32_t *by_entry;
    size_t *begin; /* strata + 1: where each stratum begins in by_time and by_entry */
    int64_t merged;
} imr_logrank_rows_t;

/* Fails as the sweep does. */
int IMR_MUST_CHECK imr_logrank_rows_init(
    imr_logrank_rows_t *self, const imr_logrank_data_t *data, int fix_ties, imr_fault_t *fault);
void imr_logrank_rows_free(imr_logrank_rows_t *self); /* safe after a failed init, and twice */

void imr_logrank_rows_sweep(
    const imr_logrank_rows_t *self, imr_logrank_visit_t visit, void *context, int64_t *patients);

/* --- rows without entry, weights and strata ---------------------------------------------------- */

/* Sorts keys with event and group in their low bits. buffer has room for 2n. *swept is 0, and
 * nothing has been visited, where the times leave no room for so many groups. */
int IMR_MUST_CHECK imr_logrank_sweep_keys(const imr_logrank_data_t *data, int fix_ties,
    uint64_t *buffer, imr_logrank_visit_t visit, void *context, int64_t *patients, int64_t *merged,
    int *swept, imr_fault_t *fault);

#endif
