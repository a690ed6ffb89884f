/* The rows of a Cox regression: read, checked, sorted, centred and scaled. */
#ifndef IMR_COX_ROWS_H
#define IMR_COX_ROWS_H

#include "survival/cox.h"

/* Fills *self from the columns, checking each row as it is read. Fails with IMR_ERR_NO_ROWS,
 * IMR_ERR_TOO_MANY_ROWS, IMR_ERR_NO_COLUMN, IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_EVENT,
 * IMR_ERR_INTERVAL, IMR_ERR_INTERVAL_TIED, IMR_ERR_COX_OFFSET, IMR_ERR_COX_FRACTION,
 * IMR_ERR_WEIGHT_RANGE, IMR_ERR_COUNT, IMR_ERR_NO_WEIGHT, IMR_ERR_CODE, IMR_ERR_COX_NO_EVENT,
 * IMR_ERR_COX_RANGE, IMR_ERR_COX_COLLINEAR (a column that is constant in each stratum) or
 * IMR_ERR_NOMEM; *self is then empty. */
int IMR_MUST_CHECK imr_cox_rows_init(imr_cox_rows_t *self, const imr_cox_data_t *data,
    const imr_cox_options_t *options, imr_fault_t *fault);

/* How many events row i stands for in its set. */
static inline double
imr_cox_weight(const imr_cox_rows_t *self, size_t i)
{
    return self->weight == NULL ? 1 : self->weight[i];
}

/* Does set k begin a stratum? */
static inline int
imr_cox_begins_stratum(const imr_cox_rows_t *self, size_t k)
{
    return k == 0 || self->set_stratum[k] != self->set_stratum[k - 1];
}

#endif
