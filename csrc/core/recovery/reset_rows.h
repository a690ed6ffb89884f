/* The columns of an immune reset, checked. */
#ifndef IMR_RESET_ROWS_H
#define IMR_RESET_ROWS_H

#include <math.h>

#include "recovery/reset.h"

/* NaN of a column that is not given. */
static inline double
imr_reset_value(const imr_reset_rows_t *rows, imr_reset_column_t column, size_t i)
{
    return rows->column[column] == NULL ? NAN : rows->column[column][i];
}

/* Fails as imr_reset_init does, but for what depends on whether a component is met. */
int IMR_MUST_CHECK imr_reset_check(
    const imr_reset_rows_t *rows, const double criteria[IMR_RESET_CRITERIA], imr_fault_t *fault);

#endif
