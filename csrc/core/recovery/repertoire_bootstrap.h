/* Indices of a repertoire in resamples of its reads. Method: docs/methods/recovery/repertoire.md. */
#ifndef IMR_REPERTOIRE_BOOTSTRAP_H
#define IMR_REPERTOIRE_BOOTSTRAP_H

#include "recovery/repertoire.h"

/* Of each resample: Shannon entropy, clonality, Gini, Gini-Simpson, D50, the share of the ten largest
 * clones, then a Hill number an order. */
#define IMR_REPERTOIRE_RESAMPLED 6

typedef struct {
    size_t n, reads, n_orders;
    size_t single; /* reads of clones so small that each read is drawn by itself */
    double coverage;
    const int64_t *count; /* of n clones, each above 0; lent, as the orders */
    const double *order;
    int64_t *drawn;
    uint32_t *times; /* how often each of these was drawn */
    void *block;
} imr_repertoire_bootstrap_t;

/* least_coverage: samples with a lesser Good-Turing coverage are refused. IMR_ERR_HILL_ORDER,
 * IMR_ERR_RESAMPLED_READS, IMR_ERR_COVERAGE, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_repertoire_bootstrap_init(imr_repertoire_bootstrap_t *self,
    const int64_t *count, size_t n, const double *order, size_t n_orders, double least_coverage,
    imr_fault_t *fault);
void imr_repertoire_bootstrap_free(imr_repertoire_bootstrap_t *self); /* safe after a failed init */

/* The values of the sample itself. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_repertoire_bootstrap_estimate(
    const imr_repertoire_bootstrap_t *self, double *value, imr_fault_t *fault);
/* Those of one resample. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_repertoire_bootstrap_replicate(imr_repertoire_bootstrap_t *self,
    const uint64_t key[2], uint32_t replicate, double *value, imr_fault_t *fault);

#endif
