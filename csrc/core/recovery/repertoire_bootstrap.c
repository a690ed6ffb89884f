#include "recovery/repertoire_bootstrap.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "base/mem.h"
#include "base/resample.h"

/* A clone of so many reads is drawn as a whole, which takes about as long as so many single reads. */
#define LARGE 64

int
imr_repertoire_bootstrap_init(imr_repertoire_bootstrap_t *self, const int64_t *count, size_t n,
    const double *order, size_t n_orders, double least_coverage, imr_fault_t *fault)
{
    int64_t reads = 0, once = 0, single = 0;
    int status;

    memset(self, 0, sizeof(*self));
    status = imr_repertoire_check_orders(order, n_orders, fault);
    for (size_t i = 0; i < n; i++) {
        reads += count[i];
        once += count[i] == 1;
        single += count[i] < LARGE ? count[i] : 0;
    }
    self->coverage = 1 - (double) once / (double) reads;
    if (status == IMR_OK && !(self->coverage >= least_coverage)) {
        status = imr_fault(fault, IMR_ERR_COVERAGE, "coverage", -1, self->coverage);
    }
    if (status == IMR_OK && reads > UINT32_MAX) {
        status = imr_fault(fault, IMR_ERR_RESAMPLED_READS, "count", -1, NAN);
    }
    if (status != IMR_OK) {
        return status;
    }
    self->block = imr_malloc(n + (size_t) single, sizeof(int64_t));
    if (self->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->drawn = self->block;
    self->times = (uint32_t *) (self->drawn + n);
    self->n = n;
    self->reads = (size_t) reads;
    self->single = (size_t) single;
    self->n_orders = n_orders;
    self->count = count;
    self->order = order;
    return IMR_OK;
}

void
imr_repertoire_bootstrap_free(imr_repertoire_bootstrap_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

static int
values_of(const imr_repertoire_bootstrap_t *self, const int64_t *count, size_t n, double *value,
    imr_fault_t *fault)
{
    imr_repertoire_sizes_t sizes;
    imr_repertoire_indices_t indices;
    int status = imr_repertoire_sizes_init(&sizes, count, n, fault);

    if (status != IMR_OK) {
        return status;
    }
    imr_repertoire_indices(&sizes, &indices);
    value[0] = indices.shannon;
    value[1] = indices.clonality;
    value[2] = indices.gini;
    value[3] = indices.gini_simpson;
    value[4] = indices.d50;
    value[5] = indices.top10_share;
    for (size_t k = 0; k < self->n_orders; k++) {
        value[IMR_REPERTOIRE_RESAMPLED + k] = imr_repertoire_hill(&sizes, self->order[k]);
    }
    imr_repertoire_sizes_free(&sizes);
    return IMR_OK;
}

int
imr_repertoire_bootstrap_estimate(
    const imr_repertoire_bootstrap_t *self, double *value, imr_fault_t *fault)
{
    return values_of(self, self->count, self->n, value, fault);
}

int
imr_repertoire_bootstrap_replicate(imr_repertoire_bootstrap_t *self, const uint64_t key[2],
    uint32_t replicate, double *value, imr_fault_t *fault)
{
    const uint32_t *times = self->times;
    size_t drawn = 0, left = self->reads, others = self->reads;
    imr_rng_t rng;
    gsl_rng view = imr_rng_gsl(&rng);

    imr_rng_init(&rng, key, replicate);
    for (size_t i = 0; i < self->n; i++) {
        if (self->count[i] >= LARGE) {
            double share = (double) self->count[i] / (double) others;
            unsigned sum = gsl_ran_binomial(&view, share, (unsigned) left);

            others -= (size_t) self->count[i];
            left -= sum;
            if (sum > 0) {
                self->drawn[drawn++] = sum;
            }
        }
    }
    imr_resample_some(&rng, left, self->single, self->times);
    for (size_t i = 0; i < self->n; i++) {
        int64_t sum = 0;

        for (int64_t k = 0; k < self->count[i] && self->count[i] < LARGE; k++) {
            sum += *times++;
        }
        if (sum > 0) {
            self->drawn[drawn++] = sum;
        }
    }
    return values_of(self, self->drawn, drawn, value, fault);
}
