/* Resampling over data that were sorted once: the bootstrap as multiplicities, the permutation test
 * as a shuffle of labels. */
#ifndef IMR_RESAMPLE_H
#define IMR_RESAMPLE_H

#include "base/rng.h"

/* One bootstrap resample of n rows: counts[i] is how often row i was drawn, n in all, each draw
 * exactly uniform. n <= UINT32_MAX. */
void imr_resample_counts(imr_rng_t *rng, size_t n, uint32_t *counts);

/* The same of another number of draws. */
void imr_resample_some(imr_rng_t *rng, size_t draws, size_t n, uint32_t *counts);

/* Puts n labels into an order drawn uniformly from all n! (Fisher-Yates). n <= UINT32_MAX. */
void imr_shuffle(imr_rng_t *rng, uint32_t *label, size_t n);

#endif
