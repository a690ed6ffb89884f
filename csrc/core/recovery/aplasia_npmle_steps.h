/* What the files of the nonparametric estimate share; not for others. */
#ifndef IMR_APLASIA_NPMLE_STEPS_H
#define IMR_APLASIA_NPMLE_STEPS_H

#include "recovery/aplasia_npmle.h"

/* Masses that are moved together, the others held: cells low..high - 1, or all onset days. They sum
 * to `total`. With their parts y of it, P of row i is the sum of y times B, where B of a member is
 * total times what it adds to P for each unit of mass, plus what the others give. */
typedef struct {
    int of_days;
    size_t low, high;
    double total;
    double *mass, *gradient; /* of member `low` on */
} imr_aplasia_block_t;

/* The mass that row i gives the onset day of its pair k. */
static inline double
imr_aplasia_onset_mass(const imr_aplasia_npmle_t *self, size_t i, size_t k)
{
    return self->is_uniform ? 1 / (double) (self->first[i + 1] - self->first[i])
                            : self->start[self->onset[k]];
}

/* The probabilities of the rows. 0 where one has none. */
int imr_aplasia_npmle_find_p(imr_aplasia_npmle_t *self);

/* A step of expectation and maximisation in a block, and unless is_gentle Newton's step: a quadratic
 * programme. The log-likelihood never falls. */
int IMR_MUST_CHECK imr_aplasia_npmle_move(
    imr_aplasia_npmle_t *self, const imr_aplasia_block_t *block, int is_gentle, imr_fault_t *fault);

/* The largest gradient over the rows, less 1, of the blocks at their masses. */
double imr_aplasia_npmle_certify(
    imr_aplasia_npmle_t *self, const imr_aplasia_block_t *blocks, int count);

/* Are the masses of the cells, given those of the onset days, the only ones at the maximum? They are where
 * the cells that may have mass there give the rows independent shares (Gentleman and Geyer 1994). */
int IMR_MUST_CHECK imr_aplasia_npmle_find_unique(
    imr_aplasia_npmle_t *self, int *unique, imr_fault_t *fault);

/* Newton's step in all masses above 0, as far as the log-likelihood does not fall. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_aplasia_npmle_ridge_step(imr_aplasia_npmle_t *self, imr_fault_t *fault);

#endif
