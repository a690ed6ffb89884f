/* The shifts at which a rank statistic jumps: sums of two sorted arrays, or of an array with itself,
 * counted and selected without forming them all.
 *
 * With itself, each pair of rows counts once, and each row with itself: the sums are twice the Walsh
 * averages. Sums are those that double arithmetic gives, which does not change their order. */
#ifndef IMR_RANK_TEST_SHIFTS_H
#define IMR_RANK_TEST_SHIFTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Distinct values, ascending, and how many rows have each or a smaller one. */
typedef struct {
    size_t n;
    const double *value;
    const int64_t *upto; /* upto[i] - upto[i - 1] rows have value[i] */
} imr_rank_blocks_t;

static inline uint32_t
imr_rank_block_rows(const imr_rank_blocks_t *blocks, size_t i)
{
    return (uint32_t) (blocks->upto[i] - (i == 0 ? 0 : blocks->upto[i - 1]));
}

/* One sum, and how many sums are smaller, and how many at most that. */
typedef struct {
    double value;
    int64_t below, upto;
} imr_rank_shift_t;

/* What lies at or under a bound: sums of rows and of blocks, and the sums next to the bound. */
typedef struct {
    int64_t rows, blocks;
    double last, next; /* the largest sum <= bound and the smallest > bound */
} imr_rank_cut_t;

#define IMR_RANK_CUTS 16

typedef struct {
    imr_rank_blocks_t first, second;
    int is_own; /* the sums are those of first with itself */
    int64_t count; /* of sums */
    int64_t pairs; /* of blocks */
    size_t room; /* how many pairs of blocks can be listed at once */
    /* a listed stretch: its sums ascending, below[j] sums being smaller than sum[j] and
     * below[j + 1] at most that */
    size_t listed;
    double *sum;
    int64_t *below;
    double *found;
    int64_t *found_rows;
    uint32_t *order;
    imr_rank_cut_t cuts[IMR_RANK_CUTS]; /* the last ones counted: neighbours are asked for */
    size_t n_cuts;
    void *block;
} imr_rank_shifts_t;

/* second NULL: of first with itself. The arrays stay the caller's. Fails with IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_rank_shifts_init(imr_rank_shifts_t *self, const imr_rank_blocks_t *first,
    const imr_rank_blocks_t *second, imr_fault_t *fault);
void imr_rank_shifts_free(imr_rank_shifts_t *self); /* safe after a failed init, and twice */

/* The k-th sum in ascending order, 1 <= k <= count. Linear in the number of values, some ten times
 * over. Fails with IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_rank_shifts_select(
    imr_rank_shifts_t *self, int64_t k, imr_rank_shift_t *shift, imr_fault_t *fault);

#endif
