/* The rows of a rate regression in the order in which its likelihood is summed. */
#ifndef IMR_RATE_REGRESSION_ROWS_H
#define IMR_RATE_REGRESSION_ROWS_H

#include "survival/rate_regression.h"

/* Checks and copies the rows, and allocates self->block. */
int IMR_MUST_CHECK imr_rate_read_rows(
    imr_rate_regression_t *self, const imr_rate_data_t *data, imr_fault_t *fault);

#endif
