/* All 2 x 2 tables of two groups of given size: their probabilities given the number of events, and
 * the statistic by which an unconditional test orders them. */
#ifndef IMR_EXACT_TEST_ORDER_H
#define IMR_EXACT_TEST_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"

typedef enum {
    IMR_ORDER_POOLED, /* z with the pooled variance */
    IMR_ORDER_UNPOOLED, /* z with the variance of each group */
    IMR_ORDER_FISHER /* Fisher's p-value, minlike when two-sided */
} imr_order_t;

/* Table x1, x2 stands at x1 * (n2 + 1) + x2; `column` is room for n1 + n2 + 2 numbers twice. */
void imr_exact_order(imr_order_t order, imr_alternative_t alternative, int64_t n1, int64_t n2,
    double *column, double *weights, double *statistics);

/* The less the key, the more extreme is the table; those up to the bound are as extreme. */
double imr_exact_key(imr_order_t order, imr_alternative_t alternative, double statistic);
double imr_exact_key_bound(imr_order_t order, double key);

#endif
