/* The follow-up of rows at risk on (entry, time]: read, checked and with its ties settled, in the one
 * way that every curve and test of right-censored data has. */
#ifndef IMR_FOLLOW_UP_H
#define IMR_FOLLOW_UP_H

#include <stddef.h>

#include "base/status.h"

/* Copies n times, and entries unless entry is NULL, so that no later change of the input can matter;
 * with fix_ties those that differ by rounding alone become one (base/order.h), and *merged is the
 * number of distinct times that were merged into an earlier one, 0 otherwise. Fails naming `time` or
 * `entry`: IMR_ERR_NEGATIVE, IMR_ERR_NONFINITE, IMR_ERR_INTERVAL, IMR_ERR_INTERVAL_TIED,
 * IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_read_follow_up(const double *time, const double *entry, size_t n,
    int fix_ties, double *read_time, double *read_entry, int64_t *merged, imr_fault_t *fault);

#endif
