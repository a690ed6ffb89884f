/* The rows of a rate regression in the order in which its likelihood is summed. */
#ifndef IMR_RATE_REGRESSION_ROWS_H
#define IMR_RATE_REGRESSION_ROWS_H

#include "survival/rate_regression.h"

/* Checks and copies the rows, and allocates self->block. */
int IMR_MUST_CHECK imr_rate_read_rows(
    imr_rate_regression_t *self, const imr_rate_data_t *data, imr_fault_t *fault);

/* The basis of the design that is orthonormal over all rows, column `last` at its end, and its triangle. Returns
 * p, or the first column that depends on those before it. */
size_t imr_rate_make_basis(imr_rate_regression_t *self, size_t last);

#endif
