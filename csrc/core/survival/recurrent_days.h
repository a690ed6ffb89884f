/* Rows of recurrent events on whole days: counted into order, where sorting and reading one patient after
 * the other would take five times as long. */
#ifndef IMR_RECURRENT_DAYS_H
#define IMR_RECURRENT_DAYS_H

#include "survival/recurrent_rows.h"

/* As imr_recurrent_rows, without order and counted. *counted is 0, and self zeros, where that is not
 * possible: with entry or window; times other than whole days, or so few rows that there are more days;
 * patients neither in ascending blocks nor of numbers that lie close together; or rows with a fault, which
 * is not searched for. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_recurrent_days(
    const imr_recurrent_data_t *data, imr_recurrent_rows_t *self, int *counted, imr_fault_t *fault);

#endif
