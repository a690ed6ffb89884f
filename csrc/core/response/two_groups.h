/* Two independent groups of patients, x1 responders of n1 and x2 of n2: what every comparison of
 * two rates reads its rows from. */
#ifndef IMR_RESPONSE_TWO_GROUPS_H
#define IMR_RESPONSE_TWO_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Columns of counts; a step of 0 repeats one value. */
typedef struct {
    const int64_t *x1, *n1, *x2, *n2;
    size_t x1_step, n1_step, x2_step, n2_step;
} imr_two_groups_rows_t;

typedef struct {
    int64_t x1, n1, x2, n2;
} imr_two_groups_t;

static inline imr_two_groups_t
imr_two_groups_swapped(const imr_two_groups_t *groups)
{
    imr_two_groups_t swapped = {
        .x1 = groups->x2, .n1 = groups->n2, .x2 = groups->x1, .n2 = groups->n1
    };

    return swapped;
}

/* The same as doubles (exact up to 2^52), with y the patients without response. */
typedef struct {
    double x1, y1, n1, x2, y2, n2;
} imr_two_counts_t;

static inline imr_two_counts_t
imr_two_counts(const imr_two_groups_t *groups)
{
    imr_two_counts_t counts = { .x1 = (double) groups->x1,
        .y1 = (double) (groups->n1 - groups->x1),
        .n1 = (double) groups->n1,
        .x2 = (double) groups->x2,
        .y2 = (double) (groups->n2 - groups->x2),
        .n2 = (double) groups->n2 };

    return counts;
}

static inline int
imr_check_group(
    int64_t x, int64_t n, const char *x_name, const char *n_name, size_t row, imr_fault_t *fault)
{
    if (n < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, n_name, (int64_t) row, (double) n);
    }
    if (n > (INT64_C(1) << 52)) {
        return imr_fault(fault, IMR_ERR_COUNT, n_name, (int64_t) row, (double) n);
    }
    if (x < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, x_name, (int64_t) row, (double) x);
    }
    if (x > n) {
        return imr_fault(fault, IMR_ERR_EVENTS_EXCEED, x_name, (int64_t) row, (double) x);
    }
    return IMR_OK;
}

static inline int
imr_two_groups_read(
    const imr_two_groups_rows_t *rows, size_t row, imr_two_groups_t *groups, imr_fault_t *fault)
{
    int ret;

    groups->x1 = rows->x1[row * rows->x1_step];
    groups->n1 = rows->n1[row * rows->n1_step];
    groups->x2 = rows->x2[row * rows->x2_step];
    groups->n2 = rows->n2[row * rows->n2_step];
    ret = imr_check_group(groups->x1, groups->n1, "x1", "n1", row, fault);
    return ret == IMR_OK ? imr_check_group(groups->x2, groups->n2, "x2", "n2", row, fault) : ret;
}

/* `most` patients in one group is what an exact method can work through. */
static inline int
imr_two_groups_check_size(
    const imr_two_groups_t *groups, int64_t most, size_t row, imr_fault_t *fault)
{
    if (groups->n1 > most) {
        return imr_fault(fault, IMR_ERR_EXACT_SIZE, "n1", (int64_t) row, (double) groups->n1);
    }
    if (groups->n2 > most) {
        return imr_fault(fault, IMR_ERR_EXACT_SIZE, "n2", (int64_t) row, (double) groups->n2);
    }
    return IMR_OK;
}

#endif
