/* Sums of weights over ranks, kept up while weights come and go (Fenwick 1994). */
#ifndef IMR_CONCORDANCE_RANKS_H
#define IMR_CONCORDANCE_RANKS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    size_t ranks;
    double *sum; /* a tree, from 1 to ranks */
    double *at_rank; /* the weight at each rank */
} imr_rank_sums_t;

/* Weights at ranks below, at and above one. */
typedef struct {
    double less, equal, greater;
} imr_rank_split_t;

static inline void
imr_rank_sums_clear(imr_rank_sums_t *self, size_t ranks)
{
    self->ranks = ranks;
    memset(self->sum, 0, (ranks + 1) * sizeof(double));
    memset(self->at_rank, 0, ranks * sizeof(double));
}

static inline void
imr_rank_sums_add(imr_rank_sums_t *self, uint32_t rank, double weight)
{
    self->at_rank[rank] += weight;
    for (size_t k = (size_t) rank + 1; k <= self->ranks; k += k & (0 - k)) {
        self->sum[k] += weight;
    }
}

/* total: of all weights there. */
static inline imr_rank_split_t
imr_rank_sums_split(const imr_rank_sums_t *self, uint32_t rank, double total)
{
    imr_rank_split_t split = { 0, self->at_rank[rank], 0 };

    for (size_t k = rank; k > 0; k &= k - 1) {
        split.less += self->sum[k];
    }
    split.greater = total - split.less - split.equal;
    return split;
}

#endif
