/* The order of stretches: times as places of an axis, and patients by groups. */
#ifndef IMR_MULTISTATE_AXIS_H
#define IMR_MULTISTATE_AXIS_H

#include "survival/multistate_rows.h"

/* An axis of the times at which stretches end, where start and stop are those of each. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_multistate_rank(
    imr_multistate_rows_t *self, const double *start, const double *stop, imr_fault_t *fault);

/* An axis of days, if stretches are many enough for as many days as there are; otherwise of their ends. Their
 * places are days before, and `ends` marks those at which one ends. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_multistate_keep_days(imr_multistate_rows_t *self, imr_fault_t *fault);

/* Stretches of patients in order, by group. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_multistate_sort_groups(imr_multistate_rows_t *self, imr_fault_t *fault);

#endif
