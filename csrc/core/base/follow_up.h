/* The follow-up of rows at risk on (entry, time], and the weights of rows: read, checked and with ties
 * settled, in the one way that every curve and test of right-censored data has. */
#ifndef IMR_FOLLOW_UP_H
#define IMR_FOLLOW_UP_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Copies n times, and entries unless entry is NULL, so that no later change of the input can matter;
 * with fix_ties those that differ by rounding alone become one (base/order.h), and *merged is the
 * number of distinct times that were merged into an earlier one, 0 otherwise. Fails naming `time` or
 * `entry`: IMR_ERR_NEGATIVE, IMR_ERR_NONFINITE, IMR_ERR_INTERVAL, IMR_ERR_INTERVAL_TIED,
 * IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_read_follow_up(const double *time, const double *entry, size_t n,
    int fix_ties, double *read_time, double *read_entry, int64_t *merged, imr_fault_t *fault);

/* Copies n weights unless weight is NULL: whole numbers that add up to less than 2^53, or sampling
 * weights, 0 or from 1e-9 to 1e9 so that they can be squared and summed. Fails naming `argument`:
 * IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_WEIGHT_RANGE (sampling), IMR_ERR_COUNT, and `fraction`, a
 * status that names the remedy. */
int IMR_MUST_CHECK imr_read_weights(const double *weight, size_t n, int sampling, int fraction,
    const char *argument, double *read, imr_fault_t *fault);

/* Rows of histories in order of patient, then time (which end the rows). Numbers of patients may be any.
 * order, permutation and key have room for n; the last two are scratch. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_order_histories(const int64_t *patient, const double *time, size_t n,
    uint32_t *order, uint32_t *permutation, double *key, imr_fault_t *fault);

#endif
