/* What two samples have in common, as they are and rarefied to one depth, without random numbers.
 * Method: docs/methods/recovery/repertoire.md. */
#ifndef IMR_REPERTOIRE_OVERLAP_H
#define IMR_REPERTOIRE_OVERLAP_H

#include "recovery/repertoire.h"

/* The clones of one sample, ascending by clone, and their sizes. */
typedef struct {
    size_t n;
    const int64_t *clone;
    const int64_t *count;
    const imr_repertoire_sizes_t *sizes;
} imr_repertoire_sample_t;

typedef struct {
    double shared; /* clones */
    double jaccard;
    double weighted_jaccard;
    double morisita_horn;
} imr_repertoire_overlap_t;

void imr_repertoire_overlap(const imr_repertoire_sample_t *first,
    const imr_repertoire_sample_t *second, imr_repertoire_overlap_t *overlap);

/* Of two subsamples of `depth` reads each: shared is the expectation, the indices are the ratios of
 * expectations. IMR_ERR_DEPTH_ZERO, IMR_ERR_DEPTH, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_repertoire_rarefied_overlap(const imr_repertoire_sample_t *first,
    const imr_repertoire_sample_t *second, int64_t depth, imr_repertoire_overlap_t *overlap,
    imr_fault_t *fault);

#endif
