/* A repertoire as fewer of its reads would show it: expectations over all subsamples of one size, without
 * random numbers. Method: docs/methods/recovery/repertoire.md. */
#ifndef IMR_REPERTOIRE_RAREFACTION_H
#define IMR_REPERTOIRE_RAREFACTION_H

#include "recovery/repertoire.h"

/* IMR_ERR_DEPTH_ZERO below `least`, IMR_ERR_DEPTH above the reads of the sample; `depth` at `row`. */
int IMR_MUST_CHECK imr_repertoire_check_depth(const imr_repertoire_sizes_t *sizes, int64_t depth,
    int64_t least, int64_t row, imr_fault_t *fault);

/* present[i]: the probability that of a clone of size[i] there is a read among `depth` of all; depth is
 * between 0 and the reads. */
void imr_repertoire_present(const imr_repertoire_sizes_t *sizes, int64_t depth, double *present);

typedef struct {
    double estimate; /* clones */
    double subsample_sd; /* over the subsamples of this sample */
    double std_error; /* over samples out of the repertoire */
    double low, high;
} imr_repertoire_point_t;

/* Several points of one sample share what does not depend on the depth. */
typedef struct {
    const imr_repertoire_sizes_t *sizes; /* lent */
    double z; /* the normal quantile of the limits */
    imr_repertoire_chao1_t chao1;
    double *present; /* scratch, one a size; the block */
    double *pairs; /* of clones whose reads add up to 0, 1, ... length - 1 */
    size_t length;
} imr_repertoire_curve_t;

/* least_depth above 1: points at smaller depths cost more. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_repertoire_curve_init(imr_repertoire_curve_t *self,
    const imr_repertoire_sizes_t *sizes, int64_t least_depth, double z, imr_fault_t *fault);
void imr_repertoire_curve_free(imr_repertoire_curve_t *self); /* safe after a failed init */

/* IMR_ERR_DEPTH_ZERO (negative), IMR_ERR_DEPTH. */
int IMR_MUST_CHECK imr_repertoire_curve_point(imr_repertoire_curve_t *self, int64_t depth,
    int64_t row, imr_repertoire_point_t *point, imr_fault_t *fault);

/* Hypergeometric probabilities of the reads k of a clone of `size` among `depth` of `reads`, from the most
 * likely k outwards, in proportion. */
typedef struct {
    double size, depth, others; /* others: reads - size - depth, may be negative */
    int64_t mode, least, most;
} imr_repertoire_draw_t;

imr_repertoire_draw_t imr_repertoire_draw(int64_t reads, int64_t size, int64_t depth);
double imr_repertoire_draw_up(const imr_repertoire_draw_t *self, int64_t k); /* P(k + 1) / P(k) */
double imr_repertoire_draw_down(const imr_repertoire_draw_t *self, int64_t k); /* P(k - 1) / P(k) */

/* The Hill number of the expected numbers of clones with 1, 2, ... reads at a depth, which is between 1 and
 * the reads (Chao and others 2014). */
double imr_repertoire_rarefied_hill(
    const imr_repertoire_sizes_t *sizes, int64_t depth, double order);

#endif
