/* The columns of a Cox regression: copied, checked and put in order. */
#ifndef IMR_COX_COLUMNS_H
#define IMR_COX_COLUMNS_H

#include "survival/cox.h"

/* Largest size of an offset: a log hazard ratio. */
#define IMR_COX_MOST_OFFSET 100.0

typedef struct {
    double *time, *entry, *weight, *offset; /* the last three NULL without */
    int64_t *stratum; /* NULL without */
    uint8_t *event;
    uint32_t *kept; /* rows with a weight, in the order of the input: n of them */
    uint32_t *order; /* the same rows, sorted */
    uint32_t *scratch;
    size_t n, strata;
    int64_t merged, patients, events;
    int whole_days;
    uint32_t last_day;
} imr_cox_columns_t;

static inline int64_t
imr_cox_stratum_of(const imr_cox_columns_t *self, uint32_t row)
{
    return self->stratum == NULL ? 0 : self->stratum[row];
}

/* All columns but X and cluster. Fails with IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_EVENT,
 * IMR_ERR_INTERVAL, IMR_ERR_INTERVAL_TIED, IMR_ERR_COX_OFFSET, IMR_ERR_COX_FRACTION,
 * IMR_ERR_WEIGHT_RANGE, IMR_ERR_COUNT, IMR_ERR_NO_WEIGHT, IMR_ERR_CODE, IMR_ERR_COX_NO_EVENT or
 * IMR_ERR_NOMEM. imr_cox_columns_free in any case. */
int IMR_MUST_CHECK imr_cox_columns_init(imr_cox_columns_t *self, const imr_cox_data_t *data,
    const imr_cox_options_t *options, imr_fault_t *fault);
void imr_cox_columns_free(imr_cox_columns_t *self);

/* Sorts by stratum, then from the last time to the first, then events after the censored; *sets times
 * have events. IMR_ERR_NOMEM, IMR_ERR_TOO_MANY_ROWS. */
int IMR_MUST_CHECK imr_cox_columns_by_time(
    imr_cox_columns_t *self, size_t *sets, imr_fault_t *fault);

/* Sorts by stratum, then from the last entry to the first. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_cox_columns_by_entry(imr_cox_columns_t *self, imr_fault_t *fault);

#endif
